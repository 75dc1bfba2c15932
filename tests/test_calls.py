"""Layers called with arguments by name: the check, the emitted code and Keras say the same."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import archcompiler
from archcompiler.build.program import program_of

X, H, C = {"x": [6, 8]}, {"h": [4]}, {"c": [4]}
MASK = {"m": {"shape": [6, 6], "dtype": "bool"}}
CODES = {"words": {"shape": [6], "dtype": "int32"}}


def spec(inputs: dict[str, Any], *layers: dict[str, Any], outputs: Any = "last") -> dict[str, Any]:
    return {"archcompiler": 1, "name": "calls", "inputs": inputs, "layers": list(layers), "outputs": outputs}


SPECS = {
    "both ways from given states": spec(
        {**X, **H, **C},
        {
            "Bidirectional": {"LSTM": {"units": 4, "return_sequences": True}},
            "name": "last",
            "from": {"sequences": "x", "initial_state": ["h", "c", "h", "c"]},
        },
    ),
    **{
        f"{name} with a mask": spec(
            {**X, "there": {"shape": [6], "dtype": "bool"}},
            {name: given, "name": "last", "from": {role: "x", "mask": "there"}},
        )
        for name, given, role in (
            ("LSTM", 4, "sequences"),
            ("GRU", {"units": 4, "return_sequences": True}, "sequences"),
            ("SimpleRNN", {"units": 4, "go_backwards": True}, "sequences"),
            ("Bidirectional", {"GRU": 3}, "sequences"),
            ("GlobalAveragePooling1D", None, "inputs"),
            ("LastStep", None, "inputs"),
        )
    },
    "one step of an LSTM": spec(
        {"x": [8], **H, **C},
        {
            "LSTMCell": 4,
            "name": "step",
            "from": {"inputs": "x", "states": ["h", "c"]},
            "outputs": ["output", "h", "c"],
        },
        {"Add": None, "name": "last", "from": ["step.h", "step.c"]},
    ),
    "one step of a GRU": spec({"x": [8], **H}, {"GRUCell": 4, "name": "last", "from": {"inputs": "x", "states": "h"}}),
    "attention with a mask and scores": spec(
        {**X, **MASK},
        {
            "MultiHeadAttention": {"num_heads": 2, "key_dim": 4},
            "name": "look",
            "from": {"query": "x", "value": "x", "attention_mask": "m", "return_attention_scores": True},
            "outputs": ["output", "scores"],
        },
        {"Flatten": None, "name": "last", "from": "look.scores"},
    ),
    "grouped attention": spec(
        X,
        {
            "GroupQueryAttention": {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2},
            "name": "last",
            "from": {"query": "x", "value": "x", "use_causal_mask": True},
        },
    ),
    "words from tied weights": spec(
        CODES,
        {"ReversibleEmbedding": {"input_dim": 20, "output_dim": 4}, "name": "words_in"},
        {"LSTM": {"units": 4, "return_sequences": True}, "name": "lstm"},
        {"words_in": None, "name": "last", "from": {"inputs": "lstm", "reverse": True}},
    ),
}


@pytest.mark.parametrize("name", SPECS)
def test_a_call_by_name(name: str) -> None:
    report = archcompiler.check(SPECS[name])
    assert not report.diagnostics
    assert report.graph is not None
    keras.utils.set_random_seed(0)
    emitted = program_of(archcompiler.emit(SPECS[name]), "calls").build_model()
    built = archcompiler.build(SPECS[name], seed=0)
    assert emitted.count_params() == built.count_params() == report.graph.param_count
    arrays = [_array(tensor) for tensor in emitted.inputs]
    one, other = np.asarray(emitted(arrays)), np.asarray(built(arrays))
    assert np.array_equal(one, other)
    assert one.shape[1:] == report.graph.outputs["last"].shape[1:]


def _array(tensor: Any) -> np.ndarray:
    drawn = np.random.default_rng(0).normal(size=(2, *tensor.shape[1:]))
    return (np.abs(drawn) * 3).astype(tensor.dtype)


WRONG = [
    (["h", "c"], "ARC205", "has 2 tensors"),
    (["h", "c", "h", "x"], "ARC202", "a state of (batch, 6, 8)"),
]


@pytest.mark.parametrize(("states", "code", "words"), WRONG)
def test_states_that_do_not_fit(states: list[str], code: str, words: str) -> None:
    layer = {"Bidirectional": {"LSTM": 4}, "name": "last", "from": {"sequences": "x", "initial_state": states}}
    (error,) = archcompiler.check(spec({**X, **H, **C}, layer)).errors
    assert error.code == code
    assert words in error.message


def test_a_dtype_for_all_layers_that_say_none() -> None:
    sound = spec(
        {"x": [6, 8]},
        {"LSTM": {"units": 4, "return_sequences": True}},
        {"TimeDistributed": {"Dense": 3}},
        {"Dense": {"units": 2, "dtype": "float32"}, "name": "last"},
    ) | {"dtype": "mixed_bfloat16"}
    graph = archcompiler.check(sound).graph
    assert graph is not None
    model = archcompiler.build(sound)
    assert [one.output.dtype for one in model.layers] == [one.outputs[0].dtype for one in graph.nodes.values()]
    assert [one.dtype for one in model.weights] == ["float32"] * len(model.weights)
    (error,) = archcompiler.check(sound | {"dtype": "mixed_bflaot16"}).errors
    assert error.help == "did you mean `mixed_bfloat16`?"


def test_weights_of_codes_are_counted_only() -> None:
    inputs = {"codes": {"shape": [6], "dtype": "int32"}, "weights": [6]}
    layer = {"CategoryEncoding": {"num_tokens": 5, "output_mode": "count"}, "name": "last"}
    layer["from"] = {"inputs": "codes", "count_weights": "weights"}
    assert archcompiler.check(spec(inputs, layer)).ok
    assert archcompiler.build(spec(inputs, layer)).output_shape == (None, 5)
    (error,) = archcompiler.check(spec(inputs, layer | {"CategoryEncoding": 5})).errors
    assert "`output_mode: count`" in error.message
