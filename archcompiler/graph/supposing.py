"""What tensors would be if some layers had other arguments: whether a mending mends."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.diagnostics import Loc, Problem
from archcompiler.graph.ir import Node, Ref, TypedNode
from archcompiler.layers import row_of
from archcompiler.layers.rows import Call, Result, infer
from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType


class Unknown(Exception):
    """It cannot be said, or it does not fit."""


def ancestors(ref: Ref | None, done: Mapping[str, TypedNode]) -> set[str]:
    """The node of a tensor, and all that it is made of."""
    found: set[str] = set()
    waiting = [ref]
    while waiting:
        one = waiting.pop()
        if one is not None and one.node not in found and one.node in done:
            found.add(one.node)
            waiting.extend(done[one.node].node.sources)
    return found


def supposed(node: Node, done: Mapping[str, TypedNode], things: Mapping[Loc, Thing]) -> tuple[TensorType, ...] | None:
    """What `node` would give if the layers at some places were those in `things`; None where something did not fit."""
    reached = {name for ref in node.sources for name in ancestors(ref, done)}
    types: dict[str, tuple[TensorType, ...]] = {}
    try:
        for name in (name for name in done if name in reached):
            types[name] = _outputs(done[name].node, done, types, things)
        return _outputs(node, done, types, things)
    except Unknown:
        return None


def _outputs(
    node: Node,
    done: Mapping[str, TypedNode],
    types: Mapping[str, tuple[TensorType, ...]],
    things: Mapping[Loc, Thing],
) -> tuple[TensorType, ...]:
    typed = done.get(node.name)
    thing = node.thing
    inputs = tuple(types[ref.node][ref.result] for ref in node.sources if ref is not None and ref.node in types)
    if len(inputs) != len(node.sources):
        raise Unknown
    if typed is not None and inputs == typed.inputs and (thing is None or thing.loc not in things):
        return typed.outputs
    if thing is None or thing.section != "layers" or node.arguments:
        raise Unknown
    return _called(things.get(thing.loc, thing), inputs, node.name, node.listed, things)


def _called(
    thing: Thing, inputs: tuple[TensorType, ...], name: str, listed: bool, things: Mapping[Loc, Thing]
) -> tuple[TensorType, ...]:
    row = row_of(thing)
    if row is None:
        raise Unknown

    def inner(value: object, given: tuple[TensorType, ...]) -> Result | Problem:
        if not isinstance(value, Thing):
            raise Unknown
        within = things.get(value.loc, value)
        own = row_of(within)
        if own is None:
            raise Unknown
        return infer(Call(within, own, given, name, inner, False))

    result = infer(Call(thing, row, inputs, name, inner, listed))
    if isinstance(result, Problem):
        raise Unknown
    return result.outputs
