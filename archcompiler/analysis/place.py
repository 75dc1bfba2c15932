"""Where the steps of an input lie in a tensor that may have seen later ones."""

from __future__ import annotations

from dataclasses import dataclass

from archcompiler.dims import Dim


@dataclass(frozen=True, slots=True)
class Cut:
    """So many steps stand together at each place of axis 1: `apart` on axis 2, else among the numbers of axis 2. Or all
    of them do, and `flat` says how many steps of which axes there were, and where."""

    group: int
    apart: bool = False
    flat: tuple[Dim, tuple[Dim, ...], Place] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """`axis`: that of the steps, 0 where it is not known. `lead`: how many steps of the input beyond its own a step has
    seen; padding in front takes away from it. `rate`: how many steps of the input one step stands for, 0 where they
    are not in order. `turned`: the last one comes first. `paired`: each number is of one step and of another, so that
    a mask may yet take the later ones out. `sure`: every later layer sees later steps. `cut`: they stand in groups."""

    axis: int = 1
    lead: int = 0
    rate: int = 1
    turned: bool = False
    paired: bool = False
    sure: bool = False
    cut: Cut | None = None

    @property
    def ahead(self) -> bool:
        """Whether a step has seen later ones for certain."""
        return self.sure or (self.axis == 1 and self.rate == 1 and (self.lead > 0 or self.turned))


IN_ORDER = Place()
SURE = Place(sure=True)
UNKNOWN = Place(0)


def best(places: list[Place]) -> Place:
    """That of several tensors joined step by step, of which one that has seen later steps counts."""
    return max(places, key=lambda one: (one.sure, one.ahead, one.axis == 1 and one.rate == 1, one.lead))
