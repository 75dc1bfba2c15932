"""`training` and `targets` with their names followed: optimizer, losses and metrics as things, a target an output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.ir import Ref
from archcompiler.graph.shapes import ShapeReader
from archcompiler.layers.catalog import catalog, find
from archcompiler.layers.custom import Custom
from archcompiler.layers.thing_reader import ThingReader
from archcompiler.layers.things import Thing
from archcompiler.spec.models import Spec, TargetSpec, TrainingSpec
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.suggest import closest
from archcompiler.tensors import TensorType
from archcompiler.wording import listed

KerasObject = str | Thing
"""A Keras object by its string, or as a thing to be made."""


@dataclass(frozen=True, slots=True)
class Target:
    """What one output is trained towards: `type` as the data supply it, or the input it is made from."""

    output: str
    loc: Loc
    type: TensorType | None = None
    dtype_given: bool = False
    same_as: str | None = None
    next_step_of: str | None = None
    said: str = "the target"
    """How messages name it."""
    supplied: bool = False
    """Whether only the data tell of it."""
    described: bool = True
    """Whether the spec says what it is, at `loc`; else a file does."""
    one_hot: bool = False


@dataclass(frozen=True, slots=True)
class Training:
    """How the model is compiled and fitted. Losses and metrics are by output; `one_metrics` says that the spec gives
    the metrics once for all of them."""

    spec: TrainingSpec
    optimizer: KerasObject | None = None
    losses: Mapping[str, KerasObject] = field(default_factory=dict[str, KerasObject])
    loss_locs: Mapping[str, Loc] = field(default_factory=dict[str, Loc])
    metrics: Mapping[str, tuple[KerasObject, ...]] = field(default_factory=dict[str, tuple[KerasObject, ...]])
    one_metrics: bool = True
    callbacks: tuple[Thing, ...] = ()


def loss_place(training: Training, output: str) -> tuple[Loc, bool]:
    """Where the loss of an output is named, and whether that is a key, as the class of one with arguments is."""
    given = training.losses.get(output)
    return (given.loc, True) if isinstance(given, Thing) else (training.loss_locs[output], False)


def class_of(section: str, value: KerasObject | None) -> str | None:
    """The class behind an object given by its string or as a thing."""
    if value is None or isinstance(value, Thing):
        return value.class_name if value else None
    return catalog().sections[section].strings.get(value, value)


def lower_targets(
    spec: Spec, outputs: Mapping[str, Ref], shapes: ShapeReader, problems: list[Problem], places: Mapping[str, Loc]
) -> dict[str, Target]:
    """A target for each output that has one. `places` are where the outputs have their names."""
    given: list[tuple[str, TargetSpec, Loc]] = []
    if spec.target is not None and spec.targets:
        problems.append(_said_twice())
    elif spec.target is not None:
        if len(outputs) != 1:
            message = f"`target` is for a model of one output, and this one has {listed(outputs)}"
            problems.append(Problem("ARC303", message, ("target",), help="write `targets: {OUTPUT: …}`"))
        else:
            given.append((next(iter(outputs)), spec.target, ("target",)))
    for name, target in spec.targets.items():
        if name in outputs:
            given.append((name, target, ("targets", name)))
        else:
            _unknown_output("target", name, outputs, spec.targets, ("targets", name), problems, places)
    found: dict[str, Target] = {}
    for name, target, loc in given:
        lowered = _target(name, target, loc, spec, shapes, problems)
        if lowered is not None:
            found[name] = lowered
    return found


def _said_twice() -> Problem:
    return Problem(
        "ARC303",
        "`target` is short for `targets` with one entry, and both are given",
        ("target",),
        notes=(PlacedNote("`targets` is here", ("targets",)),),
        help="write one of them",
        changes=(Change("remove_entry", ("target",)),),
        safe=False,
    )


def _target(
    name: str, target: TargetSpec, loc: Loc, spec: Spec, shapes: ShapeReader, problems: list[Problem]
) -> Target | None:
    said = [key for key in ("shape", "same_as", "next_step_of") if getattr(target, key) is not None]
    if len(said) != 1:
        came = f"{listed(said)} are given" if said else "none of them is given"
        message = f"a target has one of `shape`, `same_as` and `next_step_of`, but {came}"
        problems.append(Problem("ARC303", message, (*loc, said[1]) if said else loc))
        return None
    for key, source in (("same_as", target.same_as), ("next_step_of", target.next_step_of)):
        if source is not None and source not in spec.inputs:
            near = closest(source, spec.inputs)
            problems.append(
                Problem(
                    "ARC303",
                    f"`{key}` names an input, and there is none called `{source}`",
                    (*loc, key),
                    on_key=False,
                    about=source,
                    notes=(PlacedNote(f"`{near}` is here", ("inputs", near)),) if near else (),
                    help=f"did you mean `{near}`?" if near else f"the inputs are {listed(spec.inputs)}",
                    changes=(Change("replace_value", (*loc, key), near),) if near else (),
                )
            )
            return None
    typed = None
    if target.shape is not None:
        dtype = target.dtype or ("int32" if target.classes is not None and not target.one_hot else None)
        typed = shapes.tensor(target.shape, dtype, loc)
        if typed is None:
            return None
    same_as, next_step_of = target.same_as, target.next_step_of
    return Target(name, loc, typed, target.dtype is not None, same_as, next_step_of, one_hot=bool(target.one_hot))


def lower_training(
    training: TrainingSpec,
    outputs: Mapping[str, Ref],
    custom: Mapping[str, Custom],
    problems: list[Problem],
    places: Mapping[str, Loc],
    lacking: bool = False,
) -> Training:
    """The objects that `training` names, each checked as layers are; `custom` are losses of the user's own, of which
    some may be `lacking`."""
    things = ThingReader(problems, unknown=UNKNOWN, custom=custom)
    things.lacking = lacking

    def read(section: str) -> Callable[[object, Loc], KerasObject | None]:
        def one(value: object, loc: Loc) -> KerasObject | None:
            if value is UNKNOWN:
                return None
            return cast("KerasObject | None", things.read_object(section, value, loc))

        return one

    def read_several(value: object, loc: Loc) -> tuple[KerasObject, ...]:
        entries = cast("list[object]", value) if isinstance(value, list) else [value]
        places = [(*loc, index) if isinstance(value, list) else loc for index in range(len(entries))]
        found = [read("metrics")(entry, place) for entry, place in zip(entries, places, strict=True)]
        return tuple(one for one in found if one is not None)

    place: Loc = ("training",)
    optimizer = None
    if training.optimizer is not None:
        optimizer = read("optimizers")(training.optimizer, (*place, "optimizer"))
    losses, _ = _by_output(training.loss, "losses", (*place, "loss"), outputs, read("losses"), problems, places, custom)
    metrics, one_metrics = _by_output(
        training.metrics, "metrics", (*place, "metrics"), outputs, read_several, problems, places
    )
    for name in training.loss_weights or {}:
        if name not in outputs:
            _unknown_output(
                "weight of a loss",
                name,
                outputs,
                training.loss_weights or {},
                (*place, "loss_weights", name),
                problems,
                places,
            )
    callbacks = [
        things.read_object("callbacks", value, (*place, "callbacks", index))
        for index, value in enumerate(training.callbacks or [])
    ]
    return Training(
        training,
        optimizer,
        {name: loss for name, (loss, _) in losses.items() if loss is not None},
        {name: loc for name, (_, loc) in losses.items()},
        {name: found for name, (found, _) in metrics.items() if found},
        one_metrics,
        tuple(callback for callback in callbacks if isinstance(callback, Thing)),
    )


def _by_output(
    value: object,
    section: str,
    loc: Loc,
    outputs: Mapping[str, Ref],
    read: Callable[[object, Loc], Any],
    problems: list[Problem],
    places: Mapping[str, Loc],
    custom: Mapping[str, Custom] | None = None,
) -> tuple[dict[str, tuple[Any, Loc]], bool]:
    """What is given for each output, and whether it is one thing for all of them."""
    if value is None:
        return {}, True
    mapping = cast("dict[str, object]", value if isinstance(value, dict) else {})
    strings = {**catalog().sections[section].strings, **dict.fromkeys(custom or {}, "")}
    named = [key for key in mapping if key in outputs]
    if not mapping or (not named and (len(mapping) == 1 and _is_thing(next(iter(mapping)), section, strings))):
        one = read(cast("object", value), loc)
        return dict.fromkeys(outputs, (one, loc)), True
    found: dict[str, tuple[Any, Loc]] = {}
    for name, entry in mapping.items():
        if name in outputs:
            found[name] = (read(entry, (*loc, name)), (*loc, name))
        else:
            what = {"losses": "loss", "metrics": "metric"}[section]
            _unknown_output(what, str(name), outputs, mapping, (*loc, name), problems, places)
    return found, False


def _is_thing(key: object, section: str, strings: Mapping[str, str]) -> bool:
    name = str(key)
    return find(section, name) is not None or name in strings or name[:1].isupper()


def _unknown_output(
    what: str,
    name: str,
    outputs: Mapping[str, Ref],
    given: Iterable[str],
    loc: Loc,
    problems: list[Problem],
    places: Mapping[str, Loc],
) -> None:
    """Tell of a name that is no output, once for each; nothing is said where the outputs are not all known, or where
    it is a layer that should have been one. `given` are the names beside it, none of which it can be meant for."""
    faulty = any(not ref.node for ref in outputs.values())
    if faulty or any(one.code in ("ARC118", "ARC303") and one.layer == name for one in problems):
        return
    left = {one: ref for one, ref in outputs.items() if one not in given}
    parts = [one for one, ref in left.items() if name in (one.rpartition(".")[2], ref.node)]
    near = parts[0] if len(parts) == 1 else closest(name, left)
    only = next(iter(left)) if len(outputs) == len(left) == 1 else None
    place = places.get(near or only or "")
    problems.append(
        Problem(
            "ARC303",
            f"this {what} is for the output `{name}`, but the model gives {listed(outputs)}",
            loc,
            layer=name,
            about=name,
            notes=(PlacedNote(f"`{near or only}` is here", place, False),) if place else (),
            help=f"did you mean `{near}`?"
            if near
            else _of_stamp(name, only)
            if only and only.startswith(f"{name}_")
            else f"write {listed([only] if only else left, 'or') or '`…`'}",
            changes=(Change("replace_key", loc, near or only),) if near or only else (),
            safe=near is not None,
        )
    )


def _of_stamp(name: str, output: str) -> str:
    return (
        f"`{name}` stands for a whole stamp or all copies, and its last layer, the output, is called `{output}`; "
        f"`outputs: {{{name}: {name}}}` at the top calls the output so"
    )
