"""The copies of an item with `repeat`: what they are called, and which of them something refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from archcompiler.emit.expressions import NotStructured
from archcompiler.emit.owners import Owner


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of an item: what their names have in common, and the variable that counts them."""

    stem: str
    given: str | None
    locals: tuple[str, ...]
    index: str
    start: int = 0
    """The number in the name of the first, where there is one."""

    def name(self, in_block: bool) -> str:
        """Their names as an expression over the index."""
        start = "{name}_" if in_block else ""
        number = f"{self.index} + {self.start}" if self.start else self.index
        each = f'f"{start}{self.stem}_{{{number}}}"'
        if self.given is not None or self.start:
            return each
        alone = f'f"{start}{self.stem}"' if in_block else f'"{self.stem}"'
        return alone if len(self.locals) == 1 else f"{each} if {self.index} else {alone}"


def copies_of(names: list[str], given: str | None, index: str) -> Copies:
    """What the copies called `names` have in common; `given` is the item's own name.

    Raises:
        NotStructured: they are not counted on from one to the next.
    """
    if not names:
        raise NotStructured
    stem, start = given or names[0], 0
    if given is not None:
        if names != [f"{given}_{at}" for at in range(len(names))]:
            raise NotStructured
        return Copies(stem, given, tuple(names), index)
    base, _, number = stem.rpartition("_")
    if number.isdecimal() and names == [f"{base}_{int(number) + at}" for at in range(len(names))]:
        stem, start = base, int(number)
    elif names != [stem if not at else f"{stem}_{at}" for at in range(len(names))]:
        raise NotStructured
    return Copies(stem, None, tuple(names), index, start)


def counted_on(names: list[str], owner: Owner, prefix: str) -> bool:
    """Whether other items beside them are called by the same class, and count on from these copies."""
    stem = re.sub(r"_\d+$", "", names[0]) if names else ""
    here = [one.name for (_, inside), nodes in owner.nodes.items() if inside == prefix for one in nodes]
    here += [one.prefix[:-1] for one in owner.graph.graph.stamps if one.within == prefix]
    others = {one.removeprefix(prefix) for one in here} - set(names)
    return any(re.fullmatch(rf"{stem}(_\d+)?", one) for one in others)


def referred_to(stem: str | None, said: list[str]) -> tuple[list[str], dict[str, tuple[str, int]]]:
    """What is said of the copies: the names with `*` that stand for all of them, and, of each reference to one, that
    name and the copy's number."""
    if stem is None:
        return [], {}
    stars = [one for one in said if one == f"{stem}_*" or one.startswith(f"{stem}_*.")]
    picked: dict[str, tuple[str, int]] = {}
    for one in said:
        name, dot, result = one.partition(".")
        base, _, number = name.rpartition("_")
        if base == stem and number.isdecimal():
            picked[one] = (f"{stem}_*{dot}{result}", int(number))
    return list(dict.fromkeys([*stars, *(star for star, _ in picked.values())])), picked


def strings_in(raw: object) -> Iterator[str]:
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, (list, dict)):
        for one in cast("list[object]", list(raw.values()) if isinstance(raw, dict) else raw):  # pyright: ignore
            yield from strings_in(one)
