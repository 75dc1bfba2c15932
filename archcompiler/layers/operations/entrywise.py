"""Operations entry by entry: arithmetic, comparison, activations, choice."""

from __future__ import annotations

from archcompiler.diagnostics import Problem
from archcompiler.layers.dtypes import floating, promoted
from archcompiler.layers.operations.rows import Constant, DtypeOf, Operated, Operation, OperationRule
from archcompiler.layers.rows import Result
from archcompiler.tensors import INTEGER_DTYPES
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


def of_tensors(rule: OperationRule) -> OperationRule:
    def checked(call: Operated) -> Result | Problem:
        result = rule(call)
        lone_float = any(one.dtype == "float" for one in call.all)
        if isinstance(result, Problem) or not lone_float:
            return result
        # Keras makes a tensor of float32 of the number first.
        return call.gives(result.outputs[0].axes, promoted([result.outputs[0].dtype, "float32"]))

    checked.__doc__ = rule.__doc__
    return checked


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


def shrink(call: Operated) -> Result | Problem:
    """Entry by entry; whole numbers with a whole threshold only."""
    whole = call.input.dtype in INTEGER_DTYPES and isinstance(call["threshold"], int)
    return call.gives(call.input.axes, call.input.dtype) if whole else floats_only(call)


def cast_to(call: Operated) -> Result | Problem:
    """The shape stays."""
    dtype = str(call["dtype"])
    if dtype.startswith("mixed_") or dtype == "string":
        return call.fault("ARC113", f"a tensor cannot be cast to {dtype}", "dtype", "write for example `float32`")
    return call.gives(call.input.axes, dtype)


def like(call: Operated) -> Result | Problem:
    """The shape stays."""
    return call.gives(call.input.axes, str(call["dtype"] or call.input.dtype))


def where(call: Operated) -> Result | Problem:
    """Entry by entry from `x1` or `x2`."""
    axes = call.joined()
    if isinstance(axes, Problem):
        return axes
    if len(call.operands) != 3:
        return call.fault("ARC112", f"{call.said} chooses between `x1` and `x2`, which must be given")
    chosen = [call.operands[name][0].dtype for name in ("x1", "x2")]
    return call.gives(axes, promoted(chosen))


_FLOAT = (
    "sqrt", "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
    "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh",
)  # fmt: skip
_ACTIVATIONS = (
    "elu", "selu", "celu", "gelu", "silu", "swish", "sigmoid", "log_sigmoid", "hard_sigmoid",
    "hard_silu", "hard_swish", "hard_tanh", "softplus", "softsign", "tanh_shrink", "sparse_plus", "squareplus", "erf",
)  # fmt: skip

ROWS = (
    *(Operation(name, entrywise(), True) for name in ("abs", "absolute", "copy", "stop_gradient")),
    *(
        Operation(name, no_truths(entrywise()), True)
        for name in ("add", "multiply", "maximum", "minimum", "negative", "sign", "round", "relu", "relu6")
    ),
    *(Operation(name, no_truths(numbers), True) for name in ("subtract", "floor_divide", "power")),
    *(Operation(name, numbers, True) for name in ("square",)),
    *(Operation(name, entrywise("float"), True) for name in ("divide", "true_divide", "divide_no_nan")),
    *(Operation(name, of_tensors(rule), True) for name, rule in (("mod", numbers), ("arctan2", entrywise("float")))),
    *(Operation(name, entrywise("float"), True) for name in ("floor", "ceil", *_FLOAT)),
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
    Operation("leaky_relu", no_truths(entrywise("float")), True),
    *(Operation(name, floats_only, True) for name in ("rsqrt", "reciprocal", *_ACTIVATIONS)),
    *(Operation(name, shrink, True) for name in ("soft_shrink", "hard_shrink")),
    Operation("clip", clip, True),
    Operation("cast", cast_to, True),
    *(Operation(name, like, True) for name in ("ones_like", "zeros_like", "full_like")),
    Operation("where", where, True),
)
