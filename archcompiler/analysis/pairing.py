"""Products that hold each step against every other, as an attention made by hand does: where the steps lie then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.analysis.place import SURE, UNKNOWN, Place
from archcompiler.graph.ir import TypedNode
from archcompiler.layers.things import Thing


def is_product(node: TypedNode) -> bool:
    """Whether axes of two tensors are summed over, and the rest of both is left."""
    return node.class_name in ("Dot", "ops.matmul", "ops.einsum") and len(node.inputs) == 2


def product_place(node: TypedNode, places: Mapping[int, Place]) -> Place:
    """Where the steps lie behind a product; `places` has those of its inputs that depend on the sequence.

    Steps behind the query's are `paired`: each number is of one step and of another, so that a mask may come yet. Once
    such an axis is summed over with no mask before, each step has seen all steps.
    """
    if _sums_all(node, places):
        return SURE
    found = [_after(node, at, place, len(places) > 1) for at, place in places.items()]
    for one in found:
        if one.ahead:
            return one
    return UNKNOWN if any(one.axis == 0 for one in found) else max(found, key=lambda one: one.axis)


def _sums_all(node: TypedNode, places: Mapping[int, Place]) -> bool:
    """Whether the steps of both tensors are summed over and none are left, so that neither can be a mask."""
    if len(places) < 2 or any(one.axis != 1 or one.turned for one in places.values()):
        return False
    if any(_axis_after(node, at, 1) is not None for at in places):
        return False
    steps = node.inputs[0].axes[1]
    return not any(
        isinstance(one, int) == isinstance(steps, int) and not dims.differ(one, steps)
        for one in node.outputs[0].axes[1:]
    )


def _after(node: TypedNode, at: int, place: Place, both: bool) -> Place:
    axis = _axis_after(node, at, place.axis) if place.axis and not place.turned else 0
    if axis is None:
        return SURE if place.paired and both else UNKNOWN
    if axis == 0:
        return UNKNOWN
    return place if axis == place.axis == 1 else replace(place, axis=axis, rate=0, lead=0, paired=axis > 1)


def _axis_after(node: TypedNode, at: int, axis: int) -> int | None:
    """Where an axis of the input `at` lies in the result; None where it is summed over, 0 where it is not known."""
    thing = cast("Thing", node.node.thing)
    ranks = [one.rank for one in node.inputs]
    if node.class_name == "Dot":
        given = thing["axes"]
        axes = cast("list[int]", given) if isinstance(given, list) else [cast("int", given)] * 2
        left = [(one, of) for one in (0, 1) for of in range(1, ranks[one]) if of != axes[one] % ranks[one]]
        return left.index((at, axis)) + 1 if (at, axis) in left else None
    arguments = [one for one in node.node.arguments if one.positions]
    order = [position for one in arguments for position in one.positions] or [0, 1]
    if order != [0, 1]:
        return 0
    if node.class_name == "ops.matmul":
        named = [one.name for one in arguments] in ([], ["x1", "x2"])
        if not named or ranks[0] != ranks[1] or ranks[0] < 3:
            return 0
        return None if axis == ranks[at] - (1 if at == 0 else 2) else axis
    given, arrow, output = str(thing["subscripts"]).replace(" ", "").partition("->")
    parts = given.split(",")
    if not arrow or "." in given or len(parts) != 2 or axis >= len(parts[at]) or output[:1] != parts[at][0]:
        return 0
    return output.index(parts[at][axis]) if parts[at][axis] in output else None
