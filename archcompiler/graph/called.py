"""A nested model as one of its calls sees it: typed on the tensors that it is given there."""

from __future__ import annotations

from dataclasses import replace

from archcompiler.graph.infer import Inference, InferredModel
from archcompiler.graph.ir import TypedGraph, TypedNode
from archcompiler.layers.rows import Unsettled


def as_called(graph: TypedGraph, node: TypedNode) -> TypedGraph:
    """The model that the node of `graph` calls, with the sizes and masks of this call."""
    model = graph.models[node.node.target]
    declared = tuple(model.inputs.values())
    given = tuple(replace(one, dtype=own.dtype) for own, one in zip(declared, node.inputs, strict=True))
    if given == declared:
        return model
    models = {name: InferredModel(one.graph, one.nodes, 0, 0, {}) for name, one in graph.models.items()}
    try:
        inferred = Inference(models, []).run(model.graph, given)
    except Unsettled:
        return model
    return replace(model, nodes=inferred.nodes) if inferred.complete else model
