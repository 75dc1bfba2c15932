"""What every tensor has seen of one input, along that input's step axis: whether a step depends on later ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from archcompiler import dims
from archcompiler.graph.ir import Ref, TypedGraph, TypedNode
from archcompiler.layers import LAYERS
from archcompiler.layers.recurrent import STATES
from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType

Reach = Literal["nothing", "same", "past", "last", "ahead"]
"""`nothing`: it does not depend on the input. `same`: its step t depends on step t alone. `past`: on steps up to t.
`last`: it has no step axis, and is what the steps up to the last one give there. `ahead`: some step of it depends on
later ones."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How far a tensor sees.

    Where it looks ahead, or where its map is another one at each step (`positional`), `culprit` is the path of names,
    through nested models, to the first layer that makes it so, and `reason` says why.
    """

    reach: Reach
    culprit: tuple[str, ...] = ()
    reason: str = ""
    positional: bool = False


NOTHING = Sight("nothing")
ORDER: tuple[Reach, ...] = ("nothing", "same", "past", "last", "ahead")
RECURRENT = frozenset((*STATES, "RNN"))
ATTENTION = frozenset(("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"))


def sights(graph: TypedGraph, source: str) -> Mapping[str, tuple[Sight, ...]]:
    """The sight of every result of every node, of the input called `source`."""
    given = {name: Sight("same") if name == source else NOTHING for name in graph.inputs}
    return _model(graph, given, ())


def _model(graph: TypedGraph, given: Mapping[str, Sight], path: tuple[str, ...]) -> dict[str, tuple[Sight, ...]]:
    found: dict[str, tuple[Sight, ...]] = {}
    for name in graph.graph.order:
        typed = graph.nodes[name]
        if typed.node.kind == "input":
            found[name] = (given[name],)
            continue
        sources = [found[ref.node][ref.result] for ref in cast("tuple[Ref, ...]", typed.node.sources)]
        if typed.node.kind == "model":
            inner = graph.models[typed.node.target]
            fed = dict(zip((one.name for one in inner.graph.inputs), sources, strict=True))
            results = _model(inner, fed, (*path, name))
            found[name] = tuple(results[ref.node][ref.result] for ref in inner.graph.outputs.refs.values())
            continue
        found[name] = _node(typed, sources, (*path, name))
    return found


def _node(typed: TypedNode, sources: list[Sight], place: tuple[str, ...]) -> tuple[Sight, ...]:
    count = len(typed.outputs)
    seen = _joined(sources, place)
    if seen.reach in ("nothing", "ahead"):
        return (seen,) * count
    if seen.reach == "last":
        return (seen,) * count
    given = typed.inputs[next(index for index, one in enumerate(sources) if one.reach in ("same", "past"))]
    name = typed.class_name
    if name in RECURRENT:
        return _recurrent(typed, sources, seen, place)
    if name in ATTENTION:
        return (_attention(typed, sources, seen, place),) * count
    reason = _looks_ahead(typed, given)
    if reason:
        return (Sight("ahead", place, reason),) * count
    if name == "Conv1D" and cast("Thing", typed.node.thing)["padding"] == "causal" and _window(typed) > 1:
        seen = Sight("past", seen.culprit, seen.reason, seen.positional)
    if not seen.positional:
        reason = _differs_by_step(typed, given)
        if reason:
            seen = Sight(seen.reach, place, reason, positional=True)
    return (seen,) * count


def _joined(sources: list[Sight], place: tuple[str, ...]) -> Sight:
    """What a node sees that takes several tensors."""
    seen = max(sources, key=lambda one: ORDER.index(one.reach))
    positional = next((one for one in sources if one.positional), None)
    if seen.reach == "last" and any(one.reach in ("same", "past") for one in sources):
        return Sight("ahead", place, "it joins every step with what only the last one gives")
    if positional is not None and seen.reach != "ahead" and not seen.positional:
        return Sight(seen.reach, positional.culprit, positional.reason, positional=True)
    return seen


def _recurrent(
    typed: TypedNode, sources: list[Sight], seen: Sight, place: tuple[str, ...]
) -> tuple[Sight, ...]:
    thing = cast(Thing, typed.node.thing)
    states = [sources[at] for at in _positions(typed, "initial_state")]
    if any(one.reach != "nothing" for one in states):
        reason = "its initial state comes from steps that are yet to come"
        return (Sight("ahead", place, reason),) * len(typed.outputs)
    if thing["go_backwards"]:
        reason = f"{thing.class_name} reads the steps backwards, because of `go_backwards: true`"
        return (Sight("ahead", place, reason),) * len(typed.outputs)
    last = Sight("last", seen.culprit, seen.reason, seen.positional)
    first = Sight("past", seen.culprit, seen.reason, seen.positional) if thing["return_sequences"] else last
    return (first, *(last,) * (len(typed.outputs) - 1))


def _positions(typed: TypedNode, role: str) -> tuple[int, ...]:
    """Which of a node's sources are the call argument `role`."""
    node = typed.node
    if node.arguments:
        return next((one.positions for one in node.arguments if one.name == role), ())
    if typed.class_name in ATTENTION:
        order = ("query", "value", "key")
        at = order.index(role) if role in order else len(order)
        return (at,) if at < len(node.sources) else ()
    return () if role != "initial_state" else tuple(range(1, len(node.sources)))


