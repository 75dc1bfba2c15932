"""ConvLSTM1D, ConvLSTM2D and ConvLSTM3D: an LSTM whose products are convolutions over spatial axes."""

from __future__ import annotations

from math import prod

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.layers.convolution import SPATIAL, join_axes, stretched, strides_fault, windows
from archcompiler.layers.recurrent import initial_state_fault, no_bias_initializer, stateful_batch
from archcompiler.layers.rows import Call, Result, Row, Rule
from archcompiler.tensors import TensorType, shape_text


def conv_lstm(rank: int) -> Rule:
    def rule(call: Call) -> Result | Problem:
        """(batch, steps, rows, …, channels) → (batch, rows, …, filters), with steps where `return_sequences`.

        Four gates, each with a kernel over the input, one over the state, and a bias; source: X. Shi et al.,
        "Convolutional LSTM network", arXiv:1506.04214, section 3.1.
        """
        fault = strides_fault(call, rank) or stateful_batch(call, call.input.axes[0])
        fault = fault or no_bias_initializer(call, call.thing)
        if fault is not None:
            return fault
        last = call["data_format"] != "channels_first"
        batch, steps, *rest = call.input.axes
        sizes: list[int] = []
        for position, dim in enumerate(rest, start=2):
            size = call.known_size(dim, f"axis {position}")
            if isinstance(size, Problem):
                return size
            sizes.append(size)
        spatial, channels = (sizes[:-1], sizes[-1]) if last else (sizes[1:], sizes[0])
        filters, kernel = call.whole("filters"), call.wholes("kernel_size", rank)
        span = stretched(kernel, call.wholes("dilation_rate", rank))
        counts = windows(call, spatial, span, call.wholes("strides", rank), "kernel_size")
        if isinstance(counts, Problem):
            return counts
        bias = filters if call.flag("use_bias") else 0
        params = 4 * (prod(kernel) * (channels + filters) * filters + bias)
        state = TensorType(join_axes(batch, counts, filters, last), call.compute_dtype)
        fault = initial_state_fault(call, [state, state]) or _mask_fault(call, state)
        if fault is not None:
            return fault
        output = state
        if call.flag("return_sequences"):
            output = TensorType((batch, steps, *state.axes[1:]), state.dtype).masked_as(call.input)
        return Result((output, *((state, state) if call.flag("return_state") else ())), params)

    return rule


def _mask_fault(call: Call, state: TensorType) -> Problem | None:
    """A mask of more axes than (batch, steps) is laid over the first axes of what a step gives."""
    mask = call.input.mask_shape[2:] if call.input.mask else ()
    if not any(one != 1 and dims.differ(one, other) for one, other in zip(mask, state.axes[1:], strict=False)):
        return None
    return call.fault(
        "ARC202",
        f"with the input {call.input} travels the mask {shape_text(call.input.mask_shape)}, which does not fit a step "
        f"of the output, {state}",
        help="let the layer that makes the mask do without: no Masking",
    )


def _needs(rank: int) -> str:
    return SPATIAL[rank].replace("(batch, ", "(batch, time, ").replace("steps, features", "rows, channels")


WEIGHTS = "4 * (window * (channels + filters) * filters + filters)"

ROWS = tuple(
    Row(
        f"ConvLSTM{rank}D", conv_lstm(rank), (rank + 3, rank + 3), _needs(rank), mask="own", time="past", floats=True,
        weights=WEIGHTS
    )
    for rank in (1, 2, 3)
)  # fmt: skip
