"""Operations that make a tensor of numbers, or of codes."""

from __future__ import annotations

from typing import cast

from archcompiler.diagnostics import Problem
from archcompiler.layers.operations.rows import Operated, Operation
from archcompiler.layers.rows import Result
from archcompiler.tensors import INTEGER_DTYPES


def one_hot(call: Operated) -> Result | Problem:
    """An axis with an entry a class is added."""
    rank = call.input.rank + 1
    axes = call.axes(rank=rank)
    if isinstance(axes, Problem):
        return axes
    at = call.whole("axis")
    if call["sparse"] and at >= call.input.rank:
        return call.fault("ARC207", f"a sparse {call.said} cannot put its axis last by {at}", "axis", "write -1")
    if at < -1:
        return call.fault("ARC207", f"`axis` of {call.said} is -1 or counts from 0, but {at} is given", "axis")
    if call.input.dtype not in INTEGER_DTYPES:
        message = f"{call.said} takes whole numbers, but it is given {call.input.dtype} {call.shapes}"
        return call.fault("ARC210", message, help="`ops.cast: int32` before it")
    given = call.input.axes
    return call.gives(
        (*given[: axes[0]], call.whole("num_classes"), *given[axes[0] :]), str(call["dtype"] or "float32")
    )


def arange(call: Operated) -> Result | Problem:
    """A row of numbers, the same for every sample: it has no batch axis."""
    start, stop, step = (call[name] for name in ("start", "stop", "step"))
    first, last = (0, start) if stop is None else (start, stop)
    width = 1 if step is None else step
    if not all(isinstance(one, int | float) for one in (first, last, width)) or width == 0:
        return call.fault("ARC113", f"{call.said} counts with numbers, and its step is not 0")
    if call["dtype"] == "bool":
        return call.fault("ARC113", f"{call.said} counts with numbers, not with truth values", "dtype")
    if call["dtype"] in INTEGER_DTYPES and not all(isinstance(one, int) for one in (first, last, width)):
        return call.fault("ARC210", f"{call.said} counts in {call['dtype']}, but not in whole numbers", "dtype")
    low, high, by = cast("float", first), cast("float", last), cast("float", width)
    count = max(0, -int(-((high - low) // by)) if (high - low) % by == 0 else int((high - low) // by) + 1)
    given = call["dtype"]
    return call.gives(
        (count,), str(given or ("int32" if all(isinstance(x, int) for x in (low, high, by)) else "float32"))
    )


def filled(call: Operated) -> Result | Problem:
    """A tensor of one number, the same for every sample: it has no batch axis."""
    sizes = call.wholes("shape")
    if any(one is None for one in cast("list[object]", sizes)):
        return call.fault("ARC120", f"{call.said} needs whole numbers in `shape`", "shape")
    return call.gives(tuple(sizes), str(call["dtype"] or "float32"))


ROWS = (
    Operation("one_hot", one_hot),
    Operation("arange", arange),
    *(Operation(name, filled) for name in ("ones", "zeros", "full")),
)
