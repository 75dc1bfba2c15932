"""Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate and Dot."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Change, Problem
from archcompiler.dims import Dim, Verdict
from archcompiler.layers.rows import Call, Result, Row, floats_fault
from archcompiler.tensors import TensorType, shape_text
from archcompiler.wording import shown


def elementwise(call: Call) -> Result | Problem:
    """Entry by entry; axes of size 1 and missing axes are repeated, as Keras's merging layers do."""
    alone = _alone(call)
    if alone is not None:
        return alone
    batch, axes = call.inputs[0].axes[0], call.inputs[0].axes[1:]
    for index, other in enumerate(call.inputs[1:], start=1):
        joined = broadcast(axes, other.axes[1:])
        if joined is None or dims.differ(batch, other.axes[0]):
            return _mismatch(call, index, f"{call.thing.class_name} works entry by entry", None)
        batch, axes = other.axes[0] if isinstance(other.axes[0], int) else batch, joined
    output = TensorType((batch, *axes), call.compute_dtype)
    if not any(one.mask for one in call.inputs):
        return Result((output,))
    fault = _misfit_of_extreme(call)
    if fault is not None or not all(one.mask for one in call.inputs):
        return fault or Result((output,))
    mask: tuple[Dim, ...] | None = call.inputs[0].mask_shape
    for other in call.inputs[1:]:
        mask = broadcast(mask, other.mask_shape)
        if mask is None:
            return _unlike_masks(call)
    return Result((output.masked_as(replace(output, mask=True, mask_axes=mask)),))


def _misfit_of_extreme(call: Call) -> Problem | None:
    """Maximum and Minimum lay each mask over its input, all axes but the last; inputs of a lower rank lose theirs."""
    if call.thing.class_name not in ("Maximum", "Minimum"):
        return None
    greatest = max(one.rank for one in call.inputs)
    for one in call.inputs:
        if (
            one.mask
            and one.rank == greatest
            and (len(one.mask_shape) >= one.rank or not fits(one.mask_shape, one.axes[:-1]))
        ):
            return _unlike_masks(call)
    return None


def _unlike_masks(call: Call) -> Problem:
    masks = " and ".join(shape_text(one.mask_shape) if one.mask else "none" for one in call.inputs)
    shapes = " and ".join(str(one) for one in call.inputs)
    return call.fault(
        "ARC202",
        f"{call.thing.class_name} joins the masks of its inputs too, and with {shapes} travel masks that do not fit "
        f"together: {masks}",
        help="let the layer that makes the mask do without: `mask_zero: false`, or no Masking",
    )


def fits(mask: tuple[Dim, ...], axes: tuple[Dim, ...]) -> bool:
    """Whether the mask may be repeated to `axes`, the last axes of both lying on each other."""
    return all(one == 1 or not dims.differ(one, other) for one, other in zip(mask[::-1], axes[::-1], strict=False))


def broadcast(left: tuple[Dim, ...], right: tuple[Dim, ...]) -> tuple[Dim, ...] | None:
    """The shape of an entry-by-entry operation, or None where two sizes are surely different and neither is 1."""
    if len(left) < len(right):
        left, right = right, left
    joined = list(left[: len(left) - len(right)])
    for one, other in zip(left[len(left) - len(right) :], right, strict=True):
        if one == 1 or other == 1:
            joined.append(other if one == 1 else one)
        else:
            verdict = dims.compare(one, other)
            if verdict is Verdict.DIFFERENT:
                return None
            joined.append(one if verdict is Verdict.EQUAL else agree(one, other))
    return tuple(joined)


def agree(one: Dim, other: Dim) -> Dim:
    """Two sizes that cannot be told apart: Keras keeps None, so the one that is no whole number is kept."""
    if one is None or other is None:
        return None
    return other if isinstance(one, int) else one


def concatenate(call: Call) -> Result | Problem:
    """Sizes along `axis` add up; all other sizes must be equal."""
    alone = _alone(call)
    if alone is not None:
        return alone
    rank = call.inputs[0].rank
    axis = call.whole("axis")
    for index, other in enumerate(call.inputs[1:], start=1):
        if other.rank != rank:
            return _mismatch(call, index, "Concatenate needs inputs of one rank", None)
    if not -rank <= axis < rank:
        return call.fault(
            "ARC207", f"the inputs {call.inputs[0]} have no axis {axis}", argument="axis", help="the last axis is -1"
        )
    along = axis % rank
    axes = list(call.inputs[0].axes)
    total: Dim = axes[along]
    for index, other in enumerate(call.inputs[1:], start=1):
        for position, dim in enumerate(other.axes):
            if position == along:
                total = dims.add(total, dim)
            elif dims.differ(axes[position], dim):
                return _mismatch(call, index, f"Concatenate joins along axis {axis}; the other axes must agree", along)
    axes[along] = total
    output = TensorType(tuple(axes), call.compute_dtype)
    if not any(one.mask for one in call.inputs):
        return Result((output,))
    mask = _joined_masks(call.inputs, along)
    if mask is None:
        return _unlike_masks(call)
    return Result((output.masked_as(replace(output, mask=True, mask_axes=mask[:-1])),))


