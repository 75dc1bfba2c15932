"""How each Keras object is written in a spec: an example with its required arguments, or a better one by hand."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.flow import to_flow
from archcompiler.layers.catalog import Argument, Entry
from archcompiler.layers.refused import REFUSED

LAYERS_BY_HAND: Mapping[str, object] = {
    "LSTM": {"units": 32, "return_sequences": True},
    "GRU": {"units": 32, "return_sequences": True},
    "SimpleRNN": 16,
    "RNN": {"cell": [{"LSTMCell": 32}, {"LSTMCell": 16}], "return_sequences": True},
    "Bidirectional": {"layer": {"LSTM": 32}, "merge_mode": "sum"},
    "TimeDistributed": {"Dense": 10},
    "Embedding": {"input_dim": 10000, "output_dim": 64, "mask_zero": True},
    "Activation": "softmax",
    "Reshape": [4, 2],
    "Permute": [2, 1],
    "Dropout": 0.2,
    "Conv1D": {"filters": 32, "kernel_size": 3, "padding": "causal", "activation": "relu"},
    "Conv2D": {"filters": 32, "kernel_size": 3, "padding": "same", "activation": "relu"},
    "EinsumDense": {"equation": "abc,cd->abd", "output_shape": [None, 32], "bias_axes": "d"},
    "SpectralNormalization": {"Dense": 10},
    "Pipeline": [{"Rescaling": 0.5}, {"Resizing": {"height": 24, "width": 24}}],
    "Discretization": {"bin_boundaries": [0.0, 0.5, 1.0], "output_mode": "one_hot"},
    "CategoryEncoding": {"num_tokens": 10, "output_mode": "one_hot"},
    "StringLookup": {"vocabulary": ["cat", "dog", "horse"]},
    "IntegerLookup": {"vocabulary": [12, 36, 1138], "output_mode": "one_hot"},
    "TextVectorization": {"vocabulary": ["the", "cat", "sat"], "output_sequence_length": 12},
    "STFTSpectrogram": {"frame_length": 256, "frame_step": 128, "fft_length": 256},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 16},
    "GroupQueryAttention": {"head_dim": 16, "num_query_heads": 4, "num_key_value_heads": 2},
    "Dot": 1,
}
"""Arguments of layers that show more than those that are required."""
WITHIN: Mapping[str, tuple[str, object]] = {
    **{cell: ("RNN", {cell: 32}) for cell in ("LSTMCell", "GRUCell", "SimpleRNNCell")},
    "StackedRNNCells": ("RNN", {"StackedRNNCells": [{"LSTMCell": 32}, {"LSTMCell": 16}]}),
}
"""Layers that stand within another."""
MERGING = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")
FROM: Mapping[str, str] = {
    **dict.fromkeys(MERGING, "[left, right]"),
    **dict.fromkeys(("Attention", "AdditiveAttention"), "[question, answer]"),
    "MultiHeadAttention": "{query: x, value: x, use_causal_mask: true}",
    "GroupQueryAttention": "{query: x, value: x}",
    "HashedCrossing": "[city, hour]",
}
"""What layers that take several tensors are called on."""
OTHERS_BY_HAND: Mapping[str, str] = {
    "Adam": "optimizer: {Adam: {learning_rate: 0.001, clipnorm: 1.0}}",
    "LossScaleOptimizer": "optimizer: {LossScaleOptimizer: {inner_optimizer: adam}}",
    "EarlyStopping": "callbacks: [{EarlyStopping: {patience: 5, restore_best_weights: true}}]",
}
KEYS: Mapping[str, str] = {
    "optimizers": "optimizer: {}", "schedules": "optimizer: {{Adam: {{learning_rate: {}}}}}", "losses": "loss: {}",
    "metrics": "metrics: [{}]", "initializers": "- Dense: {{units: 10, kernel_initializer: {}}}",
    "regularizers": "- Dense: {{units: 10, kernel_regularizer: {}}}",
    "constraints": "- Dense: {{units: 10, kernel_constraint: {}}}", "callbacks": "callbacks: [{}]",
    "activations": "- Dense: {{units: 10, activation: {}}}",
}  # fmt: skip
"""Where the objects of a section stand in a spec."""

_VALUES: Mapping[str, object] = {
    "size": 32, "count": 1, "integer": 1, "number": 0.1, "fraction": 0.2, "boolean": True, "string": "text",
    "sizes": 2, "counts": 1, "margins": 1, "integers": 1, "numbers": 0.1, "shape": [4, 2], "new_shape": [4, 2],
    "permutation": [2, 1], "partial_shape": 4, "activation": "relu", "initializer": "zeros", "regularizer": "l2",
    "constraint": "non_neg", "dtype": "float32", "layer": {"Dense": 10}, "layers": [{"Dense": 10}],
    "cells": [{"LSTMCell": 32}], "loss": "mse", "metric": "mae", "optimizer": "adam", "schedule": 0.001,
    "list": [1, 2], "mapping": {}, "any": 1, "tensor": 0.5, "tensors": ["a", "b"],
}  # fmt: skip
"""A value of each kind of argument."""


def sample(entry: Entry) -> str | None:
    """A line of a spec with the object in it; None for a layer that no spec describes, and for an activation that needs
    arguments, which no spec can give."""
    if entry.section == "layers" and entry.name in REFUSED:
        return None
    if entry.section == "activations" and _required(entry):
        return None
    if entry.section == "layers":
        return _layer(entry)
    if entry.section == "ops":
        return _operation(entry)
    return OTHERS_BY_HAND.get(entry.name) or KEYS[entry.section].format(to_flow(_object(entry)))


def layer_example(entry: Entry) -> tuple[str, object]:
    """A layer's class, or that of the layer it stands within, and arguments; None where there are none."""
    if entry.name in WITHIN:
        return WITHIN[entry.name]
    given = _required(entry)
    return entry.name, LAYERS_BY_HAND.get(entry.name, _short_form(entry, given) if given else None)


