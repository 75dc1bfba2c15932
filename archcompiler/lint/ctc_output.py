"""CTC is given no steps (ARC339, ctc-output)

## What it does
The loss is `CTC`, and the output is not (batch, steps, classes); or it has fewer classes than the target.

## Why it matters
CTC lays the labels of a sequence along the steps of the output, so that it wants a vector of classes for each step.
Keras fails in `fit` where there are no steps. With fewer units than classes it runs, and the number is nonsense: a
class that has no unit reads the unit of another one.

## Wrong
```yaml
archcompiler: 1
inputs: {speech: [frames, 26]}
layers:
  - LSTM: 64
  - Dense: 29
target: {shape: [labels], classes: 28}
training: {loss: CTC}
```

## Right
```yaml
archcompiler: 1
inputs: {speech: [frames, 26]}
layers:
  - LSTM: {units: 64, return_sequences: true}
  - Dense: 29
target: {shape: [labels], classes: 28}
training: {loss: CTC}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import Change, Problem
from archcompiler.graph.causes import only_last_step, return_sequences
from archcompiler.graph.ir import TypedGraph, TypedNode
from archcompiler.graph.makers import last_step_layer
from archcompiler.graph.training import loss_place
from archcompiler.lint.ctc_room import classes_of
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    training = subject.training
    for name, loss, _ in subject.losses():
        if training is None or loss != "CTC":
            continue
        output = subject.graph.outputs[name]
        if output.rank != 3:
            loc, on_key = loss_place(training, name)
            message = f"CTC wants (batch, steps, classes), but `{name}` is {output}"
            node = _without_steps(subject.graph, subject.graph.graph.outputs.refs[name].node)
            thing = last_step_layer(node.node) if node is not None and output.rank == 2 else None
            if thing is None:
                yield Problem("ARC339", message, loc, on_key, name, help="give the output a vector for each step")
                continue
            note, help = only_last_step(thing)
            change = return_sequences(thing, True)
            yield Problem("ARC339", message, loc, on_key, name, (note,), help, (change,), False)
            continue
        found, last = classes_of(subject, name), output.axes[-1]
        if found is None or not isinstance(last, int) or last >= found[0]:
            continue
        classes, place = found
        thing = subject.graph.nodes[subject.graph.graph.outputs.refs[name].node].node.thing
        fits = thing is not None and thing.given.get("units") == last
        message = f"the target has {classes} classes, but the output {output} tells {last} apart"
        help = f"give the last layer {classes + 1} units: one is blank"
        changes = (Change("set_argument", thing.loc, classes + 1, "units"),) if thing is not None and fits else ()
        yield Problem("ARC339", message, place, False, name, (), help, changes, False)


def _without_steps(graph: TypedGraph, name: str) -> TypedNode | None:
    """The layer that takes steps and gives none, going up from the layer of that name."""
    while True:
        node = graph.nodes[name]
        if not node.inputs or node.outputs[0].rank != 2:
            return None
        if node.inputs[0].rank == 3:
            return node
        ref = node.node.sources[0]
        if ref is None:
            return None
        name = ref.node


RULE = Rule("ARC339", find)
