"""What a spec leaves out: items that no copy makes, which cannot be proven and are no code, with the params that say
so as constants; and layers of a block that reach no output in some stamps, which its function then leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from archcompiler.diagnostics import Loc
from archcompiler.emit.counting import made_at, numbered, split
from archcompiler.emit.expressions import names_in, names_of
from archcompiler.emit.owners import Owner
from archcompiler.emit.params import Uses
from archcompiler.emit.tracing import is_idle
from archcompiler.graph.ir import Node, Stamp
from archcompiler.spec.frame import Framed

SIZES = frozenset({"input", "previous"})
Unused = frozenset[tuple[Loc, object]]
"""The items of a stamp that are left out, or of which something is, and of which copies what."""


@dataclass(slots=True)
class Choices:
    """What is not code, and what therefore is constant."""

    framed: Framed
    uses: Uses
    owners: Sequence[Owner]
    never: set[Loc] = field(default_factory=set[Loc])
    """Items that no copy makes."""
    guarded: set[Loc] = field(default_factory=set[Loc])
    """Those of them whose conditions use what is not constant: the code refuses them."""
    fixed: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])
    """The params that are constant in a block."""
    frozen: set[str] = field(default_factory=set[str])
    """The spec's params that are constants."""

    def find(self) -> None:
        made = {loc for one in self.owners for found in (one.nodes, one.unused, one.stamps) for loc, _ in found}
        for loc, item in self._items():
            if loc not in made and ("when" in item or "repeat" in item):
                self.never.add(loc)
        for loc, item in self._items():
            if loc in self.never:
                said = [item.get("when"), item.get("repeat")]
                if not self._freeze(names_of(said) - columns(item), _block(loc)):
                    self.guarded.add(loc)
            elif self._counts_elsewhere(loc, item):
                self._freeze(names_of([item.get("when"), item.get("repeat")]) - columns(item), None)

    def _counts_elsewhere(self, loc: Loc, item: dict[str, object]) -> bool:
        """Whether the automatic names of another model are counted on from what an item makes: models are named in one
        go, and the function of one does not know the params of another."""
        if len(self.owners) < 2 or loc[0] == "blocks" or not ("when" in item or "repeat" in item):
            return False
        whole = numbered(self.framed)
        stems = [
            {split(one, whole)[0] for place, prefix in (*owner.nodes, *owner.stamps) if not prefix and place in places
             for one in made_at(owner, place, "")}
            for owner in self.owners
            for places in ([loc], {place for place, _ in (*owner.nodes, *owner.stamps)} - {loc})
        ]  # fmt: skip
        at = next((at for at, one in enumerate(self.owners) if loc[:-2] == one.graph.graph.loc), len(self.owners))
        return any(stems[2 * at] & stems[2 * later + 1] for later in range(at + 1, len(self.owners)))

    def freeze_item(self, item: object) -> bool:
        """Make what an item uses constant, which is written as the plan has it; false where it uses sizes."""
        names = self.uses.used([item])
        self._freeze(names, None)
        return not self.uses.sized([item])

    def _items(self) -> Iterator[tuple[Loc, dict[str, object]]]:
        data = self.framed.data
        lists: list[tuple[Loc, object]] = [((), data["layers"])]
        lists += [(("models", name), one.layers) for name, one in self.framed.spec.models.items()]
        stamped = {one.block for owner in self.owners for one in owner.graph.graph.stamps}
        blocks = self.framed.spec.blocks
        lists += [(("blocks", name), blocks[name].layers) for name in sorted(stamped)]
        for place, items in lists:
            for index, item in enumerate(cast("list[object]", items)):
                if isinstance(item, dict):
                    yield (*place, "layers", index), cast("dict[str, object]", item)

    def _freeze(self, names: set[str], block: str | None) -> bool:
        """Make names constant; whether all of them are."""
        done = True
        for name in sorted(names - {"index"}):
            if name in SIZES:
                done = False
            elif block is not None and name in self.framed.spec.blocks[block].params:
                done = self._freeze_param(name, block) and done
            elif name in self.framed.params and name not in self.frozen:
                self.frozen.add(name)
                if self.uses.is_derived(name):
                    self._freeze(names_in(self.uses.declared(name)), None)
        return done

    def _freeze_param(self, name: str, block: str) -> bool:
        if name in self.fixed.get(block, {}):
            return True
        stamps = [one for owner in self.owners for one in owner.stamps_of(block)]
        values = [one.params.get(name) for one in stamps]
        if any(repr(one) != repr(values[0]) for one in values):
            return False
        self.fixed.setdefault(block, {})[name] = values[0]
        for stamp in stamps:
            around = _block(stamp.loc)
            item = self.item_at(stamp.loc)
            given = given_params(item.get(block), list(self.framed.spec.blocks[block].params))
            said = given.get(name, self.framed.spec.blocks[block].params[name])
            rows = item.get("repeat")
            names = names_of([said])
            if names & columns(item):
                names |= names_of([rows])
            self._freeze(names - columns(item), around if name in given else block)
        return True

    def item_at(self, loc: Loc) -> dict[str, object]:
        found: object = self.framed.data
        if loc[0] == "blocks":
            found = self.framed.spec.blocks[str(loc[1])].layers[int(loc[3])]
        elif loc[0] == "models":
            found = self.framed.spec.models[str(loc[1])].layers[int(loc[3])]
        else:
            found = self.framed.spec.layers[int(loc[1])]
        return cast("dict[str, object]", found) if isinstance(found, dict) else {str(found): None}


def _block(loc: Loc) -> str | None:
    return str(loc[1]) if loc[0] == "blocks" else None


def columns(item: Mapping[str, object]) -> set[str]:
    """The names that an item's `repeat` gives values to."""
    rows = item.get("repeat")
    return set(cast("dict[str, object]", rows)) if isinstance(rows, dict) else set()


def given_params(raw: object, names: Sequence[str]) -> dict[str, object]:
    """What a stamp gives of its block's params."""
    if raw is None:
        return {}
    return dict(cast("dict[str, object]", raw)) if isinstance(raw, dict) else {names[0]: raw}


def unused_in(owner: Owner, stamp: Stamp) -> Unused:
    """The items of a stamp that reach no output; none where making them all the same does no harm."""
    found: dict[Loc, object] = {}
    heavy = False
    for loc in owner.unused_in.get(stamp.prefix, []):
        if (loc, stamp.prefix) not in owner.nodes:
            found[loc] = "gone"
            heavy = heavy or not all(_is_idle(node) for node in owner.unused[loc, stamp.prefix])
    inside: dict[Loc, list[object]] = {}
    for one in owner.within.get(stamp.prefix, []):
        inside.setdefault(one.loc, []).append("gone" if is_gone(owner, one) else unused_in(owner, one))
    for loc, copies in inside.items():
        if all(one == "gone" for one in copies):
            found[loc] = "gone"
        elif any(copies):
            found[loc] = tuple(copies)
        heavy = heavy or any(copies)
    return frozenset(found.items()) if heavy else frozenset()


def _is_idle(node: Node) -> bool:
    return node.thing is not None and node.thing.section == "layers" and is_idle(node.thing.entry)


def is_gone(owner: Owner, stamp: Stamp) -> bool:
    """Whether nothing of a stamp reaches an output."""
    return stamp.prefix not in owner.alive and any(stamp in owner.around(prefix) for prefix in owner.unused_in)
