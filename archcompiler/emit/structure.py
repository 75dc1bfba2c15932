"""Code that keeps a spec's structure: a block is a function, a repeat a loop, a param an argument of `build_model`.

It is written from the spec, and then held against the plan, call by call (`tracing.py`): where the two differ, or the
spec says what neither a function nor a loop can, the code is flat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from archcompiler.emit.body import Body
from archcompiler.emit.expressions import NotStructured, Sight, has_expression, names_in, translated, value_of, written
from archcompiler.emit.literals import docstring, python
from archcompiler.emit.owners import Named, Owner, owner_of
from archcompiler.emit.tracing import Recorder, keras_of, traced
from archcompiler.graph.ir import TypedGraph
from archcompiler.plan.model import InputStep, ModelPlan, Plan
from archcompiler.plan.names import Names
from archcompiler.spec.frame import Framed
from archcompiler.spec.pasting import EXPRESSION

Slots = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Structured:
    """The functions of the blocks, and the models, as the template wants them."""

    blocks: list[list[str]]
    models: list[Slots]


def structured(framed: Framed, graph: TypedGraph, plan: Plan, flat: list[Slots]) -> Structured | None:
    """The code of a spec with blocks, repeats or params; None where it has none of them, or where flat code it must be.
    `flat` are the models as they are otherwise."""
    spec = framed.spec
    layers = [spec.layers, *(model.layers for model in spec.models.values())]
    repeats = any(isinstance(item, dict) and ("repeat" in item or "when" in item) for one in layers for item in one)
    stamps = graph.graph.stamps or any(model.graph.stamps for model in graph.models.values())
    if not (stamps or repeats or has_expression(layers) or _sized(framed)):
        return None
    try:
        found = Writer(framed, graph, plan).program(flat)
        return found if _does_the_same(found, graph, plan) else None
    except (NotStructured, SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return None  # what is never computed may be no expression at all


def _sized(framed: Framed) -> bool:
    """Whether the shape of an input uses a param."""
    return bool(_params_in(framed.data.get("inputs"), framed.params))


def _params_in(raw: object, params: Mapping[str, object]) -> set[str]:
    """The params that the shapes of inputs use, as words or in expressions."""
    found: set[str] = set()
    for one in cast("dict[str, object]", raw).values() if isinstance(raw, dict) else ():
        shape = cast("dict[str, object]", one).get("shape") if isinstance(one, dict) else one
        entries = cast("list[object]", shape) if isinstance(shape, list) else []
        found |= {one for one in entries if isinstance(one, str) and one in params}
        found |= names_in(entries)
    return found


class Writer:
    """Writes the functions of one spec."""

    def __init__(self, framed: Framed, graph: TypedGraph, plan: Plan) -> None:
        self.framed = framed
        self.plan = plan
        self.graphs = {**graph.models, "": graph}
        self.params = framed.params
        self.constant = plan.generation is not None
        """Whether params are constants: what generates is written for their sizes."""
        self.functions: dict[str, Named] = {}
        self.blocks: list[list[str]] = []
        self._open: list[str] = []
        self.owners: dict[str, Owner] = {}
        for model in plan.models:
            typed = graph if model is plan.main else graph.models[model.name]
            self.owners["" if model is plan.main else model.name] = owner_of(typed, model)
        for name in (*framed.spec.params, *self.params):
            if Names().unique(name) != name:
                raise NotStructured

    def program(self, flat: list[Slots]) -> Structured:
        models: list[Slots] = []
        for model, slots in zip(self.plan.models, flat, strict=True):
            models.append(self._model(model, slots))
        return Structured(self.blocks, models)

    def _model(self, plan: ModelPlan, slots: Slots) -> Slots:
        is_main = plan is self.plan.main
        raw = self.framed.data if is_main else cast("dict[str, Any]", self.framed.data["models"][plan.name])
        owner = self.owners["" if is_main else plan.name]
        used = self._used(raw)
        base = self._closure(used)
        names = Names((*base, *(model.variable for model in self.plan.models[:-1]), *self.framed.spec.blocks))
        lines: list[str] = []
        parameters: list[str] = list(slots["parameters"])
        if is_main and not self.constant:
            parameters += [f"{one}={written(self.params[one])}" for one in base if not self._is_derived(one)]
            lines += [self._derived(one) for one in base if self._is_derived(one)]
        elif is_main:
            lines += [f"{one} = {written(self.params[one])}" for one in base]
        else:
            parameters += [f"{one}={written(self.params[one])}" for one in base]
        if is_main:
            lines += [self._nested(nested) for nested in self.plan.models[:-1]]
        sight = Sight(self._variable(base), _no_tensor)
        variables = {step.name: names.unique(step.name) for step in plan.steps if isinstance(step, InputStep)}
        inputs = cast("dict[str, Any]", raw["inputs"])
        for step in plan.steps:
            if isinstance(step, InputStep):
                lines += self._input(step, variables[step.name], inputs[step.name], sight)
        body = Body(
            self, owner, cast("list[object]", raw["layers"]), () if is_main else ("models", plan.name), "", names
        )
        body.values = {one: one for one in base}
        body.known.update(variables)
        body.outputs = raw.get("outputs")
        body.previous = next(iter(variables.values())) if len(variables) == 1 else None
        body.write()
        outputs = {name: body.reference(self._said(raw, name)) for name, _ in plan.outputs}
        given = list(outputs.values())
        gives = given[0] if plan.form == "one" else f"[{', '.join(given)}]"
        if plan.form == "dict":
            gives = "{" + ", ".join(f"{python(name)}: {one}" for name, one in outputs.items()) + "}"
        takes = list(variables.values())
        return {
            **slots,
            "parameters": parameters,
            "lines": [*lines, *body.finished()],
            "inputs": takes[0] if len(takes) == 1 else f"[{', '.join(takes)}]",
            "outputs": gives,
        }

    def _said(self, raw: Mapping[str, Any], name: str) -> str:
        """What an output is, as the spec says it; `previous` for the last item."""
        given = raw.get("outputs")
        if given is None:
            return "previous"
        return str(cast("dict[str, object]", given)[name]) if isinstance(given, dict) else name

    def _input(self, step: InputStep, variable: str, raw: Any, sight: Sight) -> list[str]:
        shape = cast("list[object]", raw["shape"] if isinstance(raw, dict) else raw)
        sizes: list[object] = list(step.type.shape[1:])
        for at, one in enumerate(shape):
            if isinstance(one, str) and (one in self.params or "${" in one):
                sizes[at] = value_of(one if "${" in one else f"${{{one}}}", sight)
        given = [f"shape={python(tuple(sizes))}"]
        if step.batch_size is not None:
            given.append(f"batch_size={step.batch_size}")
        if step.type.dtype != "float32":
            given.append(f"dtype={python(step.type.dtype)}")
        code = f"{variable} = keras.Input({', '.join([*given, f'name={python(step.name)}'])})"
        return with_comment(code, str(step.type))

    def _nested(self, model: ModelPlan) -> str:
        raw = cast("dict[str, Any]", self.framed.data["models"][model.name])
        given = [*model.models, *(f"{one}={one}" for one in self._closure(self._used(raw)))]
        return f"{model.variable} = {model.function}({', '.join(given)})"

    def _used(self, raw: Mapping[str, Any]) -> set[str]:
        """The params that a model uses, its blocks and the models that it calls included."""
        found = _params_in(raw.get("inputs"), self.params)
        seen: set[str] = set()

        def visit(layers: object, local: frozenset[str]) -> None:
            for item in cast("list[object]", layers):
                entry = cast("dict[str, object]", item) if isinstance(item, dict) else {str(item): None}
                rows = entry.get("repeat")
                own = set(cast("dict[str, object]", rows)) if isinstance(rows, dict) else set[str]()
                found.update(names_in(entry) - local - own - {"index", "input", "previous"})
                for key in entry:
                    block = self.framed.spec.blocks.get(key)
                    if block is not None and key not in seen:
                        seen.add(key)
                        found.update(names_in(block.params) - set(block.params))
                        visit(block.layers, frozenset(block.params))
                    if key in self.framed.spec.models and raw is self.framed.data:
                        found.update(self._used(cast("dict[str, Any]", self.framed.data["models"][key])))

        visit(raw["layers"], frozenset())
        if raw is self.framed.data:
            for name in self.owners:
                if name:
                    found |= self._used(cast("dict[str, Any]", self.framed.data["models"][name]))
        unknown = found - set(self.params)
        if unknown:
            raise NotStructured
        return found

    def _closure(self, used: set[str]) -> list[str]:
        """The params that are used, and those that they use, each behind what it needs."""
        found: list[str] = []

        def visit(name: str) -> None:
            if name in found:
                return
            if self._is_derived(name):
                for one in sorted(names_in(self._declared(name))):
                    visit(one)
            found.append(name)

        for name in self.params:
            if name in used:
                visit(name)
        return found

    def _declared(self, name: str) -> object:
        declared = cast("dict[str, object]", self.framed.data.get("params") or {})[name]
        return cast("dict[str, object]", declared).get("value") if isinstance(declared, dict) else declared

    def _is_derived(self, name: str) -> bool:
        """Whether a param is made of others, and not set from outside."""
        declared = self._declared(name)
        return has_expression(declared) and name not in self.framed.overridden

    def _derived(self, name: str) -> str:
        declared = self._declared(name)
        if not isinstance(declared, str) or EXPRESSION.fullmatch(declared.strip()) is None:
            return f"{name} = {python(value_of(declared, Sight(lambda one: one, _no_tensor)))}"
        return f"{name} = {translated(declared.strip()[2:-1], Sight(lambda one: one, _no_tensor))}"

    def _variable(self, base: list[str]) -> Any:
        def variable(name: str) -> str:
            if name not in base:
                raise NotStructured
            return name

        return variable

    def function(self, name: str) -> Named:
        """The function of a block; it is written when it is first asked for."""
        if name in self.functions:
            return self.functions[name]
        if name in self._open or Names().unique(name) != name:
            raise NotStructured
        block = self.framed.spec.blocks[name]
        owners = [owner for owner in self.owners.values() if owner.stamps_of(name)]
        if not owners or "name" in block.params:
            raise NotStructured
        inputs = (
            ["inputs"] if block.inputs is None else [block.inputs] if isinstance(block.inputs, str) else block.inputs
        )
        params = list(block.params)
        further = sorted(self._free(name) - set(params))
        names = Names((*inputs, *params, *further, "name", *self.framed.spec.blocks))
        if len({*inputs, *params, *further}) < len(inputs) + len(params) + len(further):
            raise NotStructured
        self._open.append(name)
        prefix = owners[0].stamps_of(name)[0].prefix
        body = Body(self, owners[0], block.layers, ("blocks", name), prefix, names, block=name, others=owners)
        body.values = {one: one for one in (*params, *further)}
        keys = ["input"] if block.inputs is None else inputs
        body.known.update(zip(keys, inputs, strict=True))
        body.outputs = block.outputs
        body.previous = inputs[0] if len(inputs) == 1 else None
        body.write()
        self._open.pop()
        said = block.outputs
        outputs = [said] if isinstance(said, str) else list(cast("Any", said)) if said is not None else []
        sources = [str(said[one]) if isinstance(said, dict) else one for one in outputs] or ["previous"]
        gives = ", ".join(body.reference(one) for one in sources)
        head = [*inputs, *(self._parameter(one, value) for one, value in _required_first(block.params))]
        head += ["*", *further, "name"]
        about = docstring(block.description or f"The block `{name}`; its layers are called after `name`.")
        lines = [f"def {name}({', '.join(head)}):", f"    {about}"]
        lines += [f"    {line}" for line in (*body.finished(), f"return {gives}")]
        self.blocks.append(lines)
        self.functions[name] = Named(name, tuple(inputs), tuple(keys), tuple(params), tuple(further), tuple(outputs))
        return self.functions[name]

    def _parameter(self, name: str, value: object) -> str:
        default = cast("dict[str, object]", value).get("value") if isinstance(value, dict) else value
        required = default is None or has_expression(default)
        if Names().unique(name) != name:
            raise NotStructured
        return name if required else f"{name}={written(default)}"

    def _free(self, name: str) -> set[str]:
        """The spec's params that a block uses, and the blocks in it."""
        block = self.framed.spec.blocks[name]
        found: set[str] = set()
        for item in block.layers:
            entry = cast("dict[str, object]", item) if isinstance(item, dict) else {str(item): None}
            rows = entry.get("repeat")
            own = set(cast("dict[str, object]", rows)) if isinstance(rows, dict) else set[str]()
            found |= names_in(entry) - own
            for key in entry:
                if key in self.framed.spec.blocks and key != name:
                    found |= self._free(key) - {"input", "previous", "index"}
        return (found - set(block.params) - {"index", "input", "previous"}) & set(self.params)


