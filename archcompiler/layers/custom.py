"""Classes of the user's own, as the spec describes them."""

from __future__ import annotations

from dataclasses import dataclass

from archcompiler.diagnostics import Loc
from archcompiler.layers.catalog import Entry
from archcompiler.layers.rows import Row


@dataclass(frozen=True, slots=True)
class Custom:
    """A layer or a loss that the spec names under `custom_layers` or `custom_losses`.

    `path` is what is imported, `loc` where the spec describes it. A layer has a `row`; `counted` says that it tells how
    many weights it has, `causal` that a step of what it gives has seen no later one.
    """

    entry: Entry
    path: str
    loc: Loc
    row: Row | None = None
    counted: bool = False
    causal: bool = False
