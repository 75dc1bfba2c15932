"""`Thing: arguments` made into a `Thing`: the class found in the catalog, every argument checked by name and value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from archcompiler.diagnostics import Change, Loc, Problem
from archcompiler.layers import outdated
from archcompiler.layers.catalog import Argument, Entry, catalog, find
from archcompiler.layers.values import is_number, mismatch
from archcompiler.suggest import closest
from archcompiler.wording import article, described, listed, shown

OBJECT_SECTIONS: Mapping[str, str] = {
    "activation": "activations", "initializer": "initializers", "regularizer": "regularizers",
    "constraint": "constraints", "layer": "layers", "layers": "layers", "cells": "layers", "loss": "losses",
    "metric": "metrics", "optimizer": "optimizers", "schedule": "schedules",
}  # fmt: skip
"""Kinds of arguments that name a Keras object, and the section of the catalog it comes from."""

NOUNS: Mapping[str, str] = {
    "layers": "layer", "activations": "activation", "initializers": "initializer", "regularizers": "regularizer",
    "constraints": "constraint", "losses": "loss", "metrics": "metric", "optimizers": "optimizer",
    "schedules": "learning-rate schedule", "callbacks": "callback",
}  # fmt: skip


NUMBERED: Mapping[str, str] = {"regularizers": "L2", "initializers": "Constant", "constraints": "MaxNorm"}
"""What a mere number probably means."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A Keras object to be made. `given` holds the arguments that the spec gives, nested objects as `Thing`s.

    `loc` is the place of the class' name; `shorthand` says that the arguments are no mapping (`Dense: 10`), so that
    they all lie at `loc`.
    """

    class_name: str
    section: str
    given: Mapping[str, object]
    loc: Loc
    shorthand: bool
    entry: Entry = field(repr=False)

    def __getitem__(self, name: str) -> object:
        """The argument as given, else its default."""
        if name in self.given:
            return self.given[name]
        argument = self.entry.arguments.get(name) or self.entry.base_arguments.get(name)
        return argument.default if argument else None

    def place(self, argument: str) -> Loc:
        """Where the argument is written, else where the class is."""
        return (*self.loc, argument) if argument in self.given and not self.shorthand else self.loc


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model of the spec where a layer is asked for: `TimeDistributed: sentence_encoder`."""

    name: str
    loc: Loc


