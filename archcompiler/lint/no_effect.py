"""A key of the training that does nothing here (ARC451, no-effect)

## What it does
Warns where `training` says `reset_states` and no layer is `stateful: true`, or gives a weight to the loss of an output
that has no loss.

## Why it matters
A model that keeps no state has none to forget, and nothing is weighed where there is no loss. The spec then reads as if
something were done that is not; likely `stateful: true`, or a loss, was forgotten.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 2, return_sequences: true}
target: {same_as: readings}
training: {optimizer: adam, loss: mse, reset_states: sequence}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 2, return_sequences: true}
target: {same_as: readings}
training: {optimizer: adam, loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.steps import stateful_layer
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    if training is None:
        return
    if training.spec.reset_states is not None and stateful_layer(subject.graph) is None:
        loc = ("training", "reset_states")
        yield Problem(
            "ARC451",
            "`reset_states` does nothing: no layer carries a state from batch to batch",
            loc,
            help="write `stateful: true` and a `batch_size` where state is to run on, or remove it",
            changes=(Change("remove_entry", loc),),
            safe=False,
        )
    if not training.losses:
        return
    weights = training.spec.loss_weights or {}
    for name in weights:
        if name in subject.graph.outputs and name not in training.losses and name not in subject.told:
            loc = ("training", "loss_weights", name)
            yield Problem(
                "ARC451",
                f"the weight of `{name}` does nothing: the output has no loss",
                loc,
                layer=name,
                notes=(PlacedNote("the losses are here", ("training", "loss")),),
                help=f"write `loss: {{{name}: …}}` beside the others, or remove the weight",
                changes=(Change("remove_entry", loc if len(weights) > 1 else loc[:-1]),),
                safe=False,
            )


RULE = Rule("ARC451", find)
