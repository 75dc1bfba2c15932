"""A wrong value that stands in a param and is used in several places is one mistake, made where the param is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.source import Document
from archcompiler.spec.pasting import EXPRESSION, declared_params

BAD_VALUE = "ARC113"
OF_VALUES = frozenset((BAD_VALUE, "ARC103", "ARC107", "ARC120"))
"""What is said of a value of another kind, where it stands or where it is computed with."""
WORD = re.compile(r"[A-Za-z_]\w*")
WHOLE = re.compile("[0-9]{1,18}")


def with_params(problems: Iterable[Problem], document: Document) -> list[Problem]:
    """The problems; those of a value that is a param alone, or a number in quotes, say so and mend the param."""
    params = declared_params(document)
    quoted = {name: number for name, value in params.items() if (number := _number(value)) is not None}
    found: list[Problem] = []
    for problem in problems:
        texts = _texts(document.data, problem.loc) if quoted and problem.code in OF_VALUES else ()
        text = next((name for name in quoted if name in texts), None)
        if text is not None:
            found.append(_without_quotes(problem, text, quoted[text], params))
            continue
        name = _used(document.data, problem.loc) if problem.code == BAD_VALUE else None
        if name is None:
            found.append(problem)
            continue
        loc: Loc = ("params", name)
        here = name in params and not isinstance(params[name], (dict, list))
        notes = (PlacedNote(f"`{name}` is defined here", loc),) if name in params else ()
        changes = tuple(Change("replace_value", loc, one.value) for one in problem.changes if one.loc == problem.loc)
        changes = changes if here and len(changes) == len(problem.changes) else ()
        found.append(replace(problem, about=name, notes=(*problem.notes, *notes), changes=changes))
    return found


def _number(value: object) -> int | None:
    """The whole number that a param holds as a text."""
    value = cast("Mapping[str, object]", value).get("value") if isinstance(value, dict) else value
    return int(value) if isinstance(value, str) and WHOLE.fullmatch(value) else None


def _without_quotes(problem: Problem, name: str, number: int, params: Mapping[str, object]) -> Problem:
    long = isinstance(params[name], dict)
    loc: Loc = ("params", name, "value") if long else ("params", name)
    note = PlacedNote(f"`{name}` is a text here", loc, False)
    notes = (note, *(one for one in problem.notes if one.loc != ("params", name)))
    help = f"write `{'value' if long else name}: {number}`, without quotes"
    change = Change("replace_value", loc, number)
    return replace(problem, about=name, notes=notes, help=help, changes=(change,), safe=True)


def _texts(data: object, loc: Loc) -> frozenset[str]:
    """The words in the expressions, or in the shape, at `loc`."""
    value = _at(data, loc)
    entries = cast("list[object]", value) if isinstance(value, list) else [value]
    words: set[str] = set()
    for one in entries:
        if isinstance(one, str):
            inside = [match.group(1) for match in EXPRESSION.finditer(one)] if "${" in one else [one]
            words.update(word for text in inside for word in WORD.findall(text))
    return frozenset(words)


def _at(data: object, loc: Loc) -> object:
    for part in loc:
        if isinstance(data, dict):
            data = cast("dict[object, object]", data).get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(cast("list[object]", data)):
            data = cast("list[object]", data)[part]
        elif not (isinstance(data, list) and part == "shape"):  # a shape may stand alone
            return None
    return cast("object", data)


def _used(data: object, loc: Loc) -> str | None:
    """The param that stands at `loc`, as `${name}` and nothing more."""
    data = _at(data, loc)
    whole = EXPRESSION.fullmatch(data.strip()) if isinstance(data, str) else None
    name = whole.group(1).strip() if whole is not None else ""
    return name if name.isidentifier() else None
