"""A mask is made and lost (ARC404, mask-lost)

## What it does
Warns where a layer that knows no masks is given a tensor with one, such as `Flatten` behind
`Embedding: {mask_zero: true}`, and where `Add` and its kin join a masked tensor with one that has no mask.

## Why it matters
A mask says which steps are padding. The layer that loses it takes padding for data, and so does every layer after it:
the mask that was asked for does nothing from there on. Keras gives a warning for some of these layers, and none for
`Add`, `Average` and the like.

## Wrong
```yaml
archcompiler: 1
inputs: {words: {shape: [20], dtype: int32}}
layers:
  - Embedding: {input_dim: 500, output_dim: 16, mask_zero: true}
  - Conv1D: {filters: 8, kernel_size: 3}
  - LSTM: 8
```

## Right
```yaml
archcompiler: 1
inputs: {words: {shape: [20], dtype: int32}}
layers:
  - Embedding: {input_dim: 500, output_dim: 16, mask_zero: true}
  - LSTM: 8
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.graph.ir import TypedGraph, TypedNode
from archcompiler.layers import row_of
from archcompiler.lint.subject import Rule, Subject

JOINING = frozenset(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"))


def find(subject: Subject) -> Iterator[Problem]:
    for graph in (subject.graph, *subject.graph.models.values()):
        for node in graph.nodes.values():
            if node.node.kind in ("layer", "again") and _loses(node):
                maker = _maker(graph, node)
                others = len(node.inputs) > 1
                reason = "one of the tensors that it joins has none" if others else f"{node.class_name} knows no masks"
                yield Problem(
                    "ARC404",
                    f"`{node.name}` loses the mask that `{maker.name}` made: {reason}",
                    node.node.thing_loc,
                    layer=node.name,
                    notes=(PlacedNote("the mask is made here", maker.node.thing_loc),),
                    help="from here on padding counts as data; put a layer that uses the mask (LSTM, GRU, "
                    "GlobalAveragePooling1D) before it, or make no mask",
                )


def _loses(node: TypedNode) -> bool:
    row = row_of(node.node.thing) if node.node.thing is not None else None
    if row is None or not any(one.mask for one in node.inputs) or any(one.mask for one in node.outputs):
        return False
    return row.mask == "drop" or node.class_name in JOINING


def _maker(graph: TypedGraph, node: TypedNode) -> TypedNode:
    """The layer that made the mask that the node is given."""
    while True:
        masked = [ref for ref, one in zip(node.node.sources, node.inputs, strict=True) if one.mask and ref is not None]
        if not masked:
            return node
        node = graph.nodes[masked[0].node]


RULE = Rule("ARC404", find)
