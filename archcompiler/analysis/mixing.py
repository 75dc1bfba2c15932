"""Whether a layer keeps the steps of a tensor (batch, steps, …) apart, and whether it treats all steps alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import cast

from archcompiler import dims
from archcompiler.analysis.windows import CONVOLUTIONS, POOLINGS, window_along
from archcompiler.dims import Verdict
from archcompiler.graph.ir import TypedNode
from archcompiler.layers import row_of
from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType

Check = Callable[[TypedNode, Thing, int], "str | None"]
"""Of a node, a layer and the position of the tensor among the node's inputs: the reason why not, or None."""

OVER_LAST_AXIS = frozenset(("softmax", "logsoftmax", "sparsemax", "glu"))


def mixes_steps(node: TypedNode, at: int) -> str | None:
    """Why a step of what the layer gives needs other steps of its input `at` than its own, or None.

    A causal convolution needs earlier ones only, which is not told here.
    """
    thing = cast("Thing", node.node.thing)
    check = CHECKS.get(thing.class_name)
    if check is not None:
        return check(node, thing, at) or _activation(node, thing, at)
    if thing.section == "ops":
        return _operation(node, thing, at)
    if thing.class_name == "LastStep":
        return None
    row = row_of(thing)
    if thing.class_name.startswith(("ZeroPadding", "Cropping", "UpSampling")):
        return f"{thing.class_name} gives another number of steps"
    if row is None or row.time in ("all", "none"):
        return f"{thing.class_name} joins the steps"
    return None


ALONG = frozenset((
    "softmax", "log_softmax", "sparsemax", "normalize", "glu", "sum", "prod", "mean", "std", "var", "median", "norm",
    "logsumexp", "max", "min", "amax", "amin", "any", "all", "argmax", "argmin", "count_nonzero", "cumsum", "cumprod",
    "sort", "argsort", "flip", "roll", "squeeze", "expand_dims", "concatenate",
))  # fmt: skip
"""Operations that keep the steps apart where the axes that they are told are others."""
RUNNING = frozenset(("cumsum", "cumprod"))


def _operation(node: TypedNode, thing: Thing, at: int) -> str | None:
    """Entry by entry, on tensors of one rank or on single numbers: else something may lie along the steps."""
    from archcompiler.layers.operations import OPERATIONS

    lists = any(isinstance(one.value, list) for one in node.node.arguments)
    level = all(one.rank == node.inputs[at].rank for one in node.inputs)
    alike = level and all(one.rank == node.inputs[at].rank for one in node.outputs)
    if OPERATIONS[thing.class_name].apart and alike and not lists:
        return None
    if thing.class_name in ALONG and level and not lists and thing["axis"] is not None:
        axes = _axes(thing, node.outputs[0].rank if thing.class_name == "expand_dims" else node.inputs[at].rank)
        if min(axes) > 1 or (axes == {1} and thing.class_name in RUNNING):
            return None
        if min(axes) == 1 and thing.class_name not in ("roll", "glu", "squeeze", "expand_dims", "concatenate"):
            return f"{node.class_name} runs over the step axis"
    return f"{node.class_name} may join the steps"


def differs_by_step(node: TypedNode, at: int) -> str | None:
    """Why the layer does another thing at each step, so that one step alone cannot be run, or None."""
    thing = cast("Thing", node.node.thing)
    rank = node.inputs[at].rank
    if thing.class_name in ("BatchNormalization", "Normalization") and 1 in _axes(thing, rank):
        return f"{thing.class_name} has a mean and a deviation for each step, because of its `axis`"
    listed = any(isinstance(thing[one], list) for one in ("scale", "offset"))
    if thing.class_name == "Rescaling" and rank == 2 and listed:
        return "Rescaling has a number for each step"
    if thing.section == "ops":
        from archcompiler.layers.operations import OPERATIONS

        apart = OPERATIONS[thing.class_name].apart
        return None if apart else f"{node.class_name} is not run step by step"
    if thing.class_name == "EinsumDense":
        return "EinsumDense is not run step by step"
    if thing.custom is not None:
        return f"{thing.class_name} is a class of your own, of which one step alone may not be what all steps give"
    if thing.class_name == "Reshape":
        sizes = cast("list[int]", thing["target_shape"])
        return f"Reshape to {sizes} takes {sizes[0]} steps and no other number" if sizes[0] not in (-1, 1) else None
    activation = thing["activation"] if "activation" in thing.entry.arguments else None
    for one in (thing, activation):
        if isinstance(one, Thing) and one.class_name == "PReLU" and not _shares_slopes(one, rank):
            return "PReLU has a slope for each step; `shared_axes: [1]` shares them"
    return None


