"""What a layer or a block is called on, as an item's `from` says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from archcompiler.emit.expressions import NotStructured, has_expression, value_of
from archcompiler.emit.literals import python
from archcompiler.emit.owners import Named
from archcompiler.graph.ir import Node
from archcompiler.plan.model import Variable
from archcompiler.plan.objects import given_to
from archcompiler.spec.items import OWN_KEYS

if TYPE_CHECKING:
    from archcompiler.emit.body import Body


def arguments_of(body: Body, item: dict[str, object], node: Node, first: str | None) -> str:
    """The arguments of the call."""
    given = item.get("from")
    entries = cast("list[object]", given) if isinstance(given, list) else [given]
    if any(isinstance(one, str) and "*" in one for one in entries):
        stars = entries
        if len(stars) > 1 or str(stars[0]) not in body.collected:
            raise NotStructured
        return body.collected[str(stars[0])]
    sources = _sources(body, cast("object", given), node)
    if first is not None and sources:
        sources[0] = first
    if len(sources) != len(node.sources):
        raise NotStructured
    called = given_to(node, tuple(Variable(one) for one in sources))
    if node.thing is not None and node.thing.section == "ops":
        called = replace(called, keywords=tuple((k, _operand(body, item, k, v)) for k, v in called.keywords),
                         positional=called.positional)  # fmt: skip
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
    found = [body.reference(str(one)) for one in entries]
    return [first, *found[1:]] if first is not None else found


# ── loops and branches ────────────────────────────────────────────────────────────────────────────────────────


def _operand(body: Body, item: dict[str, object], name: str, value: object) -> object:
    """An argument of an operation, computed where the spec computes it."""
    (key,) = [one for one in item if one not in OWN_KEYS]
    raw = item[key]
    if not has_expression(raw):
        return value
    if isinstance(raw, dict) and has_expression(cast("dict[str, object]", raw).get(name)):
        return value_of(cast("dict[str, object]", raw)[name], body.sight())
    raise NotStructured


def _sources(body: Body, given: object, node: Node) -> list[str]:
    if given is None:
        return [body.reference("previous")]
    if isinstance(given, str):
        return [body.reference(given)]
    if isinstance(given, list):
        return [body.reference(one) for one in cast("list[object]", given) if isinstance(one, str)]
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
