"""Two outputs whose targets, or whose losses, stand under each other's name: one mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations

from archcompiler.analysis.contract import OF_NUMBERS
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.ir import ArchGraph, TypedNode
from archcompiler.graph.training import Target, Training, class_of, loss_place

Check = Callable[[Mapping[str, Target], Training | None], list[Problem]]
"""What is wrong with some targets under a training."""


def set_right(
    targets: dict[str, Target],
    training: Training | None,
    graph: ArchGraph,
    nodes: Mapping[str, TypedNode],
    check: Check,
    problems: list[Problem],
) -> tuple[dict[str, Target], Training | None]:
    """Targets and training as they are meant, where two targets or two losses are swapped, which is told."""
    if len(targets) < 2 and (training is None or len(training.losses) < 2):
        return targets, training
    wrong = [name for name in graph.outputs.refs if name in targets and check({name: targets[name]}, training)]
    given = [name for name in wrong if _is_movable(targets[name])]
    for one, other in combinations(given, 2):
        moved = {one: replace(targets[other], output=one), other: replace(targets[one], output=other)}
        if not check(moved, training):
            problems.append(_targets(targets[one], targets[other], graph, nodes))
            return {**targets, **moved}, training
    if training is None:
        return targets, training
    over_one = [name for name in training.losses if _is_over_one(name, training, graph, nodes)]
    classes = [name for name in training.losses if over_one and _tells_classes(name, training, graph, nodes)]
    doubtful = [name for name in training.losses if name in {*wrong, *over_one, *classes}]
    for one, other in combinations(doubtful, 2):
        meant = _exchanged(training, one, other)
        if meant is None or any(_is_over_one(name, meant, graph, nodes) for name in (one, other)):
            continue
        if not check({name: targets[name] for name in (one, other) if name in targets}, meant):
            problems.append(_losses(training, one, other))
            return targets, meant
    return targets, training


def _exchanged(training: Training, one: str, other: str) -> Training | None:
    """The training with two losses exchanged, where they are two."""
    losses, places = dict(training.losses), dict(training.loss_locs)
    if losses[one] == losses[other] or places[one] == places[other]:
        return None
    losses[one], losses[other] = losses[other], losses[one]
    places[one], places[other] = places[other], places[one]
    return replace(training, losses=losses, loss_locs=places)


def _is_movable(target: Target) -> bool:
    return target.type is not None and target.described and not target.supplied and target.loc[:1] == ("targets",)


def _targets(one: Target, other: Target, graph: ArchGraph, nodes: Mapping[str, TypedNode]) -> Problem:
    shapes = [str(_output(target.output, graph, nodes)) for target in (one, other)]
    return Problem(
        "ARC302" if one.type and other.type and one.type.rank == other.type.rank else "ARC301",
        f"the targets of `{one.output}` {shapes[0]} and `{other.output}` {shapes[1]} look swapped: "
        f"they are {one.type} and {other.type}",
        one.loc,
        layer=one.output,
        notes=(PlacedNote(f"this fits `{one.output}`", other.loc),),
        help="exchange the two names",
        changes=(Change("replace_key", one.loc, other.output), Change("replace_key", other.loc, one.output)),
        safe=False,
    )


def _output(name: str, graph: ArchGraph, nodes: Mapping[str, TypedNode]) -> object:
    ref = graph.outputs.refs[name]
    return nodes[ref.node].outputs[ref.result]


def _losses(training: Training, one: str, other: str) -> Problem:
    names = [class_of("losses", training.losses[name]) for name in (one, other)]
    (loc, on_key), (second, second_on_key) = (loss_place(training, name) for name in (one, other))
    keys = [training.loss_locs[name] for name in (one, other)]
    return Problem(
        "ARC306",
        f"the losses of `{one}` and `{other}` look swapped: {names[0]} fits `{other}`, and {names[1]} fits `{one}`",
        loc,
        on_key,
        layer=one,
        notes=(PlacedNote(f"this fits `{one}`", second, second_on_key),),
        help="exchange the two names",
        changes=(Change("replace_key", keys[0], other), Change("replace_key", keys[1], one)),
        safe=False,
    )


def _is_over_one(name: str, training: Training, graph: ArchGraph, nodes: Mapping[str, TypedNode]) -> bool:
    """Whether a loss of classes stands over an output of one number."""
    ref = graph.outputs.refs[name]
    loss = class_of("losses", training.losses.get(name)) or ""
    typed = nodes[ref.node].outputs[ref.result] if ref.node in nodes else None
    of_classes = loss.startswith(("Categorical", "SparseCategorical"))
    return typed is not None and of_classes and typed.axes[-1:] == (1,)


def _tells_classes(name: str, training: Training, graph: ArchGraph, nodes: Mapping[str, TypedNode]) -> bool:
    """Whether an output that is a softmax is trained as numbers are."""
    ref = graph.outputs.refs[name]
    thing = nodes[ref.node].node.thing if ref.node in nodes else None
    softmax = thing is not None and thing.given.get("activation") == "softmax"
    return softmax and class_of("losses", training.losses.get(name)) in OF_NUMBERS
