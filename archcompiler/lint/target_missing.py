"""An output has a loss and no target (ARC333, target-missing)

## What it does
The spec says what some outputs are trained towards, and an output that has a loss is not among them.

## Why it matters
A loss compares an output with its target. `fit` fails at the first batch, as it is given fewer targets than losses.

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
training: {loss: {level: mse, alarm: binary_crossentropy}}
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
from archcompiler.wording import listed


def find(subject: Subject) -> Iterator[Problem]:
    training, targets = subject.training, subject.spec.targets
    if training is None or not targets or any(name not in subject.graph.outputs for name in targets):
        return
    missing = [name for name in training.losses if name not in targets and name not in subject.told]
    if not missing:
        return
    own = [name for name in missing if training.loss_locs[name] != ("training", "loss")]
    loc = training.loss_locs[own[0]] if own else ("training", "loss")
    yield Problem(
        "ARC333",
        f"{listed(missing)} {'has' if len(missing) == 1 else 'have'} a loss, but no target",
        loc,
        layer=missing[0],
        notes=(PlacedNote(f"there {'is a target' if len(targets) == 1 else 'are targets'} for {listed(targets)}",
                          ("targets",)),),
        help=f"say under `targets` what {listed(missing)} {'is' if len(missing) == 1 else 'are'} trained towards, or "
        "give a loss to the others alone: `loss: {OUTPUT: …}`",
    )  # fmt: skip


RULE = Rule("ARC333", find)
