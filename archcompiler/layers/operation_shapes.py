"""The rules of the operations that turn, cut and join tensors, a row each."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.merging import agree, broadcast
from archcompiler.layers.operations import Constant, Operated, Operation, replaced
from archcompiler.layers.rows import Result
from archcompiler.tensors import INTEGER_DTYPES, TensorType, shape_text
from archcompiler.wording import shown


def reshape(call: Operated) -> Result | Problem:
    """To the sizes of `newshape`, batch axis included; -1 is whatever is left."""
    sizes = call.wholes("newshape")
    given = dims.product(call.input.axes)
    known = dims.product(tuple(one for one in sizes if one != -1))
    if sizes.count(-1) > 1:
        return call.fault("ARC113", f"only one size of `newshape` can be -1, but {shown(sizes)} is given", "newshape")
    if -1 not in sizes:
        if dims.differ(given, known):
            return _miscounted(call, sizes, given)
        return call.gives(tuple(sizes), call.input.dtype)
    if isinstance(given, int) and isinstance(known, int) and (known == 0 or given % known):
        return _miscounted(call, sizes, given)
    rest = dims.floor_divide(given, known)
    return call.gives(tuple(rest if one == -1 else one for one in sizes), call.input.dtype)


def _miscounted(call: Operated, sizes: list[int], given: Dim) -> Problem:
    count = f"{dims.text(given)} numbers"
    message = f"{call.said} is to give {shape_text(tuple(sizes))}, but {call.input} has {count}"
    return call.fault("ARC203", message, "newshape", "`newshape` has the batch axis too: -1 stands for it")


def transpose(call: Operated) -> Result | Problem:
    """The axes in another order, the batch axis (0) among them; without `axes` in the reverse order."""
    axes = call.input.axes
    if call["axes"] is None:
        return call.gives(axes[::-1], call.input.dtype)
    order = call.axes("axes")
    if isinstance(order, Problem):
        return order
    if len(order) != len(axes):
        message = f"`axes` of {call.said} names every axis once, but {shown(call['axes'])} is given for {call.input}"
        return call.fault("ARC207", message, "axes", "axis 0 is the batch: write for example `[0, 2, 1]`")
    return call.gives(tuple(axes[at] for at in order), call.input.dtype)


def expand_dims(call: Operated) -> Result | Problem:
    """An axis of size 1 is added."""
    axes = call.axes(rank=call.input.rank + len(call.wholes("axis")))
    if isinstance(axes, Problem):
        return axes
    shape = list(call.input.axes)
    for at in sorted(axes):
        shape.insert(at, 1)
    return call.gives(tuple(shape), call.input.dtype)


def squeeze(call: Operated) -> Result | Problem:
    """Axes of size 1 go: those named, or all."""
    axes = call.input.axes
    if call["axis"] is None:
        return call.gives(tuple(one for one in axes if one != 1), call.input.dtype)
    gone = call.axes()
    if isinstance(gone, Problem):
        return gone
    for at in gone:
        if axes[at] != 1:
            message = f"{call.said} takes away axes of size 1, but axis {at} of {call.input} is {dims.text(axes[at])}"
            return call.fault("ARC202", message, "axis")
    return call.gives(tuple(one for at, one in enumerate(axes) if at not in gone), call.input.dtype)


def swapaxes(call: Operated) -> Result | Problem:
    """Two axes change places."""
    first, second = call.axes("axis1"), call.axes("axis2")
    if isinstance(first, Problem) or isinstance(second, Problem):
        return first if isinstance(first, Problem) else cast("Problem", second)
    shape = list(call.input.axes)
    shape[first[0]], shape[second[0]] = shape[second[0]], shape[first[0]]
    return call.gives(tuple(shape), call.input.dtype)


def moveaxis(call: Operated) -> Result | Problem:
    """Axes move to other places, the others keep their order."""
    source, destination = call.axes("source"), call.axes("destination")
    if isinstance(source, Problem) or isinstance(destination, Problem):
        return source if isinstance(source, Problem) else cast("Problem", destination)
    if len(source) != len(destination):
        message = f"`source` and `destination` of {call.said} name as many axes"
        return call.fault("ARC113", f"{message}, but {len(source)} and {len(destination)} are given", "destination")
    order = [at for at in range(call.input.rank) if at not in source]
    for to, at in sorted(zip(destination, source, strict=True)):
        order.insert(to, at)
    return call.gives(tuple(call.input.axes[at] for at in order), call.input.dtype)


def keep(call: Operated) -> Result | Problem:
    """The shape stays."""
    axes = call.axes()
    return axes if isinstance(axes, Problem) else call.gives(call.input.axes, call.input.dtype)


def roll(call: Operated) -> Result | Problem:
    """The shape stays."""
    given, axis = call["shift"], call["axis"]
    if isinstance(axis, list) != isinstance(given, list) and axis is not None:
        message = f"`shift` of {call.said} has a number for each axis of `axis`, but {shown(given)} is given"
        return call.fault("ARC113", message, "shift", "write both as lists, or both as one number")
    return keep(call)


def repeat(call: Operated) -> Result | Problem:
    """Each entry of an axis several times; without `axis` of all entries in one row."""
    counts = call.wholes("repeats")
    axes = call.input.axes
    if call["axis"] is None:
        axes, at = (dims.product(axes),), 0
    else:
        named = call.axes()
        if isinstance(named, Problem):
            return named
        at = named[0]
    alone = not isinstance(call["repeats"], list) or len(counts) == 1
    if not alone and dims.differ(axes[at], len(counts)):
        message = f"`repeats` of {call.said} has {len(counts)} numbers, but axis {at} of {call.input}"
        return call.fault("ARC202", f"{message} is {dims.text(axes[at])}", "repeats")
    size = dims.multiply(axes[at], counts[0]) if alone else sum(counts)
    return call.gives(replaced(axes, at, size), call.input.dtype)


def tile(call: Operated) -> Result | Problem:
    """The whole tensor several times along each axis."""
    counts = tuple(call.wholes("repeats"))
    axes = call.input.axes
    length = max(len(counts), len(axes))
    counts = (*(1,) * (length - len(counts)), *counts)
    axes = (*(1,) * (length - len(axes)), *axes)
    return call.gives(tuple(dims.multiply(a, n) for a, n in zip(axes, counts, strict=True)), call.input.dtype)


def broadcast_to(call: Operated) -> Result | Problem:
    """Repeated to the sizes of `shape`, batch axis included."""
    sizes = tuple(call.wholes("shape"))
    wide = broadcast(call.input.axes, sizes)
    unlike = wide is None or len(wide) != len(sizes) or any(dims.differ(a, b) for a, b in zip(wide, sizes, strict=True))
    if unlike:
        return call.fault("ARC202", f"{call.input} cannot be repeated to {shape_text(sizes)}", "shape")
    return call.gives(sizes, call.input.dtype)


def pad(call: Operated) -> Result | Problem:
    """Each axis made longer at both ends; `pad_width` has a pair for each axis."""
    rank = call.input.rank
    given = call["pad_width"]
    pairs = _pairs(given, rank)
    if pairs is None:
        message = f"`pad_width` of {call.said} is a pair for each of the {rank} axes of {call.input}"
        return call.fault(
            "ARC113", f"{message}, but {shown(given)} is given", "pad_width", "the batch axis has `[0, 0]`"
        )
    if call["mode"] != "constant" and call["constant_values"] is not None:
        message = f"{call.said} fills with `constant_values` only where `mode` is constant"
        return call.fault("ARC209", message, "constant_values")
    if isinstance(call["constant_values"], float) and call.input.dtype in INTEGER_DTYPES:
        message = f"{call.said} fills {call.input.dtype} numbers with {shown(call['constant_values'])}"
        return call.fault("ARC210", message, "constant_values", "write a whole number")
    axes = tuple(dims.add(one, before + after) for one, (before, after) in zip(call.input.axes, pairs, strict=True))
    return call.gives(axes, call.input.dtype)


def _pairs(given: object, rank: int) -> list[tuple[int, int]] | None:
    def pair(one: object) -> tuple[int, int] | None:
        entries = cast("list[object]", one) if isinstance(one, list) else [one, one]
        whole = len(entries) in (1, 2) and all(
            isinstance(x, int) and not isinstance(x, bool) and x >= 0 for x in entries
        )
        return (cast(int, entries[0]), cast(int, entries[-1])) if whole else None

    entries = cast("list[object]", given) if isinstance(given, list) else []
    if entries and all(isinstance(one, list) for one in entries):
        found = [pair(one) for one in entries]
        found = found * rank if len(found) == 1 else found
    elif rank > 1:
        return None
    else:
        found = [pair(cast("object", given))] * rank
    return None if None in found or len(found) != rank else cast("list[tuple[int, int]]", found)


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
    axes = tuple(one for at, one in enumerate(call.input.axes) if at != named[0])
    return Result((TensorType(axes, call.input.dtype),) * count)


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


def ravel(call: Operated) -> Result | Problem:
    """All entries in one row, the batch too."""
    return call.gives((dims.product(call.input.axes),), call.input.dtype)


def take(call: Operated) -> Result | Problem:
    """The entries of an axis at `indices`, whose shape stands in the place of the axis."""
    places = call.operands["indices"][0]
    fault = _not_whole(call, places.dtype)
    if fault is not None:
        return fault
    if call["axis"] is None:
        return call.gives(places.axes, call.input.dtype)
    named = call.axes()
    if isinstance(named, Problem):
        return named
    at = named[0]
    axes = call.input.axes
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


def _not_whole(call: Operated, dtype: str) -> Problem | None:
    if dtype in INTEGER_DTYPES or dtype == "int":
        return None
    return call.fault("ARC210", f"`indices` of {call.said} are whole numbers, but {dtype} is given")


ROWS = (
    Operation("reshape", reshape),
    Operation("transpose", transpose),
    Operation("expand_dims", expand_dims),
    Operation("squeeze", squeeze),
    Operation("swapaxes", swapaxes),
    Operation("moveaxis", moveaxis),
    Operation("flip", keep),
    Operation("roll", roll),
    Operation("repeat", repeat),
    Operation("tile", tile),
    Operation("broadcast_to", broadcast_to),
    Operation("pad", pad),
    Operation("split", split),
    Operation("unstack", unstack),
    Operation("concatenate", concatenate),
    Operation("stack", stack),
    Operation("ravel", ravel),
    Operation("take", take),
    Operation("take_along_axis", take_along_axis),
)
