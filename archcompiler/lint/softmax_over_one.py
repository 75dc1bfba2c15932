"""A softmax over one number (ARC330, softmax-over-one)

## What it does
An output that has a loss is a softmax over a last axis of one entry: `Dense: {units: 1, activation: softmax}`, or a
`Softmax` after it. Inside a model it is a warning, ARC430.

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
from dataclasses import replace

from archcompiler.analysis.constants import over_one
from archcompiler.analysis.heads import owner_of
from archcompiler.analysis.losses import other_loss
from archcompiler.diagnostics import Problem
from archcompiler.lint.crossentropy_over_one import OVER_CLASSES
from archcompiler.lint.subject import Rule, Subject

HELP = "of two classes one number tells with `activation: sigmoid`; a softmax takes a number for each class"

OF_CLASSES = (
    "for two classes, told by one number, write `activation: sigmoid` and `loss: binary_crossentropy`; or give the "
    "softmax a number for each class"
)


def find(subject: Subject) -> Iterator[Problem]:
    for name, loss, thing in subject.losses():
        found = owner_of(subject.graph, subject.graph.graph.outputs.refs[name])
        for problem in over_one(*found, "ARC330", HELP) if found is not None else ():
            if loss not in OVER_CLASSES:
                yield problem
                continue
            training = subject.training if thing is None or not thing.given else None  # its arguments are its own
            mended = other_loss(training, name, thing, OVER_CLASSES[loss]) if training is not None else ()
            changes = (*problem.changes, *mended) if problem.changes and mended else ()
            yield replace(problem, help=OF_CLASSES, changes=changes)


RULE = Rule("ARC330", find)
