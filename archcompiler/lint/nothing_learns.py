"""A model that is trained and cannot learn (ARC446, nothing-learns)

## What it does
`training` has a loss, and every weight of the model is frozen: `trainable: false` stands beside all layers that have
weights, or beside the model that is called.

## Why it matters
Keras trains all the same: it goes over the data, epoch after epoch, and the loss stays where it was to the last digit.
It says so once, in a warning between other lines. A part that is trained already is frozen so that what follows it can
learn: something must.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - Flatten
  - Dense: 1
    trainable: false
target: {shape: [1]}
training: {loss: mse}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - Flatten
  - Dense: 1
target: {shape: [1]}
training: {loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from archcompiler.analysis.chains import all_graphs
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.ir import TypedNode
from archcompiler.layers.things import Thing
from archcompiler.lint.subject import Rule, Subject

ADAPTING = ("BatchNormalization", "SpectralNormalization")
"""Layers that change in training even where nothing of them is learnt."""
MOST = 4


def find(subject: Subject) -> Iterator[Problem]:
    graph = subject.graph
    if subject.training is None or not subject.training.losses or graph.trainable_param_count or not graph.param_count:
        return
    stamps = {stamp.loc for one in all_graphs(graph) for stamp in one.graph.stamps if not stamp.trainable}
    frozen: dict[Loc, TypedNode] = {}
    for node in (node for one in all_graphs(graph) for node in one.nodes.values()):
        place = _frozen_at(node, stamps)
        if _may_change(node) and place is None:
            return
        if node.params and place is not None:
            frozen.setdefault(place, node)
    if not frozen:
        return
    (loc, first), *rest = frozen.items()
    count = f"all {graph.param_count:,} weights of the model are" if graph.param_count > 1 else "its one weight is"
    notes = [PlacedNote(f"`{node.name}` is frozen here", place) for place, node in rest[:MOST]]
    (at, _), *_ = ((place, name) for name, place in subject.training.loss_locs.items())
    alone = not rest and loc[-1] == "trainable"
    yield Problem(
        "ARC446",
        f"nothing can learn: {count} frozen, and the loss would stay as it is",
        loc,
        layer=first.name if loc[:-1] not in stamps else None,
        notes=(*notes, PlacedNote("the model is trained with this loss", at, False)),
        help="remove `trainable: false`" if alone else "remove `trainable: false` where something is to learn",
        changes=(Change("remove_entry", loc),) if alone else (),
        safe=False,
    )


def _frozen_at(node: TypedNode, frozen_stamps: Collection[Loc]) -> Loc | None:
    """Where it is said that the node does not learn: at the layer, at one around it, or where its block is stamped."""
    for thing in _wrapped(node.node.thing):
        if thing.given.get("trainable") is False:
            return thing.place("trainable")
    if node.node.trainable:
        return None
    outer = next((stamp[:-1] for stamp in node.node.stamps if stamp[:-1] in frozen_stamps), node.node.loc)
    return (*outer, "trainable")


def _may_change(node: TypedNode) -> bool:
    """Whether training changes a node all the same, or nothing is known of what it holds."""
    return any(
        thing.class_name in ADAPTING or (thing.custom is not None and not thing.custom.counted)
        for thing in _wrapped(node.node.thing)
    )


def _wrapped(thing: Thing | None) -> Iterator[Thing]:
    """The layer, and what it wraps."""
    while thing is not None:
        yield thing
        inner = thing.given.get("layer")
        thing = inner if isinstance(inner, Thing) else None


RULE = Rule("ARC446", find)
