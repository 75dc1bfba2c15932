"""Numbers and codes: normalised, put into bins, hashed, and laid out as vectors."""

from __future__ import annotations

from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.tensors import INTEGER_DTYPES, TensorType, shape_text
from archcompiler.wording import listed, shown

CODES = "codes or words, such as (batch, steps)"


def normalization(call: Call) -> Result | Problem:
    """(x - mean) / deviation for each entry of `axis`; without `mean`, the three that `adapt` sets are held fixed."""
    mean, variance = call["mean"], call["variance"]
    if (mean is None) != (variance is None):
        missing = "variance" if variance is None else "mean"
        return call.fault(
            "ARC112",
            f"Normalization is given `{'mean' if missing == 'variance' else 'variance'}` without `{missing}`",
            help="give both, or neither and call `adapt` on the data",
        )
    axes = call.axes()
    if isinstance(axes, Problem):
        return axes
    count = 1
    kept: list[Dim] = []
    for axis in sorted(axes):
        size = call.known_size(call.input.axes[axis], f"axis {axis}")
        if isinstance(size, Problem):
            return size
        count *= size
        kept.append(size)
    fault = _moments_fault(call, kept)
    if fault is not None:
        return fault
    frozen = 2 * count + 1 if mean is None else 0
    return call.gives(*call.input.axes, frozen=frozen)


def _moments_fault(call: Call, kept: list[Dim]) -> Problem | None:
    """The numbers given for mean and variance are as many, and lie over the last of the axes that have their own."""
    if call["mean"] is None:
        return None
    mean, variance = (_shape_of(call[argument]) for argument in ("mean", "variance"))
    if mean != variance:
        return call.fault(
            "ARC202",
            f"`mean` and `variance` of Normalization are as many, but have the shapes {shape_text(mean)} and "
            f"{shape_text(variance)}",
            argument="variance",
        )
    laid = kept[len(kept) - len(mean) :]
    if len(mean) <= len(kept) and all(one in (1, other) for one, other in zip(mean, laid, strict=True)):
        return None
    wanted = shape_text(tuple(kept))
    return call.fault(
        "ARC202",
        f"`mean` of Normalization has the shape {shape_text(mean)}, but `axis` keeps {wanted} of {call.input}",
        argument="mean",
        help="give one number for each entry of the axis, or one for all",
    )


def _shape_of(given: object) -> tuple[Dim, ...]:
    """The sizes of a list of lists of numbers; none of a number."""
    sizes: list[Dim] = []
    while isinstance(given, list) and given:
        entries = cast("list[object]", given)
        sizes.append(len(entries))
        given = entries[0]
    return tuple(sizes)


def encoded(call: Call, depth: Dim, codes: str) -> Result | Problem:
    """Codes as they are (`int`), a vector each (`one_hot`), or one vector for the last axis of them (`multi_hot` …)."""
    axes, mode = call.input.axes, call["output_mode"]
    if mode == "int":
        return Result((TensorType(axes, codes),))
    fault = _merged_fault(call, depth)
    if fault is not None:
        return fault
    dtype = call.compute_dtype if call.thing.class_name in NUMBERED else "float32"
    if call.thing.class_name == "Hashing" and str(call.thing.given.get("dtype")).startswith("mixed_"):
        dtype = "float32"
    if mode == "one_hot" and call.thing.class_name == "Hashing":
        axes = (*axes[:-1], 1)
    if mode == "one_hot" and not (len(axes) > 1 and axes[-1] == 1):
        return Result((TensorType((*axes, depth), dtype),))
    return Result((TensorType((*axes[:-1], depth), dtype),))


def _merged_fault(call: Call, depth: Dim) -> Problem | None:
    """Keras says that codes are merged along the last axis, and merges them along the first after the batch axis."""
    axes, name = call.input.axes, call.thing.class_name
    if call["output_mode"] == "one_hot":
        unsqueezed = name == "Hashing" and (call.input.rank == 1 or (isinstance(axes[-1], int) and axes[-1] != 1))
        said, made = (*axes[:-1], depth), (*axes, depth)
    else:
        said, made = (*axes[:-1], depth), (axes[0], *axes[2:], depth)
        unsqueezed = call.input.rank > 2 and any(dims.differ(a, b) for a, b in zip(said, made, strict=True))
    if not unsqueezed:
        return None
    return call.fault(
        "ARC209",
        f"of {call.input} with `output_mode: {call['output_mode']}` Keras says that {name} gives {shape_text(said)}, "
        f"and it gives {shape_text(made)} when it runs",
        argument="output_mode",
        help="give it (batch, 1)" if call["output_mode"] == "one_hot" else "give it (batch, codes)",
    )


NUMBERED = ("CategoryEncoding", "Discretization", "Hashing", "HashedCrossing")
"""Layers whose vectors have the layer's own dtype; those of a lookup are float32."""


