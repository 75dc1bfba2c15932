"""Fixes made in the texts, pass after pass, until none is left to make.

Each pass makes all fixes that do not touch each other; of two that do, the first in the file. What a pass makes is kept
only where the spec is no worse for it (`_is_better`); else its fixes are tried one by one. Nothing is written here: the
mended texts stand in `Files.unsaved`, which every check reads before the disk.
"""

from __future__ import annotations

import os
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from archcompiler.checking.sources import STDIN_NAME
from archcompiler.diagnostics import Diagnostic, Edit
from archcompiler.edits import apply
from archcompiler.output import OutputError, write_whole
from archcompiler.report import Report
from archcompiler.source import Lines
from archcompiler.spec.reader import Files, encoding_of

MOST_PASSES = 1000
"""A chain of so many layers, each of which is wrong only once the one before is right, is still mended."""

STDIN_KEY = STDIN_NAME
"""What stands for a real path where the text comes from standard input."""


@dataclass(frozen=True, slots=True)
class Before:
    """A file before it was mended: its path as it was given, and its text."""

    path: str
    text: str


class Mending:
    """The fixes of one run. A file that several specs include is mended once."""

    def __init__(self, files: Files, given: Iterable[str], *, unsafe: bool) -> None:
        self.before: dict[str, Before] = {}
        self._files = files
        self._given = [os.path.realpath(path) for path in given]
        self._unsafe = unsafe

    def mended(self, check: Callable[[], Report]) -> Report:
        """The report on what is left, after everything was mended that `check` finds and has a fix."""
        report = check()
        states = [dict(self._files.unsaved)]
        fixed: list[int] = []
        while len(states) <= MOST_PASSES:
            step = self._step(report, check)
            if step is None:
                break
            report, made = step
            if self._files.unsaved in states:  # the fixes go round in a circle: where it began is as good as any place
                fixed = fixed[: states.index(self._files.unsaved)]
                break
            states.append(dict(self._files.unsaved))
            fixed.append(made)
        return replace(report, fixed=sum(fixed))

    def changed(self) -> Iterator[tuple[str, Before, str]]:
        """Each file that is another now: its real path, what it was, and its text."""
        for key, before in self.before.items():
            text = self._files.unsaved.get(key, before.text)
            if text != before.text:
                yield key, before, text

    def forget(self, key: str) -> None:
        """Hold no longer to a file's text: it was written."""
        del self.before[key]
        self._files.unsaved.pop(key, None)

    def _step(self, report: Report, check: Callable[[], Report]) -> tuple[Report, int] | None:
        """One pass: the report after it, and how many fixes it made; None where there is none to make."""
        chosen = list(self._chosen(report))
        if not chosen:
            return None
        start = dict(self._files.unsaved)
        self._files.unsaved.update(self._texts(report, chosen))
        after = check()
        if _is_better(report, after, chosen):
            return after, len(chosen)
        kept: list[Diagnostic] = []
        best = report
        for one in chosen if len(chosen) > 1 else ():
            self._files.unsaved = start | self._texts(report, [*kept, one])
            after = check()
            if _is_better(best, after, [one]):
                kept.append(one)
                best = after
        self._files.unsaved = start | self._texts(report, kept)
        return (best, len(kept)) if kept else None

    def _chosen(self, report: Report) -> Iterator[Diagnostic]:
        """The diagnostics whose fixes can be made together."""
        taken: dict[str, list[tuple[int, int]]] = {}
        for one in report.diagnostics:
            document = report.document_at(one.path)
            if one.fix is None or document is None or document.text is None:
                continue
            if (one.fix.applicability == "unsafe" and not self._unsafe) or not self._may_change(one.path, report.path):
                continue
            spans = _places(document.lines, one.fix.edits)
            others = taken.setdefault(_key(one.path), [])
            if spans and not any(_meet(span, other) for span in spans for other in others):
                for span in spans:
                    insort(others, span)
                self.before.setdefault(_key(one.path), Before(one.path, document.text))
                yield one

    def _may_change(self, path: str, spec: str) -> bool:
        """Whether a file is the spec, was given itself or in a folder that was, or lies below the spec's folder."""
        if path == spec:
            return True
        if spec == STDIN_KEY:
            return False
        real = os.path.realpath(path)
        folders = [*self._given, os.path.dirname(os.path.realpath(spec))]
        return any(real == folder or real.startswith(os.path.join(folder, "")) for folder in folders)

    def _texts(self, report: Report, chosen: Sequence[Diagnostic]) -> dict[str, str]:
        """The texts with the fixes of the diagnostics made."""
        edits: dict[str, list[Edit]] = {}
        documents = {_key(one.path): report.document_at(one.path) for one in chosen}
        for one in chosen:
            edits.setdefault(_key(one.path), []).extend(one.fix.edits if one.fix else ())
        return {
            key: apply(document.text, edits[key]) for key, document in documents.items() if document and document.text
        }


