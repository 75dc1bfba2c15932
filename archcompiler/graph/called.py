"""A model typed on other tensors than its inputs declare: those of one of its calls, or arrays of the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archcompiler.diagnostics import Problem
from archcompiler.graph.infer import Inference, InferredModel
from archcompiler.graph.ir import ArchGraph, TypedGraph, TypedNode
from archcompiler.graph.makers import Typed
from archcompiler.layers.rows import Unsettled
from archcompiler.tensors import TensorType


def typed_on(
    graph: ArchGraph, given: tuple[TensorType, ...], models: Mapping[str, Typed], problems: list[Problem]
) -> Mapping[str, TypedNode] | None:
    """The nodes on the given tensors, or None where not all can be told; what is wrong is added to `problems`."""
    inner = {name: InferredModel(one.graph, one.nodes, 0, 0, {}) for name, one in models.items()}
    try:
        inferred = Inference(inner, problems).run(graph, given)
    except Unsettled:
        return None
    return inferred.nodes if inferred.complete else None


def as_called(graph: TypedGraph, node: TypedNode) -> TypedGraph:
    """The model that the node of `graph` calls, with the sizes and masks of this call."""
    model = graph.models[node.node.target]
    declared = tuple(model.inputs.values())
    given = tuple(replace(one, dtype=own.dtype) for own, one in zip(declared, node.inputs, strict=True))
    if given == declared:
        return model
    nodes = typed_on(model.graph, given, graph.models, [])
    return replace(model, nodes=nodes) if nodes is not None else model
