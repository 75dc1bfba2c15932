"""A softmax over two is trained by binary crossentropy (ARC437, softmax-pair)

## What it does
Warns where an output is a softmax over two classes behind a `TimeDistributed`, a `Reshape`, a recurrent layer or an
`Average`, and its loss is `binary_crossentropy`. Elsewhere that is an error, ARC331.

## Why it matters
Here the loss is right by luck: Keras has lost sight of what went into the softmax, and of two numbers that share one
1.0 each says what the other does. With one class more, or without the layer between, it is another loss.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 3]}
layers:
  - LSTM: {units: 16, return_sequences: true}
  - TimeDistributed: {Dense: {units: 2, activation: softmax}}
target: {shape: [24, 2]}
training: {loss: binary_crossentropy}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 3]}
layers:
  - LSTM: {units: 16, return_sequences: true}
  - TimeDistributed: {Dense: {units: 2, activation: softmax}}
target: {shape: [24, 2]}
training: {loss: categorical_crossentropy}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.softmaxes import softmax_with_binary
from archcompiler.diagnostics import Problem
from archcompiler.lint.softmax_binary import told
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    for one in softmax_with_binary(subject.graph, subject.losses(), subject.training):
        if one.exact and len(one.counts) == len(one.heads) and set(one.counts) == {2}:
            yield told(one, "ARC437", "and binary_crossentropy is the loss of one of two classes by luck only")


RULE = Rule("ARC437", find)
