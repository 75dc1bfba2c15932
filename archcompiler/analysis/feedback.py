"""Whether what a model gives at a step can be fed back to it: its size and dtype, or the tokens drawn from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from archcompiler import dims
from archcompiler.analysis.sight import Sight
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.generation import PLACE, Fed, FedForm, Generation
from archcompiler.graph.ir import TypedGraph
from archcompiler.graph.steps import has_steps
from archcompiler.graph.training import Target, Training, class_of
from archcompiler.layers.things import Thing
from archcompiler.spec.models import GenerationSpec
from archcompiler.tensors import INTEGER_DTYPES, shape_text

SAMPLE: Loc = ("generation", "sample")
CATEGORICAL = frozenset(
    ("CategoricalCrossentropy", "SparseCategoricalCrossentropy", "CategoricalFocalCrossentropy", "KLDivergence")
)
"""Losses whose output is a distribution over classes, or its logits."""


def lost_steps(graph: TypedGraph, output: str, sight: Sight) -> bool:
    """Whether the output is one for all steps: many to one."""
    return sight.reach == "last" or (sight.reach == "ahead" and graph.outputs[output].rank <= 2)


def taught_otherwise(
    generation: Generation, targets: Mapping[str, Target], fits: Callable[[str, str], bool]
) -> Problem | None:
    """Outputs that are fed back to one input, and trained to say what comes next in another. Where what is fed `fits`,
    the targets are meant otherwise."""
    found: list[tuple[str, str, str, Loc]] = []
    for output, given in generation.feedback.items():
        target = targets.get(output)
        source = target.next_step_of if target is not None else None
        if target is not None and source is not None and source != given:
            found.append((output, given, source, (*target.loc, "next_step_of")))
    if not found:
        return None
    output, given, source, _ = found[0]
    at_target = all(fits(name, fed) for name, fed, _, _ in found)
    ways = (f"write `next_step_of: {given}` for its target", f"feed it back to `{source}`")
    return Problem(
        "ARC311",
        f"`{output}` is fed back to `{given}`, but is trained to say what comes next in `{source}`",
        (*PLACE, output),
        on_key=False,
        layer=output,
        notes=tuple(PlacedNote(f"this is the target of `{name}`", at, False) for name, _, _, at in found),
        help=", or ".join(ways if at_target else reversed(ways)),
        changes=tuple(
            Change("replace_value", at, fed) if at_target else Change("replace_value", (*PLACE, name), other)
            for name, fed, other, at in found
        ),
        safe=False,
    )


def fed_back(
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
    every_step = not lost_steps(graph, output, sight)
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


def with_target(problem: Problem, targets: Mapping[str, Target]) -> Problem:
    """A misfit that is mended by other units: the target, where it is described, has them too."""
    target = targets.get(problem.layer or "")
    change = problem.changes[0] if problem.code == "ARC311" and problem.changes else None
    if target is None or target.type is None or change is None or change.name != "units" or not target.described:
        return problem
    if target.type.rank < 2 or not isinstance(target.type.axes[-1], int):
        return problem
    place = (*target.loc, "shape", target.type.rank - (1 if target.supplied else 2))
    changes = (*problem.changes, Change("replace_value", place, change.value))
    return replace(problem, help=f"{problem.help}, and give the target as many", changes=changes)


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
    head = graph.nodes[graph.graph.outputs.refs[output].node]
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
                notes=(
                    PlacedNote(f"{known} codes are known here", thing.place("input_dim")),
                    PlacedNote(f"`{output}` gives {graph.outputs[output]}", head.node.thing_loc),
                ),
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
