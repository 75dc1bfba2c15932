"""The copies of an item with `repeat`: what they are called, and which of them something refers to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from archcompiler.emit.counting import Count, counted, split
from archcompiler.emit.expressions import NotStructured


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of an item: what their names have in common, and the variable that counts them."""

    stem: str
    locals: tuple[str, ...]
    index: str
    given: str | None = None
    """The item's name, to which the copy's number is added."""
    text: str | None = None
    """Their names as code, where the item's name has an expression in it."""
    count: Count = field(default_factory=Count)
    """How automatic names are counted, but for the index."""
    open: bool = False
    """Whether with other params there are more, or fewer."""

    def name(self, label: str | None) -> str:
        """Their names as an expression over the index."""
        if self.text is not None:
            return self.text
        if self.given is not None:
            return f'f"{f"{{{label}}}_" if label else ""}{self.stem}_{{{self.index}}}"'
        return self.counted(self.stem, self.count, label)

    def counted(self, stem: str, count: Count, label: str | None) -> str:
        """An automatic name that has the stem `stem`, in each copy."""
        alone = len(self.locals) == 1 and not self.open
        return counted(stem, count if alone else count.plus((self.index, False)), label)


def counted_up(names: Sequence[str], whole: frozenset[str]) -> None:
    """See that names are counted on from one to the next; those in `whole` end in no number.

    Raises:
        NotStructured: they are not.
    """
    stem, start = split(names[0], whole)
    if any(split(one, whole) != (stem, start + at) for at, one in enumerate(names)):
        raise NotStructured


def referred_to(
    given: str | None, locals: Sequence[str], said: list[str]
) -> tuple[list[str], dict[str, tuple[str, int]]]:
    """What is said of the copies: the names with `*` that stand for all of them, and, of each reference to one, that
    name and the copy's number."""
    stem = given if given is not None else f"{locals[0]} …"
    stars = [one for one in said if one == f"{stem}_*" or one.startswith(f"{stem}_*.")]
    picked: dict[str, tuple[str, int]] = {}
    for one in said:
        name, dot, result = one.partition(".")
        if name in locals:
            picked[one] = (f"{stem}_*{dot}{result}", locals.index(name))
    return list(dict.fromkeys([*stars, *(star for star, _ in picked.values())])), picked


def strings_in(raw: object) -> Iterator[str]:
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, (list, dict)):
        for one in cast("list[object]", list(raw.values()) if isinstance(raw, dict) else raw):  # pyright: ignore
            yield from strings_in(one)
