"""What is asked of a model's steps in more than one place: whether a tensor has a step axis, and what carries state."""

from __future__ import annotations

from archcompiler import dims
from archcompiler.dims import Verdict
from archcompiler.graph.ir import TypedGraph
from archcompiler.graph.makers import recurrent_layer
from archcompiler.layers.things import Thing
from archcompiler.tensors import FLOAT_DTYPES, TensorType


def has_steps(typed: TensorType) -> bool:
    """Whether the second axis is one of steps: all but (batch, features) have them."""
    vector = typed.rank == 2 and isinstance(typed.axes[1], int) and typed.dtype in FLOAT_DTYPES
    return typed.rank >= 2 and not vector


def lacks_steps(output: TensorType, source: TensorType) -> bool:
    """Whether an output made from the steps of `source` has none itself, many to one. Codes have no feature axis, and
    one number a step may have none either: (batch, steps)."""
    if output.rank == 2 and not isinstance(output.axes[1], int):
        return False
    one_number = source.axes[2:] == (1,) or (source.rank == 2 and source.dtype in FLOAT_DTYPES)
    if output.rank == 2 and one_number and source.axes[1] != 1:
        return output.axes[1] != source.axes[1]
    return output.rank < max(source.rank, 3)


def keeps_steps(output: TensorType, source: TensorType) -> bool:
    """Whether an output has a step for each of several of `source`, or may have: sizes that are not known may agree."""
    if source.rank < 2 or source.axes[1] == 1 or lacks_steps(output, source):
        return False
    return output.axes[1] != 1 and dims.compare(source.axes[1], output.axes[1]) is not Verdict.DIFFERENT


def stateful_layer(graph: TypedGraph) -> Thing | None:
    """The first layer that carries its state from batch to batch, in nested models too."""
    for model in (graph.graph, *graph.graph.models.values()):
        for node in model.nodes.values():
            thing = recurrent_layer(node)
            if thing is not None and thing["stateful"]:
                return thing
    return None
