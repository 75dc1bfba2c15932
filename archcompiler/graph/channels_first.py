"""Images whose channels stand first, as PyTorch and Theano have them: Keras takes their channels for rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.ir import Node, TypedNode
from archcompiler.graph.makers import IMAGE
from archcompiler.tensors import shape_text

CHANNELS = (1, 3, 4)
SMALLEST = 8
"""The least size of an image's axis."""


def with_channels_first(problem: Problem, node: Node, done: Mapping[str, TypedNode]) -> Problem:
    """A window that is longer than an axis, where that axis is really that of the channels."""
    name, above = "", node
    while above.sources and above.sources[0] is not None and above.sources[0].node in done:
        name = above.sources[0].node
        above = done[name].node
    if above.kind != "input" or not name or done[name].outputs[0].rank < IMAGE:
        return problem
    typed = done[name].outputs[0]
    sizes = typed.axes[1:]
    first, rest = sizes[0], sizes[1:]
    images = [size for size in rest if not isinstance(size, int) or size >= SMALLEST]
    given = done[node.sources[0].node].outputs[node.sources[0].result] if node.sources[0] is not None else typed
    short = isinstance(given.axes[1], int) and given.axes[1] <= 4
    if first not in CHANNELS or len(rest) < 2 or len(images) < len(rest) or not short or given.rank != typed.rank:
        return problem
    wanted = (*rest, first)
    entries = [size if isinstance(size, int) else None for size in wanted]
    known = all(isinstance(size, int) for size in wanted)
    order = "depth, height, width, channels" if len(wanted) == 4 else "height, width, channels"
    note = PlacedNote(f"`{name}` is {typed}, as if its first axis were the channels", above.loc)
    return replace(
        problem,
        notes=(*problem.notes, note),
        help=f"Keras expects ({order}): {shape_text(wanted)}, and data transposed so; `data_format: channels_first` "
        "in each layer keeps the order, but TensorFlow does not run it on a CPU",
        changes=(Change("replace_value", (*above.loc, "shape"), entries),) if known else (),
        safe=False,
    )
