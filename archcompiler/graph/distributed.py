"""`TimeDistributed` where the number of steps is open: TensorFlow gives wrong shapes from the second call on.

A `Dense` or an `Activation` gives the same on (batch, steps, features) by itself, with the same weights.
"""

from __future__ import annotations

from archcompiler.graph.ir import TypedNode
from archcompiler.layers.things import Thing

ALIKE = frozenset(("Dense", "Activation"))
"""Layers that do on every step what they do on a whole: they work on the last axis alone."""


def plain_layer(typed: TypedNode) -> Thing | None:
    """The layer to be made instead of a `TimeDistributed` over it, or None where that stays."""
    thing = typed.node.thing
    if thing is None or thing.class_name != "TimeDistributed" or isinstance(typed.inputs[0].axes[1], int):
        return None
    if any(one.name == "mask" for one in typed.node.arguments):
        return None
    inner = thing["layer"]
    return inner if isinstance(inner, Thing) and inner.class_name in ALIKE else None
