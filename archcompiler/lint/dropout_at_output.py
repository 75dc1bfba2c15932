"""Dropout after the output (ARC415, dropout-at-output)

## What it does
Warns where an output that has a loss comes from a dropout layer.

## Why it matters
In training, part of what the model says is set to 0 and the rest is made larger, and then held against the target. A
class that is dropped cannot be learnt at that step, and probabilities do not add up to 1. Dropout belongs before the
last layer.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
  - Dropout: 0.2
target: {shape: [1]}
training: {loss: mse}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dropout: 0.2
  - Dense: 1
target: {shape: [1]}
training: {loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import DROPOUTS
from archcompiler.analysis.heads import PASSING
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    for name, loss, _ in subject.losses():
        graph, ref = subject.graph, subject.graph.graph.outputs.refs[name]
        typed = graph.nodes[ref.node]
        while typed.node.kind == "model" or (typed.class_name in PASSING and typed.class_name not in DROPOUTS):
            if typed.node.kind == "model":
                graph = graph.models[typed.node.target]
                ref = list(graph.graph.outputs.refs.values())[ref.result]
            else:
                above = typed.node.sources[0]
                if above is None or len(typed.node.sources) != 1:
                    break
                ref = above
            typed = graph.nodes[ref.node]
        above = typed.node.sources[0] if typed.node.sources else None
        if typed.class_name not in DROPOUTS or above is None:
            continue
        again = sum(ref.node == typed.name for ref in graph.graph.outputs.refs.values()) > 1
        yield Problem(
            "ARC415",
            f"`{typed.name}` drops numbers of the output itself, before {loss} sees them",
            typed.node.thing_loc,
            layer=typed.name,
            notes=(PlacedNote(f"`{above.node}` is what the model gives", graph.nodes[above.node].node.thing_loc),),
            help="put it before the last layer, or remove it",
            changes=(Change("remove_entry", typed.node.loc),) if not again else (),
            safe=False,
        )


RULE = Rule("ARC415", find)
