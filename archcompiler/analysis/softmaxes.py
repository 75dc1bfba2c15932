"""Outputs that are a softmax, and are trained by a loss that takes their numbers one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from archcompiler.analysis.chains import CONVOLUTIONS, DROPOUTS
from archcompiler.analysis.heads import Head, head_of, owner_of
from archcompiler.analysis.losses import other_loss
from archcompiler.diagnostics import Change, Loc
from archcompiler.graph.ir import Ref, TypedGraph, TypedNode
from archcompiler.graph.training import Training, loss_place
from archcompiler.layers.things import Thing

BINARY = {"BinaryCrossentropy": "CategoricalCrossentropy", "BinaryFocalCrossentropy": "CategoricalFocalCrossentropy"}
"""Losses of independent labels, and the same for one class of several."""

Kind = Literal["is", "averages", "joins"]
POOLING = frozenset(f"{name}{rank}D" for name in ("GlobalAveragePooling", "AveragePooling") for rank in (1, 2, 3))
KINDS: dict[str, Kind] = {
    **dict.fromkeys(("Average", "ops.mean", *POOLING), "averages"),
    "Concatenate": "joins",
}
"""Layers of which the numbers still share one 1.0 among them, where those that they are given do."""
THROUGH = frozenset(("Identity", "ActivityRegularization", *DROPOUTS))
OWN = frozenset(("Dense", "EinsumDense", "Activation", "Softmax", "ops.softmax", *CONVOLUTIONS))


@dataclass(frozen=True, slots=True)
class SoftmaxOutput:
    """An output called `name` that `kind` its `heads`, all of them a softmax. `loc` is the place of its loss, `exact`
    whether the loss of two classes is that of the answers for all that."""

    name: str
    kind: Kind
    heads: tuple[Head, ...]
    exact: bool
    loc: Loc
    on_key: bool
    changes: tuple[Change, ...]

    @property
    def counts(self) -> list[int]:
        """How many classes each softmax has, where it is known."""
        sizes = [None if (axis := class_axis(one)) is None else one.given.axes[axis] for one in self.heads]
        return [count for count in sizes if isinstance(count, int)]


def softmax_with_binary(
    graph: TypedGraph, losses: Iterable[tuple[str, str, Thing | None]], training: Training | None
) -> Iterator[SoftmaxOutput]:
    """Each such output."""
    for name, loss, thing in losses:
        if training is None or loss not in BINARY:
            continue
        ref = graph.graph.outputs.refs[name]
        kind, heads = _heads(graph, ref)
        if heads and all(one.activation == "softmax" for one in heads):
            loc, on_key = loss_place(training, name)
            changes = other_loss(training, name, thing, BINARY[loss]) if kind != "joins" and _last(heads[0]) else ()
            exact = kind != "is" or not _keeps_logits(graph, ref)
            yield SoftmaxOutput(name, kind, heads, exact, loc, on_key, changes)


def _heads(graph: TypedGraph, ref: Ref) -> tuple[Kind, tuple[Head, ...]]:
    """The heads that an output's numbers come from, and what becomes of them; none where they come from elsewhere."""
    owner = owner_of(graph, ref)
    if owner is not None and (above := owner[1].node.sources[:1]) and above[0] is not None and _passes(owner[1]):
        kind, heads = _heads(owner[0], above[0])
        return kind, heads if all(_last(one) for one in heads) else ()
    kind = KINDS.get(owner[1].class_name) if owner is not None else None
    if owner is None or kind is None or not _along_classes(owner[1].node.thing, owner[1].inputs[0].rank):
        head = head_of(graph, ref)
        return "is", (head,) if head is not None else ()
    found = [head_of(owner[0], one) if one is not None else None for one in owner[1].node.sources]
    heads = tuple(one for one in found if one is not None and _last(one))
    return kind, heads if len(heads) == len(found) else ()


def class_axis(head: Head) -> int | None:
    """The axis of what a softmax gives along which its numbers share one 1.0; None where there are several."""
    given = head.thing.given.get("activation")
    thing = given if isinstance(given, Thing) else head.thing
    if thing.class_name not in ("Softmax", "softmax"):
        return head.given.rank - 1
    axis = thing["axis"]
    if type(axis) is not int:
        return None
    inner = head.thing is not head.node.thing  # `TimeDistributed` puts the steps before its axes
    return axis % head.given.rank if axis < 0 or not inner else axis + 1


def _last(head: Head) -> bool:
    return class_axis(head) == head.given.rank - 1


def _passes(typed: TypedNode) -> bool:
    """Whether a layer hands on vectors of probabilities: it takes some of them, repeats them, or keeps their numbers
    from being 0 and 1, as numerics written by hand do."""
    thing = typed.node.thing
    if thing is None or thing.custom is not None or len(typed.node.sources) != 1:
        return False
    if thing.section == "layers":
        stretched = thing.class_name.startswith(("UpSampling", "Cropping"))
        return stretched and thing.given.get("data_format", "channels_last") == "channels_last"
    beside = next((one.value for one in typed.node.arguments if not one.positions), thing.given.get("x2"))
    bounds = {
        "clip": (thing["x_min"], thing["x_max"]) if thing.class_name == "clip" else (),
        "maximum": (beside, 1), "minimum": (0, beside), "add": (beside, 1), "cast": (0, 1),
    }.get(thing.class_name, ())  # fmt: skip
    numbers = [one for one in bounds if isinstance(one, (int, float))]
    return thing.section == "ops" and len(numbers) == 2 and abs(numbers[0]) <= 0.01 and numbers[1] >= 0.99


def _along_classes(thing: Thing | None, rank: int) -> bool:
    """Whether a layer that joins or averages leaves the classes on the last axis."""
    if thing is None or thing.class_name == "Average":
        return thing is not None
    if thing.class_name in POOLING:
        return thing["data_format"] != "channels_first"
    if thing.class_name == "mean":
        return isinstance(thing["axis"], int) and thing["axis"] not in (-1, rank - 1)
    return thing["axis"] in (-1, rank - 1)


def _keeps_logits(graph: TypedGraph, ref: Ref) -> bool:
    """Whether Keras on TensorFlow still knows what went into the softmax, and takes that in place of its numbers."""
    while True:
        typed = graph.nodes[ref.node]
        above = typed.node.sources[0] if len(typed.node.sources) == 1 else None
        if typed.node.kind == "model":
            graph = graph.models[typed.node.target]
            ref = list(graph.graph.outputs.refs.values())[ref.result]
        elif typed.class_name in THROUGH and above is not None:
            ref = above
        else:
            return typed.class_name in OWN
