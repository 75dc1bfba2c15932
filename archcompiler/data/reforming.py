"""How data and a spec of different shapes may be brought together."""

from __future__ import annotations

import math
from typing import cast

from archcompiler import dims
from archcompiler.data.wanted import WantedArray
from archcompiler.diagnostics import Change
from archcompiler.dims import Dim
from archcompiler.flow import to_flow
from archcompiler.graph.data import Supplied
from archcompiler.tensors import shape_text

Mending = tuple[str, tuple[Change, ...]]
COLOURS, IMAGE = 3, 3
"""Channels of a coloured image, and the axes of one."""
REFORM = "reshape the data, or change the shape in the spec"


def reform(array: Supplied, one: WantedArray) -> Mending:
    """What to do with an array that has another shape than is needed, and a change of the spec that does it."""
    if one.looked_up and len(array.axes) == len(one.type.axes) + 1:
        codes = f"{one.looked_up} looks codes up, and this is one-hot, or vectors"
        return f"{codes}: take `argmax(axis=-1)` of one-hot data, or give vectors to a Dense", ()
    came, needed = array.axes[1:], one.type.axes[1:]
    if one.sequences or one.loc[:1] != ("inputs",):
        return REFORM, ()
    if not all(isinstance(size, int) for size in array.axes):
        return REFORM, ()
    sizes = cast("tuple[int, ...]", came)
    if len(sizes) == len(needed) - 1 and sizes == needed[1:]:
        length = needed[0] if isinstance(needed[0], int) else "…"
        return f"one sequence is cut into samples by `windows: {{length: {length}}}` under `training`", ()
    instead = f"or write `{one.name}: {to_flow(list(sizes))}` under `inputs`"
    if len(sizes) == len(needed) and sorted(map(str, sizes)) == sorted(map(str, needed)):
        return f"transpose the data to {_text(array, needed)}, {instead}", ()
    like = _like(sizes, needed)
    if like is not None:
        example = "to" if like == needed else "for example to"
        return f"reshape the data, {example} {_text(array, like)}, {instead}", ()
    if len(sizes) != len(needed):
        return REFORM, ()
    if one.ahead and sizes[0] != needed[0]:
        return "a step more than the input takes is needed, as the next step is the target", ()
    if sizes[:-1] == needed[:-1] and (sizes[-1], needed[-1]) == (1, COLOURS) and len(sizes) == IMAGE:
        return f"repeat the gray channel {COLOURS} times, as `numpy.repeat(…, {COLOURS}, axis=-1)` does, {instead}", ()
    pairs = enumerate(zip(sizes, needed, strict=True))
    others = [(index, size) for index, (size, wanted) in pairs if isinstance(wanted, int) and size != wanted]
    changes = tuple(Change("replace_value", (*one.loc, "shape", index), size) for index, size in others)
    shape = [size if isinstance(wanted, int) else _name(wanted) for size, wanted in zip(sizes, needed, strict=True)]
    return f"write `{one.name}: {to_flow(shape)}` under `inputs`, if the data are right", changes


def _like(sizes: tuple[int, ...], needed: tuple[Dim, ...]) -> tuple[Dim, ...] | None:
    """The needed sizes that hold as many numbers, where one of them at most is open."""
    fixed = [size for size in needed if isinstance(size, int)]
    count, product = math.prod(sizes), math.prod(fixed)
    if len(fixed) == len(needed):
        return needed if count == product else None
    if len(fixed) < len(needed) - 1 or len(sizes) == len(needed) or not product or count % product:
        return None
    return tuple(size if isinstance(size, int) else count // product for size in needed)


def _name(open_size: Dim) -> str | None:
    return None if open_size is None else dims.text(open_size)


def _text(array: Supplied, sizes: tuple[Dim, ...]) -> str:
    return shape_text((array.axes[0], *sizes))
