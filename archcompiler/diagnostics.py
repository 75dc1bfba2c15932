"""What the compiler says about a spec: codes, problems, diagnostics and reports.

A room finds a `Problem`, placed by a path into the spec; only at the end is it turned into a `Diagnostic`,
placed by line and column in the person's own file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    pass

Loc = tuple[str | int, ...]
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: `ARC201`, its slug, its severity and its meaning in a few words."""

    code: str
    slug: str
    severity: Severity
    title: str


class InternalError(Exception):
    """A broken invariant of the compiler itself, never a mistake in a spec."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}. This is a bug in archcompiler; please report it with the spec that shows it.")


@dataclass(frozen=True, slots=True)
class Change:
    """A mending of the spec, in the spec's own terms; `edits.py` turns it into text edits.

    `kind`: `set_argument` (argument `name` of the thing at `loc` becomes `value`), `replace_key` (the key at `loc`
    becomes the word `value`), `replace_value` (the value at `loc` becomes `value`), `remove_entry` (the key or the
    list item at `loc` goes), `set_key` (the mapping at `loc` gets the entry `name: value`), `insert_item` (the item
    `value` comes before the list's item at `loc`).
    """

    kind: Literal["set_argument", "replace_key", "replace_value", "remove_entry", "set_key", "insert_item"]
    loc: Loc
    value: object = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class PlacedNote:
    message: str
    loc: Loc
    on_key: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding in terms of the spec: `loc` is a path into it in pydantic's form, `("layers", 2, "LSTM", "units")`.

    `on_key` places it on the key at `loc` rather than on its value.
    """

    code: str
    message: str
    loc: Loc
    on_key: bool = True
    layer: str | None = None
    notes: tuple[PlacedNote, ...] = ()
    help: str | None = None
    changes: tuple[Change, ...] = ()
    safe: bool = True
    span: Span | None = None
    """A place known better than by `loc`, such as a syntax error's or one inside an expression."""
    edits: tuple[Edit, ...] = ()
    """A mending known only as text, such as that of a key which is not in the data."""
    stamps: tuple[Loc, ...] = ()
    """The places that stamped the block in which it was found, the outermost first."""
    about: str | None = None
    """The name that names nothing, where that is the mistake."""
    vague: bool = False
    """Whether it may only follow from another mistake in the language, and is told where there is none."""

    @property
    def is_warning(self) -> bool:
        """Whether the spec may be used for all that."""
        return self.code.startswith("ARC4")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text. Lines and columns count from 1, columns count characters, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of `span` with `text`."""

    span: Span
    text: str

    def to_dict(self) -> dict[str, object]:
        return {**span_fields(self.span), "text": self.text}


@dataclass(frozen=True, slots=True)
class Fix:
    applicability: Literal["safe", "unsafe"]
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Note:
    message: str
    path: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding placed in a file: what came, what was expected, why, and how to mend it."""

    code: str
    slug: str
    severity: Severity
    message: str
    path: str
    span: Span | None
    layer: str | None = None
    notes: tuple[Note, ...] = ()
    help: str | None = None
    fix: Fix | None = None
    loc: Loc = ()

    def to_dict(self) -> dict[str, object]:
        """The fields of `check --format json`."""
        return {
            "code": self.code,
            "slug": self.slug,
            "severity": self.severity,
            "message": self.message,
            "path": self.path,
            **span_fields(self.span),
            "layer": self.layer,
            "notes": [
                {
                    "message": note.message,
                    "path": note.path,
                    "line": note.span.line if note.span else None,
                    "column": note.span.column if note.span else None,
                }
                for note in self.notes
            ],
            "help": self.help,
            "fix": self.fix
            and {"applicability": self.fix.applicability, "edits": [edit.to_dict() for edit in self.fix.edits]},
        }


def span_fields(span: Span | None) -> dict[str, object]:
    """`line`, `column`, `end_line`, `end_column`, null where a spec was no text."""
    names = ("line", "column", "end_line", "end_column")
    return {name: getattr(span, name) if span else None for name in names}
