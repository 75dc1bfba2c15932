"""A metric that cannot be computed of the targets (ARC337, metric-misfit)

## What it does
A metric of codes (`sparse_categorical_accuracy`, `sparse_top_k_categorical_accuracy`) stands beside the loss of one-hot
targets, `categorical_crossentropy`; or a metric of one-hot targets beside `sparse_categorical_crossentropy`, where its
shapes do not match those of codes.

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

from archcompiler.analysis.metrics import metrics_of, replaced
from archcompiler.diagnostics import PlacedNote, Problem
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


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    for name, loss, _ in subject.losses():
        output = subject.graph.outputs[name]
        last = output.axes[-1]
        if training is None or not isinstance(last, int) or last < 2:
            continue
        for metric in metrics_of(training, name):
            if loss in ("CategoricalCrossentropy", "CategoricalFocalCrossentropy"):
                wanted, takes = OF_CODES.get(metric.class_name), "codes"
            elif loss == "SparseCategoricalCrossentropy":
                steps = output.rank > 2 and output.axes[1] != 1
                fails = steps if metric.class_name == "CategoricalAccuracy" else output.rank == 2
                wanted, takes = OF_VECTORS.get(metric.class_name) if fails else None, "one-hot targets"
            else:
                continue
            if wanted is None:
                continue
            loc, on_key = loss_place(training, name)
            yield Problem(
                "ARC337",
                f"{metric.class_name} takes {takes}, but {loss} is given "
                + ("one-hot targets" if takes == "codes" else "codes")
                + f" for `{name}`: `fit` fails",
                metric.loc,
                on_key=metric.on_key,
                layer=name,
                notes=(PlacedNote("the loss says what the targets are", loc, on_key),),
                help=f"write `{wanted}`, or `accuracy`, which is taken for the one that fits",
                changes=replaced(metric, wanted),
                safe=False,
            )


RULE = Rule("ARC337", find)
