"""A checkpoint's file has an ending that Keras refuses (ARC340, checkpoint-path)

## What it does
The `filepath` of a `ModelCheckpoint` ends neither in `.keras` nor in `.h5`; or, with `save_weights_only: true`, not in
`.weights.h5`.

## Why it matters
Older Keras took any name. Keras 3 fails when the callback is made, before the first epoch.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
target: {shape: [1]}
training:
  loss: mse
  callbacks:
    - ModelCheckpoint: {filepath: best.hdf5}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
target: {shape: [1]}
training:
  loss: mse
  callbacks:
    - ModelCheckpoint: {filepath: best.keras}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcompiler.diagnostics import Change, Problem
from archcompiler.lint.subject import Rule, Subject

OLD = re.compile(r"(\.weights)?\.(hdf5|hdf|h5|keras|tf|ckpt|model|pb)$")
"""The endings that older Keras had."""


def find(subject: Subject) -> Iterator[Problem]:
    for thing in subject.training.callbacks if subject.training is not None else ():
        path = thing["filepath"]
        if thing.class_name != "ModelCheckpoint" or thing.custom is not None or not isinstance(path, str):
            continue
        weights = thing["save_weights_only"] is True
        ending = ".weights.h5" if weights else ".keras"
        if path.endswith(ending) or (not weights and path.endswith(".h5")):
            continue
        wanted = OLD.sub("", path) + ending
        what = "weights are saved" if weights else "a model is saved"
        loc = thing.place("filepath")
        yield Problem(
            "ARC340",
            f"{what} in a file whose name ends in `{ending}`, but `{path}` is given",
            loc,
            on_key=False,
            help=f"write `{wanted}`",
            changes=(Change("set_argument", thing.loc, wanted, "filepath"),),
        )


RULE = Rule("ARC340", find)
