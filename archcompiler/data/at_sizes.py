"""The model at the sizes that the data have: what does not fit there, and is open as long as no data are known."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace

from archcompiler.analysis.contract import contract
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.dims import Dim
from archcompiler.graph.called import typed_on
from archcompiler.graph.data import DataSet
from archcompiler.graph.ir import ArchGraph, TypedNode
from archcompiler.graph.makers import Typed
from archcompiler.graph.training import Target, Training
from archcompiler.tensors import TensorType, shape_text


@dataclass(slots=True)
class _Inputs:
    """The inputs as the data have them. `named` and `nameless` say whether open axes of the kind got a size."""

    types: list[TensorType] = field(default_factory=list[TensorType])
    notes: list[PlacedNote] = field(default_factory=list[PlacedNote])
    named: bool = False
    nameless: bool = False


def problems_at_sizes(
    data: DataSet,
    graph: ArchGraph,
    nodes: Mapping[str, TypedNode],
    targets: Mapping[str, Target],
    training: Training | None,
    models: Mapping[str, Typed],
    shifted: Container[str | None],
) -> list[Problem]:
    """Layers that cannot be called on inputs of these sizes, else outputs that do not fit their targets."""
    inputs = _inputs(data, graph, nodes, shifted, nameless=True)
    if not (inputs.named or inputs.nameless):
        return []
    problems: list[Problem] = []
    found = typed_on(graph, tuple(inputs.types), models, problems)
    errors = [one for one in problems if not one.is_warning]
    if errors and inputs.nameless and not _fails_by_name(data, graph, nodes, models, shifted):
        return [replace(errors[0], notes=(*errors[0].notes, *inputs.notes), changes=())]
    if found is None:
        return []
    return contract(graph, found, targets, training, models)


def _fails_by_name(
    data: DataSet,
    graph: ArchGraph,
    nodes: Mapping[str, TypedNode],
    models: Mapping[str, Typed],
    shifted: Container[str | None],
) -> bool:
    """Whether the sizes of named axes alone do not fit, which is told of those."""
    inputs = _inputs(data, graph, nodes, shifted, nameless=False)
    return inputs.named and typed_on(graph, tuple(inputs.types), models, []) is None


def _inputs(
    data: DataSet, graph: ArchGraph, nodes: Mapping[str, TypedNode], shifted: Container[str | None], *, nameless: bool
) -> _Inputs:
    found = _Inputs()
    for node in graph.inputs:
        typed, array = nodes[node.name].outputs[0], data.arrays.get(node.name)
        if array is None or len(array.axes) != typed.rank:
            found.types.append(typed)
            continue
        axes: list[Dim] = [typed.axes[0]]
        for at, (wanted, size) in enumerate(zip(typed.axes[1:], array.axes[1:], strict=True), start=1):
            ahead = at == 1 and node.name in shifted
            some = isinstance(size, int) and size > ahead
            known = some and not isinstance(wanted, int) and (nameless or wanted is not None)
            axes.append(size - ahead if known and isinstance(size, int) else wanted)
            found.nameless |= known and wanted is None
            found.named |= known and wanted is not None
        if tuple(axes) != typed.axes and array.loc is not None:
            note = f"`{node.name}` in {data.said} is {shape_text(array.axes)}"
            found.notes.append(PlacedNote(note, array.shape_loc, False))
        found.types.append(typed.with_axes(*axes))
    return found
