"""A model is never called (ARC405, unused-model)

## What it does
Warns where a model under `models` is called by no layer and by no other model.

## Why it matters
It is checked, but it is no part of what is emitted or built. Most often a call was forgotten, or misspelt into
something else.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
models:
  encoder:
    inputs: {readings: [24, 2]}
    layers: [{LSTM: 8}]
layers: [{LSTM: 8}, {Dense: 1}]
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
models:
  encoder:
    inputs: {readings: [24, 2]}
    layers: [{LSTM: 8}]
layers: [encoder, {Dense: 1}]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import Problem
from archcompiler.graph.calls import called_models
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    called = {name for graph in subject.graphs for name in called_models(graph)}
    for name in subject.graph.graph.models:
        if name not in called:
            yield Problem(
                "ARC405",
                f"the model `{name}` is never called, so it is left out of what is emitted and built",
                ("models", name),
                help=f"call it with `- {name}` in `layers`, or remove it",
            )


RULE = Rule("ARC405", find)
