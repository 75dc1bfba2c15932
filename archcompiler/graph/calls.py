"""Which models a graph calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from archcompiler.graph.ir import ArchGraph, Node
from archcompiler.layers.things import ModelName, Thing


def called_models(graph: ArchGraph) -> set[str]:
    """The models that a graph calls, wrapped ones included."""
    return {name for node in graph.nodes.values() for name in called_by(node)}


def called_by(node: Node) -> Iterator[str]:
    """The models that one node calls, itself or in a wrapper."""
    if node.kind == "model":
        yield node.target
    elif node.thing is not None:
        yield from _wrapped(node.thing)


def _wrapped(thing: Thing) -> Iterator[str]:
    for value in thing.given.values():
        for one in cast("list[object]", value) if isinstance(value, list) else (value,):
            if isinstance(one, ModelName):
                yield one.name
            elif isinstance(one, Thing):
                yield from _wrapped(one)
