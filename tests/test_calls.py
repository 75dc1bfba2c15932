"""Layers called with arguments by name: the check, the emitted code and Keras say the same."""

from __future__ import annotations

import inspect
import io
from typing import Any

import keras
import numpy as np
import pytest

import archcompiler
from archcompiler.build.program import program_of
from archcompiler.layers import LAYERS
from archcompiler.layers.call_arguments import KEPT_ON_A_LIST, TRAINING, call_arguments_of
from archcompiler.layers.own import OWN_LAYERS

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
    "cells one above the other from given states": spec(
        {**X, **H, **C},
        {
            "RNN": {"cell": [{"LSTMCell": 4}, {"GRUCell": 4}, {"LSTMCell": 4}], "return_state": True},
            "name": "reader",
            "from": {"sequences": "x", "initial_state": ["h", "c", "h", "h", "c"]},
            "outputs": ["read", "a", "b", "c1", "d", "e"],
        },
        {
            "Bidirectional": {"RNN": {"cell": [{"LSTMCell": 4}, {"LSTMCell": 4}]}},
            "name": "last",
            "from": {
                "sequences": "x",
                "initial_state": [f"reader.{one}" for one in ("a", "b", "d", "e", "b", "a", "e", "d")],
            },
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
    "a dropout that always drops": spec(
        X, {"Dropout": 0.5, "from": {"inputs": "x", "training": False}}, {"Dense": 3, "name": "last"}
    ),
    "a frozen model as it predicts": spec(
        X,
        {"base": None, "trainable": False, "from": {"signal": "x", "training": False}, "name": "features"},
        {"base": None, "from": {"inputs": "features", "training": True}, "name": "again"},
        {"Dense": 3, "name": "last"},
    )
    | {"models": {"base": {"inputs": {"signal": [6, 8]}, "layers": ["BatchNormalization", {"Dense": 8}]}}},
    "a model of two inputs": spec(
        {**X, "y": [6, 4]},
        {"both": None, "from": {"right": "y", "left": "x", "training": False}, "name": "one"},
        {"both": None, "from": {"inputs": ["x", "y"], "training": False}, "name": "two"},
        {"Add": None, "from": {"inputs": ["one", "two"]}, "name": "last"},
    )
    | {
        "models": {
            "both": {
                "inputs": {"left": [6, 8], "right": [6, 4]},
                "layers": [{"Concatenate": None, "from": ["left", "right"]}, {"Dropout": 0.3}],
            }
        }
    },
    "normalization with a mask": spec(
        {**X, "there": {"shape": [6], "dtype": "bool"}},
        {"BatchNormalization": None, "from": {"inputs": "x", "mask": "there", "training": False}, "name": "last"},
    ),
    "every step with a mask": spec(
        {**X, "there": {"shape": [6], "dtype": "bool"}},
        {"TimeDistributed": {"Dense": 3}, "from": {"inputs": "x", "mask": "there"}, "name": "last"},
    ),
    "softmax with a mask": spec(
        {**X, "there": {"shape": [6, 1], "dtype": "bool"}},
        {"Softmax": {"axis": 1}, "from": {"inputs": "x", "mask": "there"}, "name": "last"},
    ),
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
    assert not [one for one in report.diagnostics if one.code != "ARC450"]
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
    (["h", "c", "h", "x"], "ARC202", "a whole sequence (batch, 6, 8)"),
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


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_arguments_are_called_as_keras_calls_them(name: str) -> None:
    if name in OWN_LAYERS:
        return
    taken = [one for one in inspect.signature(getattr(keras.layers, name).call).parameters if one != "self"]
    named = call_arguments_of(name)
    if name in KEPT_ON_A_LIST:  # what stands in one list has names that Keras speaks of
        assert {"use_causal_mask", "return_attention_scores"} <= set(named) & set(taken)
        return
    assert taken[0] == named[0]
    assert set(named) - {TRAINING} <= set(taken)


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"inputs": "x", "training": "x"}, "ARC103", "`training` is true or false"),
        ({"inputs": "x", "trainig": True}, "ARC111", "not called with `trainig`"),
        ({"training": True}, "ARC112", "`inputs`, which is missing"),
    ],
)
def test_calls_that_do_not_fit(given: dict[str, Any], code: str, words: str) -> None:
    (error,) = archcompiler.check(spec(X, {"Dropout": 0.5, "name": "last", "from": given})).errors
    assert error.code == code
    assert words in error.message


