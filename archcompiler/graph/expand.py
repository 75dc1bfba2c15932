"""From what is written under `layers` to drafts: `repeat` and `when` carried out, blocks stamped, `${…}` pasted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from archcompiler.diagnostics import Loc, PlacedNote, Problem
from archcompiler.graph.drafts import Draft, Drafter, Shared
from archcompiler.graph.ir import Ref
from archcompiler.graph.names import Namer
from archcompiler.graph.repeats import rows
from archcompiler.graph.scopes import Alias, Scope, first_source, inside_name, settle, stamped, value_of
from archcompiler.graph.sizes import Seen, TypeOf
from archcompiler.layers.catalog import find
from archcompiler.spec.arguments import CallArgument
from archcompiler.spec.items import Item, parse_item
from archcompiler.spec.models import BlockSpec
from archcompiler.spec.params import Params
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.suggest import closest
from archcompiler.wording import described, listed


class Expander:
    """Walks the layers of one model, and every block that is stamped among them."""

    def __init__(self, shared: Shared, drafter: Drafter, type_of: TypeOf, drafts: dict[str, Draft]) -> None:
        self.shared = shared
        self.problems = shared.problems
        self.drafter = drafter
        self.type_of = type_of
        self.drafts = drafts
        """Those made, by name; they are added to."""
        self.stamps: list[tuple[Scope, Scope, Ref | Alias | None]] = []
        """Every stamp, the scope that it stands in, and what came before it there."""
        self._open: list[str] = []

    def layers(self, layers: list[object], scope: Scope) -> None:
        """Every item of a list, in its order."""
        scope.reserve(layers)
        for index, data in enumerate(layers):
            before = len(self.problems)
            self._item(data, index, scope)
            stamped(self.problems, before, scope.stamps)

    def _item(self, data: object, index: int, scope: Scope) -> None:
        loc: Loc = (*scope.loc, "layers", index)
        if not isinstance(data, dict) or not ("repeat" in data or "when" in data):
            self._copy(cast("object", data), loc, index, scope, scope.values)
            return
        mapping = cast("dict[str, object]", data)
        plain = {key: value for key, value in mapping.items() if key not in ("repeat", "when")}
        if "repeat" not in mapping:
            if self._wanted(mapping, loc, scope, scope.values):
                self._copy(plain, loc, index, scope, scope.values)
            else:
                self._leave_out(plain, loc, scope)
            return
        place = (*loc, "repeat")
        repeated = rows(self._pasted(mapping["repeat"], place, scope, scope.values, plain), place, self.problems)
        if repeated is None:
            self._faulty(plain, loc, index, scope)
            return
        count = repeated if isinstance(repeated, int) else len(repeated)
        self.shared.room.for_copies(count, plain, place)
        made: list[str] = []
        called = plain_name(plain)
        for number in range(count):
            row = {} if isinstance(repeated, int) else repeated[number]
            values = {**scope.values, **row, "index": number}
            if "when" in mapping and not self._wanted(mapping, loc, scope, values):
                continue
            self._copy(plain, loc, index, scope, values, (number, called, bool(made)))
            made.append(f"{called}_{number}")
        if not made:
            self._leave_out(plain, loc, scope)
        elif called is not None:
            scope.copies[called] = made
            if made[-1] in scope.names:
                scope.names.setdefault(called, scope.names[made[-1]])
                scope.places.setdefault(called, loc)

    def _wanted(self, mapping: dict[str, object], loc: Loc, scope: Scope, values: Mapping[str, object]) -> bool:
        """Whether the item's `when` holds; where it is wrong, that is told and the item kept."""
        value = self._pasted(mapping["when"], (*loc, "when"), scope, values, mapping)
        if value is not UNKNOWN and not isinstance(value, bool):
            self.problems.append(
                Problem(
                    "ARC103",
                    f"`when` is true or false, but {described(value)} stands here",
                    (*loc, "when"),
                    on_key=False,
                    help='write a comparison, for example `when: "${strides > 1}"`',
                )
            )
        return value is not False

    def _copy(
        self,
        data: object,
        loc: Loc,
        index: int,
        scope: Scope,
        values: Mapping[str, object],
        copy: tuple[int, str | None, bool] | None = None,
    ) -> None:
        """One item, or one copy of it: its number, the item's name, and whether there is one before it."""
        item = parse_item(self._pasted(data, loc, scope, values, data), loc, self.problems)
        if item is not None and copy is not None:
            item = _as_copy(item, *copy)
        self.shared.room.add(item.thing_loc if item is not None else loc)
        block = self.shared.spec.blocks.get(item.thing) if item is not None and not item.faulty else None
        if item is None or block is None or find("layers", item.thing) is not None:
            self._add(self.drafter.draft(item, index, scope), scope)
        elif ("blocks", item.thing) in self.shared.framed.faulty or item.thing in self._open:
            self._circle(item)
            self._add(self.drafter.draft(replace(item, faulty=True), index, scope), scope)
        else:
            self.shared.room.for_copies(1, item.thing, item.thing_loc)
            self._stamp(item, block, scope)

    def _add(self, draft: Draft, scope: Scope) -> None:
        self.drafts[draft.name] = draft
        scope.previous = scope.beside = Ref(draft.name)

    def _circle(self, item: Item) -> None:
        if item.thing in self._open:
            path = [*self._open[self._open.index(item.thing) :], item.thing]
            self.problems.append(
                Problem(
                    "ARC117",
                    f"the blocks stamp each other in a circle: {' → '.join(path)}"
                    if len(path) > 2
                    else f"the block `{item.thing}` stamps itself",
                    item.thing_loc,
                    help="a block cannot contain itself; `repeat` stamps it several times in a row",
                )
            )

    def _stamp(self, item: Item, block: BlockSpec, scope: Scope) -> None:
        names = block_inputs(block)
        given = self._arguments(item, block)
        if item.name is not None:
            local = self.drafter.claim(item.name, item, scope)
        else:
            local = scope.namer.automatic(item.thing, scope)
            scope.places[local] = item.thing_loc
        place: Loc = ("blocks", item.thing)
        declared = {name: value for name, value in block.params.items() if name.isidentifier()}
        params = Params(
            self.shared.framed.paster, declared, given, (*place, "params"), self.shared.framed.params, item.thing_loc
        )
        child = Scope(
            place,
            params.values_of_all(),
            Namer(),
            f"{scope.prefix}{local}_",
            (*scope.stamps, item.thing_loc),
            scope.trainable and item.trainable,
            item.thing,
            names,
            *_outputs(block, place),
            item.result_names,
            item=item,
        )
        self._give(child, item, scope)
        self.stamps.append((child, scope, scope.previous))
        self._open.append(item.thing)
        self.layers(block.layers, child)
        self._open.pop()
        scope.names.setdefault(local, child)
        scope.previous = scope.beside = value_of(child)

    def _arguments(self, item: Item, block: BlockSpec) -> dict[str, object]:
        """The values for the block's params; what it does not know is told."""
        value = item.value
        if value is None or value is UNKNOWN:
            return dict.fromkeys(block.params, UNKNOWN) if value is UNKNOWN else {}
        if not isinstance(value, dict):
            first = next(iter(block.params), None)
            if first is not None:
                return {first: value}
            message = f"the block `{item.thing}` has no params, but {described(value)} is given"
            self.problems.append(Problem("ARC111", message, item.thing_loc, on_key=False, help="remove it"))
            return {}
        given = cast("dict[str, object]", value)
        for name in given:
            if name not in block.params:
                near = closest(name, [one for one in block.params if one not in given])
                known = f"its params are {listed(block.params)}" if block.params else "it has none"
                message = f"the block `{item.thing}` has no param `{name}`"
                help = f"did you mean `{near}`?" if near else known
                note = PlacedNote("it is defined here", ("blocks", item.thing))
                if near is not None:
                    note = PlacedNote(f"`{near}` is here", ("blocks", item.thing, "params", near))
                loc = (*item.thing_loc, name)
                self.problems.append(Problem("ARC111", message, loc, help=help, notes=(note,), about=name))
        return {name: one for name, one in given.items() if name in block.params}

    def _give(self, child: Scope, item: Item, scope: Scope) -> None:
        """What the block is given, under the names of its inputs."""
        names = child.input_names
        for name in names:
            child.places[name] = ("blocks", item.thing, "inputs") if len(names) > 1 else item.thing_loc
        sources: dict[str, Ref | Alias | None] = {}
        if item.sources is None:
            sources.update(dict.fromkeys(names[:1], scope.previous))
        elif item.arguments:
            for argument in item.arguments:
                if argument.name in names and argument.sources:
                    first = argument.sources[0]
                    sources[argument.name] = _found(scope, first)
        else:
            for name, source in zip(names, item.sources, strict=False):
                sources[name] = _found(scope, source)
        for name in names:
            given = sources.get(name)
            child.names[name] = given if isinstance(given, Ref) else Alias(scope, given)
        child.previous = child.beside = sources.get(names[0]) if len(names) == 1 else None

    def _leave_out(self, plain: dict[str, object], loc: Loc, scope: Scope) -> None:
        """An item that is not there: its name stands for what it would take, and `previous` passes by."""
        first = first_source(self._pasted(plain.get("from"), (*loc, "from"), scope, scope.values, plain))
        passed = scope.beside if first in (None, "previous") else _found(scope, first)
        name = plain_name(plain)
        if name is not None:
            scope.names.setdefault(name, passed if isinstance(passed, Ref) else Alias(scope, passed))
            scope.copies.setdefault(name, [])
        scope.beside = passed

    def _faulty(self, plain: dict[str, object], loc: Loc, index: int, scope: Scope) -> None:
        """An item of which it is not known how often it stands there."""
        item = Item(loc, "", None, loc, name=plain_name(plain), faulty=True)
        self._add(self.drafter.draft(item, index, scope), scope)

    def _pasted(self, data: object, loc: Loc, scope: Scope, values: Mapping[str, object], item: object) -> object:
        paster = self.shared.framed.paster
        if not paster.document.has_expressions or (isinstance(data, str) and "${" not in data):
            return data
        given = cast("dict[str, object]", item).get("from") if isinstance(item, dict) else None
        return paster.paste(data, loc, Seen(values, self.type_of, scope, given))


