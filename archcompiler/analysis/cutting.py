"""Steps that a Reshape cuts into groups or lays flat: where they lie, what sees its whole group, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import cast

from archcompiler.analysis.place import SURE, UNKNOWN, Cut, Place
from archcompiler.analysis.windows import CONVOLUTIONS, POOLINGS, window_along
from archcompiler.graph.ir import TypedNode
from archcompiler.layers.call_arguments import RECURRENT
from archcompiler.layers.things import Thing

After = Callable[[TypedNode, int, Place, "str | None"], Place]

NUMBER_BY_NUMBER = frozenset((
    "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization",
    "Identity", "ReLU", "LeakyReLU", "ELU", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Rescaling",
))  # fmt: skip
OVER_FEATURES = frozenset(("Dense", "BatchNormalization"))
NORMALIZING = frozenset(("LayerNormalization", "RMSNormalization", "UnitNormalization", "Softmax"))
APPLYING = frozenset(("relu", "tanh", "sigmoid", "linear", "elu", "selu", "gelu", "silu", "swish", "softplus"))


def reshaped(node: TypedNode, at: int, place: Place) -> Place:
    """Behind a Reshape: numbers stay in order, so that steps are put together by groups, and taken apart again."""
    before, after = node.inputs[at].axes, node.outputs[0].axes
    if len(after) == 2:
        if len(before) == 2:
            return place
        kept = place.axis == 1 and place.cut is None
        return replace(place, axis=1, rate=0, cut=Cut(0, flat=(before[1], before[2:], place)) if kept else None)
    if place.axis != 1 or place.turned or place.paired:
        return UNKNOWN
    if len(before) == 2:
        was = place.cut.flat if place.cut is not None else None
        return was[2] if was is not None and (was[0], was[1]) == (after[1], after[2:]) else UNKNOWN
    if place.rate == 0 or not all(isinstance(one, int) for one in (*before[2:], *after[2:])):
        return UNKNOWN
    given, made = (prod(cast("tuple[int, ...]", axes[2:])) for axes in (before, after))
    cut, unit = place.cut, place.rate
    if made % given == 0:  # together, or as they were
        group = made // given
        if group == 1:
            return _laid_anew(cut, place, before, after)
        apart = cut is None and after[2] == group and after[3:] == before[2:] and len(after) > 3
        if cut is not None and (cut.apart or len(after) > 3):
            return UNKNOWN
        group *= 1 if cut is None else cut.group
        return replace(place, rate=unit * made // given, cut=Cut(group, apart))
    group = given // made
    if given % made or place.rate % group:
        return UNKNOWN
    if cut is None or (cut.group == group and (not cut.apart or after[2:] == before[3:])):
        return replace(place, rate=place.rate // group, cut=None)
    if cut.apart or cut.group % group:
        return UNKNOWN
    return replace(place, rate=place.rate // group, cut=Cut(cut.group // group))


def _laid_anew(cut: Cut | None, place: Place, before: tuple[object, ...], after: tuple[object, ...]) -> Place:
    """The same groups, their steps on an axis of their own or together with the features."""
    if cut is None or before == after:
        return place
    if cut.apart:
        return replace(place, cut=Cut(cut.group)) if len(after) == 3 else UNKNOWN
    return replace(place, cut=Cut(cut.group, len(after) > 3)) if len(after) == 3 or after[2] == cut.group else UNKNOWN


def behind_cut(node: TypedNode, thing: Thing, at: int, place: Place, reason: str | None, after: After) -> Place:
    """Behind another layer that is given steps in groups. `after` says where steps in order are behind it."""
    cut = cast("Cut", place.cut)
    name, rank = thing.class_name, node.inputs[at].rank
    alike = all(one.axes == node.outputs[0].axes for one in node.inputs)
    applies = name == "Activation" and thing["activation"] in APPLYING
    if (name in NUMBER_BY_NUMBER or applies or _operates(thing)) and alike and node.outputs[0].rank == rank:
        return place
    if cut.flat is not None:
        return after(node, at, replace(place, cut=None), reason)
    whole = replace(place, lead=place.lead + (cut.group - 1) * (place.rate // cut.group), cut=None)
    if cut.apart:
        return _apart(node, thing, at, place, replace(whole, cut=cut))
    if name == "BatchNormalization":
        return place
    inner = thing["layer"] if name == "TimeDistributed" else thing
    if isinstance(inner, Thing) and inner.class_name == "Dense":
        return whole
    if name == "Bidirectional":
        return SURE
    known = name in RECURRENT or name == "Conv1D" or (name in NORMALIZING and thing["axis"] in (-1, [-1], rank - 1))
    return after(node, at, whole, reason) if known else UNKNOWN


def _operates(thing: Thing) -> bool:
    from archcompiler.layers.operations import OPERATIONS

    return thing.section == "ops" and OPERATIONS[thing.class_name].apart


def _apart(node: TypedNode, thing: Thing, at: int, place: Place, whole: Place) -> Place:
    """Behind a layer that is given (batch, groups, steps, …). `whole`: where each step has seen all of its group."""
    given, name = node.inputs[at], thing.class_name
    if name in OVER_FEATURES:
        return place
    if name in NORMALIZING:
        axes = cast("list[int]", one) if isinstance(one := thing["axis"], list) else [cast("int", one)]
        over = {axis % given.rank for axis in axes}
        return SURE if 1 in over else whole if 2 in over else place
    if (name in CONVOLUTIONS or name in POOLINGS) and given.rank == 4 and name.endswith("2D"):
        if thing["data_format"] == "channels_first" or node.outputs[0].axes[1:3] != given.axes[1:3]:
            return UNKNOWN
        groups, steps = (window_along(thing, axis, given) for axis in (1, 2))
        if groups is None or steps is None or groups.stride > 1 or steps.stride > 1:
            return UNKNOWN
        ahead = (groups.span - 1 - groups.before) * place.rate
        return replace(place, lead=place.lead + ahead + _within(place, steps.span - 1 - steps.before))
    inner = thing["layer"] if name == "TimeDistributed" else None
    return _in_each(node, inner, at, place, whole) if isinstance(inner, Thing) else UNKNOWN


def _in_each(node: TypedNode, inner: Thing, at: int, place: Place, whole: Place) -> Place:
    """Behind a layer that `TimeDistributed` runs over the steps of each group."""
    name, given = inner.class_name, node.inputs[at]
    if name in NUMBER_BY_NUMBER or name in OVER_FEATURES or (name == "Activation" and inner["activation"] in APPLYING):
        return place
    if name in NORMALIZING:
        return place if inner["axis"] in (-1, [-1]) else UNKNOWN
    if name == "Bidirectional":
        layer = cast("Thing", inner["layer"])
        return whole if layer["return_sequences"] else replace(whole, cut=None)
    if name in RECURRENT:
        if not inner["return_sequences"]:
            return replace(whole, cut=None)
        return UNKNOWN if inner["go_backwards"] else place
    if name == "Conv1D" and inner["data_format"] != "channels_first" and given.rank == 4:
        window = window_along(inner, 1, given.with_axes(given.axes[0], *given.axes[2:]))
        if window is None or window.stride > 1 or node.outputs[0].axes[2] != given.axes[2]:
            return UNKNOWN
        return replace(place, lead=place.lead + _within(place, window.span - 1 - window.before))
    if name == "Flatten" and given.rank == 4:
        return replace(place, cut=Cut(cast("Cut", place.cut).group))
    if name in ("GlobalAveragePooling1D", "GlobalMaxPooling1D") and inner["data_format"] != "channels_first":
        return replace(whole, cut=None)
    return UNKNOWN


def _within(place: Place, ahead: int) -> int:
    """How far a step of a group sees that looks at so many beyond its own, of its group."""
    group = cast("Cut", place.cut).group
    return min(ahead, group - 1) * (place.rate // group)
