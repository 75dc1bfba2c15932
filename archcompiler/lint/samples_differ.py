"""Two counts of the samples (ARC444, samples-differ)

## What it does
Warns where `samples` under `training` is another number than that of the arrays under `data`.

## Why it matters
`samples` is for data that nobody has described. What is found out with it, such as whether batches are full, is wrong
where there are more samples, or fewer.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
    name: level
data: {readings: [5000, 24, 2], level: [5000, 1]}
training: {loss: mse, samples: 4000}
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
training: {loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    data, training = subject.spec.data, subject.training
    if training is None or training.spec.samples is None or training.spec.windows is not None:
        return
    if not isinstance(data, dict):
        return
    loc = ("training", "samples")
    for name, one in data.items():
        first = one.shape[0] if one.shape else None
        if isinstance(first, int) and first != training.spec.samples:
            yield Problem(
                "ARC444",
                f"there are {training.spec.samples} samples by `samples`, and {first} by `data`",
                loc,
                on_key=False,
                notes=(PlacedNote(f"`{name}` has {first}", ("data", name, "shape", 0), False),),
                help="remove `samples`: `data` says how many there are",
                changes=(Change("remove_entry", loc),),
                safe=False,
            )
            return


RULE = Rule("ARC444", find)
