"""A sigmoid for each of several classes (ARC442, sigmoid-of-classes)

## What it does
Warns where an output of two or more numbers ends in a sigmoid, and its loss is `categorical_crossentropy` or
`sparse_categorical_crossentropy`.

## Why it matters
These losses are for one class of several, and want numbers that add up to 1. A sigmoid gives each class a number of its
own: all may be near 1, and the one that is told says nothing of the others. Keras says nothing. It divides the numbers
by their sum, or on TensorFlow takes what went into the sigmoid and puts a softmax over that: what is trained is not
what the model gives.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 5, activation: sigmoid}
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

from archcompiler.analysis.chains import CONVOLUTIONS
from archcompiler.analysis.heads import head_of
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.training import loss_place
from archcompiler.lint.subject import Rule, Subject

OF_CLASSES = frozenset(("CategoricalCrossentropy", "CategoricalFocalCrossentropy", "SparseCategoricalCrossentropy"))
SIGMOIDS = frozenset(("sigmoid", "hard_sigmoid"))
OWN = frozenset(("Dense", "EinsumDense", "Activation", *CONVOLUTIONS))


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    for name, loss, thing in subject.losses():
        head = head_of(subject.graph, subject.graph.graph.outputs.refs[name])
        if training is None or loss not in OF_CLASSES or head is None or head.activation not in SIGMOIDS:
            continue
        if thing is not None and (thing["from_logits"] is True or thing["axis"] not in (-1, None)):
            continue
        count = subject.graph.outputs[name].axes[-1]
        if not isinstance(count, int) or count < 2:
            continue
        loc, on_key = loss_place(training, name)
        own = head.thing.class_name in OWN
        yield Problem(
            "ARC442",
            f"{loss} is for one class of {count}, but `{head.node.name}` gives each a {head.activation} of its own",
            head.loc,
            on_key=head.loc == head.thing.loc,
            layer=name,
            notes=(PlacedNote("the loss is here", loc, on_key),),
            help="write `softmax` in its place; where several classes may hold at once, `binary_crossentropy` takes a "
            "sigmoid each",
            changes=(Change("set_argument", head.thing.loc, "softmax", "activation"),) if own else (),
            safe=False,
        )


RULE = Rule("ARC442", find)
