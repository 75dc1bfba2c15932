"""PositionEmbedding, LastStep and RepeatLike: what sequence models need and Keras lacks. Each is a Layer class in
`templates/own_layers/`, which emitted code writes out."""

from __future__ import annotations

from dataclasses import replace

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.tensors import TensorType, shape_text


def position_embedding(call: Call) -> Result | Problem:
    """(batch, steps, features) → the same, a learnt vector added at each step; no more steps than `sequence_length`."""
    batch, steps, last = call.input.axes
    features = call.known_size(last, "the last axis (features)")
    if isinstance(features, Problem):
        return features
    longest = call.whole("sequence_length")
    if isinstance(steps, int) and steps > longest:
        return call.fault(
            "ARC206",
            f"PositionEmbedding learns a vector for each of {longest} steps, but {call.input} has {steps}",
            argument="sequence_length",
            help=f"write `sequence_length: {steps}`",
            changes=(call.change("sequence_length", steps),),
        )
    return replace(call.gives(batch, steps, features, params=longest * features), built_for=(features,))


def last_step(call: Call) -> Result | Problem:
    """(batch, steps, …) → (batch, …): the last step, or the last unmasked one where there is a mask."""
    batch, _, *rest = call.input.axes
    if call.input.mask and len(call.input.mask_shape) != 2:
        mask = shape_text(call.input.mask_shape)
        message = f"LastStep needs a mask (batch, steps), but with {call.input} travels one of {mask}"
        return call.fault("ARC202", message, help="let the layer that makes the mask do without")
    return call.gives(batch, *rest)


def repeat_like(call: Call) -> Result | Problem:
    """(batch, …) and (batch, steps, …) → (batch, steps, …): the first, repeated for as many steps as the second has,
    with the second one's mask."""
    code, like = call.inputs
    if like.rank < 2:
        message = f"RepeatLike repeats {code} for as many steps as the second tensor has, but {like} has none"
        return call.fault("ARC201", message, help="the second is (batch, steps, …): `from: [code, readings]`")
    if dims.differ(code.axes[0], like.axes[0]):
        return call.fault("ARC202", f"RepeatLike is given another batch in {code} than in {like}")
    axes = (code.axes[0], like.axes[1], *code.axes[1:])
    return Result((TensorType(axes, call.compute_dtype).masked_as(like),))


ROWS = (
    Row(
        "PositionEmbedding", position_embedding, (3, 3), "(batch, steps, features)", mask="keep",
        weights="sequence_length * features",
    ),
    Row("LastStep", last_step, (2, None), "(batch, steps, …)", mask="use", time="none"),
    Row("RepeatLike", repeat_like, (1, None), "(batch, …) and (batch, steps, …)", "two", "own"),
)  # fmt: skip

OWN_LAYERS = tuple(row.name for row in ROWS)
