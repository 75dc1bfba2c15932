"""Where the steps of an input lie behind each layer, and whether a step has seen later ones there for certain."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from archcompiler.analysis.cutting import behind_cut, reshaped
from archcompiler.analysis.place import SURE, UNKNOWN, Place
from archcompiler.analysis.windows import CONVOLUTIONS, POOLINGS, Window, window_along
from archcompiler.graph.ir import TypedNode
from archcompiler.layers.call_arguments import CONV_LSTM, RECURRENT
from archcompiler.layers.things import Thing

NORMALIZING = frozenset(("LayerNormalization", "RMSNormalization", "UnitNormalization", "Softmax"))
OVER_LAST = frozenset(("softmax", "log_softmax", "sparsemax"))
"""Activations of which each number takes all along the last axis."""
OPS_OVER = frozenset((
    "softmax", "log_softmax", "sparsemax", "normalize", "sum", "prod", "mean", "std", "var", "median", "norm",
    "logsumexp", "max", "min", "amax", "amin", "any", "all", "argmax", "argmin", "count_nonzero", "sort", "argsort",
))  # fmt: skip
"""Operations of which each number that they give takes all along an axis."""


def place_after(node: TypedNode, at: int, place: Place, reason: str | None) -> Place:
    """Where the steps of the input `at` lie behind the layer; `reason` is why its axis 1 is mixed, or None."""
    if place.sure or place.axis == 0:
        return place
    thing = cast("Thing", node.node.thing)
    name, rank = thing.class_name, node.inputs[at].rank
    if thing.custom is not None:
        return place if reason is None and place.axis == 1 and place.cut is None else UNKNOWN
    if name in ("Reshape", "reshape", "Flatten") and (place.cut is not None or reason):
        return reshaped(node, at, place)
    if place.cut is not None:
        return behind_cut(node, thing, at, place, reason, place_after)
    if place.paired and len(node.inputs) > 1:
        return UNKNOWN  # it may be a mask
    if thing.section == "ops":
        return _operation(node, thing, at, place, reason)
    if name in RECURRENT or name in CONV_LSTM or name == "Bidirectional":
        return _recurrent(thing, place)
    inner = thing["layer"] if name == "TimeDistributed" else thing
    if isinstance(inner, Thing) and inner.class_name == "Dense":
        return SURE if place.axis == rank - 1 else place
    if name == "TimeDistributed":
        return place if place.axis == 1 else UNKNOWN
    if name in NORMALIZING:
        axes = cast("list[int]", given) if isinstance(given := thing["axis"], list) else [cast("int", given)]
        return SURE if place.axis in {axis % rank for axis in axes} else place
    if name == "Activation" and place.axis == rank - 1 and thing["activation"] in OVER_LAST:
        return SURE
    if name == "GroupNormalization":
        return SURE if place.axis == 1 and cast("int", thing["axis"]) % rank > 1 else UNKNOWN
    if (name in CONVOLUTIONS or name in POOLINGS) and not _stretches(thing, place):
        return _windowed(node, thing, at, place, reason)
    if name in ("GlobalMaxPooling1D", "GlobalAveragePooling1D") and place.axis == 1:
        return SURE if reason else UNKNOWN
    if name.startswith("Global") and name.endswith(("2D", "3D")):
        return SURE if place.axis == 1 and thing["data_format"] != "channels_first" else UNKNOWN
    return _moved(node, thing, at, place, reason)


def _moved(node: TypedNode, thing: Thing, at: int, place: Place, reason: str | None) -> Place:
    name, rank = thing.class_name, node.inputs[at].rank
    if name in ("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Cropping1D", "Cropping2D", "Cropping3D"):
        if place.axis != 1 or place.turned or thing.given.get("data_format") == "channels_first":
            return UNKNOWN
        front = thing["padding" if name.startswith("Zero") else "cropping"]
        while isinstance(front, list):
            front = cast("list[object]", front)[0]
        shift = cast("int", front) * place.rate
        return replace(place, lead=place.lead + (-shift if name.startswith("Zero") else shift))
    if (name.startswith("UpSampling") or _stretches(thing, place)) and place.axis == 1:
        size = thing["strides" if name == "Conv1DTranspose" else "size"]
        size = cast("int", cast("list[object]", size)[0] if isinstance(size, list) else size)
        if place.rate % size:
            return UNKNOWN
        return replace(place, rate=place.rate // size, lead=place.lead + _looks_on(thing) * place.rate)
    if name == "Permute":
        axis = cast("list[int]", thing["dims"]).index(place.axis) + 1
        return UNKNOWN if place.rate == 0 and axis == 1 else replace(place, axis=axis)
    if name == "RepeatVector":
        return replace(place, axis=2, rate=0)
    if name == "Dot":
        return UNKNOWN
    if name == "EinsumDense":
        return _einsum(thing, place, reason)
    if reason is None and (place.axis == 1 or node.outputs[0].rank == rank) and name not in ("Reshape", "Concatenate"):
        return place
    return place if reason is None and place.axis == 1 else UNKNOWN


def _stretches(thing: Thing, place: Place) -> bool:
    """Whether it is a transposed convolution of which each step has seen what a repeated one would have at least."""
    if thing.class_name != "Conv1DTranspose" or place.turned or place.lead + _looks_on(thing) <= 0:
        return False
    plain = thing["dilation_rate"] in (1, [1]) and thing["output_padding"] is None
    return plain and thing["data_format"] != "channels_first"


def _looks_on(thing: Thing) -> int:
    """How far a transposed convolution looks ahead at least, in its own steps."""
    if thing.class_name != "Conv1DTranspose" or thing["padding"] != "same" or thing["strides"] not in (1, [1]):
        return 0
    size = thing["kernel_size"]
    return (cast("int", cast("list[object]", size)[0] if isinstance(size, list) else size) - 1) // 2


def _einsum(thing: Thing, place: Place, reason: str | None) -> Place:
    """An axis that is summed over is seen whole at every number of the result."""
    given, _, output = str(thing["equation"]).replace(" ", "").partition("->")
    letters = given.partition(",")[0]
    if "." in letters or place.axis >= len(letters):
        return place if reason is None and place.axis == 1 else UNKNOWN
    if letters[place.axis] not in output:
        return SURE
    return place if reason is None and place.axis == 1 else UNKNOWN


def _recurrent(thing: Thing, place: Place) -> Place:
    """A layer over steps that come in order has seen earlier ones; over those that are turned, later ones."""
    if place.axis == 2 and thing.class_name not in CONV_LSTM:
        return SURE
    if place.axis != 1 or place.rate == 0:
        return UNKNOWN
    if thing.class_name == "Bidirectional":
        return SURE if place.rate == 1 else UNKNOWN
    if place.turned != bool(thing["go_backwards"]):
        return SURE
    return replace(place, turned=False) if thing["return_sequences"] else UNKNOWN


def _windowed(node: TypedNode, thing: Thing, at: int, place: Place, reason: str | None) -> Place:
    """A window that moves along the steps sees the later ones within it."""
    given = node.inputs[at]
    convolves = thing.class_name in CONVOLUTIONS and not thing.class_name.startswith("Depthwise")
    alone = thing["groups"] not in (1, None) if "groups" in thing.entry.arguments else False
    channels = 1 if thing["data_format"] == "channels_first" else given.rank - 1
    if place.axis == channels:
        return place if not convolves and channels != 1 else SURE if convolves and not alone else UNKNOWN
    window = window_along(thing, place.axis, given)
    if window is None or place.turned:
        return UNKNOWN
    if place.axis != 1:
        return place if window == Window(1, 1, 0) else UNKNOWN
    lead = place.lead + (window.span - 1 - window.before) * place.rate
    return replace(place, lead=lead, rate=place.rate * window.stride)


def _operation(node: TypedNode, thing: Thing, at: int, place: Place, reason: str | None) -> Place:
    name, rank = thing.class_name, node.inputs[at].rank
    if name in OPS_OVER or name in ("flip", "cumsum", "cumprod"):
        given = thing["axis"]
        axes = cast("list[int]", given) if isinstance(given, list) else [given] if isinstance(given, int) else [0]
        over = {axis % rank for axis in axes}
        if name in OPS_OVER and place.axis in over and 0 not in over:
            return SURE
        if name == "flip" and place.axis == 1 and over == {1}:
            return replace(place, turned=not place.turned) if place.lead == 0 else UNKNOWN
        if name in ("cumsum", "cumprod") and place.axis == 1 and place.turned and over == {1}:
            return SURE
    if name == "pad" and place.axis == 1 and not place.turned and thing["mode"] == "constant":
        width = thing["pad_width"]
        width = (
            cast("list[object]", width)[1] if isinstance(width, list) and len(cast("list[object]", width)) > 1 else 0
        )
        front = cast("list[object]", width)[0] if isinstance(width, list) else width
        return replace(place, lead=place.lead - cast("int", front) * place.rate)
    if name == "roll" and place.axis == 1 and not place.turned and thing["axis"] in (1, [1], 1 - rank):
        shift = thing["shift"]
        if isinstance(shift, int):
            return replace(place, lead=place.lead - shift * place.rate)
    if name in ("transpose", "swapaxes"):
        return _turned_round(thing, place, rank)
    return place if reason is None and (place.axis == 1 or _entry_by_entry(node, thing)) else UNKNOWN


def _turned_round(thing: Thing, place: Place, rank: int) -> Place:
    """Where axes change places."""
    order = list(range(rank))
    if thing.class_name == "swapaxes":
        first, second = (cast("int", thing[one]) % rank for one in ("axis1", "axis2"))
        order[first], order[second] = order[second], order[first]
    else:
        axes = thing["axes"]
        order = [one % rank for one in cast("list[int]", axes)] if isinstance(axes, list) else order[::-1]
    axis = order.index(place.axis)
    return UNKNOWN if axis == 0 or (place.rate == 0 and axis == 1) else replace(place, axis=axis)


def _entry_by_entry(node: TypedNode, thing: Thing) -> bool:
    """Whether an operation works on each number alone, with no tensor or list beside it."""
    from archcompiler.layers.operations import OPERATIONS

    alone = len(node.inputs) == 1 and not any(isinstance(one.value, list) for one in node.node.arguments)
    return OPERATIONS[thing.class_name].apart and alone
