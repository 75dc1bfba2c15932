"""Dropout before a BatchNormalization (ARC418, dropout-before-norm)

## What it does
Warns where a dropout layer feeds a `BatchNormalization` and nothing else.

## Why it matters
In training, dropout widens the spread of what it passes on; in use it does not. The `BatchNormalization` keeps the
spread of training and divides by it in use, so that what follows is given other numbers than it was trained on (Li et
al. 2018, https://arxiv.org/abs/1801.05134). Dropout belongs after the last normalization.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [16]}
layers:
  - Dense: {units: 32, activation: relu}
  - Dropout: 0.3
  - BatchNormalization
  - Dense: 1
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [16]}
layers:
  - Dense: {units: 32, activation: relu}
  - BatchNormalization
  - Dropout: 0.3
  - Dense: 1
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import DROPOUTS, all_graphs, pairs
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    for graph in all_graphs(subject.graph):
        for first, second in pairs(graph):
            if first.class_name in DROPOUTS and second.class_name == "BatchNormalization":
                yield Problem(
                    "ARC418",
                    f"`{second.name}` learns the spread of what `{first.name}` widens in training, and not in use",
                    first.node.thing_loc,
                    layer=first.name,
                    notes=(PlacedNote("the spread is kept here", second.node.thing_loc),),
                    help="put the dropout after the BatchNormalization",
                )


RULE = Rule("ARC418", find)
