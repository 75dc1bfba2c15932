"""From what is written under `layers` to drafts: `repeat` and `when` carried out, blocks stamped, `${…}` pasted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Loc, PlacedNote, Problem
from archcompiler.graph.drafts import Draft, Drafter, Shared, stamped
from archcompiler.graph.ir import Ref
from archcompiler.graph.names import Namer
from archcompiler.graph.scopes import Alias, Scope, follow, inside_name, settle, value_of
from archcompiler.spec.items import OWN_KEYS, Item, bad_name, parse_item
from archcompiler.spec.models import BlockSpec
from archcompiler.spec.params import Params
from archcompiler.spec.pasting import NotKnown, OpenSize, UsesUnknown
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.suggest import closest
from archcompiler.tensors import TensorType
from archcompiler.wording import described, listed

MAX_LAYERS = 100_000
"""More layers than this are no model that anyone trains."""

SIZED = ("previous", "input")
TypeOf = Callable[[Ref], TensorType | None]


class TooMany(Exception):
    """The model has more layers than a model may have; that is told. Never leaves this package."""


class Expander:
    """Walks the layers of one model, and every block that is stamped among them."""

    def __init__(self, shared: Shared, drafter: Drafter, typer: TypeOf, drafts: dict[str, Draft]) -> None:
        self.shared = shared
        self.problems = shared.problems
        self.drafter = drafter
        self.typer = typer
        self.drafts = drafts
        """Those made, by name; they are added to."""
        self.stamps: list[tuple[Scope, Scope, Ref | Alias | None]] = []
        """Every stamp, the scope that it stands in, and what came before it there."""
        self._open: list[str] = []
        self._least_layers: dict[str, int] = {}

    def layers(self, layers: list[object], scope: Scope) -> None:
        """Every item of a list, in its order."""
        scope.reserve(layers)
        for index, data in enumerate(layers):
            before = len(self.problems)
            self._item(data, index, scope)
            stamped(self.problems, before, scope)

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
        rows = self._rows(mapping, plain, loc, scope)
        if rows is None:
            self._faulty(plain, loc, index, scope)
            return
        made: list[str] = []
        called = self._given_name(plain, loc, scope)
        for number, row in enumerate(rows):
            values = {**scope.values, **row, "index": number}
            if "when" in mapping and not self._wanted(mapping, loc, scope, values):
                continue
            self._copy(plain, loc, index, scope, values, (number, called, len(made)))
            if called is not None:
                made.append(f"{called}_{number}")
            else:
                made.append("")
        if not made:
            self._leave_out(plain, loc, scope)
        elif called is not None:
            scope.copies[called] = made
            if made[-1] in scope.names:
                scope.names.setdefault(called, scope.names[made[-1]])
                scope.places.setdefault(called, loc)

    def _wanted(self, mapping: dict[str, object], loc: Loc, scope: Scope, values: Mapping[str, object]) -> bool:
        """Whether the item's `when` holds; where it is wrong, that is told and the item kept."""
        if "when" not in mapping:
            return True
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

    def _rows(
        self, mapping: dict[str, object], plain: dict[str, object], loc: Loc, scope: Scope
    ) -> list[dict[str, object]] | None:
        """The values of each copy; None where `repeat` is wrong, which is told."""
        place = (*loc, "repeat")
        value = self._pasted(mapping["repeat"], place, scope, scope.values, plain)
        if value is UNKNOWN:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            self._room(value * self._least(plain), place)
            return [{} for _ in range(value)]
        help = "write `repeat: 3`, or lists of values: `repeat: {filters: [32, 64]}`"
        if not isinstance(value, dict) or not value:
            what = "`repeat` is a whole number or a mapping of names to lists"
            message = f"{what}, but {described(cast('object', value))} stands here"
            self.problems.append(Problem("ARC103", message, place, on_key=False, help=help))
            return None
        columns = cast("dict[str, object]", value)
        for name, column in columns.items():
            if not isinstance(column, list):
                if column is not UNKNOWN:
                    message = f"`{name}` is a list with one value a copy, but {described(column)} stands here"
                    self.problems.append(Problem("ARC103", message, (*place, name), on_key=False, help=help))
                return None
            if not str(name).isidentifier():
                self.problems.append(bad_name(name, (*place, name), on_key=True))
                return None
        lists = cast("dict[str, list[object]]", columns)
        first, length = next((name, len(column)) for name, column in lists.items())
        for name, column in lists.items():
            if len(column) != length:
                message = (
                    f"`{first}` has {length} values and `{name}` has {len(column)}, but each copy takes one of both"
                )
                self.problems.append(Problem("ARC103", message, (*place, name), help="give them lists of one length"))
                return None
        self._room(length * self._least(plain), place)
        return [{name: column[number] for name, column in lists.items()} for number in range(length)]

    def _least(self, item: object) -> int:
        """How many layers an item makes at least, as far as that can be read without carrying it out."""
        if isinstance(item, str):
            return self._least_of(item)
        if not isinstance(item, dict) or "when" in item:
            return 0
        mapping = cast("dict[str, object]", item)
        copies = mapping.get("repeat", 1)
        things = [key for key in mapping if key not in OWN_KEYS]
        return copies * self._least_of(str(things[0])) if isinstance(copies, int) and len(things) == 1 else 0

    def _least_of(self, thing: str) -> int:
        block = self.shared.spec.blocks.get(thing)
        if block is None:
            return 1
        if thing not in self._least_layers:
            self._least_layers[thing] = 0  # should it stamp itself
            self._least_layers[thing] = sum(map(self._least, block.layers))
        return self._least_layers[thing]

    def _room(self, count: int, place: Loc) -> None:
        if self.shared.layers + count > MAX_LAYERS:
            message = f"with this, the spec has more than {MAX_LAYERS:,} layers"
            self.problems.append(Problem("ARC003", message, place, help="write a smaller number"))
            raise TooMany

    def _copy(
        self,
        data: object,
        loc: Loc,
        index: int,
        scope: Scope,
        values: Mapping[str, object],
        copy: tuple[int, str | None, int] | None = None,
    ) -> None:
        """One item, or one copy of it: its number, the item's name, and how many there are before it."""
        item = parse_item(self._pasted(data, loc, scope, values, data), loc, self.problems)
        if item is not None and copy is not None:
            item = _as_copy(item, *copy)
        self.shared.layers += 1
        if self.shared.layers > MAX_LAYERS:
            self._room(1, item.thing_loc if item is not None else loc)
        block = self.shared.spec.blocks.get(item.thing) if item is not None and not item.faulty else None
        if item is None or block is None or self.shared.things.entry("layers", item.thing) is not None:
            self._add(self.drafter.draft(item, index, scope), scope)
        elif ("blocks", item.thing) in self.shared.framed.faulty or item.thing in self._open:
            self._circle(item)
            self._add(self.drafter.draft(replace(item, faulty=True), index, scope), scope)
        else:
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
            _outputs(block),
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
                self.problems.append(Problem("ARC111", message, (*item.thing_loc, name), help=help, notes=(note,)))
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
                    sources[argument.name] = _eager(Alias(scope, first if isinstance(first, str) else None))
        else:
            for name, source in zip(names, item.sources, strict=False):
                sources[name] = _eager(Alias(scope, source if isinstance(source, str) else None))
        for name in names:
            given = sources.get(name)
            child.names[name] = given if isinstance(given, Ref) else Alias(scope, given)
        child.previous = child.beside = sources.get(names[0]) if len(names) == 1 else None

    def _leave_out(self, plain: dict[str, object], loc: Loc, scope: Scope) -> None:
        """An item that is not there: its name stands for what it would take, and `previous` passes by."""
        given = plain.get("from")
        first = next(_first_sources(given), None) if given is not None else None
        passed: Ref | Alias | None = scope.beside
        if isinstance(first, str) and first != "previous":
            passed = _eager(Alias(scope, first))
        name = self._given_name(plain, loc, scope)
        if name is not None:
            scope.names.setdefault(name, passed if isinstance(passed, Ref) else Alias(scope, passed))
            scope.copies.setdefault(name, [])
        scope.beside = passed

    def _given_name(self, plain: dict[str, object], loc: Loc, scope: Scope) -> str | None:
        name = plain.get("name")
        if isinstance(name, str) and "${" in name:
            name = self.shared.framed.paster.paste(name, (*loc, "name"), scope.values) if "index" not in name else None
        given = name if isinstance(name, str) and name.isidentifier() else None
        return given or inside_name(plain)

    def _faulty(self, plain: dict[str, object], loc: Loc, index: int, scope: Scope) -> None:
        """An item of which it is not known how often it stands there."""
        name = self._given_name(plain, loc, scope)
        item = Item(loc, "", None, loc, name=name, faulty=True)
        self._add(self.drafter.draft(item, index, scope), scope)

    def _pasted(self, data: object, loc: Loc, scope: Scope, values: Mapping[str, object], item: object) -> object:
        paster = self.shared.framed.paster
        if not paster.document.has_expressions or (isinstance(data, str) and "${" not in data):
            return data
        return paster.paste(data, loc, _Seen(values, self, scope, item))

    def sizes(self, word: str, scope: Scope, item: object) -> list[object]:
        """The sizes, without the batch axis, of what the item before gives (`previous`) or of what the block, or the
        item, is given (`input`)."""
        given: Ref | Alias | None = scope.previous
        if word == "input" and scope.input_names and scope.block is not None:
            given = Alias(scope, next(iter(scope.input_names)))
        elif word == "input" and isinstance(item, dict):
            first = next(_first_sources(cast("dict[str, object]", item).get("from")), None)
            given = Alias(scope, first) if isinstance(first, str) else scope.previous
        ref = settle(given)
        typed = self.typer(ref) if ref is not None else None
        if typed is None and any(not problem.is_warning for problem in self.problems):
            raise UsesUnknown
        if typed is None:
            several = given is None and len(scope.input_names) > 1
            why = "there is no one tensor before this item" if several else "what it is given comes later"
            raise NotKnown(f"the sizes of `{word}` are not known here: {why}")
        return [one if isinstance(one, int) else OpenSize(dims.text(one)) for one in typed.axes[1:]]


