"""Operations along axes: sums, extremes, running sums, order."""

from __future__ import annotations

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.layers.dtypes import floating, summed
from archcompiler.layers.operations.entrywise import floats, floats_only, no_truths
from archcompiler.layers.operations.rows import Operated, Operation, OperationRule, reduced, replaced
from archcompiler.layers.rows import Result
from archcompiler.tensors import INTEGER_DTYPES, TensorType


def over_axis(call: Operated) -> Result | Problem:
    """Entry by entry, along an axis that must be there."""
    axes = call.axes()
    return axes if isinstance(axes, Problem) else floats_only(call)


def same(argument: str | None = None) -> OperationRule:
    def rule(call: Operated) -> Result | Problem:
        """The shape stays."""
        axes = call.axes(argument) if argument is not None else []
        return axes if isinstance(axes, Problem) else call.gives(call.input.axes, call.input.dtype)

    return rule


def glu(call: Operated) -> Result | Problem:
    """Half of an axis gates the other half."""
    axes = call.axes()
    if isinstance(axes, Problem):
        return axes
    size = call.input.axes[axes[0]]
    if isinstance(size, int) and size % 2:
        return call.fault("ARC203", f"{call.said} halves axis {call['axis']} of {call.shapes}, which is odd: {size}")
    return call.gives(replaced(call.input.axes, axes[0], dims.floor_divide(size, 2)), floating(call.input.dtype))


def normalize(call: Operated) -> Result | Problem:
    """The shape stays."""
    axes = call.axes()
    if isinstance(axes, Problem):
        return axes
    if call["order"] == 2:
        return floats_only(call)
    return call.gives(call.input.axes, floating(call.input.dtype))


def reduce(kind: str) -> OperationRule:
    def rule(call: Operated) -> Result | Problem:
        """The named axes go, or are of size 1 with `keepdims`; without `axis` all go, the batch too."""
        axes = call.axes()
        if isinstance(axes, Problem):
            return axes
        dtype = call.input.dtype
        given = call.thing.given.get("dtype") or call.thing.given.get("initial")
        if isinstance(given, str):
            dtype = given if given != "bool" else "int32"
        elif isinstance(given, float) and dtype in INTEGER_DTYPES:
            return call.fault("ARC210", f"{call.said} is given {dtype} numbers and begins with {given}", "initial")
        dtype = {"sum": summed(dtype), "float": floating(dtype), "same": dtype}.get(kind, kind)
        keep = bool(call["keepdims"]) if "keepdims" in call.thing.entry.arguments else False
        return call.gives(reduced(call.input.axes, axes, keep), dtype)

    return rule


def norm(call: Operated) -> Result | Problem:
    """The named axes go, or are of size 1 with `keepdims`."""
    if call["axis"] is None and call.input.rank > 2:
        return call.fault("ARC207", f"{call.said} of more than two axes needs `axis`, and is given {call.shapes}")
    return reduce("float")(call)


def accumulate(call: Operated) -> Result | Problem:
    """The shape stays; without `axis` all entries stand in one row."""
    axes = call.axes()
    if isinstance(axes, Problem):
        return axes
    given = call["dtype"]
    dtype = str(given) if given is not None else call.input.dtype
    shape = (dims.product(call.input.axes),) if call["axis"] is None else call.input.axes
    return call.gives(shape, "int32" if dtype == "bool" else dtype)


def indices(call: Operated) -> Result | Problem:
    axes = call.axes()
    return axes if isinstance(axes, Problem) else call.gives(call.input.axes, "int32")


def top_k(call: Operated) -> Result | Problem:
    """The largest entries of the last axis, and where they stand."""
    axes, count = call.input.axes, call.whole("k")
    if not axes or (isinstance(axes[-1], int) and axes[-1] < count):
        return call.fault("ARC206", f"{call.said} takes the {count} largest of the last axis of {call.shapes}", "k")
    shape = (*axes[:-1], count)
    return Result((TensorType(shape, call.input.dtype), TensorType(shape, "int32")))


ROWS = (
    *(Operation(name, over_axis) for name in ("softmax", "log_softmax", "sparsemax")),
    Operation("normalize", normalize),
    Operation("glu", floats(glu)),
    *(Operation(name, reduce("sum")) for name in ("sum", "prod")),
    *(Operation(name, reduce("float")) for name in ("mean", "std", "var", "median")),
    Operation("norm", norm),
    Operation("logsumexp", floats(reduce("float"))),
    *(Operation(name, reduce("same")) for name in ("max", "min", "amax", "amin")),
    *(Operation(name, reduce("bool")) for name in ("any", "all")),
    *(Operation(name, reduce("int32")) for name in ("argmax", "argmin", "count_nonzero")),
    *(Operation(name, accumulate) for name in ("cumsum", "cumprod")),
    Operation("sort", same("axis")),
    Operation("argsort", indices),
    Operation("top_k", no_truths(top_k)),
)
