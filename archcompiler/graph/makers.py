"""Which node gave a tensor its rank or the size of an axis, and the recurrent layer in a node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from archcompiler.diagnostics import Change
from archcompiler.graph.ir import ArchGraph, Node, Ref, TypedNode
from archcompiler.layers.recurrent import GATES
from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType

RECURRENT = frozenset((*GATES, "RNN", "Bidirectional"))
STEPPED = 3
"""The rank of a sequence of vectors, batch axis included."""
IMAGE = 4
"""The least rank of what has an axis of channels beside rows and columns, batch axis included."""


class Typed(Protocol):
    """A model with what is known of its nodes."""

    @property
    def graph(self) -> ArchGraph: ...
    @property
    def nodes(self) -> Mapping[str, TypedNode]: ...


def rank_maker(ref: Ref, done: Mapping[str, TypedNode], models: Mapping[str, Typed]) -> TypedNode:
    """The node that gave the tensor its rank: going up, the first that changes it, inside nested models too."""
    typed = done[ref.node]
    while typed.node.kind != "input":
        if typed.node.kind == "model" and typed.node.target in models:
            inner = models[typed.node.target]
            made = rank_maker(list(inner.graph.outputs.refs.values())[ref.result], inner.nodes, models)
            if made.node.kind != "input":
                return made
        above = typed.node.sources[0] if len(typed.node.sources) == 1 else None
        if above is None or typed.inputs[0].rank != typed.outputs[0].rank or last_step_layer(typed.node) is not None:
            break
        if typed.node.thing and typed.node.thing.class_name in RECURRENT:
            break
        ref, typed = above, done[above.node]
    return typed


def size_maker(
    nodes: Mapping[str, TypedNode], models: Mapping[str, Typed], ref: Ref, at: int
) -> tuple[TypedNode, TensorType]:
    """The node that gave a tensor the size of its axis `at`: going up, the first whose input has another there."""
    node = nodes[ref.node]
    size = node.outputs[ref.result].axes[at]
    if node.node.kind == "model" and node.node.target in models:
        inner = models[node.node.target]
        inside = list(inner.graph.outputs.refs.values())[ref.result]
        if inside.node in inner.nodes and inner.nodes[inside.node].outputs[inside.result].axes[at] == size:
            return size_maker(inner.nodes, models, inside, at)
    while node.node.kind == "layer" and node.inputs and ref.result == 0:
        above, given = node.node.sources[0], node.inputs[0]
        made = node.outputs[0]
        thing = node.node.thing
        if above is None or given.rank != made.rank or given.axes[at] != size:
            break
        if at == made.rank - 1 and thing is not None and ("units" in thing.given or "filters" in thing.given):
            break
        ref, node = above, nodes[above.node]
    return node, node.outputs[ref.result]


def last_step_layer(node: Node) -> Thing | None:
    """The recurrent layer in the node (itself, or the one that Bidirectional wraps) that returns its last step only."""
    thing = recurrent_layer(node)
    return thing if thing is not None and not thing["return_sequences"] else None


def recurrent_layer(node: Node) -> Thing | None:
    thing = node.thing
    if thing is None or thing.class_name not in RECURRENT:
        return None
    if thing.class_name == "Bidirectional":
        inner = thing["layer"]
        return inner if isinstance(inner, Thing) else None
    return thing


def image_recurrence(node: Node) -> Thing | None:
    """The recurrent layer over images that the node is."""
    return node.thing if node.thing is not None and node.thing.class_name.startswith("ConvLSTM") else None


def layer_before(node: Node, layer: object) -> tuple[Change, ...]:
    """What puts a layer before that of the node, where this takes the item that stands before it."""
    takes_previous = node.source_locs == (node.thing_loc,)
    return (Change("insert_item", node.loc, layer),) if takes_previous and isinstance(node.loc[-1], int) else ()
