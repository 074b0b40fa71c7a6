"""Where jobs are executed: on this machine, or on a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from joblib import Parallel, delayed

from grader import GraderError

from .execute import execute
from .job import Job, Outcome
from .zygote import Zygote, shared


class NoSchedulerError(GraderError):
    """The Dask scheduler does not answer; the message says which and what to do."""


def run(
    jobs: Iterable[Job], workers: int | None = None, scheduler: str = ""
) -> Iterator[tuple[Job, Outcome]]:
    """Execute jobs in parallel and yield each with its outcome, in the order they finish.

    Jobs are taken from the iterable as places become free, so a large class stays out of memory.

    Args:
        jobs: of one class, all with the same settings.
        workers: jobs at a time on this machine; by default one a processor.
        scheduler: the address of a Dask scheduler, "tcp://host:port"; its workers execute instead.
            They need the course's packages and this repository on their path.

    Raises:
        NoSchedulerError: the scheduler can not be reached.
    """
    if scheduler:
        yield from _on_cluster(jobs, scheduler)
    else:
        yield from _here(jobs, workers or os.cpu_count() or 1)


def _here(jobs: Iterable[Job], workers: int) -> Iterator[tuple[Job, Outcome]]:
    jobs = iter(jobs)
    first = next(jobs, None)
    if first is None:
        return
    settings = first.settings
    with Zygote(settings.modules, settings.sandbox) as zygote:
        # Threads: a job mostly waits for its kernels, which are processes; of its half second of
        # work a fifth is done here, and no worker process has to import all this anew.
        parallel = Parallel(n_jobs=workers, return_as="generator_unordered", prefer="threads")
        yield from parallel(delayed(_with_job)(job, zygote) for job in chain([first], jobs))


def _with_job(job: Job, zygote: Zygote) -> tuple[Job, Outcome]:
    return job, execute(job, zygote)


def _on_cluster(jobs: Iterable[Job], scheduler: str) -> Iterator[tuple[Job, Outcome]]:
    # Imported here: it takes a second, and a single machine does without.
    from distributed import Client, KilledWorker, as_completed

    try:
        client = Client(scheduler, timeout=10)
    except (OSError, TimeoutError, ValueError) as error:
        raise NoSchedulerError(
            f"The Dask scheduler {scheduler} can not be reached ({error}); "
            "start it (dask scheduler), or leave --scheduler out to grade on this machine."
        ) from None
    with client:
        jobs = iter(jobs)
        # Twice as many as can run, so that no worker waits and few jobs are in memory.
        places = 2 * max(1, sum(client.nthreads().values()))
        waiting = {client.submit(_on_worker, job, pure=False): job for job in islice(jobs, places)}
        done = as_completed(waiting)
        for future in done:
            job = waiting.pop(future)
            try:
                yield job, future.result()
            except KilledWorker as error:
                reason = f"it ended every worker that executed it ({error.last_worker.address})"
                yield job, Outcome(job.source, {}, stopped=reason)
            for following in islice(jobs, 1):
                future = client.submit(_on_worker, following, pure=False)
                waiting[future] = following
                done.add(future)


def _on_worker(job: Job) -> Outcome:
    return execute(job, shared(job.settings.modules, job.settings.sandbox))
