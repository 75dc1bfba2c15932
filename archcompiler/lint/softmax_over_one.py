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

from archcompiler.analysis.constants import over_one
from archcompiler.analysis.heads import owner_of
from archcompiler.diagnostics import Problem
from archcompiler.lint.subject import Rule, Subject

HELP = "of two classes one number tells with `activation: sigmoid`; a softmax takes a number for each class"


def find(subject: Subject) -> Iterator[Problem]:
    for name, _, _ in subject.losses():
        found = owner_of(subject.graph, subject.graph.graph.outputs.refs[name])
        if found is not None:
            yield from over_one(*found, "ARC330", HELP)


RULE = Rule("ARC330", find)
