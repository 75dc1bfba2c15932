"""Softmaxes over one number: they give 1.0, whatever comes."""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler import dims
from archcompiler.analysis.chains import RECURRENT
from archcompiler.analysis.heads import activation_of, worked
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.ir import TypedGraph, TypedNode
from archcompiler.layers.things import Thing


def over_one(graph: TypedGraph, node: TypedNode, code: str, help: str) -> Iterator[Problem]:
    """What is told where the node is a softmax over one number along its last axis."""
    thing = worked(node)
    if node.node.kind != "layer" or thing is None or activation_of(node, thing) != "softmax":
        return
    own = "activation" in thing.entry.arguments
    given = node.outputs[0]
    if node.class_name == "Bidirectional":
        over_one = thing["units"] == 1
    else:
        over_one = given.axes[-1] == 1 and _axis(thing) in (-1, _rank(node) - 1)
    if not over_one:
        return
    place = thing.place("activation") if own else thing.loc
    counted = next((name for name in ("units", "filters") if name in thing.given and not thing.shorthand), None)
    made_here = PlacedNote("one number is made here", thing.place(counted)) if counted else None
    notes = [made_here if own and thing.class_name != "Activation" else _maker(graph, node)]
    what = f"the activation of {thing.class_name}" if thing.class_name in RECURRENT else f"`{node.name}` {given}"
    change = (Change("set_argument", thing.loc, "sigmoid", "activation"),) if own else ()
    yield Problem(
        code,
        f"{what} is a softmax over one number, which is 1.0 whatever that number is",
        place,
        on_key=place == thing.loc,
        layer=node.name,
        notes=tuple(note for note in notes if note is not None),
        help=help,
        changes=change,
        safe=False,
    )


def _axis(thing: Thing) -> object:
    """The axis that the softmax runs over: the last one, but of the layer and the operation, which have `axis`."""
    return thing["axis"] if thing.class_name in ("Softmax", "softmax") else -1


def _rank(node: TypedNode) -> int:
    """How many axes the layer itself is given: inside TimeDistributed without that of the steps."""
    return node.outputs[0].rank - (node.class_name == "TimeDistributed")


def _maker(graph: TypedGraph, node: TypedNode) -> PlacedNote | None:
    ref = node.node.sources[0]
    if ref is None:
        return None
    maker = graph.nodes[ref.node]
    given = maker.outputs[ref.result]
    text = f"`{maker.name}` gives {given}, whose last axis is {dims.text(given.axes[-1])}"
    return PlacedNote(text, maker.node.thing_loc if maker.node.thing else maker.node.loc)
