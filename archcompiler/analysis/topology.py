"""Which of the four sequence topologies a model has.

A tensor *has steps* where its second axis, the first one after the batch, is a sequence:

- of rank 3, (batch, steps, features), always; of rank 2, (batch, steps), where it is codes or the axis is named;
- an input of a higher rank, such as (batch, steps, height, width, channels), where that axis alone is open, or where a
  layer goes over it (`TimeDistributed`, `LastStep`, a recurrent layer), right away or behind layers that keep the axis;
  (batch, 28, 28, 1) and (batch, height, width, 3) are images, which have none;
- an output of a higher rank, where a layer gives it a step at a time, or where it keeps the steps of an input.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler import dims
from archcompiler.dims import Size
from archcompiler.graph.ir import ArchGraph, TypedNode
from archcompiler.graph.makers import recurrent_layer
from archcompiler.tensors import INTEGER_DTYPES, TensorType

GO_OVER_STEPS = frozenset(("TimeDistributed", "LastStep", "RepeatLike", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"))
"""Layers that go over steps, beside the recurrent ones."""


def topology(graph: ArchGraph, nodes: Mapping[str, TypedNode]) -> str:
    """`many_to_one` and its kin: whether what goes in, and what comes out, has steps."""
    given = {node.name: _input_has_steps(graph, nodes, node.name) for node in graph.inputs}
    stepped = _stepped(graph, nodes, given)
    outputs = [(ref.node, nodes[ref.node].outputs[ref.result]) for ref in graph.outputs.refs.values()]
    many_out = any(_has_steps(tensor, False, stepped[name]) for name, tensor in outputs)
    return f"{'many' if any(given.values()) else 'one'}_to_{'many' if many_out else 'one'}"


def _has_steps(tensor: TensorType, is_input: bool, otherwise: bool) -> bool:
    """What the shape says, and `otherwise` where it leaves that open."""
    if tensor.rank == 2:
        steps = tensor.axes[1]
        return isinstance(steps, Size) or (is_input and tensor.dtype in INTEGER_DTYPES and steps != 1)
    return tensor.rank == 3 or (tensor.rank > 3 and otherwise)


def _input_has_steps(graph: ArchGraph, nodes: Mapping[str, TypedNode], name: str) -> bool:
    tensor = nodes[name].outputs[0]
    if tensor.rank <= 3:
        return _has_steps(tensor, True, False)
    first, *others = tensor.axes[1:]
    if not isinstance(first, int) and all(isinstance(one, int) for one in others):
        return True
    reached = _stepped(graph, nodes, {name: True})
    return any(
        _goes_over_steps(node) and any(ref is not None and reached.get(ref.node) for ref in node.node.sources)
        for node in nodes.values()
    )


def _goes_over_steps(typed: TypedNode) -> bool:
    return typed.class_name in GO_OVER_STEPS or recurrent_layer(typed.node) is not None


def _stepped(graph: ArchGraph, nodes: Mapping[str, TypedNode], given: Mapping[str, bool]) -> dict[str, bool]:
    """Of each node, whether what it gives has along its second axis the steps of an input in `given`, or its own."""
    stepped: dict[str, bool] = {}
    for name in graph.order:
        typed = nodes[name]
        if typed.node.kind == "input":
            stepped[name] = given.get(name, False)
            continue
        sources = [stepped[ref.node] for ref in typed.node.sources if ref is not None]
        kept = any(has and _keeps(typed, one) for has, one in zip(sources, typed.inputs, strict=False))
        stepped[name] = kept if all(_is_plain(typed, one) for one in typed.inputs) else _gives_steps(typed)
    return stepped


def _is_plain(typed: TypedNode, tensor: TensorType) -> bool:
    """Whether a layer does with the steps of a tensor what it does with any other axis."""
    return not _goes_over_steps(typed) or tensor.rank < 3


def _gives_steps(typed: TypedNode) -> bool:
    thing = typed.node.thing
    if thing is None or typed.class_name == "LastStep":
        return False
    layer = recurrent_layer(typed.node) or thing
    return "return_sequences" not in layer.entry.arguments or layer["return_sequences"] is True


def _keeps(typed: TypedNode, source: TensorType) -> bool:
    """Whether the second axis of what a layer gives is that of `source`: it is as long, or no axis was taken away and
    none put in anew."""
    given = typed.outputs[0]
    if given.rank < 2:
        return False
    if given.rank == source.rank and typed.class_name not in ("Reshape", "Permute"):
        return True
    return not dims.differ(given.axes[1], source.axes[1]) and given.axes[1] == source.axes[1]
