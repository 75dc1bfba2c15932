"""Code that keeps a spec's structure: a block is a function, a repeat a loop, a param an argument of `build_model`.

It is written from the spec, and then held against the plan, call by call (`tracing.py`): where the two differ, or the
spec says what neither a function nor a loop can, the code is flat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from archcompiler.emit.body import Body
from archcompiler.emit.expressions import NotStructured, Sight, has_expression, value_of, written
from archcompiler.emit.literals import docstring, python
from archcompiler.emit.owners import Named, Owner, owner_of
from archcompiler.emit.params import Uses, no_tensor, params_in
from archcompiler.emit.tracing import Recorder, keras_of, traced
from archcompiler.graph.ir import TypedGraph
from archcompiler.plan.model import InputStep, ModelPlan, Plan
from archcompiler.plan.names import Names
from archcompiler.spec.frame import Framed

Slots = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Structured:
    """The functions of the blocks, and the models, as the template wants them."""

    blocks: list[list[str]]
    models: list[Slots]
    has_params: bool
    """Whether `build_model` takes params."""


def structured(framed: Framed, graph: TypedGraph, plan: Plan, flat: list[Slots]) -> Structured | None:
    """The code of a spec with blocks, repeats or params; None where it has none of them, or where flat code it must be.
    `flat` are the models as they are otherwise."""
    spec = framed.spec
    layers = [spec.layers, *(model.layers for model in spec.models.values())]
    repeats = any(isinstance(item, dict) and ("repeat" in item or "when" in item) for one in layers for item in one)
    forms = [(one.graph.outputs.form, len(one.outputs)) for one in graph.models.values()]
    if any(form == "dict" or (form == "list" and count == 1) for form, count in forms):
        return None  # what such a model gives is taken apart
    stamps = graph.graph.stamps or any(model.graph.stamps for model in graph.models.values())
    if not (stamps or repeats or has_expression(layers) or params_in(framed.data.get("inputs"), framed.params)):
        return None
    try:
        found = Writer(framed, graph, plan).program(flat)
        return found if _does_the_same(found, graph, plan) else None
    except (NotStructured, SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return None  # what is never computed may be no expression at all


def _counts(framed: Framed) -> bool:
    """Whether params decide which layers there are."""
    owners = (framed.spec, *framed.spec.models.values(), *framed.spec.blocks.values())
    items = [cast("dict[str, object]", item) for one in owners for item in one.layers if isinstance(item, dict)]
    return any(has_expression(item.get(key)) for item in items for key in ("repeat", "when"))


class Writer:
    """Writes the functions of one spec."""

    def __init__(self, framed: Framed, graph: TypedGraph, plan: Plan) -> None:
        self.framed = framed
        self.plan = plan
        self.graphs = {**graph.models, "": graph}
        self.params = framed.params
        self.constant = plan.generation is not None or (bool(plan.exports) and _counts(framed))
        """Whether params are constants: what generates is written for their sizes, parts of a model for its layers."""
        self.functions: dict[str, Named] = {}
        self.blocks: list[list[str]] = []
        self._open: list[str] = []
        self.owners: dict[str, Owner] = {}
        for model in plan.models:
            typed = graph if model is plan.main else graph.models[model.name]
            self.owners["" if model is plan.main else model.name] = owner_of(typed, model)
        self.uses = Uses(framed, tuple(name for name in self.owners if name))
        for name in (*framed.spec.params, *self.params):
            if Names().unique(name) != name:
                raise NotStructured

    def program(self, flat: list[Slots]) -> Structured:
        models: list[Slots] = []
        for model, slots in zip(self.plan.models, flat, strict=True):
            models.append(self._model(model, slots))
        return Structured(self.blocks, models, bool(models[-1]["parameters"]))

    def _model(self, plan: ModelPlan, slots: Slots) -> Slots:
        is_main = plan is self.plan.main
        raw = self.framed.data if is_main else cast("dict[str, Any]", self.framed.data["models"][plan.name])
        owner = self.owners["" if is_main else plan.name]
        used = self.uses.used(raw)
        base = self.uses.closure(used)
        names = Names((*base, *(model.variable for model in self.plan.models[:-1]), *self.framed.spec.blocks))
        lines: list[str] = []
        parameters: list[str] = list(slots["parameters"])
        if is_main and not self.constant:
            parameters += [f"{one}={written(self.params[one])}" for one in base if not self.uses.is_derived(one)]
            lines += [self.uses.derived(one) for one in base if self.uses.is_derived(one)]
        elif is_main:
            lines += [f"{one} = {written(self.params[one])}" for one in base]
        else:
            parameters += [f"{one}={written(self.params[one])}" for one in base]
        if is_main:
            lines += [self._nested(nested) for nested in self.plan.models[:-1]]
        sight = Sight(self._variable(base), no_tensor)
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
        given = [*model.models, *(f"{one}={one}" for one in self.uses.closure(self.uses.used(raw)))]
        return f"{model.variable} = {model.function}({', '.join(given)})"

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
        further = sorted(self.uses.free(name) - set(params))
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


def _required_first(params: Mapping[str, object]) -> list[tuple[str, object]]:
    def optional(value: object) -> bool:
        default = cast("dict[str, object]", value).get("value") if isinstance(value, dict) else value
        return default is not None and not has_expression(default)

    return sorted(params.items(), key=lambda one: optional(one[1]))


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
