"""More units than classes (ARC428, spare-units)

## What it does
Warns where the last axis of an output with `sparse_categorical_crossentropy` is longer than the `classes` of its
target.

## Why it matters
The numbers left over are classes that never come. It trains, but either the units or the classes are miscounted: codes
that begin at 1 are one class more than there seem to be, and the last one is then `classes` itself.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 6, activation: softmax}
target: {shape: [], classes: 5}
training: {loss: sparse_categorical_crossentropy}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 5, activation: softmax}
target: {shape: [], classes: 5}
training: {loss: sparse_categorical_crossentropy}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import RECURRENT
from archcompiler.analysis.heads import head_of
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    spec = subject.spec
    for name, loss, thing in subject.losses():
        target = subject.targets.get(name)
        given = spec.target if spec.target is not None else spec.targets.get(name)
        output = subject.graph.outputs[name]
        last = output.axes[-1]
        if loss != "SparseCategoricalCrossentropy" or target is None or given is None or given.classes is None:
            continue
        if not isinstance(last, int) or last <= given.classes or (thing is not None and thing["axis"] != -1):
            continue
        head = head_of(subject.graph, subject.graph.graph.outputs.refs[name])
        if head is not None and head.thing.class_name in RECURRENT:
            continue  # there is no head at all, which is told (ARC411)
        ref = subject.graph.graph.outputs.refs[name]
        loc = head.thing.place("units") if head else subject.graph.nodes[ref.node].node.thing_loc
        fits = head is not None and head.thing.given.get("units") == last
        yield Problem(
            "ARC428",
            f"`{name}` {output} tells {last} classes apart, but its target has {given.classes}",
            (*target.loc, "classes"),
            on_key=False,
            layer=name,
            notes=(PlacedNote(f"the output has {last} here", loc),),
            help=f"write `units: {given.classes}`, or the number of classes that there are",
            changes=(Change("set_argument", head.thing.loc, given.classes, "units"),) if head and fits else (),
            safe=False,
        )


RULE = Rule("ARC428", find)
