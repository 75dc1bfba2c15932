"""A normalization at the output (ARC443, norm-at-output)

## What it does
Warns where an output that is trained by a crossentropy comes from a normalization: after the softmax or the sigmoid, or
in the place of one.

## Why it matters
A crossentropy takes numbers between 0 and 1. What a `BatchNormalization` gives lies around 0, half of it below: the
logarithm of that is clipped, the loss starts many times as high, and often stays there. In a measurement five classes
that a model told apart altogether came to 0.28 of them right, with a `BatchNormalization` after the softmax.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 5, activation: softmax}
  - BatchNormalization
target: {shape: [5], one_hot: true}
training: {loss: categorical_crossentropy}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - BatchNormalization
  - Dense: {units: 5, activation: softmax}
target: {shape: [5], one_hot: true}
training: {loss: categorical_crossentropy}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import is_output
from archcompiler.analysis.heads import PROBABILITIES, head_of, owner_of
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.training import loss_place
from archcompiler.lint.subject import Rule, Subject

CROSSENTROPIES = frozenset((
    "CategoricalCrossentropy", "CategoricalFocalCrossentropy", "SparseCategoricalCrossentropy", "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
))  # fmt: skip
NORMALIZATIONS = frozenset((
    "BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization",
))  # fmt: skip


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    for name, loss, thing in subject.losses():
        found = owner_of(subject.graph, subject.graph.graph.outputs.refs[name])
        if training is None or loss not in CROSSENTROPIES or found is None:
            continue
        graph, last = found
        above = last.node.sources[0] if last.node.sources else None
        if last.class_name not in NORMALIZATIONS or above is None:
            continue
        head = head_of(graph, above)
        chances = head is not None and head.activation in PROBABILITIES
        if not chances and thing is not None and thing["from_logits"] is True:
            continue
        loc, on_key = loss_place(training, name)
        notes = (PlacedNote("the loss is here", loc, on_key),)
        if chances and head is not None:
            notes = (head.note(f"{head.activation} makes probabilities here"), *notes)
        alone = chances and not is_output(graph, above.node)
        wanted = "sigmoid" if loss.startswith("Binary") else "softmax"
        yield Problem(
            "ARC443",
            f"{loss} takes `{name}` for probabilities, but {last.class_name} gives any number, half of them below 0",
            last.node.thing_loc,
            layer=last.name,
            notes=notes,
            help="put it before the last layer, or remove it" if chances else f"put `Activation: {wanted}` after it",
            changes=(Change("remove_entry", last.node.loc),) if alone else (),
            safe=False,
        )


RULE = Rule("ARC443", find)
