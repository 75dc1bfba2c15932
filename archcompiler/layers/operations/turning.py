"""Operations that turn, stretch and repeat a tensor."""

from __future__ import annotations

from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.merging import broadcast
from archcompiler.layers.operations.rows import Operated, Operation, replaced
from archcompiler.layers.rows import Result
from archcompiler.tensors import INTEGER_DTYPES, shape_text
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
    if isinstance(call["constant_values"], float) and call.input.dtype in (*INTEGER_DTYPES, "bool"):
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


def ravel(call: Operated) -> Result | Problem:
    """All entries in one row, the batch too."""
    return call.gives((dims.product(call.input.axes),), call.input.dtype)


ROWS = (
    Operation("reshape", reshape),
    Operation("ravel", ravel),
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
)
