"""A wrong value that stands in a param and is used in several places is one mistake, made where the param is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.source import Document
from archcompiler.spec.pasting import EXPRESSION, declared_params

BAD_VALUE = "ARC113"


def with_params(problems: Iterable[Problem], document: Document) -> list[Problem]:
    """The problems; those of a value that is a param alone say so, and mend the param."""
    params = declared_params(document)
    found: list[Problem] = []
    for problem in problems:
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


def _used(data: object, loc: Loc) -> str | None:
    """The param that stands at `loc`, as `${name}` and nothing more."""
    for part in loc:
        if isinstance(data, dict):
            data = cast("dict[object, object]", data).get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(cast("list[object]", data)):
            data = cast("list[object]", data)[part]
        else:
            return None
    whole = EXPRESSION.fullmatch(data.strip()) if isinstance(data, str) else None
    name = whole.group(1).strip() if whole is not None else ""
    return name if name.isidentifier() else None
