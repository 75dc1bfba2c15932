"""A metric that says nothing of the output (ARC432, metric-misread)

## What it does
Warns of `accuracy` beside a loss of numbers (`mse`, `mae`, `huber`) on one linear unit, where nothing says that the
targets are classes; of `binary_accuracy` beside `categorical_crossentropy` on three classes or more; and of
`categorical_accuracy` beside `sparse_categorical_crossentropy`.

## Why it matters
Keras computes a number all the same. Accuracy asks whether a forecast equals its target exactly, which hardly ever
holds: it stays at 0 however good the model is. `binary_accuracy` counts every class that was rightly not told: 0.8 of
five classes for a model that knows nothing. `categorical_accuracy` takes the greatest of one code, which is always 0.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
target: {shape: [1]}
training: {loss: mse, metrics: [accuracy]}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
target: {shape: [1]}
training: {loss: mse, metrics: [mae]}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.heads import head_of
from archcompiler.analysis.kinds import are_classes
from archcompiler.analysis.metrics import Metric, metrics_of, replaced
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.graph.training import loss_place
from archcompiler.lint.subject import Rule, Subject

OF_NUMBERS = frozenset(("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "Huber", "LogCosh",
                        "MeanSquaredLogarithmicError"))  # fmt: skip
ACCURACIES = frozenset(("accuracy", "acc", "Accuracy", "BinaryAccuracy"))


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    for name, loss, _ in subject.losses():
        if training is None:
            continue
        for metric in metrics_of(training, name):
            found = _misread(subject, name, loss, metric)
            if found is None:
                continue
            message, wanted = found
            loc, on_key = loss_place(training, name)
            yield Problem(
                "ARC432",
                message,
                metric.loc,
                on_key=metric.on_key,
                layer=name,
                notes=(PlacedNote(f"the loss is {loss}", loc, on_key),),
                help=f"write `{wanted}`",
                changes=replaced(metric, wanted),
                safe=False,
            )


def _misread(subject: Subject, name: str, loss: str, metric: Metric) -> tuple[str, str] | None:
    """What is wrong with a metric, and which one is meant."""
    head = head_of(subject.graph, subject.graph.graph.outputs.refs[name])
    last = subject.graph.outputs[name].axes[-1]
    if head is None or not isinstance(last, int):
        return None
    if loss in OF_NUMBERS and metric.class_name in ACCURACIES:
        if (
            head.activation != "linear"
            or last != 1
            or are_classes(subject.spec, subject.targets, name)
            or _shared(subject)
        ):
            return None
        return f"accuracy asks whether `{name}` equals its target exactly, which no forecast does", "mae"
    if metric.class_name == "BinaryAccuracy" and head.activation == "softmax" and last > 2:
        if loss == "CategoricalCrossentropy":
            message = f"binary_accuracy takes each of the {last} numbers of `{name}` for a question of its own"
            return message, "categorical_accuracy"
        return None
    one_code = subject.graph.outputs[name].rank == 2 and last > 1
    if metric.class_name == "CategoricalAccuracy" and loss == "SparseCategoricalCrossentropy" and one_code:
        message = f"categorical_accuracy takes the targets of `{name}` for one-hot vectors, but they are codes"
        return message, "sparse_categorical_accuracy"
    return None


def _shared(subject: Subject) -> bool:
    """Whether one list of metrics is for several outputs, of which some may have classes."""
    return subject.training is None or (subject.training.one_metrics and len(subject.graph.outputs) > 1)


RULE = Rule("ARC432", find)
