"""The rules of the operations, a row each."""

from __future__ import annotations

from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.dtypes import floating, promoted, summed
from archcompiler.layers.merging import agree, broadcast
from archcompiler.layers.operations import (
    Constant,
    DtypeOf,
    Operated,
    Operation,
    OperationRule,
    reduced,
    replaced,
)
from archcompiler.layers.rows import Result
from archcompiler.tensors import INTEGER_DTYPES, TensorType, shape_text
from archcompiler.wording import shown


def _dtype(call: Operated, kind: DtypeOf) -> str:
    if kind in ("bool", "int32"):
        return kind
    return floating(call.dtype()) if kind == "float" else call.dtype()


def entrywise(kind: DtypeOf = "promoted") -> OperationRule:
    def rule(call: Operated) -> Result | Problem:
        """Entry by entry; sizes of 1 and missing axes are repeated."""
        axes = call.joined()
        return axes if isinstance(axes, Problem) else call.gives(axes, _dtype(call, kind))

    return rule


def numbers(call: Operated) -> Result | Problem:
    """Entry by entry; truth values are counted as whole numbers."""
    axes = call.joined()
    dtype = call.dtype()
    return axes if isinstance(axes, Problem) else call.gives(axes, "int32" if dtype == "bool" else dtype)


def no_truths(rule: OperationRule) -> OperationRule:
    def checked(call: Operated) -> Result | Problem:
        if call.dtype() != "bool":
            return rule(call)
        message = f"{call.said} computes with numbers, but it is given truth values: {call.shapes}"
        return call.fault("ARC210", message, help="`ops.cast: float32` before it")

    checked.__doc__ = rule.__doc__
    return checked


def floats(rule: OperationRule) -> OperationRule:
    def checked(call: Operated) -> Result | Problem:
        return _whole_fault(call) or rule(call)

    checked.__doc__ = rule.__doc__
    return checked


def _whole_fault(call: Operated) -> Problem | None:
    if call.input.dtype not in INTEGER_DTYPES and call.input.dtype != "bool":
        return None
    return call.fault(
        "ARC210",
        f"{call.said} computes with floating numbers, but it is given {call.input.dtype} {call.shapes}",
        help="`ops.cast: float32` before it",
    )


def floats_only(call: Operated) -> Result | Problem:
    """Entry by entry, of floating numbers."""
    return _whole_fault(call) or call.gives(call.input.axes, call.input.dtype)


def clip(call: Operated) -> Result | Problem:
    """Entry by entry."""
    bounds = [Constant(call[name]).dtype for name in ("x_min", "x_max")]
    if "float" in bounds and (call.input.dtype in INTEGER_DTYPES or call.input.dtype == "bool"):
        which = "x_min" if bounds[0] == "float" else "x_max"
        message = f"{call.said} is given {call.input.dtype} numbers and the bound {shown(call[which])}"
        return call.fault("ARC210", message, which, "write a whole number, or `ops.cast: float32` before it")
    dtype = promoted([call.input.dtype, *bounds])
    return call.gives(call.input.axes, "int32" if dtype == "bool" else dtype)


def over_axis(call: Operated) -> Result | Problem:
    """Entry by entry, along an axis that must be there."""
    axes = call.axes()
    return axes if isinstance(axes, Problem) else floats_only(call)


def shrink(call: Operated) -> Result | Problem:
    """Entry by entry; whole numbers with a whole threshold only."""
    whole = call.input.dtype in INTEGER_DTYPES and isinstance(call["threshold"], int)
    return call.gives(call.input.axes, call.input.dtype) if whole else floats_only(call)


def normalize(call: Operated) -> Result | Problem:
    """The shape stays."""
    axes = call.axes()
    if isinstance(axes, Problem):
        return axes
    if call["order"] == 2:
        return floats_only(call)
    return call.gives(call.input.axes, floating(call.input.dtype))


def norm(call: Operated) -> Result | Problem:
    """The named axes go, or are of size 1 with `keepdims`."""
    if call["axis"] is None and call.input.rank > 2 and (call["ord"] is not None or call["keepdims"]):
        message = f"{call.said} needs `axis` where it has `ord` or `keepdims`, and is given {call.shapes}"
        return call.fault("ARC207", message)
    return reduce("float")(call)


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


def cast_to(call: Operated) -> Result | Problem:
    """The shape stays."""
    dtype = str(call["dtype"])
    if dtype.startswith("mixed_") or dtype == "string":
        return call.fault("ARC113", f"a tensor cannot be cast to {dtype}", "dtype", "write for example `float32`")
    return call.gives(call.input.axes, dtype)


def like(call: Operated) -> Result | Problem:
    """The shape stays."""
    return call.gives(call.input.axes, str(call["dtype"] or call.input.dtype))


