"""The params of a spec in emitted code: which of them a model uses, and those that are made of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from archcompiler.emit.expressions import NotStructured, Sight, has_expression, names_in, translated, value_of
from archcompiler.emit.literals import python
from archcompiler.spec.frame import Framed
from archcompiler.spec.pasting import EXPRESSION


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
    """Which params are used where. `models` are the nested models that something calls."""

    framed: Framed
    models: tuple[str, ...]

    def used(self, raw: Mapping[str, Any]) -> set[str]:
        """The params that a model uses, and its blocks; of the main model, those of the nested ones too."""
        found = params_in(raw.get("inputs"), self.framed.params)
        seen: set[str] = set()

        def visit(layers: object, local: frozenset[str]) -> None:
            for item in cast("list[object]", layers):
                entry = cast("dict[str, object]", item) if isinstance(item, dict) else {str(item): None}
                rows = entry.get("repeat")
                own = set(cast("dict[str, object]", rows)) if isinstance(rows, dict) else set[str]()
                found.update(names_in(entry) - local - own - {"index", "input", "previous"})
                for key in entry:
                    block = self.framed.spec.blocks.get(key)
                    if block is not None and key not in seen:
                        seen.add(key)
                        found.update(names_in(block.params) - set(block.params))
                        visit(block.layers, frozenset(block.params))

        visit(raw["layers"], frozenset())
        if raw is self.framed.data:
            for name in self.models:
                found |= self.used(cast("dict[str, Any]", self.framed.data["models"][name]))
        unknown = found - set(self.framed.params)
        if unknown:
            raise NotStructured
        return found

    def closure(self, used: set[str]) -> list[str]:
        """The params that are used, and those that they use, each behind what it needs."""
        found: list[str] = []

        def visit(name: str) -> None:
            if name in found:
                return
            if self.is_derived(name):
                for one in sorted(names_in(self._declared(name))):
                    visit(one)
            found.append(name)

        for name in self.framed.params:
            if name in used:
                visit(name)
        return found

    def _declared(self, name: str) -> object:
        declared = cast("dict[str, object]", self.framed.data.get("params") or {})[name]
        return cast("dict[str, object]", declared).get("value") if isinstance(declared, dict) else declared

    def is_derived(self, name: str) -> bool:
        """Whether a param is made of others, and not set from outside."""
        declared = self._declared(name)
        return has_expression(declared) and name not in self.framed.overridden

    def derived(self, name: str) -> str:
        declared = self._declared(name)
        if not isinstance(declared, str) or EXPRESSION.fullmatch(declared.strip()) is None:
            return f"{name} = {python(value_of(declared, Sight(lambda one: one, no_tensor)))}"
        return f"{name} = {translated(declared.strip()[2:-1], Sight(lambda one: one, no_tensor))}"

    def free(self, name: str) -> set[str]:
        """The spec's params that a block uses, and the blocks in it."""
        block = self.framed.spec.blocks[name]
        found: set[str] = set()
        for item in block.layers:
            entry = cast("dict[str, object]", item) if isinstance(item, dict) else {str(item): None}
            rows = entry.get("repeat")
            own = set(cast("dict[str, object]", rows)) if isinstance(rows, dict) else set[str]()
            found |= names_in(entry) - own
            for key in entry:
                if key in self.framed.spec.blocks and key != name:
                    found |= self.free(key) - {"input", "previous", "index"}
        return (found - set(block.params) - {"index", "input", "previous"}) & set(self.framed.params)
