"""`from` as a mapping: the arguments of a call by name, `{sequences: words, initial_state: [encoder.h, encoder.c]}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from archcompiler.diagnostics import Loc, Problem
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.wording import described


@dataclass(frozen=True, slots=True)
class CallArgument:
    """One argument of a call: the names of its tensors (None for what is no name), and whether they are written as a
    list; or a plain value."""

    name: str
    sources: tuple[str | int | float | None, ...]
    listed: bool = False
    value: object = None


def call_arguments(given: dict[str, object], loc: Loc, problems: list[Problem]) -> tuple[CallArgument, ...]:
    """The arguments in `given`, as they are written; what is no tensor's name and no plain value is told."""
    found: list[CallArgument] = []
    for name, value in given.items():
        if isinstance(value, (bool, int, float)):
            found.append(CallArgument(name, (), value=value))
            continue
        names = cast("list[object]", value) if isinstance(value, list) else [value]
        wrong = next((one for one in names if not isinstance(one, str)), None)
        if wrong is not None and wrong is not UNKNOWN:
            message = f"`{name}` is a name or a list of names, but {described(wrong)} stands here"
            problems.append(Problem("ARC103", message, (*loc, name), on_key=False, help="name an input or a layer"))
        sources = tuple(one if isinstance(one, str) else None for one in names)
        found.append(CallArgument(name, sources, isinstance(value, list)))
    return tuple(found)
