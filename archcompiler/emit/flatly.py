"""An item of a model written in place, as the plan has it: a line a call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from archcompiler.diagnostics import Loc
from archcompiler.emit.literals import python
from archcompiler.graph.ir import Node
from archcompiler.plan.model import CallStep, FreezeStep, LayerStep, Make, Variable

if TYPE_CHECKING:
    from archcompiler.emit.body import Body


def in_place(body: Body, item: dict[str, object], key: str, loc: Loc) -> None:
    """The calls of an item, of all its copies, and of the blocks in it."""
    for node in body.owner.by_item.get(loc, []):
        _calls(body, node)
    stem, names = item.get("name"), cast("list[str] | str", item.get("outputs") or [])
    names = [names] if isinstance(names, str) else names
    repeated = "repeat" in item
    is_block = body.is_block(key)
    if is_block:
        said = body.writer.framed.spec.blocks[key].outputs
        outputs = [said] if isinstance(said, str) else list(said or [])
        copies = [one.name for one in body.owner.stamps[loc, ""]]
    else:
        nodes = body.owner.nodes[loc, ""]
        outputs, copies = list(nodes[0].result_names), [one.name for one in nodes]
    last = ""
    for copy, local in enumerate(copies):
        results: dict[str, str] = {}
        for at, ref in enumerate(body.results_at(loc, key, copy)):
            if ref is None or ref not in body.refs:
                continue
            variable = body.refs[ref]
            results.update(dict.fromkeys([str(at), *outputs[at : at + 1], *names[at : at + 1]], variable))
            if not at:
                results[""] = last = variable
        for result, variable in results.items():
            dot = f".{result}" if result else ""
            body.known.setdefault(f"{local}{dot}", variable)
            if repeated:
                body.collected.setdefault(f"{stem}_*{dot}", []).append(variable)
            if repeated and copy == len(copies) - 1 and isinstance(stem, str):
                body.known.setdefault(f"{stem}{dot}", variable)
    body.previous = body.beside = last or None


def _calls(body: Body, node: Node) -> None:
    from archcompiler.emit.source import flat_call

    for step in body.owner.steps[node.name]:
        if isinstance(step, LayerStep):
            body.layers[node.name] = body.names.unique(step.variable)
            body.say(f"{body.layers[node.name]} = {python(_here(body, step.make))}", None)
        elif isinstance(step, FreezeStep):
            if node.kind == "model":
                body.frozen.add(node.target)
            body.say(f"{_variable(body, step.variable)}.trainable = False", None)
        elif isinstance(step, CallStep):
            arguments = tuple(_here(body, one) for one in step.arguments)
            keywords = tuple((name, _here(body, one)) for name, one in step.keywords)
            callee = cast("Make", _here(body, step.callee))
            targets: list[str | None] = []
            for target in step.targets:
                targets.append(body.names.unique(target) if target is not None else None)
                if target is not None:
                    body.refs[body.owner.refs[target]] = cast("str", targets[-1])
            results = body.names.unique(step.results) if step.results else ""
            for line in flat_call(
                replace(
                    step, targets=tuple(targets), callee=callee, arguments=arguments, keywords=keywords, results=results
                )
            ):
                body.say(line, None)


def _here(body: Body, value: object) -> object:
    """What the plan says, with the variables of this body."""
    if isinstance(value, Variable):
        return Variable(_variable(body, value.name))
    if isinstance(value, Make):
        positional = tuple(_here(body, one) for one in value.positional)
        return Make(
            value.module, value.class_name, positional, tuple((key, _here(body, one)) for key, one in value.keywords),
            value.path,
        )  # fmt: skip
    if isinstance(value, (list, tuple)):
        entries = [_here(body, one) for one in cast("list[object]", value)]
        return tuple(entries) if isinstance(value, tuple) else entries
    return value


def _variable(body: Body, name: str) -> str:
    ref = body.owner.refs.get(name)
    if ref is not None:
        body.used.add(body.refs[ref])
        return body.refs[ref]
    layer = next((node for node, variable in body.owner.layer_variables.items() if variable == name), None)
    if layer is not None:
        return body.layers[layer]
    model = next(one for one in body.writer.plan.models if one.variable == name)
    body.models.add(model.name)
    return body.writer.model_variables[model.name]
