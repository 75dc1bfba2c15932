"""What is said of a layer that has seen the steps it is to foresee: the places to look at, and what would mend it."""

from __future__ import annotations

from collections.abc import Collection

from archcompiler.analysis.mixing import mixes_steps
from archcompiler.diagnostics import Change, PlacedNote
from archcompiler.graph.ir import Node, TypedGraph
from archcompiler.layers.call_arguments import RECURRENT
from archcompiler.layers.things import Thing


def states_of_it(graph: TypedGraph, culprit: Node, sees: Collection[str]) -> tuple[tuple[PlacedNote, ...], str] | None:
    """Notes and help, where the initial state of a recurrent layer is what has seen the sequence. `sees` says which
    layers have."""
    positions = next((one.positions for one in culprit.arguments if one.name == "initial_state"), ())
    if not culprit.arguments and culprit.thing is not None and culprit.thing.class_name in RECURRENT:
        positions = tuple(range(1, len(culprit.sources)))
    found = [(culprit.sources[at], culprit.source_locs[at]) for at in positions if at < len(culprit.source_locs)]
    states = [(ref.node, loc) for ref, loc in found if ref is not None and ref.node in sees]
    if not states:
        return None
    name, loc = states[0]
    note = PlacedNote(f"its first state is made by `{name}`", loc, on_key=False)
    reader = PlacedNote(f"`{name}` has seen every step", graph.nodes[name].node.thing_loc)
    return (note, reader), f"let `{culprit.name}` begin with zeros, or with the state of another sequence"


def same_padded(graph: TypedGraph, output: str, culprit: Node) -> list[Thing]:
    """Other convolutions on the way to an output that look ahead only because of how they are padded, one a place."""
    reached = _on_the_way(graph, output)
    found: dict[object, Thing] = {}
    for node in graph.nodes.values():
        thing = node.node.thing
        wide = thing is not None and thing["kernel_size"] not in (1, [1])
        if node.name in reached and thing is not None and wide and only_padded(thing) and thing["padding"] == "same":
            found.setdefault(thing.loc, thing)
    if culprit.thing is not None:
        found.pop(culprit.thing.loc, None)
    return list(found.values())


def padding_alone(graph: TypedGraph, output: str) -> bool:
    """Whether nothing else on the way to an output joins steps, so that another padding mends all of it."""
    for name in _on_the_way(graph, output):
        node = graph.nodes[name]
        if node.node.kind == "model":
            return False
        thing = node.node.thing
        if (
            thing is not None
            and not only_padded(thing)
            and any(mixes_steps(node, at) for at in range(len(node.inputs)))
        ):
            return False
    return True


def _on_the_way(graph: TypedGraph, output: str) -> set[str]:
    reached: set[str] = set()
    todo = [graph.graph.outputs.refs[output].node]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += [ref.node for ref in graph.nodes[name].node.sources if ref is not None]
    return reached


def only_padded(thing: Thing) -> bool:
    """Whether it is a convolution that looks ahead only because of how it is padded."""
    return thing.class_name == "Conv1D" and thing["strides"] in (1, [1]) and thing["data_format"] != "channels_first"


def causal(things: list[Thing]) -> tuple[Change, ...]:
    return tuple(Change("set_argument", one.loc, "causal", "padding") for one in things)


def padded_notes(things: list[Thing]) -> tuple[PlacedNote, ...]:
    return tuple(PlacedNote("`padding: same` looks ahead here too", one.place("padding")) for one in things)
