"""Where everything of a spec stands in the person's own file.

While a text is composed, a tree of places is kept beside the data. It holds the parser's own events, each of which
knows where it begins and ends; a line and a column are worked out only for the few places that are asked for.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Literal, cast

from archcompiler.diagnostics import Loc, PlacedNote, Problem, Span
from archcompiler.places import AliasPlace, Event, Found, MappingPlace, Place, Scalar, SequencePlace, is_absent

LINE_BREAK = re.compile(r"\r\n|\r|\n")
MAX_BYTES = 10_000_000
MAX_NODES = 300_000
MAX_DEPTH = 100
MAX_SCALAR = 1_000_000
MAX_BITS = 3400
SURROGATE = re.compile("[\ud800-\udfff]")
IGNORE_MARK = "archc:"
"""What a text must have before it is looked through for comments that let diagnostics pass."""
Style = Literal["flow", "block", "scalar", "missing"]


class Lines:
    """The lines of a text, broken as editors break them (`\\n`, `\\r\\n`, `\\r`)."""

    __slots__ = ("_known", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._known: list[int] | None = None

    @property
    def _starts(self) -> list[int]:
        if self._known is None:
            if "\r" in self.text:
                self._known = [0, *(match.end() for match in LINE_BREAK.finditer(self.text))]
            else:
                lengths = map(len, self.text.split("\n"))
                self._known = list(accumulate((length + 1 for length in lengths), initial=0))[:-1]
        return self._known

    def position(self, index: int) -> tuple[int, int]:
        """Line and column, from 1, of the character at `index`."""
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        return Span(*self.position(start), *self.position(end))

    def index(self, line: int, column: int) -> int:
        """The inverse of `position`; ValueError where there is no such line."""
        if not 1 <= line <= len(self._starts):
            raise ValueError(f"there is no line {line}")
        return self._starts[line - 1] + column - 1

    def line_text(self, line: int) -> str:
        """A line without its break; empty where there is no such line."""
        if not 1 <= line <= len(self._starts):
            return ""
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        return self.text[self._starts[line - 1] : end].rstrip("\r\n")

    def line_start(self, index: int) -> int:
        return self._starts[bisect_right(self._starts, index) - 1]

    def line_end(self, index: int) -> int:
        """Where the line of `index` ends, before its break."""
        line = bisect_right(self._starts, index)
        return self._starts[line - 1] + len(self.line_text(line))


class Document:
    """A spec as read: plain data, and where each part of it stands.

    `data` is None where the text could not be composed (the problems say why); `text` and `place` are None where the
    spec was given as a mapping.
    """

    __slots__ = ("_lines", "data", "has_expressions", "included", "path", "place", "text")

    def __init__(self, path: str, text: str | None, data: object, place: Place | None = None) -> None:
        self.path = path
        self.text = text
        self.data = data
        self.place = place
        self._lines: Lines | None = None
        self.included: dict[Loc, tuple[Document, PlacedNote]] = {}
        """What comes of other files, such as ("blocks", "residual"): from which, and a note of where it is included."""
        # The text is a cheap first look; only its strings count, and an escape may hide the `$`.
        self.has_expressions = (text is None or "${" in text or "\\" in text) and contains_expression(data)

    @property
    def lines(self) -> Lines:
        if self._lines is None:
            self._lines = Lines(self.text or "")
        return self._lines

    def line_text(self, line: int) -> str:
        """The text of a line (from 1) without its break; empty where there is none."""
        return self.lines.line_text(line)

    def home(self, loc: Loc) -> Document:
        """The document in which `loc` stands: this one, or an included one."""
        return self.included[loc[:2]][0] if self.included and loc[:2] in self.included else self

    def find(self, loc: Loc) -> Found | None:
        """What stands at `loc`, or at its nearest parent; None where there is no text."""
        place = self.place
        if place is None:
            return None
        key: Scalar | None = None
        parent: Place | None = None
        owned = True
        depth = 0
        for part in loc:
            if isinstance(place, AliasPlace):
                owned = False
                place = place.target
            if isinstance(place, MappingPlace):
                if part not in place.values:
                    break
                owned = owned and not place.shared and part not in place.merged
                key, parent, place = place.keys[part], place, place.values[part]
            elif isinstance(place, SequencePlace):
                if not isinstance(part, int) or not -len(place.items) <= part < len(place.items):
                    break
                owned = owned and not place.shared
                key, parent, place = None, place, place.items[part]
            else:
                break
            depth += 1
        if isinstance(place, MappingPlace | SequencePlace):
            owned = owned and not place.shared
        return Found(place, key, parent, depth, owned)

    def span(self, loc: Loc, *, on_key: bool = True) -> Span | None:
        """The stretch of text at `loc` or at its nearest parent; None where there is no text.

        `on_key` gives the key where the last part found is one. A block gives its first line, a mapping in a list its
        first key, an absent value its key.
        """
        found = self.find(loc)
        if found is None:
            return None
        if found.key is not None and (on_key or is_absent(found.place)):
            return self._between(found.key, found.key)
        return self._value_span(found.place, in_list=isinstance(found.parent, SequencePlace) or found.parent is None)

    def style(self, loc: Loc) -> Style:
        """How the value at `loc` is written; `missing` where nothing is there."""
        found = self.find(loc)
        if found is None or found.depth < len(loc) or is_absent(found.place):
            return "missing"
        if isinstance(found.place, MappingPlace | SequencePlace):
            return "flow" if found.place.flow else "block"
        return "scalar"

    def _between(self, start: Event, end: Event) -> Span:
        first, last = start.start_mark.index, end.end_mark.index
        # A block scalar ends, for the parser, where the next thing begins.
        return self.lines.span(first, first + len((self.text or "")[first:last].rstrip()))

    def _value_span(self, place: Place, *, in_list: bool) -> Span:
        if isinstance(place, AliasPlace):
            return self._between(place.event, place.event)
        if isinstance(place, MappingPlace):
            if place.flow or not place.keys:
                return self._between(place.start, place.end)
            name, key = next(iter(place.keys.items()))
            return self._between(key, key) if in_list else self._first_line(key, place.values[name])
        if isinstance(place, SequencePlace):
            if place.flow or not place.items:
                return self._between(place.start, place.end)
            return self._first_line(place.start, place.items[0])
        return self._between(place, place)

    def _first_line(self, start: Event, value: Place) -> Span:
        """From `start` to the end of `value`, or to the end of what of it is on the first line."""
        begin = self._between(start, start)
        end = begin if is_absent(value) else self._value_span(value, in_list=False)
        if end.line == begin.line and end.end_line == begin.line:
            return Span(begin.line, begin.column, end.end_line, end.end_column)
        if begin.end_column > begin.column:
            return begin
        return Span(begin.line, begin.column, begin.line, len(self.line_text(begin.line)) + 1)


def contains_expression(data: object) -> bool:
    """Whether some string (a key or a value) of `data` holds `${`."""
    if isinstance(data, str):
        return "${" in data
    if isinstance(data, dict):
        mapping = cast("dict[object, object]", data)
        if any(isinstance(key, str) and "${" in key for key in mapping):
            return True
        return any(map(contains_expression, mapping.values()))
    return isinstance(data, list) and any(map(contains_expression, cast("list[object]", data)))


def shortened(text: str, limit: int = 40) -> str:
    """`text` in one line and at most `limit` characters, for a message."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def document_from_data(data: object, path: str = "<mapping>") -> tuple[Document | None, list[Problem]]:
    """A Document without text of a spec given as a mapping, and what in it cannot be part of one.

    The data are copied into plain types, within the budgets of a file. The document is None where a budget is passed
    or the top is no mapping; a value that cannot be kept is reported and becomes None.
    """
    if not isinstance(data, Mapping):
        return None, [Problem("ARC005", f"a spec is a mapping of keys to values, not a {type(data).__name__}", ())]
    copier = _Copier()
    try:
        return Document(path, None, copier.copy(cast(object, data))), copier.problems
    except _TooLarge as error:
        return None, [*copier.problems, Problem("ARC003", str(error), tuple(copier.path))]


