"""Automatic names in code: `dense_2` is counted over what stands before it, which may be there or not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from archcompiler.diagnostics import Loc
from archcompiler.emit.expressions import NotStructured
from archcompiler.emit.owners import Owner
from archcompiler.graph.names import snake_case
from archcompiler.plan.model import CUSTOM, OWN, Make
from archcompiler.spec.frame import Framed

if TYPE_CHECKING:
    from archcompiler.emit.body import Body


@dataclass(frozen=True, slots=True)
class Count:
    """A number that is counted: `start`, and what is added to it, as code, each with whether it is a truth value."""

    start: int = 0
    terms: tuple[tuple[str, bool], ...] = ()

    def plus(self, *terms: tuple[str, bool]) -> Count:
        return Count(self.start, (*terms, *self.terms))


def counted(stem: str, count: Count, label: str | None) -> str:
    """The name `stem` with a number behind it, which 0 has not; `label` is the variable that goes before it."""
    begin = f"{{{label}}}_" if label else ""

    def text(number: str) -> str:
        name = f"{begin}{stem}{number}"
        return f'f"{name}"' if "{" in name else f'"{name}"'

    if not count.terms:
        return text(f"_{count.start}" if count.start else "")
    terms = [f"({one})" if truth and " " in one else one for one, truth in count.terms]
    total = " + ".join([*terms, *([str(count.start)] if count.start else [])]).replace('"', "'")
    if len(terms) == 1 and count.terms[0][1] and not count.start:
        return f"{text('_1')} if {count.terms[0][0]} else {text('')}"
    each = text(f"_{{{total}}}")
    return each if count.start else f"{each} if {' or '.join(terms)} else {text('')}"


def numbered(framed: Framed) -> frozenset[str]:
    """The names of blocks, and of classes of the user's own, that end in a number themselves: `block_0`."""
    stems = (*framed.spec.blocks, *map(snake_case, framed.spec.custom_layers))
    return frozenset(one for one in stems if split(one, frozenset()) != (one, 0))


def split(name: str, whole: frozenset[str]) -> tuple[str, int]:
    """A name, and the number that it ends in; those in `whole` have none."""
    if name in whole:
        return name, 0
    found = re.fullmatch(r"(.+?)_(\d+)", name)
    return (found.group(1), int(found.group(2))) if found else (name, 0)


def count_of(body: Body, name: str, loc: Loc, owner: Owner, prefix: str) -> tuple[str, Count]:
    """How the automatic name of what the item at `loc` makes is counted, of which `name` is the one in the stamp with
    `prefix`."""
    stem, number = split(name, body.writer.whole)
    terms: list[tuple[str, bool]] = []
    for index in range(cast("int", loc[-1])):
        place = (*loc[:-1], index)
        extent = body.extents.get(place)
        if extent is None:
            continue
        here = stems_at(body, owner, place, prefix)[stem]
        each = _each(body, place, stem)
        if not each:
            continue
        text, truth = extent
        if not text:
            raise NotStructured
        if text.isdecimal():
            continue
        number -= here
        terms.append((text, truth) if each == 1 else (f"{each} * ({text})", False))
    if number < 0:
        raise NotStructured
    return stem, Count(number, tuple(terms))


def _each(body: Body, place: Loc, stem: str) -> int:
    """How many names with `stem` one copy of the item has."""
    for owner in body.others or [body.owner]:
        for prefix in owner.prefixes_at.get(place, []):
            copies = owner.nodes.get((place, prefix)) or owner.stamps[place, prefix]
            return stems_at(body, owner, place, prefix)[stem] // len(copies)
    return 0


def stems_at(body: Body, owner: Owner, place: Loc, prefix: str) -> Counter[str]:
    """How many automatic names of each stem an item makes in a stamp."""
    known, key = body.writer.stems, (id(owner), place, prefix)
    if key not in known:
        known[key] = Counter(split(one, body.writer.whole)[0] for one in made_at(owner, place, prefix))
    return known[key]


def made_at(owner: Owner, place: Loc, prefix: str) -> Iterator[str]:
    """The automatic names that an item makes in a stamp."""
    nodes = [*owner.nodes.get((place, prefix), []), *owner.unused.get((place, prefix), [])]
    for node in nodes:
        yield from (one.removeprefix(prefix) for one in (*owner.inner.get(node.name, []), node.name))
    for stamp in owner.stamps.get((place, prefix), []):
        yield stamp.name


def names_made(value: object) -> Iterator[str]:
    """The names of all layers in an object."""
    if isinstance(value, Make):
        keywords = dict(value.keywords)
        if value.module in ("layers", OWN, CUSTOM) and "name" in keywords:
            yield str(keywords["name"])
        for one in (*value.positional, *keywords.values()):
            yield from names_made(one)
    elif isinstance(value, (list, tuple)):
        for one in cast("Sequence[object]", value):
            yield from names_made(one)


def names_in_copies(makes: list[Make]) -> Mapping[str, list[str]]:
    """The names of all layers in an object, in every copy of it, by those in the first."""
    columns = zip(*(list(names_made(one)) for one in makes), strict=True)
    return {column[0]: list(column) for column in columns}