def write(key: str, before: Before, text: str) -> None:
    """Make `text` that of a file, in the encoding that it has.

    Raises:
        OutputError: it cannot be written, or was changed by somebody else in the meantime.
    """
    try:
        with open(key, "rb") as file:
            content = file.read()
    except OSError as error:
        raise OutputError(before.path, error) from error
    mark, encoding = encoding_of(content)
    if content[len(mark) :].decode(encoding, "replace").removeprefix("\ufeff") != before.text:
        raise OutputError(before.path, OSError(0, "it was changed while it was mended; run it again"))
    write_whole(key, mark + text.encode(encoding))


def unified(before: Before, text: str) -> str:
    """What changes in a file, as a unified diff that `patch` takes."""
    from difflib import unified_diff

    old, new = (one.splitlines(keepends=True) if "\r" not in one else _kept(one) for one in (before.text, text))
    lines = unified_diff(old, new, before.path, before.path)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _kept(text: str) -> list[str]:
    """Lines as `patch` breaks them, a carriage return being part of its line."""
    return [f"{line}\n" for line in text.split("\n")[:-1]] + [last for last in text.split("\n")[-1:] if last]


def _is_better(before: Report, after: Report, mended: Sequence[Diagnostic]) -> bool:
    """Whether fixes did what they should: what they mend is gone, the text can be read, and no error came of them.

    What mends an error may bring others to light: of a later kind, as shapes are looked at once the language is right
    and targets once the shapes are, or as many others, as along a chain of layers. Other new errors are harm: those
    that a hazard's fix makes, and those of the language where shapes were mended.
    """
    if _is_readable(before) and not _is_readable(after):
        return False
    had, has = Counter(map(_identity, before.diagnostics)), Counter(map(_identity, after.diagnostics))
    wanted = Counter(map(_identity, mended))
    if any(has[one] > had[one] - count for one, count in wanted.items()):
        return False
    new = _errors(after) - _errors(before)
    if not new:
        return True
    latest = max((one.code[:4] for one in mended if one.severity == "error"), default=None)
    if latest is None or any(code[:4] < min(latest, "ARC2") for code, _ in new):
        return False
    return all(code[:4] > latest for code, _ in new) or len(after.errors) <= len(before.errors)


def _errors(report: Report) -> Counter[tuple[str, str]]:
    return Counter((one.code, one.message) for one in report.errors)


def _identity(one: Diagnostic) -> tuple[object, ...]:
    return one.code, one.message, one.path, one.loc


def _is_readable(report: Report) -> bool:
    return report.document is not None and report.document.data is not None


def _key(path: str) -> str:
    return path if path == STDIN_KEY else os.path.realpath(path)


def _places(lines: Lines, edits: Iterable[Edit]) -> list[tuple[int, int]]:
    return [
        (lines.index(edit.span.line, edit.span.column), lines.index(edit.span.end_line, edit.span.end_column))
        for edit in edits
    ]


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two stretches have something in common, or begin at the same place."""
    return one[0] == other[0] or one[0] < other[0] < one[1] or other[0] < one[0] < other[1]
