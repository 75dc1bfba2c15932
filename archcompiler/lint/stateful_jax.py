"""State is lost on JAX (ARC425, stateful-jax)

## What it does
Warns of a layer that is `stateful: true`, where the models are said to run on JAX (`backend`).

## Why it matters
On JAX the state of a layer is not carried from batch to batch in `fit`, `evaluate` and `predict`: every batch begins
anew, without a word. What archcompiler emits carries the state of joined windows itself; a model that is built, saved
and fitted by other code does not.

## Wrong
```yaml
archcompiler: 1
batch_size: 4
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 2, stateful: true, return_sequences: true}
```

## Right
```yaml
archcompiler: 1
batch_size: 4
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 2, return_sequences: true}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import Problem
from archcompiler.graph.steps import stateful_layer
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    thing = stateful_layer(subject.graph) if subject.settings.backend == "jax" else None
    if thing is not None:
        yield Problem(
            "ARC425",
            f"on JAX this {thing.class_name} begins every batch anew, though it is stateful",
            thing.place("stateful"),
            help="take its states as results (`return_state: true`) and give them back as `initial_state`, or run it "
            "on TensorFlow",
        )


RULE = Rule("ARC425", find)
