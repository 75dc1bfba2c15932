"""A target that nothing is held against (ARC427, target-unused)

## What it does
Warns where `targets` has one for an output that has neither a loss nor a metric, while other outputs have one. Data may
hold more than is trained on.

## Why it matters
Keras takes the data, compares nothing with them, and does not train what makes the output. It is right where that is
meant; most often the loss was forgotten.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
    name: memory
  - Dense: 1
    name: level
    from: memory
  - Dense: {units: 1, activation: sigmoid}
    name: alarm
    from: memory
outputs: [level, alarm]
targets:
  level: {shape: [1]}
  alarm: {shape: [1]}
training: {loss: {level: mse}}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
    name: memory
  - Dense: 1
    name: level
    from: memory
  - Dense: {units: 1, activation: sigmoid}
    name: alarm
    from: memory
outputs: [level, alarm]
targets:
  level: {shape: [1]}
  alarm: {shape: [1]}
training: {loss: {level: mse, alarm: binary_crossentropy}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    if training is None or not training.losses:
        return
    written = subject.spec.training.loss if subject.spec.training else None
    names = [str(name) for name in written] if isinstance(written, dict) else []
    if any(name in training.losses for name in names) and any(name not in subject.graph.outputs for name in names):
        return  # the name that is no output's may be meant for this one
    for name, target in subject.targets.items():
        if target.supplied:  # data may hold more than is trained on
            continue
        if name not in training.losses and name not in training.metrics and name not in subject.told:
            yield Problem(
                "ARC427",
                f"the target of `{name}` is held against nothing: the output has no loss",
                target.loc,
                layer=name,
                notes=(PlacedNote("the losses are here", ("training", "loss")),),
                help=f"write `loss: {{{name}: …}}` beside the others, or remove the target",
            )


RULE = Rule("ARC427", find)
