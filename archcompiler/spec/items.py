"""The items of `layers`: which thing stands there, and the item's own keys beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from archcompiler.diagnostics import Change, Loc, Problem
from archcompiler.spec.arguments import CallArgument, call_arguments
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.suggest import closest
from archcompiler.wording import described, listed, shown

OWN_KEYS = ("name", "from", "outputs", "repeat", "when", "trainable")
MEANT = {
    "from": ("input", "inputs", "in", "after", "source", "sources", "inbound", "inbound_nodes", "parents", "takes"),
    "name": ("id", "label"),
    "outputs": ("output", "returns", "results"),
    "repeat": ("times", "count", "copies", "repeats", "repetitions"),
    "when": ("if", "condition", "only_if"),
}
"""What else an item's own keys may be called by who does not know them."""
FAULTY_RESULT = ""
"""Stands among an item's result names for one that is no name."""


Source = str | int | float | None
"""A name, or a number for an operation."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of `layers`. `thing_loc` is the place of the thing: its key, or the item where it is a bare word."""

    loc: Loc
    thing: str
    value: object
    thing_loc: Loc
    name: str | None = None
    sources: tuple[Source, ...] | None = None
    """None where it has no `from`; an entry is None where what is written there is no name."""
    sources_are_list: bool = False
    arguments: tuple[CallArgument, ...] = ()
    """What `from` says by name; `sources` are then all of their tensors."""
    result_names: tuple[str, ...] = ()
    trainable: bool = True
    faulty: bool = False
    """Its mistake is reported; what depends on it stays silent."""
    source_places: tuple[Loc, ...] | None = None
    """Where the sources are written, where that is not told by their order."""
    many_from: bool = False
    """Whether one place in `from` stands for several sources."""
    faulty_name: str | None = None
    """What it was to be called, where that is no name; empty where it is not even a word."""

    def source_loc(self, index: int) -> Loc:
        """Where the item's source number `index` is written; the item itself where it is not."""
        if self.sources is None:
            return self.thing_loc
        if self.source_places is not None:
            return self.source_places[index]
        if self.many_from:
            return (*self.loc, "from")
        for argument in self.arguments:
            if index < len(argument.sources):
                place = (*self.loc, "from", argument.name)
                return (*place, index) if argument.listed else place
            index -= len(argument.sources)
        return (*self.loc, "from", index) if self.sources_are_list else (*self.loc, "from")


def parse_item(data: object, loc: Loc, problems: list[Problem]) -> Item | None:
    """The item at `loc`, or None when not even its thing can be told; what is wrong is added to `problems`."""
    if isinstance(data, str):
        return Item(loc, data, None, loc)
    if data is UNKNOWN:
        return None
    if not isinstance(data, dict) or not data:
        came = "nothing" if data == {} else described(cast("object", data))
        problems.append(
            Problem(
                "ARC115",
                f"a layer is a name or `Layer: arguments`, but {came} stands here",
                loc,
                on_key=False,
                help="write it as `- Dense: 10`, `- LSTM: {units: 64}` or `- Flatten`",
            )
        )
        return None
    mapping = cast(dict[str, object], data)
    things = [key for key in mapping if key not in OWN_KEYS]
    if len(things) != 1:
        problems.append(_wrong_number_of_things(mapping, [str(thing) for thing in things], loc))
    thing = next((thing for thing in things if str(thing)[:1].isupper()), things[0] if things else "")
    for other in things:  # so that what only follows from an unknown key is not told too
        meant = _own_key(str(other)) if other != thing else None
        if meant is not None and meant not in mapping:
            mapping = {**mapping, meant: mapping[other]}
    if len(mapping) == 1 and things:
        return Item(loc, str(thing), mapping[thing], (*loc, thing))
    sources, listed = _sources(mapping, str(thing), loc, problems)
    arguments: tuple[CallArgument, ...] = ()
    named = mapping.get("from")
    if isinstance(named, dict) and named:
        arguments = call_arguments(cast("dict[str, object]", named), (*loc, "from"), problems)
        sources = tuple(source for argument in arguments for source in argument.sources)
    given = mapping.get("name")
    return Item(
        loc,
        str(thing),
        mapping.get(thing),
        (*loc, thing) if things else loc,
        name=_name(mapping, loc, problems),
        sources=sources,
        sources_are_list=listed,
        arguments=arguments,
        result_names=_result_names(mapping, loc, problems),
        trainable=_trainable(mapping, loc, problems),
        faulty=len(things) != 1,
        faulty_name=_faulty_name(given),
    )


