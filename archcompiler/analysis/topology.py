"""Which of the four sequence topologies a model has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archcompiler.dims import Size
from archcompiler.graph.ir import ArchGraph, Node, TypedNode
from archcompiler.layers.recurrent import GATES
from archcompiler.tensors import INTEGER_DTYPES, TensorType

OVER_STEPS = frozenset((*GATES, "RNN", "Bidirectional", "TimeDistributed"))


def topology(graph: ArchGraph, nodes: Mapping[str, TypedNode]) -> str:
    """`many_to_one` and its kin: whether what goes in, and what comes out, has steps.

    An input has steps where it is (batch, steps, features), or codes (batch, steps), or longer and read by a layer
    that goes over steps; an output where it has a second axis beside the features, or one axis that is a named one.
    """
    many_in = any(_many(nodes[node.name].outputs[0], _readers(graph, node.name), True) for node in graph.inputs)
    outputs = [nodes[ref.node].outputs[ref.result] for ref in graph.outputs.refs.values()]
    many_out = any(_many(output, (), False) for output in outputs)
    return f"{'many' if many_in else 'one'}_to_{'many' if many_out else 'one'}"


def _readers(graph: ArchGraph, name: str) -> list[Node]:
    return [node for node in graph.nodes.values() if any(ref and ref.node == name for ref in node.sources)]


def _many(tensor: TensorType, readers: Iterable[Node], is_input: bool) -> bool:
    if tensor.rank == 2:
        steps = tensor.axes[1]
        codes = is_input and tensor.dtype in INTEGER_DTYPES and steps != 1
        return isinstance(steps, Size) or codes
    if tensor.rank == 3:
        return True
    return tensor.rank > 3 and (
        not is_input or any(node.thing is not None and node.thing.class_name in OVER_STEPS for node in readers)
    )
