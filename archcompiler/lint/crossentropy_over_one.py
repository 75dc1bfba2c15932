"""The crossentropy of one class (ARC332, crossentropy-over-one)

## What it does
The loss is `sparse_categorical_crossentropy` or `categorical_crossentropy`, and the last axis of the output has one
entry.

## Why it matters
These losses share 1.0 among the entries of the last axis. A single one gets all of it, so the loss is 0 from the first
step on and nothing is learnt; a code above 0 gives no number at all. Keras says nothing. Two classes are told by two
entries with a softmax, or by one with a sigmoid and `binary_crossentropy`.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 1, activation: sigmoid}
target: {shape: [1]}
training: {loss: categorical_crossentropy}
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

from archcompiler.analysis.heads import head_of
from archcompiler.analysis.losses import other_loss
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.graph.training import loss_place
from archcompiler.lint.subject import Rule, Subject

OVER_CLASSES = {
    "CategoricalCrossentropy": "BinaryCrossentropy",
    "SparseCategoricalCrossentropy": "BinaryCrossentropy",
}


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    for name, loss, thing in subject.losses():
        given = subject.graph.outputs[name]
        ref = subject.graph.graph.outputs.refs[name]
        head = head_of(subject.graph, ref)
        if training is None or loss not in OVER_CLASSES or given.rank < 2 or given.axes[-1] != 1:
            continue
        if (thing is not None and thing["axis"] != -1) or (head is not None and head.activation == "softmax"):
            continue  # of a softmax over one it is told already
        node = subject.graph.nodes[ref.node].node
        loc, on_key = loss_place(training, name)
        places = {} if thing is None else {key: value for key, value in thing.given.items() if key != "from_logits"}
        sigmoid = head is not None and head.activation == "sigmoid" and not places
        yield Problem(
            "ARC332",
            f"{loss} shares 1.0 among the classes of `{name}` {given}, which is one: the loss is 0, whatever comes",
            loc,
            on_key=on_key,
            layer=name,
            notes=(head.note(f"`{node.name}` gives one number")
                   if head else PlacedNote(f"`{node.name}` gives {given}", node.thing_loc),),
            help="write `binary_crossentropy` and `activation: sigmoid` for two classes, or give the last layer a unit "
            "for each class",
            changes=other_loss(training, name, thing, OVER_CLASSES[loss]) if sigmoid else (),
            safe=False,
        )  # fmt: skip


RULE = Rule("ARC332", find)
