"""A mask is made and lost (ARC404, mask-lost)

## What it does
Warns where a layer that knows no masks is given a tensor with one, such as `Flatten` behind
`Embedding: {mask_zero: true}`, and where `Add` and its kin join a masked tensor with one that has no mask. `ops.mean`
and its like over the steps lose it too, and so does an `Embedding` behind a `Masking`. What a nested model does with a
mask that it is given is told where it is called.

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

from archcompiler.diagnostics import Loc, PlacedNote, Problem
from archcompiler.graph.called import as_called
from archcompiler.graph.ir import TypedGraph, TypedNode
from archcompiler.layers import row_of
from archcompiler.lint.subject import Rule, Subject

JOINING = frozenset(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"))
OTHERWISE = (
    "from here on padding counts as data; put a layer that uses the mask (LSTM, GRU, "
    "GlobalAveragePooling1D) before it, or make no mask"
)
OF_CODES = "write `mask_zero: true` in the Embedding, which then makes the mask, and remove what masks before it"
REDUCING = frozenset(("ops.mean", "ops.max", "ops.min", "ops.sum"))
WEIGHTING = frozenset(("Multiply", "ops.multiply"))


def find(subject: Subject) -> Iterator[Problem]:
    told: set[Loc] = set()
    for graph in (subject.graph, *subject.graph.models.values()):
        for node in graph.nodes.values():
            inner = _inside(graph, node) if node.node.kind == "model" else None
            if inner is not None or (node.node.kind in ("layer", "again") and _loses(graph, node)):
                maker, loser = _maker(graph, node), inner or node
                if inner is not None and inner.node.loc in told:
                    continue
                told.add(loser.node.loc)
                joins = len(loser.inputs) > 1
                who = f"`{inner.name}` in it" if inner is not None else node.class_name
                reason = "one of the tensors that it joins has none" if joins else f"{who} knows no masks"
                if inner is not None and joins:
                    reason = f"one of the tensors that `{inner.name}` in it joins has none"
                yield Problem(
                    "ARC404",
                    f"`{node.name}` loses the mask that `{maker.name}` made: {reason}",
                    node.node.thing_loc,
                    layer=node.name,
                    notes=(
                        PlacedNote("the mask is made here", maker.node.thing_loc),
                        *((PlacedNote("it is lost here", inner.node.thing_loc),) if inner is not None else ()),
                    ),
                    help=OF_CODES if _masked_codes(node) else OTHERWISE,
                )


def _loses(graph: TypedGraph, node: TypedNode) -> bool:
    if not any(one.mask for one in node.inputs) or any(one.mask for one in node.outputs):
        return False
    if node.class_name in REDUCING:
        return len(node.inputs) == 1 and _over_steps(node) and not _weighted(graph, node)
    row = row_of(node.node.thing) if node.node.thing is not None else None
    if row is None:
        return False
    return row.mask == "drop" or node.class_name in JOINING or _masked_codes(node)


def _masked_codes(node: TypedNode) -> bool:
    """Whether a mask comes to an Embedding, which makes one by itself, where it is asked to."""
    return node.class_name == "Embedding" and node.inputs[0].mask


def _weighted(graph: TypedGraph, node: TypedNode) -> bool:
    """Whether the steps are weighted before, so that padding may weigh nothing."""
    ref = node.node.sources[0]
    return ref is not None and graph.nodes[ref.node].class_name in WEIGHTING


def _over_steps(node: TypedNode) -> bool:
    """Whether an operation takes many steps together."""
    axis = node.node.thing["axis"] if node.node.thing is not None else None
    return node.inputs[0].rank == 3 and axis in (1, -2)


def _inside(graph: TypedGraph, node: TypedNode) -> TypedNode | None:
    """The first layer in a nested model that loses a mask which the model is given. What it makes and loses itself is
    told of the model."""
    if not any(one.mask for one in node.inputs):
        return None
    declared, model = graph.models[node.node.target], as_called(graph, node)
    for name in model.graph.order:
        within = model.nodes[name]
        if within.node.kind == "model":
            inner = _inside(model, within) if not any(one.mask for one in declared.nodes[name].inputs) else None
            if inner is not None:
                return inner
        elif _loses(model, within) and not _loses(declared, declared.nodes[name]):
            return within
    return None


def _maker(graph: TypedGraph, node: TypedNode) -> TypedNode:
    """The layer that made the mask that the node is given."""
    while True:
        masked = [ref for ref, one in zip(node.node.sources, node.inputs, strict=True) if one.mask and ref is not None]
        if not masked:
            return node
        node = graph.nodes[masked[0].node]


RULE = Rule("ARC404", find)
