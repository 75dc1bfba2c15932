"""Why an output has another shape than its target: the layer that made it so, and what would mend it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.analysis.flattening import missing_flatten
from archcompiler.analysis.target_steps import is_broadcast, steps_missing, steps_too_many, unlike
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.flow import to_flow
from archcompiler.graph.ir import Node, Ref, TypedNode
from archcompiler.graph.joins import cuts, padded
from archcompiler.graph.makers import Typed, image_recurrence, recurrent_layer, size_maker
from archcompiler.graph.supposing import ancestors, supposed
from archcompiler.layers.things import Thing
from archcompiler.tensors import INTEGER_DTYPES, TensorType, shape_text

AXES = {3: {1: "steps"}, 4: {1: "rows", 2: "columns"}, 5: {1: "steps", 2: "rows", 3: "columns"}}
"""What axes are called, by rank; along any other are numbers."""
JOINING = frozenset(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"))


def with_cause(
    problem: Problem,
    nodes: Mapping[str, TypedNode],
    models: Mapping[str, Typed],
    ref: Ref,
    typed: TensorType,
    output: TensorType,
) -> Problem:
    """What makes the output as it is: of a wrong size the layer that gives it, and where the target has steps and the
    output has none, or the reverse, the recurrent layer that decides it."""
    if problem.code == "ARC302":
        found = _with_maker(problem, nodes, models, ref, typed, output)
        return found if found.changes else _with_borders(found, nodes, ref, typed)
    if problem.code != "ARC301":
        return problem
    if output.rank == typed.rank + 1 and unlike(typed.axes, output.axes[:-1]) is None:
        return _last_axis_too_many(problem, nodes, models, ref)
    maker = _last_recurrent(ref, nodes, models)
    thing = (recurrent_layer(maker) or image_recurrence(maker)) if maker is not None else None
    if maker is not None and thing is not None:
        least = 4 if recurrent_layer(maker) is None else 2
        if not thing["return_sequences"] and typed.rank >= least and output.rank == least:
            return steps_missing(problem, nodes, maker, thing, ref, typed, output)
        if thing["return_sequences"] and output.rank > least:
            return steps_too_many(problem, nodes, maker, thing)
    flatten = missing_flatten(nodes, ref, typed.rank) if output.rank > typed.rank else None
    if flatten is not None:
        note, help, changes = flatten
        return replace(problem, notes=(note,), help=help, changes=changes, safe=False)
    node, given = size_maker(nodes, models, ref, nodes[ref.node].outputs[ref.result].rank - 1)
    note = PlacedNote(f"`{node.name}` gives {given}", node.node.thing_loc)
    return replace(problem, notes=(note,), help=problem.help or _what_else(nodes, ref, typed, output))


POOLS = {3: "GlobalAveragePooling1D", 4: "GlobalAveragePooling2D", 5: "GlobalAveragePooling3D"}


def _what_else(nodes: Mapping[str, TypedNode], ref: Ref, typed: TensorType, output: TensorType) -> str:
    """What may be meant by a target of another rank."""
    if output.rank == 1 and output.dtype in INTEGER_DTYPES:
        return f"`{ref.node}` gives codes, of which nothing is learnt; let the probabilities be the output"
    if typed.axes != output.axes and tuple(one for one in typed.axes if one != 1) == output.axes:
        return f"take the axis of 1 out of the target: {output}"
    sizes = [one for one in (*typed.axes[1:], *output.axes[1:]) if not isinstance(one, int)]
    counts = [math.prod(cast("tuple[int, ...]", one.axes[1:])) for one in (typed, output)] if not sizes else [0, 1]
    if counts[0] == counts[1]:
        shape = to_flow(list(typed.axes[1:]))
        return f"`- Reshape: {shape}` after `{ref.node}` gives its {counts[0]} numbers the target's shape"
    pool = POOLS.get(output.rank)
    if pool is not None and typed.rank == 2 and typed.axes[-1] == output.axes[-1]:
        return f"put `{pool}` after `{ref.node}`, or give the target {output}"
    like = next((one for one in nodes.values() if one.node.kind == "input" and one.outputs[0].axes == typed.axes), None)
    if like is not None:
        return f"that is the shape of the input `{like.name}`; give what `{ref.node}` is to tell: {output}"
    return f"give the target {output}, or let `{ref.node}` give {typed}"


def _with_borders(problem: Problem, nodes: Mapping[str, TypedNode], ref: Ref, typed: TensorType) -> Problem:
    """Convolutions without padding, where with it the output would fit."""
    above = ancestors(ref, nodes)
    cutting = {thing.loc: (nodes[name], thing) for name in nodes if name in above and (thing := cuts(nodes[name]))}
    filled = {loc: replace(one, given={**one.given, "padding": "same"}) for loc, (_, one) in cutting.items()}
    made = supposed(nodes[ref.node].node, nodes, filled) if cutting else None
    axes = made[ref.result].axes if made is not None else ()
    fits = bool(axes) and (unlike(typed.axes, axes) is None or unlike(typed.axes, axes[:-1]) is None)
    return padded(problem, cutting) if fits else problem


def _last_axis_too_many(
    problem: Problem, nodes: Mapping[str, TypedNode], models: Mapping[str, Typed], ref: Ref
) -> Problem:
    """The target has one number where the output has a vector."""
    own = nodes[ref.node].outputs[ref.result]
    node, given = size_maker(nodes, models, ref, own.rank - 1)
    thing = node.node.thing
    note = PlacedNote(f"`{node.name}` gives {given}", node.node.thing_loc)
    if thing is None or thing.given.get("units") != own.axes[-1]:
        return replace(
            problem, notes=(note,), help=f"give the target {shape_text(own.axes)}, or let the output end in 1"
        )
    change = Change("set_argument", thing.loc, 1, "units")
    help = f"write `units: 1` in the {thing.class_name}{{on_line}}, or change the target"
    return replace(problem, notes=(note,), help=help, changes=(change,), safe=False)


def _with_maker(
    problem: Problem,
    nodes: Mapping[str, TypedNode],
    models: Mapping[str, Typed],
    ref: Ref,
    typed: TensorType,
    output: TensorType,
) -> Problem:
    own = nodes[ref.node].outputs[ref.result]
    pairs = enumerate(zip(typed.axes, output.axes, strict=False))
    at = next((at for at, (one, other) in pairs if dims.differ(one, other) or is_broadcast(one, other)), own.rank - 1)
    node, given = size_maker(nodes, models, ref, at)
    thing = node.node.thing
    while thing is not None and isinstance(thing.given.get("layer"), Thing) and thing.class_name == "TimeDistributed":
        thing = cast("Thing", thing.given["layer"])
    place = next(
        (thing.place(one) for one in ("units", "filters", "n") if thing is not None and one in thing.given), None
    )
    verb = "is" if node.node.kind == "input" else "gives"
    note = PlacedNote(f"`{node.name}` {verb} {given}", place or (thing.loc if thing else node.node.thing_loc))
    problem = replace(problem, notes=(note,))
    wanted = typed.axes[at] if at < typed.rank else None
    rest = [one for index, one in enumerate(zip(typed.axes, output.axes, strict=False)) if index != at]
    argument = next((one for one in ("units", "filters") if thing and one in thing.given), None)
    argument = argument if at == own.rank - 1 else None
    if thing is not None and thing.class_name == "RepeatVector" and at == 1:
        argument = "n"
    size = thing.given.get(argument) if thing is not None and argument is not None else None
    fits = isinstance(wanted, int) and not any(dims.differ(*one) for one in rest)
    if thing is None or argument is None or size != own.axes[at]:
        rounded = _rounded(problem, nodes, models, node, at)
        if rounded is not None:
            return rounded
        what = AXES.get(own.rank, {}).get(at, "numbers")
        size = output.axes[at]
        what = what if size != 1 else what[:-1]
        many = f"{size} {what}" if isinstance(size, int) else f"as many {what} as the output has"
        help = f"give the target {many}, or change what `{node.name}` gives"
        recurrent = _last_recurrent(ref, nodes, models) if node.node.kind == "input" and what == "steps" else None
        layer = recurrent_layer(recurrent) if recurrent is not None else None
        if layer is not None and layer["return_sequences"] and isinstance(wanted, int) and wanted > 1:
            help = (
                f"it gives as many steps as it is given: for {wanted} let the {layer.class_name} return its last step "
                f"only, and put `RepeatVector: {wanted}` and another {layer.class_name} after it; or give the target "
                f"{many}"
            )
        return replace(problem, help=help)
    if not fits:
        return problem
    change = Change("set_argument", thing.loc, wanted, argument)
    head = f"put `Dense: {wanted}` after it, or " if recurrent_layer(node.node) is not None else ""
    help = f"{head}write `{argument}: {wanted}` in the {thing.class_name}{{on_line}}, or change the target"
    return replace(problem, help=help, changes=(change,), safe=False)


def _rounded(
    problem: Problem, nodes: Mapping[str, TypedNode], models: Mapping[str, Typed], maker: TypedNode, at: int
) -> Problem | None:
    """A size that a pooling rounds, which does not come back where it is doubled again."""
    rank = maker.outputs[0].rank
    if at == rank - 1 or not (maker.class_name.startswith("UpSampling") or "Transpose" in maker.class_name):
        return None
    every = [*nodes.values(), *(one for model in models.values() for one in model.nodes.values())]
    pooling = [one for one in every if "Pooling" in one.class_name and "Global" not in one.class_name]
    halving = [one for one in pooling if one.inputs[0].rank == rank]
    odd = next((one for one in halving if isinstance(size := one.inputs[0].axes[at], int) and size % 2), None)
    if odd is None:
        return None
    sizes = f"{odd.inputs[0].axes[at]} into {odd.outputs[0].axes[at]}"
    note = PlacedNote(f"`{odd.name}` makes {sizes}, which does not come back", odd.node.thing_loc)
    times = (
        f"{len(halving)} times must be a multiple of {2 ** len(halving)}" if len(halving) > 1 else "once must be even"
    )
    help = f"an axis that is halved {times}: pad or cut the input so, or crop what `{maker.name}` gives"
    return replace(problem, notes=(*problem.notes, note), help=help)


def _last_recurrent(ref: Ref, nodes: Mapping[str, TypedNode], models: Mapping[str, Typed]) -> Node | None:
    """The nearest recurrent layer above an output, going up through layers of one source, and into nested models."""
    while True:
        node = nodes[ref.node].node
        if node.kind == "model" and node.target in models:
            inner = models[node.target]
            found = _last_recurrent(list(inner.graph.outputs.refs.values())[ref.result], inner.nodes, models)
            if found is not None:
                return found
        elif recurrent_layer(node) is not None or image_recurrence(node) is not None:
            return node
        above = node.sources[0] if len(node.sources) == 1 else _with_steps(nodes[ref.node])
        if above is None or node.kind == "input":
            return None
        ref = above


def _with_steps(joined: TypedNode) -> Ref | None:
    """Of a vector and a sequence that are joined, the sequence: what is joined has steps because of it."""
    if joined.class_name not in JOINING or len(joined.inputs) != len(joined.node.sources):
        return None
    ranks = [one.rank for one in joined.inputs]
    return joined.node.sources[ranks.index(max(ranks))] if ranks.count(max(ranks)) == 1 else None
