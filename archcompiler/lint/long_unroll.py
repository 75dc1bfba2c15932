"""Many steps are unrolled (ARC423, long-unroll)

## What it does
Warns where a recurrent layer has `unroll: true` and goes over 100 steps or more.

## Why it matters
Unrolled, every step is a part of the graph of its own. To begin the training of an LSTM over 100 steps took 12 seconds
in the place of 0.7, over 200 steps 28, and the memory grows alike. It pays for sequences of a few steps.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [500, 2]}
layers:
  - LSTM: {units: 32, unroll: true}
  - Dense: 1
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [500, 2]}
layers:
  - LSTM: 32
  - Dense: 1
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import all_graphs
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.makers import recurrent_layer
from archcompiler.lint.subject import Rule, Subject

MANY = 100


def find(subject: Subject) -> Iterator[Problem]:
    for graph in all_graphs(subject.graph):
        for node in graph.nodes.values():
            thing = recurrent_layer(node.node)
            if node.node.kind != "layer" or thing is None or not thing["unroll"]:
                continue
            steps = node.inputs[0].axes[1]
            if isinstance(steps, int) and steps >= MANY:
                yield Problem(
                    "ARC423",
                    f"{thing.class_name} is unrolled over {steps} steps, each of them a part of the graph of its own",
                    thing.place("unroll"),
                    layer=node.name,
                    notes=(PlacedNote(f"it is given {node.inputs[0]}", node.node.thing_loc),),
                    help="remove `unroll`; it pays for a few steps only",
                    changes=(Change("remove_entry", thing.place("unroll")),),
                )


RULE = Rule("ARC423", find)
