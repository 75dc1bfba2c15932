"""A softmax is trained by binary crossentropy (ARC331, softmax-binary)

## What it does
An output of two or more classes comes from a softmax, and its loss is `binary_crossentropy`.

## Why it matters
`binary_crossentropy` takes every number for a yes or no of its own, and averages over them. A softmax gives numbers
that share one 1.0 among them. The loss is another one than the crossentropy of the classes: most of it comes from the
classes that are not meant, and an answer that is wrong costs little. On TensorFlow Keras takes what went into the
softmax and puts each number through a sigmoid, so that even of two classes the loss is not that of the answers. Keras
says nothing. Labels of which several may hold at once need a sigmoid each; one class of several needs
`categorical_crossentropy`.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 5, activation: softmax}
target: {shape: [5]}
training: {loss: binary_crossentropy}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 5, activation: softmax}
target: {shape: [5]}
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
        count = head.given.axes[-1]
        if isinstance(count, int) and count > 1:
            yield Problem(
                "ARC331",
                f"`{name}` is a softmax over {count} classes, but binary_crossentropy takes each of its numbers for a "
                "yes or no of its own",
                loc,
                on_key=on_key,
                layer=name,
                notes=(head.note("the softmax is here"),),
                help="write `categorical_crossentropy` for one class of several, or `activation: sigmoid` where "
                "several may hold at once",
                changes=changes,
                safe=False,
            )


RULE = Rule("ARC331", find)
