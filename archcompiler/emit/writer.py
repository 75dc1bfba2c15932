"""The functions of one spec: one for each block, and one for each model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from archcompiler.diagnostics import Loc
from archcompiler.emit.body import Body, Unfit
from archcompiler.emit.calling import default_of
from archcompiler.emit.counting import numbered
from archcompiler.emit.expressions import NotStructured, Sight, has_expression, names_in, value_of, written
from archcompiler.emit.left_out import Choices, given_params, is_gone, unused_in
from archcompiler.emit.literals import docstring, python
from archcompiler.emit.owners import Named, Owner
from archcompiler.emit.params import Uses, params_in
from archcompiler.emit.source_lines import with_comment
from archcompiler.graph.ir import Ref
from archcompiler.plan.model import InputStep, ModelPlan, Plan
from archcompiler.plan.names import Names
from archcompiler.spec.frame import Framed
from archcompiler.spec.models import BlockSpec

Slots = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Structured:
    """The functions of the blocks, and the models, as the template wants them."""

    blocks: list[list[str]]
    models: list[Slots]
    has_params: bool
    """Whether `build_model` takes params."""


class Writer:
    """Writes the functions of one spec. `marks` are the items of models that are written in place, and the blocks that
    have no function."""

    def __init__(self, framed: Framed, plan: Plan, owners: Mapping[str, Owner], marks: set[Loc]) -> None:
        self.framed = framed
        self.plan = plan
        self.owners = owners
        self.marks = marks
        self.params = framed.params
        self.uses = Uses(framed)
        self.whole = numbered(framed)
        self.stems: dict[tuple[int, Loc, str], Counter[str]] = {}
        self.functions: dict[str, Named] = {}
        self.blocks: list[list[str]] = []
        self._open: list[str] = []
        self._asked: dict[str, dict[str, str]] = {}
        """The params that the functions of nested models take, and the arguments that they are."""
        self.choices = Choices(framed, self.uses, tuple(owners.values()))
        self.choices.find()
        sized = [not self.choices.freeze_item(self.choices.item_at(loc)) for loc in marks if loc[0] != "blocks"]
        apart = bool(plan.exports) and _counts(framed)
        self._constant = plan.generation is not None or any(sized) or apart
        """Whether params are constants: what generates is written for their sizes, as is what is written in place, and
        parts of a model for its layers."""
        blocks = framed.spec.blocks
        taken = {*self.params, *framed.spec.params, *(model.function for model in plan.models), *plan.classes}
        taken |= {one for block in blocks.values() for one in (*block.params, *_inputs(block)[1])}
        nested = plan.models[:-1]
        names = Names((*taken, *blocks, *plan.classes))
        self.model_variables = {
            one.name: one.variable if one.variable not in {*taken, *blocks} else names.unique(f"{one.name}_model")
            for one in nested
        }
        names = Names((*taken, *self.model_variables.values()))
        self.function_names = {
            one: names.unique(
                one if Names((*taken, *self.model_variables.values())).unique(one) == one else f"{one}_block"
            )
            for one in blocks
        }

    def constant(self, name: str) -> bool:
        return self._constant or name in self.choices.frozen

    def program(self, flat: list[Slots]) -> Structured:
        models = [self._model(model, slots) for model, slots in zip(self.plan.models, flat, strict=True)]
        return Structured(self.blocks, models, bool(models[-1]["parameters"]))

    def _names(self) -> Names:
        return Names((*self.model_variables.values(), *self.function_names.values(), *self.plan.classes))

    def _model(self, plan: ModelPlan, slots: Slots) -> Slots:
        is_main = plan is self.plan.main
        raw = self.framed.data if is_main else cast("dict[str, Any]", self.framed.data["models"][plan.name])
        layers = cast("list[object]", raw["layers"])
        owner = self.owners["" if is_main else plan.name]
        nested = self.plan.models[:-1] if is_main else ()
        used = self.uses.used(layers) | params_in(raw.get("inputs"), self.params) & set(self.params)
        for one in nested:
            used |= set(self._asked[one.name])
        names = self._names()
        reserved = self.uses.closure(used, self.constant)
        variables = {one: names.unique(one) for one in reserved}
        place: Loc = () if is_main else ("models", plan.name)
        body = Body(self, owner, layers, place, "", names)
        body.values = dict(variables)
        takes = {step.name: names.unique(step.name) for step in plan.steps if isinstance(step, InputStep)}
        body.known.update(takes)
        body.refs = {Ref(name): one for name, one in takes.items()}
        body.outputs = raw.get("outputs")
        body.previous = body.beside = next(iter(takes.values())) if len(takes) == 1 else None
        inputs = cast("dict[str, Any]", raw["inputs"])
        lines: list[str] = []
        for step in plan.steps:
            if isinstance(step, InputStep):
                lines += self._input(step, takes[step.name], inputs[step.name], body.sight())
        body.write()
        outputs = {name: body.reference(self._said(raw, name)) for name, _ in plan.outputs}
        given = list(outputs.values())
        gives = given[0] if plan.form == "one" else f"[{', '.join(given)}]"
        if plan.form == "dict":
            gives = "{" + ", ".join(f"{python(name)}: {one}" for name, one in outputs.items()) + "}"
        models = [self.model_variables[one.name] for one in self.plan.models[:-1] if one.variable in plan.models]
        parameters = [] if is_main else [f"{one}: keras.Model" for one in models]
        calls: list[str] = []
        for one in nested:
            further = self._asked[one.name]
            body.asked |= set(further)
            given_to = [self.model_variables[each.name] for each in self.plan.models if each.variable in one.models]
            given_to += [f"{keyword}={variables[name]}" for name, keyword in further.items()]
            calls.append(f"{self.model_variables[one.name]} = {one.function}({', '.join(given_to)})")
        first: list[str] = []
        arguments: dict[str, str] = {}
        for one in self.uses.closure(body.asked & set(self.params), self.constant):
            value = f"{variables[one]} = {written(self.params[one])}"
            if self.constant(one):
                first.append(value)
            elif is_main and self.uses.is_derived(one):
                first.append(self.uses.derived(one, variables))
            else:
                arguments[one] = variables[one]
                parameters.append(value.replace(" = ", "=", 1))
        self._asked[plan.name] = arguments
        inputs_given = list(takes.values())
        return {
            **slots,
            "parameters": parameters,
            "lines": [*first, *calls, *lines, *body.finished()],
            "inputs": inputs_given[0] if len(inputs_given) == 1 else f"[{', '.join(inputs_given)}]",
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

    def function(self, name: str) -> Named:
        """The function of a block; it is written when it is first asked for."""
        if name in self.functions:
            return self.functions[name]
        if name in self._open or ("blocks", name) in self.marks:
            raise NotStructured
        block = self.framed.spec.blocks[name]
        stamps = [
            (owner, one, unused_in(owner, one))
            for owner in self.owners.values()
            for one in owner.stamps_of(name)
            if not is_gone(owner, one)
        ]
        stamps.sort(key=lambda one: len(one[2]))
        owner, stamp, _ = stamps[0]
        unused = {one for _, _, one in stamps if one}
        if len(unused) > 1:
            raise Unfit(("blocks", name))
        self._open.append(name)
        body = self._body(name, block, owner, stamp.prefix, [one for one, _, _ in stamps])
        inputs = [body.known[key] for key in _inputs(block)[0]]
        if unused:
            body.unused = dict(next(iter(unused)))
            body.last = body.names.unique("last") if len({bool(one) for _, _, one in stamps}) > 1 else None
        if not all(one.trainable for _, one, _ in stamps):
            body.trainable = body.names.unique("trainable")
        body.write()
        said = block.outputs
        outputs = [said] if isinstance(said, str) else list(cast("Any", said)) if said is not None else []
        sources = [str(said[one]) if isinstance(said, dict) else one for one in outputs] or ["previous"]
        gives = ", ".join(body.reference(one) for one in sources)
        params, first = self._params(name, block, body)
        self._open.pop()
        free = [one for one in body.asked - set(block.params) if one in self.params]
        named = Named(
            self.function_names[name], name, tuple(_inputs(block)[0]), {one: body.values[one] for one in params},
            dict(sorted((*((one, body.values[one]) for one in free), *body.hidden.items()))),
            tuple(one.name for one in self.plan.models if one.name in body.models), tuple(outputs), str(body.label),
            body.last, body.trainable,
        )  # fmt: skip
        head = [*inputs, *sorted((f"{named.params[one]}{value}" for one, value in params.items()), key=_optional)]
        head += ["*", *named.further.values(), *(self.model_variables[one] for one in named.models)]
        head += [f"{body.last}=False"] if body.last else []
        head += [f"{body.trainable}=True"] if body.trainable else []
        about = block.description or f"The block `{name}`; its layers are called after `{body.label}`."
        lines = [f"def {named.name}({', '.join([*head, named.label])}):", f"    {docstring(about)}"]
        lines += [f"    {line}" for line in (*first, *body.finished(), f"return {gives}")]
        self.blocks.append(lines)
        self.functions[name] = named
        return named

    def _body(self, name: str, block: BlockSpec, owner: Owner, prefix: str, owners: list[Owner]) -> Body:
        names = self._names()
        fixed = self.choices.fixed.get(name, {})
        values = {one: written(fixed[one]) if one in fixed else names.unique(one) for one in block.params}
        further = sorted(self.uses.free(name) - set(block.params))
        values.update({one: names.unique(one) for one in further})
        keys, wishes = _inputs(block)
        inputs = [names.unique(one) for one in wishes]
        label = names.unique("name")
        others = list({id(one): one for one in owners}.values())
        body = Body(self, owner, block.layers, ("blocks", name), prefix, names, name, others, label, values)
        body.known.update(zip(keys, inputs, strict=True))
        body.given, body.outputs = inputs[0], block.outputs
        body.previous = body.beside = inputs[0] if len(inputs) == 1 else None
        return body

    def _params(self, name: str, block: BlockSpec, body: Body) -> tuple[dict[str, str], list[str]]:
        """The params that a block's function takes, each with its default; and lines that work out others."""
        fixed = self.choices.fixed.get(name, {})
        lines: list[str] = []
        found: dict[str, str] = {}

        def visit(one: str) -> None:
            if one in found or one in fixed:
                return
            default = default_of(block.params[one])
            found[one] = "" if default is None else f"={written(default)}"
            if not has_expression(default):
                return
            found[one] = ""
            uses = names_in(default)
            own = uses & set(block.params)
            if not own or not uses <= {*block.params, *self.params}:
                return
            value = value_of(default, body.sight())
            for needed in sorted(own):
                visit(needed)
            line = f"{body.values[one]} = {written(value)}"
            if self._is_given(name, one):
                found[one] = "=None"
                lines.extend([f"if {body.values[one]} is None:", f"    {line}"])
            else:
                del found[one]
                lines.append(line)

        for one in block.params:
            if one in body.asked:
                visit(one)
        return {one: found[one] for one in block.params if one in found}, lines

    def _is_given(self, block: str, param: str) -> bool:
        """Whether some stamp of a block gives it the param."""
        declared = list(self.framed.spec.blocks[block].params)
        items = {stamp.loc for owner in self.owners.values() for stamp in owner.stamps_of(block)}
        return any(param in given_params(self.choices.item_at(loc).get(block), declared) for loc in items)


def _counts(framed: Framed) -> bool:
    """Whether params decide which layers there are."""
    owners = (framed.spec, *framed.spec.models.values(), *framed.spec.blocks.values())
    items = [cast("dict[str, object]", item) for one in owners for item in one.layers if isinstance(item, dict)]
    return any(has_expression(item.get(key)) for item in items for key in ("repeat", "when"))


def _inputs(block: BlockSpec) -> tuple[list[str], list[str]]:
    """What a block calls its inputs, and what its function does."""
    if block.inputs is None:
        return ["input"], ["inputs"]
    names = [block.inputs] if isinstance(block.inputs, str) else list(block.inputs)
    return names, names


def _optional(argument: str) -> bool:
    return "=" in argument
