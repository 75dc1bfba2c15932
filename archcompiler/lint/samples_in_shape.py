"""The number of samples stands in a shape (ARC429, samples-in-shape)

## What it does
Warns where the first size in the shape of every input is the number of `samples` that `training` gives.

## Why it matters
A shape leaves out the batch axis: it is that of one sample. With the number of samples in it, all data are one sample,
and the layers take samples for steps.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [5000, 24]}
layers:
  - Dense: {units: 32, activation: relu}
  - Dense: 1
training: {loss: mse, samples: 5000}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24]}
layers:
  - Dense: {units: 32, activation: relu}
  - Dense: 1
training: {loss: mse, samples: 5000}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject

MANY = 100
"""So many steps that a number of samples which is the same is no chance."""


def find(subject: Subject) -> Iterator[Problem]:
    spec = subject.spec
    samples = spec.training.samples if spec.training is not None else None
    if samples is None or samples < MANY:
        return
    if any(one.rank < 2 or one.axes[1] != samples for one in subject.graph.inputs.values()):
        return
    name, given = next(iter(spec.inputs.items()))
    shape = subject.graph.inputs[name]
    yield Problem(
        "ARC429",
        f"the shape of `{name}` begins with {samples}, which is how many samples there are",
        ("inputs", name, "shape"),
        on_key=False,
        notes=(PlacedNote("that many samples are given here", ("training", "samples"), False),),
        help=f"a shape is that of one sample: `{name}` {shape} would be {samples} samples of {samples} steps each",
        changes=(Change("replace_value", ("inputs", name, "shape"), given.shape[1:]),) if len(spec.inputs) == 1 else (),
        safe=False,
    )


RULE = Rule("ARC429", find)
