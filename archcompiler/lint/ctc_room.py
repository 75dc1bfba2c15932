"""CTC has too little room (ARC435, ctc-room)

## What it does
Warns where the loss is `CTC`, and the output has no unit beside those of the target's classes; or fewer steps than the
target has labels.

## Why it matters
Keras takes class 0 for blank, which is what is said between two labels, and for the padding of labels. Where the first
class of the target is a label, it is never learnt: the classes begin at 1, and the output has one unit more. And a step
says one label at most, so that of longer labels no path leads to them; the loss is then a huge number.

## Wrong
```yaml
archcompiler: 1
inputs: {speech: [40, 26]}
layers:
  - MaxPooling1D: 4
  - LSTM: {units: 64, return_sequences: true}
  - Dense: 29
target: {shape: [16], classes: 28}
training: {loss: CTC}
```

## Right
```yaml
archcompiler: 1
inputs: {speech: [40, 26]}
layers:
  - MaxPooling1D: 2
  - LSTM: {units: 64, return_sequences: true}
  - Dense: 29
target: {shape: [16], classes: 28}
training: {loss: CTC}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import Loc, PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    for name, loss, _ in subject.losses():
        output = subject.graph.outputs[name]
        if loss != "CTC" or output.rank != 3:
            continue
        maker = subject.graph.nodes[subject.graph.graph.outputs.refs[name].node].node
        notes = (PlacedNote(f"`{maker.name}` gives {output}", maker.thing_loc),)
        found, target = classes_of(subject, name), subject.targets.get(name)
        if found is not None and output.axes[-1] == found[0]:
            classes, loc = found
            message = f"{classes} units are as many as classes: Keras takes class 0 for blank, and never tells it"
            help = f"let the labels begin at 1, and give the last layer {classes + 1} units"
            yield Problem("ARC435", message, loc, False, name, notes, help)
            continue
        typed, steps = target.type if target is not None else None, output.axes[1]
        labels = typed.axes[1] if typed is not None and typed.rank > 1 else None
        if target is not None and isinstance(steps, int) and isinstance(labels, int) and steps < labels:
            message = f"the target has up to {labels} labels, but `{name}` has {steps} steps, a label at most for each"
            where: Loc = (*target.loc, "shape") if target.described else target.loc
            help = "shorten the steps less, by smaller poolings or strides"
            yield Problem("ARC435", message, where, not target.supplied, name, notes, help)


def classes_of(subject: Subject, name: str) -> tuple[int, Loc] | None:
    """How many classes the target of an output has, and where that is said."""
    spec, target = subject.spec, subject.targets.get(name)
    given = spec.target if spec.target is not None else spec.targets.get(name)
    if given is not None and target is not None:
        return (given.classes, (*target.loc, "classes")) if given.classes is not None else None
    one = spec.data.get(name) if isinstance(spec.data, dict) else None
    return (one.classes, ("data", name, "classes")) if one is not None and one.classes is not None else None


RULE = Rule("ARC435", find)
