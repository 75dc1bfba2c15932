"""What mends a call of a nested model on tensors that it does not take."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.dims import Dim
from archcompiler.flow import to_flow
from archcompiler.graph.branches import with_left_over
from archcompiler.graph.causes import only_last_step, return_sequences
from archcompiler.graph.ir import Node, TypedNode
from archcompiler.graph.makers import Typed, layer_before, rank_maker, recurrent_layer, size_maker
from archcompiler.tensors import TensorType


def with_mending(problem: Problem, node: Node, done: Mapping[str, TypedNode], models: Mapping[str, Typed]) -> Problem:
    """The problem of a call with what it was given by, and what mends it: at the layer that made the steps or the
    size, or in the inputs of the model."""
    inner = models[node.target]
    declared = [inner.nodes[one.name].outputs[0] for one in inner.graph.inputs]
    problem = with_left_over(problem, node, done, tuple(declared))
    if problem.help is not None or len(declared) != len(node.sources):
        return _given_by(problem, [rank_maker(ref, done, models) for ref in node.sources if ref is not None])
    for own, wanted, ref in zip(inner.graph.inputs, declared, node.sources, strict=True):
        if ref is None:
            continue
        given = done[ref.node].outputs[ref.result]
        if wanted.rank != given.rank:
            maker = rank_maker(ref, done, models)
            if maker.node.kind == "input" and maker.outputs[0].axes != given.axes:
                maker, _ = size_maker(done, models, ref, given.rank - 1)
            return _other_rank(problem, node, own, wanted, given, maker)
        differing = [at for at, (one, other) in enumerate(_pairs(wanted, given)) if _misfit(one, other)]
        if differing:
            maker, _ = size_maker(done, models, ref, differing[0] + 1)
            return _other_size(problem, node, own, wanted, given, differing, maker)
    help = f"axes of one name have one size: where they may differ, name them otherwise in `inputs` of `{node.target}`"
    makers = [rank_maker(ref, done, models) for ref in node.sources if ref is not None]
    return replace(_given_by(problem, makers), help=help)


def _given_by(problem: Problem, makers: Sequence[TypedNode]) -> Problem:
    """The problem with a note of what each maker gives, where no other note stands there."""
    told = {note.loc for note in problem.notes}
    notes = [
        PlacedNote(f"`{one.name}` {'is' if one.node.kind == 'input' else 'gives'} {one.outputs[0]}", one.node.thing_loc)
        for one in makers
        if one.node.thing_loc not in told
    ]
    return replace(problem, notes=tuple(dict.fromkeys((*problem.notes, *notes))))


def _other_rank(
    problem: Problem, node: Node, own: Node, wanted: TensorType, given: TensorType, maker: TypedNode
) -> Problem:
    declared = _declared(own.name, node.target, given.axes[1:])
    thing = recurrent_layer(maker.node)
    every = thing is not None and bool(thing["return_sequences"])
    if thing is not None and not every and _fits(wanted, (*given.axes[:1], None, *given.axes[1:])):
        note, help = only_last_step(thing)
        length = wanted.axes[1] if isinstance(wanted.axes[1], int) else "STEPS"
        help += f", or put `RepeatVector: {length}` before `{node.target}`"
        changes = (return_sequences(thing, True),)
        return replace(problem, notes=(*problem.notes, note), help=help, changes=changes, safe=False)
    problem = _given_by(problem, [maker])
    if thing is not None and every and _fits(wanted, (*given.axes[:1], *given.axes[2:])):
        help = f"let the {thing.class_name}{{on_line}} return its last step only: `return_sequences: false`"
        changes = (return_sequences(thing, False),)
        return replace(problem, help=f"{help}, or {declared}", changes=changes, safe=False)
    sizes = (*wanted.axes[1:], *given.axes[1:])
    if all(isinstance(one, int) for one in sizes):
        target = cast("list[int]", list(wanted.axes[1:]))
        if math.prod(target) == math.prod(cast("list[int]", list(given.axes[1:]))):
            layer = "Flatten" if len(target) == 1 else {"Reshape": target}
            help = f"put `{to_flow(layer).strip('{}')}` before `{node.target}`, or {declared}"
            return replace(problem, help=help, changes=layer_before(node, layer), safe=False)
    return replace(problem, help=declared)


def _other_size(
    problem: Problem,
    node: Node,
    own: Node,
    wanted: TensorType,
    given: TensorType,
    differing: list[int],
    maker: TypedNode,
) -> Problem:
    sizes = [other if at in differing else one for at, (one, other) in enumerate(_pairs(wanted, given))]
    changes = tuple(Change("replace_value", (*own.loc, "shape", at), _written(sizes[at])) for at in differing)
    thing = maker.node.thing
    argument = next((one for one in ("units", "filters") if thing is not None and one in thing.given), None)
    last = differing == [wanted.rank - 2] and argument is not None
    instead = f", or `{argument}: {wanted.axes[-1]}` in `{maker.name}`" if last else ""
    help = _declared(own.name, node.target, sizes) + instead
    return replace(_given_by(problem, [maker]), help=help, changes=changes, safe=False)


def _misfit(wanted: Dim, given: Dim) -> bool:
    return isinstance(wanted, int) and dims.differ(wanted, given)


def _declared(name: str, model: str, sizes: Sequence[Dim]) -> str:
    return f"write `{name}: {to_flow([_written(one) for one in sizes])}` under `inputs` of `{model}`"


def _written(size: Dim) -> int | str | None:
    """A size as a shape has it."""
    return size.name if isinstance(size, dims.Size) else size


def _pairs(wanted: TensorType, given: TensorType) -> list[tuple[Dim, Dim]]:
    """The sizes that are declared and those that come, without the batch."""
    return list(zip(wanted.axes[1:], given.axes[1:], strict=True))


def _fits(wanted: TensorType, axes: tuple[Dim, ...]) -> bool:
    return len(axes) == wanted.rank and not any(map(dims.differ, wanted.axes, axes))