def looks_back(node: TypedNode) -> bool:
    """Whether it looks at earlier steps: a causal convolution, or a layer of the user's own that may."""
    thing = cast("Thing", node.node.thing)
    if thing.custom is not None:
        return True
    if thing.section == "ops" and thing.class_name in RUNNING:
        return 1 in _axes(thing, node.inputs[0].rank)
    return thing.class_name == "Conv1D" and _lone(thing["kernel_size"]) > 1


def _shares_slopes(thing: Thing, rank: int) -> bool:
    """Keras counts `shared_axes` from 1, and backwards from there."""
    given = thing["shared_axes"]
    shared = cast("list[int]", given if isinstance(given, list) else [] if given is None else [given])
    return any((axis - 1) % (rank - 1) == 0 for axis in shared)


def _lone(value: object) -> int:
    return cast("int", cast("list[object]", value)[0] if isinstance(value, list) else value)


def _axes(thing: Thing, rank: int) -> set[int]:
    """The axes that `axis` names, counted from 0; the last one where it names none."""
    given = thing["axis"]
    axes = cast("list[int]", given if isinstance(given, list) else [-1 if given is None else given])
    return {axis % rank for axis in axes}


def _convolution(node: TypedNode, thing: Thing, at: int) -> str | None:
    if thing["data_format"] == "channels_first":
        return f"{thing.class_name} takes the steps for channels, because of `data_format: channels_first`"
    window = window_along(thing, 1, node.inputs[at])
    if window is None or window.stride > 1:
        return f"{thing.class_name} skips steps, because of `strides`"
    seen = window.span - 1 - window.before
    return f"`padding: {thing['padding']}` looks at the next {seen} step{'s' if seen > 1 else ''}" if seen else None


def _pooling(node: TypedNode, thing: Thing, at: int) -> str | None:
    """Pooling moves along the axes that hold no channels, which with `channels_first` are not those of the steps."""
    flat = node.inputs[at].rank == 3
    window = None if thing["data_format"] == "channels_first" else window_along(thing, 1, node.inputs[at])
    if window is None and flat and thing["data_format"] == "channels_first":
        return None
    apart = window is not None and window.span == window.stride == 1
    return None if apart else f"{thing.class_name} takes several steps together"


def _global_pooling(node: TypedNode, thing: Thing, at: int) -> str | None:
    uses_mask = thing.class_name == "GlobalAveragePooling1D" and node.inputs[at].mask
    if thing["data_format"] == "channels_first" and not uses_mask:
        return None
    return f"{thing.class_name} takes all steps together"


def _reshape(node: TypedNode, thing: Thing, at: int) -> str | None:
    """Numbers stay in order, so that the steps stay apart where they are as many as before."""
    before, after = node.inputs[at].axes, node.outputs[0].axes
    kept = dims.compare(before[1], after[1]) is Verdict.EQUAL
    if before[1] is None and after[1] is None:
        kept = len(after) > 2 and prod(_known(before[2:])) == prod(_known(after[2:])) != 0
    return None if kept else f"{thing.class_name} joins the steps {node.inputs[at]} into {node.outputs[0]}"


def _known(axes: tuple[dims.Dim, ...]) -> list[int]:
    """Sizes, and 0 for one that is not known."""
    return [one if isinstance(one, int) else 0 for one in axes]


def _permute(node: TypedNode, thing: Thing, at: int) -> str | None:
    order = cast("list[int]", thing["dims"])
    return None if order[0] == 1 else f"Permute puts axis {order[0]} where the steps are"


def _along_axis(verb: str) -> Check:
    def check(node: TypedNode, thing: Thing, at: int) -> str | None:
        alone = thing.class_name == "Concatenate" and len(node.inputs) == 1
        along = 1 in _axes(thing, node.inputs[at].rank) and not alone
        return f"{thing.class_name} {verb} the step axis" if along else None

    return check


