"""Samples are shuffled while state runs on (ARC401, stateful-shuffle)

## What it does
Warns where a layer is `stateful: true` and `training` does not say `shuffle: false`. What archcompiler
emits does not shuffle then, unless the spec says `shuffle: true`; where `windows` join up, nothing need be said.

## Why it matters
A stateful layer hands the state after row *n* of a batch to row *n* of the next one. `fit` shuffles samples by default,
so each row goes on with the state of another sequence. Keras says nothing, and the model learns from wrong pasts.

## Wrong
```yaml
archcompiler: 1
batch_size: 4
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 2, stateful: true, return_sequences: true}
training: {optimizer: adam, loss: mse}
```

## Right
```yaml
archcompiler: 1
batch_size: 4
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 2, stateful: true, return_sequences: true}
training: {optimizer: adam, loss: mse, shuffle: false}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.makers import recurrent_layer
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.spec.training
    if training is None or training.shuffle is False or (training.shuffle is None and training.windows is not None):
        return
    for graph in subject.graphs:
        for node in graph.nodes.values():
            thing = recurrent_layer(node)
            if thing is None or not thing["stateful"] or node.kind != "layer":
                continue
            said = training.shuffle is not None
            loc = ("training", "shuffle") if said else ("training",)
            change = Change("replace_value", loc, False) if said else Change("set_key", ("training",), False, "shuffle")
            yield Problem(
                "ARC401",
                f"`{node.name}` carries its state from batch to batch, but "
                + ("the samples are shuffled" if said else "`fit` shuffles the samples by default"),
                loc,
                layer=node.name,
                notes=(PlacedNote("the state is carried here", thing.place("stateful")),),
                help="write `shuffle: false`, so that row n of a batch goes on where row n of the last one ended",
                changes=(change,),
            )
            return


RULE = Rule("ARC401", find)
