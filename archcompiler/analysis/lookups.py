"""Layers that look codes up, and what gives them their numbers."""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.graph.ir import TypedGraph, TypedNode

SHAPING = frozenset(("Reshape", "Flatten", "Permute", "Identity", "Masking", "Cropping1D", "RepeatVector", "LastStep"))
"""Layers that hand on the numbers that they are given."""


def lookups(graph: TypedGraph) -> Iterator[tuple[TypedNode, TypedNode]]:
    """Each Embedding of a model, and the input or the layer whose numbers it is given."""
    for node in graph.nodes.values():
        reverse = any(one.name == "reverse" and one.value is not False for one in node.node.arguments)
        if node.class_name not in ("Embedding", "ReversibleEmbedding") or reverse:
            continue
        ref = node.node.sources[0]
        while ref is not None and graph.nodes[ref.node].class_name in SHAPING:
            ref = graph.nodes[ref.node].node.sources[0]
        if ref is not None:
            yield node, graph.nodes[ref.node]
