"""Where jobs are executed: on this machine, or on a Dask cluster."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING

from grader import GraderError

from .execute import execute
from .job import Job, Outcome
from .zygote_manager import ZygoteManager, shared

if TYPE_CHECKING:
    from distributed import Client, Future


class NoSchedulerError(GraderError):
    """The Dask scheduler can not be used; the message says which, why and what to do."""


def on_this_machine(
    jobs: Iterable[Job], zygote: ZygoteManager, workers: int | None = None
) -> Iterator[tuple[Job, Outcome]]:
    """Execute jobs in parallel and yield each with its outcome, in the order they finish.

    Jobs are taken from the iterable as places become free, so a large class stays out of memory.

    Args:
        jobs: of one class, all with the same settings.
        zygote: forks their kernels.
        workers: jobs at a time; by default two a processor, because a job often waits.
    """
    workers = workers or 2 * (os.cpu_count() or 1)
    jobs = iter(jobs)
    # A job mostly waits for its kernels, which are processes, so threads are enough. Two more jobs
    # than threads are ready, so that no thread waits while the caller saves.
    pool = ThreadPoolExecutor(workers)
    waiting = {pool.submit(execute, job, zygote): job for job in islice(jobs, workers + 2)}
    try:
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                job = waiting.pop(future)
                for following in islice(jobs, 1):
                    waiting[pool.submit(execute, following, zygote)] = following
                yield job, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def on_cluster(jobs: Iterable[Job], scheduler: str) -> Iterator[tuple[Job, Outcome]]:
    """Execute jobs, as `on_this_machine` does, on the workers of a Dask scheduler.

    They need the course's packages and this repository on their path.

    Args:
        jobs: of one class, all with the same settings.
        scheduler: its address, "tcp://host:port".

    Raises:
        NoSchedulerError: the scheduler or its workers can not be used.
    """
    # Imported here: it takes a second, and a single machine does without.
    from distributed import as_completed

    with _connected(scheduler) as client:
        jobs = iter(jobs)
        # Twice as many as can run, so that no worker waits and few jobs are in memory.
        places = 2 * sum(client.nthreads().values())
        waiting = {client.submit(_on_worker, job, pure=False): job for job in islice(jobs, places)}
        done = as_completed(waiting)
        for future in done:
            job = waiting.pop(future)
            yield job, _result(future, job, scheduler)
            for following in islice(jobs, 1):
                future = client.submit(_on_worker, following, pure=False)
                waiting[future] = following
                done.add(future)


def _connected(scheduler: str) -> Client:
    from distributed import Client

    # It logs tracebacks of what is raised here anyway, and then said in a sentence.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(scheduler, timeout=10)
    except (OSError, TimeoutError, ValueError) as error:
        raise NoSchedulerError(
            f"The Dask scheduler {scheduler} can not be reached ({error}); start it "
            "(dask scheduler), or leave the scheduler out to grade on this machine."
        ) from None
    try:
        client.wait_for_workers(1, timeout=10)
    except TimeoutError:
        client.close()
        raise NoSchedulerError(
            f"The Dask scheduler {scheduler} has no workers; start one (dask worker {scheduler})."
        ) from None
    return client


def _result(future: Future, job: Job, scheduler: str) -> Outcome:
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
            f"The Dask scheduler {scheduler} or its workers can not run this grader "
            f"({' '.join(str(error.__cause__ or error).split())}); all of them need "
            "the course's packages, and this repository on their PYTHONPATH."
        ) from None
    return outcome


def _on_worker(job: Job) -> Outcome:
    return execute(job, shared(job.settings.modules, job.settings.sandbox))