def plain_name(item: dict[str, object]) -> str | None:
    """The name of an item, where it is written as it is: with `${…}` in it, each copy has a name of its own."""
    name = item.get("name")
    return (name if isinstance(name, str) and name.isidentifier() else None) or inside_name(item)


def block_inputs(block: BlockSpec) -> tuple[str, ...]:
    """The names of what a block is given."""
    if block.inputs is None:
        return ("input",)
    return (block.inputs,) if isinstance(block.inputs, str) else tuple(block.inputs)


def _outputs(block: BlockSpec, place: Loc) -> tuple[dict[str, str], dict[str, Loc]]:
    """What a block gives, by name, and where each name in it is written."""
    given, loc = block.outputs, (*place, "outputs")
    if given is None:
        return {}, {}
    if isinstance(given, str):
        return {given: given}, {given: loc}
    if isinstance(given, dict):
        return dict(given), {source: (*loc, name) for name, source in given.items()}
    return {name: name for name in given}, {name: (*loc, index) for index, name in enumerate(given)}


def _as_copy(item: Item, number: int, called: str | None, before: bool) -> Item:
    """The item as one of its copies: with a name of its own, and fed by the copy before."""
    if called is not None:
        value = item.value
        if item.name is None and isinstance(value, dict):
            value = {key: one for key, one in cast("dict[str, object]", value).items() if key != "name"}
        item = replace(item, name=f"{called}_{number}", value=value)
    if not before or not item.sources:
        return item
    # What says `previous` is the copy before; else what stands first is.
    at = item.sources.index("previous") if "previous" in item.sources else 0
    if not item.arguments:
        return replace(item, sources=(*item.sources[:at], "previous", *item.sources[at + 1 :]))
    arguments: list[CallArgument] = []
    for one in item.arguments:
        here = range(len(one.sources))
        arguments.append(replace(one, sources=tuple("previous" if n == at else one.sources[n] for n in here)))
        at -= len(one.sources)
    sources = tuple(source for one in arguments for source in one.sources)
    return replace(item, arguments=tuple(arguments), sources=sources)


def _found(scope: Scope, source: object) -> Ref | Alias | None:
    """What a name stands for, as far as that is known by now: `previous` will be another item later on."""
    if source == "previous" and source not in scope.names:
        return scope.previous
    alias = Alias(scope, source if isinstance(source, str) else None)
    return settle(alias) or alias
