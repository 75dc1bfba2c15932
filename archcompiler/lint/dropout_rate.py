"""A rate of dropout that is no share (ARC434, dropout-rate)

## What it does
Warns where `dropout` or `recurrent_dropout` of a recurrent layer, of its cell or of an attention is below 0, or 1 and
more.

## Why it matters
A rate is the share that is dropped, 0.2 for 20 %. A recurrent layer takes any number and says nothing: from 1 on, LSTM
and GRU drop nothing at all, and SimpleRNN drops all that it is given. `Attention` fails in training.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 32, dropout: 20}
  - Dense: 1
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 32, dropout: 0.2}
  - Dense: 1
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from archcompiler.analysis.chains import all_graphs
from archcompiler.diagnostics import Change, Problem
from archcompiler.layers.things import Thing
from archcompiler.lint.subject import Rule, Subject

RATES = ("dropout", "recurrent_dropout")

DROPPING_NOTHING = frozenset(("LSTM", "GRU", "LSTMCell", "GRUCell"))
"""Layers that take a rate of 1 and more for none."""


def find(subject: Subject) -> Iterator[Problem]:
    for graph in all_graphs(subject.graph):
        for node in graph.nodes.values():
            if node.node.kind != "layer" or node.node.thing is None:
                continue
            for thing in _things(node.node.thing):
                for name in RATES:
                    rate = thing.given.get(name)
                    if isinstance(rate, (int, float)) and not 0 <= rate < 1:
                        yield _told(thing, name, rate, node.name)


def _things(thing: Thing) -> Iterator[Thing]:
    """The layer, and the layers and cells that it holds."""
    if thing.custom is None and thing.section == "layers":
        yield thing
    for value in thing.given.values():
        for one in cast("list[object]", value) if isinstance(value, list) else [value]:
            if isinstance(one, Thing) and one.section == "layers":
                yield from _things(one)


def _told(thing: Thing, name: str, rate: float, layer: str) -> Problem:
    percent = rate / 100 if 1 < rate < 100 else None
    return Problem(
        "ARC434",
        f"`{name}` is the share that is dropped, at least 0 and below 1, but {rate:g} is given"
        + (": nothing is dropped" if rate < 0 or thing.class_name in DROPPING_NOTHING else ""),
        thing.place(name),
        on_key=False,
        layer=layer,
        help=f"write `{name}: {percent:g}`" if percent is not None else "write for example `0.2`",
        changes=(Change("set_argument", thing.loc, percent, name),) if percent is not None else (),
        safe=False,
    )


RULE = Rule("ARC434", find)