def one_hot(call: Operated) -> Result | Problem:
    """An axis with an entry a class is added."""
    rank = call.input.rank + 1
    axes = call.axes(rank=rank)
    if isinstance(axes, Problem):
        return axes
    at = call.whole("axis")
    if at < -1:
        return call.fault("ARC207", f"`axis` of {call.said} is -1 or counts from 0, but {at} is given", "axis")
    if call.input.dtype not in INTEGER_DTYPES:
        message = f"{call.said} takes whole numbers, but it is given {call.input.dtype} {call.shapes}"
        return call.fault("ARC210", message, help="`ops.cast: int32` before it")
    given = call.input.axes
    return call.gives(
        (*given[: axes[0]], call.whole("num_classes"), *given[axes[0] :]), str(call["dtype"] or "float32")
    )


def where(call: Operated) -> Result | Problem:
    """Entry by entry from `x1` or `x2`."""
    axes = call.joined()
    if isinstance(axes, Problem):
        return axes
    if len(call.operands) != 3:
        return call.fault("ARC112", f"{call.said} chooses between `x1` and `x2`, which must be given")
    chosen = [call.operands[name][0].dtype for name in ("x1", "x2")]
    return call.gives(axes, promoted(chosen))


def arange(call: Operated) -> Result | Problem:
    """A row of numbers, the same for every sample: it has no batch axis."""
    start, stop, step = (call[name] for name in ("start", "stop", "step"))
    first, last = (0, start) if stop is None else (start, stop)
    width = 1 if step is None else step
    if not all(isinstance(one, int | float) for one in (first, last, width)) or width == 0:
        return call.fault("ARC113", f"{call.said} counts with numbers, and its step is not 0")
    if call["dtype"] == "bool":
        return call.fault("ARC113", f"{call.said} counts with numbers, not with truth values", "dtype")
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


def triangle(call: Operated) -> Result | Problem:
    """The shape stays; what is on the other side of the diagonal is 0."""
    if call.input.rank > 1:
        return call.gives(call.input.axes, call.input.dtype)
    return call.fault("ARC201", f"{call.said} needs two axes, but it is given {call.shapes}")


def matmul(call: Operated) -> Result | Problem:
    """(…, a, n) times (…, n, b) gives (…, a, b)."""
    left, right = (one[0].axes for one in call.operands.values())
    if not left or not right:
        return call.fault("ARC201", f"{call.said} needs tensors with axes, but it is given {call.shapes}")
    first = (1, *left) if len(left) == 1 else left
    second = (*right, 1) if len(right) == 1 else right
    if dims.differ(first[-1], second[-2]):
        return _unlike(call, first[-1], second[-2], "the last axis of the one and the last but one of the other")
    batch = broadcast(first[:-2], second[:-2])
    if batch is None:
        return call.fault("ARC202", f"{call.said} joins the axes before the last two, but it is given {call.shapes}")
    shape = (*batch, *(first[-2:-1] if len(left) > 1 else ()), *(second[-1:] if len(right) > 1 else ()))
    dtype = call.dtype()
    return call.gives(shape, "int32" if dtype in ("int8", "uint8") and _both_int8(call) else dtype)


def _both_int8(call: Operated) -> bool:
    return all(one.dtype == "int8" for one in call.all)


def dot(call: Operated) -> Result | Problem:
    """The last axis of the one times the last but one of the other."""
    left, right = (one[0].axes for one in call.operands.values())
    if not left or not right:  # a number, which Keras makes into a tensor of float32
        return call.gives(
            (*left, *right), promoted("float32" if one.dtype == "float" else one.dtype for one in call.all)
        )
    inner = right[-2:][0]
    if dims.differ(left[-1], inner):
        return _unlike(call, left[-1], inner, "the last axis of the one and the last but one of the other")
    return call.gives((*left[:-1], *right[:-2], *(right[-1:] if len(right) > 1 else ())), call.dtype())


def _unlike(call: Operated, one: Dim, other: Dim, which: str) -> Problem:
    return call.fault(
        "ARC202",
        f"{call.said} sums over {which}, but with {call.shapes} {dims.text(one)} is not {dims.text(other)}",
        help="`ops.transpose` or `ops.swapaxes` turns axes round",
    )


