"""What `compile` and `fit` are given: losses, which array feeds what, windows, scales, and when state ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.graph.ir import TypedGraph
from archcompiler.graph.steps import has_steps, lacks_steps, stateful_layer
from archcompiler.graph.training import Target, Training
from archcompiler.layers.things import Thing
from archcompiler.plan.model import Feed, Imported, Part, TrainingPlan, WindowsPlan
from archcompiler.plan.objects import make
from archcompiler.spec.models import Spec
from archcompiler.tensors import TensorType


def training_plan(graph: TypedGraph, spec: Spec, targets: Mapping[str, Target], training: Training) -> TrainingPlan:
    """The plan of a training without errors."""
    said = training.spec
    trained = _trained_outputs(graph, targets, training)
    metrics = {name: found for name, found in training.metrics.items() if name in trained}
    windows = _windows(graph, targets, training)
    stepped = _stepped(graph, targets)
    feeds, wanted, arrays = _arrays(graph, targets, trained, windows, stepped)
    stateful = stateful_layer(graph) is not None
    fit: list[tuple[str, object]] = []
    scales = {name: one.scale for name, one in spec.inputs.items() if one.scale is not None}
    own_split = bool(windows or scales or stateful)
    if said.validation_split and not own_split:
        fit.append(("validation_split", said.validation_split))
    if stateful or said.shuffle is not None:
        fit.append(("shuffle", bool(said.shuffle)))
    if said.class_weight is not None:
        fit.append(("class_weight", dict(said.class_weight)))
    return TrainingPlan(
        optimizer=_made(training.optimizer),
        loss=_by_output(graph, training.losses, None),
        loss_weights=_loss_weights(graph, training),
        metrics=_by_output(graph, metrics, []),
        form=graph.graph.outputs.form,
        fits=bool(training.losses),
        feeds=feeds,
        targets=wanted,
        arrays=tuple((name, _rows(typed, windows is not None)) for name, typed in arrays.items()),
        stepped=tuple(name for name in arrays if name in stepped),
        epochs=said.epochs or 1,
        batch_size=graph.batch_size if stateful else said.batch_size or graph.batch_size,
        fit_arguments=tuple(fit),
        callbacks=tuple(make(callback) for callback in training.callbacks),
        windows=windows,
        scales=tuple(scales.items()),
        validation_split=said.validation_split if own_split and said.validation_split else None,
        reset_states=(said.reset_states or ("sequence" if windows else "epoch")) if stateful else None,
    )


def _windows(graph: TypedGraph, targets: Mapping[str, Target], training: Training) -> WindowsPlan | None:
    given = training.spec.windows
    if given is None:
        return None
    stateful = stateful_layer(graph) is not None
    further = 1 if any(target.next_step_of for target in targets.values()) else 0
    stride = given.stride or (given.length if stateful else 1)
    stepless = any(output.rank < 3 for output in graph.outputs.values())
    return WindowsPlan(given.length, stride, given.length + further, stateful, stepless and stateful)


def _stepped(graph: TypedGraph, targets: Mapping[str, Target]) -> set[str]:
    """The arrays that go on along the steps: inputs with a step axis, and every target that the data supply."""
    inputs = {name for name, typed in graph.inputs.items() if has_steps(typed)}
    return inputs | {name for name, target in targets.items() if target.type is not None}


Feeds = tuple[tuple[str, Feed], ...]
Targets = tuple[tuple[str, Feed | None], ...]


def _arrays(
    graph: TypedGraph,
    targets: Mapping[str, Target],
    trained: set[str],
    windows: WindowsPlan | None,
    stepped: set[str],
) -> tuple[Feeds, Targets, dict[str, TensorType]]:
    """What each input is fed, what each output is trained towards, and every array of the data with its type."""
    shifted = {target.next_step_of for target in targets.values()}
    longer = windows is not None and windows.span > windows.length

    def fed(name: str) -> Feed:
        return Feed(name, "all_but_last" if name in shifted or (longer and name in stepped) else "whole")

    arrays: dict[str, TensorType] = {}
    for name, typed in graph.inputs.items():
        further = name in shifted and windows is None and isinstance(typed.axes[1], int)
        arrays[name] = typed.with_axes(typed.axes[0], dims.add(typed.axes[1], 1), *typed.axes[2:]) if further else typed
    wanted: list[tuple[str, Feed | None]] = []
    for name, output in graph.outputs.items():
        target = targets.get(name)
        if name not in trained:
            wanted.append((name, None))
        elif target is not None and target.same_as is not None:
            wanted.append((name, fed(target.same_as)))
        elif target is not None and target.next_step_of is not None:
            source = graph.inputs[target.next_step_of]
            one = windows is not None and lacks_steps(output, source)
            wanted.append((name, Feed(target.next_step_of, "last" if one else "all_but_first")))
        else:
            typed = target.type if target is not None and target.type is not None else output
            part: Part = "all_but_last" if longer else "whole"
            if windows is not None and not _has_steps(typed, graph):
                part = "last_but_one" if longer else "last"
            wanted.append((name, Feed(name, part)))
            arrays[name] = typed
    return tuple((name, fed(name)) for name in graph.inputs), tuple(wanted), arrays


def _has_steps(typed: TensorType, graph: TypedGraph) -> bool:
    """Whether a supplied target has the step axis of an input."""
    return any(typed.rank >= 2 and has_steps(one) and typed.axes[1] == one.axes[1] for one in graph.inputs.values())


def _trained_outputs(graph: TypedGraph, targets: Mapping[str, Target], training: Training) -> set[str]:
    """The outputs that the data have a target for: those of which the spec says anything, else all."""
    named = {*training.losses, *targets}
    if not training.one_metrics:
        named.update(training.metrics)
    return named or set(graph.outputs)


def _rows(typed: TensorType, sequences: bool) -> TensorType:
    """The type of an array of the data: rows are samples, or, where they are cut, sequences."""
    first = dims.axis("sequences" if sequences else "samples")
    return replace(typed, axes=(first, *typed.axes[1:]))


def _by_output(graph: TypedGraph, found: Mapping[str, object], nothing: object) -> object:
    """What each output has, in the form in which the model gives its outputs; None where none has anything.

    What the spec says once for all outputs is written out for each: Keras reads one loss beside several outputs as a
    loss of all of them together.
    """
    if not found:
        return None
    form = graph.graph.outputs.form
    if form == "one":
        return _made(next(iter(found.values())))
    if form == "list":
        return [_made(found.get(name, nothing)) for name in graph.outputs]
    return {name: _made(value) for name, value in found.items()}


def _loss_weights(graph: TypedGraph, training: Training) -> object:
    """A weight for every loss, 1 where the spec gives none: Keras wants all or nothing."""
    given = training.spec.loss_weights
    if not given:
        return None
    form = graph.graph.outputs.form
    weighed = graph.outputs if form == "list" else training.losses
    weights = {name: given.get(name, 1.0) for name in weighed}
    return weights if form == "dict" else list(weights.values())


def _made(value: object) -> object:
    if isinstance(value, Thing):
        function = value.custom is not None and not value.class_name[:1].isupper()
        return Imported(value.class_name, value.custom.path) if function and value.custom else make(value)
    if isinstance(value, (tuple, list)):
        return [_made(entry) for entry in cast("Iterable[object]", value)]
    return value
