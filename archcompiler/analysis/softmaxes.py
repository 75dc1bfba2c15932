"""Outputs that are a softmax, and are trained by a loss that takes their numbers one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archcompiler.analysis.heads import Head, head_of
from archcompiler.analysis.losses import other_loss
from archcompiler.diagnostics import Change, Loc
from archcompiler.graph.ir import TypedGraph
from archcompiler.graph.training import Training, loss_place
from archcompiler.layers.things import Thing

BINARY = {"BinaryCrossentropy": "CategoricalCrossentropy", "BinaryFocalCrossentropy": "CategoricalFocalCrossentropy"}
"""Losses of independent labels, and the same for one class of several."""


def softmax_with_binary(
    graph: TypedGraph, losses: Iterable[tuple[str, str, Thing | None]], training: Training | None
) -> Iterator[tuple[str, Head, Loc, bool, tuple[Change, ...]]]:
    """Each such output: its name, its head, the place of the loss and whether it is a key, and what would mend it."""
    for name, loss, thing in losses:
        head = head_of(graph, graph.graph.outputs.refs[name])
        if training is None or loss not in BINARY or head is None or head.activation != "softmax":
            continue
        loc, on_key = loss_place(training, name)
        yield name, head, loc, on_key, other_loss(training, name, thing, BINARY[loss])