def _required_first(params: Mapping[str, object]) -> list[tuple[str, object]]:
    def optional(value: object) -> bool:
        default = cast("dict[str, object]", value).get("value") if isinstance(value, dict) else value
        return default is not None and not has_expression(default)

    return sorted(params.items(), key=lambda one: optional(one[1]))


def _no_tensor(name: str) -> str:
    raise NotStructured


def with_comment(code: str, comment: str | None, width: int = 84) -> list[str]:
    """A line of code, and a comment beside it, or above it where beside it there is no room."""
    if comment is None:
        return [code]
    beside = f"{code}  # {comment}"
    return [beside] if len(beside) <= width else [f"# {comment}", code]


def text_of(found: Structured) -> str:
    """The functions as a program that `tracing` can run."""
    lines: list[str] = []
    for block in found.blocks:
        lines += block
    for model in found.models:
        parameters = [one.removesuffix(": keras.Model") for one in model["parameters"]]
        lines.append(f"def {model['function']}({', '.join(parameters)}):")
        lines += [f"    {line}" for line in model["lines"]]
        lines.append(f"    return keras.Model({model['inputs']}, {model['outputs']}, name={python(model['name'])})")
    return "\n".join(lines)


def _does_the_same(found: Structured, graph: TypedGraph, plan: Plan) -> bool:
    """Whether the program makes the calls of the plan, in their order."""
    shapes: dict[str, tuple[tuple[int | None, ...], ...]] = {}
    for typed in (*graph.models.values(), graph):
        for name, node in typed.nodes.items():
            shapes[name] = tuple(one.shape for one in node.outputs)
        if typed is not graph:
            shapes[typed.name] = tuple(one.shape for one in typed.outputs.values())
    nodes = [typed.nodes[name] for typed in (*graph.models.values(), graph) for name in typed.graph.order]
    operations = [one.outputs[0].shape for one in nodes if one.class_name.startswith("ops.")]
    wanted, done = Recorder(shapes), Recorder(shapes, operations)
    traced(plan, wanted)
    names = keras_of(done)
    names.update({name: done.made("layers", name) for name in plan.classes})
    try:
        exec(compile(text_of(found), "<structured>", "exec"), names)
        cast("Any", names["build_model"])()
    except Exception:  # a program that fails is not the same, whatever it fails with
        return False
    return wanted.told() == done.told()
