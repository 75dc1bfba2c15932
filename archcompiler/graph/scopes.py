"""What the items of one list of layers see: their names, and what each of them means."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, TypeAlias, cast

from archcompiler.diagnostics import Loc, Problem
from archcompiler.graph.ir import Ref
from archcompiler.graph.names import Namer
from archcompiler.spec.items import OWN_KEYS, Item

if TYPE_CHECKING:
    from archcompiler.graph.drafts import Draft

LONGEST_CHAIN = 1000
"""How many names may stand for each other in a row."""

MOST_COMPARED = 1_000_000
"""Names that are compared with ones that are not there, in one list of layers."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that stands for another: an input of a block, or an item that is left out. `source` is a name in `scope`,
    or what it refers to already."""

    scope: Scope
    source: str | Ref | Alias | None


@dataclass(eq=False)
class Scope:
    """The items of a model, or those of one stamp of a block.

    `values` are what expressions may use, `stamps` the places that led here, the outermost first. `prefix` goes before
    the names of its layers.
    """

    loc: Loc
    values: Mapping[str, object]
    namer: Namer
    prefix: str = ""
    stamps: tuple[Loc, ...] = ()
    trainable: bool = True
    block: str | None = None
    input_names: tuple[str, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a block gives: each output's name, and the name in this scope that it is."""
    output_places: Mapping[str, Loc] = field(default_factory=dict[str, Loc])
    """Where the names in `outputs` are written."""
    result_names: tuple[str, ...] = ()
    """What the stamp calls its results, where it says so."""
    names: dict[str, Meaning] = field(default_factory=dict[str, "Meaning"])
    copies: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """The names of the copies of an item with `repeat`, by the item's name."""
    places: dict[str, Loc] = field(default_factory=dict[str, Loc])
    """The names in use, and where they are given."""
    reserved: set[str] = field(default_factory=set[str])
    """Names that are given somewhere, which no automatic name may be."""
    unclear: set[str] = field(default_factory=set[str])
    """Names whose own mistake is reported, so that nothing is said of what refers to them."""
    nameless: bool = False
    """Whether an item has a mistake that hides its name."""
    previous: Ref | Alias | None = None
    """The item before; none where a model or a block has several inputs."""
    beside: Ref | Alias | None = None
    """The same, where an item that is left out counts as what it was to take."""
    item: Item | None = None
    """The item that stamps it."""
    _numbers: dict[str, count[int]] = field(default_factory=dict[str, "count[int]"], repr=False)
    """By stem, the numbers that `free` has not tried."""
    _compared: int = 0

    def __contains__(self, name: object) -> bool:
        return name in self.places or name in self.reserved

    def reserve(self, layers: list[object]) -> None:
        """Set aside the names that the items give."""
        for data in layers:
            if isinstance(data, dict):
                mapping = cast("dict[str, object]", data)
                self.reserved.update(str(one) for one in (mapping.get("name"), inside_name(mapping)) if one is not None)

    def free(self, stem: str) -> str:
        """A name like `stem` that nothing here has."""
        numbers = self._numbers.setdefault(stem, count(2))
        name = next(one for n in numbers if (one := f"{stem}_{n}") not in self)
        self.places[name] = ()
        return name

    def guessed(self, names: Collection[str]) -> Collection[str]:
        """Names among which one is looked for that is not there; none when very many have been compared already, so
        that thousands of mistakes are told soon, the last of them without a guess."""
        self._compared += len(names)
        return names if self._compared <= MOST_COMPARED else ()

    def known(self) -> list[str]:
        """The names that can be referred to."""
        from archcompiler.graph.drafts import Draft

        return [name for name, one in self.names.items() if not (isinstance(one, Draft) and one.kind == "faulty")]


Meaning: TypeAlias = "Ref | Draft | Scope | Alias"
"""What a name stands for: an input, an item, a stamp of a block, or another name."""


def inside_name(mapping: Mapping[str, object]) -> str | None:
    """A name among a layer's arguments, `Dense: {units: 3, name: head}`, is as good as one beside it."""
    for thing, value in mapping.items():
        if thing not in OWN_KEYS and str(thing)[:1].isupper() and isinstance(value, dict):
            name = cast("dict[str, object]", value).get("name")
            return name if isinstance(name, str) and name.isidentifier() else None
    return None


def first_source(given: object) -> str | None:
    """The first name in a `from`."""
    while isinstance(given, (dict, list)) and given:
        entries = cast("dict[str, object]", given).values() if isinstance(given, dict) else cast("list[object]", given)
        given = next(iter(entries))
    return given if isinstance(given, str) else None


def value_of(stamp: Scope) -> Ref | Alias | None:
    """What a stamp is worth: its block's first output, else its last item."""
    first = next(iter(stamp.outputs.values()), None)
    return stamp.previous if first is None else Alias(stamp, first)


def settle(given: Ref | Alias | None) -> Ref | None:
    """What an alias stands for in the end; nothing where that is not known, or where it goes in a circle."""
    for _ in range(LONGEST_CHAIN):
        if not isinstance(given, Alias):
            return given
        if not isinstance(given.source, str):
            given = given.source
            continue
        name, _, result = given.source.partition(".")
        meaning = given.scope.names.get(name)
        if meaning is not None:
            given = _one_step(meaning, result)
        else:
            given = given.scope.previous if given.source == "previous" else None
    return None


def _one_step(meaning: Meaning, result: str) -> Ref | Alias | None:
    if isinstance(meaning, Scope):
        return _result_of_stamp(meaning, result)
    if isinstance(meaning, (Alias, Ref)):
        return meaning if not result else None
    if not result:
        return Ref(meaning.name)
    names = results_of(meaning)
    if result in names:
        return Ref(meaning.name, names.index(result))
    return Ref(meaning.name, int(result)) if result.isdigit() and len(result) < 4 else None


def _result_of_stamp(stamp: Scope, result: str) -> Ref | Alias | None:
    if not result:
        return value_of(stamp)
    outputs = list(stamp.outputs)
    for names in (stamp.result_names, outputs):
        if result in names:
            index = names.index(result)
            if not outputs:
                return value_of(stamp)
            return Alias(stamp, stamp.outputs[outputs[index]]) if index < len(outputs) else None
    if result.isdigit() and int(result) < max(1, len(outputs)):
        return Alias(stamp, stamp.outputs[outputs[int(result)]]) if outputs else value_of(stamp)
    return None


def results_of(meaning: Meaning) -> tuple[str, ...]:
    """The names of its results."""
    if isinstance(meaning, Scope):
        return (*meaning.result_names, *meaning.outputs)
    if isinstance(meaning, (Ref, Alias)):
        return ()
    for one in (meaning, *calls_before(meaning)):
        if one.item.result_names or one.model_results:
            return one.item.result_names or one.model_results
    return ()


def calls_before(draft: Draft) -> list[Draft]:
    """The earlier calls of a layer or a model that is called again, the first one last."""
    found: list[Draft] = []
    while draft.kind == "again":
        made = draft.scope.names.get(draft.target)
        if made is None or isinstance(made, (Scope, Ref, Alias)) or made in found:
            break
        found.append(made)
        draft = made
    return found


def stamped(problems: list[Problem], start: int, stamps: tuple[Loc, ...]) -> None:
    """Say of the problems from `start` on which stamps they were found in, where that is not said yet."""
    if stamps:
        problems[start:] = [one if one.stamps else replace(one, stamps=stamps) for one in problems[start:]]
