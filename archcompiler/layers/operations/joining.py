"""Operations that cut tensors, join them, and take from them."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.merging import agree, broadcast
from archcompiler.layers.operations.rows import Constant, Operand, Operated, Operation, replaced
from archcompiler.layers.rows import Result
from archcompiler.tensors import INTEGER_DTYPES, TensorType
from archcompiler.wording import shown

MOST_PARTS = 10_000
"""So many results may one layer have: each is a tensor with a name."""


def split(call: Operated) -> Result | Problem:
    """Cut into equal parts, or at the places given."""
    named = call.axes()
    if isinstance(named, Problem):
        return named
    at = named[0]
    size, given = call.input.axes[at], call["indices_or_sections"]
    parts: list[Dim]
    if isinstance(given, list):
        places = [0, *cast("list[int]", given)]
        parts = [end - start for start, end in pairwise(places)]
        parts.append(dims.subtract(size, places[-1]))
        if any(isinstance(one, int) and one < 0 for one in parts):
            message = f"{call.said} cuts at {shown(places[1:])}, but axis {at} of {call.input} is {dims.text(size)}"
            return call.fault("ARC203", message, "indices_or_sections")
    else:
        count = cast(int, given)
        if count < 1 or (isinstance(size, int) and size % count):
            message = (
                f"{call.said} cuts axis {at} of {call.input} into {count} equal parts, but it is {dims.text(size)}"
            )
            return call.fault("ARC203", message, "indices_or_sections")
        if count > MOST_PARTS:
            return _too_many(call, count, "indices_or_sections")
        parts = [dims.floor_divide(size, count)] * count
    return Result(tuple(TensorType(replaced(call.input.axes, at, one), call.input.dtype) for one in parts))


def unstack(call: Operated) -> Result | Problem:
    """Cut into slices, whose axis goes."""
    named = call.axes()
    if isinstance(named, Problem):
        return named
    size = call.input.axes[named[0]]
    count = call["num"] if call["num"] is not None else size
    if not isinstance(count, int) or dims.differ(size, count):
        message = f"{call.said} cuts axis {named[0]} of {call.input} into slices"
        return call.fault(
            "ARC204", f"{message}, but its size is {dims.text(size)}", help="give the axis a whole number"
        )
    if count > MOST_PARTS:
        return _too_many(call, count, "num" if call["num"] is not None else None)
    axes = tuple(one for at, one in enumerate(call.input.axes) if at != named[0])
    return Result((TensorType(axes, call.input.dtype),) * count)


def _too_many(call: Operated, count: int, argument: str | None) -> Problem:
    message = f"{call.said} would give {count:,} tensors, and {MOST_PARTS:,} are the most that a spec may have of one"
    return call.fault("ARC203", message, argument, help="cut it into fewer")


def concatenate(call: Operated) -> Result | Problem:
    """Joined along an axis; all other sizes are equal."""
    tensors = call.all
    named = call.axes()
    if isinstance(named, Problem):
        return named
    at = named[0]
    shape = list(tensors[0].axes)
    for other in tensors[1:]:
        if len(other.axes) != len(shape):
            return call.fault("ARC202", f"{call.said} joins tensors of one rank, but it is given {call.shapes}")
        for index, size in enumerate(other.axes):
            if index == at:
                shape[at] = dims.add(shape[at], size)
            elif dims.differ(shape[index], size):
                return _not_alike(call, shape[index], size, f"along axis {at}")
            elif shape[index] != size:
                shape[index] = agree(shape[index], size)
    return call.gives(tuple(shape), call.dtype())


def stack(call: Operated) -> Result | Problem:
    """Joined along a new axis; all sizes are equal."""
    tensors = call.all
    named = call.axes(rank=call.input.rank + 1)
    if isinstance(named, Problem):
        return named
    shape = list(tensors[0].axes)
    for other in tensors[1:]:
        if len(other.axes) != len(shape):
            return call.fault("ARC202", f"{call.said} joins tensors of one shape, but it is given {call.shapes}")
        for index, size in enumerate(other.axes):
            if dims.differ(shape[index], size):
                return _not_alike(call, shape[index], size, "along a new axis")
            if shape[index] != size:
                shape[index] = agree(shape[index], size)
    shape.insert(named[0], len(tensors))
    return call.gives(tuple(shape), call.dtype())


def _not_alike(call: Operated, one: Dim, other: Dim, how: str) -> Problem:
    message = f"{call.said} joins {how}, and the other axes must agree, but it is given {call.shapes}"
    return call.fault("ARC202", f"{message}: {dims.text(one)} is not {dims.text(other)}")


def take(call: Operated) -> Result | Problem:
    """The entries of an axis at `indices`, whose shape stands in the place of the axis."""
    places = call.operands["indices"][0]
    fault = _not_whole(call, places.dtype)
    if fault is not None:
        return fault
    if call["axis"] is None:
        return _beyond(call, places, dims.product(call.input.axes)) or call.gives(places.axes, call.input.dtype)
    named = call.axes()
    if isinstance(named, Problem):
        return named
    at = named[0]
    axes = call.input.axes
    beyond = _beyond(call, places, axes[at])
    if beyond is not None:
        return beyond
    return call.gives((*axes[:at], *places.axes, *axes[at + 1 :]), call.input.dtype)


def take_along_axis(call: Operated) -> Result | Problem:
    """The entries of an axis at `indices`, row by row."""
    places = call.operands["indices"][0]
    if isinstance(places, Constant):
        return call.fault("ARC205", f"{call.said} takes a tensor as `indices`", help="`ops.take` takes numbers")
    fault = _not_whole(call, places.dtype)
    if fault is not None:
        return fault
    if call["axis"] is None and len(places.axes) == 1:
        return call.gives(places.axes, call.input.dtype)
    if call["axis"] is None or len(places.axes) != call.input.rank:
        return call.fault("ARC201", f"{call.said} needs two tensors of one rank and `axis`, but is given {call.shapes}")
    named = call.axes()
    if isinstance(named, Problem):
        return named
    at = named[0]
    around = broadcast(replaced(call.input.axes, at, 1), replaced(places.axes, at, 1))
    if around is None:
        return call.fault("ARC202", f"{call.said} goes row by row, but it is given {call.shapes}")
    return call.gives(replaced(around, at, places.axes[at]), call.input.dtype)


def _beyond(call: Operated, places: Operand, size: Dim) -> Problem | None:
    """What is wrong where a written index lies outside of an axis."""
    written = places.value if isinstance(places, Constant) else None
    for one in cast("list[object]", written) if isinstance(written, list) else [written]:
        if isinstance(one, int) and isinstance(size, int) and not -size <= one < size:
            message = f"{call.said} is to take the entry {one} of {size}: {call.input}"
            return call.fault("ARC207", message, "indices", "entries count from 0; -1 is the last")
    return None


def _not_whole(call: Operated, dtype: str) -> Problem | None:
    if dtype in INTEGER_DTYPES or dtype == "int":
        return None
    return call.fault("ARC210", f"`indices` of {call.said} are whole numbers, but {dtype} is given")


ROWS = (
    Operation("split", split),
    Operation("unstack", unstack),
    Operation("concatenate", concatenate),
    Operation("stack", stack),
    Operation("take", take),
    Operation("take_along_axis", take_along_axis),
)
