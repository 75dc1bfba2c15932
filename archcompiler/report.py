"""Problems placed in the person's own file, and the report of them all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from archcompiler.codes import CODES
from archcompiler.diagnostics import Change, Diagnostic, Fix, Loc, Note, PlacedNote, Problem
from archcompiler.edits import text_edits
from archcompiler.source import Document

if TYPE_CHECKING:
    from archcompiler.graph.ir import TypedGraph


class CompileError(Exception):
    """A spec that has errors was to be emitted or built; `report` says what they are."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


@dataclass(frozen=True)
class Report:
    """What a check found. `graph` is None where the types could not all be worked out."""

    path: str
    diagnostics: tuple[Diagnostic, ...]
    graph: TypedGraph | None = None
    document: Document | None = None

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(one for one in self.diagnostics if one.severity == "error")

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        return tuple(one for one in self.diagnostics if one.severity == "warning")

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not self.errors

    def __str__(self) -> str:
        from archcompiler.rendering import as_text

        return as_text(self)

    def to_dict(self) -> dict[str, object]:
        """One entry of `files` in `check --format json`."""
        from archcompiler.rendering import model_fields

        return {
            "path": self.path,
            "ok": self.ok,
            "diagnostics": [one.to_dict() for one in self.diagnostics],
            "model": model_fields(self.graph) if self.graph is not None else None,
        }

    def to_json(self) -> str:
        """As `check --format json` prints it for this one file."""
        return json.dumps({"version": 1, "files": [self.to_dict()]}, indent=2, ensure_ascii=False)


def placed(
    problems: Iterable[Problem], document: Document | None, path: str, first_argument_of: Callable[[str], str | None]
) -> tuple[Diagnostic, ...]:
    """Each problem as a diagnostic of `document`, in the order of the file; the same thing is said once."""
    found: dict[tuple[object, ...], Diagnostic] = {}
    unread: set[tuple[int, int]] = set()
    for problem in problems:
        diagnostic = _diagnostic(problem, document, path, first_argument_of)
        if diagnostic.span is not None:
            place = (diagnostic.span.line, diagnostic.span.column)
            # What could not be read has no right value, of which nothing need be said.
            if diagnostic.code.startswith("ARC00"):
                unread.add(place)
            elif place in unread:
                continue
        found.setdefault((diagnostic.code, diagnostic.loc, diagnostic.span, diagnostic.message), diagnostic)
    return tuple(sorted(found.values(), key=_position))


def _position(diagnostic: Diagnostic) -> tuple[int, int]:
    return (diagnostic.span.line, diagnostic.span.column) if diagnostic.span else (0, 0)


def _diagnostic(
    problem: Problem, document: Document | None, path: str, first_argument_of: Callable[[str], str | None]
) -> Diagnostic:
    code = CODES[problem.code]
    loc = as_written(document, problem.loc)
    span = problem.span or (document.span(loc, on_key=problem.on_key) if document else None)
    changes = tuple(
        Change(change.kind, as_written(document, change.loc), change.value, change.name) for change in problem.changes
    )
    edits = text_edits(document, changes, first_argument_of) if document and changes else problem.edits
    return Diagnostic(
        code.code,
        code.slug,
        code.severity,
        plain(problem.message),
        path,
        span,
        problem.layer,
        tuple(_note(note, document, path) for note in problem.notes),
        _help(problem, document),
        Fix("safe" if problem.safe else "unsafe", edits) if edits else None,
        loc,
    )


def _note(note: PlacedNote, document: Document | None, path: str) -> Note:
    loc = as_written(document, note.loc)
    return Note(plain(note.message), path, document.span(loc, on_key=note.on_key) if document else None)


def _help(problem: Problem, document: Document | None) -> str | None:
    """`{on_line}` in a help stands for the line of the change, where there are lines."""
    if problem.help is None or "{on_line}" not in problem.help:
        return None if problem.help is None else plain(problem.help)
    span = document.span(problem.changes[0].loc) if document and problem.changes else None
    return plain(problem.help).replace("{on_line}", f" on line {span.line}" if span else "")


_LONGEST_WORD = 80
_LONGEST_TEXT = 1_000
_LONG_WORD = re.compile(rf"[^\s`]{{{_LONGEST_WORD},}}")
_LONG_QUOTE = re.compile(rf"`[^`]{{{_LONGEST_WORD * 2},}}`")


def plain(text: str) -> str:
    """A message in one line, and cut where something in it is so long that nobody would read it."""
    if len(text) < _LONGEST_WORD and "\n" not in text:
        return text
    text = _LONG_QUOTE.sub(lambda match: f"`{match[0][1:_LONGEST_WORD]}…`", " ".join(text.split()))
    text = _LONG_WORD.sub(lambda match: f"{match[0][: _LONGEST_WORD - 1]}…", text)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def as_written(document: Document | None, loc: Loc) -> Loc:
    """`loc` where the short form `x: [10, 5]` has no `shape` to stand under."""
    if document is None or "shape" not in loc:
        return loc
    data: object = document.data
    for depth, part in enumerate(loc):
        if part == "shape" and isinstance(data, list):
            return (*loc[:depth], *loc[depth + 1 :])
        if isinstance(data, dict):
            data = cast("dict[object, object]", data).get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(cast("list[object]", data)):
            data = cast("list[object]", data)[part]
        else:
            break
    return loc
