"""Measuring: the same work several times, medians, and tables of ratios."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


def seconds(work: Callable[[], object], *, repeats: int = 7, warm_up: int = 1) -> float:
    """Median wall-clock time of `work`, in seconds."""
    for _ in range(warm_up):
        work()
    times: list[float] = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def in_turn(
    first: Callable[[], object],
    second: Callable[[], object],
    *,
    repeats: int,
    warm_up: bool = True,
    of: Callable[[Sequence[float]], float] = statistics.median,
) -> tuple[float, float]:
    """Medians of two works done in turn, so that what else the machine does falls on both.

    Of few and long repeats the shortest says more (`of=min`): threads are kept waiting in about half of them.
    """
    if warm_up:
        first(), second()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for work, taken in zip((first, second), times, strict=True):
            start = time.perf_counter()
            work()
            taken.append(time.perf_counter() - start)
    return of(times[0]), of(times[1])


def process(command: Sequence[str], *, expect: int) -> Callable[[], None]:
    """A whole process as work; it must end with the exit status `expect`, or nothing was measured."""

    def run() -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != expect:
            raise SystemExit(f"{command} ended with {done.returncode}, not {expect}:\n{done.stderr[-2000:]}")

    return run


@dataclass(frozen=True)
class Row:
    """Ours beside theirs. `bound` is the ratio that is promised, `at_least` whether it is a speed-up."""

    what: str
    ours: float
    theirs: float | None
    other: str
    bound: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        if self.theirs is None:
            return None
        return self.theirs / self.ours if self.at_least else self.ours / self.theirs


def show(rows: Sequence[Row]) -> None:
    """The rows as a table: times, the ratio, and what is promised of it."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="archcompiler, beside what one would do otherwise")
    for column in ("what", "archcompiler", "otherwise", "", "ratio", "promised"):
        table.add_column(column, justify="left" if column in ("what", "") else "right")
    for row in rows:
        sign = "≥" if row.at_least else "≤"
        ratio = row.ratio
        if ratio is None:
            promised = f"≤ {shown(row.bound)}" if row.bound else ""
        else:
            promised = f"{sign} {row.bound:g}×" if row.bound else ""
        table.add_row(
            row.what,
            shown(row.ours),
            shown(row.theirs) if row.theirs is not None else "",
            row.other,
            f"{ratio:.2f}×" if ratio is not None else "",
            promised,
        )
    Console(width=150).print(table)


def shown(duration: float) -> str:
    return f"{duration:.2f} s" if duration >= 1 else f"{duration * 1e3:.2f} ms"
