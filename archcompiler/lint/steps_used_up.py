"""Layers use up more steps than there are (ARC336, steps-used-up)

## What it does
An axis has a name, so that it may have any size, but the sizes that `data`, `validation_data`, `serving` or
`training.windows` give it are used up by convolutions, poolings or croppings, in nested models too: nothing would be
left.

## Why it matters
The model is built, and Keras fails when it is first run on such data: in `fit`, or, where only what is served is too
short, when the model is at work.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [steps, 6]}
layers:
  - Conv1D: {filters: 8, kernel_size: 3}
  - Conv1D: {filters: 8, kernel_size: 3}
  - GlobalMaxPooling1D
  - Dense: 1
    name: y
data: {readings: [900, 4, 6], y: [900, 1]}
training: {loss: mse}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [steps, 6]}
layers:
  - Conv1D: {filters: 8, kernel_size: 3}
  - Conv1D: {filters: 8, kernel_size: 3}
  - GlobalMaxPooling1D
  - Dense: 1
    name: y
data: {readings: [900, 24, 6], y: [900, 1]}
training: {loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcompiler import dims
from archcompiler.analysis.chains import plain
from archcompiler.diagnostics import Loc, PlacedNote, Problem
from archcompiler.dims import Dim, Size
from archcompiler.graph.called import as_called
from archcompiler.graph.ir import TypedGraph, TypedNode
from archcompiler.lint.subject import Rule, Subject
from archcompiler.spec.models import DataSpec

SHORTENING = frozenset((
    "Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D",
    "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D",
    "Cropping1D",
))  # fmt: skip
MOST = 4096
"""How many sizes are tried, to tell which is needed."""


def find(subject: Subject) -> Iterator[Problem]:
    told: set[str] = set()
    shortening: list[TypedNode] | None = None
    for name, axis, size, loc, lead in _sizes(subject):
        if name in told or name in subject.told:
            continue
        shortening = list(_shortening(subject.graph)) if shortening is None else shortening
        node = _used_up(shortening, {axis: size})
        if node is None:
            continue
        told.add(name)
        sizes = range(size + 1, size + MOST)
        enough = next((one for one in sizes if _used_up(shortening, {axis: one}) is None), None)
        came = f"`{node.name}` is given {node.inputs[0]}, of which nothing is left where `{axis}` is {size}"
        needs = f": the layers need {enough + lead}" if enough is not None else ""
        yield Problem(
            "ARC336",
            f"`{axis}` of `{name}` is {size + lead} here, which the layers use up{needs}",
            loc,
            on_key=False,
            layer=name,
            notes=(PlacedNote(came, node.node.thing_loc),),
            help="give it more, or the layers `padding: same` or shorter windows",
        )


def _sizes(subject: Subject) -> Iterator[tuple[str, str, int, Loc, int]]:
    """The sizes that are given for named axes of inputs: the input, the axis, how many it is fed, where that stands,
    and how many more there are of them."""
    spec = subject.spec
    shifted = {target.next_step_of for target in subject.targets.values()}
    windows = spec.training.windows if spec.training is not None else None
    given: list[tuple[str, Mapping[str, object]]] = [("serving", spec.serving or {})]
    if windows is None:
        given += [(key, data) for key, data in (("data", spec.data), ("validation_data", spec.validation_data))
                  if isinstance(data, dict)]  # fmt: skip
    for name, typed in subject.graph.inputs.items():
        axes = typed.axes[1:]
        if windows is not None and len(axes) > 1 and isinstance(axes[0], Size) and axes[0].name is not None:
            yield name, axes[0].name, windows.length, ("training", "windows", "length"), 0
        for key, arrays in given:
            one = arrays.get(name)
            sizes: list[object] = list(one.shape) if isinstance(one, DataSpec) else []
            first = len(sizes) - len(axes)
            if first not in (0, 1) or (first == 0 and key != "serving"):
                continue
            for index, (axis, size) in enumerate(zip(axes, sizes[first:], strict=True)):
                count = subject.params.get(size) if isinstance(size, str) else size
                if not isinstance(axis, Size) or axis.name is None or type(count) is not int:
                    continue
                lead = 1 if index == 0 and name in shifted and key != "serving" else 0
                yield name, axis.name, count - lead, (key, name, "shape", index + first), lead


def _shortening(graph: TypedGraph) -> Iterator[TypedNode]:
    """The layers that give fewer steps than they are given, in order, those of nested models as each call sees them."""
    for name in graph.graph.order:
        node = graph.nodes[name]
        if node.node.kind == "model":
            yield from _shortening(as_called(graph, node))
        thing = plain(node)
        if thing is not None and thing.class_name in SHORTENING:
            yield node


def _used_up(shortening: list[TypedNode], sizes: Mapping[str, Dim]) -> TypedNode | None:
    """The first layer of which nothing would be left."""
    for node in shortening:
        for axis in node.outputs[0].axes[1:]:
            left = dims.substitute(axis, sizes) if isinstance(axis, Size) else None
            if isinstance(left, int) and left <= 0:
                return node
    return None


RULE = Rule("ARC336", find)
