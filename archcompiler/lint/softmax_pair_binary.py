"""A softmax of two is trained by binary crossentropy (ARC426, softmax-pair-binary)

## What it does
Warns where an output of two classes comes from a softmax, and its loss is `binary_crossentropy`.

## Why it matters
Of one-hot targets it is the same number as `categorical_crossentropy`, but of a reader it asks why. Where the two are
labels that may hold both, it is wrong: a softmax can never say yes to both. With more than two classes it is an error,
ARC331.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 2, activation: softmax}
target: {shape: [2]}
training: {loss: binary_crossentropy}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 2, activation: softmax}
target: {shape: [2]}
training: {loss: categorical_crossentropy}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.softmaxes import softmax_with_binary
from archcompiler.diagnostics import Problem
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    found = softmax_with_binary(subject.graph, subject.losses(), subject.training)
    for name, head, loc, on_key, changes in found:
        if head.given.axes[-1] == 2:
            yield Problem(
                "ARC426",
                f"`{name}` is a softmax over 2 classes, but binary_crossentropy takes each of its numbers for a yes or "
                "no of its own",
                loc,
                on_key=on_key,
                layer=name,
                notes=(head.note("the softmax is here"),),
                help="write `categorical_crossentropy`, or `activation: sigmoid` where both may hold at once",
                changes=changes,
                safe=False,
            )


RULE = Rule("ARC426", find)