class ThingReader:
    """Makes things out of the spec's data; what is wrong is added to `problems`."""

    def __init__(self, problems: list[Problem], models: frozenset[str] = frozenset(), unknown: object = None) -> None:
        self.problems = problems
        self.models = models
        self._unknown = unknown
        """The stand-in for a value whose own mistake is already reported."""

    def read(self, section: str, class_name: str, value: object, loc: Loc) -> Thing | None:
        """The thing `class_name: value` that stands at `loc`, or None when something in it is wrong."""
        entry = find(section, class_name)
        if entry is None or entry.abstract:
            self.problems.append(self.unknown_class(section, class_name, loc))
            return None
        if value is self._unknown and value is not None:
            return None
        before = len(self.problems)
        given, shorthand = self._arguments(entry, value, loc)
        if len(self.problems) > before or any(v is self._unknown and v is not None for v in given.values()):
            return None
        return Thing(entry.name, section, given, loc, shorthand, entry)

    def read_object(self, section: str, value: object, loc: Loc, argument: str | None = None) -> object:
        """An object given by Keras's string for it, by its bare class, or as `{Class: arguments}`.

        Returns the string, the `Thing`, or None when it is wrong. `argument` is what it is given for, in words.
        """
        part = catalog().sections[section]
        if isinstance(value, str):
            if value in part.strings:
                self._require_none(part.strings[value], section, value, loc)
                return value
            if value[:1].isupper() and find(section, value) is not None:
                return self.read(section, value, None, loc)
            self.problems.append(self._unknown_object(section, value, loc))
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

    def unknown_class(self, section: str, name: str, loc: Loc, extra: tuple[str, ...] = ()) -> Problem:
        noun = NOUNS[section]
        part = catalog().sections[section]
        today = outdated.RENAMED_CLASSES.get(name) if section == "layers" else None
        if today is not None:
            return Problem(
                "ARC114",
                f"Keras 3 has no {name} any more",
                loc,
                help=f"use `{today}`",
                changes=(Change("replace_key", loc, today),),
                safe=False,
            )
        near = closest(name, (*extra, *part.entries, *part.aliases))
        return Problem(
            "ARC110",
            f"there is no {noun} `{name}`" + ("" if section != "layers" else " in Keras or in this spec"),
            loc,
            help=f"did you mean `{near}`?" if near else f"`archcompiler layers` lists every {noun}",
            changes=(Change("replace_key", loc, near),) if near else (),
        )

    def _unknown_object(self, section: str, value: str, loc: Loc) -> Problem:
        part = catalog().sections[section]
        near = closest(value, (*part.strings, *part.entries))
        some = ", ".join(f"`{name}`" for name in sorted(part.strings)[:6])
        return Problem(
            "ARC113",
            f"there is no {NOUNS[section]} `{value}`",
            loc,
            on_key=False,
            help=f"did you mean `{near}`?" if near else f"there are {some} …",
            changes=(Change("replace_value", loc, near),) if near else (),
        )

    def _arguments(self, entry: Entry, value: object, loc: Loc) -> tuple[dict[str, object], bool]:
        """What is given, and whether it is written in shorthand."""
        first = next(iter(entry.arguments.values()), None)
        if value is None:
            self._require(entry, {}, loc)
            return {}, True
        mapping = as_mapping(value)
        if mapping is not None and not self._is_nested_first(entry, first, mapping):
            return self._mapping(entry, mapping, loc), False
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
        made = self._value(entry, first, value, loc)
        given = {first.name: made}
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
        written = dict(zip(names, values, strict=True))
        self.problems.append(
            Problem(
                "ARC113",
                f"`{entry.name}: {shown(value)}` gives the whole list to `{first.name}`, as "
                f"{entry.name}({shown(value)}) does",
                loc,
                on_key=False,
                help="name the arguments: " + ", ".join(f"{name}: {shown(v)}" for name, v in written.items()),
                changes=(Change("replace_value", loc, written),),
            )
        )
        return True

    def _mapping(self, entry: Entry, value: dict[str, object], loc: Loc) -> dict[str, object]:
        given: dict[str, object] = {}
        for name, raw in value.items():
            argument = entry.arguments.get(name) or entry.base_arguments.get(name)
            if argument is None:
                self.problems.append(_unknown_argument(entry, name, raw, value, (*loc, name)))
                if _today(entry, name) is not None:
                    given[str(_today(entry, name))] = self._unknown
                continue
            given[name] = self._value(entry, argument, raw, (*loc, name))
            if name == "name" and entry.section == "layers" and isinstance(raw, str) and not raw.isidentifier():
                self.problems.append(_bad_name(raw, (*loc, name)))
        unsettled = any(problem.code in ("ARC111", "ARC114") and problem.loc[:-1] == loc for problem in self.problems)
        if not unsettled:
            self._require(entry, given, loc)
        return given

    def _require(self, entry: Entry, given: Mapping[str, object], loc: Loc) -> None:
        missing = [a for a in entry.arguments.values() if a.required and a.name not in given]
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
            self.problems.append(_bad_value(entry, argument, raw, wrong, loc))
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
        if isinstance(raw, str) and raw in self.models:
            return ModelName(raw, loc)
        if isinstance(raw, str):
            return self.read("layers", raw, None, loc)
        mapping = as_mapping(raw)
        if mapping is not None and len(mapping) == 1:
            ((name, arguments),) = mapping.items()
            return self.read("layers", str(name), arguments, (*loc, name))
        message = f"a layer is a name or `Layer: arguments`, but {shown(raw)} stands here"
        self.problems.append(Problem("ARC113", message, loc, on_key=False))
        return None

    def _activation(self, raw: dict[str, object], loc: Loc) -> object:
        """`activation: {ReLU: {max_value: 20}}`: an activation layer as the activation."""
        if len(raw) == 1:
            ((name, arguments),) = raw.items()
            if find("layers", str(name)) is not None:
                return self.read("layers", name, arguments, (*loc, name))
            if name in catalog().sections["activations"].strings and arguments not in (None, {}):
                self.problems.append(_activation_with_arguments(str(name), arguments, (*loc, name)))
                return self._unknown
            return self.read_object("activations", name, (*loc, name))
        return self.read_object("activations", raw, loc)


