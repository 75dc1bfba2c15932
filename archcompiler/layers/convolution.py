"""Convolution and pooling: windows that move along the spatial axes."""

from __future__ import annotations

from collections.abc import Sequence

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.core import lora
from archcompiler.layers.rows import Call, Result, Row

STEPS = "(batch, steps, features)"


def split_axes(call: Call) -> tuple[tuple[Dim, ...], Dim, bool]:
    """The spatial axes, the channels, and whether channels come last."""
    last = call["data_format"] != "channels_first"
    axes = call.input.axes
    return (axes[1:-1], axes[-1], True) if last else (axes[2:], axes[1], False)


def join_axes(batch: Dim, spatial: Sequence[Dim], channels: Dim, last: bool) -> tuple[Dim, ...]:
    return (batch, *spatial, channels) if last else (batch, channels, *spatial)


def windows(call: Call, size: Dim, window: int, stride: int, argument: str) -> Dim | Problem:
    """How many windows fit: (size - window) // stride + 1, or ceil(size / stride) where the input is padded.

    Source: V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, section 2.
    """
    if str(call["padding"]).lower() != "valid":
        return dims.ceil_divide(size, stride)
    count = dims.add(dims.floor_divide(dims.subtract(size, window), stride), 1)
    if isinstance(count, int) and count <= 0:
        return call.fault(
            "ARC206",
            f"{call.thing.class_name} looks at {window} steps at a time, but {call.input} has only {dims.text(size)}",
            argument=argument,
            help="use a smaller window, or `padding: same`",
            changes=(call.change("padding", "same"),),
            safe=False,
        )
    return count


def convolution(rank: int):
    def rule(call: Call) -> Result | Problem:
        """(batch, steps, channels) → (batch, windows, filters); kernel (window, channels / groups, filters), bias."""
        spatial, channels, last = split_axes(call)
        filters, groups = call.whole("filters"), call.whole("groups")
        kernel, strides = call.wholes("kernel_size", rank), call.wholes("strides", rank)
        dilation = call.wholes("dilation_rate", rank)
        if filters % groups:
            return call.fault("ARC209", f"{filters} filters cannot be split into {groups} groups", argument="groups")
        if max(strides) > 1 and max(dilation) > 1:
            return call.fault(
                "ARC209",
                "`strides` and `dilation_rate` cannot both be larger than 1",
                argument="dilation_rate",
                help="stretch the window with `dilation_rate`, or move it further with `strides`, not both",
            )
        if call["padding"] == "causal" and not last:
            return call.fault("ARC209", "`padding: causal` needs channels last", argument="padding")
        size = call.known_size(channels, "the last axis" if last else "the channels")
        if isinstance(size, Problem):
            return size
        if size % groups:
            return call.fault("ARC209", f"{size} channels cannot be split into {groups} groups", argument="groups")
        counts: list[Dim] = []
        for position, dim in enumerate(spatial):
            window = dilation[position] * (kernel[position] - 1) + 1
            count = windows(call, dim, window, strides[position], "kernel_size")
            if isinstance(count, Problem):
                return count
            counts.append(count)
        area = 1
        for one in kernel:
            area *= one
        weights = area * (size // groups) * filters
        bias = filters if call.flag("use_bias") else 0
        axes = join_axes(call.input.axes[0], counts, filters, last)
        if call["lora_rank"]:
            factors = lora(call, area * (size // groups), filters)
            return call.gives(*axes, params=factors + bias, frozen=weights)
        return call.gives(*axes, params=weights + bias)

    return rule


def pooling(rank: int):
    def rule(call: Call) -> Result | Problem:
        """(batch, steps, channels) → (batch, windows, channels): the largest or the mean entry of each window."""
        spatial, channels, last = split_axes(call)
        pool = call.wholes("pool_size", rank)
        strides = pool if call["strides"] is None else call.wholes("strides", rank)
        counts: list[Dim] = []
        for position, dim in enumerate(spatial):
            count = windows(call, dim, pool[position], strides[position], "pool_size")
            if isinstance(count, Problem):
                return count
            counts.append(count)
        return call.gives(*join_axes(call.input.axes[0], counts, channels, last))

    return rule


def global_pooling(call: Call) -> Result | Problem:
    """One number for each channel: (batch, channels), or with axes of size 1 where `keepdims`."""
    spatial, channels, last = split_axes(call)
    kept: tuple[Dim, ...] = (1,) * len(spatial) if call.flag("keepdims") else ()
    return call.gives(*join_axes(call.input.axes[0], kept, channels, last))


ROWS = (
    Row("Conv1D", convolution(1), (3, 3), STEPS, time="all", floats=True),
    Row("MaxPooling1D", pooling(1), (3, 3), STEPS, time="none"),
    Row("AveragePooling1D", pooling(1), (3, 3), STEPS, time="none", floats=True),
    Row("GlobalMaxPooling1D", global_pooling, (3, 3), STEPS, time="none"),
    Row("GlobalAveragePooling1D", global_pooling, (3, 3), STEPS, mask="use", time="none"),
)
