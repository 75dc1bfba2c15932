"""Items with `when`: a branch, or nothing where no copy makes the item."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcompiler.diagnostics import Loc
from archcompiler.emit.calling import called
from archcompiler.emit.copies import strings_in
from archcompiler.emit.expressions import NotStructured, names_in, names_of, translated
from archcompiler.emit.left_out import columns
from archcompiler.emit.literals import python
from archcompiler.graph.scopes import first_source
from archcompiler.spec.items import OWN_KEYS
from archcompiler.spec.pasting import EXPRESSION

if TYPE_CHECKING:
    from archcompiler.emit.body import Body


def never(body: Body, item: dict[str, object], loc: Loc) -> None:
    """An item that no copy makes is no code: its name stands for what it would take."""
    if loc in body.writer.choices.guarded:
        _refuse(body, item)
    name = item.get("name")
    passed = _passed(body, item)
    if isinstance(name, str) and passed is not None:
        body.known.setdefault(name, passed)
    if isinstance(name, str):
        body.collected[f"{name}_*"] = []
    body.beside = passed


def _refuse(body: Body, item: dict[str, object]) -> None:
    """Refuse params for which the code does not do what the spec says."""
    if names_in(item.get("repeat")) | (names_in(item.get("when")) & ({"index"} | columns(item))):
        raise NotStructured
    (key,) = [one for one in item if one not in OWN_KEYS]
    body.say(f"if {condition_of(body, item)}:", None)
    body.say(f"    raise ValueError({python(f'written without its {key}')})", None)


def _passed(body: Body, item: dict[str, object]) -> str | None:
    """What an item stands for where it is left out."""
    source = first_source(item.get("from"))
    if source is None or (source == "previous" and source not in body.known):
        return body.beside
    return body.reference(source) if source in body.known else None


def condition_of(body: Body, item: dict[str, object]) -> str:
    condition = item["when"]
    whole = EXPRESSION.fullmatch(condition.strip()) if isinstance(condition, str) else None
    if whole is None:
        raise NotStructured
    return translated(whole.group(1), body.sight())


def branch(body: Body, item: dict[str, object], key: str, loc: Loc) -> None:
    """An item with `when`: where it is left out, its name stands for what it would take, and `previous` passes by."""
    first = body.first(item)
    if item["when"] is True:
        results = called(body, item, key, loc, first, None, None)
        body.settle(item, key, loc, results)
        body.previous = body.beside = results[""]
        return
    passed = _passed(body, item)
    if passed is None or first is None:
        raise NotStructured
    before = body.previous or passed
    text = condition_of(body, item)
    moves = names_in(item["when"]) & ({"previous"} if body.block is not None else {"previous", "input"})
    body.extents[loc] = ("" if moves else text, True)
    named, followed = _named(body, item, key, loc), _followed(body, loc)
    opened = body.opened
    if opened is not None and opened == (cast("int", loc[-1]) - 1, text, first, passed) and not moves:
        # It goes on in the branch of the item before, in whose variable it is.
        body.depth += 1
        called(body, item, key, loc, first, first, None)
        body.depth -= 1
        body.settle(item, key, loc, {"": passed, "0": passed})
        body.opened = (cast("int", loc[-1]), text, first, passed) if not named else None
        return
    variable = body.names.unique(str(item.get("name") or body.local(loc, key)))
    apart = passed != before and followed
    start = before if apart and not named else passed
    body.used |= {start, before}
    body.say(f"{variable} = {start}", None)
    other = body.names.unique("previous") if apart and named else None
    if other is not None:
        body.say(f"{other} = {before}", None)
    body.say(f"if {text}:", None)
    body.depth += 1
    called(body, item, key, loc, first, variable, None)
    if other is not None:
        body.say(f"{other} = {variable}", None)
    body.depth -= 1
    if start == passed:
        body.settle(item, key, loc, {"": variable, "0": variable})
    else:
        body.note(loc, key, {"0": variable})
    body.beside = variable if start == passed else None
    body.previous = other or (variable if followed else None)
    if not named and not moves and not apart:
        body.opened = (cast("int", loc[-1]), text, variable, variable)


def _named(body: Body, item: dict[str, object], key: str, loc: Loc) -> bool:
    """Whether something refers to the item by its name."""
    name = item.get("name") or body.local(loc, key)
    later = [one for at, one in enumerate(body.raw) if at != loc[-1]]
    return any(one.partition(".")[0] == name for one in strings_in([later, body.outputs]))


def _followed(body: Body, loc: Loc) -> bool:
    """Whether something takes it as the item before."""
    for at in range(cast("int", loc[-1]) + 1, len(body.raw)):
        after = body.item(at)
        words = [one.partition(".")[0] for one in strings_in(after.get("from"))]
        if after.get("from") is None or "previous" in words or "previous" in names_of(after):
            return True
        if "when" not in after:
            return False
    return body.outputs is None
