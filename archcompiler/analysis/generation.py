"""A generator is sound where what it gives can be fed back to it, and no step needs a later one."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler import dims
from archcompiler.analysis.causality import Sight, sights
from archcompiler.analysis.unstepped import joins_whole_sequence
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.generation import PLACE, Fed, FedForm, Generation, Stepping
from archcompiler.graph.ir import Node, TypedGraph
from archcompiler.graph.steps import has_steps, stateful_layer
from archcompiler.graph.training import Training, class_of
from archcompiler.layers.things import Thing
from archcompiler.spec.models import GenerationSpec
from archcompiler.tensors import INTEGER_DTYPES, shape_text

SAMPLE: Loc = ("generation", "sample")
CATEGORICAL = frozenset(
    ("CategoricalCrossentropy", "SparseCategoricalCrossentropy", "CategoricalFocalCrossentropy", "KLDivergence")
)
"""Losses whose output is a distribution over classes, or its logits."""


def stepping(
    graph: TypedGraph, generation: Generation, training: Training | None, problems: list[Problem]
) -> Stepping | None:
    """How the model goes on alone; None where it cannot, which is told, one problem a feedback."""
    spec = generation.spec
    seen = {name: sights(graph, name) for name in graph.inputs}
    window = _window(graph, generation, seen)
    found: list[Problem] = _tokens_unasked(spec)
    fed: list[Fed] = []
    for output, given in generation.feedback.items():
        one = _fed(graph, generation, output, given, seen[given], training)
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
        if steps and isinstance(steps[0], int) and _lost_steps(graph, output, seen[given][ref.node][ref.result]):
            return steps[0]
    return None


def _lost_steps(graph: TypedGraph, output: str, sight: Sight) -> bool:
    """Whether the output is one for all steps: many to one."""
    return sight.reach == "last" or (sight.reach == "ahead" and graph.outputs[output].rank <= 2)


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


def _fed(
    graph: TypedGraph,
    generation: Generation,
    output: str,
    given: str,
    seen: Mapping[str, tuple[Sight, ...]],
    training: Training | None,
) -> Fed | Problem:
    typed, fed = graph.outputs[output], graph.inputs[given]
    ref = graph.graph.outputs.refs[output]
    sight = seen[ref.node][ref.result]
    place = (*PLACE, output)
    if sight.reach == "nothing":
        message = f"`{output}` does not depend on `{given}`, so that feeding it back changes nothing"
        help = f"feed back an output that is made from `{given}`"
        return Problem("ARC310", message, place, on_key=False, layer=output, help=help)
    if not has_steps(fed):
        message = f"`{given}` {fed} has no step axis along which to go on"
        return Problem(
            "ARC311", message, place, on_key=False, help="give it one, for example `shape: [steps, features]`"
        )
    every_step = not _lost_steps(graph, output, sight)
    if every_step and typed.rank < 2:
        return _misfit(graph, output, given, "it has no step axis")
    step = (typed.axes[0], *typed.axes[2:]) if every_step else typed.axes
    wanted = (fed.axes[0], *fed.axes[2:])
    if generation.spec.sample is None:
        return _value(graph, output, given, step, wanted, every_step)
    return _token(graph, generation, output, given, (step, wanted), every_step, training)


def _value(
    graph: TypedGraph, output: str, given: str, step: tuple[dims.Dim, ...], wanted: tuple[dims.Dim, ...], steps: bool
) -> Fed | Problem:
    fed, made = graph.inputs[given], graph.outputs[output]
    if fed.dtype in INTEGER_DTYPES:
        return Problem(
            "ARC311",
            f"`{given}` takes {fed.dtype} codes, but `{output}` gives {made.dtype} {made}",
            (*PLACE, output),
            on_key=False,
            layer=output,
            help="draw a token from it: `sample: {temperature: 1.0}`, or `sample: greedy`",
            changes=(Change("set_key", ("generation",), "greedy", "sample"),),
            safe=False,
        )
    if len(step) != len(wanted) or any(dims.differ(*pair) for pair in zip(step[1:], wanted[1:], strict=True)):
        return _misfit(graph, output, given, f"a step is {shape_text(step)}, and {shape_text(wanted)} is wanted")
    return Fed(output, given, "value", steps)


def _misfit(graph: TypedGraph, output: str, given: str, why: str) -> Problem:
    node = graph.nodes[graph.graph.outputs.refs[output].node]
    thing, fed = node.node.thing, graph.inputs[given]
    changes: tuple[Change, ...] = ()
    help = f"make what `{output}` gives at a step as wide as a step of `{given}`"
    wanted = fed.axes[-1]
    if thing is not None and isinstance(wanted, int) and "units" in thing.given:
        changes = (Change("set_argument", thing.loc, wanted, "units"),)
        help = f"write `units: {wanted}` in the {thing.class_name}{{on_line}}"
    return Problem(
        "ARC311",
        f"`{output}` {graph.outputs[output]} is fed back to `{given}` {fed}, but does not fit it: {why}",
        (*PLACE, output),
        on_key=False,
        layer=output,
        notes=(PlacedNote(f"`{output}` gives {graph.outputs[output]}", node.node.thing_loc),),
        help=help,
        changes=changes,
        safe=False,
    )


def _token(
    graph: TypedGraph,
    generation: Generation,
    output: str,
    given: str,
    shapes: tuple[tuple[dims.Dim, ...], tuple[dims.Dim, ...]],
    steps: bool,
    training: Training | None,
) -> Fed | Problem:
    step, wanted = shapes
    classes = step[-1]
    if len(step) != 2 or not isinstance(classes, int) or classes < 2:
        came = shape_text(step)
        return Problem(
            "ARC314",
            f"a token is drawn from a distribution (batch, classes), but a step of `{output}` is {came}",
            SAMPLE,
            layer=output,
            help="remove `sample`, or end the model with `Dense: {units: CLASSES, activation: softmax}`",
        )
    softmax = _is_softmax(graph, output)
    loss = class_of("losses", training.losses.get(output)) if training else None
    if loss is not None and loss not in CATEGORICAL and not softmax:
        return Problem(
            "ARC314",
            f"tokens are to be drawn from `{output}`, but {loss} trains it to be a value, not a distribution",
            SAMPLE,
            layer=output,
            notes=(PlacedNote("the loss is here", training.loss_locs[output] if training else SAMPLE),),
            help="remove `sample`, or train with `sparse_categorical_crossentropy` towards codes",
        )
    form: FedForm = "code" if len(wanted) == 1 else "one_hot"
    if form == "one_hot" and (len(wanted) != 2 or dims.differ(wanted[1], classes)):
        return _misfit(graph, output, given, f"{classes} classes, one-hot, are no {shape_text(wanted)}")
    problem = _too_few(graph, output, given, classes) or _no_class(generation.spec, output, classes)
    return problem or Fed(output, given, form, steps, not softmax)


def _too_few(graph: TypedGraph, output: str, given: str, classes: int) -> Problem | None:
    for node in graph.nodes.values():
        thing = node.node.thing
        if (
            node.class_name != "Embedding"
            or thing is None
            or not any(one and one.node == given for one in node.node.sources)
        ):
            continue
        known = thing["input_dim"]
        if isinstance(known, int) and known < classes:
            return Problem(
                "ARC311",
                f"`{output}` tells {classes} classes apart, but `{node.name}`, which takes the token, knows {known}",
                (*PLACE, output),
                on_key=False,
                layer=output,
                notes=(PlacedNote(f"{known} codes are known here", thing.place("input_dim")),),
                help=f"write `input_dim: {classes}` in the Embedding{{on_line}}, or let `{output}` give {known}",
                changes=(Change("set_argument", thing.loc, classes, "input_dim"),),
                safe=False,
            )
    return None


def _no_class(spec: GenerationSpec, output: str, classes: int) -> Problem | None:
    sample = spec.sample
    for key in ("start", "stop"):
        token = getattr(spec, key)
        if token is not None and token >= classes:
            message = f"`{key}` is the token {token}, but `{output}` tells {classes} apart: 0 … {classes - 1}"
            help = f"tokens count from 0; raise the units of `{output}`, or write a token below {classes}"
            return Problem("ARC314", message, ("generation", key), on_key=False, layer=output, help=help)
    if sample is not None and not isinstance(sample, str) and (sample.top_k or 0) > classes:
        message = f"`top_k` is {sample.top_k}, but `{output}` tells {classes} tokens apart"
        help = "leave `top_k` out to draw among all of them"
        return Problem("ARC314", message, (*SAMPLE, "top_k"), on_key=False, layer=output, help=help)
    return None


def _is_softmax(graph: TypedGraph, output: str) -> bool:
    """Whether the output ends in a softmax, going up through what changes nothing, into nested models too."""
    ref = graph.graph.outputs.refs[output]
    while True:
        node = graph.nodes[ref.node]
        if node.node.kind == "model":
            graph = graph.models[node.node.target]
            ref = list(graph.graph.outputs.refs.values())[ref.result]
            continue
        thing = node.node.thing
        while thing is not None and thing.class_name == "TimeDistributed" and isinstance(thing["layer"], Thing):
            thing = thing["layer"]
            assert isinstance(thing, Thing)
        if thing is None:
            return False
        if thing.class_name in ("Identity", "Dropout") and node.node.sources[0] is not None:
            ref = node.node.sources[0]
            continue
        activation = thing["activation"] if "activation" in thing.entry.arguments else None
        name = activation.class_name if isinstance(activation, Thing) else activation
        return thing.class_name == "Softmax" or str(name).lower() == "softmax"


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
        if name not in fed and steady and graph.inputs[name].rank >= 2:
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
        if sight.reach == "ahead":
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
        if sight.positional:
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
                    help=f"write `window: {steps}`, or remove it",
                    changes=(Change("replace_value", place, steps),),
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
