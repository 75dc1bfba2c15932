"""Numbers that are no codes are looked up (ARC334, floats-looked-up)

## What it does
An `Embedding` is given what a layer with weights, a normalization or an activation computes, an input that is scaled,
or one whose `range` has fractions, in a model that is trained.

## Why it matters
An `Embedding` looks whole numbers up, and cuts every other number down to one: 0.2 and 0.9 are both code 0. It has no
gradient, so that layers before it never learn. Keras says nothing.

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
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.graph.ir import Ref, TypedGraph, TypedNode
from archcompiler.lint.subject import Rule, Subject
from archcompiler.tensors import FLOAT_DTYPES

SHAPING = frozenset(("Reshape", "Flatten", "Permute", "Identity", "Masking", "Cropping1D", "RepeatVector", "LastStep"))
COMPUTING = frozenset((
    "Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "BatchNormalization", "LayerNormalization", "Normalization",
    "UnitNormalization", "Dropout", "GaussianNoise", "GaussianDropout", "AveragePooling1D", "GlobalAveragePooling1D",
))  # fmt: skip
"""Layers without weights that give fractions all the same."""


def find(subject: Subject) -> Iterator[Problem]:
    if subject.training is None or not subject.training.losses:
        return
    for graph in all_graphs(subject.graph):
        for node in graph.nodes.values():
            reverse = any(one.name == "reverse" and one.value is not False for one in node.node.arguments)
            if node.class_name not in ("Embedding", "ReversibleEmbedding") or reverse:
                continue
            why = _reason(subject, graph, node.node.sources[0])
            if why is not None:
                yield Problem(
                    "ARC334",
                    f"{node.class_name} looks whole numbers up, but it is given {node.inputs[0]} of fractions",
                    node.node.thing_loc,
                    layer=node.name,
                    notes=(why,),
                    help="give it an input of codes (`dtype: int32`), or put a `Dense` in its place",
                )


def _reason(subject: Subject, graph: TypedGraph, ref: Ref | None) -> PlacedNote | None:
    while ref is not None:
        node = graph.nodes[ref.node]
        if node.node.kind == "input":
            return _input(subject, node) if graph is subject.graph else None
        if node.outputs[ref.result].dtype not in FLOAT_DTYPES:
            return None
        learnt = node.node.kind in ("layer", "again") and node.node.thing is not None and node.node.thing.custom is None
        if learnt and (node.params > 0 or node.class_name in COMPUTING):
            return PlacedNote(f"`{node.name}` gives {node.outputs[ref.result]}", node.node.thing_loc)
        if node.class_name not in SHAPING:
            return None
        ref = node.node.sources[0]
    return None


def _input(subject: Subject, node: TypedNode) -> PlacedNote | None:
    given = subject.spec.inputs[node.name]
    if given.scale is not None and node.outputs[0].dtype in FLOAT_DTYPES:
        return PlacedNote(f"`{node.name}` is scaled", ("inputs", node.name, "scale"))
    if given.range is not None and any(one != int(one) for one in given.range):
        least, most = given.range[0], given.range[1]
        return PlacedNote(f"`{node.name}` goes from {least:g} to {most:g}", ("inputs", node.name, "range"))
    return None


RULE = Rule("ARC334", find)
