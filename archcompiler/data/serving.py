"""`serving`: what predict will be given, against what the model takes."""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.dims import Dim
from archcompiler.graph.ir import TypedGraph
from archcompiler.graph.shapes import ShapeReader
from archcompiler.graph.steps import stateful_layer
from archcompiler.layers.things import Thing
from archcompiler.spec.models import DataSpec, Spec
from archcompiler.suggest import closest
from archcompiler.tensors import shape_text
from archcompiler.wording import described, listed

PLACE: Loc = ("serving",)
BATCH = "batch_size"


def serving_problems(spec: Spec, graph: TypedGraph, shapes: ShapeReader) -> Iterator[Problem]:
    """What the model cannot be given, one problem an entry."""
    stateful = stateful_layer(graph)
    for name, given in (spec.serving or {}).items():
        loc = (*PLACE, name)
        if name == BATCH and name not in spec.inputs:
            if isinstance(given, DataSpec):
                help = "write for example `serving: {batch_size: 1}`"
                yield Problem("ARC103", "`batch_size` is a positive whole number, but a shape is given", loc, help=help)
            else:
                yield from _batch(given, graph, stateful, loc)
        elif name not in graph.inputs:
            near = closest(name, [*graph.inputs, BATCH])
            change = (Change("replace_key", loc, near),) if near else ()
            help = f"did you mean `{near}`?" if near else f"there are {listed([*graph.inputs, BATCH])}"
            yield Problem("ARC323", f"`{name}` is no input of the model", loc, help=help, changes=change)
        elif not isinstance(given, DataSpec):
            message = f"`{name}` is a list of sizes or a mapping, but {described(given)} is given"
            yield Problem("ARC103", message, loc, False, help="write for example `readings: [null, 2]`")
        else:
            yield from _shape(name, given, graph, stateful, shapes)


def _batch(size: int, graph: TypedGraph, stateful: Thing | None, loc: Loc) -> Iterator[Problem]:
    batch = graph.batch_size
    if stateful is None or batch is None or size == batch:
        return
    note = f"this {stateful.class_name} carries state, with a row for each sample"
    yield Problem(
        "ARC320",
        f"batches of {size} will be served, but the model carries state for batches of {batch}",
        loc,
        on_key=False,
        notes=(PlacedNote(note, stateful.place("stateful")), PlacedNote("the batch is fixed here", (BATCH,), False)),
        help=f"serve batches of {batch}, or build the model for {size} with the same weights: `batch_size: {size}`",
    )


def _shape(
    name: str, given: DataSpec, graph: TypedGraph, stateful: Thing | None, shapes: ShapeReader
) -> Iterator[Problem]:
    typed, loc = graph.inputs[name], (*PLACE, name)
    without = len(given.shape) == typed.rank - 1
    axes = shapes.axes(given.shape, loc, batch_first=not without)
    if axes is None or not shapes.is_dtype(given.dtype, loc):
        return
    note = PlacedNote(f"`{name}` is made for {typed}", ("inputs", name))
    place: Loc = (*loc, "shape")
    if not without and len(axes) != typed.rank:
        message = f"`{name}` will be given {shape_text(axes)}, but {typed} is needed"
        help = "write its sizes with the batch axis, or without it"
        yield Problem("ARC503", message, place, False, name, (note,), help)
        return
    if not without and isinstance(axes[0], int):
        yield from _batch(axes[0], graph, stateful, (*place, 0))
    rest: tuple[Dim, ...] = axes if without else axes[1:]
    for size, wanted in zip(rest, typed.axes[1:], strict=True):
        if not isinstance(wanted, int) or size == wanted:
            continue
        came = f"{size}" if isinstance(size, int) else "any number"
        message = f"`{name}` will be given {shape_text((typed.axes[0], *rest))}: {came}, where {wanted} is fixed"
        help = f"serve {wanted}, or name the axis in `inputs`, so that it may have any size"
        yield Problem("ARC503", message, place, False, name, (note,), help)
        return
