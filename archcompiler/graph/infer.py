"""The types of all tensors, worked out in one pass over each model; a mistake is told once, and what depends on it is
left alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from archcompiler.diagnostics import Loc, PlacedNote, Problem
from archcompiler.graph.calls import called_by
from archcompiler.graph.causes import explained
from archcompiler.graph.copies import of_copies
from archcompiler.graph.ir import ArchGraph, Argument, Node, Ref, TypedNode
from archcompiler.graph.misfits import misfit, more_results, on_constants, wrong_names
from archcompiler.graph.operations import operands_of
from archcompiler.graph.scopes import stamped
from archcompiler.layers import row_of
from archcompiler.layers.call_arguments import ATTENTION, ROLES
from archcompiler.layers.rows import Call, Result, Unsettled, infer
from archcompiler.layers.things import OBJECT_SECTIONS, ModelName, Thing
from archcompiler.tensors import TensorType


@dataclass(frozen=True, slots=True)
class InferredModel:
    """A model's typed nodes; those with a mistake, or behind one, are missing. `complete` says that none is."""

    graph: ArchGraph
    nodes: Mapping[str, TypedNode]
    params: int
    """What its own layers learn; `frozen_params`: what they hold fixed. Nested models are not counted in."""
    frozen_params: int
    called: Mapping[str, bool]
    """The models that it calls, itself or in a wrapper, and whether they are frozen."""

    @property
    def complete(self) -> bool:
        given = all(ref.node in self.nodes for ref in self.graph.outputs.refs.values())
        return given and len(self.nodes) == len(self.graph.nodes)

    def output(self, ref: Ref) -> TensorType:
        return self.nodes[ref.node].outputs[ref.result]


@dataclass(frozen=True, slots=True)
class Inferred:
    main: InferredModel
    models: Mapping[str, InferredModel]

    @property
    def complete(self) -> bool:
        return self.main.complete and all(model.complete for model in self.models.values())


def count_params(model: InferredModel, models: Mapping[str, InferredModel]) -> tuple[int, int]:
    """What the model learns and what it holds fixed, nested models included, each once however often it is called."""
    frozen_models: dict[str, bool] = {}

    def visit(caller: InferredModel, frozen: bool) -> None:
        for name, says_frozen in caller.called.items():
            is_frozen = frozen or says_frozen
            if name not in frozen_models or (is_frozen and not frozen_models[name]):
                frozen_models[name] = is_frozen
                visit(models[name], is_frozen)

    visit(model, False)
    params, frozen = model.params, model.frozen_params
    for name, is_frozen in frozen_models.items():
        nested = models[name]
        params += 0 if is_frozen else nested.params
        frozen += nested.frozen_params + (nested.params if is_frozen else 0)
    return params, frozen


def infer_all(graph: ArchGraph, problems: list[Problem], faulty: Collection[str] = ()) -> Inferred:
    """The types of the main model and of every nested one on its own inputs. Of its nodes the `faulty` have a mistake
    that is told already."""
    models: dict[str, InferredModel] = {}
    for name, model in graph.models.items():
        models[name] = Inference(models, problems).run(model)
    return Inferred(Inference(models, problems, faulty).run(graph), models)


