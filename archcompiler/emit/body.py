"""The items of one list of layers as statements: calls, loops and branches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from archcompiler.diagnostics import Loc
from archcompiler.emit.calls import arguments_of, tensors_given
from archcompiler.emit.copies import Copies, copies_of, counted_on, referred_to, strings_in
from archcompiler.emit.expressions import NotStructured, Sight, has_expression, names_in, translated, value_of, written
from archcompiler.emit.literals import python
from archcompiler.emit.objects import Naming, names_in_copies, written_object
from archcompiler.emit.owners import Owner
from archcompiler.graph.ir import Node, Stamp
from archcompiler.graph.scopes import first_source
from archcompiler.layers.catalog import find
from archcompiler.layers.things import Thing
from archcompiler.plan.names import Names
from archcompiler.spec.items import OWN_KEYS
from archcompiler.spec.pasting import EXPRESSION

if TYPE_CHECKING:
    from archcompiler.emit.structure import Writer


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
    values: dict[str, str] = field(default_factory=dict[str, str])
    """The names that expressions may use, and their variables."""
    known: dict[str, str] = field(default_factory=dict[str, str])
    """What references mean."""
    collected: dict[str, str] = field(default_factory=dict[str, str])
    """The lists that names with `*` stand for."""
    outputs: object = None
    """What the model or the block says that it gives."""
    previous: str | None = None
    lines: list[str] = field(default_factory=list[str])
    used: set[str] = field(default_factory=set[str])
    """The variables that something refers to."""
    further: list[str] = field(default_factory=list[str])
    """Those of results beside the first."""
    frozen: set[str] = field(default_factory=set[str])
    """The nested models that are frozen already."""
    depth: int = 0

    def write(self) -> None:
        for index, data in enumerate(self.raw):
            bare: dict[str, object] = {str(data): None}
            item = cast("dict[str, object]", data) if isinstance(data, dict) else bare
            self._item(item, (*self.loc, "layers", index))

    def reference(self, source: str) -> str:
        """The variable that a reference means."""
        if source == "previous" and source not in self.known:
            if self.previous is None:
                raise NotStructured
            return self.previous
        if source not in self.known:
            raise NotStructured
        self.used.add(self.known[source])
        return self.known[source]

    def finished(self) -> list[str]:
        """The lines, once all references are followed: a result that nothing refers to is `_`."""
        for name in self.further:
            if name not in self.used:
                self.lines = [re.sub(rf"(, |^ *){name}(?=(, | = ))", r"\1_", line) for line in self.lines]
        return self.lines

    def _item(self, item: dict[str, object], loc: Loc) -> None:
        (key,) = [one for one in item if one not in OWN_KEYS]
        if "repeat" in item and "when" in item:
            raise NotStructured
        if "when" in item:
            self._branch(item, key, loc)
        elif "repeat" in item:
            self._loop(item, key, loc)
        else:
            first = self._first(item)
            results = self._call(item, key, loc, first, None, None)
            self._settle(item, key, loc, results)
            self.previous = results[""]

    # ── one item ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _first(self, item: dict[str, object]) -> str | None:
        """What comes first among the sources."""
        source = first_source(item.get("from"))
        if source is None:
            return self.previous if item.get("from") is None else None
        return None if "*" in source else self.reference(source)

    def _call(
        self,
        item: dict[str, object],
        key: str,
        loc: Loc,
        first: str | None,
        variable: str | None,
        copies: Copies | None,
    ) -> dict[str, str]:
        """The statement of one item; what it gives, by the name of the result, the first one under no name."""
        if self._is_block(key):
            return self._stamp(item, key, loc, first, variable, copies)
        node, owner = self._node(loc)
        called = self._callee(item, key, loc, node, owner, copies)
        arguments = arguments_of(self, item, node, first)
        typed = owner.graph.nodes[node.name]
        count = len(typed.outputs)
        local = node.name.removeprefix(node.prefix)
        wish = copies.stem if copies else local
        wish = f"{wish}_output" if node.kind == "model" and wish == node.target else wish
        own = variable or self.names.unique(wish)
        results = {"": own}
        targets = [own]
        names = node.result_names
        for at in range(1, count):
            result = names[at] if at < len(names) else str(at)
            if (node.name, at) not in owner.wanted and copies is None:
                targets.append("_")
                continue
            targets.append(self.names.unique(f"{wish}_{result}"))
            results[result] = results[str(at)] = targets[-1]
        if count > 1:
            results[names[0] if names else "0"] = own
            if (node.name, 0) not in owner.wanted and variable is None:
                targets[0] = "_"
        self._say(f"{', '.join(targets)} = {called}({arguments})", self._shape(loc))
        return results

    def _settle(
        self, item: dict[str, object], key: str, loc: Loc, results: Mapping[str, str], stem: str | None = None
    ) -> None:
        """The item's name, and its results', for what refers to it."""
        name = stem or self._plain_name(item)
        if name is None:
            name = self._local(loc, key)
        for result, variable in results.items():
            self.known.setdefault(f"{name}.{result}" if result else name, variable)

    def _plain_name(self, item: dict[str, object]) -> str | None:
        name = item.get("name")
        if isinstance(name, str) and "${" in name:
            raise NotStructured
        return name if isinstance(name, str) else None

    def _node(self, loc: Loc) -> tuple[Node, Owner]:
        """A node that the item at `loc` has made: in this stamp, or where it is left out here, in another."""
        found = self.owner.nodes.get((loc, self.prefix))
        if found:
            return found[0], self.owner
        for owner in self.others:
            for (place, _), nodes in owner.nodes.items():
                if place == loc:
                    return nodes[0], owner
        raise NotStructured

    def _shape(self, loc: Loc) -> str | None:
        """The shape of what the item gives, where it is one for all of its copies."""
        owners = self.others or [self.owner]
        shapes = {
            str(owner.graph.nodes[node.name].outputs[0])
            for owner in owners
            for (place, _), nodes in owner.nodes.items()
            if place == loc
            for node in nodes
        }
        return next(iter(shapes)) if len(shapes) == 1 else None

    def _callee(
        self, item: dict[str, object], key: str, loc: Loc, node: Node, owner: Owner, copies: Copies | None
    ) -> str:
        if node.kind == "model":
            if not node.trainable and node.target not in self.frozen:
                self.frozen.add(node.target)
                self._say(f"{node.target}.trainable = False", None)
            return node.target
        if node.kind == "again":
            if copies is not None or node.target not in owner.layer_variables:
                raise NotStructured
            return self.known[f"{key} itself"]
        thing = cast("Thing", node.thing)
        if thing.section == "ops":
            return f"ops.{thing.class_name}"
        every = owner.nodes.get((loc, node.prefix), [node]) if copies is not None else [node]
        wrapped = names_in_copies([owner.makes[one.name] for one in every])
        naming = Naming(node.prefix, self.block is not None, copies, wrapped)
        made = written_object(owner.makes[node.name], thing, item[key], naming, self.sight())
        if node.name in owner.layer_variables:
            if copies is not None or self.block is not None:
                raise NotStructured
            variable = self.names.unique(f"{node.name}_layer")
            self.known[f"{self._plain_name(item) or node.name} itself"] = variable
            self._say(f"{variable} = {python(made)}", None)
            return variable
        if node.name in owner.notes:
            self._say(f"# {owner.notes[node.name]}", None)
        return python(made)

    def sight(self) -> Sight:
        def variable(name: str) -> str:
            if name not in self.values:
                raise NotStructured
            return self.values[name]

        def tensor(name: str) -> str:
            return self.reference(name)

        return Sight(variable, tensor)

    # ── blocks ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _is_block(self, key: str) -> bool:
        return key in self.writer.framed.spec.blocks and find("layers", key) is None

    def _stamp(
        self,
        item: dict[str, object],
        key: str,
        loc: Loc,
        first: str | None,
        variable: str | None,
        copies: Copies | None,
    ) -> dict[str, str]:
        function = self.writer.function(key)
        if item.get("trainable") is not None:
            raise NotStructured
        stamp = self._stamped(loc)
        given = tensors_given(self, item, function, first)
        raw = item[key]
        values = cast("dict[str, object]", raw) if isinstance(raw, dict) else {}
        if raw is not None and not isinstance(raw, dict):
            values = {function.params[0]: raw}
        declared = self.writer.framed.spec.blocks[key].params
        for name in function.params:
            if name in values:
                given.append(f"{name}={python(value_of(values[name], self.sight()))}")
                continue
            one = declared[name]
            default = cast("dict[str, object]", one).get("value") if isinstance(one, dict) else one
            if has_expression(default):
                if names_in(default) & set(declared):
                    raise NotStructured
                given.append(f"{name}={python(value_of(default, self.sight()))}")
        given += [f"{name}={self.sight().variable(name)}" for name in function.further]
        own = copies.name(self.block is not None) if copies else None
        if own is None:
            own = f'f"{{name}}_{stamp.name}"' if self.block is not None else python(stamp.name)
        given.append(f"name={own}")
        wish = copies.stem if copies else stamp.name
        wish = f"{wish}_output" if wish in self.writer.framed.spec.blocks else wish
        first_target = variable or self.names.unique(wish)
        results = {"": first_target}
        targets = [first_target]
        renamed = item.get("outputs")
        names = [renamed] if isinstance(renamed, str) else cast("list[str]", renamed or [])
        for at, output in enumerate(function.outputs):
            if at:
                targets.append(self.names.unique(f"{wish}_{names[at] if at < len(names) else output}"))
                self.further.append(targets[at])
            results[output] = results[str(at)] = targets[at]
            if at < len(names):
                results[names[at]] = targets[at]
        self._say(f"{', '.join(targets)} = {function.name}({', '.join(given)})", None)
        return results

    def _stamped(self, loc: Loc) -> Stamp:
        found = self.owner.stamps.get((loc, self.prefix))
        if found:
            return found[0]
        for owner in self.others:
            for (place, _), stamps in owner.stamps.items():
                if place == loc:
                    return stamps[0]
        raise NotStructured

    def _branch(self, item: dict[str, object], key: str, loc: Loc) -> None:
        """An item with `when`: where it is left out, its name stands for what it would take."""
        first = self._first(item)
        condition = item["when"]
        whole = EXPRESSION.fullmatch(condition.strip()) if isinstance(condition, str) else None
        if first is None or whole is None:
            raise NotStructured
        before = self.previous
        wish = self._plain_name(item) or self._local(loc, key)
        variable = self.names.unique(wish)
        self._say(f"{variable} = {first}", None)
        self._say(f"if {translated(whole.group(1), self.sight())}:", None)
        self.depth += 1
        results = self._call(item, key, loc, first, variable, None)
        self.depth -= 1
        if len(set(results.values())) > 1:
            raise NotStructured
        self._settle(item, key, loc, {"": variable})
        # Where it is left out, `previous` is the item before.
        self.previous = variable if first == before else None

    def _local(self, loc: Loc, key: str) -> str:
        if self._is_block(key):
            return self._stamped(loc).name
        node, _ = self._node(loc)
        return node.name.removeprefix(node.prefix)

    def _loop(self, item: dict[str, object], key: str, loc: Loc) -> None:
        first = self._first(item)
        if first is None:
            raise NotStructured
        names = self._names_of_copies(key, loc)
        given = self._plain_name(item)
        if given is None and has_expression(item["repeat"]) and counted_on(names, self.owner, self.prefix):
            raise NotStructured  # with another count, its names would be those of others
        copies = copies_of(names, given, self.names.unique("index"))
        wish = copies.stem
        wish = f"{wish}_output" if wish in self.writer.framed.spec.blocks else wish
        variable = self.names.unique(wish)
        stars, picked = referred_to(copies.given, [*strings_in(self.raw), *strings_in(self.outputs)])
        self._say(f"{variable} = {first}", None)
        lists = {star: self.names.unique(f"{star.replace('_*', '').replace('.', '_')}s") for star in stars}
        for name in lists.values():
            self._say(f"{name} = []", None)
        before = dict(self.values)
        head = self._head(item["repeat"], copies, item)
        self._say(head, None)
        self.depth += 1
        plain = {name: one for name, one in item.items() if name != "repeat"}
        # For the first copy `previous` is the item before, for all others the copy before.
        self.previous = variable if first == self.previous else None
        results = self._call(plain, key, loc, variable, variable, copies)
        for star, name in lists.items():
            result = star.partition(".")[2]
            if result not in results:
                raise NotStructured
            self._say(f"{name}.append({results[result]})", None)
            self.used.add(results[result])
        self.depth -= 1
        self.values = before
        self.collected.update(lists)
        self.known.update({one: f"{lists[star]}[{number}]" for one, (star, number) in picked.items()})
        if copies.given is not None:
            self._settle(item, key, loc, results, copies.given)
        self.previous = variable

    def _names_of_copies(self, key: str, loc: Loc) -> list[str]:
        place = (loc, self.prefix)
        if self._is_block(key):
            return [one.name for one in self.owner.stamps.get(place, [])]
        return [one.name.removeprefix(self.prefix) for one in self.owner.nodes.get(place, [])]

    def _head(self, repeat: object, copies: Copies, item: dict[str, object]) -> str:
        """The line that begins the loop; from then on its variables are known."""
        uses = names_in({key: one for key, one in item.items() if key != "repeat"})
        if not isinstance(repeat, dict):
            count = value_of(repeat, self.sight())
            self.values["index"] = copies.index
            return f"for {copies.index} in range({python(count)}):"
        columns = cast("dict[str, object]", repeat)
        lists = [written(value_of(one, self.sight())) for one in columns.values()]
        variables: list[str] = []
        for name in columns:
            if name in uses or len(columns) == 1:
                variables.append(self.names.unique(name))
                self.values[name] = variables[-1]
            else:
                variables.append("_")
        self.values["index"] = copies.index
        one = variables[0] if len(variables) == 1 else f"({', '.join(variables)})"
        rows = lists[0] if len(lists) == 1 else f"zip({', '.join(lists)})"
        return f"for {copies.index}, {one} in enumerate({rows}):"

    def _say(self, line: str, comment: str | None) -> None:
        from archcompiler.emit.structure import with_comment

        space = "    " * self.depth
        self.lines += [f"{space}{one}" for one in with_comment(line, comment, 84 - len(space))]
