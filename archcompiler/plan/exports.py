"""The exports of a model: the same layers, called once more on inputs of their own."""

from __future__ import annotations

from dataclasses import replace

from archcompiler.graph.exports import nodes_of
from archcompiler.graph.ir import ArchGraph, Export, Node, Ref, TypedGraph, TypedNode


def export_graph(typed: TypedGraph, name: str, export: Export) -> TypedGraph:
    """The graph of an export: what it takes are inputs, and the nodes are those of the model."""
    graph = typed.graph
    renamed = {ref: Ref(called) for called, ref in export.inputs.items()}
    wanted = nodes_of(export, graph.nodes)
    nodes: dict[str, Node] = {}
    done: dict[str, TypedNode] = {}
    for called, ref in export.inputs.items():
        given = replace(typed.type_of(ref), mask=False, mask_axes=None)
        nodes[called] = Node(called, "input", called, (), export.loc, export.loc, input_type=given)
        done[called] = TypedNode(nodes[called], (), (given,), 0, 0)
    for one in graph.order:
        if one in wanted:
            node = graph.nodes[one]
            sources = tuple(renamed.get(ref, ref) if ref is not None else None for ref in node.sources)
            nodes[one] = replace(node, sources=sources)
            done[one] = replace(typed.nodes[one], node=nodes[one])
    outputs = replace(
        export.outputs, refs={called: renamed.get(ref, ref) for called, ref in export.outputs.refs.items()}
    )
    part = ArchGraph(name, nodes, tuple(nodes), outputs, export.loc, graph.models, graph.inner_names)
    return replace(typed, graph=part, nodes=done)
