"""What `repeat` says: how many copies there are, and the values of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from archcompiler.diagnostics import Loc, Problem
from archcompiler.spec.items import OWN_KEYS, bad_name
from archcompiler.spec.models import BlockSpec
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.wording import described

MAX_LAYERS = 100_000
"""More layers than this are no model that anyone trains."""

_HELP = "write `repeat: 3`, or lists of values: `repeat: {filters: [32, 64]}`"


class TooMany(Exception):
    """The spec has more layers than a spec may have; that is told. Never leaves this package."""


class Room:
    """How many layers there are by now, and how many may be added."""

    def __init__(self, blocks: Mapping[str, BlockSpec], problems: list[Problem]) -> None:
        self._blocks = blocks
        self._problems = problems
        self._layers = 0
        self._least: dict[str, int] = {}

    def add(self, place: Loc) -> None:
        """One more item; raises TooMany."""
        self._layers += 1
        self._check(0, place)

    def for_copies(self, count: int, item: object, place: Loc) -> None:
        """Raises TooMany where so many copies of the item are surely too many: before they are made."""
        self._check(count * self._layers_of(item), place)

    def _check(self, further: int, place: Loc) -> None:
        if self._layers + further > MAX_LAYERS:
            message = f"with this, the spec has more than {MAX_LAYERS:,} layers"
            self._problems.append(Problem("ARC003", message, place, help="write a smaller number"))
            raise TooMany

    def _layers_of(self, item: object) -> int:
        """How many layers and stamps an item makes at least, as far as that can be read without carrying it out."""
        if isinstance(item, str):
            return self._layers_of_thing(item)
        if not isinstance(item, dict) or "when" in item:
            return 0
        mapping = cast("dict[str, object]", item)
        copies = mapping.get("repeat", 1)
        things = [key for key in mapping if key not in OWN_KEYS]
        return copies * self._layers_of_thing(str(things[0])) if isinstance(copies, int) and len(things) == 1 else 0

    def _layers_of_thing(self, thing: str) -> int:
        block = self._blocks.get(thing)
        if block is None:
            return 1
        if thing not in self._least:
            self._least[thing] = 0  # should it stamp itself
            self._least[thing] = 1 + sum(map(self._layers_of, block.layers))
        return self._least[thing]


def rows(value: object, place: Loc, problems: list[Problem]) -> list[dict[str, object]] | int | None:
    """The values of each copy, or how many copies without any there are; None where `repeat` is wrong, which is
    told."""
    if value is UNKNOWN:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if not isinstance(value, dict) or not value:
        what = "`repeat` is a whole number or a mapping of names to lists"
        message = f"{what}, but {described(cast('object', value))} stands here"
        problems.append(Problem("ARC103", message, place, on_key=False, help=_HELP))
        return None
    columns = cast("dict[str, object]", value)
    for name, column in columns.items():
        if not isinstance(column, list):
            if column is not UNKNOWN:
                message = f"`{name}` is a list with one value a copy, but {described(column)} stands here"
                problems.append(Problem("ARC103", message, (*place, name), on_key=False, help=_HELP))
            return None
        if not str(name).isidentifier():
            problems.append(bad_name(name, (*place, name), on_key=True))
            return None
    lists = cast("dict[str, list[object]]", columns)
    first, length = next((name, len(column)) for name, column in lists.items())
    for name, column in lists.items():
        if len(column) != length:
            both = f"`{first}` has {length} values and `{name}` has {len(column)}"
            message = f"{both}, but each copy takes one of both"
            problems.append(Problem("ARC103", message, (*place, name), help="give them lists of one length"))
            return None
    return [{name: column[number] for name, column in lists.items()} for number in range(length)]
