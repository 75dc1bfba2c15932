"""Pooling: the largest or the mean entry of each window, of a number of windows, or of everything."""

from __future__ import annotations

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.convolution import SPATIAL, join_axes, split_axes, windows
from archcompiler.layers.rows import Call, Result, Row, Rule
from archcompiler.tensors import shape_text


def pooling(rank: int) -> Rule:
    def rule(call: Call) -> Result | Problem:
        """(batch, steps, channels) → (batch, windows, channels): the largest or the mean entry of each window."""
        spatial, channels, last = split_axes(call)
        pool = call.wholes("pool_size", rank)
        strides = pool if call["strides"] is None else call.wholes("strides", rank)
        counts = windows(call, spatial, pool, strides, "pool_size")
        if isinstance(counts, Problem):
            return counts
        return call.gives(*join_axes(call.input.axes[0], counts, channels, last))

    return rule


def adaptive_pooling(rank: int) -> Rule:
    def rule(call: Call) -> Result | Problem:
        """(batch, steps, channels) → (batch, output_size, channels): windows as wide as it takes."""
        spatial, channels, last = split_axes(call)
        sizes = call.wholes("output_size", rank)
        known = all(isinstance(dim, int) for dim in call.input.axes[1:])
        if call.thing.class_name.startswith("AdaptiveMax") and known and (sizes[-1] == 1 or spatial[-1] == 1):
            return call.fault(
                "ARC206",
                f"{call.thing.class_name} to a single window along the last axis kills the process on TensorFlow",
                argument="output_size",
                help=f"`GlobalMaxPooling{rank}D: {{keepdims: true}}` gives the largest entry of all",
            )
        return call.gives(*join_axes(call.input.axes[0], sizes, channels, last))

    return rule


def global_pooling(call: Call) -> Result | Problem:
    """One number for each channel: (batch, channels), or with axes of size 1 where `keepdims`."""
    spatial, channels, last = split_axes(call)
    averaged = call.thing.class_name == "GlobalAveragePooling1D" and call.input.mask and not last
    if averaged and 1 not in call.input.axes and dims.differ(call.input.axes[1], call.input.axes[2]):
        return call.fault(
            "ARC202",
            f"GlobalAveragePooling1D lays the mask {shape_text(call.input.mask_shape)} over the last axis of "
            f"{call.input}, because of `data_format: channels_first`",
            argument="data_format",
            help="use channels last, or let the layer that makes the mask do without",
        )
    kept: tuple[Dim, ...] = (1,) * len(spatial) if call.flag("keepdims") else ()
    return call.gives(*join_axes(call.input.axes[0], kept, channels, last))


def _rows(rank: int) -> tuple[Row, ...]:
    ranks, needs = (rank + 2, rank + 2), SPATIAL[rank]
    average = "use" if rank == 1 else "drop"
    return (
        Row(f"MaxPooling{rank}D", pooling(rank), ranks, needs, time="none"),
        Row(f"AveragePooling{rank}D", pooling(rank), ranks, needs, time="none", floats=True),
        Row(f"AdaptiveMaxPooling{rank}D", adaptive_pooling(rank), ranks, needs, time="none"),
        Row(f"AdaptiveAveragePooling{rank}D", adaptive_pooling(rank), ranks, needs, time="none", floats=True),
        Row(f"GlobalMaxPooling{rank}D", global_pooling, ranks, needs, time="none"),
        Row(f"GlobalAveragePooling{rank}D", global_pooling, ranks, needs, mask=average, time="none"),
    )


ROWS = tuple(row for rank in (1, 2, 3) for row in _rows(rank))