class _TooLarge(Exception):
    pass


def _is_plain(value: object) -> bool:
    """Whether a value needs no second look: most of them are short words and small numbers."""
    kind = type(value)
    if kind is str:
        return len(cast(str, value)) <= 80 and cast(str, value).isascii()
    if kind is int:
        return -SMALL < cast(int, value) < SMALL
    return kind is bool or kind is float or value is None


SMALL = 2**31


class _Copier:
    """Copies data into plain types; `path` is where it is."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.path: list[str | int] = []
        self._open: set[int] = set()
        self._nodes = 0

    def copy(self, value: object) -> object:
        if value is None or isinstance(value, bool | float | int | str):
            return self._scalar(value)
        if isinstance(value, Mapping | list | tuple):
            return self._collection(cast("Mapping[object, object] | list[object] | tuple[object, ...]", value))
        return self._scalar(_item(value))

    def _collection(self, value: Mapping[object, object] | list[object] | tuple[object, ...]) -> object:
        if id(value) in self._open:
            return self._refuse("ARC006", "this value holds itself, which has no end")
        if len(self.path) >= MAX_DEPTH:
            raise _TooLarge(f"values are nested more than {MAX_DEPTH} deep")
        self._count(len(value))
        self._open.add(id(value))
        result: object
        if isinstance(value, list | tuple):
            result = [self._entry(index, item) for index, item in enumerate(value)]
        else:
            result = {}
            for key, item in value.items():
                name = key if _is_plain(key) else self._scalar(key if isinstance(key, str | int) else _item(key))
                if isinstance(name, str) or (isinstance(name, int) and not isinstance(name, bool)):
                    result[name] = self._entry(name, item)
                else:
                    self._refuse("ARC006", f"a key is a word or a whole number; {shortened(repr(name))} is neither")
        self._open.discard(id(value))
        return result

    def _count(self, values: int) -> None:
        self._nodes += values
        if self._nodes > MAX_NODES:
            raise _TooLarge(f"the spec has more than {MAX_NODES:,} values")

    def _entry(self, part: str | int, value: object) -> object:
        if _is_plain(value):
            return value
        self.path.append(part)
        result = self.copy(value)
        self.path.pop()
        return result

    def _scalar(self, value: object) -> object:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, float):
            return float(value)
        if isinstance(value, int):
            if value.bit_length() > MAX_BITS:
                return self._refuse("ARC003", "this number has too many digits")
            return int(value)
        if isinstance(value, str):
            if len(value) > MAX_SCALAR:
                raise _TooLarge(f"one value has {len(value):,} characters; the limit is {MAX_SCALAR:,}")
            if not value.isascii() and SURROGATE.search(value):
                return self._refuse("ARC004", "half of a surrogate pair is no character")
            return str.__str__(value)
        return self._refuse("ARC006", f"a {type(value).__name__} is no part of a spec, which is plain data")

    def _refuse(self, code: str, message: str) -> None:
        self.problems.append(Problem(code, message, tuple(self.path)))


def plain_values(given: Mapping[str, object]) -> dict[str, object]:
    """Values from outside, numpy's scalars as Python's."""
    return {name: _item(value) for name, value in given.items()}


def _item(value: object) -> object:
    """The Python scalar that a numpy one stands for, or `value`."""
    item = getattr(value, "item", None)
    if isinstance(value, type) or not callable(item):
        return value
    try:
        plain = item()
    except (TypeError, ValueError):
        return value
    return plain if isinstance(plain, bool | int | float | str) else value
