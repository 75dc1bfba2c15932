"""How far a tensor sees of one input, along that input's step axis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from archcompiler.analysis.place import IN_ORDER, Place

Reach = Literal["nothing", "same", "past", "last", "ahead"]
"""`nothing`: it does not depend on the input. `same`: its step t depends on step t alone. `past`: on steps up to t.
`last`: it has no step axis, and is what the steps up to the last one give there. `ahead`: some step of it depends on
later ones, or it mixes steps otherwise."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """How far a tensor sees.

    `positional`: its map is another one at each step, or one for a whole sequence, so that it cannot be run step by
    step. Where it is, or where the tensor looks ahead, `culprit` is the path of names, through nested models, to the
    first layer that makes it so, and `reason` says why. Of what looks ahead, or has its steps elsewhere, `place` tells
    where they are.
    """

    reach: Reach
    culprit: Path = ()
    reason: str = ""
    positional: bool = False
    place: Place = IN_ORDER

    @property
    def ahead(self) -> bool:
        """Whether a step has seen later ones for certain."""
        return self.reach == "ahead" and self.place.ahead

    def reaching(self, reach: Reach) -> Sight:
        return replace(self, reach=reach)


NOTHING = Sight("nothing")
ORDER: tuple[Reach, ...] = ("nothing", "same", "past", "last", "ahead")
