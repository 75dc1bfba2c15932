"""Normalization over the batch, over the features, and over groups of them."""

from __future__ import annotations

from dataclasses import replace

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.tensors import shape_text


def _normalized_size(call: Call, has_weights: bool = True) -> int | Problem:
    """How many entries have a gain and an offset of their own: the product of the normalised axes' sizes."""
    axes = call.axes()
    if isinstance(axes, Problem):
        return axes
    size = 1
    for axis in axes if has_weights else ():
        if axis == 0 and not isinstance(call.input.axes[0], int):
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
    axes = call.integers("axis") if isinstance(call["axis"], list) else []
    return replace(result, built_for=tuple(call.input.axes[axis] for axis in axes) if learnt else ())


def group_normalization(call: Call) -> Result | Problem:
    """gamma and beta for each channel; the channels are split into `groups`, -1 being one channel a group."""
    size = _normalized_size(call)
    if isinstance(size, Problem):
        return size
    groups = call.whole("groups")
    if groups != -1 and (groups <= 0 or size % groups):
        count = "a positive number of groups, or -1 for one a channel" if groups <= 0 else f"{groups} groups"
        default = "" if "groups" in call.thing.given else f"; {groups} is Keras's default"
        return call.fault(
            "ARC209",
            f"GroupNormalization splits the {size} channels of {call.input} into {count}, which is not even"
            if groups > 0
            else f"GroupNormalization takes {count}, but {groups} is given",
            argument="groups",
            help=f"`groups` divides {size}{default}",
        )
    return call.gives(*call.input.axes, params=size * (call.flag("scale") + call.flag("center")))


def rms_normalization(call: Call) -> Result | Problem:
    """A gain for each entry of the normalised axes, which must be the last ones: Keras lays the gains over them."""
    size = _normalized_size(call)
    if isinstance(size, Problem):
        return size
    axes = sorted(axis % call.input.rank for axis in call.integers("axis"))
    trailing = list(range(call.input.rank - len(axes), call.input.rank))
    laid = [call.input.axes[axis] for axis in axes]
    under = [call.input.axes[axis] for axis in trailing]
    if any(one != 1 and dims.differ(one, other) for one, other in zip(laid, under, strict=True)):
        return call.fault(
            "ARC207",
            f"RMSNormalization is to normalise {call.input} over axis {', '.join(map(str, axes))}, but Keras lays the "
            f"gains over the last {'axis' if len(axes) == 1 else 'axes'}, and fails when it runs",
            argument="axis",
            help="normalise the last axes, or put a `Permute` before and after it",
        )
    return call.gives(*call.input.axes, params=size)


def unit_normalization(call: Call) -> Result | Problem:
    """Scaled to length 1 along `axis`."""
    size = _normalized_size(call, has_weights=False)
    return size if isinstance(size, Problem) else call.gives(*call.input.axes)


ROWS = (
    Row(
        "BatchNormalization",
        batch_normalization,
        (1, None),
        "(batch, …, features)",
        mask="keep",
        weights="4 * features",
    ),
    Row(
        "LayerNormalization",
        layer_normalization,
        (1, None),
        "(batch, …, features)",
        mask="keep",
        weights="2 * features",
    ),
    Row(
        "GroupNormalization",
        group_normalization,
        (1, None),
        "(batch, …, channels)",
        mask="keep",
        time="all",
        weights="2 * channels",
    ),
    Row("RMSNormalization", rms_normalization, (1, None), "(batch, …, features)", weights="features"),
    Row("UnitNormalization", unit_normalization, (1, None), "(batch, …, features)", mask="keep", floats=True),
)
