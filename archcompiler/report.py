"""Problems placed in the person's own file, and the report of them all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
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
    ignored: tuple[Diagnostic, ...] = ()
    """What was found, and a comment in the file lets pass."""
    fixed: int = 0
    """How many fixes were made before this check."""

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

    @property
    def in_the_way(self) -> tuple[Diagnostic, ...]:
        """Errors that are ignored, and for which there is no code all the same: what has them is no model, and not
        only a doubtful one."""
        errors = (one for one in self.ignored if one.severity == "error")
        return tuple(one for one in errors if self.graph is None or one.code < "ARC3")

    def document_at(self, path: str) -> Document | None:
        """The document of a diagnostic or a note: the spec's, or that of a file which it includes."""
        if self.document is None or path == self.path:
            return self.document
        return next((one for one, _ in self.document.included.values() if one.path == path), None)

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
            "ignored": len(self.ignored),
            "fixed": self.fixed,
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
    for problem in _once(problems):
        diagnostic = _diagnostic(problem, document, path, first_argument_of)
        if diagnostic.span is not None:
            place = (diagnostic.span.line, diagnostic.span.column)
            # What could not be read has no right value, of which nothing need be said.
            if diagnostic.code.startswith("ARC00"):
                unread.add(place)
            elif place in unread:
                continue
        found.setdefault((diagnostic.code, diagnostic.loc, diagnostic.span, diagnostic.message), diagnostic)
    return tuple(sorted(found.values(), key=position))


def position(diagnostic: Diagnostic) -> tuple[int, int]:
    return (diagnostic.span.line, diagnostic.span.column) if diagnostic.span else (0, 0)


MOST_STAMPS = 8


def _once(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems, of which those that one thing in a block has in several stamps are one, with a note of each place
    that stamped it."""
    first: dict[tuple[object, ...], Problem] = {}
    chains: dict[tuple[object, ...], dict[tuple[Loc, ...], None]] = {}
    kept: list[Problem | tuple[object, ...]] = []
    for problem in problems:
        key = (problem.code, problem.loc, problem.span)
        if not problem.stamps:
            kept.append(problem)
        elif key not in first:
            first[key], chains[key] = problem, {problem.stamps: None}
            kept.append(key)
        elif problem.stamps == first[key].stamps and problem.message != first[key].message:
            kept.append(problem)
        else:
            chains[key][problem.stamps] = None
    for one in kept:
        if isinstance(one, Problem):
            yield replace(one, notes=(*one.notes, *_stamp_notes([one.stamps])))
        else:
            yield replace(first[one], notes=(*first[one].notes, *_stamp_notes(chains[one])))


def _stamp_notes(chains: Iterable[tuple[Loc, ...]]) -> list[PlacedNote]:
    places = list(dict.fromkeys(loc for chain in chains for loc in reversed(chain)))
    notes = [PlacedNote("the block is stamped here", loc) for loc in places[:MOST_STAMPS]]
    if len(places) > MOST_STAMPS:
        notes[-1] = PlacedNote(f"and here, and in {len(places) - MOST_STAMPS} more places", places[MOST_STAMPS - 1])
    return notes


def _diagnostic(
    problem: Problem, document: Document | None, path: str, first_argument_of: Callable[[str], str | None]
) -> Diagnostic:
    code = CODES[problem.code]
    notes = [_note(note, document, path) for note in problem.notes]
    main = document
    if document is not None and document.home(problem.loc) is not document:
        document, included = document.included[problem.loc[:2]]
        path = document.path
        notes.append(_note(included, main, main.path if main else path))
    loc = as_written(document, problem.loc)
    span = problem.span or (document.span(loc, on_key=problem.on_key) if document else None)
    elsewhere = main is not None and any(main.home(change.loc) is not document for change in problem.changes)
    changes = tuple(
        Change(change.kind, as_written(document, change.loc), change.value, change.name)
        for change in (() if elsewhere else problem.changes)
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
        tuple(notes),
        _help(problem, main),
        Fix("safe" if problem.safe else "unsafe", edits) if edits else None,
        loc,
    )


def _note(note: PlacedNote, document: Document | None, path: str) -> Note:
    if document is not None and document.home(note.loc) is not document:
        document = document.home(note.loc)
        path = document.path
    loc = as_written(document, note.loc)
    return Note(plain(note.message), path, document.span(loc, on_key=note.on_key) if document else None)


def _help(problem: Problem, document: Document | None) -> str | None:
    """`{on_line}` in a help stands for the line of the change, where there are lines."""
    if problem.help is None or "{on_line}" not in problem.help:
        return None if problem.help is None else plain(problem.help)
    place = problem.changes[0].loc if problem.changes else ()
    span = document.home(place).span(place) if document and problem.changes else None
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
