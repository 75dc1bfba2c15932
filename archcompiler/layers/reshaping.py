"""RepeatVector, Flatten, Reshape and Permute."""

from __future__ import annotations

import math
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.flow import to_flow
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.tensors import shape_text


def repeat_vector(call: Call) -> Result | Problem:
    """(batch, features) → (batch, n, features)."""
    batch, features = call.input.axes
    return call.gives(batch, call.whole("n"), features)


def flatten(call: Call) -> Result | Problem:
    """(batch, a, b) → (batch, a * b); one number a sample becomes (batch, 1)."""
    return call.gives(call.input.axes[0], dims.product(call.input.axes[1:]), dtype=call.input.dtype)


def reshape(call: Call) -> Result | Problem:
    """(batch, …) → (batch, *target_shape); one -1 stands for what is left."""
    sizes = cast(list[int], call["target_shape"])
    given = dims.product(call.input.axes[1:])
    known = 1
    for size in sizes:
        known *= size if size != -1 else 1
    if isinstance(given, int) and (known == 0 or given % known != 0 if -1 in sizes else given != known):
        return _wrong_count(call, sizes, given, known)
    if -1 not in sizes:
        return call.gives(call.input.axes[0], *sizes, dtype=call.input.dtype)
    rest = dims.floor_divide(given, known) if known else None
    axes: list[Dim] = [rest if size == -1 else size for size in sizes]
    return call.gives(call.input.axes[0], *axes, dtype=call.input.dtype)


def _wrong_count(call: Call, sizes: list[int], given: int, known: int) -> Problem:
    wanted = " * ".join(str(size) for size in sizes if size != -1) or "1"
    computed = wanted if wanted == str(known) else f"{wanted} = {known}"
    came = " * ".join(dims.text(dim) for dim in call.input.axes[1:])
    came = came if came == str(given) else f"{came} = {given}"
    demand = f"a multiple of {computed}" if -1 in sizes else computed
    counts_batch = len(sizes) > 1 and -1 not in sizes and known == given * sizes[0]
    mended = sizes[1:] if counts_batch else _by_rows(call, sizes) or _nearest(sizes, given)
    help = f"write {to_flow(list(mended))}, which holds {given} numbers"
    return call.fault(
        "ARC203",
        f"Reshape to {shape_text(tuple(sizes))} needs {demand} numbers a sample, but {call.input} has {came}",
        argument="target_shape",
        help=f"{help}: the batch axis is left out" if counts_batch else help,
        changes=(call.change("target_shape", mended),),
        safe=False,
    )


def _by_rows(call: Call, sizes: list[int]) -> list[int] | None:
    """A step of each row, where an image is to become steps."""
    axes = call.input.axes[1:]
    if len(sizes) != 2 or len(axes) < 3 or not all(isinstance(one, int) for one in axes):
        return None
    rows, *rest = cast("tuple[int, ...]", axes)
    return [rows, math.prod(rest)]


def _nearest(sizes: list[int], given: int) -> list[int]:
    """The target with one entry changed so that it holds `given` numbers; the first entry that can be is changed."""
    for index in range(len(sizes)):
        others = 1
        for position, size in enumerate(sizes):
            others *= 1 if position == index or size == -1 else size
        if others and given % others == 0:
            mended = [1 if size == -1 else size for size in sizes]
            mended[index] = given // others
            return mended
    return [given]


def permute(call: Call) -> Result | Problem:
    """`dims: [2, 1]` swaps the first two axes after the batch axis."""
    order = cast(list[int], call["dims"])
    if len(order) + 1 != call.input.rank:
        return call.fault(
            "ARC201",
            f"Permute to {order} needs {len(order)} axes beside the batch axis, but it is given {call.input}",
            argument="dims",
        )
    axes = [call.input.axes[axis] for axis in order]
    return call.gives(call.input.axes[0], *axes, dtype=call.input.dtype)


ROWS = (
    Row("RepeatVector", repeat_vector, (2, 2), "(batch, features)", time="none"),
    Row("Flatten", flatten, time="none"),
    Row("Reshape", reshape, time="none"),
    Row("Permute", permute, time="none"),
)
