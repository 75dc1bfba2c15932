"""Dense, Embedding, Masking, the activation layers, and what leaves a tensor's shape as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Change, Problem
from archcompiler.dims import Dim
from archcompiler.layers import outdated
from archcompiler.layers.initial import initializer_class
from archcompiler.layers.rows import Call, Result, Row, floats_fault
from archcompiler.tensors import TensorType, shape_text
from archcompiler.wording import shown


def same(call: Call) -> Result | Problem:
    """The input's own shape and dtype."""
    return call.gives(*call.input.axes, dtype=call.input.dtype)


def same_in_compute_dtype(call: Call) -> Result | Problem:
    """The input's shape, in the layer's own dtype."""
    return call.gives(*call.input.axes)


def penalised(call: Call) -> Result | Problem:
    """The input's shape; its size is added to the loss, `l1` and `l2` times."""
    return _negative(call, "l1", "l2") or call.gives(*call.input.axes)


def dense(call: Call) -> Result | Problem:
    """kernel (features, units) and bias (units,): features * units + units numbers."""
    units = call.whole("units")
    features = call.known_size(call.input.axes[-1], "the last axis")
    if isinstance(features, Problem):
        return features
    fault = lora_fault(call, "kernel_constraint")
    if fault is not None:
        return fault
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


def lora_fault(call: Call, constraint: str) -> Problem | None:
    """Keras learns low-rank factors only beside a matrix that nothing constrains."""
    if not call["lora_rank"] or call[constraint] is None:
        return None
    return call.fault(
        "ARC209",
        f"`lora_rank` and `{constraint}` exclude each other",
        argument=constraint,
        help=f"remove `{constraint}`",
    )


def activation(call: Call) -> Result | Problem:
    """The function on each number. Few of them are there for whole numbers."""
    if call["activation"] not in (None, *FOR_WHOLE_NUMBERS):
        fault = floats_fault(call, f" of {shown(call['activation'])}" if isinstance(call["activation"], str) else "")
        if fault is not None:
            return fault
    return call.gives(*call.input.axes)


FOR_WHOLE_NUMBERS = ("relu", "relu6", "leaky_relu", "linear", "tanh", "exponential")


def relu(call: Call) -> Result | Problem:
    """max(x, 0), or what `max_value`, `negative_slope` and `threshold` make of it; none of them is negative."""
    fault = _negative(call, "max_value", "negative_slope", "threshold")
    if fault is None and call["negative_slope"] and (call["max_value"] is not None or call["threshold"]):
        fault = floats_fault(call, " with `negative_slope` and a bound")
    return fault or call.gives(*call.input.axes)


def leaky_relu(call: Call) -> Result | Problem:
    """x, or `negative_slope` times x where x is negative."""
    return _negative(call, "negative_slope") or call.gives(*call.input.axes)


def _negative(call: Call, *arguments: str) -> Problem | None:
    for name in arguments:
        value = call[name]
        if isinstance(value, int | float) and value < 0:
            return call.fault(
                "ARC113",
                f"`{name}` of {call.thing.class_name} is 0 or more, but {shown(value)} is given",
                argument=name,
                help="negative numbers are scaled by a positive slope" if name == "negative_slope" else None,
            )
    return None


def embedding(call: Call) -> Result | Problem:
    """A table of input_dim * output_dim numbers; each code becomes a vector."""
    given = call.input
    vocabulary, width = call.whole("input_dim"), call.whole("output_dim")
    if call["weights"] is not None:
        return call.fault(
            "ARC113",
            "`weights` of Embedding is an array of numbers, which a spec does not hold",
            argument="weights",
            help=f"{outdated.REMOVED_ARGUMENTS['layers']['weights']}, or begin with another `embeddings_initializer`",
            changes=(Change("remove_entry", call.thing.place("weights")),) if not call.thing.shorthand else (),
            safe=False,
        )
    fault = lora_fault(call, "embeddings_constraint")
    if fault is not None:
        return fault
    output = TensorType((*given.axes, width), call.compute_dtype, call.flag("mask_zero"))
    if call["lora_rank"]:
        return Result((output,), lora(call, vocabulary, width), vocabulary * width)
    return Result((output,), vocabulary * width)


def reversible_embedding(call: Call) -> Result | Problem:
    """An Embedding that, called with `reverse: true`, gives scores of the words: (batch, steps, width) → (…, words)."""
    table = embedding(call)
    if isinstance(table, Problem):
        return table
    vocabulary, width = call.whole("input_dim"), call.whole("output_dim")
    if call["lora_rank"] and not call.flag("tie_weights"):
        return call.fault("ARC209", "`lora_rank` of ReversibleEmbedding needs tied weights", argument="tie_weights")
    params = table.params + (0 if call.flag("tie_weights") else vocabulary * width)
    if not call.options.get("reverse"):
        return replace(table, params=params)
    if dims.differ(call.input.axes[-1], width):
        return call.fault(
            "ARC202", f"ReversibleEmbedding has vectors of {width} numbers, but is to turn {call.input} back into words"
        )
    return Result((TensorType((*call.input.axes[:-1], vocabulary), call.compute_dtype),), params, table.frozen_params)


