"""What arrays a training, or the start of a generation, needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archcompiler import dims
from archcompiler.analysis.contract import SPARSE
from archcompiler.diagnostics import Loc
from archcompiler.graph.ir import TypedGraph
from archcompiler.graph.training import KerasObject, class_of
from archcompiler.plan.model import Plan, TrainingPlan
from archcompiler.spec.models import Spec
from archcompiler.tensors import TensorType


@dataclass(frozen=True, slots=True)
class WantedArray:
    """One array: its type, rows first. `sequences`: its rows are sequences, (sequences, steps, …), and one of them may
    come without the first axis. `codes`: how many codes are known, where its numbers are codes that are looked up."""

    name: str
    type: TensorType
    loc: Loc
    columns: tuple[str, ...]
    sequences: bool = False
    codes: int | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """All arrays, and how many steps or rows there must be at least.

    `span`: steps of one window. `joined_rows`: sequences side by side in a batch, into which one long sequence is
    parted. `whole_batches`: samples must be a multiple of it. `validation_split`: what is parted off at the end.
    """

    arrays: tuple[WantedArray, ...]
    span: int | None = None
    length: int | None = None
    joined_rows: int | None = None
    whole_batches: int | None = None
    validation_split: float | None = None


def wanted_for_training(plan: Plan, spec: Spec, graph: TypedGraph, losses: Mapping[str, KerasObject]) -> Wanted:
    """What `train` needs; `losses` are by output."""
    training = plan.training
    assert training is not None
    classes = _classes(training, graph, losses)
    windows = training.windows
    arrays: list[WantedArray] = []
    for name, typed in training.arrays:
        sequences = windows is not None and name in training.stepped
        given = typed
        if sequences:
            rest = typed.axes[2:] if training.goes_along(name) else typed.axes[1:]
            given = typed.with_axes(typed.axes[0], dims.axis("steps of the data"), *rest)
        arrays.append(
            WantedArray(
                name,
                given,
                _loc(name, spec),
                _columns(name, given, spec),
                sequences,
                min((one for one in (_codes(name, graph), classes.get(name)) if one is not None), default=None),
            )
        )
    stateful = training.reset_states is not None
    return Wanted(
        tuple(arrays),
        windows.span if windows else None,
        windows.length if windows else None,
        training.batch_size if windows and windows.joined else None,
        training.batch_size if stateful and not windows else None,
        training.validation_split if windows else None,
    )


def wanted_for_start(plan: Plan, spec: Spec, graph: TypedGraph) -> Wanted:
    """What `generate` is started from."""
    generation = plan.generation
    assert generation is not None
    arrays: list[WantedArray] = []
    fed = {one.input: one.input_type for one in generation.fed}
    for name, typed in (fed | {name: typed for name, _, typed in generation.along}).items():
        axes = (dims.axis("sequences"), dims.axis(f"steps of {name}"), *typed.axes[2:])
        known = typed.with_axes(*axes)
        columns, begun = _columns(name, known, spec), name in fed and generation.spec.start is not None
        arrays.append(WantedArray(name, known, ("inputs", name), columns, True, _codes(name, graph), begun))
    for name, _, typed in generation.once:
        known = typed.with_axes(dims.axis("sequences"), *typed.axes[1:])
        arrays.append(
            WantedArray(name, known, ("inputs", name), _columns(name, known, spec), False, _codes(name, graph))
        )
    return Wanted(tuple(arrays))


def _loc(name: str, spec: Spec) -> Loc:
    if name in spec.inputs:
        return ("inputs", name)
    return ("targets", name) if name in spec.targets else ("target",) if spec.target is not None else ("training",)


def _columns(name: str, typed: TensorType, spec: Spec) -> tuple[str, ...]:
    """The columns of a table that hold a step's numbers: as the spec says, else after the array's name."""
    given = spec.inputs.get(name) or spec.targets.get(name) or spec.target
    if given is not None and given.columns:
        return tuple(given.columns)
    width = typed.axes[-1] if typed.rank > 1 else 1
    if not isinstance(width, int) or width == 1:
        return (name,)
    return tuple(f"{name}_{index}" for index in range(width))


def _codes(name: str, graph: TypedGraph) -> int | None:
    """How many codes are known of an input that an Embedding looks up."""
    for node in graph.nodes.values():
        sources = node.node.sources
        if node.class_name == "Embedding" and node.node.thing is not None and sources[0] and sources[0].node == name:
            known = node.node.thing["input_dim"]
            return known if isinstance(known, int) else None
    return None


def _classes(training: TrainingPlan, graph: TypedGraph, losses: Mapping[str, KerasObject]) -> dict[str, int]:
    """How many classes the arrays have that are codes to be told apart, by array."""
    found: dict[str, int] = {}
    for output, feed in training.targets:
        count = graph.outputs[output].axes[-1]
        if feed is not None and isinstance(count, int) and class_of("losses", losses.get(output)) in SPARSE:
            found[feed.array] = min(count, found.get(feed.array, count))
    return found