def _last_axis(node: TypedNode, thing: Thing, at: int) -> str | None:
    given = node.inputs[at]
    return f"{thing.class_name} takes the steps {given} for features" if given.rank == 2 else None


def _activation(node: TypedNode, thing: Thing, at: int) -> str | None:
    """What a layer does with its results at the end, where it is given as `activation`."""
    activation = thing["activation"] if "activation" in thing.entry.arguments else None
    name = activation.class_name if isinstance(activation, Thing) else str(activation)
    if name.lower().replace("_", "") not in OVER_LAST_AXIS:
        return None
    rank = node.outputs[0].rank
    axes = _axes(activation, rank) if isinstance(activation, Thing) else {rank - 1}
    return f"{name} runs over the step axis" if 1 in axes else None


def _entry_by_entry(node: TypedNode, thing: Thing, at: int) -> str | None:
    """Missing axes are put in front, so that the steps of a tensor of a lower rank move."""
    given, output = node.inputs[at], node.outputs[0]
    if given.rank < output.rank:
        return f"{thing.class_name} lays the steps {given} on another axis of {output}"
    spread = dims.differ(given.axes[1], output.axes[1])
    return f"{thing.class_name} repeats the steps {given} to {output}" if spread else None


def _dot(node: TypedNode, thing: Thing, at: int) -> str | None:
    """The axes left over are those of the first tensor, then those of the second: the steps must be the first left."""
    given = thing["axes"]
    axes = cast("list[int]", given) if isinstance(given, list) else [cast("int", given)] * 2
    left = [
        (position, axis)
        for position, one in enumerate(node.inputs)
        for axis in range(1, one.rank)
        if axis != axes[position] % one.rank
    ]
    if (at, 1) not in left:
        return "Dot sums over the steps"
    return None if left[0] == (at, 1) else "Dot lays the steps on another axis"


def _einsum(node: TypedNode, thing: Thing, at: int) -> str | None:
    """The letter of the steps stays where it is."""
    given, _, output = str(thing["equation"]).replace(" ", "").partition("->")
    letters = given.partition(",")[0]
    if letters.startswith("...") and output.startswith("...") and node.inputs[at].rank - len(letters) + 3 >= 2:
        return None
    if "." in letters or len(letters) < 2 or output[1:2] != letters[1] or output[:1] != letters[0]:
        return "EinsumDense joins the steps"
    return None


CHECKS: Mapping[str, Check] = {
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"), _entry_by_entry),
    **dict.fromkeys(CONVOLUTIONS, _convolution),
    **dict.fromkeys(POOLINGS, _pooling),
    **dict.fromkeys(("GlobalMaxPooling1D", "GlobalAveragePooling1D"), _global_pooling),
    **dict.fromkeys(("Flatten", "Reshape"), _reshape),
    **dict.fromkeys(("Dense", "Masking"), _last_axis),
    "Permute": _permute,
    "Concatenate": _along_axis("joins along"),
    **dict.fromkeys(("LayerNormalization", "RMSNormalization", "UnitNormalization"), _along_axis("normalizes over")),
    "Softmax": _along_axis("runs over"),
    "Activation": _activation,
    "Dot": _dot,
    "EinsumDense": _einsum,
}
"""Layers that mix steps or not as their arguments and inputs say; of others the row's `time` tells."""


def repeats_last(node: TypedNode, at: int) -> str | None:
    """Why the layer gives every step of a sequence what its input `at`, which has no steps, is; or None."""
    name, given, output = node.class_name, node.inputs[at], node.outputs[0]
    if name == "RepeatVector":
        return "RepeatVector gives every step what all steps together gave"
    if len(node.inputs) == 1 or output.rank < 3 or name == "Dot":
        return None
    if _is_spread(given, output) or name not in CHECKS:
        return f"{name} gives every step of {output} what all steps together gave"
    return None


def _is_spread(given: TensorType, output: TensorType) -> bool:
    return given.rank < output.rank or dims.compare(given.axes[1], output.axes[1]) is not Verdict.EQUAL
