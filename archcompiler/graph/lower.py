"""From the spec to graphs: each item a node, each reference an edge, nested models before those that call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from archcompiler.diagnostics import Loc, Problem
from archcompiler.graph.drafts import Shared
from archcompiler.graph.ir import ArchGraph, Node, Outputs
from archcompiler.graph.order import ordered, unused
from archcompiler.graph.shapes import ShapeReader
from archcompiler.graph.wiring import Wiring
from archcompiler.layers.catalog import find
from archcompiler.layers.things import ThingReader
from archcompiler.spec.items import OWN_KEYS, parse_item
from archcompiler.spec.models import ModelSpec, Spec
from archcompiler.spec.unknown import UNKNOWN


def lower(spec: Spec, name: str, shapes: ShapeReader, problems: list[Problem]) -> ArchGraph | None:
    """The main model's graph, with every nested model's in `models`; None where one of them has no order."""
    lowering = _Lowering(spec, shapes, problems)
    for model_name in spec.models:
        lowering.model(model_name)
    return lowering.graph(name, spec, ())


class _Lowering:
    def __init__(self, spec: Spec, shapes: ShapeReader, problems: list[Problem]) -> None:
        things = ThingReader(problems, frozenset(spec.models), UNKNOWN, spec.dtype)
        self.shared = Shared(spec, shapes, problems, things)
        self.spec = spec
        self.problems = problems
        self._in_progress: list[str] = []

    def model(self, name: str) -> None:
        """Lower the nested model `name`, and before it the models that it calls."""
        if name in self.shared.models or name in self.shared.faulty_models:
            return
        self._in_progress.append(name)
        loc: Loc = ("models", name)
        for called, place in _calls(self.spec.models[name], loc, self.spec.models):
            if called in self._in_progress:
                cycle = [*self._in_progress[self._in_progress.index(called) :], called]
                self.problems.append(
                    Problem(
                        "ARC117",
                        f"the models call each other in a circle: {' → '.join(cycle)}",
                        place,
                        help="a model cannot contain itself",
                    )
                )
                self.shared.faulty_models.add(name)
            else:
                self.model(called)
        self._in_progress.pop()
        graph = self.graph(name, self.spec.models[name], loc) if name not in self.shared.faulty_models else None
        if graph is None:
            self.shared.faulty_models.add(name)
        else:
            self.shared.models[name] = graph

    def graph(self, name: str, model: Spec | ModelSpec, loc: Loc) -> ArchGraph | None:
        before = len(self.problems)
        items = [parse_item(data, (*loc, "layers", index), self.problems) for index, data in enumerate(model.layers)]
        wiring = Wiring(self.shared, model, loc, items)
        nodes = wiring.nodes()
        outputs = wiring.outputs()
        if outputs is None:
            return None
        order = ordered(nodes, self.problems)
        if len(self.problems) == before and _followed(nodes, outputs):
            self.problems.extend(unused(nodes, outputs))
        return ArchGraph(name, nodes, order, outputs, loc, dict(self.shared.models), self.shared.namer.inner_names)


def _followed(nodes: Mapping[str, Node], outputs: Outputs) -> bool:
    """Whether every item could be read and every reference followed, so that what leads nowhere is known."""
    sound = all(node.kind != "faulty" and None not in node.sources for node in nodes.values() if node.sources)
    return sound and all(ref.node in nodes for ref in outputs.refs.values())


def _calls(model: ModelSpec, loc: Loc, models: Mapping[str, object]) -> list[tuple[str, Loc]]:
    """The models that `model` calls, bare, as a key, or wrapped, each with its place."""
    found: list[tuple[str, Loc]] = []

    def layer(data: object, place: Loc) -> None:
        if isinstance(data, str):
            thing(data, None, place)
        elif isinstance(data, list):
            for index, entry in enumerate(cast(list[object], data)):
                layer(entry, (*place, index))
        elif isinstance(data, dict):
            for key, value in cast(dict[str, object], data).items():
                if key not in OWN_KEYS:
                    thing(key, value, (*place, key))

    def thing(name: str, value: object, place: Loc) -> None:
        if name in models:
            found.append((name, place))
        entry = find("layers", name)
        if entry is None:
            return
        wrapping = {one.name for one in entry.arguments.values() if one.kind in LAYER_KINDS}
        first = next(iter(entry.arguments), None)
        if not isinstance(value, dict):
            if first in wrapping:
                layer(value, place)
            return
        arguments = cast(dict[str, object], value)
        for key, one in arguments.items():
            if key in wrapping:
                layer(one, (*place, key))
        if len(arguments) == 1 and not wrapping.intersection(arguments) and wrapping:
            layer(arguments, place)

    layer(model.layers, (*loc, "layers"))
    return found


LAYER_KINDS = ("layer", "layers", "cells")
