"""`data`, `validation_data` and `serving` as typed arrays: what there is, beside what the model takes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.dims import Dim
from archcompiler.graph.ir import ArchGraph, TypedNode
from archcompiler.graph.makers import STEPPED
from archcompiler.graph.shapes import ShapeReader
from archcompiler.graph.training import Target
from archcompiler.layers import LAYERS
from archcompiler.spec.models import DataSpec, Spec
from archcompiler.suggest import closest
from archcompiler.tensors import INTEGER_DTYPES, TensorType
from archcompiler.wording import listed

BESIDE = ("sample_weight", "lengths")
"""Arrays that data may have beside those of inputs and outputs."""


@dataclass(frozen=True, slots=True)
class Supplied:
    """One array of the data: its sizes, batch axis first, and its dtype where that is known. `given` is what the spec
    says of it; `loc` is None where it comes of a file, or of memory."""

    name: str
    axes: tuple[Dim, ...]
    dtype: str | None = None
    given: DataSpec | None = None
    loc: Loc | None = None
    named: Loc = ()
    """Where the spec names the file that holds it."""

    @property
    def shape_loc(self) -> Loc:
        return (*(self.loc or ()), "shape")


@dataclass(frozen=True, slots=True)
class DataSet:
    """What there is to train on, or to validate on. `said` is how messages name it; `whole` says that there is nothing
    but these arrays, so that what is missing among them is missing."""

    key: str
    said: str
    arrays: Mapping[str, Supplied] = field(default_factory=dict[str, Supplied])
    whole: bool = True

    @property
    def in_spec(self) -> bool:
        """Whether its arrays stand in the spec."""
        return bool(self.arrays) and all(one.loc is not None for one in self.arrays.values())


def declared(key: str, given: Mapping[str, DataSpec], shapes: ShapeReader, problems: list[Problem]) -> DataSet:
    """The arrays that the spec describes under `key`."""
    arrays: dict[str, Supplied] = {}
    whole = (key,) not in shapes.faulty
    for name, one in given.items():
        found = supplied(name, one, (key, name), shapes, problems)
        whole = whole and found is not None
        if found is not None:
            arrays[name] = found
    return DataSet(key, f"`{key}`", arrays, whole)


def supplied(name: str, one: DataSpec, loc: Loc, shapes: ShapeReader, problems: list[Problem]) -> Supplied | None:
    """One array as the spec describes it; None where its shape or its dtype is wrong, which is told."""
    if not one.shape:
        help = "write for example `[5000, 24, 2]`, as numpy prints a shape"
        problems.append(Problem("ARC120", f"`{name}` has at least the batch axis", (*loc, "shape"), False, help=help))
        return None
    axes = shapes.axes(one.shape, loc, batch_first=True)
    if axes is None or not shapes.is_dtype(one.dtype, loc):
        return None
    return Supplied(name, axes, one.dtype, one, loc)


def unknown_names(data: DataSet, inputs: Iterable[str], outputs: Mapping[str, object]) -> Iterator[Problem]:
    """Arrays that the spec describes, and that are neither an input's nor an output's."""
    if not data.in_spec:
        return
    known = [*inputs, *outputs]
    for name, one in data.arrays.items():
        if name in known or name in BESIDE:
            continue
        near = closest(name, [one for one in known if one not in data.arrays])
        left = [one for one in outputs if one not in data.arrays]
        only = near or (left[0] if len(left) == 1 and len(outputs) == 1 else None)
        change = (Change("replace_key", one.loc, only),) if only and one.loc else ()
        help = f"did you mean `{near}`?" if near else f"there are {listed(known)}"
        message = f"`{name}` is neither an input nor an output of the model"
        yield Problem("ARC323", message, one.loc or (), help=help, changes=change, safe=near is not None)


def target_of(one: Supplied, output: str, batch: Dim, said: str, maker: Loc) -> Target:
    """The target that the data supply of an output, which is made at the place `maker`."""
    codes = one.given is not None and one.given.classes is not None and not one.given.one_hot
    dtype = one.dtype or ("int32" if codes else None)
    typed = TensorType((batch, *one.axes[1:]), dtype or "float32")
    loc, told = one.loc or one.named or maker, f"the target `{output}` in {said}"
    return Target(output, loc, typed, dtype is not None, said=told, supplied=True, described=one.loc is not None)


def bound_axes(
    graph: ArchGraph, nodes: Mapping[str, TypedNode], data: DataSet, shifted: Container[str | None]
) -> dict[str, Dim]:
    """The sizes that the data have of the named axes of the inputs. Of the inputs that are `shifted` one step less is
    fed than there is."""
    found: dict[str, Dim] = {}
    for node in graph.inputs:
        one = data.arrays.get(node.name)
        if one is None or node.name not in nodes:
            continue
        axes = nodes[node.name].outputs[0].axes
        if len(axes) != len(one.axes):
            continue
        for index, (wanted, size) in enumerate(zip(axes[1:], one.axes[1:], strict=True), start=1):
            if isinstance(wanted, dims.Size) and wanted.name is not None and size is not None:
                found.setdefault(wanted.name, dims.subtract(size, 1) if index == 1 and node.name in shifted else size)
    return found


def counted(spec: Spec, quiet: ShapeReader, data: DataSet, targets: Mapping[str, Loc]) -> Iterator[tuple[Loc, Problem]]:
    """Inputs and targets in whose shape the samples, or the batch, are counted: with the place of each."""
    if spec.training is not None and spec.training.windows is not None:
        return  # one sequence has no batch axis
    batches = {size for size in (spec.batch_size, spec.training.batch_size if spec.training else None, 32) if size}
    places: dict[str, Loc] = {name: ("inputs", name) for name in spec.inputs} | dict(targets)
    for name, loc in places.items():
        one = data.arrays.get(name)
        given = spec.inputs.get(name) or (spec.target if loc == ("target",) else spec.targets.get(name))
        if one is None or given is None or given.shape is None or len(given.shape) != len(one.axes):
            continue
        axes = quiet.axes(given.shape, loc)
        first = axes[0] if axes else None
        if axes is None or not isinstance(first, int) or first == 1 or any(map(dims.differ, axes[1:], one.axes[1:])):
            continue
        if first != one.axes[0] and first not in batches:
            continue
        place: Loc = (*loc, "shape", 0)
        what = f"{first}, the samples of the data" if first == one.axes[0] else f"{first}, a batch"
        came = f"a shape leaves out the batch axis, but that of `{name}` begins with {what}"
        fixed = "; `batch_size: …` at the top fixes the batch axis, where that is wanted"
        note = (PlacedNote(f"the data have {_text(one)}", one.loc, False),) if one.loc else ()
        help, change = f"remove it{fixed}", Change("remove_entry", place)
        if name in spec.inputs and len(axes) == 2 and isinstance(axes[1], int) and _goes_over_steps(spec, name):
            help = f"write `[{axes[1]}, 1]`: {axes[1]} steps of one number, as Keras then takes the data"
            change = Change("replace_value", (*loc, "shape"), [axes[1], 1])
        yield loc, Problem("ARC324", came, place, False, name, note, help, (change,), change.kind == "remove_entry")


def _goes_over_steps(spec: Spec, name: str) -> bool:
    """Whether the first layer that takes an input needs steps of vectors."""
    for at, item in enumerate(spec.layers):
        keys = cast("dict[str, object]", item) if isinstance(item, dict) else {str(item): None}
        source = keys.get("from")
        if source == name or (source is None and at == 0 and len(spec.inputs) == 1):
            row = next((row for key in keys if (row := LAYERS.get(key)) is not None), None)
            return row is not None and row.ranks[0] == STEPPED
    return False


def _text(one: Supplied) -> str:
    return str(TensorType(one.axes))


def is_codes(one: Supplied) -> bool:
    """Whether its numbers are said to be whole."""
    return one.dtype in INTEGER_DTYPES or (one.given is not None and one.given.classes is not None)
