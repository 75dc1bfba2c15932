"""From a typed graph to one step of it: which layers are called once, and what each of the others does at a step.

A tensor with a step axis, (batch, steps, …), is (batch, 1, …) at a step, so that layers are called as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from archcompiler import dims
from archcompiler.graph.distributed import plain_layer
from archcompiler.graph.generation import Fed, Stepping
from archcompiler.graph.ir import Node, Ref, TypedGraph, TypedNode
from archcompiler.layers.call_arguments import ATTENTION, KEPT_ON_A_LIST, RECURRENT
from archcompiler.layers.recurrent import STATES, cells_of
from archcompiler.layers.things import Thing
from archcompiler.plan.model import CallStep, Function, Variable
from archcompiler.plan.names import MODEL_ATTRIBUTES, Names
from archcompiler.plan.objects import given_to
from archcompiler.plan.stepping import (
    AttendStep,
    CellStep,
    ConvolveStep,
    DistributeStep,
    FedPlan,
    GenerationPlan,
    GivenState,
    MaskStep,
    PositionStep,
    State,
    StepOp,
)
from archcompiler.tensors import TensorType

LOCALS = frozenset(
    (
        "self", "inputs", "states", "keras", "ops", "layers", "np", "batch", "t", "carried", "chance", "known",
        "lengths", "total", "position", "tokens", "window", "ended", "body", "steps", "given", "start", "seed", "model",
        "offset", "factor", "new", "generated", "room", "outputs", "token", "so_far", "logits",
    )
)  # fmt: skip
"""Names that the emitted functions have themselves."""

Groups = Callable[[Thing | None], tuple[int, ...]]


def generation_plan(graph: TypedGraph, stepping: Stepping, scaled: Mapping[str, str], groups: Groups) -> GenerationPlan:
    """The plan of a sound generator. `scaled` are inputs that are scaled; `groups` says how a layer's results nest."""
    return _Stepper(graph, stepping, scaled, groups).plan()


@dataclass(frozen=True, slots=True)
class _Value:
    """A tensor within the emitted step. `dynamic`: it is another one at each step; `axis`: it has the step axis."""

    variable: str
    type: TensorType
    dynamic: bool
    axis: bool
    mask: str | None = None


