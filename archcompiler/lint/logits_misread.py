"""Logits and probabilities are mixed up (ARC411, logits-misread)

## What it does
Warns where a crossentropy is told the wrong thing of the output: `from_logits` is false, as it is by default, and the
last layer has no softmax or sigmoid; or `from_logits: true`, and it has one. `CTC` takes logits always.

## Why it matters
Without `from_logits` a crossentropy takes the numbers for probabilities, clips them to between 0 and 1, and takes the
logarithm: of an output without an activation that is another loss than the one that is meant (4.29 in the place of 1.43
in a measurement), and half of all numbers have no gradient. With `from_logits: true` on probabilities a softmax is
taken twice. Keras warns of the second one at times, and never of the first.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 5
target: {shape: [], classes: 5}
training: {loss: sparse_categorical_crossentropy}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 5, activation: softmax}
target: {shape: [], classes: 5}
training: {loss: sparse_categorical_crossentropy}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import CONVOLUTIONS
from archcompiler.analysis.heads import LOGITS, PROBABILITIES, Head, head_of
from archcompiler.diagnostics import Change, Problem
from archcompiler.graph.training import Training, loss_place
from archcompiler.layers.things import Thing
from archcompiler.lint.subject import Rule, Subject

WANTED = {
    "BinaryCrossentropy": "sigmoid", "BinaryFocalCrossentropy": "sigmoid", "CategoricalCrossentropy": "softmax",
    "CategoricalFocalCrossentropy": "softmax", "SparseCategoricalCrossentropy": "softmax",
}  # fmt: skip
"""Losses that have `from_logits`, and the activation that makes probabilities for them."""


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    for name, loss, thing in subject.losses():
        head = head_of(subject.graph, subject.graph.graph.outputs.refs[name])
        if training is not None and loss == "CTC" and head is not None and head.activation == "softmax":
            yield _ctc(training, name, head)
        if training is None or loss not in WANTED or head is None or _is_told_otherwise(head, loss):
            continue
        logits = thing is not None and thing["from_logits"] is True
        if logits and thing is not None and head.activation in PROBABILITIES:
            yield _twice(name, loss, head, thing)
        elif not logits and head.activation in LOGITS:
            wanted = WANTED[loss]
            loc, on_key = loss_place(training, name)
            bare = head.activation == "linear"
            own = head.thing.class_name in ("Dense", "EinsumDense", "Activation", *CONVOLUTIONS)
            yield Problem(
                "ARC411",
                f"{loss} takes `{name}` for probabilities, but `{head.node.name}` "
                + ("has no activation" if bare else f"ends in {head.activation}"),
                loc,
                on_key=on_key,
                layer=name,
                notes=(
                    head.note("this layer gives any number" if bare else f"{head.activation} gives no probability"),
                ),
                help=f"write `activation: {wanted}` in the {head.thing.class_name}{{on_line}}"
                + (f", or `loss: {{{loss}: {{from_logits: true}}}}`" if bare else ""),
                changes=(Change("set_argument", head.thing.loc, wanted, "activation"),) if own else (),
                safe=False,
            )


def _is_told_otherwise(head: Head, loss: str) -> bool:
    """Over one class, or a softmax with independent labels, which rules of their own tell."""
    if WANTED[loss] == "softmax":
        return head.given.axes[-1] == 1
    return head.activation == "softmax" and head.given.axes[-1] != 1


def _twice(name: str, loss: str, head: Head, thing: Thing) -> Problem:
    return Problem(
        "ARC411",
        f"{loss} is told that `{name}` is logits, but `{head.node.name}` ends in {head.activation}: it would be taken "
        "twice",
        thing.place("from_logits"),
        layer=name,
        notes=(head.note(f"{head.activation} makes probabilities here"),),
        help="remove `from_logits`, or the activation",
        changes=(Change("set_argument", thing.loc, False, "from_logits"),),
        safe=False,
    )


def _ctc(training: Training, name: str, head: Head) -> Problem:
    """CTC, which takes logits always."""
    loc, on_key = loss_place(training, name)
    bare = head.thing.class_name in ("Dense", "EinsumDense", *CONVOLUTIONS) and head.loc != head.thing.loc
    return Problem(
        "ARC411",
        f"CTC takes `{name}` for logits, but `{head.node.name}` ends in softmax: it would be taken twice",
        loc,
        on_key=on_key,
        layer=name,
        notes=(head.note("softmax makes probabilities here"),),
        help="remove the softmax",
        changes=(Change("remove_entry", head.loc),) if bare else (),
        safe=False,
    )


RULE = Rule("ARC411", find)