def _layer(entry: Entry) -> str:
    name, arguments = layer_example(entry)
    wiring = f"\n  from: {FROM[name]}" if name in FROM else ""
    if arguments is None:
        return f"- {name}:{wiring}" if wiring else f"- {name}"
    return f"- {name}: {to_flow(arguments)}{wiring}"


def _operation(entry: Entry) -> str:
    """An operation on the item before, or on several where it joins them."""
    given = _required(entry) | {"pad": {"pad_width": [[0, 0], [1, 1]]}, "einsum": {"subscripts": "bij,bjk->bik"}}.get(
        entry.name, {}
    )
    tensors = [one for one in entry.arguments.values() if one.is_tensor and one.required]
    several = len(tensors) > 1 or (tensors and tensors[0].kind == "tensors") or entry.name == "where"
    names = {"where": "[chosen, a, b]"}.get(entry.name, "[a, b]")
    arguments = f" {to_flow(given)}" if given else ":" if several else ""
    line = f"- ops.{entry.name}{':' if given else ''}{arguments}"
    return f"{line}\n  from: {names}" if several else line


def _object(entry: Entry) -> object:
    return {entry.name: _short_form(entry, _required(entry))} if _required(entry) else entry.name


def _short_form(entry: Entry, given: dict[str, object]) -> object:
    """`Dense: 10` where the first argument is all that is given, and is no mapping itself."""
    (first, value), *more = given.items()
    return value if not more and first == next(iter(entry.arguments)) and not isinstance(value, dict) else given


def _required(entry: Entry) -> dict[str, object]:
    return {argument.name: _value(argument) for argument in entry.required}


def _value(argument: Argument) -> object:
    if argument.choices:
        return argument.choices[0]
    value = _VALUES[argument.kind]
    if argument.rank is not None and argument.kind in ("sizes", "counts") and argument.rank > 1:
        return [value] * argument.rank
    return value
