"""A softmax over one number inside a model (ARC430, softmax-inside)

## What it does
Warns where a layer of a model that is trained is a softmax over a last axis of one entry. Where that is the output, it
is an error, ARC330.

## Why it matters
A softmax over one number is 1.0, whatever the number was. Most often weights over the steps were meant: those are a
`Dense: 1`, and then a softmax along the axis of the steps.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 16, return_sequences: true}
    name: memory
  - Dense: {units: 1, activation: softmax}
    name: weights
  - Multiply:
    from: [memory, weights]
  - Flatten
  - Dense: 1
target: {shape: [1]}
training: {loss: mse}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 16, return_sequences: true}
    name: memory
  - Dense: 1
  - Softmax: {axis: 1}
    name: weights
  - Multiply:
    from: [memory, weights]
  - Flatten
  - Dense: 1
target: {shape: [1]}
training: {loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import all_graphs
from archcompiler.analysis.constants import over_one
from archcompiler.analysis.heads import owner_of
from archcompiler.diagnostics import Problem
from archcompiler.lint.subject import Rule, Subject

HELP = "weights over the steps are a softmax along their axis: `Dense: 1`, and then `Softmax: {axis: 1}`"


def find(subject: Subject) -> Iterator[Problem]:
    if subject.training is None or not subject.training.losses:
        return
    refs = subject.graph.graph.outputs.refs
    heads = [owner_of(subject.graph, ref) for name, ref in refs.items() if name in subject.training.losses]
    nodes = [found[1].node for found in heads if found is not None]
    for graph in all_graphs(subject.graph):
        for node in graph.nodes.values():
            if node.node not in nodes:
                yield from over_one(graph, node, "ARC430", HELP)


RULE = Rule("ARC430", find)
