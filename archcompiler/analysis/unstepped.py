"""Where a step would be joined with a whole sequence: one that is given once, and has no part for each step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from archcompiler.graph.ir import Ref, TypedGraph, TypedNode
from archcompiler.layers.call_arguments import RECURRENT

MERGING = frozenset(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"))


def joins_whole_sequence(graph: TypedGraph, moving: set[str]) -> TypedNode | None:
    """The first layer that joins a step of the inputs in `moving` with all steps of what does not depend on them."""
    return _model(graph, {name: name in moving for name in graph.inputs})[1]


def _model(graph: TypedGraph, given: Mapping[str, bool]) -> tuple[dict[str, bool], TypedNode | None]:
    """Whether each node is another one at each step, with a step axis; and the first that joins what it must not."""
    stepped: dict[str, bool] = {}
    for name in graph.graph.order:
        typed = graph.nodes[name]
        node = typed.node
        if node.kind == "input":
            stepped[name] = given[name]
            continue
        sources = [stepped[ref.node] for ref in cast("tuple[Ref, ...]", node.sources)]
        stepped[name] = any(sources)
        if node.kind == "model" and any(sources):
            inner = graph.models[node.target]
            fed = dict(zip((one.name for one in inner.graph.inputs), sources, strict=True))
            _, found = _model(inner, fed)
            if found is not None:
                return stepped, found
        thing = node.thing
        if thing is not None and thing.class_name in RECURRENT and not thing["return_sequences"]:
            stepped[name] = False
        if typed.class_name in MERGING and any(sources):
            whole = [one for one, moves in zip(typed.inputs, sources, strict=True) if not moves and one.rank >= 3]
            if any(one.axes[1] != 1 for one in whole):
                return stepped, typed
    return stepped, None
