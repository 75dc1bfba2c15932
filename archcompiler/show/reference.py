"""The catalog as a person reads it: the list of layers, and all there is to know of one Keras object."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from archcompiler.flow import to_flow
from archcompiler.layers import FAMILIES, LAYERS
from archcompiler.layers.catalog import SECTIONS, Argument, Entry, catalog
from archcompiler.layers.refused import REFUSED
from archcompiler.layers.slips import NOUNS
from archcompiler.layers.things import OBJECT_SECTIONS
from archcompiler.layers.values import CHECKS
from archcompiler.show.samples import sample
from archcompiler.show.shapes import examples
from archcompiler.suggest import closest
from archcompiler.wording import article

WIDTH = 100
INPUTS = {
    "one": "one tensor",
    "several": "two tensors or more, as a list in `from`",
    "two": "two tensors, `from: [a, b]`",
}
MASKS = {
    "keep": "kept: it travels on with the output",
    "use": "used here, and ends here",
    "drop": "lost here",
    "own": "as the arguments say",
}
TIMES = {
    "same": "that step alone",
    "past": "that step and those before it",
    "all": "all steps, later ones too",
    "none": "no step of the input matches a step of the output",
    "inner": "as much as the wrapped layer does",
}


def families() -> Iterator[tuple[str, list[Entry]]]:
    """The layers by family; those that a spec cannot describe come last."""
    layers = catalog().sections["layers"].entries
    for family in FAMILIES:
        title = family.__name__.rpartition(".")[2].replace("_", " ")
        yield title, [layers[row.name] for row in family.ROWS if row.name in layers]
    yield "not described by a spec", [layers[name] for name in REFUSED]


def listing() -> str:
    """Every layer with its one-line documentation, then the names of everything else."""
    lines: list[str] = []
    for title, entries in families():
        lines += [title, *(f"  {entry.name:<24}  {_short(entry.doc)}" for entry in entries), ""]
    for section in SECTIONS[1:]:
        part = catalog().sections[section]
        names = ", ".join(name for name, entry in part.entries.items() if not entry.abstract)
        lines += [section, *textwrap.wrap(names, WIDTH, initial_indent="  ", subsequent_indent="  "), ""]
    lines.append("`archcompiler layers NAME` tells all about one of them.")
    return "\n".join(lines)


def found(name: str) -> list[Entry]:
    """Every entry called `name`, by its own name, by an alias or by Keras's string for it."""
    parts = [catalog().sections[section] for section in SECTIONS]
    exact = [part.entries[name] for part in parts if name in part.entries]
    aliased = [part.entries[part.aliases[name]] for part in parts if name in part.aliases]
    strings = [part.entries[part.strings[name]] for part in parts if part.strings.get(name) in part.entries]
    return list({(entry.section, entry.name): entry for entry in (*exact, *aliased, *strings)}.values())


def nearest(name: str) -> str | None:
    """The name that was most likely meant; a layer's, where one is as near as anything else."""
    sections = catalog().sections
    layers = sections["layers"]
    near = closest(name, (*layers.entries, *layers.aliases))
    return near or closest(name, (word for part in sections.values() for word in (*part.entries, *part.strings)))


def reference(entry: Entry) -> str:
    """All about one entry: what it is, what it takes and gives, its arguments, and how it is written."""
    lines = [f"{entry.name}: {article(NOUNS[entry.section])}", *textwrap.wrap(_sentence(entry.doc), WIDTH), ""]
    lines += [*_signature(entry), ""]
    names = _other_names(entry)
    if names:
        lines += [f"Also called: {', '.join(names)}", ""]
    if entry.section == "layers":
        lines += [*_behaviour(entry), ""]
    common = {name: one for name, one in entry.base_arguments.items() if name not in entry.arguments}
    for title, arguments in (("Arguments", entry.arguments), ("Arguments of every layer", common)):
        if arguments:
            lines += [title, *(line for one in arguments.values() for line in _argument(one)), ""]
    if entry.abstract:
        lines.append("It is there to be subclassed, and cannot stand in a spec.")
    elif (written := sample(entry)) is not None:
        lines += ["Example", textwrap.indent(written, "  ")]
    elif entry.name not in REFUSED:
        lines.append("It needs arguments, and an activation stands in a spec by its name alone.")
    return "\n".join(lines)


