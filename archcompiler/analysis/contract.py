"""Outputs against their targets: steps, features, and the kind of target that the loss wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.causes import last_step_layer, only_last_step, recurrent_layer, return_sequences
from archcompiler.graph.ir import ArchGraph, Node, Ref, TypedNode
from archcompiler.graph.steps import lacks_steps
from archcompiler.graph.training import KerasObject, Target, Training, class_of
from archcompiler.layers.things import Thing
from archcompiler.tensors import FLOAT_DTYPES, INTEGER_DTYPES, TensorType, shape_text

SPARSE = frozenset({"SparseCategoricalCrossentropy"})
REPEATING = frozenset(
    (
        "MeanSquaredError", "MeanAbsoluteError", "MeanSquaredLogarithmicError", "MeanAbsolutePercentageError", "Huber",
        "LogCosh", "CosineSimilarity", "KLDivergence", "Poisson", "Hinge", "SquaredHinge",
    )
)  # fmt: skip
"""Losses that compare unlike shapes without a word, by repeating one along the other."""
FREE = frozenset({"CTC", "CategoricalGeneralizedCrossEntropy", "Circle"})
"""Losses whose targets have a form of their own, about which nothing is said here."""


def contract(
    graph: ArchGraph,
    nodes: Mapping[str, TypedNode],
    targets: Mapping[str, Target],
    training: Training | None,
    sizes: Mapping[str, dims.Dim] | None = None,
) -> list[Problem]:
    """What keeps a target from being compared with its output, one problem an output.

    `sizes` are those that the data have of named axes; they count where the data supply the target too.
    """
    problems: list[Problem] = []
    for name, target in targets.items():
        ref = graph.outputs.refs[name]
        typed = target_type(target, nodes)
        given = training.losses.get(name) if training else None
        loss = class_of("losses", given)
        if typed is None or ref.node not in nodes or loss in FREE or _is_free(given):
            continue
        output = nodes[ref.node].outputs[ref.result]
        if target.supplied:
            output = output.with_axes(*(dims.substitute(axis, sizes or {}) for axis in output.axes))
        windowed = training is not None and training.spec.windows is not None
        if target.next_step_of is not None and windowed and lacks_steps(output, typed):
            typed = typed.with_axes(typed.axes[0], *typed.axes[2:])  # the step after the window
        problem = _compare(target, typed, output, loss, name, training)
        if problem is not None:
            problem = _with_cause(problem, graph, nodes, ref, typed, output)
            notes = tuple(note for note in problem.notes if note.loc != problem.loc)
            problems.append(replace(problem, notes=notes))
    return problems


def _is_free(loss: KerasObject | None) -> bool:
    """Whether nothing is said here of the loss: it takes its classes along another axis than the last, or is a class of
    the user's own."""
    return isinstance(loss, Thing) and (loss.custom is not None or loss.given.get("axis", -1) != -1)


def target_type(target: Target, nodes: Mapping[str, TypedNode]) -> TensorType | None:
    """The target's type: as the data supply it, or the input's that it is made from."""
    source = target.same_as or target.next_step_of
    if source is None:
        return target.type
    return nodes[source].outputs[0] if source in nodes else None


def _compare(
    target: Target, typed: TensorType, output: TensorType, loss: str | None, name: str, training: Training | None
) -> Problem | None:
    if loss is None:
        as_values = _difference(typed, output.axes)
        as_codes = _code_difference(typed, output)
        return None if as_values is None or as_codes is None else _problem(target, typed, output, as_values, None, name)
    if loss in SPARSE:
        sure = typed.dtype in FLOAT_DTYPES if target.dtype_given else target.supplied
        if sure and output.axes[-1] != 1 and not _difference(typed, output.axes):
            return _one_hot(target, typed, output, training, name)
        return _problem(target, typed, output, _code_difference(typed, output), loss, name)
    sure = typed.dtype in INTEGER_DTYPES if target.dtype_given else target.supplied and output.axes[-1] != 1
    if loss.startswith("Categorical") and sure and _code_difference(typed, output) is None:
        return _codes(target, typed, output, training, name)
    return _problem(target, typed, output, _difference(typed, output.axes), loss, name)


def _difference(typed: TensorType, wanted: tuple[dims.Dim, ...]) -> str | None:
    """How the target differs from the output's shape, or None.

    Where one of them has a last axis of 1 that the other lacks, Keras takes it away, and the two match exactly
    (`keras.src.losses.loss.squeeze_or_expand_to_same_rank`).
    """
    axes = typed.axes
    squared = True
    if len(axes) == len(wanted) + 1 and axes[-1] == 1:
        axes = axes[:-1]
    elif len(axes) == len(wanted) - 1 and wanted[-1] == 1:
        wanted = wanted[:-1]
    else:
        squared = False
    # What is left of (batch, steps, 1) and (batch, 1) would be matched by broadcasting, silently.
    if squared and any((one == 1) != (other == 1) for one, other in zip(axes, wanted, strict=True)):
        return "rank"
    return _unlike(axes, wanted)


