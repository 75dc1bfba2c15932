"""Many files checked by several processes, told in the order in which they were given."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from archcompiler.checking.outcome import Options, Outcome, outcome

PAYS_FROM = 150
"""So many files take as long as starting the processes; measured in benchmarks/many.py."""

MOST_JOBS = 8
"""More are not started unasked."""

CHUNK = 16


def jobs_for(files: int, asked: int | None) -> int:
    """How many processes check so many files."""
    if asked is not None:
        return max(1, min(asked, files))
    if files < PAYS_FROM:
        return 1
    return min(_processors(), MOST_JOBS)


def outcomes(paths: Sequence[str], options: Options, jobs: int) -> Iterator[Outcome]:
    """What came of each file, in order."""
    if jobs == 1:
        yield from map(partial(outcome, options=options), paths)
        return
    # Half a tenth of a second to load, which a few files are not worth.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # A fork has everything loaded already; no threads run that it could tear apart.
    context = multiprocessing.get_context("fork" if sys.platform.startswith("linux") else "spawn")
    executor = ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(options.outside,))
    try:
        yield from executor.map(partial(outcome, options=options), paths, chunksize=CHUNK)
    finally:
        # After an interruption or an error nothing more is begun.
        executor.shutdown(wait=False, cancel_futures=True)


def _begin(outside: bool) -> None:
    """A process that checks: the first one alone meets Ctrl-C, and ends the others."""
    from archcompiler.spec.includes import OUTSIDE

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    OUTSIDE.set(outside)


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
