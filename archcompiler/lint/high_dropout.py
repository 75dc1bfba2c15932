"""Most of what the output is made of is dropped (ARC416, high-dropout)

## What it does
Warns where a dropout layer with a rate above 0.5 feeds the last layer of an output that is a number, or one with a rate
above 0.7 any last layer.

## Why it matters
The rest of the numbers are multiplied by 1 / (1 - rate) in training. A model of numbers learns from inputs whose spread
is another one than in use, and forecasts towards the mean. Between 0.1 and 0.5 is common.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dropout: 0.8
  - Dense: 1
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
from archcompiler.analysis.heads import PASSING, head_of
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject

MOST = 0.7
MOST_OF_NUMBERS = 0.5


def find(subject: Subject) -> Iterator[Problem]:
    for name, loss, _ in subject.losses():
        head = head_of(subject.graph, subject.graph.graph.outputs.refs[name])
        graph = subject.graph
        if head is None or graph.nodes.get(head.node.name) is None or graph.nodes[head.node.name].node is not head.node:
            continue
        ref = head.node.sources[0]
        while ref is not None and graph.nodes[ref.node].class_name in PASSING - DROPOUTS:
            ref = graph.nodes[ref.node].node.sources[0]
        typed = graph.nodes[ref.node] if ref is not None else None
        thing = typed.node.thing if typed is not None else None
        if typed is None or thing is None or typed.class_name not in DROPOUTS:
            continue
        rate, most = thing["rate"], MOST if "rossentropy" in loss or "inge" in loss else MOST_OF_NUMBERS
        if isinstance(rate, (int, float)) and rate > most:
            yield Problem(
                "ARC416",
                f"`{typed.name}` drops {_part(rate)} of the numbers that `{head.node.name}` makes the output of",
                thing.place("rate"),
                on_key=thing.shorthand,
                layer=typed.name,
                notes=(PlacedNote("the output is made here", head.thing.loc),),
                help="between 0.1 and 0.5 is common",
            )


def _part(rate: float) -> str:
    return "all" if rate >= 1 else f"{100 * rate:.10g}%"


RULE = Rule("ARC416", find)