def _code_difference(typed: TensorType, output: TensorType) -> str | None:
    """How a target of codes differs from one code a vector of the output, or None; it may end in an axis of 1."""
    wanted = output.axes[:-1]
    axes = typed.axes[:-1] if len(typed.axes) == len(wanted) + 1 and typed.axes[-1] == 1 else typed.axes
    return _unlike(axes, wanted)


def _is_broadcast(one: dims.Dim, other: dims.Dim) -> bool:
    """Whether one of two sizes is 1 and the other a named axis: that they are equal is not meant."""
    return (one == 1 and isinstance(other, dims.Size)) or (other == 1 and isinstance(one, dims.Size))


def _unlike(axes: tuple[dims.Dim, ...], wanted: tuple[dims.Dim, ...]) -> str | None:
    if len(axes) != len(wanted):
        return "rank"
    for one, other in zip(axes, wanted, strict=True):
        if dims.differ(one, other) or _is_broadcast(one, other):
            return f"{dims.text(one)} is not {dims.text(other)}"
    return None


def _problem(
    target: Target, typed: TensorType, output: TensorType, difference: str | None, loss: str | None, name: str
) -> Problem | None:
    if difference is None:
        return None
    wanted = shape_text(output.axes[:-1]) if loss in SPARSE else str(output)
    demand = (
        f"{loss} wants one code for each vector of `{name}` {output}, so {wanted}"
        if loss in SPARSE
        else (f"the output `{name}` is {output}")
    )
    where, key = _where(target), not target.described or not target.supplied
    silent = (
        "; Keras would repeat one to match, without a word" if loss in REPEATING and _repeats(typed, output) else ""
    )
    if difference == "rank":
        return Problem("ARC301", f"{target.said} is {typed}, but {demand}{silent}", where, key, name)
    return Problem(
        "ARC302",
        f"{target.said} is {typed}, but {demand}: {difference}{silent}",
        where,
        key,
        layer=name,
        help=f"make the last layer give {shape_text(typed.axes)}" if loss not in SPARSE else None,
    )


def _repeats(typed: TensorType, output: TensorType) -> bool:
    """Whether Keras would compare the two by repeating one of them along an axis, for every size of the batch."""
    shorter, longer = sorted((typed.axes, output.axes), key=len)
    if len(shorter) == 1 and len(longer) > 2 and longer[-1] == 1:
        return True  # every number of the one against every number of the other
    if len(shorter) == len(longer) - 1:
        shorter = (*shorter, 1)  # as `squeeze_or_expand_to_same_rank` has it
    if len(shorter) != len(longer):
        return False
    pairs = list(zip(shorter, longer, strict=True))
    return any((one == 1) != (other == 1) for one, other in pairs) and all(
        one == other or 1 in (one, other) for one, other in pairs
    )


def _where(target: Target) -> Loc:
    for key in ("same_as", "next_step_of"):
        if getattr(target, key) is not None:
            return (*target.loc, key)
    return (*target.loc, "shape") if target.described else target.loc


def _target_note(target: Target) -> tuple[PlacedNote, ...]:
    """Where the spec says what the target is."""
    if target.supplied and not target.described:
        return ()
    return (PlacedNote("the target is here", _where(target), not target.supplied),)


def _one_hot(target: Target, typed: TensorType, output: TensorType, training: Training | None, name: str) -> Problem:
    loc = training.loss_locs[name] if training else target.loc
    return Problem(
        "ARC306",
        f"SparseCategoricalCrossentropy wants codes {shape_text(output.axes[:-1])}, but {target.said} is {typed}"
        f"{f' of {typed.dtype}' if target.dtype_given else ''}, as one-hot vectors are",
        loc,
        on_key=False,
        layer=name,
        notes=_target_note(target),
        help="write `loss: categorical_crossentropy`, which takes one-hot targets",
        changes=(Change("replace_value", loc, "categorical_crossentropy"),),
        safe=False,
    )


def _codes(target: Target, typed: TensorType, output: TensorType, training: Training | None, name: str) -> Problem:
    loc = training.loss_locs[name] if training else target.loc
    return Problem(
        "ARC306",
        f"CategoricalCrossentropy wants one-hot targets {output}, but {target.said} is {typed}"
        f"{f' of {typed.dtype}' if target.dtype_given else ''}: codes",
        loc,
        on_key=False,
        layer=name,
        notes=_target_note(target),
        help="write `loss: sparse_categorical_crossentropy`, which takes codes",
        changes=(Change("replace_value", loc, "sparse_categorical_crossentropy"),),
        safe=False,
    )