def einsum(call: Operated) -> Result | Problem:
    """Letters name axes: those of one letter have one size, and those not in the result are summed over."""
    text = str(call["subscripts"]).replace(" ", "")
    operands = call.all
    taken, arrow, given = text.partition("->")
    inputs = taken.split(",")
    if len(inputs) != len(operands) or not all(
        part.replace("...", "").isalpha() or part in ("", "...") for part in inputs
    ):
        message = (
            f"`subscripts` {shown(text)} names {len(inputs)} tensors, but {len(operands)} are given: {call.shapes}"
        )
        return call.fault("ARC113", message, "subscripts")
    sizes: dict[str, Dim] = {}
    batch: tuple[Dim, ...] = ()
    for part, one in zip(inputs, operands, strict=True):
        letters = part.replace("...", "")
        extra = len(one.axes) - len(letters)
        if extra < 0 or (extra and "..." not in part):
            message = f"`{part}` names {len(letters)} axes, but the tensor is {shape_text(one.axes)}"
            return call.fault("ARC201", message, "subscripts")
        before = len(part.partition("...")[0]) if "..." in part else len(letters)
        named = [*zip(letters[:before], one.axes[:before], strict=True)]
        named += zip(letters[before:], one.axes[before + extra :], strict=True)
        for letter, size in named:
            known = sizes.get(letter, size)
            if dims.differ(known, size) and known != 1 and size != 1:
                message = f"`{letter}` of {shown(text)} cannot be both {dims.text(known)} and {dims.text(size)}"
                return call.fault("ARC202", f"{message}: {call.shapes}", "subscripts")
            sizes[letter] = size if known == 1 else known if size in {known, 1} else agree(known, size)
        wider = broadcast(batch, one.axes[before : before + extra])
        if wider is None:
            return call.fault("ARC202", f"what `...` stands for differs in size: {call.shapes}", "subscripts")
        batch = wider
    every = taken.replace(",", "").replace("...", "")
    result = (
        given if arrow else ("..." if batch else "") + "".join(sorted(x for x in set(every) if every.count(x) == 1))
    )
    if any(letter not in sizes for letter in result.replace("...", "")):
        return call.fault("ARC113", f"the result of {shown(text)} has an axis that no tensor has", "subscripts")
    head, dots, tail = result.partition("...")
    shape = (*(sizes[x] for x in head), *(batch if dots else ()), *(sizes[x] for x in tail))
    return call.gives(shape, call.dtype())


_FLOAT = (
    "sqrt", "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
    "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh",
)  # fmt: skip
_ACTIVATIONS = (
    "elu", "selu", "celu", "gelu", "silu", "swish", "sigmoid", "log_sigmoid", "hard_sigmoid",
    "hard_silu", "hard_swish", "hard_tanh", "softplus", "softsign", "tanh_shrink", "sparse_plus", "squareplus", "erf",
)  # fmt: skip

ROWS = (
    *(Operation(name, entrywise(), True) for name in ("add", "maximum", "minimum")),
    Operation("multiply", no_truths(entrywise()), True),
    *(Operation(name, no_truths(numbers), True) for name in ("subtract", "floor_divide", "power")),
    Operation("mod", numbers, True),
    *(Operation(name, entrywise("float"), True) for name in ("divide", "true_divide", "divide_no_nan", "arctan2")),
    *(
        Operation(name, entrywise("bool"), True)
        for name in (
            *("equal", "not_equal"),
            *("logical_and", "logical_or", "logical_xor", "logical_not", "isnan", "isinf", "isfinite", "isclose"),
        )
    ),
    *(
        Operation(name, no_truths(entrywise("bool")), True)
        for name in ("greater", "greater_equal", "less", "less_equal")
    ),
    *(Operation(name, entrywise(), True) for name in ("abs", "absolute", "stop_gradient", "copy")),
    *(Operation(name, no_truths(entrywise()), True) for name in ("negative", "sign", "round", "relu", "relu6")),
    Operation("leaky_relu", no_truths(entrywise("float")), True),
    Operation("square", numbers, True),
    *(Operation(name, entrywise("float"), True) for name in ("floor", "ceil")),
    *(Operation(name, entrywise("float"), True) for name in _FLOAT),
    *(Operation(name, floats_only, True) for name in ("rsqrt", "reciprocal")),
    *(Operation(name, floats_only, True) for name in _ACTIVATIONS),
    *(Operation(name, over_axis) for name in ("softmax", "log_softmax", "sparsemax")),
    *(Operation(name, shrink, True) for name in ("soft_shrink", "hard_shrink")),
    Operation("glu", floats(glu)),
    Operation("clip", clip, True),
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
    Operation("normalize", normalize),
    Operation("cast", cast_to, True),
    *(Operation(name, like, True) for name in ("ones_like", "zeros_like", "full_like")),
    Operation("one_hot", one_hot),
    Operation("where", where, True),
    Operation("arange", arange),
    *(Operation(name, filled) for name in ("ones", "zeros", "full")),
    Operation("matmul", matmul),
    Operation("dot", dot),
    Operation("einsum", no_truths(einsum)),
    *(Operation(name, triangle) for name in ("tril", "triu")),
)
