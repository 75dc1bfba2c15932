"""A recurrent layer that is given states beside its sequence, by position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.flow import to_flow
from archcompiler.graph.ir import Node, Ref, TypedNode
from archcompiler.graph.makers import RECURRENT
from archcompiler.layers.things import Thing


def with_states(problem: Problem, node: Node, done: Mapping[str, TypedNode]) -> Problem:
    """What such a call is written as: its first states have a name in Keras's call, and so here."""
    thing = node.thing
    if not isinstance(thing, Thing) or thing.class_name not in RECURRENT or node.arguments or len(node.sources) < 2:
        return problem
    refs = [ref for ref in node.sources if ref is not None]
    types = [done[ref.node].outputs[ref.result] for ref in refs]
    if any(one.rank != 2 for one in types[1:]):
        return problem
    names = [_written(ref, done) for ref in refs]
    if types[0].rank == 2:
        states = to_flow({"sequences": "SEQUENCE", "initial_state": names})
        return replace(problem, help=f"states are given by name, beside a sequence: `from: {states}`")
    meant = {"sequences": names[0], "initial_state": names[1:] if len(names) > 2 else names[1]}
    changes = () if node.stamps else (Change("replace_value", (*node.loc, "from"), meant),)
    help = f"states are given by name: `from: {to_flow(meant)}`"
    return replace(problem, help=help, changes=changes, safe=False)


def with_given_states(problem: Problem, node: Node, done: Mapping[str, TypedNode]) -> Problem | None:
    """States given by name that the layer does not begin with: where they are given, and what they are."""
    argument = next((one for one in node.arguments if one.name in ("initial_state", "states")), None)
    if argument is None or not argument.positions or problem.notes:
        return None
    refs = {ref.node: ref for at in reversed(argument.positions) if (ref := node.sources[at]) is not None}
    where = node.source_locs[argument.positions[0]] if node.source_locs else (*node.loc, "from")
    here = PlacedNote("the states are given here", where, False)
    came = [
        PlacedNote(f"`{_written(ref, done)}` is {done[ref.node].outputs[ref.result]}", done[ref.node].node.thing_loc)
        for ref in reversed(refs.values())
    ]
    return replace(problem, notes=(here, *came))


def _written(ref: Ref, done: Mapping[str, TypedNode]) -> str:
    """How a spec refers to a result."""
    results = done[ref.node].node.result_names
    if ref.result < len(results):
        return f"{ref.node}.{results[ref.result]}"
    return ref.node if not ref.result else f"{ref.node}.{ref.result}"
