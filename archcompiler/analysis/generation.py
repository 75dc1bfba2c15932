"""A generator is sound where what it gives can be fed back to it, and no step needs a later one."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.analysis.causality import sights
from archcompiler.analysis.feedback import fed_back, lost_steps, taught_otherwise
from archcompiler.analysis.sight import Sight
from archcompiler.analysis.unstepped import joins_whole_sequence
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.generation import PLACE, Fed, Generation, Stepping
from archcompiler.graph.ir import Node, TypedGraph
from archcompiler.graph.steps import has_steps, stateful_layer
from archcompiler.graph.training import Target, Training
from archcompiler.spec.models import GenerationSpec


def stepping(
    graph: TypedGraph,
    generation: Generation,
    training: Training | None,
    targets: Mapping[str, Target],
    problems: list[Problem],
) -> Stepping | None:
    """How the model goes on alone; None where it cannot, which is told, one problem a feedback."""
    spec = generation.spec
    seen = {name: sights(graph, name) for name in graph.inputs}

    def fits(output: str, given: str) -> bool:
        return isinstance(fed_back(graph, generation, output, given, seen[given], training), Fed)

    crossed = taught_otherwise(generation, targets, fits)
    if crossed is not None:
        problems.append(crossed)
        return None
    window = _window(graph, generation, seen)
    found: list[Problem] = _tokens_unasked(spec)
    fed: list[Fed] = []
    for output, given in generation.feedback.items():
        one = fed_back(graph, generation, output, given, seen[given], training)
        if isinstance(one, Problem):
            found.append(one)
        else:
            fed.append(one)
    along = () if window is not None else _along(graph, generation, seen)
    if not found:
        found += _unsteady(graph, generation, seen, along) if window is None else _windowed(graph, generation, window)
    problems.extend(found)
    return None if found else Stepping(spec, tuple(fed), along, window)


def _window(
    graph: TypedGraph, generation: Generation, seen: Mapping[str, Mapping[str, tuple[Sight, ...]]]
) -> int | None:
    """How many of the last steps the model sees: as the spec says, or all that a many-to-one model of a fixed length
    takes."""
    if generation.spec.window is not None:
        return generation.spec.window
    for output, given in generation.feedback.items():
        steps = graph.inputs[given].axes[1:2]
        ref = graph.graph.outputs.refs[output]
        if steps and isinstance(steps[0], int) and lost_steps(graph, output, seen[given][ref.node][ref.result]):
            return steps[0]
    return None


def _tokens_unasked(spec: GenerationSpec) -> list[Problem]:
    if spec.sample is not None:
        return []
    return [
        Problem(
            "ARC314",
            f"`{key}` is a token, but no tokens are drawn: the output itself is fed back",
            ("generation", key),
            help="write `sample: {temperature: 1.0}` or `sample: greedy`, if the output is a distribution over tokens",
        )
        for key in ("start", "stop")
        if getattr(spec, key) is not None
    ]


def _along(
    graph: TypedGraph, generation: Generation, seen: Mapping[str, Mapping[str, tuple[Sight, ...]]]
) -> tuple[str, ...]:
    """Inputs that are not fed back, and of which each step of an output sees its own."""
    fed = set(generation.feedback.values())
    found: list[str] = []
    for name in graph.inputs:
        refs = [graph.graph.outputs.refs[output] for output in generation.feedback]
        reaches = {seen[name][ref.node][ref.result].reach for ref in refs}
        steady = bool(reaches & {"same", "past", "last"}) and "ahead" not in reaches
        if name not in fed and steady and has_steps(graph.inputs[name]):
            found.append(name)
    return tuple(found)


def _unsteady(
    graph: TypedGraph,
    generation: Generation,
    seen: Mapping[str, Mapping[str, tuple[Sight, ...]]],
    along: tuple[str, ...],
) -> list[Problem]:
    """What keeps the model from being run step by step: the first layer that looks ahead, or that differs by step."""
    for output, given in generation.feedback.items():
        ref = graph.graph.outputs.refs[output]
        sight = seen[given][ref.node][ref.result]
        if sight.ahead:
            node = _node_at(graph, sight.culprit)
            window = "or let the model see the last steps only: `window: 24`"
            return [
                Problem(
                    "ARC312",
                    f"`{output}` cannot be generated step by step: `{'.'.join(sight.culprit)}` looks at later steps "
                    f"({sight.reason})",
                    (*PLACE, output),
                    layer=sight.culprit[-1] if sight.culprit else output,
                    notes=(PlacedNote(f"here: {sight.reason}", node.thing_loc),) if node else (),
                    help=f"use what looks back only, such as `LSTM` or `Conv1D` with `padding: causal`, {window}",
                )
            ]
        if sight.positional or sight.reach == "ahead":
            node = _node_at(graph, sight.culprit)
            return [
                Problem(
                    "ARC313",
                    f"`{output}` cannot be generated step by step: {sight.reason or 'a layer differs by step'}",
                    (*PLACE, output),
                    notes=(PlacedNote("here", node.thing_loc),) if node else (),
                    help="let the model see the last steps only, as many as it was made for: `window: …`",
                )
            ]
    joined = joins_whole_sequence(graph, {*generation.feedback.values(), *along})
    if joined is None:
        return []
    return [
        Problem(
            "ARC313",
            f"`{joined.name}` joins each step with a whole sequence that is given once, and has no part for a step "
            "that is yet to come",
            PLACE,
            on_key=False,
            layer=joined.name,
            notes=(PlacedNote(f"here: {' and '.join(str(one) for one in joined.inputs)}", joined.node.thing_loc),),
            help="let each step look at it with an attention (`MultiHeadAttention`, the step as `query`), or take its "
            "last step only",
        )
    ]


def _windowed(graph: TypedGraph, generation: Generation, window: int) -> list[Problem]:
    said = generation.spec.window is not None
    place: Loc = ("generation", "window") if said else PLACE
    for given in generation.feedback.values():
        steps = graph.inputs[given].axes[1]
        if isinstance(steps, int) and steps != window:
            return [
                Problem(
                    "ARC311",
                    f"`window` is {window}, but `{given}` {graph.inputs[given]} takes {steps} steps",
                    place,
                    on_key=False,
                    notes=(PlacedNote(f"`{given}` is {graph.inputs[given]}", ("inputs", given)),),
                    help=f"write `window: {steps}`, or remove it",
                    changes=(Change("replace_value", place, steps),),
                )
            ]
    if generation.spec.start is not None and window > 1:
        return [
            Problem(
                "ARC311",
                f"`start` is one token, but the model sees the last {window} steps, which must all be known",
                ("generation", "start"),
                notes=(PlacedNote("because of this", place),) if said else (),
                help="remove `start`, and give that many steps to start from"
                + (", or remove `window`, where the model can be run step by step" if said else ""),
                changes=(Change("remove_entry", ("generation", "start")),),
                safe=False,
            )
        ]
    thing = stateful_layer(graph)
    if thing is None:
        return []
    return [
        Problem(
            "ARC313",
            "this model carries its state from step to step, and a window that slides shows it the same steps again",
            place,
            on_key=False,
            notes=(PlacedNote(f"the {thing.class_name} carries it", thing.place("stateful")),),
            help="remove `window`, or `stateful: true`",
        )
    ]


def _node_at(graph: TypedGraph, path: tuple[str, ...]) -> Node | None:
    """The node at the end of a path through nested models."""
    for index, name in enumerate(path):
        node = graph.nodes.get(name)
        if node is None:
            return None
        if index == len(path) - 1:
            return node.node
        graph = graph.models[node.node.target]
    return None
