"""An optimizer's argument out of its sense (ARC440, optimizer-argument)

## What it does
Warns where an argument of an optimizer or of its schedule has a value that Keras takes, and that makes no sense: a
`beta_1`, `beta_2`, `rho` or `momentum` that is no share, 0 or more and below 1; clipping, `epsilon`, a scale or a
`weight_decay` below its least; a `decay_rate` with which the rate grows, boundaries that do not rise, or
`warmup_steps` without a `warmup_target`.

## Why it matters
These are the shares of the past that are kept. From 1 on the past never fades: the loss is no number after the first
step, or the weights fly off. Clipping at 0 or below clips nothing, and warm-up without a target is left out; Keras says
neither.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
target: {shape: [1]}
training: {optimizer: {Adam: {learning_rate: 0.001, beta_2: 999}}, loss: mse}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
target: {shape: [1]}
training: {optimizer: {Adam: {learning_rate: 0.001, beta_2: 0.999}}, loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import cast

from archcompiler.diagnostics import Change, Problem
from archcompiler.layers.optimizers import share
from archcompiler.layers.things import Thing
from archcompiler.lint.subject import Rule, Subject

FADING = "is the share of the past that is kept, 0 or more and below 1"
SHARES = frozenset(("beta_1", "beta_2", "rho", "momentum", "adam_beta_1", "adam_beta_2"))
CLIPPING = frozenset(("clipnorm", "clipvalue", "global_clipnorm"))
LEAST = {
    "epsilon": (0.0, "keeps a divisor above 0"),
    "weight_decay": (0.0, "takes its share from the weights; below 0 it makes them grow"),
    "adam_weight_decay": (0.0, "takes its share from the weights; below 0 it makes them grow"),
    "Adagrad.initial_accumulator_value": (0.0, "is a sum of squares, whose root is taken"),
}
ABOVE = {
    "loss_scale_factor": (0.0, "multiplies the loss"),
    "initial_scale": (0.0, "multiplies the loss"),
}
MOST = {"Adafactor.beta_2_decay": (0.0, "is a power of the number of steps, which must fall")}


def find(subject: Subject) -> Iterator[Problem]:
    optimizer = subject.training.optimizer if subject.training is not None else None
    while isinstance(optimizer, Thing) and optimizer.custom is None:
        for name, value in optimizer.given.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                yield from _number(optimizer, name, value)
        rate = optimizer.given.get("learning_rate")
        if isinstance(rate, Thing):
            yield from _schedule(rate)
        inner = optimizer.given.get("inner_optimizer")
        optimizer = inner if isinstance(inner, Thing) else None


def _number(thing: Thing, name: str, value: float) -> Iterator[Problem]:
    key = f"{thing.class_name}.{name}"
    if name in SHARES and not 0 <= value < 1:
        yield _told(thing, name, value, FADING, share(value))
    elif name in CLIPPING and value <= 0:
        message = f"`{name}: {value:g}` of {thing.class_name} clips nothing: Keras clips at what is above 0"
        loc = thing.place(name)
        remove = (Change("remove_entry", loc),)
        yield Problem("ARC440", message, loc, on_key=False, help="remove it, or write 1", changes=remove, safe=False)
    least, why = LEAST.get(key) or LEAST.get(name) or (-inf, "")
    above, because = ABOVE.get(key) or ABOVE.get(name) or (-inf, "")
    most, reason = MOST.get(key) or (inf, "")
    if value < least or value <= above or value > most:
        yield _told(thing, name, value, why or because or reason, None)


def _told(thing: Thing, name: str, value: float, why: str, meant: float | None) -> Problem:
    argument = thing.entry.arguments.get(name)
    default = argument.default if argument is not None else None
    if name == "momentum":
        default = default or 0.9
    usual = meant if meant is not None else default
    loc = thing.place(name)
    help, change = "remove it", Change("remove_entry", loc)
    if isinstance(usual, (int, float)):
        said = "" if usual == meant or name == "momentum" else ", its default"
        help, change = f"write `{name}: {usual:g}`{said}", Change("replace_value", loc, usual)
    message = f"`{name}` of {thing.class_name} {why}, but {value:g} is given"
    return Problem("ARC440", message, loc, on_key=False, help=help, changes=(change,), safe=False)


def _schedule(thing: Thing) -> Iterator[Problem]:
    rate, boundaries, warmup = (thing.given.get(name) for name in ("decay_rate", "boundaries", "warmup_steps"))
    grows = thing.class_name == "ExponentialDecay"
    if isinstance(rate, (int, float)) and (rate < 0 or (grows and rate > 1)):
        what = "below 0 turns the rate around, or makes it grow"
        if rate > 1:
            what = "multiplies the rate again and again: above 1 it grows without end"
        message = f"`decay_rate: {rate:g}` of {thing.class_name} {what}"
        yield Problem("ARC440", message, thing.place("decay_rate"), on_key=False, help="write for example `0.9`")
    if isinstance(boundaries, list):
        steps = cast("list[float]", boundaries)
        ordered = sorted(set(steps))
        if steps != ordered:
            loc = thing.place("boundaries")
            message = "the boundaries count steps, and must rise from one to the next"
            help = f"write `boundaries: {ordered}`"
            changes = (Change("replace_value", loc, ordered),) if len(ordered) == len(steps) else ()
            yield Problem("ARC440", message, loc, on_key=False, help=help, changes=changes, safe=False)
    aimless = "warmup_target" in thing.entry.arguments and thing["warmup_target"] is None
    if isinstance(warmup, (int, float)) and warmup > 0 and aimless:
        message = f"`warmup_steps: {warmup:g}` of {thing.class_name} does nothing without a `warmup_target`"
        help = "write `warmup_target: …`, the rate to warm up to; it begins at `initial_learning_rate`"
        yield Problem("ARC440", message, thing.place("warmup_steps"), help=help)


RULE = Rule("ARC440", find)