def _attention(typed: TypedNode, sources: list[Sight], seen: Sight, place: tuple[str, ...]) -> Sight:
    """Each step of the query looks at all steps of value and key, or, with a causal mask, at those up to its own."""
    looked_at = [sources[at] for role in ("value", "key") for at in _positions(typed, role)]
    if all(one.reach == "nothing" for one in looked_at):
        return seen
    causal = any(one.name == "use_causal_mask" and one.value is True for one in typed.node.arguments)
    steps = [typed.inputs[at].axes[1] for role in ("query", "value") for at in _positions(typed, role)]
    if causal and not any(dims.differ(steps[0], one) for one in steps):
        return Sight("past", seen.culprit, seen.reason, seen.positional)
    return Sight("ahead", place, f"{typed.class_name} looks at all steps; `use_causal_mask: true` would stop it")


def _window(typed: TypedNode) -> int:
    """How many steps a convolution or a pooling looks at."""
    thing = cast(Thing, typed.node.thing)
    return _lone(thing["kernel_size" if "kernel_size" in thing.entry.arguments else "pool_size"])


def _lone(value: object) -> int:
    return cast(int, cast("list[object]", value)[0] if isinstance(value, list) else value)


def _axes(thing: Thing, rank: int, name: str = "axis") -> set[int]:
    """The axes that an argument names, counted from 0."""
    given = thing[name]
    axes = cast("list[int]", given if isinstance(given, list) else [-1 if given is None else given])
    return {axis % rank for axis in axes}


def _looks_ahead(typed: TypedNode, given: TensorType) -> str | None:
    """Why a layer mixes the steps of what it is given, (batch, steps, …), or None."""
    thing = typed.node.thing
    if thing is None:
        return None
    check = AHEAD.get(thing.class_name)
    if check is not None:
        return check(typed, thing, given)
    row = LAYERS.get(thing.class_name)
    if row is not None and row.time in ("all", "none"):
        return f"{thing.class_name} joins the steps"
    return None


def _bidirectional(typed: TypedNode, thing: Thing, given: TensorType) -> str | None:
    return "Bidirectional reads the steps backwards too"


def _convolution(typed: TypedNode, thing: Thing, given: TensorType) -> str | None:
    if thing["data_format"] == "channels_first":
        return f"{thing.class_name} takes the steps for channels"
    if _lone(thing["strides"]) > 1:
        return f"{thing.class_name} skips steps, because of `strides`"
    ahead = (_window(typed) - 1) * _lone(thing["dilation_rate"])
    if ahead == 0 or thing["padding"] == "causal":
        return None
    seen = ahead if thing["padding"] == "valid" else (ahead + 1) // 2
    return f"`padding: {thing['padding']}` looks at the next {seen} step{'s' if seen > 1 else ''}"


def _pooling(typed: TypedNode, thing: Thing, given: TensorType) -> str | None:
    strides = thing["strides"]
    whole = thing["data_format"] != "channels_first" and _window(typed) == 1
    if whole and (strides is None or _lone(strides) == 1):
        return None
    return f"{thing.class_name} takes several steps together"


def _reshape(typed: TypedNode, thing: Thing, given: TensorType) -> str | None:
    output = typed.outputs[0]
    if output.rank > 1 and output.axes[1] is not None and output.axes[1] == given.axes[1]:
        return None
    return f"{thing.class_name} joins the steps"


def _permute(typed: TypedNode, thing: Thing, given: TensorType) -> str | None:
    return None if cast("list[int]", thing["dims"])[0] == 1 else "Permute moves the step axis"


def _along_axis(verb: str) -> Callable[[TypedNode, Thing, TensorType], str | None]:
    def check(typed: TypedNode, thing: Thing, given: TensorType) -> str | None:
        return f"{thing.class_name} {verb} the step axis" if 1 in _axes(thing, given.rank) else None

    return check


def _last_axis(typed: TypedNode, thing: Thing, given: TensorType) -> str | None:
    return f"{thing.class_name} takes the steps {given} for features" if given.rank == 2 else None


def _activation(typed: TypedNode, thing: Thing, given: TensorType) -> str | None:
    activation = thing["activation"]
    name = activation.class_name if isinstance(activation, Thing) else str(activation)
    over_axis = name.lower().replace("_", "") in ("softmax", "logsoftmax", "sparsemax", "glu")
    if isinstance(activation, Thing) and over_axis:
        axis = activation.given.get("axis", -1)
        return f"{name} runs over the step axis" if cast(int, axis) % given.rank == 1 else None
    return f"{name} runs over the steps" if over_axis and given.rank == 2 else None


AHEAD: Mapping[str, Callable[[TypedNode, Thing, TensorType], str | None]] = {
    "Bidirectional": _bidirectional,
    "Conv1D": _convolution,
    "MaxPooling1D": _pooling,
    "AveragePooling1D": _pooling,
    "Flatten": _reshape,
    "Reshape": _reshape,
    "Permute": _permute,
    "Concatenate": _along_axis("joins along"),
    "LayerNormalization": _along_axis("normalizes over"),
    "Softmax": _along_axis("runs over"),
    "Dense": _last_axis,
    "Activation": _activation,
}
"""Layers that mix steps or not as their arguments say; for others the row's `time` tells."""


def _differs_by_step(typed: TypedNode, given: TensorType) -> str | None:
    """Why a layer's map is another one at each step, or None."""
    thing = typed.node.thing
    if thing is None:
        return None
    if thing.class_name == "BatchNormalization" and 1 in _axes(thing, given.rank):
        return "BatchNormalization has a mean and a deviation for each step, because of its `axis`"
    if thing.class_name == "PReLU":
        shared = thing["shared_axes"]
        axes = cast("list[int]", shared if isinstance(shared, list) else [] if shared is None else [shared])
        if not any(axis % given.rank == 1 for axis in axes):
            return "PReLU has a slope for each step; `shared_axes: [1]` shares them"
    return None