class _Stepper:
    def __init__(self, graph: TypedGraph, stepping: Stepping, scaled: Mapping[str, str], groups: Groups) -> None:
        self.graph = graph
        self.stepping = stepping
        self.scaled = scaled
        self.groups = groups
        self.names = Names(LOCALS)
        self.attributes = Names(MODEL_ATTRIBUTES)
        self.layers: dict[tuple[str, ...], str] = {}
        self.keys = Names(())
        self.begin: list[CallStep] = []
        self.step: list[StepOp] = []
        self.states: list[State | GivenState] = []

    def plan(self) -> GenerationPlan:
        stepping, inputs = self.stepping, self.graph.inputs
        fed = {one.input: one for one in stepping.fed}
        variables = {name: self.names.unique(name) for name in inputs}
        moving = (*fed, *stepping.along)
        outputs: dict[str, str] = {}
        if stepping.window is None:
            values = {
                name: _Value(variables[name], _at_step(typed) if name in moving else typed, name in moving, True)
                for name, typed in inputs.items()
            }
            results = self._model(self.graph, values, ())
            outputs = {name: results[ref].variable for name, ref in self.graph.graph.outputs.refs.items()}
        else:
            outputs = {name: self.names.unique(name) for name in self.graph.outputs}
        used = _used_masks(self.step)
        step = tuple(op for op in self.step if not isinstance(op, MaskStep) or op.target in used)
        once = tuple(name for name in inputs if name not in moving)
        return GenerationPlan(
            spec=stepping.spec,
            fed=tuple(self._fed(one, variables, outputs) for one in stepping.fed),
            along=tuple((name, variables[name], inputs[name]) for name in stepping.along),
            once=tuple((name, variables[name], inputs[name]) for name in once),
            order=tuple(variables[name] for name in inputs),
            layers=tuple((attribute, path) for path, attribute in self.layers.items()),
            begin=tuple(self.begin),
            states=tuple(self.states),
            step=step,
            passed=self._passed(variables, once),
            window=stepping.window,
            form=self.graph.graph.outputs.form,
            outputs=tuple(outputs.items()),
        )

    def _fed(self, fed: Fed, variables: Mapping[str, str], outputs: Mapping[str, str]) -> FedPlan:
        output = self.graph.outputs[fed.output]
        collected = self.names.unique(_several(outputs[fed.output]))
        ended = self.names.unique(f"{collected}_ended")
        return FedPlan(
            fed.output,
            fed.input,
            outputs[fed.output],
            variables[fed.input],
            collected,
            ended,
            self.graph.inputs[fed.input],
            output,
            fed.form,
            fed.has_steps,
            fed.logits,
            cast(int, output.axes[-1]) if fed.form != "value" else 0,
            fed.input in self.scaled,
        )

    def _passed(self, variables: Mapping[str, str], once: tuple[str, ...]) -> tuple[str, ...]:
        """What was worked out once and is used at every step."""
        made = [target for call in self.begin for target in call.targets if target is not None]
        made += [variables[name] for name in once]
        used = {name for op in self.step for name in _reads(op)}
        return tuple(name for name in made if name in used)

    def _model(
        self, graph: TypedGraph, given: Mapping[str, _Value], path: tuple[str, ...], place: tuple[str, ...] = ()
    ) -> dict[Ref, _Value]:
        """Every result of a model on the given inputs. `path` leads to its layers, `place` to this call of it."""
        values: dict[Ref, _Value] = {}
        for name in graph.graph.order:
            typed = graph.nodes[name]
            node = typed.node
            if node.kind == "input":
                values[Ref(name)] = given[name]
                continue
            sources = [values[cast(Ref, ref)] for ref in node.sources]
            if node.kind == "model" and any(one.dynamic for one in sources):
                inner = graph.models[node.target]
                fed = dict(zip((one.name for one in inner.graph.inputs), sources, strict=True))
                results = self._model(inner, fed, (*path, node.target), (*place, name))
                for index, ref in enumerate(inner.graph.outputs.refs.values()):
                    values[Ref(name, index)] = results[ref]
                continue
            for index, value in enumerate(self._node(typed, sources, path, place)):
                values[Ref(name, index)] = value
        return values

    def _node(
        self, typed: TypedNode, sources: list[_Value], path: tuple[str, ...], place: tuple[str, ...]
    ) -> list[_Value]:
        node = typed.node
        moving = any(one.dynamic for one in sources)
        axis = next((one.axis for one in sources if one.dynamic), True)
        if node.thing is not None and node.thing.section == "ops":
            operation = Function("ops", node.thing.class_name)
            return self._call(self.step if moving else self.begin, typed, sources, operation, dynamic=moving, axis=axis)
        layer = self._layer((*path, node.target))
        if not moving:
            return self._call(self.begin, typed, sources, Variable(layer), dynamic=False)
        name = typed.class_name
        if name in RECURRENT:
            return self._cell(typed, sources, layer, place)
        if name == "TimeDistributed" and axis and plain_layer(typed) is None:
            target = self._target(node)
            result = _Value(target, _at_step(typed.outputs[0]), True, True, sources[0].mask)
            self.step.append(DistributeStep(target, layer, sources[0].variable, result.type))
            return [result]
        if name == "PositionEmbedding":
            target, longest = self._target(node), cast("int", cast("Thing", node.thing)["sequence_length"])
            result = _Value(target, _at_step(typed.outputs[0]), True, True, sources[0].mask)
            self.step.append(PositionStep(target, layer, sources[0].variable, longest, result.type))
            return [result]
        if name == "Conv1D" and axis and _context(node) > 0:
            return [self._convolve(typed, sources[0], layer, place)]
        if name in ATTENTION and _remembers(node, sources):
            return [self._attend(typed, sources, layer, place)]
        return self._call(self.step, typed, sources, Variable(layer), dynamic=True, axis=axis)

    def _layer(self, path: tuple[str, ...]) -> str:
        if path not in self.layers:
            self.layers[path] = f"self.{self.attributes.unique('_'.join(path))}"
        return self.layers[path]

    def _target(self, node: Node, result: int = 0) -> str:
        if result == 0:
            return self.names.unique(node.name)
        named = node.result_names[result] if result < len(node.result_names) else str(result)
        return self.names.unique(f"{node.name}_{named}")

    def _call(
        self,
        ops: list[CallStep] | list[StepOp],
        typed: TypedNode,
        sources: list[_Value],
        callee: Variable | Function,
        *,
        dynamic: bool,
        axis: bool = True,
    ) -> list[_Value]:
        """A layer called as it is: once, or at every step."""
        node = typed.node
        targets = [self._target(node, index) for index in range(len(typed.outputs))]
        types = [_at_step(one) if dynamic and axis else one for one in typed.outputs]
        given = given_to(node, tuple(Variable(one.variable) for one in sources))
        groups = self.groups(node.thing)
        call = CallStep(tuple(targets), callee, given.positional, given.as_list, types[0], groups, given.keywords)
        cast("list[StepOp]", ops).append(call)
        masks = [one.mask for one in sources if one.mask is not None]
        mask = masks[0] if masks and typed.outputs[0].mask else None
        if dynamic and typed.outputs[0].mask and typed.class_name in ("Embedding", "Masking"):
            mask = self.names.unique(f"{targets[0]}_mask")
            cast("list[StepOp]", ops).append(MaskStep(mask, callee.name, sources[0].variable))
        return [_Value(target, one, dynamic, axis, mask) for target, one in zip(targets, types, strict=True)]

    def _key(self, node: Node, place: tuple[str, ...]) -> str:
        """The name of a state, under which no variable stands in the way of those that are made from it."""
        key = self.keys.unique("_".join((*place, node.name)))
        while any(self.names.unique(f"{key}{end}") != f"{key}{end}" for end in ("_states", "_seen")):
            key = self.keys.unique(key)
        return key

    def _cell(self, typed: TypedNode, sources: list[_Value], layer: str, place: tuple[str, ...]) -> list[_Value]:
        node, thing = typed.node, cast(Thing, typed.node.thing)
        key = self._key(node, place)
        every_step = bool(thing["return_sequences"])
        roles = _roles(node, sources)
        initial = roles.get("initial_state")
        sequences = roles["sequences"][0]
        if initial:
            self.states.append(GivenState(key, tuple(one.variable for one in initial), tuple(_sizes(thing))))
        else:
            self.states.append(State(key, "cell", layer, TensorType(())))
        target = self._target(node)
        first = _at_step(typed.outputs[0]) if every_step else typed.outputs[0]
        further = [self._target(node, index) for index in range(1, len(typed.outputs))]
        mask = sequences.mask if typed.inputs[0].mask else None
        self.step.append(
            CellStep(
                target, tuple(further), layer, sequences.variable, key, every_step, tuple(_sizes(thing)), mask, first
            )
        )
        result = _Value(target, first, True, every_step, mask if every_step else None)
        return [result, *(_Value(one, t, True, False) for one, t in zip(further, typed.outputs[1:], strict=True))]

    def _convolve(self, typed: TypedNode, source: _Value, layer: str, place: tuple[str, ...]) -> _Value:
        node = typed.node
        key = self._key(node, place)
        given = typed.inputs[0]
        context = given.with_axes(given.axes[0], _context(node), given.axes[2])
        self.states.append(State(key, "zeros", layer, context))
        target = self._target(node)
        result = _at_step(typed.outputs[0])
        self.step.append(ConvolveStep(target, layer, source.variable, key, result))
        return _Value(target, result, True, True)

    def _attend(self, typed: TypedNode, sources: list[_Value], layer: str, place: tuple[str, ...]) -> _Value:
        node = typed.node
        roles = _roles(node, sources)
        query, value = roles["query"][0], roles["value"][0]
        key = roles.get("key", [value])[0]
        remembered: list[tuple[str, str]] = []
        for role, one in (("value", value), ("key", key)):
            if role == "key" and one.variable == value.variable:
                remembered.append(remembered[0])
                continue
            name = self.names.unique("_".join((*place, node.name, f"{role}s")))
            whole = one.type.with_axes(one.type.axes[0], dims.axis("total"), *one.type.axes[2:])
            self.states.append(State(name, "memory", layer, whole))
            remembered.append((name, one.variable))
        target = self._target(node)
        result = _at_step(typed.outputs[0])
        listed = typed.class_name in KEPT_ON_A_LIST
        self.step.append(AttendStep(target, layer, query.variable, remembered[0], remembered[1], listed, result))
        return _Value(target, result, True, True)


