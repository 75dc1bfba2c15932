"""Targets with steps, and outputs without them, or the reverse: whether `return_sequences` would mend it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.flow import to_flow
from archcompiler.graph.causes import only_last_step, return_sequences
from archcompiler.graph.ir import Node, Ref, TypedNode
from archcompiler.graph.makers import image_recurrence
from archcompiler.layers import row_of
from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType, shape_text
from archcompiler.wording import listed

__all__ = ["image_recurrence", "is_broadcast", "steps_missing", "steps_too_many", "unlike"]


def is_broadcast(one: dims.Dim, other: dims.Dim) -> bool:
    """Whether one of two sizes is 1 and the other a named axis: that they are equal is not meant."""
    return (one == 1 and isinstance(other, dims.Size)) or (other == 1 and isinstance(one, dims.Size))


def unlike(axes: tuple[dims.Dim, ...], wanted: tuple[dims.Dim, ...]) -> str | None:
    """How sizes differ from those that are wanted, or None."""
    if len(axes) != len(wanted):
        return "rank"
    for one, other in zip(axes, wanted, strict=True):
        if dims.differ(one, other) or is_broadcast(one, other):
            return f"{dims.text(one)} is not {dims.text(other)}"
    return None


def steps_missing(
    problem: Problem,
    nodes: Mapping[str, TypedNode],
    maker: Node,
    thing: Thing,
    ref: Ref,
    typed: TensorType,
    output: TensorType,
) -> Problem:
    """A target with steps, and an output made of a last step only."""
    note, help = only_last_step(thing)
    change = return_sequences(thing, True)
    made = nodes.get(maker.name)
    flat = [one.class_name for one in _followers(nodes, maker.name) if _of_one_image(one)]
    if flat:  # they take one image, and would be given one of each step
        help = f"{help}, and put `TimeDistributed` around {listed(dict.fromkeys(flat))}"
        return replace(problem, notes=(note,), help=help)
    if made is None or made.node is not maker:
        return replace(problem, notes=(note,), help=help, changes=(change,), safe=False)
    steps = made.inputs[0].axes[1]
    if _fits(typed, (output.axes[0], steps, *output.axes[1:])):
        return replace(problem, notes=(note,), help=help, changes=(change,), safe=_is_sure(nodes, maker, ref))
    wanted = typed.axes[1:]
    if not dims.differ(typed.axes[1], steps) or not all(isinstance(one, int) for one in wanted):
        return replace(problem, notes=(note,), help=help, changes=(change,), safe=False)
    last = nodes[ref.node]
    note = PlacedNote(f"`{last.name}` gives {last.outputs[ref.result]}", last.node.thing_loc)
    count = math.prod(cast("tuple[int, ...]", wanted))
    shape = to_flow(list(wanted))
    if output.axes[1:] == (count,):
        help = f"`- Reshape: {shape}` after `{last.name}` gives its {count} numbers the target's shape"
        if tuple(one for one in typed.axes if one != 1) == output.axes:
            help = f"take the axis of 1 out of the target: {output}; or {help}"
    else:
        own = shape_text(output.axes)
        help = f"give the target {own}, or let `{last.name}` give {count} numbers and put `- Reshape: {shape}` after it"
    return replace(problem, notes=(note,), help=help)


def steps_too_many(problem: Problem, nodes: Mapping[str, TypedNode], maker: Node, thing: Thing) -> Problem:
    """A target without steps, and an output that has them of a recurrent layer."""
    note = PlacedNote(
        f"this {thing.class_name} returns every step, because of `return_sequences: true`",
        thing.place("return_sequences"),
    )
    help = f"let the {thing.class_name}{{on_line}} return its last step only: `return_sequences: false`"
    needing = next((one for one in _followers(nodes, maker.name) if _needs_steps(one, thing)), None)
    if needing is None:
        return replace(problem, notes=(note,), help=help, changes=(return_sequences(thing, False),), safe=False)
    inner = needing.node.thing["layer"] if needing.node.thing else None
    if needing.class_name == "TimeDistributed" and isinstance(inner, Thing):
        help = f"{help}, and write {inner.class_name} without TimeDistributed"
    else:
        last = "put `- LastStep` before the output, " if "filters" not in thing.given else ""
        help = f"{last}{'or ' if last else ''}give the target the steps: the {needing.class_name} needs every step"
    return replace(problem, notes=(note,), help=help)


def _of_one_image(node: TypedNode) -> bool:
    """Whether a layer takes an image, and none of several steps."""
    thing = node.node.thing
    row = row_of(thing) if thing is not None and thing.section == "layers" else None
    return row is not None and row.ranks == (4, 4)


def _fits(typed: TensorType, would: tuple[dims.Dim, ...]) -> bool:
    """Whether a target is as an output would be, by numbers or by codes."""
    shapes = (would, would[:-1]) if typed.axes[-1:] != (1,) else (would, would[:-1], (*would[:-1], 1))
    return any(unlike(typed.axes, one) is None for one in shapes)


def _is_sure(nodes: Mapping[str, TypedNode], maker: Node, ref: Ref) -> bool:
    """Whether all between the recurrent layer and the output works at each step, and no other layer is given it."""
    name = ref.node
    while True:
        followers = [one for one in nodes.values() if any(src and src.node == name for src in one.node.sources)]
        node = nodes[name].node
        if len(followers) != (name != ref.node):
            return False
        if node is maker:
            return True
        row = row_of(node.thing) if node.thing is not None and node.thing.section == "layers" else None
        above = node.sources[0] if len(node.sources) == 1 else None
        if row is None or row.time != "same" or above is None:
            return False
        name = above.node


def _followers(nodes: Mapping[str, TypedNode], name: str) -> list[TypedNode]:
    """What is made of a layer's result, directly or not."""
    reached = {name}
    found: list[TypedNode] = []
    for one in nodes.values():  # in the order of the graph
        if any(src is not None and src.node in reached for src in one.node.sources):
            reached.add(one.name)
            found.append(one)
    return found


def _needs_steps(node: TypedNode, thing: Thing) -> bool:
    """Whether a layer cannot do without the axis of steps."""
    inner = node.node.thing
    row = row_of(inner) if inner is not None and inner.section == "layers" else None
    if node.class_name == "TimeDistributed":
        return True
    return row is not None and len(node.inputs) > 0 and row.ranks[0] >= (4 if "filters" in thing.given else 3)
