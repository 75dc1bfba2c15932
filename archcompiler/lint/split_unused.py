"""A share for validation that is not used (ARC445, split-unused)

## What it does
Warns where `training` has a `validation_split`, and the spec has `validation_data` as well.

## Why it matters
Data that are given go before a share: Keras parts nothing off, and trains on all samples. Whoever counts on the share
to keep some of them back sees them in training.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
    name: level
data: {readings: [5000, 24, 2], level: [5000, 1]}
validation_data: {readings: [500, 24, 2], level: [500, 1]}
training: {loss: mse, validation_split: 0.1}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
    name: level
data: {readings: [5000, 24, 2], level: [5000, 1]}
validation_data: {readings: [500, 24, 2], level: [500, 1]}
training: {loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    split = subject.training.spec.validation_split if subject.training is not None else None
    if split and subject.spec.validation_data is not None:
        loc = ("training", "validation_split")
        yield Problem(
            "ARC445",
            f"`validation_split: {split:g}` is not used beside `validation_data`: all samples are trained on",
            loc,
            notes=(PlacedNote("the data to validate on are here", ("validation_data",)),),
            help="remove one of the two",
            changes=(Change("remove_entry", loc),),
            safe=False,
        )


RULE = Rule("ARC445", find)
