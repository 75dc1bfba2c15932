"""TimeDistributed: a layer on every step."""

from __future__ import annotations

from dataclasses import replace

from archcompiler.diagnostics import Problem
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.tensors import TensorType


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
    axes = (output.axes[0], given.axes[1], *output.axes[1:])
    merged = TensorType(axes, call.compute_dtype).masked_as(given)
    return Result((merged,), inner.params, inner.frozen_params, inner.built_for)


ROWS = (
    Row(
        "TimeDistributed",
        time_distributed,
        (3, None),
        "a step axis and what the layer takes: (batch, steps, …)",
        mask="own",
        time="inner",
    ),
)
