"""Items with `repeat` as loops."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcompiler.diagnostics import Loc
from archcompiler.emit.branches import condition_of
from archcompiler.emit.calling import called, name_in_text
from archcompiler.emit.copies import Copies, counted_up, referred_to, strings_in
from archcompiler.emit.counting import Count, count_of, split
from archcompiler.emit.expressions import NotStructured, has_expression, names_in, value_of, written
from archcompiler.emit.left_out import columns
from archcompiler.emit.literals import python
from archcompiler.emit.owners import Owner

if TYPE_CHECKING:
    from archcompiler.emit.body import Body


def loop(body: Body, item: dict[str, object], key: str, loc: Loc) -> None:
    """An item with `repeat`: its first copy takes what the item takes, every other one the copy before."""
    first, before = body.first(item), dict(body.values)
    if first is None:
        raise NotStructured
    names, owner, prefix = _names_of_copies(body, key, loc)
    said = item.get("name")
    written_name = said if isinstance(said, str) and "${" in said else None
    given = str(said) if said is not None and written_name is None else None
    each = names_in(item.get("when")) & ({"index"} | columns(item))
    if each and said is None:
        raise NotStructured  # automatic names are counted over the copies that are made
    stem = given or split(names[0], body.writer.whole)[0]
    wish = given or names[0]
    wish = f"{wish}_output" if wish in body.writer.function_names.values() else wish
    variable = body.names.unique(wish)
    stars, picked = referred_to(
        given, names, [*strings_in([body.item(at) for at in range(len(body.raw))]), *strings_in(body.outputs)]
    )
    body.say(f"{variable} = {first}", None)
    lists = {
        star: body.names.unique(f"{stem}{star.partition('.')[2] and '_' + star.partition('.')[2]}s") for star in stars
    }
    for name in lists.values():
        body.say(f"{name} = []", None)
    depth, condition = body.depth, condition_of(body, item) if "when" in item and not each else None
    if condition is not None:
        body.say(f"if {condition}:", None)
        body.depth += 1
    index = body.counter("index")
    head, extent = _head(body, item, index)
    body.extents[loc] = (f"({condition}) * {extent}" if condition else "" if each else extent, False)
    body.say(head, None)
    body.depth += 1
    if each:
        body.say(f"if {condition_of(body, item)}:", None)
        body.depth += 1
    count = Count()
    if said is None:
        stem, count = count_of(body, names[0], loc, owner, prefix)
        counted_up(names, body.writer.whole)
    text = name_in_text(written_name, body) if written_name is not None else None
    copies = Copies(stem, tuple(names), index, given, text, count, has_expression(item["repeat"]))
    plain = {name: one for name, one in item.items() if name not in ("repeat", "when")}
    # For the first copy `previous` is the item before, for all others the copy before.
    body.previous = variable if first == body.previous else None
    results = called(body, plain, key, loc, variable, variable, copies)
    for star, name in lists.items():
        result = star.partition(".")[2]
        body.say(f"{name}.append({results[result]})", None)
        body.used.add(results[result])
    body.depth, body.values = depth, before
    _settle(body, item, key, loc, copies, results, lists, picked)
    body.previous = body.beside = variable


def _settle(
    body: Body,
    item: dict[str, object],
    key: str,
    loc: Loc,
    copies: Copies,
    results: dict[str, str],
    lists: dict[str, str],
    picked: dict[str, tuple[str, int]],
) -> None:
    """What the copies, and what is collected of them, are for what refers to them."""
    body.collected.update({star: [f"*{name}"] for star, name in lists.items()})
    body.known.update({one: f"{lists[star]}[{number}]" for one, (star, number) in picked.items()})
    if copies.given is not None:
        body.settle(item, key, loc, results, copies.given)
    body.note(loc, key, results)
    for star, name in lists.items():
        at = next(int(one) for one in results if one.isdecimal() and results[one] == results[star.partition(".")[2]])
        for number in range(len(copies.locals) if body.block is None else 0):
            body.note(loc, key, {str(at): f"{name}[{number}]"}, number)


def _names_of_copies(body: Body, key: str, loc: Loc) -> tuple[list[str], Owner, str]:
    """What the copies are called in this stamp, or, where there are none here, in another."""
    places = [(body.owner, body.prefix)]
    places += [(owner, prefix) for owner in body.others for prefix in owner.prefixes_at.get(loc, [])]
    for owner, prefix in places:
        if body.is_block(key):
            names = [one.name for one in owner.stamps.get((loc, prefix), [])]
        else:
            names = [one.name.removeprefix(prefix) for one in owner.nodes.get((loc, prefix), [])]
        if names:
            return names, owner, prefix
    raise NotStructured


def _head(body: Body, item: dict[str, object], index: str) -> tuple[str, str]:
    """The line that begins the loop, from which on its variables are known; and how many copies there are, as code."""
    repeat = item["repeat"]
    uses = names_in({key: one for key, one in item.items() if key != "repeat"})
    if not isinstance(repeat, dict):
        count = python(value_of(repeat, body.sight()))
        body.values["index"] = index
        return f"for {index} in range({count}):", count
    rows_of = cast("dict[str, object]", repeat)
    lists = [written(value_of(one, body.sight())) for one in rows_of.values()]
    variables: list[str] = []
    for name in rows_of:
        if name in uses or len(rows_of) == 1:
            variables.append(body.counter(name))
            body.values[name] = variables[-1]
        else:
            variables.append("_")
    body.values["index"] = index
    one = variables[0] if len(variables) == 1 else f"({', '.join(variables)})"
    rows = lists[0] if len(lists) == 1 else f"zip({', '.join(lists)})"
    lengths = [len(cast("list[object]", one)) for one in rows_of.values() if isinstance(one, list)]
    return f"for {index}, {one} in enumerate({rows}):", str(lengths[0]) if lengths else f"len({lists[0]})"
