"""A size that weights depend on and that is open: the input that leaves it so, or the layer that loses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archcompiler import dims
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.ir import Node, TypedNode
from archcompiler.graph.makers import size_maker
from archcompiler.wording import listed

POOLS = {3: "GlobalAveragePooling1D", 4: "GlobalAveragePooling2D", 5: "GlobalAveragePooling3D"}
"""What makes one vector of steps, of an image and of a film, by the rank of those."""


def with_source(problem: Problem, node: Node, done: Mapping[str, TypedNode]) -> Problem:
    """The problem with a note where the open size comes from."""
    ref = node.sources[0] if len(node.sources) == 1 else None
    given = done[ref.node].outputs[ref.result] if ref is not None else None
    opened = [at for at, size in enumerate(given.axes) if at and not isinstance(size, int)] if given else []
    if problem.notes or ref is None or given is None or not opened:
        return problem
    at = given.rank - 1 if given.rank - 1 in opened else opened[0]
    maker, made = size_maker(done, {}, ref, at)
    if maker.node.kind == "input":
        return replace(problem, notes=(PlacedNote(f"`{maker.name}` is {made}", maker.node.loc),))
    if maker.class_name not in ("Flatten", "Reshape") or not maker.inputs:
        return replace(problem, notes=(PlacedNote(f"`{maker.name}` gives {made}", maker.node.thing_loc),))
    before = maker.inputs[0]
    note = PlacedNote(f"`{maker.name}` makes {before} into {made}", maker.node.thing_loc)
    names = dict.fromkeys(dims.text(one) for one in before.axes[1:] if isinstance(one, dims.Size))
    known = f"give {listed(names) if names else 'its open sizes'} a whole number in the input's shape"
    pool = POOLS.get(before.rank)
    if maker.class_name == "Reshape" or pool is None:
        return replace(problem, notes=(note,), help=known)
    help = f"write `{pool}` in its place, which makes one vector whatever the size, or {known}"
    bare = isinstance(maker.node.loc[-1], int) and maker.node.thing_loc == maker.node.loc
    changes = (Change("replace_value", maker.node.loc, pool),) if bare else ()
    return replace(problem, notes=(note,), help=help, changes=changes, safe=False)
