"""The windows of convolutions and poolings along one axis."""

from __future__ import annotations

from typing import NamedTuple, cast

from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType

CONVOLUTIONS = frozenset((
    "Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D",
))  # fmt: skip
POOLINGS = frozenset(f"{kind}Pooling{rank}D" for kind in ("Max", "Average") for rank in (1, 2, 3))


class Window(NamedTuple):
    """How many entries it spans and moves by, and how many zeros stand before the first."""

    span: int
    stride: int
    before: int


def window_along(thing: Thing, axis: int, given: TensorType) -> Window | None:
    """Along an axis that holds no channels; None where the padding depends on a size that is not known."""
    position = axis - (2 if thing["data_format"] == "channels_first" else 1)
    pools = thing.class_name in POOLINGS
    size = _entry(thing["pool_size" if pools else "kernel_size"], position)
    strides = thing["strides"]
    stride = size if strides is None else _entry(strides, position)
    dilation = 1 if pools else _entry(thing["dilation_rate"], position)
    span = (size - 1) * dilation + 1
    padding = str(thing["padding"]).lower()
    if padding == "causal":
        return Window(span, stride, span - 1)
    if padding == "valid":
        return Window(span, stride, 0)
    length = given.axes[axis]
    if stride == 1:
        return Window(span, 1, (span - 1) // 2)
    if not isinstance(length, int):
        return None
    total = max((-(-length // stride) - 1) * stride + span - length, 0)
    return Window(span, stride, total // 2)


def _entry(value: object, position: int) -> int:
    given = cast("list[int]", value) if isinstance(value, list) else [cast("int", value)]
    return given[position] if len(given) > 1 else given[0]
