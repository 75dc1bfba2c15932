"""`Thing: arguments` made into a `Thing`: the class found in the catalog, every argument checked by name and value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from archcompiler.diagnostics import Change, Loc, Problem
from archcompiler.layers.catalog import Argument, Entry, catalog, find
from archcompiler.layers.older_forms import older_form
from archcompiler.layers.refused import refused_class
from archcompiler.layers.slips import (
    NOUNS,
    NUMBERED,
    activation_with_arguments,
    bad_name,
    bad_value,
    beside,
    loose_value,
    positional_list,
    unknown_argument,
    unknown_class,
    unknown_object,
    written_as_call,
)
from archcompiler.layers.things import OBJECT_SECTIONS, ModelName, Thing
from archcompiler.layers.values import is_number, mismatch, taken
from archcompiler.wording import article, listed, shown

if TYPE_CHECKING:
    from archcompiler.layers.custom import Custom

OWN_SECTIONS = ("layers", "losses")
"""What classes of the user's own may be."""


class ThingReader:
    """Makes things out of the spec's data; what is wrong is added to `problems`."""

    def __init__(
        self,
        problems: list[Problem],
        models: frozenset[str] = frozenset(),
        unknown: object = None,
        dtype: str | None = None,
        custom: Mapping[str, Custom] | None = None,
    ) -> None:
        self.problems = problems
        self.custom = custom or {}
        """The user's own classes, by name."""
        self.models = models
        self._unknown = unknown
        """The stand-in for a value whose own mistake is already reported."""
        self.dtype = dtype
        """That of layers which do not say their own."""
        self.lacking = False
        """Whether there may be classes of the user's own of which nothing is known."""
        self.in_sight: Mapping[str, object] = {}
        """The params that what is read may use, and their values."""

    def read(self, section: str, class_name: str, value: object, loc: Loc) -> Thing | None:
        """The thing `class_name: value` that stands at `loc`, or None when something in it is wrong."""
        entry = self.find(section, class_name)
        if entry is None and self.lacking and section in OWN_SECTIONS:
            return None
        if entry is None or entry.abstract:
            self.problems.append(unknown_class(section, class_name, loc, tuple(self.custom), value))
            return None
        refused = refused_class(entry.name, loc) if section == "layers" else None
        if refused is not None:
            self.problems.append(refused)
            return None
        if value is self._unknown and value is not None:
            return None
        before = len(self.problems)
        given, shorthand = self._arguments(entry, value, loc)
        if any(not one.is_warning for one in self.problems[before:]) or any(
            v is self._unknown and v is not None for v in given.values()
        ):
            return None
        if section in ("optimizers", "schedules"):
            from archcompiler.layers.optimizers import as_floats, refusals

            given = as_floats(entry, given)
            wrong = list(refusals(entry, given, loc))
            self.problems.extend(wrong)
            if wrong:
                return None
        if section == "layers" and self.dtype is not None and _computes(entry):
            given.setdefault("dtype", self.dtype)
        custom = self.custom.get(class_name)
        if custom is not None and not custom.path:
            return None  # its own mistake is told
        return Thing(entry.name, section, given, loc, shorthand, entry, custom)

    def find(self, section: str, name: str) -> Entry | None:
        """The entry of a class of Keras, or of one of the user's own."""
        own = self.custom.get(name)
        return own.entry if own is not None and own.entry.section == section else find(section, name)

    def read_object(self, section: str, value: object, loc: Loc, argument: str | None = None) -> object:
        """An object given by Keras's string for it, by its bare class, or as `{Class: arguments}`.

        Returns the string, the `Thing`, or None when it is wrong. `argument` is what it is given for, in words.
        """
        part = catalog().sections[section]
        if isinstance(value, str):
            if value in part.strings:
                self._require_none(part.strings[value], section, value, loc)
                return value
            if (value[:1].isupper() or value in self.custom) and self.find(section, value) is not None:
                return self.read(section, value, None, loc)
            if section == "optimizers" and value.lower() in part.strings:
                return value.lower()  # of these alone Keras takes any case (`keras.optimizers.get`)
            if not (self.lacking and section in OWN_SECTIONS):
                self.problems.append(unknown_object(section, value, loc))
            return None
        mapping = as_mapping(value)
        if mapping is not None and len(mapping) == 1:
            ((name, arguments),) = mapping.items()
            if find(section, name) is None and name in part.strings and find(section, part.strings[name]) is not None:
                name_of_class = part.strings[name]
                return self.read(section, name_of_class, arguments, (*loc, name))
            return self.read(section, name, arguments, (*loc, name))
        noun = NOUNS[section]
        what = f"{argument} is {article(noun)}: its name" if argument else f"{article(noun)} is a name"
        meant = {NUMBERED[section]: value} if section in NUMBERED and is_number(value) else None
        self.problems.append(
            Problem(
                "ARC113",
                f"{what} or `Name: arguments`, but {shown(value)} stands here",
                loc,
                on_key=False,
                help=f"write `{shown(meant)}`" if meant else None,
                changes=(Change("replace_value", loc, meant),) if meant else (),
                safe=False,
            )
        )
        return None

    def _require_none(self, class_name: str, section: str, value: str, loc: Loc) -> None:
        """A string stands for the object with its defaults, so nothing may be without one."""
        entry = find(section, class_name)
        missing = [argument.name for argument in entry.arguments.values() if argument.required] if entry else []
        if missing:
            self.problems.append(
                Problem(
                    "ARC112",
                    f"the {NOUNS[section]} `{value}` needs {listed(missing)}, which a name alone does not give",
                    loc,
                    on_key=False,
                    help="use another, or a layer that does the same" if section == "activations" else None,
                )
            )

    def _arguments(self, entry: Entry, value: object, loc: Loc) -> tuple[dict[str, object], bool]:
        """What is given, and whether it is written in shorthand."""
        first = first_argument(entry)
        if value is None:
            self._require(entry, {}, loc)
            return {}, True
        mapping = as_mapping(value)
        if mapping is not None and first is not None and first.kind == "layer":
            from archcompiler.layers.wrapped import misplaced

            problem = misplaced(entry, first, mapping, loc, self.find, self._unknown)
            if problem is not None:
                self.problems.append(problem)
                return {}, False
        if mapping is not None and not self._is_nested_first(entry, first, mapping):
            return self._mapping(entry, mapping, loc), False
        if first is None and as_list(value) is not None and entry.section == "layers" and loc[-1] == entry.name:
            self.problems.append(beside(entry.name, "from", value, loc))
            return {}, True
        if first is None:
            self.problems.append(
                Problem(
                    "ARC111",
                    f"{entry.name} takes no argument, but {shown(value)} is given",
                    loc,
                    on_key=False,
                    help=f"write `{entry.name}` alone",
                    changes=(Change("replace_value", loc),),
                )
            )
            return {}, True
        if self._is_positional_list(entry, first, value, loc):
            return {}, True
        if isinstance(value, str) and ("," in value or "=" in value) and mismatch_of(first, value) is not None:
            from archcompiler.layers.meant import as_call

            call = as_call(entry, value)
            if call is not None:
                self.problems.append(written_as_call(entry, value, call, loc))
                return {}, True
        made = self._value(entry, first, value, loc)
        given = {first.name: made}
        if made is not self._unknown:
            self._require(entry, given, loc)
        return given, True

    def _is_nested_first(self, entry: Entry, first: Argument | None, value: dict[str, object]) -> bool:
        """Whether the mapping is the first argument itself: `TimeDistributed: {Dense: 10}`."""
        if first is None or first.kind not in OBJECT_SECTIONS or len(value) != 1:
            return False
        (key,) = value
        return key not in entry.arguments and key not in entry.base_arguments and str(key)[:1].isupper()

    def _is_positional_list(self, entry: Entry, first: Argument, value: object, loc: Loc) -> bool:
        """`Embedding: [20000, 128]` is `Embedding([20000, 128])`: an easy slip, with a message of its own."""
        values = as_list(value)
        if values is None or mismatch_of(first, value) is None:
            return False
        names = list(entry.arguments)[: len(values)]
        if len(values) < 2 or len(names) < len(values) or first.kind in OBJECT_SECTIONS:
            return False
        self.problems.append(positional_list(entry, first, dict(zip(names, values, strict=True)), value, loc))
        return True

    def _mapping(self, entry: Entry, value: dict[str, object], loc: Loc) -> dict[str, object]:
        given: dict[str, object] = {}
        before = len(self.problems)
        older = None
        if any(name not in entry.arguments and name not in entry.base_arguments for name in value):
            older = older_form(entry, value, loc)
        if older is not None:
            self.problems.append(older[0])
        for name, raw in value.items():
            if older is not None and name in older[1]:
                continue
            argument = entry.arguments.get(name) or entry.base_arguments.get(name)
            if argument is None:
                self.problems.append(unknown_argument(entry, name, raw, value, (*loc, name)))
                continue
            given[name] = self._value(entry, argument, raw, (*loc, name))
            if name == "name" and entry.section == "layers" and isinstance(raw, str) and not raw.isidentifier():
                self.problems.append(bad_name(raw, (*loc, name)))
        told = self.problems[before:]
        unsettled = any(one.code in ("ARC111", "ARC114") and one.loc[:-1] == loc for one in told)
        if not unsettled:
            self._require(entry, given, loc)
        return given

    def _require(self, entry: Entry, given: Mapping[str, object], loc: Loc) -> None:
        missing = [argument for argument in entry.required if argument.name not in given]
        if missing:
            names = listed(argument.name for argument in missing)
            first = missing[0]
            example = f"{entry.name}: {{{', '.join(f'{a.name}: …' for a in missing)}}}"
            self.problems.append(
                Problem(
                    "ARC112", f"{entry.name} needs {names}: {first.doc.rstrip('.')}", loc, help=f"write `{example}`"
                )
            )

    def _value(self, entry: Entry, argument: Argument, raw: object, loc: Loc) -> object:
        """The argument's value checked, objects made into `Thing`s; the unknown stand-in where it is wrong."""
        if raw is self._unknown or (raw is None and argument.nullable):
            return raw
        section = OBJECT_SECTIONS.get(argument.kind)
        if section is None or (argument.kind == "schedule" and isinstance(raw, (int, float))):
            wrong = mismatch(raw, argument) if section is None else _bad_rate(raw)
            if wrong is None:
                return raw
            instead = taken(raw, argument)
            if instead is not None:
                self.problems.append(loose_value(entry, argument, raw, instead, wrong, loc))
                return instead
            self.problems.append(bad_value(entry, argument, raw, wrong, loc, self.in_sight))
            return self._unknown
        if argument.kind in ("cells", "layers") and isinstance(raw, list):
            cells = [self._layer(one, (*loc, index)) for index, one in enumerate(cast(list[object], raw))]
            return cells if all(cell is not None for cell in cells) else self._unknown
        if section == "layers":
            return self._layer(raw, loc)
        if section == "activations" and isinstance(raw, dict):
            return self._activation(cast(dict[str, object], raw), loc)
        return self.read_object(section, raw, loc, f"`{argument.name}` of {entry.name}")

    def _layer(self, raw: object, loc: Loc) -> object:
        if raw is self._unknown and raw is not None:
            return None
        if isinstance(raw, str) and raw in self.models:
            return ModelName(raw, loc)
        if isinstance(raw, str):
            return self.read("layers", raw, None, loc)
        mapping = as_mapping(raw)
        if mapping is not None and len(mapping) == 1:
            ((name, arguments),) = mapping.items()
            return self.read("layers", str(name), arguments, (*loc, name))
        message = f"a layer is a name or `Layer: arguments`, but {shown(raw)} stands here"
        cell = f"write `cell: {{LSTMCell: {raw}}}`, or take `SimpleRNN: {raw}`" if loc[-1:] == ("cell",) else None
        cell = cell or ("`RNN` takes a cell, such as `RNN: {LSTMCell: 8}`" if loc[-1:] == ("RNN",) else None)
        self.problems.append(Problem("ARC113", message, loc, on_key=False, help=cell))
        return None

    def _activation(self, raw: dict[str, object], loc: Loc) -> object:
        """`activation: {ReLU: {max_value: 20}}`: an activation layer as the activation."""
        if len(raw) == 1:
            ((name, arguments),) = raw.items()
            if find("layers", str(name)) is not None:
                return self.read("layers", name, arguments, (*loc, name))
            if name in catalog().sections["activations"].strings and arguments not in (None, {}):
                self.problems.append(activation_with_arguments(str(name), arguments, (*loc, name)))
                return self._unknown
            return self.read_object("activations", name, (*loc, name))
        return self.read_object("activations", raw, loc)


def first_argument(entry: Entry) -> Argument | None:
    """What a value alone is given for: a class's first argument; of an operation the first beside its tensor."""
    arguments = list(entry.arguments.values())
    if entry.section == "ops":
        tensor = next((one for one in arguments if one.is_tensor), None)
        arguments = [one for one in arguments if one is not tensor]
    return arguments[0] if arguments else None


def _computes(entry: Entry) -> bool:
    """Whether a layer computes with floating numbers: codes and words have a dtype of their own."""
    takes_one = "dtype" in entry.base_arguments or "dtype" in entry.arguments
    return takes_one and entry.name not in OF_CODES


OF_CODES = ("Hashing", "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization")


def as_mapping(value: object) -> dict[str, object] | None:
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[object] | None:
    return cast("list[object]", value) if isinstance(value, list) else None


def mismatch_of(argument: Argument, value: object) -> str | None:
    """As `values.mismatch`; kinds that name objects match nothing but objects."""
    return "an object" if argument.kind in OBJECT_SECTIONS else mismatch(value, argument)


def _bad_rate(raw: object) -> str | None:
    rate = is_number(raw) and math.isfinite(cast(float, raw))
    return None if rate else "a number or a learning-rate schedule"
