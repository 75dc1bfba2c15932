"""Many files checked by several processes, told in the order in which they were given."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from archcompiler.checking.outcome import Options, Outcome, outcome
from archcompiler.diagnostics import InternalError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

PAYS_FROM = 200
"""Fewer files are not worth the processes: starting two takes 40 ms, a file 1 ms (`python -m benchmarks.many pays`)."""

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
    """What came of each file, in order.

    Raises:
        ConfigError: the configuration of a file cannot be used.
        InternalError: a process ended before its time.
    """
    # The first files load what all need, which a fork then has already.
    first = len(paths) if jobs == 1 else CHUNK
    yield from map(partial(outcome, options=options), paths[:first])
    paths = paths[first:]
    if not paths:
        return
    import multiprocessing  # loading it takes as long as checking some files

    context: Any = multiprocessing.get_context("fork" if sys.platform.startswith("linux") else "spawn")
    chunks = [paths[at : at + CHUNK] for at in range(0, len(paths), CHUNK)]
    ends: list[Connection] = []
    processes: list[BaseProcess] = []
    try:
        for number in range(jobs):
            end, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(chunks[number::jobs], options, theirs), daemon=True)
            process.start()
            theirs.close()
            ends.append(end)
            processes.append(process)
        for number in range(len(chunks)):
            yield from _received(ends[number % jobs])
    finally:
        # Interrupted, or nobody reads on: what is under way is not waited for.
        for process in processes:
            process.terminate()
            process.join()


def _received(end: Connection) -> list[Outcome]:
    try:
        found: list[Outcome] | Exception = end.recv()
    except EOFError:
        raise InternalError("a process that checks files ended before its time") from None
    if isinstance(found, Exception):
        raise found
    return found


def _work(chunks: Sequence[Sequence[str]], options: Options, end: Connection) -> None:
    """A process that checks, and sends what came of each chunk. Interrupted, it ends at once and says nothing."""
    from archcompiler.spec.includes import OUTSIDE

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    OUTSIDE.set(options.outside)
    for chunk in chunks:
        try:
            found: list[Outcome] | Exception = [outcome(path, options) for path in chunk]
        except Exception as error:
            found = error
        with suppress(OSError):  # nobody listens any more
            end.send(found)
        if isinstance(found, Exception):
            return


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
