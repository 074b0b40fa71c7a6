"""Where jobs are executed: on this machine, or on a Dask cluster."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from grader import GraderError

from .execute import execute
from .job import Job, Outcome
from .recognize import Probe
from .zygote_manager import ZygoteManager, shared

if TYPE_CHECKING:
    from distributed import Client, Security
    from distributed import Future as DaskFuture


ProbesOf = Callable[[Job], Sequence[Probe]]


class NoSchedulerError(GraderError):
    """The Dask scheduler cannot be used; the message says which, why and what to do."""


# Follow the name of the notebook's file.
AGAIN = "ran out of time while the machine was busy; it was run again, alone"
NOT_AGAIN = "ran out of time while the machine was busy; grade it again when it is not"
LEAST_SECONDS = 60.0  # there is at least so much time for jobs that run again

ENCRYPTED = ("tls", "wss")  # schemes of addresses where both sides show certificates
OPEN = (
    "The Dask scheduler %s asks for no certificates and encrypts nothing: everybody who reaches it "
    "over the network can read the hidden checks and the hand-ins, and run code on its workers and "
    "on this machine; docs/cluster.md shows how to use tls:// instead."
)


def on_this_machine(
    jobs: Iterable[Job], probes_of: ProbesOf, zygote: ZygoteManager, workers: int | None = None
) -> Iterator[tuple[Job, Outcome]]:
    """Execute jobs in parallel and yield each with its outcome, in the order they finish.

    Jobs are taken from the iterable as places become free, so a large class stays out of memory.
    A job that ran out of time because others kept the processors busy runs once more at the end.

    Args:
        jobs: of one class, all with the same settings.
        probes_of: gives a job's probes; it is called when the job needs them, and may wait.
        zygote: forks their kernels; it was launched and need not be ready.
        workers: jobs at a time; by default two a processor, because a job often waits.

    Raises:
        NoWallsError, ZygoteError: the zygote did not start.
    """
    outcomes = _in_threads(jobs, probes_of, zygote, workers or 2 * (os.cpu_count() or 1))
    return again_alone(outcomes, lambda job: execute(job, zygote, partial(probes_of, job)))


def again_alone(
    outcomes: Generator[tuple[Job, Outcome]], run: Callable[[Job], Outcome]
) -> Iterator[tuple[Job, Outcome]]:
    """Yield jobs with their outcomes; run those again that ran out of time on a busy machine.

    They run one after the other when all others are done, and together for no longer than the
    others took. Otherwise, a class of endless loops would take many times as long. A job for which
    no time is left keeps its first outcome, with a flag.

    Args:
        outcomes: each job with its first outcome.
        run: executes a job while no other one runs.
    """
    began = time.monotonic()
    starved = []
    with closing(outcomes):
        for job, outcome in outcomes:
            if outcome.starved:
                starved.append((job, outcome))
            else:
                yield job, outcome
    end = time.monotonic() + max(LEAST_SECONDS, time.monotonic() - began)
    for job, first in starved:
        if time.monotonic() < end:
            second = run(job)
            yield job, replace(second, remarks=(*second.remarks, AGAIN))
        else:
            yield job, replace(first, flags=(*first.flags, NOT_AGAIN))


def _in_threads(
    jobs: Iterable[Job], probes_of: ProbesOf, zygote: ZygoteManager, workers: int
) -> Generator[tuple[Job, Outcome]]:
    jobs = iter(jobs)
    # A job mostly waits for its kernels, which are processes, so threads are enough.
    pool = ThreadPoolExecutor(workers)

    def submit(job: Job) -> Future[Outcome]:
        return pool.submit(execute, job, zygote, partial(probes_of, job))

    try:
        # Two more jobs than threads, so that no thread is idle while the caller saves.
        waiting = {submit(job): job for job in islice(jobs, workers + 2)}
        zygote.wait_until_ready()
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                job = waiting.pop(future)
                for following in islice(jobs, 1):
                    waiting[submit(following)] = following
                yield job, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def on_cluster(
    jobs: Iterable[Job], probes_of: ProbesOf, scheduler: str, log: logging.Logger
) -> Iterator[tuple[Job, Outcome]]:
    """Execute jobs, as `on_this_machine` does, on the workers of a Dask scheduler.

    They need the course's packages and this repository on their path. Jobs carry hidden checks, so
    a scheduler that everybody on the network can use gets a warning.

    Args:
        jobs: of one class, all with the same settings.
        probes_of: gives a job's probes, which travel with it.
        scheduler: its address, "tls://host:port" or "tcp://host:port".
        log: gets the warning.

    Raises:
        NoSchedulerError: the scheduler or its workers cannot be used.
    """
    # Imported here because it takes a second, and a single machine does not need it.
    from distributed import as_completed

    with _connected(scheduler) as client:
        # A scheduler that this process reaches under 127.0.0.1 may listen to the network, too.
        address = client.scheduler_info()["address"]
        if is_open(address):
            log.warning(OPEN, address)
        # Twice as many jobs as can run at a time: no worker waits, and few jobs are in memory.
        places = 2 * sum(client.nthreads().values())

        def submit(job: Job) -> DaskFuture:
            return client.submit(_on_worker, job, tuple(probes_of(job)), pure=False)

        def outcomes(jobs: Iterator[Job]) -> Generator[tuple[Job, Outcome]]:
            waiting = {submit(job): job for job in islice(jobs, places)}
            done = as_completed(waiting)
            for future in done:
                job = waiting.pop(future)
                yield job, _result(future, job, scheduler)
                for following in islice(jobs, 1):
                    future = submit(following)
                    waiting[future] = following
                    done.add(future)

        yield from again_alone(
            outcomes(iter(jobs)), lambda job: _result(submit(job), job, scheduler)
        )


def is_open(scheduler: str) -> bool:
    """Return whether everybody on the network can use the scheduler with this address.

    Args:
        scheduler: the address that the scheduler itself gives, with its scheme.
    """
    address = urlsplit(scheduler)
    if address.scheme in ENCRYPTED:
        return False
    try:
        return not ip_address(address.hostname or "").is_loopback
    except ValueError:  # a name
        return address.hostname != "localhost"


def _certificates(scheduler: str) -> Security:
    """Return the certificates that Dask's configuration names for this process.

    Raises:
        NoSchedulerError: the scheduler needs some, and there are none or they cannot be used.
    """
    from distributed import Security

    security = Security()
    if scheduler.partition("://")[0] not in ENCRYPTED:
        return security
    try:
        is_complete = security.get_connection_args("client")["ssl_context"] is not None
    except OSError as error:  # a file is missing, holds no certificate, or is not for this key
        named = security.get_tls_config_for_role("client")
        files = ", ".join(str(named[name]) for name in ("ca_file", "cert", "key"))
        raise NoSchedulerError(
            f"The certificates for the Dask scheduler {scheduler} cannot be used ({error}); check "
            f"the files that Dask's configuration names: {files}."
        ) from None
    if not is_complete:
        raise NoSchedulerError(
            f"The Dask scheduler {scheduler} needs certificates, and Dask's configuration names "
            "none; docs/cluster.md shows how to make them."
        )
    return security


def _connected(scheduler: str) -> Client:
    from distributed import Client

    # It would log tracebacks of the errors that are raised below, in a sentence, anyway.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    security = _certificates(scheduler)
    try:
        client = Client(scheduler, timeout=10, security=security)
    except (OSError, RuntimeError, TimeoutError, ValueError) as error:
        raise NoSchedulerError(_why_unreachable(scheduler, error)) from None
    try:
        client.wait_for_workers(1, timeout=10)
    except TimeoutError:
        client.close()
        raise NoSchedulerError(
            f"The Dask scheduler {scheduler} has no workers; start one (dask worker {scheduler})."
        ) from None
    return client


def _why_unreachable(scheduler: str, error: Exception) -> str:
    """Say in a sentence why there is no connection to a scheduler, and what to do."""
    from distributed.comm import CommClosedError

    # The scheduler was there and hung up, or this side did.
    if isinstance(error, CommClosedError) and scheduler.partition("://")[0] in ENCRYPTED:
        return (
            f"The Dask scheduler {scheduler} and this machine do not accept each other's "
            f"certificates ({error.__cause__ or error}); both need valid ones of the same "
            "authority, which docs/cluster.md shows how to make."
        )
    return (
        f"The Dask scheduler {scheduler} cannot be reached ({error}); start it "
        "(dask scheduler), or leave the scheduler out to grade on this machine."
    )


def _result(future: DaskFuture, job: Job, scheduler: str) -> Outcome:
    from distributed import KilledWorker
    from distributed.comm import CommClosedError

    try:
        outcome: Outcome = future.result()
    except KilledWorker as error:
        reason = f"every worker ended while it executed it, the last {error.last_worker.address}"
        outcome = Outcome(job.source, {}, stopped=reason)
    except (CancelledError, CommClosedError):
        raise NoSchedulerError(
            f"The Dask scheduler {scheduler} went away; start it and run autograde again."
        ) from None
    except (ImportError, RuntimeError) as error:
        raise NoSchedulerError(
            f"The Dask scheduler {scheduler} or its workers cannot run this grader "
            f"({' '.join(str(error.__cause__ or error).split())}); all of them need "
            "the course's packages, and this repository on their PYTHONPATH."
        ) from None
    return outcome


def _on_worker(job: Job, probes: Sequence[Probe]) -> Outcome:
    settings = job.settings
    zygote = shared(settings.modules, settings.sandbox, settings.walls)
    return execute(job, zygote, lambda: probes)