def masking(call: Call) -> Result | Problem:
    """A step whose features all equal `mask_value` is masked: the mask has the input's shape less the last axis."""
    return Result((TensorType(call.input.axes, call.compute_dtype, mask=True),))


def prelu(call: Call) -> Result | Problem:
    """One slope for each entry of a sample; axes in `shared_axes` share theirs."""
    shared = call.integers("shared_axes")
    slopes: list[Dim] = list(call.input.axes[1:])
    made = initializer_class(call.thing, "alpha_initializer")
    if (made == "Identity" and len(slopes) != 2) or (made == "Orthogonal" and len(slopes) < 2):
        return call.fault(
            "ARC113",
            f"`alpha_initializer` of PReLU is {made}, which makes a matrix, but there is a slope for each of "
            f"{shape_text(tuple(slopes))}",
            argument="alpha_initializer",
        )
    for axis in shared:
        if not -len(slopes) < axis <= len(slopes):
            return call.fault(
                "ARC207",
                f"the input {call.input} has no axis {axis} to share slopes along",
                argument="shared_axes",
                help="the axes count from 1, the batch axis being 0",
            )
        slopes[axis - 1] = 1
    count = 1
    for axis, dim in enumerate(slopes, start=1):
        size = call.known_size(dim, f"axis {axis}")
        if isinstance(size, Problem):
            return replace(size, help=f"`shared_axes: [{axis}]` shares the slopes along it")
        count *= size
    result = call.gives(*call.input.axes, params=count)
    return replace(result, built_for=tuple(slopes))


def softmax_layer(call: Call) -> Result | Problem:
    """Probabilities over `axis`, which must exist; a mask must fit the input's last axes."""
    axes = [-1] if call["axis"] is None else call.integers("axis")
    if not axes:
        return call.fault("ARC113", "`axis` of Softmax names no axis", argument="axis", help="the last axis is -1")
    named = call.axes() if call["axis"] is not None else axes
    if isinstance(named, Problem):
        return named
    return _softmax_mask(call) or call.gives(*call.input.axes)


def _softmax_mask(call: Call) -> Problem | None:
    """Keras lays the mask (batch, steps) over the last axes of (batch, steps, features), where it does not belong."""
    given = call.input
    if not given.mask:
        return None
    mask = given.mask_shape
    for one, other in zip(reversed(mask), reversed(given.axes), strict=False):
        if one != 1 and (dims.differ(one, other) or (one == dims.BATCH and other != dims.BATCH)):
            return call.fault(
                "ARC202",
                f"a mask {shape_text(mask)} travels with the input {given}, and Softmax lays it over the last axes, "
                f"where {dims.text(one)} is not {dims.text(other)}",
                help="`Activation: softmax` leaves the mask alone",
            )
    return None


def dropout(call: Call) -> Result | Problem:
    """Zeros some entries while training; what shares its fate has 1 in `noise_shape`."""
    shape = call["noise_shape"]
    for size in cast("list[int | None]", shape if isinstance(shape, list) else []):
        if size is not None and size < 1:
            return call.fault(
                "ARC113",
                f"`noise_shape` of {call.thing.class_name} has positive sizes and nulls, but {size} is one of them",
                argument="noise_shape",
                help="`null` stands for the size of the input's axis",
            )
    return call.gives(*call.input.axes)


STEPS = "(batch, steps, features)"

ROWS = (
    Row("Dense", dense, (2, None), "(batch, …, features)", mask="keep", weights="features * units + units"),
    Row("Activation", activation, mask="keep"),
    Row("Identity", same, mask="keep"),
    Row("ActivityRegularization", penalised, mask="keep"),
    Row("Embedding", embedding, needs="codes, such as (batch, steps)", mask="own", weights="input_dim * output_dim"),
    Row(
        "ReversibleEmbedding",
        reversible_embedding,
        needs="codes, such as (batch, steps)",
        mask="own",
        weights="input_dim * output_dim",
    ),
    Row("Masking", masking, needs=STEPS, mask="own"),
    Row("ReLU", relu, mask="keep"),
    Row("LeakyReLU", leaky_relu, mask="keep"),
    Row("ELU", same_in_compute_dtype, mask="keep", floats=True),
    Row("PReLU", prelu, mask="keep", floats=True),
    Row("Softmax", softmax_layer, mask="keep", floats=True),
    Row("Dropout", dropout, mask="keep"),
    Row("AlphaDropout", dropout, mask="keep"),
    Row("GaussianDropout", dropout, mask="keep"),
    Row("GaussianNoise", dropout, mask="keep"),
    Row("SpatialDropout1D", dropout, (3, 3), STEPS, mask="keep"),
    Row("SpatialDropout2D", dropout, (4, 4), "(batch, height, width, channels)", mask="keep"),
    Row("SpatialDropout3D", dropout, (5, 5), "(batch, depth, height, width, channels)", mask="keep"),
)