class Inference:
    def __init__(
        self, models: Mapping[str, InferredModel], problems: list[Problem], faulty: Collection[str] = ()
    ) -> None:
        self.models = models
        self.faulty = faulty
        self.problems = problems
        self.done: dict[str, TypedNode] = {}
        self.results: dict[str, Result] = {}
        self.constant: set[str] = set()
        """Nodes that no input reaches, such as `ops.arange`."""
        self.called: dict[str, bool] = {}

    def run(self, graph: ArchGraph, given: tuple[TensorType, ...] | None = None) -> InferredModel:
        """Type every node, on the inputs as declared or on those `given`."""
        actual = dict(zip((node.name for node in graph.inputs), given or (), strict=bool(given)))
        done, params, frozen = self.done, 0, 0
        for name in graph.order:
            node = graph.nodes[name]
            if node.kind == "input":
                typed = actual.get(name) or node.input_type
                if typed is not None:
                    done[name] = TypedNode(node, (), (typed,), 0, 0)
                continue
            result = self.result(node)
            if result is None:
                continue
            inputs, result = result
            own, held = result.params, result.frozen_params
            if not node.trainable:
                own, held = 0, own + held
            if node.kind == "layer":
                params, frozen = params + own, frozen + held
            own, held = self._with_models(node, own, held)
            done[name] = TypedNode(node, inputs, result.outputs, own + held, own)
        return InferredModel(graph, done, params, frozen, self.called)

    def result(self, node: Node) -> tuple[tuple[TensorType, ...], Result] | None:
        """What a node is given and gives; None where it, or something before it, has a mistake."""
        before = len(self.problems)
        inputs = self._inputs(node)
        result = self._result(node, inputs) if inputs is not None and node.kind != "faulty" else None
        operation = node.thing is not None and node.thing.section == "ops"
        reached = any(ref is None or ref.node not in self.constant for ref in node.sources)
        if not reached and (operation or node.sources):
            self.constant.add(node.name)
            result = result if operation else on_constants(node)
        if isinstance(result, Problem):
            told = explained(result, self.done, node, self.models)
            self.problems.append(of_copies(told, [*(one.node for one in self.done.values()), node]))
        elif result is not None:
            self.problems.extend(dict.fromkeys(result.warnings))
        stamped(self.problems, before, node.stamps)
        return (inputs, result) if inputs is not None and isinstance(result, Result) else None

    def _with_models(self, node: Node, params: int, frozen: int) -> tuple[int, int]:
        """A node's parameters with those of the models that it calls; none where they were made for an earlier one."""
        if node.kind == "again":
            return 0, 0
        for name in called_by(node):
            if node.kind == "model" and name in self.called:
                self.called[name] = self.called[name] or not node.trainable
                return 0, 0
            self.called[name] = self.called.get(name, False) or not node.trainable
            learnt, held = count_params(self.models[name], self.models)
            params, frozen = (params + learnt, frozen + held) if node.trainable else (params, frozen + learnt + held)
        return params, frozen

    def _inputs(self, node: Node) -> tuple[TensorType, ...] | None:
        """The types of the node's sources, or None where one has a mistake behind it."""
        types: list[TensorType] = []
        for position, ref in enumerate(node.sources):
            source = self.done.get(ref.node) if ref is not None else None
            if ref is None or source is None:
                return None
            if ref.result >= len(source.outputs):
                results = f"{len(source.outputs)} result{'s' if len(source.outputs) > 1 else ''}"
                help, changes = more_results(source.node, ref.result + 1)
                self.problems.append(
                    Problem(
                        "ARC119",
                        f"`{ref.node}` has {results}, so there is no result {ref.result}",
                        node.source_locs[position],
                        on_key=False,
                        layer=node.name,
                        help=help,
                        changes=changes,
                        safe=False,
                    )
                )
                return None
            types.append(source.outputs[ref.result])
        return tuple(types)

    def _result(self, node: Node, inputs: tuple[TensorType, ...]) -> Result | Problem | None:
        if node.kind == "model":
            try:
                return self._call_model(node.target, inputs, node.thing_loc, node.name)
            except Unsettled:
                return None
        thing = node.thing
        if thing is None or node.name in self.faulty:
            return None
        try:
            result = self._call_layer(thing, inputs, node.name, node.listed, node.arguments)
        except Unsettled:
            return None
        if isinstance(result, Problem):
            return result
        wrong = self._wrong_again(node, inputs, result) or wrong_names(node, result)
        return wrong or result

    def _call_layer(
        self,
        thing: Thing,
        inputs: tuple[TensorType, ...],
        name: str,
        listed: bool = False,
        arguments: tuple[Argument, ...] = (),
    ) -> Result | Problem:
        if _holds_faulty(thing):
            raise Unsettled
        if thing.section == "ops":
            from archcompiler.layers.operations import OPERATIONS
            from archcompiler.layers.operations.rows import infer_operation

            return infer_operation(thing, OPERATIONS[thing.class_name], operands_of(arguments, inputs), name)
        row = row_of(thing)
        if row is None:
            raise Unsettled

        def inner(value: object, types: tuple[TensorType, ...]) -> Result | Problem:
            if isinstance(value, ModelName):
                return self._wrong_form(value, thing, name) or self._call_model(value.name, types, value.loc, name)
            assert isinstance(value, Thing)
            return self._call_layer(value, types, name)

        further: dict[str, tuple[TensorType, ...]] = {}
        options: dict[str, object] = {}
        if arguments:
            given = {one.name: tuple(inputs[at] for at in one.positions) for one in arguments if one.positions}
            options = {one.name: one.value for one in arguments if not one.positions}
            first = ROLES if thing.class_name in ATTENTION else (arguments[0].name,)
            listed = arguments[0].listed
            further = {argument: tensors for argument, tensors in given.items() if argument not in first}
            if thing.custom is None:
                inputs = tuple(tensor for argument in first for tensor in given.get(argument, ()))
        return infer(Call(thing, row, inputs, name, inner, listed, further, options))

    def _call_model(self, name: str, inputs: tuple[TensorType, ...], loc: Loc, caller: str) -> Result | Problem:
        """A nested model on the given tensors; it is worked out anew where their sizes are not those declared."""
        model = self.models.get(name)
        if model is None or not model.complete:
            raise Unsettled
        declared = [model.nodes[node.name].outputs[0] for node in model.graph.inputs]
        fault = misfit(model.graph, declared, inputs, loc, caller)
        if fault is not None:
            return fault
        if any(one.axes != other.axes or one.mask != other.mask for one, other in zip(declared, inputs, strict=True)):
            anew: list[Problem] = []
            typed = tuple(replace(other, dtype=one.dtype) for one, other in zip(declared, inputs, strict=True))
            model = Inference(self.models, anew).run(model.graph, typed)
            errors = [problem for problem in anew if not problem.is_warning]
            if errors:
                note = PlacedNote(errors[0].message, errors[0].loc, errors[0].on_key)
                return Problem(
                    "ARC208",
                    f"`{name}` cannot be called on {' and '.join(map(str, inputs))}",
                    loc,
                    True,
                    caller,
                    (note,),
                    errors[0].help,
                )
        outputs = tuple(model.output(ref) for ref in model.graph.outputs.refs.values())
        return Result(outputs)

    def _wrong_form(self, wrapped: ModelName, wrapper: Thing, caller: str) -> Problem | None:
        """A wrapper works on one tensor, not on the list or dict that a model with such `outputs` gives."""
        model = self.models.get(wrapped.name)
        if model is None or model.graph.outputs.form == "one":
            return None
        form = model.graph.outputs.form
        return Problem(
            "ARC209",
            f"{wrapper.class_name} needs a model that gives one tensor, but `{wrapped.name}` gives a {form}",
            wrapped.loc,
            layer=caller,
            notes=(PlacedNote(f"its outputs are a {form} here", (*model.graph.loc, "outputs")),),
            help="write one name: `outputs: NAME`",
        )

    def _wrong_again(self, node: Node, inputs: tuple[TensorType, ...], result: Result) -> Problem | None:
        """A layer called again keeps its weights, so the sizes that they depend on must be those of the first call."""
        first = self.results.setdefault(node.target, result)
        weights = (first.params, first.frozen_params, first.built_for)
        if node.kind != "again" or weights == (result.params, result.frozen_params, result.built_for):
            return None
        made = self.done.get(node.target)
        came = " and ".join(map(str, inputs))
        was = " and ".join(map(str, made.inputs)) if made else "something else"
        notes = (PlacedNote("its weights were made here", made.node.thing_loc),) if made else ()
        return Problem(
            "ARC208",
            f"`{node.target}` has weights for {was}, but it is called again on {came}",
            node.thing_loc,
            True,
            node.name,
            notes,
            f"give it what has the same sizes, or write a layer of its own here: `- {node.thing.class_name}: …`"
            if node.thing is not None
            else "call it on what has the same sizes",
        )


def _holds_faulty(thing: Thing) -> bool:
    """Whether it wraps what has a mistake of its own, already reported, and so could not be read."""
    arguments = thing.entry.arguments
    return any(
        one is None and name in arguments and arguments[name].kind in OBJECT_SECTIONS and not arguments[name].nullable
        for name, one in thing.given.items()
    )
