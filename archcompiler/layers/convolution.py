"""Convolutions: windows that move along the spatial axes, over all channels or each by itself, or transposed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.core import lora, lora_fault
from archcompiler.layers.rows import Call, Result, Row, Rule, Time

SPATIAL = {
    1: "(batch, steps, features)",
    2: "(batch, height, width, channels)",
    3: "(batch, depth, height, width, channels)",
}
"""What a layer over one, two or three spatial axes takes."""


def split_axes(call: Call) -> tuple[tuple[Dim, ...], Dim, bool]:
    """The spatial axes, the channels, and whether channels come last."""
    last = call["data_format"] != "channels_first"
    axes = call.input.axes
    return (axes[1:-1], axes[-1], True) if last else (axes[2:], axes[1], False)


def join_axes(batch: Dim, spatial: Sequence[Dim], channels: Dim, last: bool) -> tuple[Dim, ...]:
    return (batch, *spatial, channels) if last else (batch, channels, *spatial)


def windows(
    call: Call, spatial: Sequence[Dim], size: Sequence[int], strides: Sequence[int], argument: str
) -> list[Dim] | Problem:
    """How many windows fit along each axis: (size - window) // stride + 1, or ceil(size / stride) where it is padded.

    Source: V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, section 2.
    """
    counts: list[Dim] = []
    for dim, window, stride in zip(spatial, size, strides, strict=True):
        if str(call["padding"]).lower() != "valid":
            counts.append(dims.ceil_divide(dim, stride))
            continue
        count = dims.add(dims.floor_divide(dims.subtract(dim, window), stride), 1)
        if isinstance(count, int) and count <= 0:
            unit = "steps" if len(spatial) == 1 else "entries"
            return call.fault(
                "ARC206",
                f"{call.thing.class_name} looks at {window} {unit} at a time, but {call.input} has only "
                f"{dims.text(dim)}{'' if len(spatial) == 1 else ' along one axis'}",
                argument=argument,
                help="use a smaller window, or `padding: same`",
                changes=(call.change("padding", "same"),),
                safe=False,
            )
        counts.append(count)
    return counts


def stretched(kernel: Sequence[int], dilation: Sequence[int]) -> tuple[int, ...]:
    """What a kernel with gaps spans along each axis."""
    return tuple((size - 1) * rate + 1 for size, rate in zip(kernel, dilation, strict=True))


def strides_fault(call: Call, rank: int) -> Problem | None:
    if max(call.wholes("strides", rank)) == 1 or max(call.wholes("dilation_rate", rank)) == 1:
        return None
    return call.fault(
        "ARC209",
        "`strides` and `dilation_rate` cannot both be larger than 1",
        argument="dilation_rate",
        help="stretch the window with `dilation_rate`, or move it further with `strides`, not both",
    )


def channels_of(call: Call, channels: Dim, last: bool) -> int | Problem:
    return call.known_size(channels, "the last axis" if last else "the channels")


def convolution(rank: int) -> Rule:
    def rule(call: Call) -> Result | Problem:
        """(batch, steps, channels) → (batch, windows, filters); kernel (window, channels / groups, filters), bias."""
        spatial, channels, last = split_axes(call)
        filters, groups = call.whole("filters"), call.whole("groups")
        kernel = call.wholes("kernel_size", rank)
        if filters % groups:
            return call.fault("ARC209", f"{filters} filters cannot be split into {groups} groups", argument="groups")
        fault = strides_fault(call, rank)
        if fault is not None:
            return fault
        size = channels_of(call, channels, last)
        if isinstance(size, Problem):
            return size
        fault = lora_fault(call, "kernel_constraint")
        if fault is not None:
            return fault
        if size % groups:
            return call.fault("ARC209", f"{size} channels cannot be split into {groups} groups", argument="groups")
        span = stretched(kernel, call.wholes("dilation_rate", rank))
        counts = windows(call, spatial, span, call.wholes("strides", rank), "kernel_size")
        if isinstance(counts, Problem):
            return counts
        inputs = prod(kernel) * (size // groups)
        bias = filters if call.flag("use_bias") else 0
        axes = join_axes(call.input.axes[0], counts, filters, last)
        if call["lora_rank"]:
            return call.gives(*axes, params=lora(call, inputs, filters) + bias, frozen=inputs * filters)
        return call.gives(*axes, params=inputs * filters + bias)

    return rule


def by_channel(rank: int, *, pointwise: bool) -> Rule:
    """Each channel by itself, `depth_multiplier` times; `pointwise`: then all of them mixed into `filters`."""

    def rule(call: Call) -> Result | Problem:
        """(batch, steps, channels) → (batch, windows, channels * depth_multiplier), or filters of them."""
        spatial, channels, last = split_axes(call)
        kernel = call.wholes("kernel_size", rank)
        size = channels_of(call, channels, last)
        if isinstance(size, Problem):
            return size
        span = stretched(kernel, call.wholes("dilation_rate", rank))
        counts = windows(call, spatial, span, call.wholes("strides", rank), "kernel_size")
        if isinstance(counts, Problem):
            return counts
        depth = size * call.whole("depth_multiplier")
        given = call.whole("filters") if pointwise else depth
        params = prod(kernel) * depth + (depth * given if pointwise else 0) + (given if call.flag("use_bias") else 0)
        return call.gives(*join_axes(call.input.axes[0], counts, given, last), params=params)

    return rule


def transposed(rank: int) -> Rule:
    def rule(call: Call) -> Result | Problem:
        """(batch, windows, channels) → (batch, steps, filters): as long as what a convolution would have made it from.

        Source: V. Dumoulin, F. Visin, arXiv:1603.07285, section 4; `output_padding` as in Keras.
        """
        spatial, channels, last = split_axes(call)
        kernel, strides = call.wholes("kernel_size", rank), call.wholes("strides", rank)
        given = call["output_padding"]
        padding = None if given is None else call.wholes("output_padding", rank)
        for one, stride in zip(padding or (), strides, strict=False):
            if one >= stride:
                return call.fault(
                    "ARC209",
                    f"`output_padding` is less than `strides` along every axis, but {one} is given for a stride of "
                    f"{stride}",
                    argument="output_padding",
                    help="leave it out, or use a larger stride",
                )
        fault = strides_fault(call, rank)
        if fault is not None:
            return fault
        size = channels_of(call, channels, last)
        if isinstance(size, Problem):
            return size
        filters = call.whole("filters")
        valid = str(call["padding"]).lower() == "valid"
        span = stretched(kernel, call.wholes("dilation_rate", rank))
        lengths: list[Dim] = []
        for position, (dim, window, stride) in enumerate(zip(spatial, span, strides, strict=True)):
            between = dims.multiply(dims.subtract(dim, 1), stride)
            extra = None if padding is None else padding[position]
            if valid:
                extra = max(stride - window, 0) if extra is None else extra
                lengths.append(dims.add(between, window + extra))
            else:
                left = None if extra is None else window % 2 + extra
                if left is not None and not 0 < left <= stride:
                    return call.fault(
                        "ARC209",
                        f"`output_padding: {extra}` with `padding: same`, a window of {window} and a stride of "
                        f"{stride} gives a length that no convolution makes back into the input's, and TensorFlow "
                        "fails when it runs",
                        argument="output_padding",
                        help="leave it out",
                        changes=(call.change("output_padding", None),),
                        safe=False,
                    )
                lengths.append(dims.multiply(dim, stride) if left is None else dims.add(between, left))
        params = prod(kernel) * filters * size + (filters if call.flag("use_bias") else 0)
        result = call.gives(*join_axes(call.input.axes[0], lengths, filters, last), params=params)
        return replace(result, built_for=(size,))

    return rule


def _rows(name: str, make: Callable[[int], Rule], ranks: Sequence[int], time: Time, weights: str) -> tuple[Row, ...]:
    return tuple(
        Row(name.format(n), make(n), (n + 2, n + 2), SPATIAL[n], time=time, floats=True, weights=weights) for n in ranks
    )


DEPTHWISE = "window * channels * depth_multiplier"
POINTWISE = "channels * depth_multiplier * filters"

ROWS = (
    *_rows("Conv{}D", convolution, (1, 2, 3), "all", "window * channels // groups * filters + filters"),
    *_rows(
        "DepthwiseConv{}D",
        lambda rank: by_channel(rank, pointwise=False),
        (1, 2),
        "all",
        f"{DEPTHWISE} + channels * depth_multiplier",
    ),
    *_rows(
        "SeparableConv{}D",
        lambda rank: by_channel(rank, pointwise=True),
        (1, 2),
        "all",
        f"{DEPTHWISE} + {POINTWISE} + filters",
    ),
    *_rows("Conv{}DTranspose", transposed, (1, 2, 3), "none", "window * channels * filters + filters"),
)
