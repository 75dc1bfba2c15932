"""A metric that says nothing of the output (ARC432, metric-misread)

## What it does
Warns of `accuracy`, `Precision` and other metrics of classes beside a loss of numbers (`mse`, `mae`, `huber`) on one
linear unit, where nothing says that the targets are classes; of `binary_accuracy` beside `categorical_crossentropy` on
three classes or more; of `categorical_accuracy` beside `sparse_categorical_crossentropy`, or on one unit; of the class
`Accuracy` beside a crossentropy; of the best `k` of no more than `k` classes; of `MeanIoU`, which takes classes, on
probabilities; and of `Precision`, `Recall` and `AUC` on logits, which they take for probabilities.

## Why it matters
Keras computes a number all the same. Accuracy asks whether a forecast equals its target exactly, which hardly ever
holds: it stays at 0 however good the model is. `binary_accuracy` counts every class that was rightly not told: 0.8 of
five classes for a model that knows nothing. `categorical_accuracy` takes the greatest of one code, which is always 0.
The class `Accuracy` asks whether probabilities equal the class, and the target is always among the best 5 of 5.

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

from archcompiler.analysis.heads import PROBABILITIES, Head, head_of
from archcompiler.analysis.kinds import are_classes
from archcompiler.analysis.metrics import Metric, metrics_of, replaced
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.training import loss_place
from archcompiler.lint.subject import Rule, Subject

OF_NUMBERS = frozenset(("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "Huber", "LogCosh",
                        "MeanSquaredLogarithmicError"))  # fmt: skip
ACCURACIES = frozenset(("accuracy", "acc", "Accuracy", "BinaryAccuracy"))


OF_CLASSES = frozenset(("Precision", "Recall", "AUC", "F1Score", "FBetaScore", "CategoricalAccuracy",
                        "SparseCategoricalAccuracy"))  # fmt: skip
CROSSENTROPIES = frozenset(("BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy",
                            "CategoricalFocalCrossentropy", "SparseCategoricalCrossentropy"))  # fmt: skip
BEST = frozenset(("TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy"))
OF_SEVERAL = BEST | {"CategoricalAccuracy", "SparseCategoricalAccuracy"}
THRESHOLDS = {"Precision": "thresholds", "Recall": "thresholds"}
ONE_HOT = {"IoU": "OneHotIoU", "MeanIoU": "OneHotMeanIoU"}


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    for name, loss, thing in subject.losses():
        head = head_of(subject.graph, subject.graph.graph.outputs.refs[name])
        if training is None or head is None or not isinstance(subject.graph.outputs[name].axes[-1], int):
            continue
        logits = thing is not None and thing["from_logits"] is True and head.activation == "linear"
        for metric in metrics_of(training, name):
            found = _misread(subject, name, loss, head, metric) or (_of_logits(name, loss, metric) if logits else None)
            if found is None:
                continue
            message, help, changes = found
            loc, on_key = loss_place(training, name)
            yield Problem(
                "ARC432",
                message,
                metric.loc,
                on_key=metric.on_key,
                layer=name,
                notes=(PlacedNote(f"the loss is {loss}", loc, on_key),),
                help=help,
                changes=changes,
                safe=False,
            )


Found = tuple[str, str, tuple[Change, ...]]


def _misread(subject: Subject, name: str, loss: str, head: Head, metric: Metric) -> Found | None:
    """What is wrong with a metric, which one is meant, and what would mend it."""
    output, asked = subject.graph.outputs[name], metric.class_name
    last = output.axes[-1]
    if not isinstance(last, int):
        return None
    if loss in OF_NUMBERS and (asked in ACCURACIES or asked in OF_CLASSES):
        if head.activation != "linear" or last != 1 or are_classes(subject.spec, subject.targets, name):
            return None
        if _shared(subject):
            return None
        if asked in ACCURACIES:
            return _instead(metric, f"accuracy asks whether `{name}` equals its target exactly, which no forecast does",
                            "mae")  # fmt: skip
        return _instead(metric, f"{asked} is for classes, but `{name}` is trained on numbers", "mae")
    if loss not in CROSSENTROPIES:
        return None
    codes = loss == "SparseCategoricalCrossentropy"
    if asked == "Accuracy" and not (codes and _lacking(subject, name)):
        return _instead(metric, f"Accuracy asks whether the numbers of `{name}` equal the class exactly", "accuracy")
    if asked in OF_SEVERAL and last == 1 and loss.startswith("Binary"):
        return _instead(metric, f"{asked} looks for the greatest of the numbers of `{name}`, and there is one",
                        "binary_accuracy")  # fmt: skip
    best = (metric.thing["k"] if metric.thing is not None else 5) if asked in BEST else None
    if isinstance(best, int) and 1 < last <= best and (asked[0] == "S") == codes:
        message = f"the class is always among the best {best} of {last}: {asked} of `{name}` is 1.0"
        accuracy = "sparse_categorical_accuracy" if codes else "categorical_accuracy"
        return _instead(metric, message, accuracy)
    if asked == "BinaryAccuracy" and head.activation == "softmax" and last > 2 and loss == "CategoricalCrossentropy":
        message = f"binary_accuracy takes each of the {last} numbers of `{name}` for a question of its own"
        return _instead(metric, message, "categorical_accuracy")
    if asked == "BinaryAccuracy" and codes and last > 1 and not _lacking(subject, name):
        message = f"binary_accuracy holds each of the {last} numbers of `{name}` against the code"
        return _instead(metric, message, "sparse_categorical_accuracy")
    if asked == "CategoricalAccuracy" and codes and output.rank == 2 and last > 1:
        message = f"categorical_accuracy takes the targets of `{name}` for one-hot vectors, but they are codes"
        return _instead(metric, message, "sparse_categorical_accuracy")
    cut = metric.thing is not None and metric.thing["sparse_y_pred"] is not False
    if asked in ONE_HOT and cut and not codes and head.activation in PROBABILITIES:
        wanted = ONE_HOT[asked] if last > 1 else "BinaryIoU"
        return f"{asked} takes classes, but `{name}` gives probabilities, which it cuts to 0", f"write `{wanted}`", ()
    return None


def _of_logits(name: str, loss: str, metric: Metric) -> Found | None:
    """A threshold at one half, where even chances are 0."""
    if not loss.startswith("Binary"):
        return None
    asked = metric.class_name
    argument, wanted = THRESHOLDS.get(asked), 0.0
    message = f"{asked} says yes from 0.5 on, but `{name}` is logits, which do from 0 on"
    if asked == "AUC":
        argument, wanted = "from_logits", True
        message = f"AUC takes `{name}` for probabilities, but it is logits"
    if argument is None or (metric.thing is not None and argument in metric.thing.given):
        return None
    written = f"{argument}: {'true' if wanted is True else '0.0'}"
    if metric.thing is not None:
        change = Change("set_argument", metric.thing.loc, wanted, argument)
    else:
        change = Change("replace_value", metric.loc, {asked: {argument: wanted}})
    return message, f"write `{asked}: {{{written}}}`", (change,)


def _instead(metric: Metric, message: str, wanted: str) -> Found:
    return message, f"write `{wanted}`", replaced(metric, wanted)


def _lacking(subject: Subject, name: str) -> bool:
    """Whether the target lacks the output's last axis, where metrics that compare numbers fail: ARC337."""
    target = subject.targets.get(name)
    return target is not None and target.type is not None and target.type.rank == subject.graph.outputs[name].rank - 1


def _shared(subject: Subject) -> bool:
    """Whether one list of metrics is for several outputs, of which some may have classes."""
    return subject.training is None or (subject.training.one_metrics and len(subject.graph.outputs) > 1)


RULE = Rule("ARC432", find)
