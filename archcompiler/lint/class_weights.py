"""Weights of classes where `fit` takes none (ARC335, class-weights)

## What it does
`class_weight` is given to a model of several outputs, to one that gives a list or a mapping of one output, or to one
whose output has a number or a class at every step.

## Why it matters
Keras takes the weights of classes for one class a sample and one output, and fails in `fit` elsewhere, after all data
are loaded. For several outputs there is `loss_weights`, which weighs them against each other.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 32, return_sequences: true}
  - Dense: {units: 3, activation: softmax}
target: {shape: [24], classes: 3}
training: {loss: sparse_categorical_crossentropy, class_weight: {0: 1.0, 1: 5.0, 2: 5.0}}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 3, activation: softmax}
target: {shape: [], classes: 3}
training: {loss: sparse_categorical_crossentropy, class_weight: {0: 1.0, 1: 5.0, 2: 5.0}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.contract import OF_NUMBERS
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.ir import TypedGraph
from archcompiler.lint.subject import Rule, Subject
from archcompiler.wording import listed


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    if training is None or training.spec.class_weight is None or subject.told:
        return
    loc = ("training", "class_weight")
    remove = (Change("remove_entry", loc),)
    outputs = subject.graph.outputs
    if len(outputs) > 1:
        message = f"`class_weight` is for a model of one output, and this one has {listed(outputs)}"
        help = "remove it; `loss_weights` weighs the outputs against each other"
        yield Problem("ARC335", message, loc, help=help, changes=remove, safe=False)
        return
    given = subject.graph.graph.outputs
    if given.form != "one":
        ((name, ref),) = given.refs.items()
        form = "mapping" if given.form == "dict" else given.form
        message = f"`class_weight` is for a model that gives one tensor, and this one gives a {form} of one"
        note = (PlacedNote("what it gives is said here", ("outputs",)),)
        help = f"write `outputs: {ref.node}`, which gives the tensor alone"
        alone = (Change("replace_value", ("outputs",), ref.node),) if given.form == "list" and not ref.result else ()
        yield Problem("ARC335", message, loc, layer=name, notes=note, help=help, changes=alone, safe=False)
        return
    for name, loss, _ in subject.losses():
        given = outputs[name]
        if ("Crossentropy" in loss or loss in OF_NUMBERS) and given.rank > 2 and given.axes[1] != 1:
            tells = "a class at every step" if "Crossentropy" in loss else "numbers at every step"
            message = f"`class_weight` is for one class a sample, but `{name}` {given} tells {tells}"
            note = (_maker(subject.graph, name, str(given)),)
            yield Problem("ARC335", message, loc, layer=name, notes=note, help="remove it", changes=remove, safe=False)


def _maker(graph: TypedGraph, output: str, given: str) -> PlacedNote:
    node = graph.nodes[graph.graph.outputs.refs[output].node].node
    return PlacedNote(f"`{node.name}` gives {given}", node.thing_loc)


RULE = Rule("ARC335", find)
