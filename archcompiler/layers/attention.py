"""Attention: each step of a query looks at the steps of a value, by way of a key."""

from __future__ import annotations

from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.merging import fits
from archcompiler.layers.rows import Call, Result, Row, floats_fault
from archcompiler.tensors import FLOAT_DTYPES, TensorType, shape_text
from archcompiler.wording import listed

NEEDS = "(batch, steps, features) for query and value, and for key where it is another"
Roles = tuple[TensorType, TensorType, TensorType]


def _roles(call: Call) -> Roles | Problem:
    """Query, value and key; the key is the value where none is given."""
    count = len(call.inputs)
    if count not in (2, 3):
        return call.fault(
            "ARC205",
            f"{call.thing.class_name} takes a query and a value, and a key where it is another, but it is given "
            f"{count} tensor{'s' if count > 1 else ''}: {listed(call.inputs)}",
            help="write `from: {query: a, value: b}`; self-attention takes the same for both",
        )
    query, value, *rest = call.inputs
    key = rest[0] if rest else value
    if key.rank != value.rank or dims.differ(value.axes[-2], key.axes[-2]):
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
    name = call.thing.class_name
    if query.dtype not in FLOAT_DTYPES and key.dtype not in FLOAT_DTYPES:
        fault = floats_fault(call)
        if fault is not None:
            return fault
    sums = name == "AdditiveAttention" or call["score_mode"] == "concat"
    spread = sums and 1 in (query.axes[-1], key.axes[-1])
    if dims.differ(query.axes[-1], key.axes[-1]) and not spread:
        return call.fault(
            "ARC202",
            f"{name} compares query and key, which must be as wide, but the query is {query} and the "
            f"{'key' if len(call.inputs) > 2 else 'value'} {key}",
            help="put a `Dense` before one of them, or use `MultiHeadAttention`, which has weights for both",
        )
    if value.rank > query.rank or not all(fits(one.axes[:-2], query.axes[:-2]) for one in (value, key)):
        return call.fault(
            "ARC202",
            f"{name} needs query and value alike in all axes before the steps, but the query is {query} and the value "
            f"{value}",
        )
    if value.mask and value.rank > 3:
        return call.fault(
            "ARC202",
            f"{name} reads a mask (batch, steps) of its value, but with {value} travels {shape_text(value.mask_shape)}",
            help="let the layer that makes the mask do without: no Masking",
        )
    params = int(call.flag("use_scale")) + int(call["score_mode"] == "concat")
    if name == "AdditiveAttention":
        size = call.known_size(query.axes[-1], "the last axis of the query") if call.flag("use_scale") else 0
        if isinstance(size, Problem):
            return size
        params = size
    output = TensorType((*query.axes[:-1], value.axes[-1]), call.compute_dtype)
    results = (output.masked_as(query), *_scores(call, (*query.axes[:-1], key.axes[-2])))
    return Result(results, params, warnings=_without_steps(call, value))


def _without_steps(call: Call, value: TensorType) -> tuple[Problem, ...]:
    """Two axes are steps and features to Keras, though the first of them is the batch."""
    if value.rank > 2:
        return ()
    message = f"{call.thing.class_name} takes the batch axis of {value} for steps, and looks from sample to sample"
    return (call.fault("ARC409", message, help="give it (batch, steps, features)"),)


def _scores(call: Call, axes: tuple[Dim, ...]) -> tuple[TensorType, ...]:
    """What the layer gives beside its output where it is called with `return_attention_scores: true`."""
    return (TensorType(axes, call.compute_dtype),) if call.options.get("return_attention_scores") else ()


def _widths(call: Call, roles: Roles) -> list[int] | Problem:
    """The last axes, which weights depend on."""
    widths: list[int] = []
    for tensor, what in zip(roles, ("the query", "the value", "the key"), strict=True):
        size = call.known_size(tensor.axes[-1], f"the last axis of {what}")
        if isinstance(size, Problem):
            return size
        widths.append(size)
    return widths