def _with_cause(
    problem: Problem, graph: ArchGraph, nodes: Mapping[str, TypedNode], ref: Ref, typed: TensorType, output: TensorType
) -> Problem:
    """What makes the output as it is: of a wrong size the layer that gives it, and where the target has steps and the
    output has none, or the reverse, the recurrent layer that decides it."""
    if problem.code == "ARC302":
        return _with_maker(problem, graph, nodes, ref, typed, output)
    if problem.code != "ARC301":
        return problem
    if output.rank == typed.rank + 1 and _unlike(typed.axes, output.axes[:-1]) is None:
        return _last_axis_too_many(problem, nodes, ref)
    maker = _last_recurrent(graph, ref)
    if maker is None:
        node, given = _maker(nodes, ref, nodes[ref.node].outputs[ref.result].rank - 1)
        note = PlacedNote(f"`{node.name}` gives {given}", node.node.thing_loc)
        return replace(problem, notes=(note,), help=problem.help or f"the output is made by `{ref.node}`")
    returns_last = last_step_layer(maker)
    thing = returns_last or recurrent_layer(maker)
    if thing is None:
        return problem
    if returns_last is not None and typed.rank >= 2 and output.rank == 2:
        note, help = only_last_step(thing)
        return replace(problem, notes=(note,), help=help, changes=(return_sequences(thing, True),))
    if returns_last is None and output.rank >= 3:
        note = PlacedNote(f"this {thing.class_name} returns every step, because of `return_sequences: true`", thing.loc)
        help = f"let the {thing.class_name}{{on_line}} return its last step only: `return_sequences: false`"
        return replace(problem, notes=(note,), help=help, changes=(return_sequences(thing, False),), safe=False)
    return problem


def _last_axis_too_many(problem: Problem, nodes: Mapping[str, TypedNode], ref: Ref) -> Problem:
    """The target has one number where the output has a vector."""
    own = nodes[ref.node].outputs[ref.result]
    node, given = _maker(nodes, ref, own.rank - 1)
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
    problem: Problem, graph: ArchGraph, nodes: Mapping[str, TypedNode], ref: Ref, typed: TensorType, output: TensorType
) -> Problem:
    own = nodes[ref.node].outputs[ref.result]
    pairs = enumerate(zip(typed.axes, output.axes, strict=False))
    at = next((at for at, (one, other) in pairs if dims.differ(one, other) or _is_broadcast(one, other)), own.rank - 1)
    node, given = _maker(nodes, ref, at)
    thing = node.node.thing
    while thing is not None and isinstance(thing.given.get("layer"), Thing) and thing.class_name == "TimeDistributed":
        thing = cast("Thing", thing.given["layer"])
    note = PlacedNote(f"`{node.name}` gives {given}", thing.loc if thing else node.node.thing_loc)
    problem = replace(problem, notes=(note,))
    wanted = typed.axes[at] if at < typed.rank else None
    rest = [one for index, one in enumerate(zip(typed.axes, output.axes, strict=False)) if index != at]
    argument = "units" if at == own.rank - 1 else None
    if thing is not None and thing.class_name == "RepeatVector" and at == 1:
        argument = "n"
    size = thing.given.get(argument) if thing is not None and argument is not None else None
    fits = isinstance(wanted, int) and not any(dims.differ(*one) for one in rest)
    if thing is None or argument is None or size != own.axes[at]:
        what = "steps" if at == 1 and own.rank > 2 else "numbers"
        help = f"give the target {dims.text(output.axes[at])} {what}, or change what `{node.name}` gives"
        return replace(problem, help=help)
    if not fits:
        return problem
    change = Change("set_argument", thing.loc, wanted, argument)
    help = f"write `{argument}: {wanted}` in the {thing.class_name}{{on_line}}, or change the target"
    return replace(problem, help=help, changes=(change,), safe=False)


def _maker(nodes: Mapping[str, TypedNode], ref: Ref, at: int) -> tuple[TypedNode, TensorType]:
    """The node that gave a tensor the size of its axis `at`: going up, the first whose input has another there."""
    node = nodes[ref.node]
    size = node.outputs[ref.result].axes[at]
    while node.node.kind == "layer" and node.inputs and ref.result == 0:
        above, given = node.node.sources[0], node.inputs[0]
        made = node.outputs[0]
        thing = node.node.thing
        if above is None or given.rank != made.rank or given.axes[at] != size:
            break
        if at == made.rank - 1 and thing is not None and ("units" in thing.given or "filters" in thing.given):
            break
        ref, node = above, nodes[above.node]
    return node, node.outputs[ref.result]


def _last_recurrent(graph: ArchGraph, ref: Ref) -> Node | None:
    """The nearest recurrent layer above an output, going up through layers of one source."""
    node = graph.nodes[ref.node]
    while recurrent_layer(node) is None:
        if len(node.sources) != 1 or node.sources[0] is None or node.kind == "input":
            return None
        node = graph.nodes[node.sources[0].node]
    return node
