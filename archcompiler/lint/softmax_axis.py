"""A softmax along another axis than the classes (ARC436, softmax-axis)

## What it does
Warns where an output comes from a `Softmax` along another axis than the last, and its loss is a crossentropy of
classes, which lie along the last.

## Why it matters
The numbers of one sample, or of one step, do not add up to 1 over the classes: the model gives no probability of a
class. Along axis 0 the samples of a batch share one sum, so that what is told of a sample depends on those beside it.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [60, 4]}
layers:
  - LSTM: {units: 50, return_sequences: true}
  - Dense: 5
  - Softmax: {axis: 1}
target: {shape: [60], classes: 5}
training: {loss: sparse_categorical_crossentropy}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [60, 4]}
layers:
  - LSTM: {units: 50, return_sequences: true}
  - Dense: 5
  - Softmax
target: {shape: [60], classes: 5}
training: {loss: sparse_categorical_crossentropy}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.heads import head_of
from archcompiler.diagnostics import Change, Problem
from archcompiler.lint.subject import Rule, Subject

OF_CLASSES = frozenset(("CategoricalCrossentropy", "SparseCategoricalCrossentropy", "CategoricalFocalCrossentropy"))


def find(subject: Subject) -> Iterator[Problem]:
    for name, loss, thing in subject.losses():
        head = head_of(subject.graph, subject.graph.graph.outputs.refs[name])
        if loss not in OF_CLASSES or head is None or head.node.thing is not head.thing:
            continue
        if thing is not None and thing.given.get("axis", -1) != -1:
            continue
        softmax, axis, rank = head.thing, head.thing["axis"], head.given.rank
        if softmax.class_name not in ("Softmax", "softmax") or type(axis) is not int or axis in (-1, rank - 1):
            continue
        where = "the samples of a batch" if axis in (0, -rank) else f"axis {axis} of {head.given}"
        yield Problem(
            "ARC436",
            f"{loss} takes the classes along the last axis of `{name}`, but the softmax goes along {where}",
            softmax.place("axis"),
            on_key=softmax.place("axis") == softmax.loc,
            layer=name,
            help="remove `axis`: it is the last by default",
            changes=(Change("set_argument", softmax.loc, -1, "axis"),),
            safe=False,
        )


RULE = Rule("ARC436", find)
