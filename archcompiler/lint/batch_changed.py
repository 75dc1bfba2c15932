"""The output has another batch than the inputs (ARC338, batch-changed)

## What it does
What an output gives has several rows for each sample: a layer joined tensors along the batch axis, or folded another
axis into it, and nothing undoes that.

## Why it matters
The loss holds each row against the target of one sample, and there are not as many of both: `fit` fails, and so does
`predict`, which lays batch after batch. `Concatenate: {axis: 0}` lays one batch under the other; features are joined
along the last axis.

## Wrong
```yaml
archcompiler: 1
inputs: {left: [24, 6], right: [24, 6]}
layers:
  - Concatenate: {axis: 0}
    from: [left, right]
  - LSTM: 8
  - Dense: 1
target: {shape: [1]}
training: {loss: mse}
```

## Right
```yaml
archcompiler: 1
inputs: {left: [24, 6], right: [24, 6]}
layers:
  - Concatenate:
    from: [left, right]
  - LSTM: 8
  - Dense: 1
target: {shape: [1]}
training: {loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler import dims
from archcompiler.diagnostics import Change, Problem
from archcompiler.dims import Dim, Size
from archcompiler.graph.ir import TypedGraph, TypedNode
from archcompiler.lint.subject import Rule, Subject

FREE = frozenset(("CTC", "CategoricalGeneralizedCrossEntropy", "Circle"))
"""Losses of which it is not known how they take more rows than targets."""


def find(subject: Subject) -> Iterator[Problem]:
    for name, loss, _ in subject.losses():
        node = _changer(subject.graph, subject.graph.graph.outputs.refs[name].node)
        output = subject.graph.outputs[name]
        if loss in FREE or node is None or node.node.thing is None or not _many(output.axes[0]):
            continue
        thing = node.node.thing
        joins = thing.class_name == "Concatenate" and "axis" in thing.given and not thing.shorthand
        same = joins and all(one.axes[:-1] == node.inputs[0].axes[:-1] for one in node.inputs)
        yield Problem(
            "ARC338",
            f"`{name}` is {output}, {dims.text(output.axes[0])} rows for the {dims.text(dims.BATCH)} of the targets: "
            f"`{node.name}` changes the batch axis",
            thing.place("axis"),
            on_key=thing.place("axis") == thing.loc,
            layer=name,
            help="join along the last axis, which is `axis: -1`" if joins else "keep the batch axis as it is",
            changes=(Change("set_argument", thing.loc, -1, "axis"),) if same else (),
            safe=False,
        )


def _many(rows: Dim) -> bool:
    """Whether there are several rows for each sample."""
    if not isinstance(rows, Size) or len(rows.terms) != 1:
        return False
    monomial, count = rows.terms[0]
    return monomial == ("batch",) and count > 1


def _changer(graph: TypedGraph, name: str) -> TypedNode | None:
    """The layer of the main model, above the one of that name or itself, from which on there are several rows."""
    seen: set[str] = set()
    found: TypedNode | None = None
    while name not in seen:
        seen.add(name)
        node = graph.nodes[name]
        if not node.outputs or not _many(node.outputs[0].axes[0]):
            return found
        found = node
        above = next(
            (ref for ref, one in zip(node.node.sources, node.inputs, strict=True) if ref and _many(one.axes[0])), None
        )
        if above is None:
            return found
        name = above.node
    return found


RULE = Rule("ARC338", find)
