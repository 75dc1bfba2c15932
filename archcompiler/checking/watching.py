"""Checking again when a file changes. Files are looked at every so often; what is as it was is not checked."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from archcompiler.checking.config import FILE, forget
from archcompiler.checking.outcome import Options, Outcome, outcome
from archcompiler.spec.reader import FILES, Files

INTERVAL = 0.3
"""Seconds between two looks: less than one waits for, and little work."""

Sign = tuple[int, int, int] | None
"""What tells that a file is another: its time of change, its size, and which file it is; None where there is none."""


@dataclass(frozen=True, slots=True)
class _Known:
    outcome: Outcome
    signs: dict[str, Sign]
    """All that the outcome depends on, as it was before the check."""


@dataclass
class _Watched(Files):
    """Notes what each file was before it was read."""

    signs: dict[str, Sign] = field(default_factory=dict[str, Sign])

    def ask(self, real: str) -> None:
        self.signs.setdefault(real, sign_of(real))


class Watch:
    """The outcomes of specs, each as long as nothing changes that it depends on."""

    def __init__(self, specs: Callable[[], Iterable[str]], options: Options) -> None:
        self._specs = specs
        self._options = options
        self._known: dict[str, _Known] = {}

    def look(self) -> list[Outcome]:
        """Check what is new or has changed; nothing comes where all is as it was."""
        forget()
        paths = list(self._specs())
        for path in self._known.keys() - paths:
            del self._known[path]
        return [self._check(path) for path in paths if self._is_stale(path)]

    @property
    def outcomes(self) -> list[Outcome]:
        """What is known of all files now."""
        return [one.outcome for one in self._known.values()]

    def _is_stale(self, path: str) -> bool:
        known = self._known.get(path)
        return known is None or any(sign != sign_of(one) for one, sign in known.signs.items())

    def _check(self, path: str) -> Outcome:
        files = _Watched()
        token = FILES.set(files)
        for one in self._always(path):
            files.ask(one)
        try:
            found = outcome(path, self._options)
        finally:
            FILES.reset(token)
        self._known[path] = _Known(found, files.signs)
        return found

    def _always(self, path: str) -> Iterator[str]:
        yield os.path.realpath(path)
        folder = os.path.dirname(os.path.realpath(path))
        while self._options.configured:
            yield os.path.join(folder, FILE)
            parent = os.path.dirname(folder)
            if parent == folder:
                break
            folder = parent


def sign_of(path: str) -> Sign:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class Remembered:
    """A question about a file's text, asked again only when the file is another."""

    def __init__(self, ask: Callable[[str], bool]) -> None:
        self._ask = ask
        self._answers: dict[str, tuple[Sign, bool]] = {}

    def __call__(self, path: str) -> bool:
        sign = sign_of(path)
        known = self._answers.get(path)
        if known is None or known[0] != sign:
            known = self._answers[path] = (sign, self._ask(path))
        return known[1]


def rounds(watch: Watch, sleep: Callable[[float], object] = time.sleep) -> Iterator[list[Outcome]]:
    """What was checked in each round in which something was; it ends only by an interruption."""
    while True:
        found = watch.look()
        if found:
            yield found
        sleep(INTERVAL)
