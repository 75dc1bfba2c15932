"""What arrays a training, or the start of a generation, needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archcompiler import dims
from archcompiler.analysis.contract import SPARSE
from archcompiler.diagnostics import Loc
from archcompiler.graph.ir import TypedGraph
from archcompiler.graph.steps import stateful_layer
from archcompiler.graph.training import KerasObject, Target, class_of
from archcompiler.plan.model import Plan, TrainingPlan
from archcompiler.spec.models import Spec, TargetSpec, TensorSpec
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
    looked_up: str | None = None
    """The class of the layer that looks its codes up."""
    free: bool = False
    """Whether the spec says nothing of its shape: the data say it, and it is held against the output."""
    extent: tuple[float, float] | None = None
    """The least and the greatest of its numbers, as the spec says them."""
    ahead: bool = False
    """Whether it has a step more than the input takes, because the next step is the target."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """All arrays, and how many steps or rows there must be at least.

    `span`: steps of one window. `joined_rows`: sequences side by side in a batch, into which one long sequence is
    parted. `whole_batches`: samples must be a multiple of it, because of the layer `stateful`, a class and its place.
    `validation_split`: what is parted off at the end of each sequence; `split`: of the samples. `squared`: whether a
    last axis of 1 may be left out, or stand there, as Keras has it. `trained`: the outputs that have a loss.
    """

    arrays: tuple[WantedArray, ...]
    span: int | None = None
    length: int | None = None
    joined_rows: int | None = None
    whole_batches: int | None = None
    validation_split: float | None = None
    split: float | None = None
    stateful: tuple[str, Loc] = ("", ())
    squared: bool = False
    trained: tuple[TensorType, ...] = ()


def wanted_for_training(
    training: TrainingPlan,
    spec: Spec,
    graph: TypedGraph,
    losses: Mapping[str, KerasObject],
    targets: Mapping[str, Target],
) -> Wanted:
    """What `train` needs; `losses` are by output, and `targets` those that the spec itself describes."""
    classes = _classes(training, graph, losses)
    windows = training.windows
    shifted = {target.next_step_of for target in targets.values()}
    arrays: list[WantedArray] = []
    for name, typed in training.arrays:
        sequences = windows is not None and name in training.stepped
        given = typed
        if windows is None and name in shifted and not isinstance(typed.axes[1], int):
            given = typed.with_axes(typed.axes[0], dims.add(typed.axes[1], 1), *typed.axes[2:])
        if sequences:
            rest = typed.axes[2:] if training.goes_along(name) else typed.axes[1:]
            given = typed.with_axes(typed.axes[0], dims.axis("steps of the data"), *rest)
        arrays.append(
            WantedArray(
                name,
                given,
                _loc(name, spec, graph),
                _columns(name, given, spec),
                sequences,
                min((one for one in (_codes(name, graph), classes.get(name)) if one is not None), default=None),
                optional=name not in spec.inputs and not losses,
                looked_up=_looked_up(name, graph),
                free=name not in spec.inputs and name not in targets and windows is None,
                extent=_extent(spec.inputs.get(name) or spec.targets.get(name) or spec.target),
                ahead=windows is None and name in shifted,
            )
        )
    stateful = training.reset_states is not None
    layer = stateful_layer(graph)
    split = spec.training.validation_split if spec.training is not None else None
    split = None if spec.validation_data is not None else split or None  # what is given goes before a share
    return Wanted(
        tuple(arrays),
        windows.span if windows else None,
        windows.length if windows else None,
        training.batch_size if windows and windows.joined else None,
        training.batch_size if stateful and not windows else None,
        split if windows else None,
        split if not windows else None,
        (layer.class_name, layer.place("stateful")) if layer is not None else ("", ()),
        windows is None and not training.scales,
        tuple(typed for name, typed in graph.outputs.items() if name in losses),
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


def _loc(name: str, spec: Spec, graph: TypedGraph) -> Loc:
    """Where the spec describes an input or a target, or makes the output that has one."""
    if name in spec.inputs:
        return ("inputs", name)
    if name in spec.targets or spec.target is not None:
        return ("targets", name) if name in spec.targets else ("target",)
    ref = graph.graph.outputs.refs.get(name)
    return graph.nodes[ref.node].node.thing_loc if ref is not None else ("training",)


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


def _looked_up(name: str, graph: TypedGraph) -> str | None:
    """The class of a layer that looks up the codes of an input."""
    for node in graph.nodes.values():
        source = node.node.sources[0] if node.node.sources else None
        if node.class_name == "Embedding" and source is not None and source.node == name:
            return node.class_name
    return None


def _extent(given: TensorSpec | TargetSpec | None) -> tuple[float, float] | None:
    if given is None:
        return None
    if given.range is not None:
        return given.range[0], given.range[1]
    return (0, given.classes - 1) if given.classes is not None and not given.one_hot else None


def _classes(training: TrainingPlan, graph: TypedGraph, losses: Mapping[str, KerasObject]) -> dict[str, int]:
    """How many classes the arrays have that are codes to be told apart, by array."""
    found: dict[str, int] = {}
    for output, feed in training.targets:
        count = graph.outputs[output].axes[-1]
        if feed is not None and isinstance(count, int) and class_of("losses", losses.get(output)) in SPARSE:
            found[feed.array] = min(count, found.get(feed.array, count))
    return found
