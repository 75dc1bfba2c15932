"""The names of layers: those given, else what Keras gives in a fresh process."""

from __future__ import annotations

import re
from collections.abc import Container
from functools import cache
from typing import cast

from archcompiler.diagnostics import Loc
from archcompiler.layers.things import Thing


@cache
def snake_case(class_name: str) -> str:
    """`SimpleRNN` → `simple_rnn`, as `keras.src.utils.naming.to_snake_case` does."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", class_name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


class Namer:
    """Counts classes as Keras does: `lstm`, `lstm_1`, over all models of the spec; names already taken are skipped."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self.inner_names: dict[Loc, str] = {}

    def automatic(self, class_name: str, taken: Container[str]) -> str:
        stem = snake_case(class_name)
        while True:
            count = self._counts.get(stem, 0)
            self._counts[stem] = count + 1
            name = f"{stem}_{count}" if count else stem
            if name not in taken:
                return name

    def name_inner(self, thing: Thing, taken: Container[str]) -> None:
        """Name the layers wrapped in `thing`; they are made, and so counted, before it."""
        if thing.shorthand and not thing.given:
            return
        for name, value in thing.given.items():
            values: list[object] = cast("list[object]", value) if isinstance(value, list) else [value]
            for inner in values:
                if isinstance(inner, Thing) and inner.section == "layers":
                    self.name_inner(inner, taken)
                    given = inner.given.get("name")
                    self.inner_names[inner.loc] = str(given) if given else self.automatic(inner.class_name, taken)
            if isinstance(value, list) and is_stack(thing, name):
                self.inner_names[stack_loc(thing)] = self.automatic("StackedRNNCells", taken)


def is_stack(thing: Thing, argument: str) -> bool:
    """Whether a list of cells stands there, of which Keras makes a `StackedRNNCells`, a layer with a name."""
    return thing.class_name == "RNN" and argument == "cell" and isinstance(thing.given[argument], list)


def stack_loc(thing: Thing) -> Loc:
    return (*thing.loc, "cell", "stack")
