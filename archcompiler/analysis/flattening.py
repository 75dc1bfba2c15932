"""A `Dense` on more than vectors, where the target is a vector: what most often lacks is a `Flatten` before it."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.diagnostics import Change, PlacedNote
from archcompiler.graph.ir import Ref, TypedNode
from archcompiler.graph.makers import layer_before
from archcompiler.graph.open_sizes import POOLS

Mending = tuple[PlacedNote, str, tuple[Change, ...]]


def missing_flatten(nodes: Mapping[str, TypedNode], ref: Ref, wanted_rank: int) -> Mending | None:
    """A note at the first `Dense` that keeps the axes which the target does not have, and what mends it."""
    found: TypedNode | None = None
    node: TypedNode | None = nodes.get(ref.node)
    while node is not None and len(node.inputs) == 1 and node.node.kind == "layer":
        given = node.inputs[0]
        if node.class_name == "Dense" and given.rank == node.outputs[0].rank > wanted_rank:
            found = node
        elif found is not None and given.rank != node.outputs[0].rank:
            break
        above = node.node.sources[0]
        node = nodes.get(above.node) if above is not None else None
    if found is None or wanted_rank > 2:
        return None
    given = found.inputs[0]
    note = PlacedNote(f"`{found.name}` is given {given}, and works on its last axis alone", found.node.thing_loc)
    pool = POOLS.get(given.rank)
    help = f"put `Flatten`{f' or `{pool}`' if pool else ''} before `{found.name}`"
    known = all(isinstance(one, int) for one in given.axes[1:])
    layer = "Flatten" if known else pool
    return note, help, layer_before(found.node, layer) if layer is not None else ()
