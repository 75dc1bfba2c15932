"""A callback waits for a number that never comes (ARC433, monitor-missing)

## What it does
Warns where `EarlyStopping`, `ReduceLROnPlateau` or `ModelCheckpoint` monitors `val_…`, as they do by default, and the
spec has neither `validation_split` nor `validation_data`; and where they monitor `acc` or `val_acc`, and the metric is
`accuracy`.

## Why it matters
Keras says so once an epoch in a warning, and goes on: training never stops early, the rate is never reduced, and with
`save_best_only` nothing is ever saved. Older Keras called the number `val_acc`, Keras 3 calls it by the metric's name;
of `val_acc` it cannot tell whether more is better, and `EarlyStopping` fails.
`train --validation-data FILE` gives the numbers too: then the warning may be ignored.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
target: {shape: [1]}
training: {loss: mse, callbacks: [{EarlyStopping: {patience: 3}}]}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
target: {shape: [1]}
training: {loss: mse, validation_split: 0.1, callbacks: [{EarlyStopping: {patience: 3}}]}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.metrics import metrics_of
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.training import Training
from archcompiler.layers.things import Thing
from archcompiler.lint.subject import Rule, Subject

MONITORING = frozenset(("EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"))


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    if training is None or not training.losses:
        return
    validated = bool(training.spec.validation_split) or subject.spec.validation_data is not None
    for thing in training.callbacks:
        monitor = thing["monitor"]
        if thing.class_name not in MONITORING or thing.custom is not None or not isinstance(monitor, str):
            continue
        if thing.class_name == "ModelCheckpoint" and thing["save_best_only"] is not True:
            continue
        if monitor.startswith("val_") and not validated:
            yield _unvalidated(thing, monitor)
        elif monitor in ("acc", "val_acc") and len(subject.graph.outputs) == 1:
            yield from _renamed(training, next(iter(subject.graph.outputs)), thing, monitor)


def _unvalidated(thing: Thing, monitor: str) -> Problem:
    loc = thing.place("monitor")
    by_default = "" if "monitor" in thing.given else ", which is its default"
    return Problem(
        "ARC433",
        f"{thing.class_name} waits for `{monitor}`{by_default}, but nothing is kept to validate on",
        loc,
        on_key=loc == thing.loc,
        help=f"write `validation_split: 0.1` in `training`, or `monitor: {monitor.removeprefix('val_')}`",
    )


def _renamed(training: Training, output: str, thing: Thing, monitor: str) -> Iterator[Problem]:
    metric = next((one for one in metrics_of(training, output) if one.class_name == "accuracy"), None)
    if metric is None or any(one.class_name == "acc" for one in metrics_of(training, output)):
        return
    loc, wanted = thing.place("monitor"), monitor.replace("acc", "accuracy")
    yield Problem(
        "ARC433",
        f"{thing.class_name} waits for `{monitor}`, but Keras 3 calls it `{wanted}`",
        loc,
        on_key=loc == thing.loc,
        notes=(PlacedNote("the metric is here", metric.loc, metric.on_key),),
        help=f"write `monitor: {wanted}`",
        changes=(Change("set_argument", thing.loc, wanted, "monitor"),),
    )


RULE = Rule("ARC433", find)