def test_what_a_call_says_of_training_is_overridden() -> None:
    """Keras 3 hands on what `predict` and `fit` say to every layer, whatever its own call says (ARC450)."""
    ones = np.ones((8, 4), "float32")
    dropped = spec({"x": [4]}, {"Dropout": 0.5, "name": "last", "from": {"inputs": "x", "training": True}})
    (warning,) = archcompiler.check(dropped).warnings
    assert warning.code == "ARC450"
    model = archcompiler.build(dropped, seed=0)
    assert not (model.predict(ones, verbose=0) == 0).any()
    normalized = spec(
        {"x": [4]}, {"BatchNormalization": None, "name": "last", "from": {"inputs": "x", "training": False}}
    )
    (warning,) = archcompiler.check(normalized).warnings
    assert warning.code == "ARC450"
    model = archcompiler.build(normalized)
    model.compile("sgd", "mse")
    model.fit(3 * ones, ones, verbose=0)
    assert (np.asarray(model.get_layer("last").moving_mean) > 0).all()


def test_what_a_call_may_say_of_training() -> None:
    frozen = {
        "BatchNormalization": None,
        "trainable": False,
        "from": {"inputs": "x", "training": False},
        "name": "last",
    }
    assert not archcompiler.check(spec({"x": [4]}, frozen)).diagnostics
    dense = {"Dense": 3, "from": {"inputs": "x", "training": False}, "name": "last"}
    assert not archcompiler.check(spec({"x": [4]}, dense)).diagnostics


TWICE = """\
archcompiler: 1
inputs: {a: [steps, 4], b: [steps, 4]}
models:
  reader:
    inputs: {x: [steps, 4]}
    layers:
      - LSTM: {units: 8, return_state: true}
        name: rnn
        outputs: [sequence, h, c]
    outputs: [rnn.h, rnn.c]
layers:
  - reader:
    from: a
    name: left
    outputs: [state, cell]
  - left:
    from: b
    name: right
  - reader:
    from: b
    name: third
    outputs: [seen, kept]
  - GRU: {units: 3, return_state: true}
    from: a
    name: gru
    outputs: [last, h]
  - gru:
    from: b
    name: again
  - again:
    from: {sequences: b, initial_state: again.h}
    name: further
  - MultiHeadAttention: {num_heads: 1, key_dim: 2}
    from: {query: a, value: b, return_attention_scores: true}
    name: attention
    outputs: [seen, scores]
  - attention:
    from: {query: b, value: b}
    name: attention_of_b
  - GlobalAveragePooling1D:
    from: attention.seen
    name: one
  - GlobalAveragePooling1D:
    from: attention_of_b.seen
    name: two
  - Concatenate:
    from: [left.state, right.state, right.cell, third.kept, gru.h, again.h, further.h, one, two]
"""


def test_names_of_results_hold_for_later_calls() -> None:
    """A later call that names its own has those."""
    report = archcompiler.check(io.StringIO(TWICE))
    assert report.diagnostics == () and report.graph is not None
    (ref,) = report.graph.graph.outputs.refs.values()
    sources = [(one.node, one.result) for one in report.graph.nodes[ref.node].node.sources if one is not None]
    assert sources[:7] == [
        ("left", 0), ("right", 0), ("right", 1), ("third", 1), ("gru", 1), ("again", 1), ("further", 1)
    ]  # fmt: skip
    built: Any = archcompiler.build(io.StringIO(TWICE), seed=1)
    emitted: Any = program_of(archcompiler.emit(io.StringIO(TWICE)), "twice")
    keras.utils.set_random_seed(1)
    given = [np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32") for _ in range(2)]
    assert np.array_equal(built(given), emitted.build_model()(given))
    text = archcompiler.resolve(io.StringIO(TWICE))
    assert archcompiler.check(io.StringIO(text)).diagnostics == ()
    assert archcompiler.resolve(io.StringIO(text)) == text
    assert np.array_equal(built(given), archcompiler.build(io.StringIO(text), seed=1)(given))


@pytest.mark.parametrize(
    ("there", "source", "code", "words"),
    [
        ("third.kept", "third.state", "ARC116", "`third` has no result called `state`"),
        (
            "attention_of_b.seen",
            "attention_of_b.scores",
            "ARC119",
            "`attention_of_b` has 1 result, so there is no result 1",
        ),
    ],
)
def test_names_of_results_that_a_later_call_has_not(there: str, source: str, code: str, words: str) -> None:
    text = TWICE.replace(there, source)
    [error] = archcompiler.check(io.StringIO(text)).errors
    assert (error.code, error.message) == (code, words)


@pytest.mark.parametrize("items", [("x", "y"), ("y", "x"), ("y", "z", "x"), ("x",)])
def test_calls_in_a_circle(items: tuple[str, ...]) -> None:
    """`x` may call `y` where that is a layer; where all only call each other, there is none."""
    names = "xyz"[: len(items)]
    layers: list[Any] = [{called: None, "name": name, "from": "a"} for called, name in zip(items, names, strict=True)]
    layers.append({"Add": None, "from": list(names)} if items[1:] else {"ReLU": None})
    report = archcompiler.check({"archcompiler": 1, "inputs": {"a": [4]}, "layers": layers})
    circles = sum(called == name for called, name in zip(items, names, strict=True)) or 1
    assert [one.code for one in report.errors] == ["ARC117"] * circles
