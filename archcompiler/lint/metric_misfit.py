"""A metric that cannot be computed of the targets (ARC337, metric-misfit)

## What it does
A metric of codes (`sparse_categorical_accuracy`, `sparse_top_k_categorical_accuracy`) stands beside the loss of one-hot
targets, `categorical_crossentropy`; or a metric of one-hot targets, or one that compares number by number (`Precision`,
`Recall`, `AUC`, `MeanIoU`, `binary_accuracy` …), beside `sparse_categorical_crossentropy`, where its shapes do not
match those of codes; or `F1Score` or `R2Score`, which take (batch, numbers), where there are steps, or no axis.

## Why it matters
Loss and metrics are given the same targets. The loss takes them, the metric does not, and `fit` fails with a message
about a node of TensorFlow. `accuracy` is taken for the one that fits.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 5, activation: softmax}
target: {shape: [5], one_hot: true}
training: {loss: categorical_crossentropy, metrics: [sparse_categorical_accuracy]}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 5, activation: softmax}
target: {shape: [5], one_hot: true}
training: {loss: categorical_crossentropy, metrics: [accuracy]}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.metrics import Metric, metrics_of, replaced
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.training import loss_place
from archcompiler.lint.subject import Rule, Subject

OF_CODES = {
    "SparseCategoricalAccuracy": "categorical_accuracy",
    "SparseTopKCategoricalAccuracy": "top_k_categorical_accuracy",
}
OF_VECTORS = {
    "CategoricalAccuracy": "sparse_categorical_accuracy",
    "TopKCategoricalAccuracy": "sparse_top_k_categorical_accuracy",
}
ONE_BY_ONE = frozenset((
    "Precision", "Recall", "TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives", "AUC",
    "PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity", "BinaryIoU",
    "IoU", "MeanIoU", "BinaryCrossentropy", "CategoricalCrossentropy",
))  # fmt: skip
"""Metrics that hold each number of the output against one of the target, whatever their shapes."""
ALIGNED = frozenset((
    "BinaryAccuracy", "Accuracy", "MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError", "Hinge",
    "CosineSimilarity", "F1Score", "FBetaScore", "R2Score",
))  # fmt: skip
"""Metrics that fail where the target lacks the output's last axis, and repeat it where it is 1."""
FLAT = frozenset(("F1Score", "FBetaScore", "R2Score"))
"""Metrics of (batch, numbers)."""


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    for name, loss, _ in subject.losses():
        alike: dict[str, list[tuple[Metric, Found]]] = {}
        for metric in metrics_of(training, name) if training is not None else ():
            found = _misfit(subject, name, loss, metric)
            if found is not None:
                alike.setdefault(found[2], []).append((metric, found))
        for (metric, (message, note, help, changes)), *rest in alike.values():
            if training is None:
                return
            loc, on_key = loss_place(training, name)
            yield Problem(
                "ARC337",
                f"{message}: `fit` fails",
                metric.loc,
                on_key=metric.on_key,
                layer=name,
                notes=(
                    *(PlacedNote(f"and so it is of {one.class_name}", one.loc, one.on_key) for one, _ in rest),
                    PlacedNote(note, loc, on_key),
                ),
                help=help,
                changes=changes if not rest else (),
                safe=False,
            )


Found = tuple[str, str, str, tuple[Change, ...]]


def _misfit(subject: Subject, name: str, loss: str, metric: Metric) -> Found | None:
    """What is wrong with a metric: the message, the note of the loss, the help, and what would mend it."""
    output, target = subject.graph.outputs[name], subject.targets.get(name)
    last, metric_class = output.axes[-1], metric.class_name
    lacking = target is not None and target.type is not None and target.type.rank == output.rank - 1
    if metric_class in FLAT and (output.rank > 2 or (lacking and last == 1 and metric_class != "R2Score")):
        given = output if output.rank > 2 else f"a target of {target.type if target is not None else None}"
        help = "leave it out, or compute it of what `predict` gives" if output.rank > 2 else (
            "write `shape: [1]` in the target, and give the data that axis")  # fmt: skip
        return f"{metric_class} takes (batch, numbers), but `{name}` has {given}", f"the loss is {loss}", help, ()
    if not isinstance(last, int) or last < 2:
        return None
    note = "the loss says what the targets are"
    if loss in ("CategoricalCrossentropy", "CategoricalFocalCrossentropy"):
        wanted = OF_CODES.get(metric_class)
        message = f"{metric_class} takes codes, but {loss} is given one-hot targets for `{name}`"
    elif loss == "SparseCategoricalCrossentropy":
        steps = output.rank > 2 and output.axes[1] != 1
        fails = steps if metric_class == "CategoricalAccuracy" else output.rank == 2
        wanted = OF_VECTORS.get(metric_class) if fails else None
        message = f"{metric_class} takes one-hot targets, but {loss} is given codes for `{name}`"
        if (metric_class in ONE_BY_ONE and not _of_one_class(metric)) or (metric_class in ALIGNED and lacking):
            numbers = f"the {last} numbers of `{name}` for each"
            one = "step" if output.rank > 2 else "sample"
            doubled = _has_accuracy(subject, name)
            return f"{metric_class} is given one code for a {one}, and {numbers}", note, *_instead(metric, doubled)
    else:
        return None
    if wanted is None:
        return None
    return (
        message,
        note,
        f"write `{wanted}`, or `accuracy`, which is taken for the one that fits",
        replaced(metric, wanted),
    )


def _of_one_class(metric: Metric) -> bool:
    """Whether it looks at one class alone, or at each on its own, or takes the likeliest class itself."""
    thing = metric.thing
    if thing is None:
        return False
    alone = any(thing[name] is not None for name in ("class_id", "num_labels"))
    return alone or thing["multi_label"] is True or thing["sparse_y_pred"] is False


def _has_accuracy(subject: Subject, name: str) -> bool:
    return subject.training is not None and "accuracy" in subject.training.metrics.get(name, ())


def _instead(metric: Metric, doubled: bool) -> tuple[str, tuple[Change, ...]]:
    """What is meant instead of a metric that compares number by number; nothing where accuracy would be `doubled`."""
    thing = metric.thing
    if metric.class_name in ("IoU", "MeanIoU") and thing is not None:
        help = "write `sparse_y_pred: false`, which takes the likeliest class"
        return help, (Change("set_argument", thing.loc, False, "sparse_y_pred"),)
    if metric.class_name in ("BinaryCrossentropy", "CategoricalCrossentropy"):
        return "write `sparse_categorical_crossentropy`", replaced(metric, "sparse_categorical_crossentropy")
    hot = "give one-hot targets, and `categorical_crossentropy` as the loss"
    if doubled:
        return f"remove it; or {hot}", (Change("remove_entry", metric.loc),) if metric.thing is None else ()
    return f"write `accuracy`; or {hot}", replaced(metric, "accuracy")


RULE = Rule("ARC337", find)