class _Seen(Mapping[str, object]):
    """The names in the expressions of an item: the values around it, and sizes, worked out where they are asked for."""

    def __init__(self, values: Mapping[str, object], expander: Expander, scope: Scope, item: object) -> None:
        self._values = values
        self._expander = expander
        self._scope = scope
        self._item = item

    def __getitem__(self, name: str) -> object:
        if name in self._values or name not in SIZED:
            return self._values[name]
        return self._expander.sizes(name, self._scope, self._item)

    def __contains__(self, name: object) -> bool:
        return name in self._values or name in SIZED

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def block_inputs(block: BlockSpec) -> tuple[str, ...]:
    """The names of what a block is given."""
    if block.inputs is None:
        return ("input",)
    return (block.inputs,) if isinstance(block.inputs, str) else tuple(block.inputs)


def _outputs(block: BlockSpec) -> dict[str, str]:
    given = block.outputs
    if given is None:
        return {}
    if isinstance(given, str):
        return {given: given}
    return dict(given) if isinstance(given, dict) else {name: name for name in given}


def _as_copy(item: Item, number: int, called: str | None, before: int) -> Item:
    """The item as one of its copies: with a name of its own, and fed by the copy before."""
    if called is not None:
        value = item.value
        if item.name is None and isinstance(value, dict):
            value = {key: one for key, one in cast("dict[str, object]", value).items() if key != "name"}
        item = replace(item, name=f"{called}_{number}", value=value)
    if before and item.sources and not item.arguments:
        item = replace(item, sources=("previous", *item.sources[1:]))
    elif before and item.arguments:
        first, *further = item.arguments
        first = replace(first, sources=("previous", *first.sources[1:]))
        arguments = (first, *further)
        item = replace(item, arguments=arguments, sources=tuple(one for each in arguments for one in each.sources))
    return item


def _eager(alias: Alias) -> Ref | Alias:
    """What the alias stands for, where that is known by now: a name may mean another thing later on."""
    if isinstance(alias.source, str):
        if alias.source.partition(".")[0] == "previous":
            return settle(alias.scope.previous) or alias
        return follow(alias.scope, alias.source) or alias
    return alias


def _first_sources(given: object) -> Iterator[object]:
    """The names in a `from`, in their order."""
    if isinstance(given, dict):
        for one in cast("dict[str, object]", given).values():
            yield from _first_sources(one)
    elif isinstance(given, list):
        yield from cast("list[object]", given)
    elif given is not None:
        yield given
