"""Which layer follows which: consumers, and what comes next once layers that change little are passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcompiler.graph.ir import TypedGraph, TypedNode
from archcompiler.layers.things import Thing

RECURRENT = frozenset(("LSTM", "GRU", "SimpleRNN"))
CONVOLUTIONS = frozenset((
    "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "SeparableConv1D",
    "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D",
))  # fmt: skip
KERNELS = frozenset(("Dense", "EinsumDense", *CONVOLUTIONS, *RECURRENT))
"""Layers that multiply what they are given by a matrix that is learnt."""

DROPOUTS = frozenset(("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout",
                      "GaussianDropout"))  # fmt: skip


def all_graphs(graph: TypedGraph) -> tuple[TypedGraph, ...]:
    """The main model, and the nested ones."""
    return (graph, *graph.models.values())


def followers(graph: TypedGraph) -> Mapping[str, list[TypedNode]]:
    """The nodes that take what a node gives, by its name."""
    found: dict[str, list[TypedNode]] = {name: [] for name in graph.nodes}
    for node in graph.nodes.values():
        for name in dict.fromkeys(ref.node for ref in node.node.sources if ref is not None):
            found[name].append(node)
    return found


def is_output(graph: TypedGraph, name: str) -> bool:
    exported = (ref for export in graph.graph.exports.values() for ref in export.outputs.refs.values())
    return any(ref.node == name for ref in (*graph.graph.outputs.refs.values(), *exported))


def pairs(graph: TypedGraph) -> Iterator[tuple[TypedNode, TypedNode]]:
    """Each layer whose output goes to one other layer and nowhere else, and that one."""
    found = followers(graph)
    for name, after in found.items():
        if len(after) == 1 and len(after[0].inputs) == 1 and not is_output(graph, name):
            yield graph.nodes[name], after[0]


def plain(node: TypedNode) -> Thing | None:
    """The Keras layer in the node, inside `TimeDistributed` too; None where it is another thing."""
    thing = node.node.thing
    if thing is not None and thing.class_name == "TimeDistributed":
        inner = thing["layer"]
        thing = inner if isinstance(inner, Thing) else None
    return thing if thing is not None and thing.section == "layers" and thing.custom is None else None
