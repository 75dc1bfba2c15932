"""TimeDistributed, SpectralNormalization and Pipeline: layers made of others."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from archcompiler.diagnostics import Problem
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.layers.things import Thing
from archcompiler.tensors import FLOAT_DTYPES, TensorType


def time_distributed(call: Call) -> Result | Problem:
    """(batch, steps, …) → the layer on (batch, …), at every step, with the same weights."""
    given = call.input
    step = TensorType((given.axes[0], *given.axes[2:]), given.dtype)
    if given.mask:
        step = replace(step, mask=True, mask_axes=(given.axes[0], *given.mask_shape[2:]))
    inner = call.inner(call["layer"], (step,))
    if isinstance(inner, Problem):
        return inner
    if len(inner.outputs) != 1:
        return call.fault("ARC209", "TimeDistributed needs a layer with one result", argument="layer")
    output = inner.outputs[0]
    if output.rank == 0:
        message = "TimeDistributed needs a layer that keeps the batch axis, but what it wraps gives one number"
        return call.fault("ARC201", message, argument="layer")
    axes = (output.axes[0], given.axes[1], *output.axes[1:])
    merged = TensorType(axes, call.compute_dtype).masked_as(given)
    return Result((merged,), inner.params, inner.frozen_params, inner.built_for)


def spectral_normalization(call: Call) -> Result | Problem:
    """The layer, with its kernel divided by its greatest singular value while training, which a vector approximates."""
    wrapped = call["layer"]
    inner = call.inner(wrapped, call.inputs)
    if isinstance(inner, Problem):
        return inner
    columns = _kernel_columns(wrapped, inner) if isinstance(wrapped, Thing) else None
    if columns is None:
        name = wrapped.class_name if isinstance(wrapped, Thing) else "a model"
        return call.fault(
            "ARC113",
            f"SpectralNormalization divides the kernel of its layer, and {name} has none",
            argument="layer",
            help="wrap a layer with a `kernel`, such as `Dense` or `Conv1D`, or an `Embedding`",
        )
    outputs = tuple(TensorType(one.axes, call.compute_dtype) for one in inner.outputs)
    warnings: tuple[Problem, ...] = ()
    if call.input.dtype != call.compute_dtype and call.input.dtype not in FLOAT_DTYPES:
        message = (
            f"SpectralNormalization gives its results the input's dtype when it runs, so that they are cut off to "
            f"{call.input.dtype}"
        )
        warnings = (call.fault("ARC409", message, help="use the layer without it"),)
    return Result(outputs, inner.params, inner.frozen_params + columns, inner.built_for, warnings)


KERNEL_COLUMNS = {
    "Dense": "units", "Conv1D": "filters", "Conv2D": "filters", "Conv3D": "filters",
    "DepthwiseConv1D": "depth_multiplier", "DepthwiseConv2D": "depth_multiplier",
    "Embedding": "output_dim", "ReversibleEmbedding": "output_dim",
}  # fmt: skip
"""The argument that is the last axis of a layer's `kernel` or `embeddings`."""
KERNEL_OF_INPUT = ("EinsumDense", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
"""Layers whose input decides on it."""


def _kernel_columns(wrapped: Thing, inner: Result) -> int | None:
    """The last axis of the layer's kernel, or None where it has none."""
    if wrapped.class_name in KERNEL_OF_INPUT:
        return cast(int, inner.built_for[-1])
    given = KERNEL_COLUMNS.get(wrapped.class_name)
    return cast(int, wrapped[given]) if given else None


def pipeline(call: Call) -> Result | Problem:
    """One layer after another."""
    if not call["layers"]:
        return call.fault("ARC113", "Pipeline runs its layers, but none is given", argument="layers")
    inputs, params, frozen = call.inputs, 0, 0
    for layer in cast("list[object]", call["layers"]):
        result = call.inner(layer, inputs)
        if isinstance(result, Problem):
            return result
        inputs, params, frozen = result.outputs, params + result.params, frozen + result.frozen_params
    return Result(inputs, params, frozen)


ROWS = (
    Row(
        "TimeDistributed",
        time_distributed,
        (3, None),
        "a step axis and what the layer takes: (batch, steps, …)",
        mask="own",
        time="inner",
    ),
    Row("SpectralNormalization", spectral_normalization, (1, None), "what its layer takes", time="all"),
    Row("Pipeline", pipeline, (1, None), "what its first layer takes", mask="own", time="all"),
)
