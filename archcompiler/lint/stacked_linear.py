"""Linear layers one after the other (ARC413, stacked-linear)

## What it does
Warns where a `Dense` without an activation feeds another `Dense` and nothing else, in a model that is trained. A narrow
one between two wide ones is left alone: it is a factorization.

## Why it matters
Two linear maps one after the other are one linear map. The first layer adds weights and time, and nothing that the
second could not do alone; most often an activation was forgotten.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 25
  - Dense: 1
training: {optimizer: adam}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 25, activation: relu}
  - Dense: 1
training: {optimizer: adam}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import all_graphs, pairs, plain
from archcompiler.analysis.heads import activation_of
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    if subject.training is None:
        return
    for graph in all_graphs(subject.graph):
        for first, second in pairs(graph):
            thing, after = plain(first), plain(second)
            if thing is None or after is None or first.node.kind != "layer" or second.node.kind != "layer":
                continue
            if thing.class_name != "Dense" or after.class_name != "Dense" or activation_of(first, thing) != "linear":
                continue
            if _narrows(first.inputs[0].axes[-1], thing["units"], after["units"]) or _is_regularized(thing.given):
                continue
            yield Problem(
                "ARC413",
                f"`{first.name}` has no activation and feeds `{second.name}`: two linear layers do what one does",
                thing.loc,
                layer=first.name,
                notes=(PlacedNote("the next layer is linear in what it is given", after.loc),),
                help="write `activation: relu` in the Dense{on_line}, or remove it",
                changes=(Change("set_argument", thing.loc, "relu", "activation"),),
                safe=False,
            )


def _narrows(before: object, units: object, after: object) -> bool:
    return isinstance(before, int) and isinstance(units, int) and isinstance(after, int) and units < min(before, after)


def _is_regularized(given: object) -> bool:
    """Whether what the layer gives is meant for itself: a code that is kept small."""
    return isinstance(given, dict) and "activity_regularizer" in given


RULE = Rule("ARC413", find)
