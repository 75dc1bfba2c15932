"""What is asked of a model's steps in more than one place: whether a tensor has a step axis, and what carries state."""

from __future__ import annotations

from archcompiler.graph.ir import TypedGraph
from archcompiler.graph.makers import recurrent_layer
from archcompiler.layers.things import Thing
from archcompiler.tensors import FLOAT_DTYPES, TensorType


def has_steps(typed: TensorType) -> bool:
    """Whether the second axis is one of steps: all but (batch, features) have them."""
    vector = typed.rank == 2 and isinstance(typed.axes[1], int) and typed.dtype in FLOAT_DTYPES
    return typed.rank >= 2 and not vector


def lacks_steps(output: TensorType, source: TensorType) -> bool:
    """Whether an output made from the steps of `source` has none itself, many to one. Codes have no feature axis."""
    return output.rank < max(source.rank, 3)


def stateful_layer(graph: TypedGraph) -> Thing | None:
    """The first layer that carries its state from batch to batch, in nested models too."""
    for model in (graph.graph, *graph.graph.models.values()):
        for node in model.nodes.values():
            thing = recurrent_layer(node)
            if thing is not None and thing["stateful"]:
                return thing
    return None
