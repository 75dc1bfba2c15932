"""The names of layers: those given, else what Keras gives in a fresh process."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import cache
from typing import cast

from archcompiler.diagnostics import Change, Loc, Problem
from archcompiler.layers.catalog import find
from archcompiler.layers.things import Thing
from archcompiler.spec.models import Spec


@cache
def snake_case(class_name: str) -> str:
    """`SimpleRNN` → `simple_rnn`, as `keras.src.utils.naming.to_snake_case` does."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", class_name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


class Namer:
    """Counts classes as Keras does: `lstm`, `lstm_1`; names already taken are skipped."""

    def __init__(self, operations: frozenset[str] = frozenset(), on_masks: frozenset[str] = frozenset()) -> None:
        self.operations = operations | on_masks
        """Names that Keras gives to operations, of the spec or on masks: no layer beside them may have one."""
        self._on_masks = on_masks - operations
        self._counts: dict[str, int] = {}
        self.inner_names: dict[tuple[str, Loc], str] = {}
        """The names of wrapped layers, by the node that they are part of and the place where they stand."""

    def automatic(self, class_name: str, taken: Container[str]) -> str:
        stem = snake_case(class_name)
        if stem in self.operations and class_name[:1].isupper():
            stem = f"{stem}_layer"
        while True:
            count = self._counts.get(stem, 0)
            self._counts[stem] = count + 1
            name = f"{stem}_{count}" if count else stem
            if name not in taken:
                return name

    def clash(self, name: str, loc: Loc, on_key: bool, another: str | None = None) -> list[Problem]:
        """What is wrong with a name that Keras gives to an operation; `another` is one that nothing has."""
        stem, _, number = name.rpartition("_")
        stem = stem if number.isdigit() and stem else name
        if stem not in self.operations:
            return []
        what = "an operation of this spec, `ops.%s`" if stem not in self._on_masks else "its operation `%s` on masks"
        changes = (Change("replace_value", loc, another),) if another else ()
        message = f"`{name}` is a name that Keras gives to {what % stem}"
        return [Problem("ARC106", message, loc, on_key, help="choose another name", changes=changes, safe=False)]

    def inner(self, thing: Thing, taken: Container[str]) -> dict[Loc, str]:
        """Names for the layers wrapped in `thing`, by their places; they are made, and so counted, before it."""
        if thing.shorthand and not thing.given:
            return {}
        found: dict[Loc, str] = {}
        for name, value in thing.given.items():
            values: list[object] = cast("list[object]", value) if isinstance(value, list) else [value]
            for inner in values:
                if isinstance(inner, Thing) and inner.section == "layers":
                    found.update(self.inner(inner, taken))
                    given = inner.given.get("name")
                    found[inner.loc] = str(given) if given else self.automatic(inner.class_name, taken)
            if isinstance(value, list) and is_stack(thing, name):
                found[stack_loc(thing)] = self.automatic("StackedRNNCells", taken)
        return found


def is_stack(thing: Thing, argument: str) -> bool:
    """Whether a list of cells stands there, of which Keras makes a `StackedRNNCells`, a layer with a name."""
    return thing.class_name == "RNN" and argument == "cell" and isinstance(thing.given[argument], list)


def stack_loc(thing: Thing) -> Loc:
    return (*thing.loc, "cell", "stack")


def shadowing(spec: Spec) -> Iterator[Problem]:
    """Models and blocks that are called as a layer of Keras is, so that nobody can tell which of both is meant."""
    for section, names in (("models", spec.models), ("blocks", spec.blocks)):
        for name in names:
            if find("layers", name) is not None:
                message = f"Keras has a class `{name}` of its own"
                help = f"give the {section[:-1]} another name, such as `{snake_case(name)}_{section[:-1]}`"
                yield Problem("ARC106", message, (section, name), help=help)
