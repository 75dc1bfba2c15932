"""From a typed graph to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from archcompiler.graph.calls import called_models
from archcompiler.graph.distributed import plain_layer
from archcompiler.graph.generation import Stepping
from archcompiler.graph.ir import ArchGraph, Export, Node, Ref, TypedGraph, TypedNode
from archcompiler.graph.names import is_stack, stack_loc
from archcompiler.graph.training import Target, Training
from archcompiler.layers.custom import Custom
from archcompiler.layers.recurrent import STATES, cells_of
from archcompiler.layers.things import Thing, holds_layers
from archcompiler.plan.exports import export_graph
from archcompiler.plan.generation import generation_plan
from archcompiler.plan.model import (
    Believed,
    CallStep,
    FreezeStep,
    Function,
    InputStep,
    LayerOf,
    LayerStep,
    Make,
    ModelPlan,
    Plan,
    Step,
    Variable,
)
from archcompiler.plan.names import Names, first_variable
from archcompiler.plan.objects import given_to, make
from archcompiler.plan.training import training_plan
from archcompiler.spec.frame import Framed

TIED = ("Equalization",)
"""Layers that say of their input that it is their result, which ties a knot in Keras's graph; in a Pipeline they do
not."""


def make_plan(
    framed: Framed,
    graph: TypedGraph,
    targets: Mapping[str, Target],
    training: Training | None,
    stepping: Stepping | None,
    path: str,
) -> Plan:
    """The plan of a spec without errors; nested models that nothing calls are left out."""
    used = _used_models(graph.graph)
    own = (*framed.spec.custom_layers, *framed.spec.custom_losses)
    names, functions = Names(own), Names(own)
    variables = {name: names.unique(name) for name in used}
    models = [
        replace(
            _model_plan(graph.models[name], functions.unique(f"build_{name}"), variables, own),
            description=framed.spec.models[name].description,
        )
        for name in used
    ]
    main = _model_plan(graph, "build_model", variables, own)
    trained = training_plan(graph, framed.spec, targets, training) if training else None
    scaled = {name: one.scale for name, one in framed.spec.inputs.items() if one.scale is not None}
    generator = generation_plan(graph, stepping, scaled, _groups) if stepping else None
    taken = Names((*(model.function for model in models), *own))
    exports = tuple(
        _ExportPlanner(export_graph(graph, name, export), taken.unique(f"{name}_of"), {}, own).part(graph, export)
        for name, export in graph.graph.exports.items()
    )
    return Plan(framed.name, framed.spec.description, path, (*models, main), trained, generator, exports, own)


def _used_models(graph: ArchGraph) -> list[str]:
    wanted = called_models(graph)
    for name in reversed(list(graph.models)):
        if name in wanted:
            wanted |= called_models(graph.models[name])
    return [name for name in graph.models if name in wanted]


def _model_plan(typed: TypedGraph, function: str, variables: Mapping[str, str], classes: tuple[str, ...]) -> ModelPlan:
    return _ModelPlanner(typed, function, variables, classes).plan()


class _ModelPlanner:
    def __init__(
        self, typed: TypedGraph, function: str, variables: Mapping[str, str], classes: tuple[str, ...]
    ) -> None:
        self.typed = typed
        self.graph = typed.graph
        self.function = function
        self.models = variables
        self.names = Names((*variables.values(), *classes))
        self.variables: dict[Ref, str] = {}
        self.layers: dict[str, str] = {}
        self.steps: list[Step] = []
        self.frozen: set[str] = set()
        called = [node.target for node in self.graph.nodes.values() if node.kind == "again"]
        self.called_again = frozenset(called)

    def plan(self) -> ModelPlan:
        wanted = {ref for node in self.graph.nodes.values() for ref in node.sources if ref is not None}
        wanted |= set(self.graph.outputs.refs.values())
        for name in self.graph.order:
            node = self.graph.nodes[name]
            if node.kind == "input":
                self._input(node)
            else:
                self._call(node, wanted)
        called = called_models(self.graph)
        inputs = [node.name for node in self.graph.inputs]
        outputs = self.graph.outputs
        return ModelPlan(
            self.typed.name,
            self.models.get(self.typed.name, "model") if self.function != "build_model" else "model",
            self.function,
            tuple(variable for name, variable in self.models.items() if name in called),
            tuple(self.steps),
            tuple(self.variables[Ref(name)] for name in inputs),
            tuple((name, self.variables[ref]) for name, ref in outputs.refs.items()),
            outputs.form,
            tuple(self.typed.inputs.values()),
            tuple(self.typed.outputs.values()),
        )

    def _input(self, node: Node) -> None:
        variable = self.variables[Ref(node.name)] = self.names.unique(node.name)
        typed = self.typed.nodes[node.name].outputs[0]
        batch = typed.axes[0]
        self.steps.append(InputStep(variable, node.name, typed, batch if isinstance(batch, int) else None))

    def _call(self, node: Node, wanted: set[Ref]) -> None:
        outputs = self.typed.nodes[node.name].outputs
        first = outputs[0]
        sources = tuple(Variable(self.variables[ref]) for ref in node.sources if ref is not None)
        given = given_to(node, sources)
        callee = self._callee(node)
        targets: list[str | None] = []
        for index in range(len(outputs)):
            ref = Ref(node.name, index)
            if len(outputs) > 1 and ref not in wanted:
                targets.append(None)
                continue
            result = node.result_names[index] if index < len(node.result_names) else str(index)
            wish = first_variable(node, node.name, len(outputs))
            self.variables[ref] = self.names.unique(wish if not index else f"{node.name}_{result}")
            targets.append(self.variables[ref])
        called = self.graph.models[node.target].outputs if node.kind == "model" else None
        keys = tuple(called.refs) if called is not None and called.form == "dict" else ()
        plain = plain_layer(self.typed.nodes[node.name])
        note = f"{plain.class_name} does so at every step: TimeDistributed is wrong for open steps" if plain else None
        self.steps.append(
            CallStep(
                tuple(targets),
                callee,
                given.positional,
                given.as_list,
                first,
                (1,) * len(outputs) if called is not None and called.form == "list" else _groups(node.thing),
                given.keywords,
                note,
                believed(self.typed.nodes[node.name]),
                keys,
                self.names.unique(f"{node.name}_outputs") if sum(map(bool, targets)) > 1 and keys else "",
            )
        )
        if node.kind == "layer" and not node.trainable and isinstance(callee, Variable):
            self._freeze(callee.name)

    def _callee(self, node: Node) -> Make | Variable | Function | LayerOf:
        if node.kind == "model":
            variable = self.models[node.target]
            if not node.trainable:
                self._freeze(variable)
            return Variable(variable)
        if node.kind == "again":
            return Variable(self.layers[node.target])
        thing = cast(Thing, node.thing)
        if thing.section == "ops":
            return Function("ops", thing.class_name)
        plain = plain_layer(self.typed.nodes[node.name])
        made = self.make_layer(plain or thing, node.name, node.trainable or holds_layers(thing))
        if thing.class_name in TIED:
            made = Make("layers", "Pipeline", ([replace(made, keywords=made.keywords[:-1])],), made.keywords[-1:])
        held_apart = not node.trainable and holds_layers(thing)
        if node.name not in self.called_again and not held_apart:
            return made
        variable = self.layers[node.name] = self.names.unique(f"{node.name}_layer")
        self.steps.append(LayerStep(variable, made))
        return Variable(variable)

    def _freeze(self, variable: str) -> None:
        if variable not in self.frozen:
            self.frozen.add(variable)
            self.steps.append(FreezeStep(variable))

    def make_layer(self, thing: Thing, name: str, trainable: bool = True, node: str | None = None) -> Make:
        """The layer with its name; wrapped ones have theirs too, so that no name hangs on what was made before. `node`
        is what the layer is part of, where it is wrapped."""
        keywords: tuple[tuple[str, object], ...] = (("name", name),)
        takes_it = "trainable" in thing.entry.base_arguments and thing.given.get("trainable") is None
        if not trainable and takes_it:
            keywords = (("trainable", False), *keywords)
        node = node or name

        def inner(wrapped: Thing) -> Make:
            return self.make_layer(wrapped, self.graph.inner_names[node, wrapped.loc], node=node)

        made = make(thing, inner, keywords)
        return self._stacked(thing, made, node) if "cell" in thing.given and is_stack(thing, "cell") else made

    def _stacked(self, thing: Thing, made: Make, node: str) -> Make:
        """The layer with its list of cells as the `StackedRNNCells` that Keras would make of it, under its own name."""
        stack_name = (("name", self.graph.inner_names[node, stack_loc(thing)]),)
        stack = Make("layers", "StackedRNNCells", made.positional, stack_name)
        return replace(made, positional=(stack,))


class _ExportPlanner(_ModelPlanner):
    """Calls the layers of the model that it is a part of, and makes none."""

    def part(self, whole: TypedGraph, export: Export) -> ModelPlan:
        """The plan of the part, each input with the layer of the whole that gives it."""
        plan = self.plan()
        again = {node.target for node in whole.graph.nodes.values() if node.kind == "again"}
        steps: list[Step] = []
        for step in plan.steps:
            ref = export.inputs.get(step.name) if isinstance(step, InputStep) else None
            made = whole.graph.nodes[ref.node].target if ref is not None else ""
            if not isinstance(step, InputStep) or ref is None or made in again:
                steps.append(step)
                continue
            several = len(whole.nodes[ref.node].outputs) > 1
            steps.append(replace(step, shape_of=made, result=ref.result if several else None))
        return replace(plan, steps=tuple(steps))

    def _callee(self, node: Node) -> Variable | Function | LayerOf:
        if node.thing is not None and node.thing.section == "ops":
            return Function("ops", node.thing.class_name)
        return LayerOf(node.target)


def believed(node: TypedNode) -> Believed | None:
    """What the spec says of the class of the user's own that the node is, or wraps."""
    custom = _custom(node.node.thing)
    if custom is None or node.node.thing is None:
        return None
    own = node.node.thing.custom is not None and custom.counted and node.node.kind == "layer"
    loc = (*custom.loc, "signature")
    return Believed(custom.entry.name, node.outputs, node.params if own else None, loc)


def _custom(thing: Thing | None) -> Custom | None:
    if thing is None or thing.custom is not None:
        return thing.custom if thing is not None else None
    values = (cast("list[object]", one) if isinstance(one, list) else [one] for one in thing.given.values())
    found = (_custom(one) for several in values for one in several if isinstance(one, Thing))
    return next((one for one in found if one is not None), None)


def _groups(thing: Thing | None) -> tuple[int, ...]:
    """How the results are nested: those of a stack of cells are, h and c of an LSTM cell together."""
    if thing is not None and thing.class_name == "Bidirectional":
        ways = [one for one in (thing["layer"], thing["backward_layer"] or thing["layer"]) if isinstance(one, Thing)]
        states = [size for way in ways for size in _groups(way)[1:]]
        return (*((1, 1) if thing["merge_mode"] is None else (1,)), *states) if states else ()
    if thing is not None and thing.class_name == "LSTMCell":
        return (1, 2)
    if thing is None or thing.class_name != "RNN" or not thing["return_state"] or cells_of(thing) == [thing["cell"]]:
        return ()
    return (1, *(STATES[cell.class_name.removesuffix("Cell")] for cell in cells_of(thing)))
