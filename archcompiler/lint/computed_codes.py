"""What a layer computes is looked up (ARC431, computed-codes)

## What it does
Warns where an `Embedding` of a model that is trained is given what a layer with weights, a normalization or an
activation computes.

## Why it matters
An `Embedding` looks whole numbers up, and cuts every other number down to one. It has no gradient, so that the layers
before it never learn. Keras warns of that at most while it trains.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24]}
layers:
  - Dense: 24
  - Embedding: {input_dim: 50, output_dim: 8}
  - LSTM: 8
training: {loss: mse}
```

## Right
```yaml
archcompiler: 1
inputs: {words: {shape: [24], dtype: int32}}
layers:
  - Embedding: {input_dim: 50, output_dim: 8}
  - LSTM: 8
training: {loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import all_graphs
from archcompiler.analysis.lookups import lookups
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject
from archcompiler.tensors import FLOAT_DTYPES

COMPUTING = frozenset((
    "Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "BatchNormalization", "LayerNormalization", "Normalization",
    "UnitNormalization", "Dropout", "GaussianNoise", "GaussianDropout", "AveragePooling1D", "GlobalAveragePooling1D",
))  # fmt: skip
"""Layers without weights that give fractions all the same."""


def find(subject: Subject) -> Iterator[Problem]:
    if subject.training is None or not subject.training.losses:
        return
    for graph in all_graphs(subject.graph):
        for node, source in lookups(graph):
            thing = source.node.thing
            if source.node.kind not in ("layer", "again") or thing is None or thing.custom is not None:
                continue
            fractions = source.outputs[0].dtype in FLOAT_DTYPES
            if fractions and (source.params > 0 or source.class_name in COMPUTING):
                yield Problem(
                    "ARC431",
                    f"{node.class_name} looks whole numbers up, but it is given what `{source.name}` computes",
                    node.node.thing_loc,
                    layer=node.name,
                    notes=(PlacedNote(f"`{source.name}` gives {source.outputs[0]}", source.node.thing_loc),),
                    help="give it an input of codes (`dtype: int32`), or put a `Dense` in its place",
                )


RULE = Rule("ARC431", find)
