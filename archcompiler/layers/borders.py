"""Cropping, ZeroPadding and UpSampling: spatial axes that become shorter or longer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.convolution import SPATIAL, join_axes, split_axes
from archcompiler.layers.rows import Call, Result, Row, Rule


def margins(call: Call, argument: str, rank: int) -> list[tuple[int, int]]:
    """What is cut off or added before and after along each axis: one number, one or a pair an axis; over one axis a
    pair."""
    value = call[argument]
    if isinstance(value, int):
        return [(value, value)] * rank
    entries = cast("list[int | list[int]]", value)
    if rank == 1:
        before, after = cast("list[int]", entries)
        return [(before, after)]
    return [(one, one) if isinstance(one, int) else (one[0], one[1]) for one in entries]


def cropping(rank: int) -> Rule:
    def rule(call: Call) -> Result | Problem:
        """(batch, steps, channels) → (batch, steps - before - after, channels)."""
        spatial, channels, last = split_axes(call)
        kept: list[Dim] = []
        for dim, (before, after) in zip(spatial, margins(call, "cropping", rank), strict=True):
            left = dims.subtract(dim, before + after)
            if isinstance(left, int) and left <= 0:
                return call.fault(
                    "ARC206",
                    f"{call.thing.class_name} cuts off {before} and {after}, but {call.input} has only "
                    f"{dims.text(dim)} there",
                    argument="cropping",
                    help="cut off less",
                )
            kept.append(left)
        return call.gives(*join_axes(call.input.axes[0], kept, channels, last))

    return rule


def padding(rank: int) -> Rule:
    def rule(call: Call) -> Result | Problem:
        """(batch, steps, channels) → (batch, before + steps + after, channels)."""
        spatial, channels, last = split_axes(call)
        sides = margins(call, "padding", rank)
        sizes = [dims.add(dim, before + after) for dim, (before, after) in zip(spatial, sides, strict=True)]
        return call.gives(*join_axes(call.input.axes[0], sizes, channels, last))

    return rule


def up_sampling(rank: int) -> Rule:
    def rule(call: Call) -> Result | Problem:
        """(batch, steps, channels) → (batch, steps * size, channels)."""
        spatial, channels, last = split_axes(call)
        factors = call.wholes("size", rank)
        sizes = [dims.multiply(dim, factor) for dim, factor in zip(spatial, factors, strict=True)]
        return call.gives(*join_axes(call.input.axes[0], sizes, channels, last))

    return rule


def _rows(name: str, make: Callable[[int], Rule], ranks: Sequence[int] = (1, 2, 3)) -> tuple[Row, ...]:
    return tuple(Row(f"{name}{rank}D", make(rank), (rank + 2, rank + 2), SPATIAL[rank], time="none") for rank in ranks)


ROWS = (*_rows("Cropping", cropping), *_rows("ZeroPadding", padding), *_rows("UpSampling", up_sampling))
