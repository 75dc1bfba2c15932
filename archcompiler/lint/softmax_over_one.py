"""A softmax over one number (ARC330, softmax-over-one)

## What it does
A softmax runs over a last axis that has one entry, in a model that is trained: `Dense: {units: 1, activation:
softmax}`, or a `Softmax` after it. One over steps, of which there may be one, is left alone.

## Why it matters
A softmax divides each number by the sum along its axis. Alone, a number becomes 1.0, whatever it was: the output is a
constant and nothing is learnt. Keras says nothing, and an accuracy of one half looks like a model that learns slowly.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 1, activation: softmax}
target: {shape: [1]}
training: {loss: binary_crossentropy}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 1, activation: sigmoid}
target: {shape: [1]}
training: {loss: binary_crossentropy}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler import dims
from archcompiler.analysis.chains import RECURRENT, all_graphs
from archcompiler.analysis.heads import activation_of, head_of, worked
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.ir import TypedGraph, TypedNode
from archcompiler.layers.things import Thing
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    if subject.training is None or not subject.training.losses:
        return
    refs = subject.graph.graph.outputs.refs
    heads = [head_of(subject.graph, refs[name]) for name in subject.told if name in refs]
    told = [head.node for head in heads if head is not None]
    for graph in all_graphs(subject.graph):
        for node in graph.nodes.values():
            thing = worked(node)
            if node.node in told:
                continue
            if node.node.kind == "layer" and thing is not None and activation_of(node, thing) == "softmax":
                yield from _told(graph, node, thing)


def _told(graph: TypedGraph, node: TypedNode, thing: Thing) -> Iterator[Problem]:
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
        "ARC330",
        f"{what} is a softmax over one number, which is 1.0 whatever that number is",
        place,
        on_key=place == thing.loc,
        layer=node.name,
        notes=tuple(note for note in notes if note is not None),
        help="of two classes one number tells with `activation: sigmoid`; a softmax takes a number for each class",
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


RULE = Rule("ARC330", find)
