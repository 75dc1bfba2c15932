"""What leads nowhere: the whole branch of a layer that reaches no output, and a layer left over by another mistake."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from archcompiler import dims
from archcompiler.diagnostics import Change, Loc, Problem
from archcompiler.graph.ir import Node, TypedNode
from archcompiler.tensors import TensorType


def dead_branch(
    node: Node, nodes: Mapping[str, Node], used: Collection[str], *, whole_stamp: bool
) -> tuple[list[str], tuple[Change, ...]]:
    """The further nodes of the branch that ends in `node`, from its end up, and the changes that take its items away;
    none where an item cannot go without something else. `whole_stamp`: whether the stamp that `node` is of goes."""
    takers: dict[str, set[str]] = {name: set() for name in nodes}
    for one in nodes.values():
        for ref in one.sources:
            if ref is not None:
                takers[ref.node].add(one.name)
    stamp = node.prefix if whole_stamp else None
    gone = {name for name, one in nodes.items() if stamp and one.prefix.startswith(stamp)} | {node.name}
    told: list[str] = []
    waiting = list(gone)
    while waiting:
        for ref in nodes[waiting.pop(0)].sources:
            above = nodes.get(ref.node) if ref is not None else None
            if above is None or above.name in gone or above.name in used or not takers[above.name] <= gone:
                continue
            if above.kind == "input":
                return told, ()  # it would be left over
            gone.add(above.name)
            told.append(above.name)
            waiting.append(above.name)
    depth = len(node.stamps) - whole_stamp
    items = list(dict.fromkeys(_item(nodes[name], depth) for name in nodes if name in gone))
    kept = {_item(one, depth) for name, one in nodes.items() if name not in gone and one.kind != "input"}
    if any(item in kept and (depth == 0 or _is_used(item, nodes, used, depth)) for item in items):
        return told, ()
    return told, tuple(Change("remove_entry", item) for item in items)


def _item(node: Node, depth: int) -> Loc:
    """The item that makes a node, among those of a model, or of a block `depth` stamps deep."""
    if len(node.stamps) <= depth:
        return node.loc
    place = node.stamps[depth]
    return place[:-1] if isinstance(place[-1], str) else place


def _is_used(item: Loc, nodes: Mapping[str, Node], used: Collection[str], depth: int) -> bool:
    """Whether an item of a block gives in some stamp what is used."""
    return any(name in used and _item(one, depth) == item for name, one in nodes.items())


def with_left_over(
    problem: Problem, node: Node, done: Mapping[str, TypedNode], wanted: tuple[TensorType, ...]
) -> Problem:
    """A model that is given several tensors where it takes one: with the layer before it that nothing takes, where
    that one fits and was left over by the mistake."""
    if len(wanted) != 1 or len(node.sources) < 2 or not node.source_locs:
        return problem
    taken = {ref.node for one in done.values() for ref in one.node.sources if ref is not None}
    taken |= {ref.node for ref in node.sources if ref is not None}
    idle = [name for name, one in done.items() if name not in taken and one.node.kind != "input"]
    if not idle or len(done[idle[-1]].outputs) != 1:
        return problem
    (given,) = done[idle[-1]].outputs
    if given.rank != wanted[0].rank or any(map(dims.differ, given.axes, wanted[0].axes)):
        return problem
    return replace(
        problem,
        help=f"write `from: {idle[-1]}`, which nothing takes",
        changes=(Change("replace_value", (*node.loc, "from"), idle[-1]),),
        safe=False,
    )