def _wrong_number_of_things(mapping: dict[str, object], things: list[str], loc: Loc) -> Problem:
    if not things:
        return Problem(
            "ARC115",
            f"this item has {listed(mapping)} but no layer",
            loc,
            on_key=False,
            help="write the layer's class and its arguments as one key, for example `Dense: 10`",
        )
    layer = next((thing for thing in things if thing[:1].isupper()), things[0])
    unknown = next((one for one in things if one != layer and _own_key(one) is not None), None)
    if unknown is not None:
        meant = str(_own_key(unknown))
        return Problem(
            "ARC101",
            f"an item has no key `{unknown}`",
            (*loc, unknown),
            help=f"did you mean `{meant}`?",
            changes=() if meant in mapping else (Change("replace_key", (*loc, unknown), meant),),
        )
    others = [thing for thing in things if thing != layer]
    if all(other[:1].islower() for other in others):
        names = listed(others)
        return Problem(
            "ARC115",
            f"{names} stands beside {layer}, but arguments stand inside it",
            (*loc, others[0]),
            help=f"write `{layer}: {{…, {others[0]}: {shown(mapping[others[0]])}}}`",
            changes=tuple(
                change
                for other in others
                for change in (
                    Change("set_argument", (*loc, layer), mapping[other], other),
                    Change("remove_entry", (*loc, other)),
                )
            ),
        )
    return Problem(
        "ARC115",
        f"one item holds one layer, but {listed(things)} stand here",
        (*loc, others[0]),
        help=f"begin a new item with `- {others[0]}`",
    )


def _own_key(written: str) -> str | None:
    """The key of an item that is meant by a word beside a layer."""
    return next((key for key, words in MEANT.items() if written in words), closest(written, OWN_KEYS))


def _name(mapping: dict[str, object], loc: Loc, problems: list[Problem]) -> str | None:
    name = mapping.get("name")
    if name is None:
        return None
    if isinstance(name, str) and name.isidentifier():
        return name
    if name is not UNKNOWN:
        problems.append(bad_name(name, (*loc, "name")))
    return None


def _faulty_name(name: object) -> str | None:
    if name is None or (isinstance(name, str) and name.isidentifier()):
        return None
    return name if isinstance(name, str) else FAULTY_RESULT


def bad_name(name: object, loc: Loc, *, on_key: bool = False) -> Problem:
    return Problem(
        "ARC105",
        f"{shown(name)} is no name: a name is letters, digits and `_`, and does not begin with a digit",
        loc,
        on_key=on_key,
        help="lower_snake_case is the custom, for example `next_word`",
    )


def _sources(
    mapping: dict[str, object], thing: str, loc: Loc, problems: list[Problem]
) -> tuple[tuple[Source, ...] | None, bool]:
    if "from" not in mapping:
        return None, False
    value, place = mapping["from"], (*loc, "from")
    if isinstance(value, str):
        return (value,), False
    if isinstance(value, dict) and value:
        return (), False  # its arguments have names of their own
    names = cast(list[object], value) if isinstance(value, list) else []
    fitting = (str, int, float) if thing.startswith("ops.") else (str,)
    wrong = next((index for index, name in enumerate(names) if not isinstance(name, fitting)), None)
    if names and wrong is None:
        return tuple(cast("list[Source]", names)), True
    if names == [] and isinstance(value, list) and thing.startswith("ops."):
        return (), True
    faulty: object = cast("object", value) if wrong is None else names[wrong]
    if faulty is not UNKNOWN:
        problems.append(
            Problem(
                "ARC103",
                f"`from` is a name or a list of names, but {described(faulty)} stands here",
                place if wrong is None else (*place, wrong),
                on_key=False,
                help="name an input or a layer, for example `from: previous`",
            )
        )
    return (None,), False


def _result_names(mapping: dict[str, object], loc: Loc, problems: list[Problem]) -> tuple[str, ...]:
    value = mapping.get("outputs")
    if value is None:
        return ()
    names = cast(list[object], value) if isinstance(value, list) else [value]
    found: list[str] = []
    for index, name in enumerate(names):
        good = isinstance(name, str) and name.isidentifier()
        found.append(str(name) if good else FAULTY_RESULT)
        if not good and name is not UNKNOWN:
            problems.append(bad_name(name, (*loc, "outputs", index) if isinstance(value, list) else (*loc, "outputs")))
    return tuple(found)


def _trainable(mapping: dict[str, object], loc: Loc, problems: list[Problem]) -> bool:
    value = mapping.get("trainable", True)
    if isinstance(value, bool):
        return value
    if value is not UNKNOWN:
        meant = _TRUTH.get(value.lower()) if isinstance(value, str) else None
        place = (*loc, "trainable")
        problems.append(
            Problem(
                "ARC103",
                f"`trainable` is true or false, but {described(value)} stands here",
                place,
                on_key=False,
                help=f"write {str(meant).lower()}" if meant is not None else "write `trainable: false` to freeze it",
                changes=(Change("replace_value", place, meant),) if meant is not None else (),
            )
        )
    return True


_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
