"""What a layer or a block is called on, as an item's `from` says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from archcompiler.emit.expressions import NotStructured, has_expression, value_of
from archcompiler.emit.literals import python
from archcompiler.emit.owners import Named
from archcompiler.graph.ir import Argument, Node
from archcompiler.plan.model import Code, Variable
from archcompiler.plan.objects import given_to
from archcompiler.spec.items import OWN_KEYS

if TYPE_CHECKING:
    from archcompiler.emit.body import Body


def arguments_of(body: Body, item: dict[str, object], node: Node, first: str | None) -> str:
    """The arguments of the call."""
    given = item.get("from")
    entries = cast("list[object]", given) if isinstance(given, list) else [given]
    if any(isinstance(one, str) and is_star(one) for one in entries):
        return _collected(body, entries, node)
    sources = _sources(body, cast("object", given), node)
    if first is not None and sources:
        sources[0] = first
    if len(sources) != len(node.sources):
        raise NotStructured
    is_operation = node.thing is not None and node.thing.section == "ops"
    called = given_to(
        _with_numbers(body, cast("object", given), node) if is_operation else node, tuple(map(Variable, sources))
    )
    if is_operation:
        keywords = tuple((name, _operand(body, item, node, name, value)) for name, value in called.keywords)
        called = replace(called, keywords=keywords)
    text = ", ".join(map(python, called.positional))
    text = f"[{text}]" if called.as_list else text
    return ", ".join([*([text] if text else []), *(f"{name}={python(value)}" for name, value in called.keywords)])


def tensors_given(body: Body, item: dict[str, object], function: Named, first: str | None) -> list[str]:
    """The tensors that a block is given."""
    given = item.get("from")
    if given is None:
        return [first or body.reference("previous")]
    if isinstance(given, dict):
        named = cast("dict[str, object]", given)
        found = [body.reference(str(named[key])) for key in function.keys]
        at = function.keys.index(next(iter(named)))
        if first is not None:
            found[at] = first
        return found
    entries = cast("list[object]", given) if isinstance(given, list) else [given]
    if first is not None:
        return [first, *(body.reference(str(one)) for one in entries[1:])]
    found: list[str] = []
    for one in entries:
        found += body.collected[str(one)] if is_star(str(one)) else [body.reference(str(one))]
    return found


def is_star(source: str) -> bool:
    """Whether a name stands for the results of all copies of an item."""
    return "*" in source and "${" not in source


def _collected(body: Body, entries: list[object], node: Node) -> str:
    """The arguments where some of them are the results of all copies of an item."""
    found: list[str] = []
    for one in entries:
        if not isinstance(one, str):
            raise NotStructured
        if not is_star(one):
            found.append(body.reference(one))
        elif one in body.collected:
            found += body.collected[one]
        else:
            raise NotStructured
    called = given_to(node, tuple(Variable(f"_{at}") for at in range(len(node.sources))))
    names = [python(one) for one in called.positional]
    if called.keywords and node.thing is not None and node.thing.section != "ops":
        raise NotStructured
    text = found[0][1:] if len(found) == 1 and found[0].startswith("*") else f"[{', '.join(found)}]"
    if not called.as_list and (len(names) != 1 or not names[0].startswith("[")):
        text = ", ".join(found)
    return ", ".join([text, *(f"{name}={python(value)}" for name, value in called.keywords)])


def _with_numbers(body: Body, given: object, node: Node) -> Node:
    """The node of an operation with the numbers among its operands as the spec writes them."""
    if not has_expression(given):
        return node
    if isinstance(given, dict):
        written = dict(cast("dict[str, object]", given))
    else:
        entries = cast("list[object]", given) if isinstance(given, list) else [given]
        if len(entries) != len(node.arguments):
            raise NotStructured
        written = {one.name: entry for one, entry in zip(node.arguments, entries, strict=True)}

    def said(one: Argument) -> Argument:
        raw = written.get(one.name)
        if one.positions or not has_expression(raw):
            return one
        return replace(one, value=value_of(raw, body.sight()))

    return replace(node, arguments=tuple(map(said, node.arguments)))


def _operand(body: Body, item: dict[str, object], node: Node, name: str, value: object) -> object:
    """An argument of an operation, computed where the spec computes it."""
    (key,) = [one for one in item if one not in OWN_KEYS]
    raw = item[key]
    said = cast("dict[str, object]", raw).get(name) if isinstance(raw, dict) else raw
    if isinstance(value, Code) or not has_expression(said) or (node.thing is not None and name not in node.thing.given):
        return value
    return value_of(said, body.sight(), isinstance(value, tuple))


def _sources(body: Body, given: object, node: Node) -> list[str]:
    if given is None:
        return [body.reference("previous")]
    if isinstance(given, (str, list)):
        entries = cast("list[object]", given) if isinstance(given, list) else [given]
        is_operation = node.thing is not None and node.thing.section == "ops"
        names = [one for one in entries if isinstance(one, str)]
        if is_operation and len(names) > len(node.sources):
            names = [one for one in names if not has_expression(one)]  # a number, which is computed
        return [body.reference(one) for one in names]
    named = cast("dict[str, object]", given)
    order = [one.name for one in node.arguments if one.positions]
    if node.kind == "model" and "inputs" in named:
        order = ["inputs"]
    elif node.kind == "model":
        order = [one.name for one in body.owner.graph.models[node.target].graph.inputs]
    found: list[str] = []
    for name in order:
        value = named[name]
        found += [
            body.reference(str(one)) for one in (cast("list[object]", value) if isinstance(value, list) else [value])
        ]
    return found
