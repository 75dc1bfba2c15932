"""A layer or an optimizer as older Keras had it, with several arguments of that time: one mistake, and today's form of
it as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.flow import to_flow
from archcompiler.layers import outdated
from archcompiler.layers.catalog import Entry, find
from archcompiler.layers.values import is_number
from archcompiler.wording import listed

SIZES: tuple[tuple[str, ...], ...] = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
"""Arguments that were one number each, and are a list in `kernel_size` today."""
LONGEST = 150
"""Of a form that is written out in a help."""


@dataclass(slots=True)
class Form:
    """Today's form of what is given: its arguments, what changes in the text, and what was of older Keras."""

    arguments: dict[str, object] = field(default_factory=dict[str, object])
    changes: list[Change] = field(default_factory=list[Change])
    old: dict[str, str] = field(default_factory=dict[str, str])
    """Each old argument, and what has become of it."""
    safe: bool = True


def renamed_to(entry: Entry, name: str) -> str | None:
    """Today's name of an argument."""
    own = outdated.RENAMED_OF.get(entry.name, {})
    new = own.get(name) or outdated.RENAMED_ARGUMENTS.get(entry.section, {}).get(name)
    return new if new in entry.arguments else None


def value_today(name: str, raw: object) -> object:
    """The value of a renamed argument, where that has become another too."""
    if isinstance(raw, str) and name.endswith("_constraint"):
        return outdated.RENAMED_STRINGS["constraints"].get(raw, raw)
    if name == "forget_bias_init" and raw in ("one", "ones", "zero", "zeros"):
        return raw in ("one", "ones")
    if name == "keep_prob" and is_number(raw) and 0 < cast("float", raw) <= 1:
        return round(1 - cast("float", raw), 6)
    return raw


def today(entry: Entry, given: Mapping[str, object], loc: Loc) -> Form:
    """What `given`, the arguments that stand at `loc`, would be in Keras 3; of what is no argument of any Keras too."""
    form = Form()
    sizes = next((one for one in SIZES if set(one) <= set(given) and "kernel_size" in entry.arguments), ())
    for name, raw in given.items():
        if raw is None and entry.section == "optimizers" and name in entry.arguments:
            _left_out(form, entry, name, loc)
        elif name in entry.arguments or name in entry.base_arguments:
            form.arguments[name] = raw
        elif name in sizes:
            _size(form, sizes, name, given, loc)
        elif name == "decay" and entry.section == "optimizers":
            _decay(form, given, loc)
        elif name == "dim_ordering" and raw == "th" and "data_format" in entry.arguments:
            _renamed(form, name, "data_format", "channels_first", loc, otherwise=True)
            form.safe = False
        elif (new := renamed_to(entry, name)) is not None and new not in given:
            value = value_today(name, raw)
            _renamed(form, name, new, value, loc, otherwise=value is not raw)
        elif name in outdated.REMOVED_ARGUMENTS.get(entry.section, {}):
            removed = outdated.REMOVED_ARGUMENTS[entry.section][name]
            is_default = name == "dim_ordering" and raw == "tf"
            form.old[name] = "remove it: that is how Keras orders the axes by default" if is_default else removed
            form.changes += [Change("remove_entry", (*loc, name)), *batch_beside(name, raw, given)]
            form.safe = False
        else:
            form.arguments[name] = raw
    return form


def _renamed(form: Form, name: str, new: str, value: object, loc: Loc, *, otherwise: bool) -> None:
    form.old[name] = f"`{new}` today" if not otherwise else f"`{new}: {to_flow(value)}` today"
    form.arguments[new] = value
    form.changes.append(Change("replace_key", (*loc, name), new))
    if otherwise:
        form.changes.append(Change("replace_value", (*loc, name), value))


def _left_out(form: Form, entry: Entry, name: str, loc: Loc) -> None:
    """`epsilon: null` of Keras 2, which stood for the default."""
    if entry.arguments[name].nullable and name != "epsilon":
        form.arguments[name] = None
        return
    form.old[name] = f"leave it out: without it, it is {to_flow(entry.arguments[name].default)}"
    form.changes.append(Change("remove_entry", (*loc, name)))