def category_encoding(call: Call) -> Result | Problem:
    """(batch, steps) → (batch, num_tokens), or (batch, steps, num_tokens) where `one_hot`."""
    for weights in call.further.get("count_weights", ()):
        if call["output_mode"] != "count" or weights.rank != call.input.rank:
            return call.fault(
                "ARC209",
                "`count_weights` of CategoryEncoding are one for each code, with `output_mode: count`, but "
                f"{weights} is given for {call.input} with `{call['output_mode']}`",
                argument="output_mode",
            )
    return encoded(call, call.whole("num_tokens"), "int64")


def discretization(call: Call) -> Result | Problem:
    """The number of the bin that each entry falls into, or a vector for it."""
    bins, boundaries = call["num_bins"], call["bin_boundaries"]
    if (bins is None) == (boundaries is None):
        return call.fault(
            "ARC209",
            "Discretization takes `bin_boundaries` or `num_bins`, but it is given "
            + ("neither" if bins is None else "both"),
            argument=None if bins is None else "num_bins",
            help="with `num_bins` the boundaries come from `adapt`",
        )
    if boundaries is None:
        return call.fault(
            "ARC209",
            "Discretization cannot be called before `adapt` has found the boundaries of its `num_bins`",
            argument="num_bins",
            help="give them: `bin_boundaries: [0.0, 1.0]`",
        )
    if not isinstance(boundaries, list):
        return call.fault(
            "ARC113", "`bin_boundaries` of Discretization is a list of numbers", argument="bin_boundaries"
        )
    fault = sparse_fault(call)
    if fault is not None:
        return fault
    depth = len(cast("list[float]", boundaries)) + 1
    axes = call.input.axes
    if call["output_mode"] in ("multi_hot", "count"):
        merged = (axes[0], *axes[2:], depth) if len(axes) > 1 else (depth,)
        return call.gives(*merged)
    return encoded(call, depth, "int32")


def sparse_fault(call: Call) -> Problem | None:
    if not call.flag("sparse") or call["output_mode"] != "int":
        return None
    return call.fault(
        "ARC209",
        f"`sparse` of {call.thing.class_name} needs vectors, and `output_mode: int` gives codes",
        argument="sparse",
        help="remove it, or write `output_mode: one_hot`, `multi_hot` or `count`",
    )


def hashing(call: Call) -> Result | Problem:
    """Each word or number as a code from 0 to num_bins - 1, or a vector for it."""
    if isinstance(call["mask_value"], list | dict):
        return call.fault("ARC113", "`mask_value` of Hashing is a word or a number", argument="mask_value")
    dtype = call.thing.given.get("dtype")
    if call["output_mode"] == "int" and dtype is not None and dtype not in INTEGER_DTYPES:
        return call.fault(
            "ARC113",
            f"Hashing gives codes, whole numbers, but its `dtype` is {dtype}",
            argument="dtype",
            help="use `int64`, or another `output_mode`",
        )
    return salt_fault(call) or sparse_fault(call) or encoded(call, call.whole("num_bins"), _code_dtype(call))


def _code_dtype(call: Call) -> str:
    """Codes are int64 unless the layer's `dtype` says otherwise; HashedCrossing obeys a floating one too."""
    given = call.thing.given.get("dtype")
    if given is not None and call.thing.class_name == "HashedCrossing":
        return call.compute_dtype
    return str(given) if given in INTEGER_DTYPES else "int64"


def salt_fault(call: Call) -> Problem | None:
    salt = call.integers("salt")
    if len(salt) == 2 or not isinstance(call["salt"], list):
        return None
    return call.fault(
        "ARC113",
        f"`salt` of {call.thing.class_name} is a whole number or a list of two, but {shown(salt)} is given",
        argument="salt",
    )


def hashed_crossing(call: Call) -> Result | Problem:
    """Two tensors of one shape, (batch,) or (batch, 1), crossed into one code a sample."""
    first = call.inputs[0]
    if len(call.inputs) != 2 or first.rank > 2 or (first.rank == 2 and first.axes[1] != 1):
        return call.fault(
            "ARC201",
            f"HashedCrossing takes two tensors (batch,) or (batch, 1), but it is given {listed(call.inputs)}",
            help="write `from: [a, b]`",
        )
    if call.inputs[1].axes != first.axes:
        return call.fault(
            "ARC202", f"HashedCrossing takes tensors of one shape, but it is given {first} and {call.inputs[1]}"
        )
    wrong = next((one.dtype for one in call.inputs if one.dtype not in (*INTEGER_DTYPES, "string")), None)
    if wrong is not None:
        return call.fault(
            "ARC210",
            f"HashedCrossing takes codes or words, but it is given {wrong}",
            help="give the inputs `dtype: int64` or `dtype: string`",
        )
    return encoded(call, call.whole("num_bins"), _code_dtype(call))


ROWS = (
    Row("Normalization", normalization, (1, None), "(batch, …, features)", mask="keep", weights="2 * features + 1"),
    Row("CategoryEncoding", category_encoding, (1, None), CODES, time="all"),
    Row("Discretization", discretization, (1, None), "numbers, such as (batch, steps)", time="all"),
    Row("Hashing", hashing, (1, None), CODES, time="all"),
    Row("HashedCrossing", hashed_crossing, (1, 2), CODES, inputs="several", time="all"),
)