def _signature(entry: Entry) -> list[str]:
    shown = [
        argument.name if argument.required else f"{argument.name}={to_flow(argument.default)}"
        for argument in entry.arguments.values()
    ]
    indent = " " * (len(entry.name) + 1)
    return textwrap.wrap(
        f"{entry.name}({', '.join(shown)})", WIDTH, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _behaviour(entry: Entry) -> Iterator[str]:
    """What the layer takes and gives, from its row."""
    if entry.name in REFUSED:
        yield ". ".join(REFUSED[entry.name]) + "."
        return
    row = LAYERS.get(entry.name)
    if row is None:
        return
    yield f"Takes    {row.needs}; {INPUTS[row.inputs]}"
    gives = (row.rule.__doc__ or "").strip()
    if gives:
        yield from textwrap.wrap(" ".join(gives.split()), WIDTH, initial_indent="Gives    ", subsequent_indent=" " * 9)
    yield from _shapes(entry)
    if row.weights:
        yield f"Weights  {row.weights}"
    yield f"Mask     {MASKS[row.mask]}"
    yield (
        f"Time     a step of the output has seen {TIMES[row.time]}"
        if row.time != "none"
        else f"Time     {TIMES['none']}"
    )


def _shapes(entry: Entry) -> Iterator[str]:
    """A small table: shapes that the layer takes, what it gives for each, and how many numbers it then holds."""
    rows = [
        (" and ".join(map(str, one.given)), " and ".join(map(str, one.result.outputs)), one.params)
        for one in examples(entry)
    ]
    if not rows:
        return
    yield "Shapes   with the arguments of the example below"
    given, gives = (max(len(str(row[side])) for row in rows) for side in (0, 1))
    for left, right, params in rows:
        count = f"{params:,} weights" if params else ""
        yield f"         {left:<{given}}  →  {right:<{gives}}  {count}".rstrip()


def _argument(argument: Argument) -> Iterator[str]:
    default = "required" if argument.required else f"default {to_flow(argument.default)}"
    yield f"  {argument.name}: {kind_in_words(argument)}; {default}"
    if argument.doc:
        yield from textwrap.wrap(_sentence(argument.doc), WIDTH, initial_indent="      ", subsequent_indent="      ")


def kind_in_words(argument: Argument) -> str:
    """What the argument may be: `a positive whole number`, `an activation: its name or …`."""
    section = OBJECT_SECTIONS.get(argument.kind)
    if section is None:
        words = CHECKS[argument.kind][0](argument)
    elif argument.kind == "schedule":
        words = "a number, or a learning-rate schedule as `Name: arguments`"
    elif argument.kind == "layer":
        words = "a layer, as `Layer: arguments`, or a model of the spec by name"
    elif argument.kind in ("layers", "cells"):
        words = {"layers": "a list of layers", "cells": "a cell or a list of cells"}[argument.kind]
    else:
        words = f"{article(NOUNS[section])}, by name or as `Name: arguments`"
    return words + (", or null" if argument.nullable else "")


def _other_names(entry: Entry) -> list[str]:
    part = catalog().sections[entry.section]
    named = [*part.aliases.items(), *part.strings.items()]
    return list(dict.fromkeys(other for other, name in named if name == entry.name and other != entry.name))


def _short(doc: str) -> str:
    return textwrap.shorten(doc, WIDTH - 28, placeholder=" …")


def _sentence(doc: str) -> str:
    """Keras's docstring, begun as a sentence is."""
    return doc[:1].upper() + doc[1:]
