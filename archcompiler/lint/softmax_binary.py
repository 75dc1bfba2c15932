"""A softmax is trained by binary crossentropy (ARC331, softmax-binary)

## What it does
An output of two or more classes comes from a softmax, as it is or clipped, cropped or stretched, or averages or joins
several, and its loss is `binary_crossentropy`. Where the loss of two classes happens to be right, it is a warning,
ARC437.

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
from dataclasses import replace

from archcompiler.analysis.chains import CONVOLUTIONS
from archcompiler.analysis.metrics import metrics_of
from archcompiler.analysis.softmaxes import SoftmaxOutput, class_axis, softmax_with_binary
from archcompiler.diagnostics import Change, Problem
from archcompiler.lint.subject import Rule, Subject

WORDS = {"is": "is a softmax over {} classes", "averages": "averages softmaxes over {} classes",
         "joins": "joins softmaxes over {} classes"}  # fmt: skip
HELP = (
    "write `categorical_crossentropy` for one class of several, or `activation: sigmoid` where several may hold at once"
)
SEVERAL = (
    "write `activation: sigmoid`, as binary_accuracy is for labels of which several may hold at once, or "
    "`categorical_crossentropy` and its accuracy for one class of several"
)
APART = (
    "give each softmax an output of its own with `categorical_crossentropy`, or `activation: sigmoid` to each of them"
)
ALONG = (
    "write `{{CategoricalCrossentropy: {{axis: {}}}}}` for one class of several, or `activation: sigmoid` where "
    "several may hold at once"
)


def find(subject: Subject) -> Iterator[Problem]:
    for one in softmax_with_binary(subject.graph, subject.losses(), subject.training):
        if len(one.counts) == len(one.heads) and max(one.counts) > (2 if one.exact else 1):
            problem = told(
                one, "ARC331", "but binary_crossentropy takes each of its numbers for a yes or no of its own"
            )
            several = _several(subject, one)
            yield problem if several is None else replace(problem, help=SEVERAL, changes=(several,))


def _several(subject: Subject, one: SoftmaxOutput) -> Change | None:
    """What makes a softmax a sigmoid, where the metrics count labels of which several may hold at once."""
    thing, target = one.heads[0].thing, subject.targets.get(one.name)
    written = thing.class_name in ("Dense", "EinsumDense", "Activation", *CONVOLUTIONS)
    if subject.training is None or one.kind != "is" or not written or (target is not None and target.one_hot):
        return None
    if all(metric.class_name != "BinaryAccuracy" for metric in metrics_of(subject.training, one.name)):
        return None
    return Change("set_argument", thing.loc, "sigmoid", "activation")


def told(one: SoftmaxOutput, code: str, but: str) -> Problem:
    counts = " and ".join(str(count) for count in dict.fromkeys(one.counts))
    axis, rank = class_axis(one.heads[0]), one.heads[0].given.rank
    along = "" if axis == rank - 1 else f" along axis {axis}"
    help = APART if one.kind == "joins" else HELP if not along else ALONG.format(axis)
    return Problem(
        code,
        f"`{one.name}` {WORDS[one.kind].format(counts)}{along}, {but}",
        one.loc,
        on_key=one.on_key,
        layer=one.name,
        notes=tuple(dict.fromkeys(head.note("the softmax is here") for head in one.heads)),
        help=help,
        changes=one.changes,
        safe=False,
    )


RULE = Rule("ARC331", find)
