"""The pasting of `${…}`: each expression replaced by its value, with every mistake placed inside its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem, Span
from archcompiler.flow import to_flow
from archcompiler.source import MAX_NODES, Document
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.suggest import closest
from archcompiler.wording import listed

if TYPE_CHECKING:
    from archcompiler.spec.expressions import ExpressionError

EXPRESSION = re.compile(r"\$\{([^{}]*)\}")
LONGEST_TEXT = 10_000
DEEPEST_VALUE = 50
_ELSEWHERE = {
    "index": "it counts the copies of an item with `repeat`, and is known in that item alone",
    "previous": "sizes are known in the items of `layers` alone",
    "input": "sizes are known in the items of `layers` alone",
}
"""Names that mean something elsewhere."""


@dataclass(frozen=True, slots=True)
class OpenSize:
    """A size that is not known: there is no computing with it."""

    text: str


class UsesUnknown(Exception):
    """An expression uses what has a mistake of its own, already reported."""


class NotKnown(Exception):
    """An expression uses sizes that are not known; the message says why."""


@runtime_checkable
class Sizes(Protocol):
    """Names among which there are tensors."""

    def is_tensor(self, name: str) -> bool: ...


def declared_params(document: Document) -> Mapping[str, object]:
    """The spec's own params, as they are written."""
    data: object = document.data
    params = cast("dict[str, object]", data).get("params") if isinstance(data, dict) else None
    return cast("dict[str, object]", params) if isinstance(params, dict) else {}


