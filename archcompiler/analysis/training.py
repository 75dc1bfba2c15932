"""Training that would fail late or learn something else: batches that are not full, windows that do not fit, scales."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.ir import TypedGraph
from archcompiler.graph.steps import has_steps, stateful_layer
from archcompiler.graph.training import Target, Training
from archcompiler.layers.things import Thing
from archcompiler.spec.models import Spec
from archcompiler.tensors import FLOAT_DTYPES


def training_problems(
    spec: Spec, graph: TypedGraph, targets: Mapping[str, Target], training: Training | None
) -> Iterator[Problem]:
    """What is wrong with how a sound model is to be fed."""
    stateful = stateful_layer(graph)
    split = training.spec.validation_split if training is not None and spec.validation_data is None else None
    if training is not None and stateful is not None and graph.batch_size is not None:
        yield from _batches(training, graph.batch_size, stateful, split or 0)
    elif training is not None and split and training.losses and training.spec.windows is None:
        yield from _nothing_left(spec, training, split)
    if training is not None and training.spec.windows is not None:
        yield from _windows(graph, training, stateful)
    yield from _scales(spec, graph, targets)


def _batches(training: Training, batch: int, layer: Thing, split: float) -> Iterator[Problem]:
    """State has a row for each sample of a batch, so every batch must be full."""
    spec = training.spec
    carried = PlacedNote(f"this {layer.class_name} carries state, with a row for each sample", layer.place("stateful"))
    notes = (carried, PlacedNote("the batch is fixed here", ("batch_size",), False))
    if spec.batch_size is not None and spec.batch_size != batch:
        yield Problem(
            "ARC320",
            f"`batch_size` is {spec.batch_size} in training, but the model is made for batches of {batch}",
            ("training", "batch_size"),
            on_key=False,
            notes=notes,
            help=f"write `batch_size: {batch}`, or remove it; or fix the batch at {spec.batch_size}",
            changes=(Change("replace_value", ("training", "batch_size"), batch),),
        )
    if spec.samples is None or spec.windows is not None:
        return
    if spec.samples % batch:
        whole = spec.samples // batch * batch
        yield Problem(
            "ARC320",
            f"{spec.samples} samples are no whole number of batches of {batch}: {spec.samples - whole} are left over",
            ("training", "samples"),
            on_key=False,
            notes=notes,
            help=f"feed {whole} samples" if whole else f"feed at least {batch} samples",
        )
        return
    kept = int(spec.samples * (1 - split))
    if kept % batch:
        yield Problem(
            "ARC320",
            f"`validation_split: {split:g}` leaves {kept} of {spec.samples} samples to train on, which "
            f"are no whole number of batches of {batch}",
            ("training", "validation_split"),
            on_key=False,
            notes=notes,
            help=f"write {1 - kept // batch * batch / spec.samples:.4g}, which leaves {kept // batch * batch} samples",
        )


def _nothing_left(spec: Spec, training: Training, split: float) -> Iterator[Problem]:
    """A share for validation that takes all samples, which Keras refuses."""
    described = spec.data if isinstance(spec.data, dict) else {}
    counts = [one.shape[0] for one in described.values() if one.shape] or [training.spec.samples]
    count = counts[0]
    if isinstance(count, int) and int(count * (1 - split)) == 0:
        place: Loc = ("data", next(iter(described))) if described else ("training", "samples")
        samples = f"{count} samples" if count > 1 else "one sample"
        yield Problem(
            "ARC506",
            f"`validation_split: {split:g}` leaves nothing of {samples} to train on",
            ("training", "validation_split"),
            on_key=False,
            notes=(PlacedNote(f"there are {samples}" if count > 1 else "there is one sample", place),),
            help="write a smaller share" if count > 1 else "remove it",
        )


def _windows(graph: TypedGraph, training: Training, stateful: Thing | None) -> Iterator[Problem]:
    windows = training.spec.windows
    assert windows is not None
    stepped = {name: typed for name, typed in graph.inputs.items() if has_steps(typed)}
    if not stepped:
        given = ", ".join(f"{name} {typed}" for name, typed in graph.inputs.items())
        message = f"windows are cut along the step axis, and no input has one: {given}"
        yield Problem("ARC321", message, ("training", "windows"), help="give an input one: `shape: [steps, features]`")
    for name, typed in stepped.items():
        steps = typed.axes[1]
        if isinstance(steps, int) and steps != windows.length:
            loc = ("training", "windows", "length")
            yield Problem(
                "ARC321",
                f"windows have {windows.length} steps, but `{name}` {typed} takes {steps}",
                loc,
                on_key=False,
                notes=(PlacedNote(f"`{name}` is {typed}", ("inputs", name)),),
                help=f"write `length: {steps}`; a step that is to be predicted is added where it is needed",
                changes=(Change("replace_value", loc, steps),),
            )
            break
    if stateful is not None and windows.stride not in (None, windows.length):
        loc = ("training", "windows", "stride")
        yield Problem(
            "ARC321",
            f"a window every {windows.stride} steps does not go on where the last one of {windows.length} steps ended, "
            "but state is carried from window to window",
            loc,
            on_key=False,
            notes=(PlacedNote("the state is carried here", stateful.place("stateful")),),
            help=f"write `stride: {windows.length}`, or remove it",
            changes=(Change("replace_value", loc, windows.length),),
        )


def _scales(spec: Spec, graph: TypedGraph, targets: Mapping[str, Target]) -> Iterator[Problem]:
    fed = spec.generation.feedback if spec.generation else {}
    for name, one in spec.inputs.items():
        typed = graph.inputs.get(name)
        if one.scale is None or typed is None:
            continue
        loc = ("inputs", name, "scale")
        if typed.dtype not in FLOAT_DTYPES:
            message = f"`{name}` holds {typed.dtype} codes, which cannot be scaled"
            yield Problem("ARC322", message, loc, help="remove `scale`", changes=(Change("remove_entry", loc),))
            continue
        for output, given in fed.items():
            target = targets.get(output)
            if given != name or target is None or name in (target.same_as, target.next_step_of):
                continue
            yield Problem(
                "ARC322",
                f"`{output}` is fed back to `{name}`, which is scaled, but is trained towards data that are not",
                loc,
                notes=(PlacedNote("the target is here", target.loc),),
                help=f"write `next_step_of: {name}` for the target, which is then scaled alike, or remove `scale`",
            )
