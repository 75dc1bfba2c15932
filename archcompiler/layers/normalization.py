"""BatchNormalization and LayerNormalization."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from archcompiler.diagnostics import Problem
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.tensors import shape_text


def _normalized_size(call: Call, has_weights: bool = True) -> int | Problem:
    """How many entries have a gain and an offset of their own: the product of the normalised axes' sizes."""
    given = call["axis"]
    size = 1
    for axis in cast(list[int], given) if isinstance(given, list) else [cast(int, given)]:
        if not -call.input.rank <= axis < call.input.rank:
            return call.fault(
                "ARC207", f"the input {call.input} has no axis {axis}", argument="axis", help="the last axis is -1"
            )
        if not has_weights:
            continue
        if axis % call.input.rank == 0 and not isinstance(call.input.axes[0], int):
            return call.fault(
                "ARC207",
                f"axis 0 of {call.input} is the batch axis, which is open and cannot be normalised",
                argument="axis",
                help="the last axis is -1; `batch_size: …` at the top of the spec fixes the batch axis",
            )
        known = call.known_size(call.input.axes[axis], f"axis {axis}")
        if isinstance(known, Problem):
            return known
        size *= known
    if isinstance(given, list) and len({axis % call.input.rank for axis in cast(list[int], given)}) < len(
        cast(list[int], given)
    ):
        return call.fault(
            "ARC207", f"`axis` of {call.thing.class_name} names one axis of {call.input} twice", argument="axis"
        )
    return size


def batch_normalization(call: Call) -> Result | Problem:
    """gamma and beta are learnt; the moving mean and variance are kept (with `renorm` three more)."""
    size = _normalized_size(call)
    if isinstance(size, Problem):
        return size
    if call.input.mask and len(call.input.mask_shape) != call.input.rank - 1:
        return call.fault(
            "ARC202",
            f"BatchNormalization reads a mask of all axes but the last, but with the input {call.input} travels the "
            f"mask {shape_text(call.input.mask_shape)}",
            help="let the layer that makes the mask do without: `mask_zero: false`, or no Masking",
        )
    learnt = size * (call.flag("scale") + call.flag("center"))
    result = call.gives(*call.input.axes, params=learnt, frozen=size * (5 if call.flag("renorm") else 2))
    return replace(result, built_for=(call.input.rank,))


def layer_normalization(call: Call) -> Result | Problem:
    """gamma and beta for each entry of the normalised axes; with `rms_scaling` gamma alone."""
    rms = call.flag("rms_scaling")
    size = _normalized_size(call, has_weights=call.flag("scale") or call.flag("center") or rms)
    if isinstance(size, Problem):
        return size
    learnt = size * ((call.flag("scale") or rms) + (call.flag("center") and not rms))
    result = call.gives(*call.input.axes, params=learnt)
    axes = cast(list[int], call["axis"]) if isinstance(call["axis"], list) else []
    return replace(result, built_for=tuple(call.input.axes[axis] for axis in axes) if learnt else ())


ROWS = (
    Row("BatchNormalization", batch_normalization, (1, None), "(batch, …, features)", mask="keep"),
    Row("LayerNormalization", layer_normalization, (1, None), "(batch, …, features)", mask="keep"),
)
