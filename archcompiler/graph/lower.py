"""From the spec to graphs: each item a node, each reference an edge, nested models before those that call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from archcompiler.diagnostics import Loc, Problem
from archcompiler.graph.custom import custom_classes
from archcompiler.graph.drafts import Draft, Drafter, Shared
from archcompiler.graph.expand import Expander
from archcompiler.graph.exports import lower_exports, misfits
from archcompiler.graph.ir import ArchGraph, Node, NodeKind, Outputs, Ref, Stamp
from archcompiler.graph.names import Namer
from archcompiler.graph.order import ordered, unused
from archcompiler.graph.repeats import Room, TooMany
from archcompiler.graph.scopes import Alias, Scope, settle, stamped, value_of
from archcompiler.graph.shapes import ShapeReader
from archcompiler.graph.typer import Typer
from archcompiler.graph.wiring import Wiring
from archcompiler.layers.catalog import find
from archcompiler.layers.thing_reader import ThingReader
from archcompiler.spec.frame import Framed
from archcompiler.spec.items import OWN_KEYS, Item
from archcompiler.spec.models import ModelSpec, Spec
from archcompiler.spec.unknown import UNKNOWN


def lower(
    framed: Framed, shapes: ShapeReader, problems: list[Problem], on_masks: frozenset[str] = frozenset()
) -> ArchGraph | None:
    """The main model's graph, with every nested model's in `models`; None where one of them has no order. `on_masks`
    are names that Keras gives to operations on masks."""
    lowering = _Lowering(framed, shapes, problems, on_masks)
    try:
        for model_name in framed.spec.models:
            lowering.model(model_name)
        return lowering.graph(framed.name, framed.spec, ())
    except TooMany:
        return None


class _Lowering:
    def __init__(self, framed: Framed, shapes: ShapeReader, problems: list[Problem], on_masks: frozenset[str]) -> None:
        self.spec = framed.spec
        custom = custom_classes(framed, "custom_layers", problems)
        things = ThingReader(problems, frozenset(self.spec.models), UNKNOWN, self.spec.dtype, custom)
        things.lacking = framed.paster.lacking
        namer = Namer(_operations(self.spec), on_masks)
        self.shared = Shared(framed, shapes, problems, things, Room(self.spec.blocks, problems), namer)
        self.problems = problems
        self._in_progress: list[str] = []

    def model(self, name: str) -> None:
        """Lower the nested model `name`, and before it the models that it calls."""
        if name in self.shared.models or name in self.shared.faulty_models:
            return
        self._in_progress.append(name)
        loc: Loc = ("models", name)
        for called, place in _calls(self.spec.models[name], loc, self.spec):
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
        shared = self.shared
        nodes = self._inputs(model, loc)
        names = tuple(nodes)
        scope = Scope(loc, shared.framed.params, shared.namer, input_names=names)
        for node in nodes.values():
            scope.names[node.name] = Ref(node.name)
            scope.places[node.name] = node.loc
            self.problems += shared.namer.clash(node.name, node.loc, True)
        scope.previous = scope.beside = Ref(names[0]) if len(names) == 1 else None
        inputs = {one: tuple(graph_inputs.inputs) for one, graph_inputs in self.spec.models.items()}
        drafter = Drafter(shared, nodes)
        quiet = Wiring(model, loc, inputs, [])
        drafts: dict[str, Draft] = {}
        found: list[Problem] = []  # of layers before an item, which no stamp of that item is the cause of
        typer = Typer(
            nodes,
            shared.models,
            found,
            lambda name: quiet.node(drafts[name]),
            lambda name: _comes_later(drafts[name]),
        )
        expander = Expander(shared, drafter, typer.type_of, drafts)
        expander.layers(model.layers, scope)
        self.problems += found
        wiring = Wiring(model, loc, inputs, self.problems)
        for stamp, outer, previous in expander.stamps:
            start = len(self.problems)
            wiring.stamp(stamp, outer, previous)
            stamped(self.problems, start, outer.stamps)
        for draft in drafts.values():
            start = len(self.problems)
            nodes[draft.name] = wiring.node(draft)
            stamped(self.problems, start, draft.scope.stamps)
        outputs = wiring.outputs(scope)
        if outputs is None:
            return None
        exports = lower_exports(model, wiring, scope, self.problems) if isinstance(model, Spec) else {}
        order, every = ordered(nodes, self.problems), nodes
        if len(self.problems) == before and _followed(nodes, outputs):
            nodes, reach_none = unused(nodes, outputs, (*loc, "outputs") if model.outputs else None)
            self.problems.extend(reach_none)
            order = tuple(name for name in order if name in nodes)
            self.problems.extend(misfits(exports, nodes))
        stamps = tuple(_stamp(stamp, outer, self.spec) for stamp, outer, _ in expander.stamps)
        left_out = tuple(node for one, node in every.items() if one not in nodes)
        return ArchGraph(
            name, nodes, order, outputs, loc, dict(shared.models), shared.namer.inner_names, exports, stamps, left_out
        )

    def _inputs(self, model: Spec | ModelSpec, loc: Loc) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        for name, input_type in self.shared.shapes.inputs(model.inputs, (*loc, "inputs")).items():
            place = (*loc, "inputs", name)
            kind: NodeKind = "input" if input_type is not None else "faulty"
            nodes[name] = Node(name, kind, name, (), place, place, input_type=input_type)
        return nodes


SAID_OTHERWISE = {"abs": "absolute", "swish": "silu", "hard_swish": "hard_silu"}
"""Operations whose class has another name than the function."""


def _operations(spec: Spec) -> frozenset[str]:
    """What Keras calls the operations of the spec."""
    found: set[str] = set()
    for owner in (spec, *spec.models.values(), *spec.blocks.values()):
        for item in owner.layers:
            for key in cast("dict[object, object]", item) if isinstance(item, dict) else (item,):
                if isinstance(key, str) and key.startswith("ops."):
                    name = key.removeprefix("ops.")
                    found.add(SAID_OTHERWISE.get(name, name))
    return frozenset(found)


def _stamp(scope: Scope, outer: Scope, spec: Spec) -> Stamp:
    name = scope.prefix.removeprefix(outer.prefix)[:-1]
    params = {one: scope.values[one] for one in spec.blocks[str(scope.block)].params if one in scope.values}
    results = [settle(Alias(scope, one)) for one in scope.outputs.values()] or [settle(value_of(scope))]
    loc = cast("Item", scope.item).loc
    return Stamp(str(scope.block), loc, name, scope.prefix, outer.prefix, params, tuple(results), scope.trainable)


def _comes_later(draft: Draft) -> bool:
    """Whether what it takes is there, but further down."""
    return any(isinstance(one, str) and one.partition(".")[0] in draft.scope for one in draft.item.sources or ())


def _followed(nodes: Mapping[str, Node], outputs: Outputs) -> bool:
    """Whether every item could be read and every reference followed, so that what leads nowhere is known."""
    sound = all(node.kind != "faulty" and None not in node.sources for node in nodes.values() if node.sources)
    return sound and all(ref.node in nodes for ref in outputs.refs.values())


def _calls(model: ModelSpec, loc: Loc, spec: Spec) -> list[tuple[str, Loc]]:
    """The models that `model` calls, bare, as a key, wrapped, or in a block, each with its place."""
    found: list[tuple[str, Loc]] = []
    blocks: set[str] = set()

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
        if name in spec.models:
            found.append((name, place))
        if name in spec.blocks and name not in blocks:
            blocks.add(name)
            layer(spec.blocks[name].layers, ("blocks", name, "layers"))
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
