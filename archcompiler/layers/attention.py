"""Attention: each step of a query looks at the steps of a value, by way of a key."""

from __future__ import annotations

from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.tensors import TensorType

NEEDS = "(batch, steps, features) for query and value, and for key where it is another"


def _roles(call: Call) -> tuple[TensorType, TensorType, TensorType] | Problem:
    """Query, value and key; the key is the value where none is given."""
    count = len(call.inputs)
    if count not in (2, 3):
        return call.fault(
            "ARC205",
            f"{call.thing.class_name} takes a query and a value, and a key where it is another, but it is given "
            f"{count} tensor{'s' if count > 1 else ''}",
            help="write `from: {query: a, value: b}`; self-attention takes the same for both",
        )
    query, value, *rest = call.inputs
    key = rest[0] if rest else value
    if dims.differ(value.axes[1], key.axes[1]):
        return call.fault(
            "ARC202",
            f"value and key of {call.thing.class_name} have as many steps, but the value is {value} and the key {key}",
        )
    return query, value, key


def attention(call: Call) -> Result | Problem:
    """(batch, steps, features) and (batch, others, width) → (batch, steps, width)."""
    roles = _roles(call)
    if isinstance(roles, Problem):
        return roles
    query, value, key = roles
    if dims.differ(query.axes[2], key.axes[2]):
        return call.fault(
            "ARC202",
            f"{call.thing.class_name} compares query and key, which must be as wide, but the query is {query} and the "
            f"{'key' if len(call.inputs) > 2 else 'value'} {key}",
            help="put a `Dense` before one of them, or use `MultiHeadAttention`, which has weights for both",
        )
    params = 0
    if call.thing.class_name == "AdditiveAttention":
        if call.flag("use_scale"):
            size = call.known_size(query.axes[2], "the last axis of the query")
            if isinstance(size, Problem):
                return size
            params = size
    else:
        params = int(call.flag("use_scale")) + int(call["score_mode"] == "concat")
    output = TensorType((*query.axes[:2], value.axes[2]), call.compute_dtype)
    return Result((output.masked_as(query),), params)


def multi_head_attention(call: Call) -> Result | Problem:
    """(batch, steps, features) → the same, or as wide as `output_shape` says. Weights for query, key, value and output;
    source: A. Vaswani et al., "Attention is all you need", arXiv:1706.03762, section 3.2.2."""
    roles = _roles(call)
    if isinstance(roles, Problem):
        return roles
    widths: list[int] = []
    for tensor, what in zip(roles, ("the query", "the value", "the key"), strict=True):
        size = call.known_size(tensor.axes[2], f"the last axis of {what}")
        if isinstance(size, Problem):
            return size
        widths.append(size)
    query, value, key = widths
    heads, key_dim = call.whole("num_heads"), call.whole("key_dim")
    value_dim = call.whole("value_dim") if call["value_dim"] else key_dim
    given = call["output_shape"]
    shape = cast("list[int]", given if isinstance(given, list) else [query if given is None else given])
    width = 1
    for one in shape:
        width *= one
    bias = int(call.flag("use_bias"))
    params = (query + bias) * heads * key_dim + (key + bias) * heads * key_dim + (value + bias) * heads * value_dim
    params += heads * value_dim * width + bias * width
    if call.flag("use_gate"):
        params += (query + bias) * heads * value_dim
    axes = (*roles[0].axes[:2], *shape)
    return Result((TensorType(axes, call.compute_dtype).masked_as(roles[0]),), params)


ROWS = (
    Row("Attention", attention, (3, 3), NEEDS, inputs="several", mask="own", time="all", floats=True),
    Row("AdditiveAttention", attention, (3, 3), NEEDS, inputs="several", mask="own", time="all", floats=True),
    Row(
        "MultiHeadAttention", multi_head_attention, (3, 3), NEEDS, inputs="several", mask="own", time="all", floats=True
    ),
)
