"""Numbers that are no codes are looked up (ARC334, floats-looked-up)

## What it does
An `Embedding` is given an input that is scaled, or one whose `range` has fractions, or is `[0, 1]` of floats before
a table of many codes. What a layer computes is a warning, ARC431.

## Why it matters
An `Embedding` looks whole numbers up, and cuts every other number down to one: 0.2 and 0.9 are both code 0. Keras says
nothing.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: {shape: [24], scale: minmax}}
layers:
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

from archcompiler.analysis.lookups import lookups
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.graph.ir import TypedNode
from archcompiler.lint.subject import Rule, Subject
from archcompiler.tensors import FLOAT_DTYPES

FEW = 8
"""A table of so many codes may well be of codes that are 0 and 1."""


def find(subject: Subject) -> Iterator[Problem]:
    for node, source in lookups(subject.graph):
        why = _input(subject, source, node) if source.node.kind == "input" else None
        if why is not None:
            yield Problem(
                "ARC334",
                f"{node.class_name} looks whole numbers up, but it is given {node.inputs[0]} of fractions",
                node.node.thing_loc,
                layer=node.name,
                notes=(why,),
                help="give it an input of codes (`dtype: int32`), or put a `Dense` in its place",
            )


def _input(subject: Subject, node: TypedNode, table: TypedNode) -> PlacedNote | None:
    given = subject.spec.inputs[node.name]
    if given.scale is not None and node.outputs[0].dtype in FLOAT_DTYPES:
        return PlacedNote(f"`{node.name}` is scaled", ("inputs", node.name, "scale"))
    known = table.node.thing["input_dim"] if table.node.thing is not None else None
    scaled = given.dtype in FLOAT_DTYPES and given.range in ([0, 1], [-1, 1]) and isinstance(known, int) and known > FEW
    if given.range is not None and (scaled or any(one != int(one) for one in given.range)):
        least, most = given.range[0], given.range[1]
        return PlacedNote(f"`{node.name}` goes from {least:g} to {most:g}", ("inputs", node.name, "range"))
    return None


RULE = Rule("ARC334", find)
