"""Targets that the activation cannot reach (ARC412, out-of-reach)

## What it does
Warns where the last layer's activation gives numbers between bounds, and the `range` of the target, or the `scale` of
the input that it is made of, goes beyond them. The losses are those of numbers: `mse`, `mae`, `huber` and the like; for
`binary_crossentropy` the labels themselves must lie between 0 and 1.

## Why it matters
A sigmoid never gives 40, and a ReLU never gives -3. The model learns to sit at the bound, and what is beyond is lost,
silently. A layer that gives numbers has no activation; LSTM and GRU have tanh, between -1 and 1, unless another is
given.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 1, activation: sigmoid}
target: {shape: [1], range: [-20, 45]}
training: {loss: mse}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 1
target: {shape: [1], range: [-20, 45]}
training: {loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import CONVOLUTIONS
from archcompiler.analysis.heads import head_of
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.training import loss_place
from archcompiler.lint.subject import Rule, Subject

OF_NUMBERS = frozenset(("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "Huber", "LogCosh",
                        "MeanSquaredLogarithmicError"))  # fmt: skip
OF_LABELS = frozenset(("BinaryCrossentropy", "BinaryFocalCrossentropy"))


def find(subject: Subject) -> Iterator[Problem]:
    for name, loss, _ in subject.losses():
        extent = _extent(subject, name)
        if loss in OF_LABELS and extent is not None and (extent[0] < 0 or extent[1] > 1):
            yield _labels(subject, name, loss, extent)
            continue
        head = head_of(subject.graph, subject.graph.graph.outputs.refs[name])
        bounds = head.bounds if head is not None else None
        if loss not in OF_NUMBERS or extent is None or head is None or bounds is None:
            continue
        (least, most, loc), (low, high) = extent, bounds
        if low <= least and most <= high:
            continue
        given = f"below {high:g}" if low == -float("inf") else f"above {low:g}" if high == float("inf") else (
            f"between {low:g} and {high:g}")  # fmt: skip
        linear = head.thing.class_name in ("Dense", "EinsumDense", *CONVOLUTIONS) and "activation" in head.thing.given
        where = head.loc
        yield Problem(
            "ARC412",
            f"`{name}` is to reach {least:g} … {most:g}, but {head.activation} gives numbers {given}",
            where,
            on_key=where == head.thing.loc,
            layer=name,
            notes=(PlacedNote(f"the target goes from {least:g} to {most:g}", loc),),
            help="remove the activation"
            if linear
            else "put a `Dense` without an activation after it, or scale the target to what it gives",
            changes=(Change("remove_entry", head.loc),) if linear and where != head.thing.loc else (),
            safe=False,
        )


def _labels(subject: Subject, name: str, loss: str, extent: tuple[float, float, Loc]) -> Problem:
    """Labels that are no probabilities, of a loss that takes them for such."""
    least, most, loc = extent
    at, on_key = loss_place(subject.training, name) if subject.training is not None else (loc, False)
    return Problem(
        "ARC412",
        f"{loss} takes labels between 0 and 1, but those of `{name}` go from {least:g} to {most:g}",
        loc,
        on_key=False,
        layer=name,
        notes=(PlacedNote("the loss is here", at, on_key),),
        help="make the labels 0 and 1" + ("; `hinge` takes -1 and 1" if (least, most) == (-1, 1) else ""),
    )


def _extent(subject: Subject, name: str) -> tuple[float, float, Loc] | None:
    """Between which numbers the target lies, and where that is said."""
    spec, target = subject.spec, subject.targets.get(name)
    given = spec.target if spec.target is not None else spec.targets.get(name)
    if given is not None and target is not None and given.range is not None:
        return given.range[0], given.range[1], (*target.loc, "range")
    data = spec.data.get(name) if isinstance(spec.data, dict) else None
    if data is not None and data.range is not None and name not in spec.inputs:
        return data.range[0], data.range[1], ("data", name, "range")
    if given is None or target is None:
        return None
    source = target.same_as or target.next_step_of
    taken = spec.inputs.get(source) if source is not None else None
    if taken is None or source is None:
        return None
    if taken.scale is not None:
        scaled = {"standard": (-2.0, 2.0), "minmax": (0.0, 1.0)}[taken.scale]
        return *scaled, ("inputs", source, "scale")
    return (taken.range[0], taken.range[1], ("inputs", source, "range")) if taken.range is not None else None


RULE = Rule("ARC412", find)
