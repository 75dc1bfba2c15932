"""Optimizers and schedules: arguments that Keras refuses when the object is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import cast

from archcompiler.diagnostics import Change, Loc, Problem
from archcompiler.layers.catalog import Entry
from archcompiler.layers.values import is_number, is_whole
from archcompiler.wording import listed, shown

Bounds = tuple[float, float, str]

REFUSED: Mapping[str, Bounds] = {
    "SGD.momentum": (0, 1, "a number from 0 to 1"),
    "Ftrl.initial_accumulator_value": (0, inf, "0 or more"),
    "Ftrl.learning_rate_power": (-inf, 0, "0 or less"),
    "Ftrl.l1_regularization_strength": (0, inf, "0 or more"),
    "Ftrl.l2_regularization_strength": (0, inf, "0 or more"),
    "Ftrl.l2_shrinkage_regularization_strength": (0, inf, "0 or more"),
    "gradient_accumulation_steps": (2, inf, "2 or more, or null"),
}
ABOVE: Mapping[str, Bounds] = {
    "Lion.beta_1": (0, 1, "a number above 0, and at most 1"),
    "decay_steps": (0, inf, "above 0"),
    "first_decay_steps": (0, inf, "above 0"),
}
"""The same, where the least number itself is refused."""

CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")


def as_floats(entry: Entry, given: Mapping[str, object]) -> dict[str, object]:
    """Numbers of an optimizer as fractions: Keras refuses the whole ones, 1, as a learning rate or a momentum."""
    found = dict(given)
    for name, value in given.items():
        argument = entry.arguments.get(name)
        if argument is not None and argument.kind in ("schedule", "number") and is_whole(value):
            found[name] = float(cast(int, value))
    return found


def refusals(entry: Entry, given: Mapping[str, object], loc: Loc) -> Iterator[Problem]:
    """What Keras refuses of an optimizer or a schedule whose arguments have the right types."""
    for table, open_below in ((REFUSED, False), (ABOVE, True)):
        for argument, value in given.items():
            bounds = table.get(f"{entry.name}.{argument}") or table.get(argument)
            if bounds is None or not is_number(value):
                continue
            number = cast(float, value)
            if not bounds[0] <= number <= bounds[1] or (open_below and number == bounds[0]):
                yield _out(entry, argument, number, bounds, (*loc, argument))
    clips = [name for name in CLIPPING if given.get(name) is not None]
    if len(clips) > 1:
        message = f"{entry.name} clips in one way, but {listed(clips)} are given"
        yield Problem("ARC209", message, (*loc, clips[1]), help=f"keep one of {listed(clips)}")
    for name in ("boundaries", "values"):
        entries = given.get(name)
        for at, one in enumerate(cast("list[object]", entries) if isinstance(entries, list) else []):
            if not is_number(one):
                message = f"`{name}` of {entry.name} are numbers, but {shown(one)} stands among them"
                yield Problem("ARC113", message, (*loc, name, at), False, help="write a number")
    boundaries, values = given.get("boundaries"), given.get("values")
    if isinstance(boundaries, list) and isinstance(values, list):
        steps, rates = len(cast("list[object]", boundaries)), len(cast("list[object]", values))
        if steps != rates - 1:
            message = f"{rates} values need {rates - 1} boundaries between them, but {steps} are given"
            help = "give one value more than there are boundaries"
            yield Problem("ARC209", message, (*loc, "boundaries"), help=help)


def _out(entry: Entry, argument: str, value: float, bounds: Bounds, loc: Loc) -> Problem:
    argument_default = entry.arguments[argument].default
    default = argument_default if is_number(argument_default) else None
    meant = share(value) if bounds[:2] == (0, 1) else None
    usual = f"its default is {default}" if default is not None else f"give a number that is {bounds[2]}"
    change = (Change("replace_value", loc, meant),) if meant is not None else ()
    return Problem(
        "ARC113",
        f"`{argument}` of {entry.name} is {bounds[2]}, but {value:g} is given",
        loc,
        on_key=False,
        help=f"write `{argument}: {meant:g}`" if meant is not None else usual,
        changes=change,
        safe=False,
    )


def share(value: float) -> float | None:
    """What a whole number above 1 is likely to mean as a share: 9 is 0.9, and 999 is 0.999."""
    return float(f"0.{int(value)}") if 1 < value < 10_000 and value == int(value) else None
