"""The params of a spec in emitted code: which of them a model uses, and those that are made of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from archcompiler.emit.expressions import NotStructured, Sight, has_expression, names_in, names_of, value_of, written
from archcompiler.spec.frame import Framed


def params_in(raw: object, params: Mapping[str, object]) -> set[str]:
    """The params that the shapes of inputs use, as words or in expressions."""
    found: set[str] = set()
    for one in cast("dict[str, object]", raw).values() if isinstance(raw, dict) else ():
        shape = cast("dict[str, object]", one).get("shape") if isinstance(one, dict) else one
        entries = cast("list[object]", shape) if isinstance(shape, list) else []
        found |= {one for one in entries if isinstance(one, str) and one in params}
        found |= names_in(entries)
    return found


def no_tensor(name: str) -> str:
    """Stands where there is no tensor whose sizes could be asked for."""
    raise NotStructured


@dataclass(frozen=True, slots=True)
class Uses:
    """Which params are used where."""

    framed: Framed

    def used(self, layers: Sequence[object]) -> set[str]:
        """The spec's params that items use, and the blocks that they stamp."""
        return self._names(layers, frozenset(), set()) & set(self.framed.params)

    def sized(self, layers: Sequence[object]) -> bool:
        """Whether they use sizes of tensors."""
        return bool(self._names(layers, frozenset(), set()) & {"input", "previous"})

    def _names(self, layers: Sequence[object], own: frozenset[str], seen: set[str]) -> set[str]:
        found: set[str] = set()
        for item in layers:
            entry = cast("dict[str, object]", item) if isinstance(item, dict) else {str(item): None}
            rows = entry.get("repeat")
            columns = set(cast("dict[str, object]", rows)) if isinstance(rows, dict) else set[str]()
            found |= names_of(entry) - columns - own
            for key in entry:
                block = self.framed.spec.blocks.get(key)
                if block is not None and key not in seen:
                    inner = frozenset(block.params)
                    found |= names_in(block.params) - inner
                    found |= self._names(block.layers, inner, {*seen, key})
        return found

    def free(self, name: str) -> set[str]:
        """The spec's params that a block uses, and the blocks in it."""
        block = self.framed.spec.blocks[name]
        own = frozenset(block.params)
        found = self._names(block.layers, own, {name}) | (names_in(block.params) - own)
        return found & set(self.framed.params)

    def closure(self, used: set[str], constant: Callable[[str], bool]) -> list[str]:
        """The params that are used, and those that they are made of, each behind what it needs."""
        found: list[str] = []

        def visit(name: str) -> None:
            if name in found:
                return
            if self.is_derived(name) and not constant(name):
                for one in sorted(names_in(self.declared(name)) & set(self.framed.params)):
                    visit(one)
            found.append(name)

        for name in self.framed.params:
            if name in used:
                visit(name)
        return found

    def declared(self, name: str) -> object:
        declared = cast("dict[str, object]", self.framed.data.get("params") or {})[name]
        return cast("dict[str, object]", declared).get("value") if isinstance(declared, dict) else declared

    def is_derived(self, name: str) -> bool:
        """Whether a param is made of others, and not set from outside."""
        return has_expression(self.declared(name)) and name not in self.framed.overridden

    def derived(self, name: str, variables: Mapping[str, str]) -> str:
        """The line that computes a param that is made of others."""
        value = value_of(self.declared(name), Sight(lambda one: variables[one], no_tensor))
        return f"{variables[name]} = {written(value)}"
