"""How a tensor came to its shape: the layers before it that changed a size, from the nearest one up to the input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.channels_first import with_channels_first
from archcompiler.graph.ir import Node, TypedNode
from archcompiler.graph.joins import borders

MOST = 4
"""So many layers are named at most."""


def with_trail(problem: Problem, node: Node, done: Mapping[str, TypedNode]) -> Problem:
    """With a note of each layer that made the shape what it is."""
    if problem.notes:
        return problem
    found = borders(problem, node, done) if problem.code == "ARC203" else None
    if found is not None:
        return found
    notes: dict[Loc, PlacedNote] = {}
    above = node.sources[0] if len(node.sources) == 1 else None
    while above is not None and above.node in done and len(notes) < MOST:
        typed = done[above.node]
        given = typed.outputs[above.result]
        if typed.node.kind == "input":
            notes.setdefault(typed.node.loc, PlacedNote(f"`{typed.name}` is {given}", typed.node.loc))
            break
        if not typed.inputs or typed.inputs[0].axes != given.axes:
            loc = typed.node.thing_loc
            notes.setdefault(loc, PlacedNote(f"`{typed.name}` gives {given}", loc))
        above = typed.node.sources[0] if len(typed.node.sources) == 1 else None
    return replace(problem, notes=tuple(one for loc, one in notes.items() if loc != node.thing_loc))


def used_up(problem: Problem, node: Node, done: Mapping[str, TypedNode]) -> Problem:
    """A window that is longer than the steps: of an input whose axes are swapped, or of what layers before left."""
    found = with_channels_first(problem, node, done)
    if found is not problem:
        return found
    return _one_step(problem, node, done) or with_trail(problem, node, done)


def _one_step(problem: Problem, node: Node, done: Mapping[str, TypedNode]) -> Problem | None:
    """One step of many numbers, where steps of one number are meant."""
    ref = node.sources[0] if len(node.sources) == 1 else None
    typed = done.get(ref.node) if ref is not None else None
    if typed is None or typed.node.kind != "input" or typed.outputs[0].rank != 3:
        return None
    _, steps, size = typed.outputs[0].axes
    if steps != 1 or not isinstance(size, int) or size == 1:
        return None
    note = PlacedNote(f"`{typed.name}` is {typed.outputs[0]}: one step of {size} numbers", typed.node.loc)
    change = Change("replace_value", (*typed.node.loc, "shape"), [size, 1])
    help = f"if these are {size} steps of one number, write `[{size}, 1]`, and reshape the data so"
    return replace(problem, notes=(note,), help=help, changes=(change,), safe=False)
