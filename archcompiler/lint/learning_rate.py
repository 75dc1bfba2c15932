"""A learning rate beyond what learns (ARC421, learning-rate)

## What it does
Warns where the learning rate is below 1e-7, or above what the optimizer copes with: 1e-2 for Adam and its kin, 0.1 for
Adagrad, Ftrl and Muon, 0.05 for RMSprop, 1 for SGD, Adadelta and Adafactor. Of a schedule its highest rate counts.

## Why it matters
Too high a rate makes the loss jump and end as no number; too low a one learns nothing in the time there is. Rates are
often copied from one optimizer to another: 0.1 is common for SGD, and far too high for Adam.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
target: {shape: [1]}
training: {optimizer: {Adam: {learning_rate: 0.1}}, loss: mse}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
target: {shape: [1]}
training: {optimizer: {Adam: {learning_rate: 0.001}}, loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.layers.things import Thing
from archcompiler.lint.subject import Rule, Subject

LEAST = 1e-7
MOST = 1e-2
MORE = {
    "RMSprop": 0.05,
    "SGD": 1.0,
    "Adadelta": 1.0,
    "Adafactor": 1.0,
    "Adagrad": 0.1,
    "Ftrl": 0.1,
    "Muon": 0.1,
    "Lamb": 0.1,
}
RATES = ("initial_learning_rate", "warmup_target", "values")
"""What a schedule calls its rates."""


def find(subject: Subject) -> Iterator[Problem]:
    optimizer = subject.training.optimizer if subject.training is not None else None
    while isinstance(optimizer, Thing) and isinstance(optimizer.given.get("inner_optimizer"), Thing):
        optimizer = optimizer.given["inner_optimizer"]
    if not isinstance(optimizer, Thing) or optimizer.custom is not None or "learning_rate" not in optimizer.given:
        return
    given = optimizer["learning_rate"]
    rate, loc = _highest(given, optimizer.place("learning_rate"))
    most = MORE.get(optimizer.class_name, MOST)
    if rate is None or LEAST <= rate <= most:
        return
    default = optimizer.entry.arguments["learning_rate"].default
    usual = default if isinstance(default, float) else 0.001
    little = "goes up, away from what is meant," if rate < 0 else "learns nothing"
    what = f"{little} with a learning rate of {rate:g}" if rate < LEAST else (
        f"diverges with most models at a learning rate of {rate:g}")  # fmt: skip
    yield Problem(
        "ARC421",
        f"{optimizer.class_name} {what}; {LEAST:g} … {most:g} is what it copes with",
        loc,
        on_key=loc == optimizer.loc,
        notes=(PlacedNote("the optimizer is this one", optimizer.loc),),
        help=f"write `learning_rate: {usual:g}`, its default, and go on from there",
        changes=(Change("replace_value", loc, usual),) if not isinstance(given, Thing) and loc != optimizer.loc else (),
        safe=False,
    )


def _highest(given: object, loc: Loc) -> tuple[float | None, Loc]:
    """The highest rate, and where it is written."""
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return float(given), loc
    if not isinstance(given, Thing):
        return None, loc
    found: list[tuple[float, Loc]] = []
    for name in RATES:
        value = given.given.get(name)
        values = cast("list[object]", value) if isinstance(value, list) else [value]
        found += [(float(one), given.place(name)) for one in values if isinstance(one, (int, float))]
    return max(found) if found else (None, loc)


RULE = Rule("ARC421", find)
