"""What is said of training is overridden (ARC450, training-overridden)

## What it does
Warns where `training` is given in a call, `from: {inputs: x, training: true}`, of a layer that does otherwise in
training: a dropout, a noise, a `BatchNormalization` that is not frozen, or a model that holds one.

## Why it matters
`fit` and `predict` tell a model whether it trains, and a functional model of Keras 3 hands that on to every layer,
whatever its own call says. So `training: true` of a dropout drops nothing in `predict`, and a `BatchNormalization`
called with `training: false` goes on taking the mean of each batch in `fit`. Keras 2 kept what a call says, and Keras 3
does not say that it no longer does.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [8]}
layers:
  - Dropout: 0.5
    from: {inputs: readings, training: true}
  - Dense: 1
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [8]}
layers:
  - Dropout: 0.5
  - Dense: 1
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import Problem
from archcompiler.graph.calls import called_by
from archcompiler.graph.ir import Node, TypedGraph
from archcompiler.layers.call_arguments import TRAINING
from archcompiler.layers.things import Thing
from archcompiler.lint.subject import Rule, Subject

DROPPING = frozenset(
    ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D")
) | {"SpatialDropout3D"}


def find(subject: Subject) -> Iterator[Problem]:
    for graph in (subject.graph, *subject.graph.models.values()):
        for typed in graph.nodes.values():
            node = typed.node
            said = next((one.value for one in node.arguments if one.name == TRAINING), None)
            concerned = _concerned(node, subject.graph) if said is not None else None
            if concerned is not None:
                yield Problem(
                    "ARC450",
                    f"`{node.name}` is called with `training: {str(bool(said)).lower()}`, but `fit` and `predict` say "
                    f"themselves whether {concerned} trains",
                    (*node.loc, "from", TRAINING),
                    layer=node.name,
                    help="to predict as in training, call `model(x, training=True)`"
                    if said
                    else "to hold weights and statistics as they are, write `trainable: false`",
                )


def _concerned(node: Node, graph: TypedGraph, frozen: bool = False) -> str | None:
    """What in a call does otherwise in training, by its name."""
    frozen = frozen or not node.trainable
    thing = node.thing
    if thing is not None and node.kind != "model" and _differs(thing, frozen):
        return f"`{node.name}`"
    for name in called_by(node):
        for inner in graph.graph.models[name].nodes.values():
            found = _concerned(inner, graph, frozen)
            if found is not None:
                return found
    return None


def _differs(thing: Thing, frozen: bool) -> bool:
    inner = thing.given.get("layer")
    if isinstance(inner, Thing):
        return _differs(inner, frozen)
    learns = thing.class_name == "BatchNormalization" and not frozen and thing["trainable"] is not False
    drops = any(thing.given.get(name) for name in ("dropout", "recurrent_dropout"))
    return thing.class_name in DROPPING or learns or drops


RULE = Rule("ARC450", find)