def _roles(node: Node, sources: list[_Value]) -> dict[str, list[_Value]]:
    """The node's sources by the names of the arguments that they are."""
    if node.arguments:
        return {one.name: [sources[at] for at in one.positions] for one in node.arguments if one.positions}
    if node.thing is not None and node.thing.class_name in ATTENTION:
        return {role: [one] for role, one in zip(("query", "value", "key"), sources, strict=False)}
    return {"sequences": sources[:1], **({"initial_state": sources[1:]} if len(sources) > 1 else {})}


def _remembers(node: Node, sources: list[_Value]) -> bool:
    """Whether an attention looks back over steps that are yet to come in: its values move."""
    roles = _roles(node, sources)
    return any(one.dynamic for role in ("value", "key") for one in roles.get(role, []))


def _sizes(thing: Thing) -> list[int]:
    """How many tensors the state of each cell has."""
    return [STATES[cell.class_name.removesuffix("Cell")] for cell in cells_of(thing)]


def _context(node: Node) -> int:
    """How many earlier steps a causal convolution looks at."""
    thing = cast(Thing, node.thing)
    size, dilation = (cast("list[int] | int", thing[name]) for name in ("kernel_size", "dilation_rate"))
    size = size[0] if isinstance(size, list) else size
    dilation = dilation[0] if isinstance(dilation, list) else dilation
    return (size - 1) * dilation


def _at_step(typed: TensorType) -> TensorType:
    return typed.with_axes(typed.axes[0], 1, *typed.axes[2:])


def _several(name: str) -> str:
    return f"{name}s" if not name.endswith("s") else f"all_{name}"


def _used_masks(ops: list[StepOp]) -> set[str]:
    return {op.mask for op in ops if isinstance(op, CellStep) and op.mask is not None}


def _reads(op: StepOp) -> tuple[str, ...]:
    if isinstance(op, CallStep):
        given: list[object] = []
        for value in (*op.arguments, *(value for _, value in op.keywords)):
            given += cast("list[object]", value) if isinstance(value, list) else [value]
        return tuple(one.name for one in given if isinstance(one, Variable))
    if isinstance(op, AttendStep):
        return (op.query, op.value[1], op.key[1])
    return (op.argument,)
