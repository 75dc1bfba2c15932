"""The items of one list of layers as statements, in the order in which the plan makes their calls."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from archcompiler.diagnostics import Loc
from archcompiler.emit import branches, flatly, loops
from archcompiler.emit.calling import called
from archcompiler.emit.calls import is_star
from archcompiler.emit.expressions import NotStructured, Sight
from archcompiler.emit.owners import Owner
from archcompiler.emit.source_lines import with_comment
from archcompiler.graph.ir import Node, Ref, Stamp
from archcompiler.graph.scopes import first_source
from archcompiler.layers.catalog import find
from archcompiler.plan.names import Names
from archcompiler.spec.items import OWN_KEYS

if TYPE_CHECKING:
    from archcompiler.emit.writer import Writer


class Unfit(Exception):
    """An item of a model, or a block, cannot be written as the spec has it: it is to be written in place. Never leaves
    this package."""

    def __init__(self, place: Loc) -> None:
        super().__init__(place)
        self.place = place


@dataclass(slots=True)
class Body:
    """Writes the items in `raw`, which stand at `loc`; `prefix` is that of the stamp that they are looked up in."""

    writer: Writer
    owner: Owner
    raw: list[object]
    loc: Loc
    prefix: str
    names: Names
    block: str | None = None
    others: list[Owner] = field(default_factory=list[Owner])
    label: str | None = None
    """The variable that holds the name of a block's stamp."""
    values: dict[str, str] = field(default_factory=dict[str, str])
    """The names that expressions may use, and their variables."""
    hidden: dict[str, str] = field(default_factory=dict[str, str])
    """The spec's params that a block's own hide, which the blocks in it want: they are arguments of other names."""
    known: dict[str, str] = field(default_factory=dict[str, str])
    """What references mean."""
    collected: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What names with `*` stand for, as the entries of a list."""
    layers: dict[str, str] = field(default_factory=dict[str, str])
    """The variables of layers that are called again."""
    refs: dict[Ref, str] = field(default_factory=dict[Ref, str])
    """What results of the graph's nodes are called, in the body of a model."""
    outputs: object = None
    """What the model or the block says that it gives."""
    given: str | None = None
    """The first of what a block is given."""
    previous: str | None = None
    beside: str | None = None
    """The item before, where one that is left out counts as what it was to take."""
    lines: list[str] = field(default_factory=list[str])
    used: set[str] = field(default_factory=set[str])
    """The variables that something refers to."""
    further: list[str] = field(default_factory=list[str])
    """Those of results beside the first."""
    asked: set[str] = field(default_factory=set[str])
    """The params that expressions have used."""
    models: set[str] = field(default_factory=set[str])
    """The nested models that are called."""
    frozen: set[str] = field(default_factory=set[str])
    """The nested models that are frozen already."""
    extents: dict[Loc, tuple[str, bool]] = field(default_factory=dict[Loc, tuple[str, bool]])
    """How often items with `when` or `repeat` stand there, as code; and whether that is a truth value."""
    unused: dict[Loc, object] = field(default_factory=dict[Loc, object])
    """The items that are left out, or partly so, in the last of several stamps."""
    last: str | None = None
    """The variable that says so."""
    trainable: str | None = None
    opened: tuple[int, str, str, str] | None = None
    """The number of an item whose branch may go on, its condition, and the variable that it gives."""
    counters: dict[str, str] = field(default_factory=dict[str, str])
    """The variables of loops, which one loop after the other may have."""
    depth: int = 0

    def write(self) -> None:
        after = {-1: (self.previous, self.beside)}
        opened = False
        for index in self._order():
            item, loc = self.item(index), (*self.loc, "layers", index)
            self.previous, self.beside = after.get(index - 1, (None, None))
            gone = self.unused.get(loc) == "gone"
            if gone and self.last is not None and not opened:
                self.say(f"if not {self.last}:  # of the last one, nothing takes this", None)
            self.depth, opened = int(gone and self.last is not None), gone
            try:
                self._item(item, loc)
            except Unfit:
                raise
            except (NotStructured, SyntaxError, ValueError, LookupError) as error:
                raise Unfit(self.place(loc)) from error
            if gone:
                self._none(self._plain_name(item), index)
            after[index] = (self.previous, self.beside)
        self.depth = 0
        self.previous, self.beside = after[len(self.raw) - 1]

    def _none(self, name: str | None, index: int) -> None:
        """Give the variable of an item that may be left out a value, where the block gives it."""
        said = self.outputs
        given = [said] if isinstance(said, str) else list(cast("dict[str, str] | list[str]", said or []))
        given = [str(said[one]) if isinstance(said, dict) else one for one in given]  # pyright: ignore
        variable = self.known.get(name) if name in given else None
        if said is None and index == len(self.raw) - 1:
            variable = self.previous
        if variable is not None:
            at = max(at for at, line in enumerate(self.lines) if line.startswith(f"if not {self.last}:"))
            self.lines.insert(at, f"{variable} = None")

    def item(self, index: int) -> dict[str, object]:
        data = self.raw[index]
        return cast("dict[str, object]", data) if isinstance(data, dict) else {str(data): None}

    def place(self, loc: Loc) -> Loc:
        return ("blocks", self.block) if self.block is not None else loc

    def _order(self) -> list[int]:
        """The items by the order in which the plan makes them: what is taken comes first."""
        numbers: list[int] = []
        for index in range(len(self.raw)):
            place = ((*self.loc, "layers", index), self.prefix)
            numbers.append(self.owner.first.get(place, numbers[-1] if numbers else -1))
        return sorted(range(len(self.raw)), key=lambda index: numbers[index])

    def reference(self, source: str) -> str:
        """The variable that a reference means."""
        if source == "previous" and source not in self.known:
            if self.previous is None:
                raise NotStructured
            self.used.add(self.previous)
            return self.previous
        if source not in self.known:
            raise NotStructured
        self.used.add(self.known[source])
        return self.known[source]

    def finished(self) -> list[str]:
        """The lines, once all references are followed: a result that nothing refers to is `_`."""
        for name in self.further:
            if name not in self.used:
                pattern = rf"((?:^|, |\() *){name}(?=(, |\)| = |\) = ))"
                self.lines = [re.sub(pattern, r"\1_", line) if " = " in line else line for line in self.lines]
        return self.lines

    def _item(self, item: dict[str, object], loc: Loc) -> None:
        (key,) = [one for one in item if one not in OWN_KEYS]
        if loc in self.writer.choices.never:
            branches.never(self, item, loc)
        elif self.block is None and loc in self.writer.marks:
            flatly.in_place(self, item, key, loc)
        elif "repeat" in item:
            loops.loop(self, item, key, loc)
        elif "when" in item:
            branches.branch(self, item, key, loc)
        else:
            results = called(self, item, key, loc, self.first(item), None, None)
            self.settle(item, key, loc, results)
            self.previous = self.beside = results[""]

    def first(self, item: dict[str, object]) -> str | None:
        """What comes first among the sources."""
        source = first_source(item.get("from"))
        if source is None:
            return self.reference("previous") if item.get("from") is None and self.previous is not None else None
        return None if is_star(source) or "${" in source else self.reference(source)

    def settle(
        self, item: dict[str, object], key: str, loc: Loc, results: dict[str, str], stem: str | None = None
    ) -> None:
        """The item's name, and its results', for what refers to it."""
        name = stem or self._plain_name(item) or self.local(loc, key)
        for result, variable in results.items():
            self.known.setdefault(f"{name}.{result}" if result else name, variable)
        self.note(loc, key, results)

    def note(self, loc: Loc, key: str, results: dict[str, str], copy: int = -1) -> None:
        """What holds the results of a copy in the graph; in the body of a block each stamp has others."""
        for at, ref in enumerate(self.results_at(loc, key, copy) if self.block is None else ()):
            if ref is not None and str(at) in results:
                self.refs[ref] = results[str(at)]

    def results_at(self, loc: Loc, key: str, copy: int = -1) -> list[Ref | None]:
        """What one copy of the item gives in the graph."""
        if self.is_block(key):
            return list(self.owner.stamps[loc, self.prefix][copy].results)
        node = self.owner.nodes[loc, self.prefix][copy]
        return [Ref(node.name, at) for at in range(len(self.owner.graph.nodes[node.name].outputs))]

    def _plain_name(self, item: dict[str, object]) -> str | None:
        name = item.get("name")
        if isinstance(name, str) and "${" in name:
            raise NotStructured
        return name if isinstance(name, str) else None

    def node(self, loc: Loc) -> tuple[Node, Owner]:
        """A node that the item at `loc` has made: in this stamp, or where it is left out here, in another."""
        found = self.owner.nodes.get((loc, self.prefix))
        if found:
            return found[0], self.owner
        for owner in self.others:
            for nodes in owner.nodes_at(loc):
                return nodes[0], owner
        raise NotStructured

    def stamp(self, loc: Loc) -> tuple[Stamp, Owner]:
        """The same of a stamp."""
        found = self.owner.stamps.get((loc, self.prefix))
        if found:
            return found[0], self.owner
        for owner in self.others:
            for _, stamps in owner.stamps_at(loc):
                return stamps[0], owner
        raise NotStructured

    def shape(self, loc: Loc) -> str | None:
        """The shape of what the item gives, where it is one for all of its copies."""
        shapes = {
            str(owner.graph.nodes[node.name].outputs[0])
            for owner in self.others or [self.owner]
            for nodes in owner.nodes_at(loc)
            for node in nodes
        }
        return next(iter(shapes)) if len(shapes) == 1 else None

    def sight(self) -> Sight:
        def variable(name: str) -> str:
            if name not in self.values:
                raise NotStructured
            self.asked.add(name)
            return self.values[name]

        def tensor(name: str) -> str:
            if name == "input" and self.given is not None:
                return self.given
            return self.reference(name)

        return Sight(variable, tensor)

    def counter(self, name: str) -> str:
        """The variable of a loop; loops do not stand in each other here."""
        if name not in self.counters:
            self.counters[name] = self.names.unique(name)
        return self.counters[name]

    def spec_param(self, name: str) -> str:
        """A param of the spec for the function of a block, also where this block has one of that name."""
        if self.block is None or name not in self.writer.framed.spec.blocks[self.block].params:
            return self.sight().variable(name)
        if name not in self.hidden:
            self.hidden[name] = self.names.unique(name)
        return self.hidden[name]

    def is_block(self, key: str) -> bool:
        return key in self.writer.framed.spec.blocks and find("layers", key) is None

    def local(self, loc: Loc, key: str) -> str:
        """What the item is called within its stamp."""
        if self.is_block(key):
            return self.stamp(loc)[0].name
        node, _ = self.node(loc)
        return node.name.removeprefix(node.prefix)

    def literal(self, name: str) -> object:
        """A constant param."""
        return self.writer.choices.fixed[str(self.block)][name]

    def say(self, line: str, comment: str | None) -> None:
        space = "    " * self.depth
        self.lines += [f"{space}{one}" for one in with_comment(line, comment, 84 - len(space))]
