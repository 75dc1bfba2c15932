"""Two activations in a row (ARC414, two-activations)

## What it does
Warns where a layer with an activation is followed by another activation alone: `Dense: {units: 8, activation: relu}`
and then `ReLU`, or a softmax after a ReLU. A softmax over a tanh, as attention has it, is left alone.

## Why it matters
The second one undoes the first, or does nothing. A softmax over what a ReLU left cannot make a class unlikely; a
softmax over a softmax makes all of them nearly alike; a `LeakyReLU` after a ReLU has nothing left to leak.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 5, activation: relu}
  - Activation: softmax
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 5
  - Activation: softmax
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import CONVOLUTIONS, all_graphs, pairs, plain
from archcompiler.analysis.heads import activation_of
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject

ALONE = frozenset(("Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax"))
FIRST = ALONE | {"Dense", "EinsumDense", *CONVOLUTIONS}


def find(subject: Subject) -> Iterator[Problem]:
    for graph in all_graphs(subject.graph):
        for first, second in pairs(graph):
            thing, after = plain(first), plain(second)
            if thing is None or after is None or thing.class_name not in FIRST or after.class_name not in ALONE:
                continue
            one, other = activation_of(first, thing), activation_of(second, after)
            if one in (None, "linear") or other in (None, "linear") or (one == "tanh" and other == "softmax"):
                continue
            again = after.class_name in ("Activation", "Softmax") and thing.class_name not in ALONE
            place = thing.place("activation")
            yield Problem(
                "ARC414",
                f"`{second.name}` is {other} over what {one} of `{first.name}` gave",
                after.loc,
                layer=second.name,
                notes=(PlacedNote(f"the first activation is {one}", place),),
                help="leave one of them out",
                changes=(Change("remove_entry", place),) if again and place != thing.loc else (),
                safe=False,
            )


RULE = Rule("ARC414", find)
