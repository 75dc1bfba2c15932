"""Weights of classes that weigh something else (ARC441, class-weights-misread)

## What it does
Warns where `class_weight` names a class that the target does not have; where a weight is below 0; where the targets are
several labels a sample, and `binary_crossentropy` the loss; and where they are numbers, and the last layer is linear.

## Why it matters
`fit` says nothing. It looks up the class of each sample, and takes 1 where it finds no weight: that of a class which
there is not is never used. Of several labels it takes the first of the greatest for the class, so that labels besides
it do not count. Of a number it takes what is before the point: 0.3 and -0.9 are both class 0.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 3, activation: softmax}
target: {shape: [], classes: 3}
training: {loss: sparse_categorical_crossentropy, class_weight: {1: 1.0, 2: 5.0, 3: 5.0}}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 3, activation: softmax}
target: {shape: [], classes: 3}
training: {loss: sparse_categorical_crossentropy, class_weight: {0: 1.0, 1: 5.0, 2: 5.0}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.contract import REPEATING
from archcompiler.analysis.heads import head_of
from archcompiler.analysis.kinds import are_classes, classes_of, is_one_hot
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.training import Training, loss_place
from archcompiler.lint.subject import Rule, Subject
from archcompiler.wording import listed

LOC: Loc = ("training", "class_weight")
OF_VECTORS = ("CategoricalCrossentropy", "CategoricalFocalCrossentropy", "SparseCategoricalCrossentropy")
OF_LABELS = ("BinaryCrossentropy", "BinaryFocalCrossentropy")


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    weights = training.spec.class_weight if training is not None else None
    if training is None or not weights or len(subject.graph.outputs) > 1:
        return
    for name, loss, _ in subject.losses():
        output = subject.graph.outputs[name]
        if output.rank > 2:
            continue
        head = head_of(subject.graph, subject.graph.graph.outputs.refs[name])
        activation = head.activation if head is not None else None
        last = output.axes[-1] if output.rank == 2 else None
        said = (subject.spec, subject.targets, name)
        if loss in OF_LABELS and isinstance(last, int) and last > 1:
            if activation in ("sigmoid", "linear") and not is_one_hot(*said):
                many = f"`class_weight` is for one class a sample, but each of the {last} labels of `{name}` may hold"
                yield _otherwise(training, name, loss, f"{many}: the first that holds is taken for the class")
        elif loss in REPEATING and activation == "linear" and not are_classes(*said):
            yield _otherwise(training, name, loss, f"`class_weight` is for classes, but `{name}` is trained on numbers")
        elif loss in OF_VECTORS or loss in OF_LABELS:
            count = 2 if loss in OF_LABELS and last == 1 else last if loss in OF_VECTORS else None
            count = classes_of(*said) or count
            if isinstance(count, int) and count > 1:
                yield from _unknown(training, name, loss, sorted(weights), count)
    for number, weight in weights.items():
        if weight < 0:
            message = f"the class {number} weighs {weight:g}: below 0, the model learns to be wrong about it"
            yield Problem("ARC441", message, (*LOC, number), False, help="write a weight of 0 or more")


def _otherwise(training: Training, name: str, loss: str, message: str) -> Problem:
    place, on_key = loss_place(training, name)
    note = (PlacedNote(f"the loss is {loss}", place, on_key),)
    remove = (Change("remove_entry", LOC),)
    help = "remove it; `sample_weight` beside the data weighs each sample"
    return Problem("ARC441", message, LOC, layer=name, notes=note, help=help, changes=remove, safe=False)


def _unknown(training: Training, name: str, loss: str, named: list[int], count: int) -> Iterator[Problem]:
    """Weights of classes that the target does not have."""
    extra = [one for one in named if not 0 <= one < count]
    if not extra:
        return
    place, on_key = loss_place(training, name)
    from_one = named == list(range(1, count + 1))
    if from_one:
        changes = tuple(Change("replace_key", (*LOC, one), one - 1) for one in named)
    elif len(extra) == len(named):
        changes = (Change("remove_entry", LOC),)
    else:
        changes = (Change("remove_entry", (*LOC, extra[0])),) if len(extra) == 1 else ()
    what = f"the class {extra[0]}" if len(extra) == 1 else f"the classes {listed(extra)}"
    yield Problem(
        "ARC441",
        f"`class_weight` names {what}, but `{name}` tells 0 … {count - 1} apart: "
        + ("it is never used" if len(extra) == 1 else "they are never used"),
        (*LOC, extra[0]),
        layer=name,
        notes=(PlacedNote(f"{loss} takes classes from 0 on", place, on_key),),
        help=f"classes count from 0: write 0 … {count - 1}" if from_one else "remove what is too many",
        changes=changes,
        safe=False,
    )


RULE = Rule("ARC441", find)
