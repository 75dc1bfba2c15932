"""What an item of the spec makes: a class of Keras with its arguments, found in the catalog and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcompiler.diagnostics import Loc
from archcompiler.layers.catalog import Entry

if TYPE_CHECKING:
    from archcompiler.layers.custom import Custom

OBJECT_SECTIONS: Mapping[str, str] = {
    "activation": "activations", "initializer": "initializers", "regularizer": "regularizers",
    "constraint": "constraints", "layer": "layers", "layers": "layers", "cells": "layers", "loss": "losses",
    "metric": "metrics", "optimizer": "optimizers", "schedule": "schedules",
}  # fmt: skip
"""Kinds of arguments that name a Keras object, and the section of the catalog it comes from."""


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
    custom: Custom | None = field(default=None, repr=False)
    """Where it is a class of the user's own."""

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


HOLDERS = frozenset(("MultiHeadAttention", "GroupQueryAttention", "Pipeline"))
"""Layers that make layers of their own when they are built."""


def holds_layers(thing: Thing) -> bool:
    """Whether a layer has others within it, which learn on where it is made with `trainable=False`."""
    wraps = any(name in thing.given for name in ("layer", "cell", "backward_layer"))
    return wraps or thing.class_name in HOLDERS or thing.custom is not None