def multi_head_attention(call: Call) -> Result | Problem:
    """(batch, steps, features) → the same, or as wide as `output_shape` says. Weights for query, key, value and output;
    source: A. Vaswani et al., "Attention is all you need", arXiv:1706.03762, section 3.2.2."""
    roles = _roles(call)
    if isinstance(roles, Problem):
        return roles
    fault = _arguments_fault(call) or _open_fault(call, roles) or _axes_fault(call, roles) or _mask_fault(call, roles)
    if fault is not None:
        return fault
    widths = _widths(call, roles)
    if isinstance(widths, Problem):
        return widths
    query, value, key = widths
    heads, key_dim = call.whole("num_heads"), call.whole("key_dim")
    value_dim = call.whole("value_dim") if call["value_dim"] else key_dim
    given = call["output_shape"]
    shape = cast("list[int]", given if isinstance(given, list) else [given or query]) or [query]
    width = 1
    for one in shape:
        width *= one
    bias = int(call.flag("use_bias"))
    params = (query + bias) * heads * key_dim + (key + bias) * heads * key_dim + (value + bias) * heads * value_dim
    params += heads * value_dim * width + bias * width
    if call.flag("use_gate"):
        params += (query + bias) * heads * value_dim
    output = TensorType((*roles[0].axes[:-1], *shape), call.compute_dtype).masked_as(roles[0])
    batch, steps = roles[0].axes[:2]
    unlike = roles[0].rank > 3 or dims.differ(steps, roles[1].axes[1])
    if call.options.get("return_attention_scores") and unlike:
        return call.fault(
            "ARC209",
            "Keras says of the scores of MultiHeadAttention that they are as many steps wide as the query is long, but "
            f"the query is {roles[0]} and the value {roles[1]}",
            help="do without the scores, or let query and value be as long",
        )
    return Result((output, *_scores(call, (batch, heads, steps, steps))), params)


def grouped_query_attention(call: Call) -> Result | Problem:
    """(batch, steps, features) → the same; several heads of the query share one of key and value.

    Source: J. Ainslie et al., "GQA", arXiv:2305.13245, section 2.2.
    """
    roles = _roles(call)
    if isinstance(roles, Problem):
        return roles
    heads, shared, size = call.whole("num_query_heads"), call.whole("num_key_value_heads"), call.whole("head_dim")
    if heads % shared:
        return call.fault(
            "ARC209",
            f"{heads} heads of the query cannot share {shared} of key and value evenly",
            argument="num_key_value_heads",
            help=f"`num_key_value_heads` divides {heads}",
        )
    fault = _arguments_fault(call) or _open_fault(call, roles) or _mask_fault(call, roles)
    if fault is not None:
        return fault
    widths = _widths(call, roles)
    if isinstance(widths, Problem):
        return widths
    query, value, key = widths
    if query != value:
        return call.fault(
            "ARC202",
            f"GroupQueryAttention needs query and value of one width, but the query is {roles[0]} and the value "
            f"{roles[1]}",
            help="put a `Dense` before one of them",
        )
    bias = int(call.flag("use_bias"))
    params = (query + bias) * heads * size * (2 if call.flag("use_gate") else 1)
    params += (key + bias + value + bias) * shared * size + heads * size * query + bias * query
    output = TensorType(roles[0].axes, call.compute_dtype).masked_as(roles[0])
    scores = _scores(call, (roles[0].axes[0], heads, roles[0].axes[1], roles[2].axes[1]))
    return Result((output, *scores), params)


def _arguments_fault(call: Call) -> Problem | None:
    for name in ("kernel_initializer", "bias_initializer"):
        if call[name] is None:
            message = (
                f"`{name}` of {call.thing.class_name} is null, and Keras fails to copy it for the weights of the parts"
            )
            return call.fault("ARC113", message, argument=name, help="leave it out, or use `zeros`")
    if not call.flag("flash_attention") or not call["dropout"]:
        return None
    return call.fault("ARC209", "`flash_attention` and `dropout` exclude each other", argument="dropout")


def _open_fault(call: Call, roles: Roles) -> Problem | None:
    """Keras compares the sizes of value and key as they are written, and takes an open one for another."""
    _, value, key = roles
    for one, other in zip(value.axes[1:-1], key.axes[1:-1], strict=True):
        if isinstance(one, int) != isinstance(other, int):
            return call.fault(
                "ARC204",
                f"{call.thing.class_name} compares the steps of value and key, but the value is {value} and the key "
                f"{key}, and Keras refuses where one of them is open",
                help="give both a whole number, or leave both open",
            )
    return None