def _joined_masks(inputs: tuple[TensorType, ...], along: int) -> tuple[Dim, ...] | None:
    """Masks are spread over their inputs (an input without one counts as all there) and joined as these are."""
    joined: tuple[Dim, ...] | None = None
    for one in inputs:
        spread: tuple[Dim, ...] | None = one.axes
        if one.mask:
            mask = one.mask_shape
            spread = mask if len(mask) == one.rank else broadcast((*mask, 1), one.axes)
        if spread is None:
            return None
        if joined is None:
            joined = spread
            continue
        if len(spread) != len(joined):
            return None
        for position, (left, right) in enumerate(zip(joined, spread, strict=True)):
            if position != along and dims.differ(left, right):
                return None
        joined = (*joined[:along], dims.add(joined[along], spread[along]), *joined[along + 1 :])
    return joined


def dot(call: Call) -> Result | Problem:
    """Products summed over one axis of each: (batch, a, n) and (batch, b, n) on axis 2 give (batch, a, b)."""
    left, right = call.inputs
    given = call["axes"]
    axes = cast(list[int], given) if isinstance(given, list) else [cast(int, given)] * 2
    if len(axes) != 2:
        return call.fault(
            "ARC113",
            f"`axes` of Dot is one axis or a list of two, one for each input, but {shown(call['axes'])} is given",
            argument="axes",
        )
    fault = floats_fault(call, " with `normalize`") if call.flag("normalize") else None
    if fault is not None:
        return fault
    places: list[int] = []
    for axis, one in zip(axes, call.inputs, strict=True):
        exists = axis < one.rank and (axis >= -one.rank or not isinstance(given, list))
        if not exists or axis % one.rank == 0:
            what = "the batch axis" if exists else "no such axis"
            return call.fault(
                "ARC207",
                f"Dot is to sum over axis {axis} of {one}, which is {what}",
                argument="axes",
                help="the last axis is -1; the batch axis, 0, stays",
            )
        places.append(axis % one.rank)
    first, second = left.axes[places[0]], right.axes[places[1]]
    if dims.differ(first, second):
        return call.fault(
            "ARC202",
            f"Dot sums over axis {axes[0]} of {left} and axis {axes[1]} of {right}, but {dims.text(first)} is not "
            f"{dims.text(second)}",
            argument="axes",
            help="name two axes of one size",
        )
    if isinstance(first, int) != isinstance(second, int):
        return call.fault(
            "ARC204",
            f"Dot sums over axis {axes[0]} of {left} and axis {axes[1]} of {right}; one of these sizes is open "
            f"(`{dims.text(second if isinstance(first, int) else first)}`), and Keras compares it with "
            f"{dims.text(first if isinstance(first, int) else second)} and refuses",
            argument="axes",
            help="give both axes a whole number, or leave both open",
        )
    kept = [dim for place, dim in enumerate(left.axes) if place != places[0]]
    kept += [dim for place, dim in enumerate(right.axes) if place not in (0, places[1])]
    axes_out = (*kept, 1) if len(kept) == 1 else tuple(kept)
    return Result((TensorType(axes_out, call.compute_dtype),))


def _alone(call: Call) -> Problem | None:
    """Keras joins a list of one tensor, and no tensor that stands alone."""
    if len(call.inputs) > 1 or call.listed:
        return None
    return call.fault(
        "ARC205",
        f"{call.thing.class_name} joins several tensors, but it is given one: {call.input}",
        help="write beside it what is to be joined: `from: [a, b]`",
    )


def _mismatch(call: Call, index: int, why: str, along: int | None) -> Problem:
    first, other = call.inputs[0], call.inputs[index]
    shapes = " and ".join(str(one) for one in call.inputs)
    changes: tuple[Change, ...] = ()
    help = "give both the same sizes"
    ends = first.axes[-1], other.axes[-1]
    if along is None and first.rank == other.rank and first.axes[:-1] == other.axes[:-1] and None not in ends:
        help = f"put `Dense: {dims.text(ends[1])}` after the first, or join them with `Concatenate`"
    if along is not None:
        better = _axis_that_fits(call)
        if better is not None:
            help = f"write `axis: {better}` to join along the axis that differs"
            changes = (call.change("axis", better),)
    unlike = [
        f"{dims.text(a)} is not {dims.text(b)}"
        for position, (a, b) in enumerate(zip(first.axes, other.axes, strict=False))
        if dims.differ(a, b) and position != along
    ]
    detail = f": {' and '.join(unlike)}" if unlike and first.rank == other.rank else ""
    return call.fault("ARC202", f"{why}, but it is given {shapes}{detail}", help=help, changes=changes, safe=False)


def _axis_that_fits(call: Call) -> int | None:
    """The only axis in which the inputs differ, where there is one."""
    first = call.inputs[0].axes
    unlike = {
        position
        for other in call.inputs[1:]
        for position, (a, b) in enumerate(zip(first, other.axes, strict=True))
        if dims.differ(a, b)
    }
    return unlike.pop() if len(unlike) == 1 else None


ROWS = (
    *(
        Row(name, elementwise, (1, None), inputs="several", mask="own")
        for name in ("Add", "Multiply", "Average", "Maximum", "Minimum")
    ),
    Row("Subtract", elementwise, (1, None), inputs="two", mask="own"),
    Row("Concatenate", concatenate, inputs="several", mask="own"),
    Row("Dot", dot, (2, None), "(batch, …)", inputs="two", time="all"),
)
