"""What an output is at its end: the layer whose activation it comes from, and what numbers that can give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from archcompiler.diagnostics import Loc, PlacedNote
from archcompiler.graph.ir import Node, Ref, TypedGraph, TypedNode
from archcompiler.layers.catalog import catalog
from archcompiler.layers.things import ModelName, Thing
from archcompiler.tensors import TensorType

PASSING = frozenset((
    "Reshape", "Flatten", "Permute", "Identity", "Masking", "ActivityRegularization", "Cropping1D", "LastStep",
    "RepeatVector", "RepeatLike", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
    "ops.reshape", "ops.squeeze", "ops.expand_dims", "ops.transpose", "ops.swapaxes", "ops.moveaxis",
))  # fmt: skip
"""Layers whose output holds the very numbers that they are given, when the model is used."""

LAYERS: Mapping[str, str] = {
    "ReLU": "relu", "Softmax": "softmax", "LeakyReLU": "leaky_relu", "ELU": "elu", "PReLU": "leaky_relu",
    "ops.relu": "relu", "ops.sigmoid": "sigmoid", "ops.softmax": "softmax", "ops.tanh": "tanh", "ops.clip": "clip",
    "ops.relu6": "relu6", "ops.hard_sigmoid": "hard_sigmoid", "ops.hard_tanh": "hard_tanh", "ops.elu": "elu",
    "ops.softplus": "softplus", "ops.softsign": "softsign", "ops.squareplus": "squareplus", "ops.exp": "exponential",
}  # fmt: skip
"""Layers that are an activation, by the activation's name."""

BOUNDS: Mapping[str, tuple[float, float]] = {
    "relu": (0, inf), "relu6": (0, 6), "sigmoid": (0, 1), "hard_sigmoid": (0, 1), "sparse_sigmoid": (0, 1),
    "softmax": (0, 1), "sparsemax": (0, 1), "tanh": (-1, 1), "hard_tanh": (-1, 1), "softsign": (-1, 1),
    "softplus": (0, inf), "sparse_plus": (0, inf), "squareplus": (0, inf), "exponential": (0, inf), "elu": (-1, inf),
    "log_sigmoid": (-inf, 0), "log_softmax": (-inf, 0),
}  # fmt: skip
"""The least and the greatest that an activation gives; one that is not here gives any number, or is not known."""

LOGITS = frozenset(("linear", "relu", "tanh", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softsign",
                    "celu", "log_softmax", "log_sigmoid"))  # fmt: skip
"""Activations whose numbers are no probabilities."""

PROBABILITIES = frozenset(("softmax", "sigmoid", "hard_sigmoid", "sparsemax"))


@dataclass(frozen=True, slots=True)
class Head:
    """The layer that an output's numbers come from. `thing` is what has the activation, inside a wrapper too;
    `activation` is its name in Keras's words, `given` what it gives."""

    node: Node
    thing: Thing
    activation: str
    given: TensorType

    @property
    def loc(self) -> Loc:
        """Where the activation is written, else where the layer is."""
        return self.thing.place("activation")

    def note(self, message: str) -> PlacedNote:
        return PlacedNote(message, self.loc)

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The least and the greatest that it gives, with the arguments of a layer that is an activation."""
        given = self.thing.given.get("activation")
        thing = given if isinstance(given, Thing) else self.thing
        if thing.class_name == "ReLU":
            most, threshold = _number(thing["max_value"], inf), _number(thing["threshold"], 0)
            return (-inf if _number(thing["negative_slope"], 0) else min(threshold, 0.0)), most
        if thing.class_name == "ELU":
            return -_number(thing["alpha"], 1), inf
        if self.activation == "clip":
            return _number(thing["x_min"], -inf), _number(thing["x_max"], inf)
        return BOUNDS.get(self.activation)


def _number(value: object, default: float) -> float:
    return float(value) if isinstance(value, (int, float)) else default


def head_of(graph: TypedGraph, ref: Ref) -> Head | None:
    """The head of what `ref` names; None where it comes from what has no activation."""
    found = owner_of(graph, ref)
    if found is None:
        return None
    typed = found[1]
    thing = worked(typed)
    activation = None if thing is None else activation_of(typed, thing)
    if thing is None or activation is None:
        return None
    return Head(typed.node, thing, activation, typed.outputs[0])


def owner_of(graph: TypedGraph, ref: Ref) -> tuple[TypedGraph, TypedNode] | None:
    """The layer that the numbers of what `ref` names come from, and the model it is in; None where they are a further
    result of one."""
    while True:
        typed = graph.nodes[ref.node]
        above = typed.node.sources[0] if len(typed.node.sources) == 1 else None
        if typed.node.kind == "model":
            graph = graph.models[typed.node.target]
            ref = list(graph.graph.outputs.refs.values())[ref.result]
        elif (wrapped := _wrapped_model(typed)) is not None:
            graph = graph.models[wrapped.name]
            ref = next(iter(graph.graph.outputs.refs.values()))
        elif typed.class_name in PASSING and above is not None:
            ref = above
        else:
            return None if ref.result else (graph, typed)


def _wrapped_model(typed: TypedNode) -> ModelName | None:
    """The model that `TimeDistributed` calls at each step."""
    wrapped = typed.node.thing["layer"] if typed.class_name == "TimeDistributed" and typed.node.thing else None
    return wrapped if isinstance(wrapped, ModelName) else None


def worked(typed: TypedNode) -> Thing | None:
    """The layer that does the work: inside `TimeDistributed`, and inside `Bidirectional` that keeps its numbers."""
    thing = typed.node.thing
    while thing is not None and thing.class_name in ("TimeDistributed", "Bidirectional"):
        inner = thing["layer"]
        if thing.class_name == "Bidirectional" and thing["merge_mode"] == "sum":
            return None
        thing = inner if isinstance(inner, Thing) else None
    return thing


def activation_of(typed: TypedNode, thing: Thing) -> str | None:
    """The name of a layer's activation, `linear` where it has none; None where the layer is none that has one."""
    name = f"ops.{thing.class_name}" if thing.section == "ops" else thing.class_name
    if name in LAYERS:
        return LAYERS[name]
    if name == "ReversibleEmbedding":
        return "linear" if any(one.name == "reverse" and one.value is True for one in typed.node.arguments) else None
    if thing.section != "layers" or thing.custom is not None or "activation" not in thing.entry.arguments:
        return None
    given = thing["activation"]
    if given is None:
        return "linear"
    if isinstance(given, Thing):
        return LAYERS.get(given.class_name) or catalog().sections["activations"].strings.get(given.class_name)
    return catalog().sections["activations"].strings.get(str(given))