def _axes_fault(call: Call, roles: Roles) -> Problem | None:
    """`attention_axes` are axes between the batch and the last one, each once; along the others query and value are
    alike."""
    query, value, key = roles
    if any(dims.differ(one, other) for one, other in zip(value.axes[1:-1], key.axes[1:-1], strict=True)):
        return call.fault("ARC202", f"value and key are alike but for their width, but are {value} and {key}")
    axes = call.integers("attention_axes")
    if isinstance(call["attention_axes"], list) and not axes:
        return call.fault("ARC113", "`attention_axes` names no axis", argument="attention_axes")
    for axis in axes:
        if not 0 < axis < query.rank and not -query.rank < axis + 1 < 0:
            return call.fault(
                "ARC207",
                f"the query {query} has no axis {axis} to attend over",
                argument="attention_axes",
                help="they lie between the batch axis, 0, and the last one",
            )
    if len(set(axes)) < len(axes):
        return call.fault("ARC207", "`attention_axes` names one axis twice", argument="attention_axes")
    masked = next((one for one in (query, value, key) if one.mask), None)
    if masked is not None and (len(axes) or query.rank - 2) > 1:
        return call.fault(
            "ARC202",
            f"with {masked} travels a mask, and {call.thing.class_name} fits masks to one axis that is attended over, "
            "not to several",
            help="let the layer that makes the mask do without, or name one axis in `attention_axes`",
        )
    over_heads = query.rank - 1 in axes
    apart = [axis for axis in range(1, query.rank - 1) if axes and axis not in axes and not over_heads]
    if call["sliding_window"] is not None and (len(axes) or query.rank - 2) > 1:
        return call.fault(
            "ARC209", "`sliding_window` slides along one axis, and the attention runs over several",
            argument="sliding_window", help="name one axis in `attention_axes`",
        )  # fmt: skip
    if query.rank != value.rank or any(dims.differ(query.axes[axis], value.axes[axis]) for axis in apart):
        return call.fault(
            "ARC202",
            f"query and value of {call.thing.class_name} are alike in all axes that are not attended over, but the "
            f"query is {query} and the value {value}",
        )
    return None


def _mask_fault(call: Call, roles: Roles) -> Problem | None:
    """`attention_mask` says for each step of the query which steps of the value it sees: (batch, steps, others)."""
    for mask in call.further.get("attention_mask", ()):
        wanted = (roles[0].axes[0], *roles[0].axes[1:-1], *roles[1].axes[1:-1])
        if mask.rank < len(wanted) or not fits(mask.axes[-len(wanted) + 1 :], wanted[1:]):
            shape = TensorType(wanted)
            return call.fault(
                "ARC202", f"`attention_mask` of {call.thing.class_name} has the shape {shape}, but it is given {mask}"
            )
    for role, tensor in (("query_mask", roles[0]), ("value_mask", roles[1]), ("key_mask", roles[2])):
        for mask in call.further.get(role, ()):
            if mask.rank != 2 or dims.differ(mask.axes[1], tensor.axes[1]):
                shape = TensorType(tensor.axes[:2])
                return call.fault(
                    "ARC202", f"`{role}` of {call.thing.class_name} has the shape {shape}, but it is given {mask}"
                )
    return None


GROUPED_WEIGHTS = (
    "2 * head_dim * (num_query_heads + num_key_value_heads) * features "
    "+ head_dim * (num_query_heads + 2 * num_key_value_heads) + features"
)

ROWS = (
    *(Row(name, attention, (2, None), NEEDS, "several", "own", "all") for name in ("Attention", "AdditiveAttention")),
    Row(
        "MultiHeadAttention", multi_head_attention, (3, None), NEEDS, "several", "own", "all",
        weights="num_heads * key_dim * (4 * features + 3) + features"
    ),
    Row(
        "GroupQueryAttention", grouped_query_attention, (3, 3), NEEDS, "several", "own", "all",
        weights=GROUPED_WEIGHTS
    ),
)  # fmt: skip