class Paster:
    """Pastes values into the data of one spec; what is wrong is added to `problems`."""

    def __init__(self, document: Document, problems: list[Problem], lacking: bool = False) -> None:
        self.document = document
        self.problems = problems
        self.lacking = lacking
        """Whether a file that is included could not be read, so that names may be missing for that alone."""
        self.unreadable = lacking
        """Whether it cannot be told which names there are."""
        self.misnamed: set[str] = set()
        """Names whose own mistake is reported."""
        self._pasted = 0
        self.params = declared_params(document)

    def paste(self, data: object, loc: Loc, names: Mapping[str, object]) -> object:
        """`data` with every `${…}` replaced by its value; what cannot be computed becomes `UNKNOWN`."""
        if isinstance(data, str):
            return self._text(data, loc, names) if "${" in data else data
        if isinstance(data, list):
            entries = cast(list[object], data)
            pasted = [self.paste(entry, (*loc, index), names) for index, entry in enumerate(entries)]
            plain = not any(isinstance(entry, (dict, list)) for entry in entries)
            return UNKNOWN if plain and UNKNOWN in pasted else pasted
        if isinstance(data, dict):
            entries = cast(dict[str | int, object], data).items()
            return {key: self.paste(entry, (*loc, key), names) for key, entry in entries}
        return data

    def _text(self, text: str, loc: Loc, names: Mapping[str, object]) -> object:
        whole = EXPRESSION.fullmatch(text.strip())
        if whole is not None:
            return self._value(whole.group(1), text, text.index("${") + 2, loc, names)
        pieces: list[str] = []
        end = 0
        for match in EXPRESSION.finditer(text):
            value = self._value(match.group(1), text, match.start(1), loc, names)
            if value is UNKNOWN:
                return UNKNOWN
            pieces += [text[end : match.start()], value if isinstance(value, str) else to_flow(value)]
            end = match.end()
            if sum(map(len, pieces)) > LONGEST_TEXT:
                self.problems.append(Problem("ARC107", "the text is too long once pasted", loc, on_key=False))
                return UNKNOWN
        if "${" in text[end:]:
            start = text.index("${", end)
            closed = "}" in text[start:]
            message = "braces cannot stand inside `${…}`" if closed else "`${` is opened here and never closed"
            help = "an expression holds no braces" if closed else "close it with `}`"
            self.problems.append(self._inside("ARC107", message, text, start, 2, loc, help))
            return UNKNOWN
        return "".join([*pieces, text[end:]])

    def _value(self, expression: str, text: str, start: int, loc: Loc, names: Mapping[str, object]) -> object:
        plain = expression.strip()
        if plain in self.misnamed:
            return UNKNOWN
        from archcompiler.spec.expressions import ExpressionError, evaluate

        try:
            value = names[plain] if plain in names else evaluate(expression, _Known(names))
        except ExpressionError as error:
            problem = self._problem(error, text, start, loc, names)
            if problem is not None:
                self.problems.append(problem)
            return UNKNOWN
        except UsesUnknown:
            return UNKNOWN
        except NotKnown as error:
            help = "write the size itself, or give it as a param"
            problem = self._inside("ARC107", str(error), text, start - 2, len(expression) + 3, loc, help)
            self.problems.append(replace(problem, vague=True))
            return UNKNOWN
        return self._counted(value, text, start, loc)

    def _counted(self, value: object, text: str, start: int, loc: Loc) -> object:
        """The value of an expression, unless with it more is pasted than a spec may hold."""
        if not isinstance(value, (list, dict)):
            return value
        unknown = next((one for one in cast("list[object]", value) if isinstance(one, OpenSize)), None)
        if unknown is not None:
            message = f"`{text[start:].split('}', maxsplit=1)[0]}` holds a size that is not known: {unknown.text}"
            self.problems.append(self._inside("ARC107", message, text, start - 2, 2, loc, "name one size: `[-1]`"))
            return UNKNOWN
        if self._pasted > MAX_NODES:
            return UNKNOWN
        self._pasted += _count(cast("object", value), MAX_NODES - self._pasted)
        if self._pasted <= MAX_NODES:
            return cast("object", value)
        message = f"with this, expressions paste more than {MAX_NODES:,} values, or nest them too deeply"
        self.problems.append(self._inside("ARC107", message, text, start - 2, 2, loc, "use a smaller list"))
        return UNKNOWN

    def _problem(
        self, error: ExpressionError, text: str, start: int, loc: Loc, names: Mapping[str, object]
    ) -> Problem | None:
        name: str | None = error.unknown_name
        if name is not None and self.unreadable:
            return None
        if name is None:
            help = "there are `+ - * / // % **`, comparison, `and or not`, `a if c else b`, `[…]`, min, max, round, …"
            help = error.help or (help if error.length == 1 else "give the params values that it can be computed with")
            return self._inside("ARC107", str(error), text, start + error.column, error.length, loc, help)
        if name in _ELSEWHERE:
            message = f"`{name}` is not known here"
            problem = self._inside("ARC108", message, text, start + error.column, len(name), loc, _ELSEWHERE[name])
            return replace(problem, about=name)
        if isinstance(names, Sizes) and names.is_tensor(name):
            message = f"no param is called `{name}`: it is a tensor, and has no value in an expression"
            help = "`${previous[-1]}` is a size of the item before, `${input[-1]}` one of what is taken"
            return self._inside("ARC108", message, text, start + error.column, len(name), loc, help)
        near = closest(name, [one for one in names if len(name) > 2 or one.lower() == name.lower()])
        known = f"the params are {listed(names)}"
        guess = f"did you mean `{near}`?" if near else (known if len(names) else "this spec has no params")
        mended = text[: start + error.column] + str(near) + text[start + error.column + len(name) :]
        changes = (Change("replace_value", loc, mended),) if near else ()
        problem = self._inside("ARC108", str(error), text, start + error.column, len(name), loc, guess, changes)
        notes = (PlacedNote(f"`{near}` is defined here", ("params", near)),) if near and near in self.params else ()
        return replace(problem, about=name, notes=notes)

    def _inside(
        self, code: str, message: str, text: str, start: int, length: int, loc: Loc, help: str | None = None,
        changes: tuple[Change, ...] = (),
    ) -> Problem:  # fmt: skip
        """A problem placed inside the scalar at `loc`, where the scalar stands in the file as it is read."""
        document = self.document.home(loc)
        span = document.span(loc, on_key=False)
        if span is not None and span.line == span.end_line:
            written = document.line_text(span.line)[span.column - 1 : span.end_column - 1]
            at = written.find(text)
            if at >= 0:
                column = span.column + at + start
                span = Span(span.line, column, span.line, column + length)
        return Problem(code, message, loc, on_key=False, help=help, changes=changes, span=span)


class _Known(Mapping[str, object]):
    """The names of an expression, of which none may be unknown."""

    def __init__(self, names: Mapping[str, object]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> object:
        value = self._names[name]
        if value is UNKNOWN:
            raise UsesUnknown
        return value

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _count(value: object, most: int, depth: int = 0) -> int:
    """How many values there are in `value`; more than `most` where there are more, or where it is too deep."""
    if not isinstance(value, (list, dict)):
        return 1
    if depth >= DEEPEST_VALUE:
        return most + 1
    count, mapping = 1, isinstance(value, dict)
    for entry in cast("dict[object, object]", value).values() if mapping else cast("list[object]", value):
        count += _count(entry, most - count, depth + 1)
        if count > most:
            break
    return count
