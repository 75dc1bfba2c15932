"""One item as a statement: a layer, an operation or a model that is called, or the function of a block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from archcompiler.diagnostics import Loc
from archcompiler.emit.calls import arguments_of, tensors_given
from archcompiler.emit.copies import Copies
from archcompiler.emit.counting import count_of, counted, names_in_copies
from archcompiler.emit.expressions import NotStructured, Sight, has_expression, names_in, text_of, value_of
from archcompiler.emit.left_out import given_params, unused_in
from archcompiler.emit.literals import python
from archcompiler.emit.objects import Naming, written_object
from archcompiler.emit.owners import Named, Owner
from archcompiler.graph.ir import Node
from archcompiler.layers.things import Thing
from archcompiler.plan.model import Make, Variable
from archcompiler.plan.names import first_variable

if TYPE_CHECKING:
    from archcompiler.emit.body import Body


def called(
    body: Body,
    item: dict[str, object],
    key: str,
    loc: Loc,
    first: str | None,
    variable: str | None,
    copies: Copies | None,
) -> dict[str, str]:
    """The statement of one item; what it gives, by the name of the result, the first one under no name."""
    if body.is_block(key):
        return _stamp(body, item, key, loc, first, variable, copies)
    node, owner = body.node(loc)
    callee = _callee(body, item, key, loc, node, owner, copies)
    arguments = arguments_of(body, item, node, first)
    count = len(owner.graph.nodes[node.name].outputs)
    wish = copies.stem if copies else node.name.removeprefix(node.prefix)
    names = node.result_names
    own = variable or body.names.unique(first_variable(node, wish, count))
    results = {"": own, "0": own}
    targets = [own]
    for at in range(1, count):
        result = names[at] if at < len(names) else str(at)
        targets.append(body.names.unique(f"{wish}_{result}"))
        results[result] = results[str(at)] = targets[-1]
        body.further.append(targets[-1])
    if count > 1:
        results[names[0] if names else "0"] = own
        if variable is None:
            body.further.append(own)
    at = iter(targets)
    sizes = owner.call(node.name).groups or (1,) * count
    groups = [[next(at) for _ in range(size)] for size in sizes]
    left = ", ".join(group[0] if len(group) == 1 else f"({', '.join(group)})" for group in groups)
    left = f"[{left}]" if owner.call(node.name).groups == (1,) else left
    if owner.call(node.name).keys:
        raise NotStructured  # what it gives is taken apart
    body.say(f"{left} = {callee}({arguments})", body.shape(loc))
    if owner.is_frozen_later(node.name):
        if body.trainable is not None:
            raise NotStructured
        body.say(f"{callee}.trainable = False", None)
    return results


def _callee(
    body: Body, item: dict[str, object], key: str, loc: Loc, node: Node, owner: Owner, copies: Copies | None
) -> str:
    if node.kind == "model":
        body.models.add(node.target)
        model = body.writer.model_variables[node.target]
        if not node.trainable and node.target not in body.frozen:
            if body.block is not None or body.depth:
                raise NotStructured
            body.frozen.add(node.target)
            body.say(f"{model}.trainable = False", None)
        return model
    if node.kind == "again":
        return body.layers[key]
    thing = cast("Thing", node.thing)
    if thing.section == "ops":
        return f"ops.{thing.class_name}"
    every = owner.nodes.get((loc, node.prefix), [node]) if copies is not None else [node]
    wrapped = names_in_copies([owner.makes[one.name] for one in every])
    made = owner.makes[node.name]
    for model in _models_in(made):
        body.models.add(model)
    own = str(item["name"]) if "name" in item else None
    naming = Naming(
        node.prefix,
        body.label,
        copies,
        lambda name: count_of(body, name, loc, owner, node.prefix),
        own,
        wrapped,
        body.writer.whole,
    )
    made = written_object(made, thing, item[key], naming, body.sight())
    made = _maybe_frozen(body, item, thing, made)
    if node.name in owner.layer_variables:
        if copies is not None or body.depth:
            raise NotStructured
        local = node.name.removeprefix(node.prefix)
        variable = body.layers[local] = body.names.unique(f"{local}_layer")
        body.say(f"{variable} = {python(made)}", None)
        return variable
    if node.name in owner.notes:
        body.say(f"# {owner.notes[node.name]}", None)
    return python(made)


def _maybe_frozen(body: Body, item: dict[str, object], thing: Thing, made: Make) -> Make:
    """A layer of a block some of whose stamps are frozen."""
    takes_it = "trainable" in thing.entry.base_arguments and thing.given.get("trainable") is None
    if body.trainable is None or not takes_it or item.get("trainable") is False:
        return made
    plain = tuple(one for one in made.keywords if one[0] != "trainable")
    return Make(
        made.module, made.class_name, made.positional, (("trainable", Variable(body.trainable)), *plain), made.path
    )


def _models_in(value: object) -> Iterator[str]:
    if isinstance(value, Variable):
        yield value.name
    elif isinstance(value, Make):
        for one in (*value.positional, *(entry for _, entry in value.keywords)):
            yield from _models_in(one)
    elif isinstance(value, (list, tuple)):
        for one in cast("list[object]", value):
            yield from _models_in(one)


def _stamp(
    body: Body,
    item: dict[str, object],
    key: str,
    loc: Loc,
    first: str | None,
    variable: str | None,
    copies: Copies | None,
) -> dict[str, str]:
    function = body.writer.function(key)
    stamp, owner = body.stamp(loc)
    given = [*tensors_given(body, item, function, first), *_params(body, item, key, function)]
    given += [f"{keyword}={body.spec_param(name)}" for name, keyword in function.further.items()]
    for model in function.models:
        body.models.add(model)
        given.append(f"{body.writer.model_variables[model]}={body.writer.model_variables[model]}")
    if function.last is not None:
        given += _last(body, loc, function.last, copies)
    if function.trainable is not None:
        if item.get("trainable") is False:
            given.append(f"{function.trainable}=False")
        elif body.trainable is not None:
            given.append(f"{function.trainable}={body.trainable}")
        elif not stamp.trainable:
            raise NotStructured
    if copies is not None:
        own = copies.name(body.label)
    elif "name" in item:
        own = f'f"{{{body.label}}}_{stamp.name}"' if body.label else python(stamp.name)
    else:
        own = counted(*count_of(body, stamp.name, loc, owner, stamp.within), body.label)
    given.append(f"{function.label}={own}")
    wish = copies.stem if copies else stamp.name
    wish = f"{wish}_output" if wish in body.writer.function_names.values() else wish
    target = variable or body.names.unique(wish)
    results = {"": target, "0": target}
    targets = [target]
    renamed = item.get("outputs")
    names = [renamed] if isinstance(renamed, str) else cast("list[str]", renamed or [])
    for at, output in enumerate(function.outputs):
        if at:
            targets.append(body.names.unique(f"{wish}_{names[at] if at < len(names) else output}"))
            body.further.append(targets[at])
        for result in (output, str(at), *names[at : at + 1]):
            results[result] = targets[at]
    if names and not function.outputs:
        results[names[0]] = target
    body.say(f"{', '.join(targets)} = {function.name}({', '.join(given)})", None)
    return results


def _params(body: Body, item: dict[str, object], key: str, function: Named) -> list[str]:
    """What a stamp gives for the params that its function takes."""
    declared = body.writer.framed.spec.blocks[key].params
    values = given_params(item[key], list(declared))
    given: list[str] = []
    for name, keyword in function.params.items():
        if name in values:
            given.append(f"{keyword}={python(value_of(values[name], body.sight()))}")
            continue
        default = default_of(declared[name])
        if not has_expression(default) or names_in(default) & set(declared):
            continue  # the function has it
        sight = Sight(body.spec_param, body.sight().tensor)
        given.append(f"{keyword}={python(value_of(default, sight))}")
    return given


def default_of(declared: object) -> object:
    return cast("dict[str, object]", declared).get("value") if isinstance(declared, dict) else declared


def _last(body: Body, loc: Loc, keyword: str, copies: Copies | None) -> list[str]:
    """The argument that leaves out what nothing takes of a stamp, or of the last of its copies."""
    found: set[str] = set()
    for owner in body.others or [body.owner]:
        for within, stamps in owner.stamps_at(loc):
            lasts = [bool(unused_in(owner, one)) for one in stamps]
            flagged = body.last is None or _is_last(owner, within)
            if not flagged and any(lasts):
                raise NotStructured
            if not flagged:
                continue
            if not any(lasts):
                found.add("none")
            elif all(lasts) and (copies is None or len(lasts) > 1):
                found.add("all")
            elif not any(lasts[:-1]):
                found.add("end")
            else:
                raise NotStructured
    if found <= {"none"}:
        return []
    if len(found) > 1:
        raise NotStructured
    texts = [*([body.last] if body.last else [])]
    if found == {"end"} and copies is not None:
        texts.append(f"{copies.index} == {body.extents[loc][0]} - 1")
    return [f"{keyword}={' and '.join(texts) or 'True'}"]


def _is_last(owner: Owner, prefix: str) -> bool:
    return prefix in owner.prefixes and bool(unused_in(owner, owner.prefixes[prefix]))


def name_in_text(raw: str, body: Body) -> str:
    """A name with an expression in it, as code."""
    text = text_of(raw, body.sight())
    if not text.startswith('f"'):
        raise NotStructured
    return f'f"{{{body.label}}}_{text[2:]}' if body.label else text
