"""Products of tensors."""

from __future__ import annotations

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.dtypes import promoted
from archcompiler.layers.merging import agree, broadcast
from archcompiler.layers.operations.entrywise import no_truths
from archcompiler.layers.operations.rows import Operated, Operation
from archcompiler.layers.rows import Result
from archcompiler.tensors import shape_text
from archcompiler.wording import shown


def matmul(call: Operated) -> Result | Problem:
    """(…, a, n) times (…, n, b) gives (…, a, b)."""
    left, right = (one[0].axes for one in call.operands.values())
    if not left or not right:
        return call.fault("ARC201", f"{call.said} needs tensors with axes, but it is given {call.shapes}")
    first = (1, *left) if len(left) == 1 else left
    second = (*right, 1) if len(right) == 1 else right
    if dims.differ(first[-1], second[-2]):
        return _unlike(call, first[-1], second[-2], "the last axis of the one and the last but one of the other")
    batch = broadcast(first[:-2], second[:-2])
    if batch is None:
        return call.fault("ARC202", f"{call.said} joins the axes before the last two, but it is given {call.shapes}")
    shape = (*batch, *(first[-2:-1] if len(left) > 1 else ()), *(second[-1:] if len(right) > 1 else ()))
    return call.gives(shape, "int32" if all(one.dtype == "int8" for one in call.all) else call.dtype())


def dot(call: Operated) -> Result | Problem:
    """The last axis of the one times the last but one of the other."""
    left, right = (one[0].axes for one in call.operands.values())
    if not left or not right:  # a number, which Keras makes into a tensor of float32
        return call.gives(
            (*left, *right), promoted("float32" if one.dtype == "float" else one.dtype for one in call.all)
        )
    inner = right[-2:][0]
    if dims.differ(left[-1], inner):
        return _unlike(call, left[-1], inner, "the last axis of the one and the last but one of the other")
    if len(right) == 1 and isinstance(left[-1], int) != isinstance(inner, int):
        return _unlike(call, left[-1], inner, "the last axis of both, of which only one is known")
    return call.gives((*left[:-1], *right[:-2], *(right[-1:] if len(right) > 1 else ())), call.dtype())


def _unlike(call: Operated, one: Dim, other: Dim, which: str) -> Problem:
    return call.fault(
        "ARC202",
        f"{call.said} sums over {which}, but with {call.shapes} {dims.text(one)} is not {dims.text(other)}",
        help="`ops.transpose` or `ops.swapaxes` turns axes round",
    )


def einsum(call: Operated) -> Result | Problem:
    """Letters name axes: those of one letter have one size, and those not in the result are summed over."""
    text = str(call["subscripts"]).replace(" ", "")
    operands = call.all
    taken, arrow, given = text.partition("->")
    inputs = taken.split(",")
    if len(inputs) != len(operands) or not all(
        part.replace("...", "").isalpha() or part in ("", "...") for part in inputs
    ):
        message = (
            f"`subscripts` {shown(text)} names {len(inputs)} tensors, but {len(operands)} are given: {call.shapes}"
        )
        return call.fault("ARC113", message, "subscripts")
    sizes: dict[str, Dim] = {}
    batch: tuple[Dim, ...] = ()
    for part, one in zip(inputs, operands, strict=True):
        letters = part.replace("...", "")
        extra = len(one.axes) - len(letters)
        if extra < 0 or (extra and "..." not in part):
            message = f"`{part}` names {len(letters)} axes, but the tensor is {shape_text(one.axes)}"
            return call.fault("ARC201", message, "subscripts")
        before = len(part.partition("...")[0]) if "..." in part else len(letters)
        named = [*zip(letters[:before], one.axes[:before], strict=True)]
        named += zip(letters[before:], one.axes[before + extra :], strict=True)
        for letter, size in named:
            known = sizes.get(letter, size)
            if dims.differ(known, size):
                message = f"`{letter}` of {shown(text)} cannot be both {dims.text(known)} and {dims.text(size)}"
                return call.fault("ARC202", f"{message}: {call.shapes}", "subscripts")
            sizes[letter] = known if known == size else agree(known, size)
        wider = broadcast(batch, one.axes[before : before + extra])
        if wider is None:
            return call.fault("ARC202", f"what `...` stands for differs in size: {call.shapes}", "subscripts")
        batch = wider
    every = taken.replace(",", "").replace("...", "")
    result = (
        given if arrow else ("..." if batch else "") + "".join(sorted(x for x in set(every) if every.count(x) == 1))
    )
    if any(letter not in sizes for letter in result.replace("...", "")):
        return call.fault("ARC113", f"the result of {shown(text)} has an axis that no tensor has", "subscripts")
    head, dots, tail = result.partition("...")
    shape = (*(sizes[x] for x in head), *(batch if dots else ()), *(sizes[x] for x in tail))
    return call.gives(shape, call.dtype())


def triangle(call: Operated) -> Result | Problem:
    """The shape stays; what is on the other side of the diagonal is 0."""
    if call.input.rank > 1:
        return call.gives(call.input.axes, call.input.dtype)
    return call.fault("ARC201", f"{call.said} needs two axes, but it is given {call.shapes}")


ROWS = (
    Operation("matmul", matmul),
    Operation("dot", dot),
    Operation("einsum", no_truths(einsum)),
    *(Operation(name, triangle) for name in ("tril", "triu")),
)
