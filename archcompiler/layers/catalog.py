"""The catalog: every Keras layer, optimizer, loss … with its arguments, read without Keras.

It comes from `schemas/keras_layers.json`, which `python -m archcompiler.build.catalog` writes from the installed Keras.
A check looks up a few names out of hundreds, so entries are made when they are first asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias, cast

from archcompiler.resources import schema_text

Kind: TypeAlias = Literal[
    "size",  # a positive whole number
    "count",  # a whole number, 0 or more
    "integer",  # a whole number
    "number",  # whole or not
    "fraction",  # a number between 0 and 1, both included
    "boolean",
    "string",
    "choice",  # one of `choices`; with `any_case`, in capitals too
    "sizes",  # a positive whole number, or a list of `rank` of them (of any length where rank is None)
    "counts",  # the same, from 0
    "margins",  # a count, or a list of `rank` counts or pairs of counts; for rank 1 a count or one pair
    "integers",  # a whole number or a list of them
    "numbers",  # a number or a list (of lists) of them
    "shape",  # a list of positive whole numbers and nulls
    "new_shape",  # a list of whole numbers from 0, one of which may be -1: whatever is left
    "permutation",  # a list of the numbers 1 … n, each once
    "partial_shape",  # a positive whole number, or a list of them and of nulls
    "activation",  # the next five: a string that Keras knows, or `Thing: arguments`
    "initializer",
    "regularizer",
    "constraint",
    "dtype",  # the name of a dtype or of a mixed-precision policy
    "layer",
    "layers",  # a list of layers
    "cells",  # an RNN cell or a list of them
    "loss",
    "metric",
    "optimizer",
    "schedule",  # a number or a learning-rate schedule
    "list",
    "mapping",
    "any",
    "tensor",  # of an operation: what `from` names, or a number or a list of numbers
    "tensors",  # of an operation: a list of tensors, which `from` names
]

SECTIONS = (
    "layers",
    "optimizers",
    "schedules",
    "losses",
    "metrics",
    "initializers",
    "regularizers",
    "constraints",
    "callbacks",
    "activations",
    "ops",
)


@dataclass(frozen=True, slots=True)
class Argument:
    """One constructor argument. `default` counts where it is not `required`, `rank` where the kind has a length."""

    name: str
    kind: Kind
    required: bool
    default: Any
    nullable: bool
    choices: tuple[str | int | bool, ...]
    any_case: bool
    rank: int | None
    doc: str

    @property
    def is_tensor(self) -> bool:
        """Whether an operation is called on it: `from` names it."""
        return self.kind in ("tensor", "tensors")


@dataclass(frozen=True, slots=True)
class Entry:
    """A Keras class (or activation function) and its arguments, in the order of its signature.

    `base_arguments` are what every layer takes besides (`name`, `dtype`, `trainable` …), less what this one refuses.
    `abstract` classes are there to be subclassed, not used.
    """

    name: str
    section: str
    doc: str
    arguments: dict[str, Argument]
    base_arguments: dict[str, Argument]
    abstract: bool

    @property
    def required(self) -> list[Argument]:
        """The arguments that must be written."""
        return [one for one in self.arguments.values() if one.required and not one.is_tensor]


class Entries(Mapping[str, Entry]):
    """The entries of one section, each made when it is first looked up."""

    __slots__ = ("_base", "_made", "_raw", "_section")

    def __init__(self, section: str, raw: dict[str, Any], base: list[dict[str, Any]]) -> None:
        self._section = section
        self._raw = raw
        self._base = base
        self._made: dict[str, Entry] = {}

    def __getitem__(self, name: str) -> Entry:
        entry = self._made.get(name)
        if entry is None:
            entry = self._made[name] = self._make(name, self._raw[name])
        return entry

    def __contains__(self, name: object) -> bool:
        return name in self._raw

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def _make(self, name: str, raw: dict[str, Any]) -> Entry:
        refused: list[str] = raw.get("refuses", [])
        return Entry(
            name,
            self._section,
            raw["doc"],
            {argument["name"]: _argument(argument) for argument in raw["arguments"]},
            {argument["name"]: _argument(argument) for argument in self._base if argument["name"] not in refused},
            raw.get("abstract", False),
        )


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing.

    `aliases`: other names of a class (`Convolution1D` for `Conv1D`). `strings`: Keras's string identifiers, each with
    the entry it stands for. Four stand for themselves, as Keras chooses by the output's shape: the metrics `accuracy`
    and `acc`, the losses `crossentropy` and `ce`.
    """

    name: str
    entries: Mapping[str, Entry]
    aliases: dict[str, str]
    strings: dict[str, str]


@dataclass(frozen=True, slots=True)
class Catalog:
    keras_version: str
    sections: dict[str, Section]


@cache
def catalog() -> Catalog:
    """The catalog that is checked in."""
    return from_raw(json.loads(schema_text("keras_layers.json")))


def from_raw(raw: dict[str, Any]) -> Catalog:
    """The catalog in the parsed JSON `raw`."""
    sections: dict[str, Section] = {}
    for name in SECTIONS:
        part = raw[name]
        base: list[dict[str, Any]] = raw["base_arguments"] if name == "layers" else []
        sections[name] = Section(name, Entries(name, part["entries"], base), part["aliases"], part["strings"])
    return Catalog(raw["keras"], sections)


def find(section: str, name: str) -> Entry | None:
    """The entry called `name`, or known by that alias, in `section`; string identifiers are not looked at."""
    part = catalog().sections[section]
    return part.entries.get(part.aliases.get(name, name))


def _argument(raw: dict[str, Any]) -> Argument:
    default = raw.get("default")
    return Argument(
        raw["name"],
        cast(Kind, raw["kind"]),
        raw.get("required", False),
        default,
        raw.get("nullable", False),
        tuple(raw.get("choices", ())),
        raw.get("any_case", False),
        raw.get("rank"),
        raw["doc"],
    )