def as_mapping(value: object) -> dict[str, object] | None:
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[object] | None:
    return cast("list[object]", value) if isinstance(value, list) else None


def mismatch_of(argument: Argument, value: object) -> str | None:
    """As `values.mismatch`; kinds that name objects match nothing but objects."""
    return "an object" if argument.kind in OBJECT_SECTIONS else mismatch(value, argument)


def _bad_name(name: str, loc: Loc) -> Problem:
    return Problem(
        "ARC105",
        f"{shown(name)} is no name: a name is letters, digits and `_`, and does not begin with a digit",
        loc,
        on_key=False,
        help="lower_snake_case is the custom, for example `next_word`",
    )


def _bad_rate(raw: object) -> str | None:
    return "a number or a learning-rate schedule" if isinstance(raw, bool) else None


def _bad_value(entry: Entry, argument: Argument, raw: object, expected: str, loc: Loc) -> Problem:
    near = closest(raw, (str(choice) for choice in argument.choices)) if isinstance(raw, str) else None
    help_text = f"did you mean `{near}`?" if near else None
    change = (Change("replace_value", loc, near),) if near else ()
    if isinstance(raw, str) and help_text is None:
        meant = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(raw.lower())
        if argument.kind == "boolean" and meant is not None:
            help_text, change = f"write {str(meant).lower()}, without quotes", (Change("replace_value", loc, meant),)
        elif raw.lstrip("-").isdigit() and mismatch(int(raw), argument) is None:
            help_text, change = f"write {raw}, without quotes", (Change("replace_value", loc, int(raw)),)
    if raw == "None" and argument.nullable:
        help_text, change = "YAML's None is `null`", (Change("replace_value", loc),)
    message = f"`{argument.name}` of {entry.name} is {expected}, but {shown(raw)} is given"
    return Problem("ARC113", message, loc, on_key=False, help=help_text or argument.doc or None, changes=change)


def _today(entry: Entry, name: str) -> str | None:
    new = outdated.RENAMED_ARGUMENTS.get(entry.section, {}).get(name)
    return new if new in entry.arguments else None


def _unknown_argument(entry: Entry, name: str, raw: object, given: Mapping[str, object], loc: Loc) -> Problem:
    today = _today(entry, name)
    if today is not None and today not in given:
        return Problem(
            "ARC114",
            f"`{name}` of {entry.name} was renamed in Keras",
            loc,
            help=f"write `{today}`",
            changes=(Change("replace_key", loc, today),),
        )
    known = [*entry.arguments, *entry.base_arguments]
    near = closest(name, [one for one in known if one not in given])
    removed = outdated.REMOVED_ARGUMENTS.get(entry.section, {}).get(name)
    if removed is not None:
        return Problem(
            "ARC114",
            f"Keras 3 has no `{name}` for {entry.name}",
            loc,
            help=removed,
            changes=(Change("remove_entry", loc),),
            safe=False,
        )
    return Problem(
        "ARC111",
        f"{entry.name} has no argument `{name}`",
        loc,
        help=f"did you mean `{near}`?" if near else f"its arguments are {listed(entry.arguments) or 'none'}",
        changes=(Change("replace_key", loc, near),) if near else (Change("remove_entry", loc),),
        safe=near is not None,
    )


def _activation_with_arguments(name: str, arguments: object, loc: Loc) -> Problem:
    """An activation is a function, called on a tensor alone; the layer of its name takes arguments."""
    plain = name.replace("_", "")
    layer = next((one for one in catalog().sections["layers"].entries if one.lower() == plain), None)
    return Problem(
        "ARC113",
        f"the activation `{name}` is a function and takes no arguments here, but {described(arguments)} is given",
        loc,
        help=f"the layer takes them: `activation: {{{layer}: …}}`" if layer else "use another, or a layer of its own",
        changes=(Change("replace_key", loc, layer),) if layer else (),
        safe=False,
    )
