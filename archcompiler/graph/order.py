"""The order in which calls can be made, and what stands in no such order or leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.branches import dead_branch
from archcompiler.graph.ir import Node, Outputs, Ref
from archcompiler.wording import listed


def ordered(nodes: Mapping[str, Node], problems: list[Problem]) -> tuple[str, ...]:
    """The nodes' names, sources first and otherwise as the spec has them. Each circle is a problem; what is in one, or
    behind it, comes last."""
    if _already_ordered(nodes):
        return tuple(nodes)
    from heapq import heapify, heappop, heappush

    position = {name: index for index, name in enumerate(nodes)}
    waiting = {name: sum(ref is not None for ref in node.sources) for name, node in nodes.items()}
    consumers: dict[str, list[str]] = {name: [] for name in nodes}
    for node in nodes.values():
        for ref in node.sources:
            if ref is not None:
                consumers[ref.node].append(node.name)
    ready = [position[name] for name, count in waiting.items() if not count]
    heapify(ready)
    names = list(nodes)
    order: list[str] = []
    while ready:
        name = names[heappop(ready)]
        order.append(name)
        for consumer in consumers[name]:
            waiting[consumer] -= 1
            if not waiting[consumer]:
                heappush(ready, position[consumer])
    if len(order) < len(nodes):
        settled = set(order)
        problems.extend(_cycles(nodes, settled, position))
        order += [name for name in nodes if name not in settled]
    return tuple(order)


def _already_ordered(nodes: Mapping[str, Node]) -> bool:
    seen: set[str] = set()
    for name, node in nodes.items():
        for ref in node.sources:
            if ref is not None and ref.node not in seen:
                return False
        seen.add(name)
    return True


def _cycles(nodes: Mapping[str, Node], settled: set[str], position: Mapping[str, int]) -> Iterator[Problem]:
    """One problem for each set of nodes that all need each other."""
    import networkx

    library = cast("Any", networkx)  # it has no types of its own
    graph = library.DiGraph()
    for node in nodes.values():
        if node.name not in settled:
            graph.add_edges_from((ref.node, node.name) for ref in node.sources if ref and ref.node not in settled)
    tangles: list[set[str]] = list(library.strongly_connected_components(graph))
    for part in sorted(tangles, key=lambda part: min(position[name] for name in part)):
        within = graph.subgraph(part)
        if within.number_of_edges():
            yield _cycle(nodes, [(str(one[0]), str(one[1])) for one in library.find_cycle(within)], position)


def _cycle(nodes: Mapping[str, Node], edges: list[tuple[str, str]], position: Mapping[str, int]) -> Problem:
    backward = max(edges, key=lambda edge: position[edge[0]] - position[edge[1]])
    start = edges.index(backward)
    path = [edge[0] for edge in edges[start:] + edges[:start]]
    node = nodes[backward[1]]
    index = next(i for i, ref in enumerate(node.sources) if ref and ref.node == backward[0])
    loc = node.source_locs[index]
    notes = tuple(PlacedNote(f"`{name}` stands here", nodes[name].thing_loc) for name in path)
    alone = len(node.sources) == 1
    instead = "without `from` it takes the item before it" if alone else "name what comes before both in its place"
    return Problem(
        "ARC117",
        f"the layers feed each other in a circle: {' → '.join([*path, path[0]])}",
        loc,
        on_key=False,
        layer=node.name,
        notes=notes,
        help=f"`{node.name}` cannot take `{backward[0]}`, which needs `{node.name}`; {instead}",
        changes=(Change("remove_entry", (*node.loc, "from") if alone else loc),),
        safe=False,
    )


def unused(
    nodes: Mapping[str, Node], outputs: Outputs, said: Loc | None = None
) -> tuple[dict[str, Node], list[Problem]]:
    """The nodes that reach an output, and what is to be said of the others, of which only the last of a branch is told.

    A layer of a block that reaches none is left out without a word where others of the same stamp reach one, and it
    does so itself in another stamp: so does Keras. A stamp that reaches none at all is told as one. `said` is where the
    spec names the outputs, where it does.
    """
    used = {ref.node for ref in outputs.refs.values()}
    waiting = list(used)
    while waiting:
        for ref in nodes[waiting.pop()].sources:
            if ref is not None and ref.node not in used:
                used.add(ref.node)
                waiting.append(ref.node)
    if len(used) == len(nodes):
        return dict(nodes), []
    taken = {ref.node for node in nodes.values() for ref in node.sources if ref is not None} | used
    useful = {nodes[name].loc for name in used}
    useful |= {nodes[nodes[name].target].loc for name in used if nodes[name].kind == "again"}
    alive = {nodes[name].prefix for name in used}
    told: set[str] = set()
    kept = {name: node for name, node in nodes.items() if name in used or node.kind == "input"}
    problems: list[Problem] = []
    for node in nodes.values():
        if node.kind == "input" and node.name not in taken:
            help = "use it in `from`, or remove it"
            problems.append(Problem("ARC402", f"no layer takes the input `{node.name}`", node.loc, help=help))
            continue
        dead = bool(node.prefix) and not any(one.startswith(node.prefix) for one in alive)
        in_passing = node.prefix and not dead and node.loc in useful
        if node.kind == "input" or node.name in taken or in_passing or (dead and node.prefix in told):
            continue
        told.add(node.prefix)
        name, loc, stamps = node.name, node.thing_loc, node.stamps
        if dead:
            name, loc, stamps = node.prefix[:-1], node.stamps[-1], node.stamps[:-1]
        branch, changes = dead_branch(node, nodes, used, whole_stamp=dead)
        with_it = (
            f", with {listed(reversed(branch))}, which lead{'s' * (len(branch) == 1)} to it alone" if branch else ""
        )
        problems.append(
            Problem(
                "ARC118",
                f"`{name}` reaches no output, so nothing would come of it",
                loc,
                layer=name,
                notes=(PlacedNote(f"the model gives {listed(outputs.refs)}", said, False),) if said else (),
                help=f"the model gives {listed(outputs.refs)}; name this one in `outputs` too, or remove it{with_it}",
                changes=changes,
                safe=False,
                stamps=stamps,
            )
        )
    return (dict(nodes) if problems else kept), problems


def consumers(nodes: Mapping[str, Node], ref: Ref) -> list[Node]:
    """The nodes that take `ref`."""
    return [node for node in nodes.values() if ref in node.sources]