def _size(form: Form, names: tuple[str, ...], name: str, given: Mapping[str, object], loc: Loc) -> None:
    size = [given[one] for one in names]
    form.old[name] = f"one number of `kernel_size: {to_flow(size)}` today"
    form.arguments["kernel_size"] = size
    if name != names[0]:
        form.changes.append(Change("remove_entry", (*loc, name)))
        return
    form.changes.append(Change("replace_key", (*loc, name), "kernel_size"))
    form.changes.append(Change("replace_value", (*loc, name), size))


def _decay(form: Form, given: Mapping[str, object], loc: Loc) -> None:
    """`decay` of Keras 2 divided the rate by 1 + decay · step, which a schedule says today."""
    old = next((one for one in ("lr", "learning_rate") if one in given), None)
    rate, decay = given.get(old or ""), given["decay"]
    form.old["decay"] = outdated.REMOVED_ARGUMENTS["optimizers"]["decay"]
    form.safe = False
    if decay == 0 or old is None or not is_number(rate) or not is_number(decay):
        form.old["decay"] = "remove it: of 0 it does nothing" if decay == 0 else form.old["decay"]
        form.changes.append(Change("remove_entry", (*loc, "decay")))
        return
    schedule = {"InverseTimeDecay": {"initial_learning_rate": rate, "decay_steps": 1, "decay_rate": decay}}
    form.old["decay"] = "a schedule of `learning_rate` today"
    form.arguments["learning_rate"] = schedule
    form.changes.append(Change("remove_entry", (*loc, "decay")))
    form.changes.append(Change("replace_value", (*loc, old), schedule))


def batch_beside(name: str, raw: object, given: Mapping[str, object]) -> tuple[Change, ...]:
    """The size of the batch that a stateful layer had in an argument of its own."""
    first = next(iter(cast("list[object]", raw)), None) if isinstance(raw, list) else raw
    says = name in ("batch_input_shape", "batch_shape", "batch_size") and given.get("stateful") is True
    return (Change("set_key", (), first, "batch_size"),) if says and type(first) is int and first > 0 else ()


def older_class(name: str, new: str, given: Mapping[str, object], loc: Loc) -> Problem:
    """A class that is gone, with what becomes of its arguments."""
    entry = find("layers", new)
    form = today(entry, given, loc) if entry is not None else Form()
    help = f"use `{new}`{outdated.FURTHER.get(name, '')}"
    return Problem(
        "ARC114",
        f"Keras 3 has no {name} any more",
        loc,
        notes=tuple(PlacedNote(_note(one, became), (*loc, one)) for one, became in form.old.items()),
        help=f"write {written(new, form)}" if form.old else help,
        changes=(Change("replace_key", loc, new), *form.changes),
        safe=False,
    )


def older_form(entry: Entry, given: Mapping[str, object], loc: Loc) -> tuple[Problem, frozenset[str]] | None:
    """Several arguments of older Keras as one problem, and the arguments told with it; None for a single one."""
    form = today(entry, given, loc)
    if len(form.old) < 2:
        return None
    names = list(form.old)
    notes = tuple(PlacedNote(_note(name, form.old[name]), (*loc, name)) for name in names)
    changes = tuple(form.changes)
    if loc and loc[-1] != entry.name and str(loc[-1]).startswith("Convolution"):
        changes = (Change("replace_key", loc, entry.name), *changes)
    problem = Problem(
        "ARC114",
        f"{listed(names)} are arguments that {entry.name} had in older Keras",
        (*loc, names[0]),
        notes=notes[1:] if notes[0].message.endswith("today") else notes,
        help=f"write {written(entry.name, form)}",
        changes=changes,
        safe=form.safe,
    )
    return problem, frozenset(names)


def _note(name: str, became: str) -> str:
    return f"`{name}` is {became}" if became.endswith("today") else f"`{name}`: {became}"


def written(name: str, form: Form) -> str:
    """The whole form of today; where it is long, an argument at a time."""
    entries = [f"{one}: {_value(value)}" for one, value in form.arguments.items()]
    text = f"{name}: {{{', '.join(entries)}}}" if entries else name
    return f"`{text}`" if len(text) <= LONGEST else f"{name} with {listed(entries)}"


def _value(value: object) -> str:
    """A value in YAML; what could not be read stands open."""
    plain = value is None or isinstance(value, str | int | float | list | dict)
    return to_flow(cast("object", value)) if plain else "…"
