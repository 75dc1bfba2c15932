"""Outputs against their targets: steps, features, and the kind of target that the loss wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archcompiler import dims
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.causes import last_step_layer, recurrent_layer, return_sequences
from archcompiler.graph.ir import ArchGraph, Node, Ref, TypedNode
from archcompiler.graph.training import Target, Training, class_of
from archcompiler.tensors import FLOAT_DTYPES, INTEGER_DTYPES, TensorType, shape_text

SPARSE = frozenset({"SparseCategoricalCrossentropy"})
FREE = frozenset({"CTC", "CategoricalGeneralizedCrossEntropy"})
"""Losses whose targets have a form of their own, about which nothing is said here."""


def contract(
    graph: ArchGraph, nodes: Mapping[str, TypedNode], targets: Mapping[str, Target], training: Training | None
) -> list[Problem]:
    """What keeps a target from being compared with its output, one problem an output."""
    problems: list[Problem] = []
    for name, target in targets.items():
        ref = graph.outputs.refs[name]
        typed = target_type(target, nodes)
        loss = class_of("losses", training.losses.get(name)) if training else None
        if typed is None or ref.node not in nodes or loss in FREE:
            continue
        output = nodes[ref.node].outputs[ref.result]
        problem = _compare(target, typed, output, loss, name, training)
        if problem is not None:
            problems.append(_with_cause(problem, graph, nodes, ref, typed, output))
    return problems


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
        as_values = _difference(typed, output, output.axes)
        as_codes = _difference(typed, output, output.axes[:-1])
        return None if as_values is None or as_codes is None else _problem(target, typed, output, as_values, None, name)
    if loss in SPARSE:
        if typed.dtype in FLOAT_DTYPES and target.dtype_given and not _difference(typed, output, output.axes):
            return _one_hot(target, typed, output, training, name)
        return _problem(target, typed, output, _difference(typed, output, output.axes[:-1]), loss, name)
    if loss.startswith("Categorical") and typed.dtype in INTEGER_DTYPES:
        codes = not _difference(typed, output, output.axes[:-1])
        return _codes(target, typed, output, training, name) if codes else None
    return _problem(target, typed, output, _difference(typed, output, output.axes), loss, name)


def _difference(typed: TensorType, output: TensorType, wanted: tuple[dims.Dim, ...]) -> str | None:
    """How the target differs from the shape that is wanted of it, or None. (batch,) and (batch, 1) are squared, and a
    sparse target may end in an axis of one."""
    axes = typed.axes
    if len(axes) == len(wanted) + 1 and axes[-1] == 1:
        axes = axes[:-1]
    elif len(axes) == len(wanted) - 1 == 1 and wanted[-1] == 1:
        wanted = wanted[:-1]
    if len(axes) != len(wanted):
        return "rank"
    for one, other in zip(axes, wanted, strict=True):
        if dims.differ(one, other):
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
    where = _where(target)
    if difference == "rank":
        return Problem("ARC301", f"the target is {typed}, but {demand}", where, layer=name)
    return Problem(
        "ARC302",
        f"the target is {typed}, but {demand}: {difference}",
        where,
        layer=name,
        help=f"make the last layer give {shape_text(typed.axes)}" if loss not in SPARSE else None,
    )


def _where(target: Target):
    return (
        (*target.loc, "same_as")
        if target.same_as
        else (*target.loc, "next_step_of")
        if target.next_step_of
        else (*target.loc, "shape")
    )


def _one_hot(target: Target, typed: TensorType, output: TensorType, training: Training | None, name: str) -> Problem:
    loc = training.loss_locs[name] if training else target.loc
    return Problem(
        "ARC306",
        f"SparseCategoricalCrossentropy wants codes {shape_text(output.axes[:-1])}, but the target is {typed} of "
        f"{typed.dtype}, as one-hot vectors are",
        loc,
        on_key=False,
        layer=name,
        notes=(PlacedNote("the target is here", _where(target)),),
        help="write `loss: categorical_crossentropy`, which takes one-hot targets",
        changes=(Change("replace_value", loc, "categorical_crossentropy"),),
        safe=False,
    )


def _codes(target: Target, typed: TensorType, output: TensorType, training: Training | None, name: str) -> Problem:
    loc = training.loss_locs[name] if training else target.loc
    return Problem(
        "ARC306",
        f"CategoricalCrossentropy wants one-hot targets {output}, but the target is {typed} of {typed.dtype}: codes",
        loc,
        on_key=False,
        layer=name,
        notes=(PlacedNote("the target is here", _where(target)),),
        help="write `loss: sparse_categorical_crossentropy`, which takes codes",
        changes=(Change("replace_value", loc, "sparse_categorical_crossentropy"),),
        safe=False,
    )


def _with_cause(
    problem: Problem, graph: ArchGraph, nodes: Mapping[str, TypedNode], ref: Ref, typed: TensorType, output: TensorType
) -> Problem:
    """Where the target has steps and the output has none, or the reverse: the recurrent layer that decides it."""
    if problem.code != "ARC301":
        return problem
    maker = _last_recurrent(graph, ref)
    if maker is None:
        return replace(problem, help=problem.help or f"the output is made by `{ref.node}`")
    returns_last = last_step_layer(maker)
    thing = returns_last or recurrent_layer(maker)
    if thing is None:
        return problem
    if returns_last is not None and typed.rank >= 2 and output.rank == 2:
        because = "" if "return_sequences" in thing.given else ", because `return_sequences` is false by default"
        note = PlacedNote(f"this {thing.class_name} returns only its last step{because}", thing.loc)
        help = f"add `return_sequences: true` to the {thing.class_name}{{on_line}}"
        return replace(problem, notes=(note,), help=help, changes=(return_sequences(thing, True),))
    if returns_last is None and output.rank >= 3:
        note = PlacedNote(f"this {thing.class_name} returns every step, because of `return_sequences: true`", thing.loc)
        help = f"let the {thing.class_name}{{on_line}} return its last step only: `return_sequences: false`"
        return replace(problem, notes=(note,), help=help, changes=(return_sequences(thing, False),), safe=False)
    return problem


def _last_recurrent(graph: ArchGraph, ref: Ref) -> Node | None:
    """The nearest recurrent layer above an output, going up through layers of one source."""
    node = graph.nodes[ref.node]
    while recurrent_layer(node) is None:
        if len(node.sources) != 1 or node.sources[0] is None or node.kind == "input":
            return None
        node = graph.nodes[node.sources[0].node]
    return node
