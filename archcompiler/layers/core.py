"""Dense, Embedding, Masking, the activation layers, and what leaves a tensor's shape as it is."""

from __future__ import annotations

from archcompiler.diagnostics import Problem
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.tensors import FLOAT_DTYPES, TensorType


def same(call: Call) -> Result | Problem:
    """The shape and the dtype of the input."""
    return call.gives(*call.input.axes, dtype=call.input.dtype)


def same_in_compute_dtype(call: Call) -> Result | Problem:
    return call.gives(*call.input.axes)


def dense(call: Call) -> Result | Problem:
    """kernel (features, units) and bias (units,): features * units + units numbers."""
    units = call.whole("units")
    features = call.known_size(call.input.axes[-1], "the last axis")
    if isinstance(features, Problem):
        return features
    params = features * units + (units if call.flag("use_bias") else 0)
    axes = (*call.input.axes[:-1], units)
    if call["lora_rank"]:
        return call.gives(
            *axes, params=params - features * units + lora(call, features, units), frozen=features * units
        )
    return call.gives(*axes, params=params)


def lora(call: Call, rows: int, columns: int) -> int:
    """Low-rank factors (rows, rank) and (rank, columns) that are learnt in place of a frozen matrix."""
    return (rows + columns) * call.whole("lora_rank")


def embedding(call: Call) -> Result | Problem:
    """A table of input_dim * output_dim numbers; each code becomes a vector."""
    given = call.input
    vocabulary, width = call.whole("input_dim"), call.whole("output_dim")
    output = TensorType((*given.axes, width), call.compute_dtype, call.flag("mask_zero"))
    if call["lora_rank"]:
        return Result((output,), lora(call, vocabulary, width), vocabulary * width)
    return Result((output,), vocabulary * width)


def masking(call: Call) -> Result | Problem:
    """A step whose features all equal `mask_value` is masked: the mask has the input's shape less the last axis."""
    return Result((TensorType(call.input.axes, call.input.dtype, mask=True),))


def prelu(call: Call) -> Result | Problem:
    """One slope for each entry of a sample; axes in `shared_axes` share theirs."""
    shared = call["shared_axes"]
    shared_axes = shared if isinstance(shared, list) else [] if shared is None else [shared]
    slopes = 1
    for axis, dim in enumerate(call.input.axes[1:], start=1):
        if axis in shared_axes:
            continue
        size = call.known_size(dim, f"axis {axis}")
        if isinstance(size, Problem):
            return size
        slopes *= size
    return call.gives(*call.input.axes, params=slopes)


def softmax_layer(call: Call) -> Result | Problem:
    """Probabilities over `axis`, which must exist."""
    axis = call["axis"]
    for one in axis if isinstance(axis, list) else [axis]:
        if isinstance(one, int) and not -call.input.rank <= one < call.input.rank:
            return call.fault(
                "ARC207", f"the input {call.input} has no axis {one}", argument="axis", help="the last axis is -1"
            )
    return call.gives(*call.input.axes, dtype=call.input.dtype if call.input.dtype in FLOAT_DTYPES else None)


def dropout(call: Call) -> Result | Problem:
    """Zeros some entries while training; `noise_shape` must match the input's rank and sizes, or be 1."""
    return call.gives(*call.input.axes, dtype=call.input.dtype)


STEPS = "(batch, steps, features)"

ROWS = (
    Row("Dense", dense, (2, None), "(batch, …, features)", mask="keep"),
    Row("Activation", same, mask="keep"),
    Row("Identity", same, mask="keep"),
    Row("ActivityRegularization", same, mask="keep"),
    Row("Embedding", embedding, needs="codes, such as (batch, steps)", mask="own"),
    Row("Masking", masking, (2, None), STEPS, mask="own"),
    Row("ReLU", same_in_compute_dtype, mask="keep"),
    Row("LeakyReLU", same_in_compute_dtype, mask="keep"),
    Row("ELU", same_in_compute_dtype, mask="keep"),
    Row("PReLU", prelu, mask="keep"),
    Row("Softmax", softmax_layer, mask="keep"),
    Row("Dropout", dropout, mask="keep"),
    Row("AlphaDropout", dropout, mask="keep"),
    Row("GaussianDropout", dropout, mask="keep"),
    Row("GaussianNoise", dropout, mask="keep"),
    Row("SpatialDropout1D", dropout, (3, 3), STEPS, mask="keep"),
)
