"""A hidden layer of one unit (ARC420, one-unit)

## What it does
Warns where a `Dense`, LSTM, GRU or SimpleRNN of one unit stands between wider layers of a model that has a loss. The
code of an autoencoder, whose target is its own input, may be as narrow as that.

## Why it matters
All that the layers after it learn of the data is one number. Most often `units: 1` belongs to the last layer, and came
one layer too early.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 8]}
layers:
  - LSTM: {units: 32, return_sequences: true}
  - LSTM: 1
  - Dense: {units: 16, activation: relu}
  - Dense: 1
target: {shape: [1]}
training: {loss: mse}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 8]}
layers:
  - LSTM: {units: 32, return_sequences: true}
  - LSTM: 16
  - Dense: {units: 16, activation: relu}
  - Dense: 1
target: {shape: [1]}
training: {loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import RECURRENT, all_graphs, pairs, plain
from archcompiler.analysis.heads import activation_of
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    if subject.training is None or not subject.training.losses or any(one.same_as for one in subject.targets.values()):
        return
    for graph in all_graphs(subject.graph):
        for first, second in pairs(graph):
            thing, after = plain(first), plain(second)
            if thing is None or after is None or first.node.kind != "layer" or second.node.kind != "layer":
                continue
            kinds = {"Dense", *RECURRENT}
            if thing.class_name not in kinds or after.class_name not in kinds or thing["units"] != 1:
                continue
            linear = thing.class_name == "Dense" and activation_of(first, thing) == "linear"
            if first.inputs[0].axes[-1] == 1 or (linear and after.class_name == "Dense" and after["units"] == 1):
                continue  # of two linear layers another rule tells
            yield Problem(
                "ARC420",
                f"`{first.name}` has one unit, so that `{second.name}` is given one number of all that came before",
                thing.place("units"),
                on_key=thing.shorthand,
                layer=first.name,
                notes=(PlacedNote("this layer learns from that number alone", after.loc),),
                help="give it more units, or leave it out",
            )


RULE = Rule("ARC420", find)
