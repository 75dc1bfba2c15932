"""A spec built in Keras by a small reader of its own, which shares nothing with archcompiler but the language."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archcompiler.build.own_layers import own_layer
from archcompiler.layers.own import OWN_LAYERS

OWN_KEYS = ("name", "from", "outputs", "trainable")
TAKE_A_LIST = (
    "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot", "HashedCrossing", "Attention",
    "AdditiveAttention", "RepeatLike",
)  # fmt: skip
"""Layers that take several tensors as one argument."""
KERAS_ROOMS = {"initializer": "initializers", "regularizer": "regularizers", "constraint": "constraints"}


@dataclass
class Made:
    """What stands behind one node: its tensors, and the layer that it made, if it made one."""

    tensors: list[Any]
    layer: Any = None
    makes_layer: bool = False


@dataclass
class KerasGraph:
    nodes: dict[str, Made] = field(default_factory=dict)
    results: dict[str, list[str]] = field(default_factory=dict)
    inputs: list[Any] = field(default_factory=list)
    model: Any = None

    @property
    def tensors(self) -> list[Any]:
        return [tensor for made in self.nodes.values() for tensor in made.tensors]


def build(spec: dict[str, Any]) -> KerasGraph:
    """The spec's model in Keras; what Keras raises is let through."""
    models: dict[str, Any] = {}
    for name, nested in spec.get("models", {}).items():
        models[name] = _graph(nested, models, spec.get("batch_size")).model
    return _graph(spec, models, spec.get("batch_size"))


def run(graph: KerasGraph, spec: dict[str, Any], sizes: dict[str | None, int]) -> list[tuple[tuple[int, ...], bool]]:
    """The shape of every node's tensors, and whether each has a mask, when the model is called on random arrays of a
    batch of 2, or of its fixed one; `sizes` are those of open axes."""
    import keras
    from keras.src.backend import get_keras_mask

    arrays = []
    for name, tensor in zip(spec["inputs"], graph.inputs, strict=True):
        given = spec["inputs"][name]
        shape = [sizes.get(entry, entry) for entry in given["shape"]]
        full = (spec.get("batch_size") or 2, *shape)
        random = np.random.default_rng(0)
        arrays.append(_array(random, full, tensor.dtype))
    everything = keras.Model(graph.inputs, graph.tensors)
    return [(tuple(one.shape), get_keras_mask(one) is not None) for one in everything(arrays)]


def _array(random: np.random.Generator, shape: tuple[int, ...], dtype: str) -> Any:
    import keras

    if dtype == "string":
        words = np.array(["a", "b", "of no vocabulary"], dtype=object)
        return keras.ops.convert_to_tensor(words[random.integers(0, 3, shape)], dtype="string")
    if "int" in dtype or dtype == "bool":
        return random.integers(0, 2, shape).astype(dtype)
    return random.normal(size=shape).astype(dtype)


def _graph(spec: dict[str, Any], models: dict[str, Any], batch_size: int | None) -> KerasGraph:
    import keras

    graph = KerasGraph()
    for name, given in spec["inputs"].items():
        shape = [entry if isinstance(entry, int) else None for entry in given["shape"]]
        tensor = keras.Input(shape, batch_size=batch_size, dtype=given.get("dtype", "float32"))
        graph.inputs.append(tensor)
        graph.nodes[name] = Made([tensor])
    previous = next(iter(spec["inputs"])) if len(spec["inputs"]) == 1 else None
    for index, written in enumerate(spec["layers"]):
        item = {written: None} if isinstance(written, str) else written
        ((thing, value),) = [entry for entry in item.items() if entry[0] not in OWN_KEYS]
        given = item.get("from", previous)
        sources = [_tensor(graph, source) for source in (given if isinstance(given, list) else [given])]
        if thing in models:
            made = Made(_flat(models[thing](sources if len(sources) > 1 else sources[0])), models[thing])
        elif thing in graph.nodes:
            layer = graph.nodes[thing].layer
            made = Made(_flat(_call(layer, sources, isinstance(given, list))), layer)
        else:
            layer = make_layer(thing, value, models)
            if item.get("trainable") is False:
                layer.trainable = False
            made = Made(_flat(_call(layer, sources, isinstance(given, list))), layer, True)
        name = item.get("name", f"unnamed_{index}")
        graph.nodes[name] = made
        graph.results[name] = item.get("outputs", [])
        if len(graph.results[name]) > len(made.tensors):
            raise ValueError(f"{name} has {len(made.tensors)} results")
        previous = name
    wanted = spec.get("outputs", previous)
    outputs = [_tensor(graph, one) for one in (wanted if isinstance(wanted, list) else [wanted])]
    graph.model = keras.Model(graph.inputs, outputs if isinstance(wanted, list) else outputs[0])
    return graph


def _tensor(graph: KerasGraph, source: str) -> Any:
    name, _, result = source.partition(".")
    made = graph.nodes[name]
    if not result:
        return made.tensors[0]
    names = graph.results.get(name, [])
    return made.tensors[names.index(result) if result in names else int(result)]


def _call(layer: Any, sources: list[Any], listed: bool) -> Any:
    if type(layer).__name__ in TAKE_A_LIST and listed:
        return layer(sources)
    return layer(*sources)


def _flat(outputs: Any) -> list[Any]:
    import keras

    return list(keras.tree.flatten(outputs))


def make_layer(class_name: str, value: Any, models: dict[str, Any]) -> Any:
    """The Keras layer written `class_name: value`."""
    import keras

    cls = own_layer(class_name) if class_name in OWN_LAYERS else getattr(keras.layers, class_name)
    if class_name == "Equalization":  # alone it says of its input that it is its result, which ties a knot in the graph
        return keras.layers.Pipeline([cls(**(value or {}))])
    if value is None:
        return cls()
    if isinstance(value, dict) and not _is_object(value):
        return cls(**{name: _argument(name, one, models) for name, one in value.items()})
    return cls(_argument(next(iter(inspect.signature(cls).parameters)), value, models))


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value))[:1].isupper()


def _argument(name: str, value: Any, models: dict[str, Any]) -> Any:
    import keras

    if name in ("layer", "backward_layer", "cell", "cells", "layers"):
        if isinstance(value, str):
            return models[value] if value in models else make_layer(value, None, models)
        if isinstance(value, list) and value and all(isinstance(one, str | dict) for one in value):
            return [_argument(name, one, models) for one in value]
    if _is_object(value):
        ((class_name, inner),) = value.items()
        room = KERAS_ROOMS.get(name.rpartition("_")[2])
        if room is None:
            return make_layer(class_name, inner, models)
        cls = getattr(getattr(keras, room), class_name)
        return cls(**inner) if isinstance(inner, dict) else cls(*([] if inner is None else [inner]))
    return value
