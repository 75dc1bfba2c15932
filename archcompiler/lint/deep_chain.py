"""A chain deeper than Keras goes (ARC424, deep-chain)

## What it does
Warns where one layer follows another more than 980 times.

## Why it matters
Keras follows a model from its outputs back to its inputs, one call of a function a layer, and Python stops at 1,000
such calls: `RecursionError`, where the model is made. `sys.setrecursionlimit` raises the bound.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [8]}
layers:
  - Dense: {units: 8, activation: relu}
    repeat: 1000
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [8]}
layers:
  - Dense: {units: 8, activation: relu}
    repeat: 900
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import all_graphs
from archcompiler.diagnostics import Problem
from archcompiler.lint.subject import Rule, Subject

DEEPEST = 980
"""How deep Keras 3.15 goes under Python's own limit, with a little left for what calls it."""


def find(subject: Subject) -> Iterator[Problem]:
    for graph in all_graphs(subject.graph):
        depths: dict[str, int] = {}
        for name in graph.graph.order:
            node = graph.nodes[name].node
            above = [depths[ref.node] for ref in node.sources if ref is not None]
            depths[name] = 1 + max(above) if above else 0
            if depths[name] == DEEPEST + 1:
                deepest = graph.nodes[name].node
                yield Problem(
                    "ARC424",
                    f"`{name}` is the {depths[name]}th layer of a chain, and Keras fails beyond {DEEPEST}",
                    deepest.loc,
                    on_key=False,
                    layer=name,
                    help="put parts of the chain into models of their own (`models`), or raise Python's limit "
                    "with `sys.setrecursionlimit`",
                )
                break


RULE = Rule("ARC424", find)
