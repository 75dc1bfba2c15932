"""The layer tables are whole: every kind of argument has a check, every row's words are allowed, every row is used."""

from __future__ import annotations

from math import prod
from typing import get_args

import pytest

import archcompiler
from archcompiler.layers import FAMILIES, LAYERS
from archcompiler.layers.catalog import Kind, catalog, find
from archcompiler.layers.rows import MaskEffect, Row
from archcompiler.layers.slips import NOUNS
from archcompiler.layers.things import OBJECT_SECTIONS
from archcompiler.layers.values import CHECKS
from archcompiler.show.shapes import example_thing, examples

TIMES = ("same", "past", "all", "none", "inner")
COUNTS = ("one", "two", "several")


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_has_a_check_or_names_an_object(kind: str) -> None:
    assert (kind in CHECKS) != (kind in OBJECT_SECTIONS)


def test_no_check_is_for_an_unknown_kind() -> None:
    assert set(CHECKS) | set(OBJECT_SECTIONS) == set(get_args(Kind))
    assert set(OBJECT_SECTIONS.values()) <= set(catalog().sections)
    assert set(OBJECT_SECTIONS.values()) <= set(NOUNS)


@pytest.mark.parametrize("row", LAYERS.values(), ids=lambda row: row.name)
def test_a_row_is_sound(row: Row) -> None:
    assert find("layers", row.name) is not None, "Keras has no such layer"
    assert row.mask in get_args(MaskEffect)
    assert row.time in TIMES
    assert row.inputs in COUNTS
    low, high = row.ranks
    assert low >= 1
    assert high is None or high >= low
    assert row.needs
    assert row.rule.__doc__, "its rule says what comes out"


CELLS = ("LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells")


@pytest.mark.parametrize("row", LAYERS.values(), ids=lambda row: row.name)
def test_the_formula_of_the_weights_is_what_the_rule_counts(row: Row) -> None:
    entry = find("layers", row.name)
    assert entry is not None
    shown = list(examples(entry))
    assert shown or row.name in CELLS
    for one in shown:
        thing = example_thing(entry)
        assert thing is not None
        last = one.given[0].axes[-1]
        known = {name: thing[name] for name in entry.arguments} | {"features": last, "channels": last}
        if "kernel_size" in entry.arguments:
            size = thing["kernel_size"]
            known["window"] = prod(size) if isinstance(size, list) else size ** entry.arguments["kernel_size"].rank
        assert not row.weights or eval(row.weights, {}, known) == one.params


def test_no_layer_has_two_rows() -> None:
    assert len(LAYERS) == sum(len(family.ROWS) for family in FAMILIES)


def check(*layers: object, **spec: object) -> archcompiler.Report:
    return archcompiler.check({"archcompiler": 1, "inputs": {"x": [5, 3]}, "layers": list(layers), **spec})


def message(*layers: object, **spec: object) -> str:
    """The one error's message, with its help."""
    (error,) = check(*layers, **spec).errors
    return f"{error.message} | {error.help}"


WRONG = [
    ({"PReLU": {"shared_axes": [7]}}, "has no axis 7"),
    ({"Softmax": []}, "names no axis"),
    ({"Softmax": [-1, 2]}, "one axis of (batch, 5, 3) twice"),
    ({"LayerNormalization": {"axis": [2, -1]}}, "twice"),
    ({"ReLU": {"threshold": -1.0}}, "`threshold` of ReLU is 0 or more, but -1.0 is given"),
    ({"LeakyReLU": {"negative_slope": -0.5}}, "`negative_slope` of LeakyReLU is 0 or more"),
    ({"Dense": {"units": 3, "lora_rank": 2, "kernel_constraint": "non_neg"}}, "exclude each other"),
    ({"Dense": {"units": 3, "dtype": "int32"}}, "the weights of Dense are floating numbers, but its `dtype` is int32"),
    ({"Dense": {"units": 3, "bias_initializer": "orthogonal"}}, "makes a matrix"),
    ({"Dense": {"units": 3, "kernel_regularizer": 0.01}}, "write `{L2: 0.01}`"),
    ({"Dense": {"units": 3, "kernel_regularizer": "l1_l2"}}, "there is no regularizer `l1_l2` | did you mean"),
    ({"Dense": {"units": 3, "name": "a/b"}}, '"a/b" is no name'),
    ({"LSTM": {"units": 3, "dtype": "bfloat16"}}, "`mixed_bfloat16` computes in bfloat16"),
    ({"LSTM": {"units": 3, "bias_initializer": None}}, "`unit_forget_bias` needs one"),
    ({"RNN": {"cell": {"LSTM": 3}}}, "RNN steps through cells, but LSTM is no cell"),
    ({"RNN": {"cell": []}}, "none is given"),
    ({"RNN": {"cell": [{"GRUCell": 3}]}}, "give the cell itself"),
    ({"Bidirectional": {"LSTM": {"units": 3, "go_backwards": True}}}, "remove `go_backwards`"),
    ({"Embedding": {"input_dim": 3, "output_dim": 2, "weights": [1]}}, "which a spec does not hold"),
    ({"Activation": "threshold"}, "needs `threshold` and `default_value`"),
    ({"Dropout": {"rate": 0.5, "noise_shape": [1, 0, 1]}}, "but 0 is one of them"),
    ({"LayerNormalization": {"rms_scaling": True}}, "RMSNormalization"),
]


@pytest.mark.parametrize(("layer", "said"), WRONG)
def test_what_a_mistake_in_the_arguments_is_told(layer: object, said: str) -> None:
    assert said in message(layer)


def test_a_bidirectional_gives_alike_both_ways() -> None:
    backward = {"GRU": {"units": 4, "go_backwards": True}}
    said = message({"Bidirectional": {"layer": {"LSTM": 3}, "backward_layer": backward}})
    assert "forwards gives (batch, 3) and backwards (batch, 4)" in said


def test_a_stateful_bidirectional_cannot_return_its_state() -> None:
    layer = {"Bidirectional": {"LSTM": {"units": 3, "stateful": True, "return_state": True}}}
    assert "is stateful and returns its state" in message(layer, batch_size=2)


@pytest.mark.parametrize("layer", [{"ELU": None}, {"Conv1D": {"filters": 2, "kernel_size": 1}}, {"Activation": "gelu"}])
def test_whole_numbers_are_not_enough(layer: object) -> None:
    inputs = {"x": {"shape": [5, 3], "dtype": "int32"}}
    assert "floating numbers, but it is given int32 (batch, 5, 3)" in message(layer, inputs=inputs)


def test_dot_over_an_open_and_a_known_size() -> None:
    said = message({"Dot": 1, "from": ["x", "y"]}, inputs={"x": ["steps", 3], "y": [5, 3]})
    assert "one of these sizes is open (`steps`), and Keras compares it with 5" in said


def test_dot_over_the_batch_axis() -> None:
    assert "Dot is to sum over axis 0 of (batch, 5, 3), which is the batch axis" in message(
        {"Dot": 0, "from": ["x", "x"]}
    )


def test_a_list_of_one_tensor_can_be_merged_and_a_tensor_cannot() -> None:
    assert check({"Add": None, "from": ["x"]}).ok
    assert "joins several tensors, but it is given one" in message({"Add": None, "from": "x"})


def test_batches_can_be_joined() -> None:
    report = check({"Concatenate": {"axis": 0}, "from": ["x", "x"]}, batch_size=4)
    assert report.graph is not None
    assert report.graph.outputs["concatenate"].shape == (8, 5, 3)


WORDS = {"shape": [5], "dtype": "int32"}
EMBEDDING = {"Embedding": {"input_dim": 9, "output_dim": 3, "mask_zero": True}}


def test_softmax_lays_a_mask_where_it_does_not_belong() -> None:
    said = message(EMBEDDING, "Softmax", inputs={"x": WORDS})
    assert "a mask (batch, 5) travels with the input (batch, 5, 3)" in said
    assert "`Activation: softmax` leaves the mask alone" in said


def test_a_mask_of_words_does_not_fit_sentences() -> None:
    """Embedding masks (batch, sentences, words); an LSTM over sentences has a step a sentence."""
    sentences = {"shape": [4, 7], "dtype": "int32"}
    said = message(EMBEDDING, {"TimeDistributed": {"LSTM": 6}}, {"LSTM": 5}, inputs={"x": sentences})
    assert "LSTM reads a mask (batch, steps), but with the input (batch, 4, 6) travels the mask (batch, 4, 7)" in said


def test_masks_that_do_not_fit_together() -> None:
    inputs = {"x": [5, 3], "y": [2, 5, 3]}
    masked = [{"Masking": None, "from": name, "name": f"masked_{name}"} for name in inputs]
    layers = [*masked, {"Dense": 3, "from": "masked_y"}, {"Add": None, "from": ["masked_x", "dense"]}]
    report = archcompiler.check({"archcompiler": 1, "inputs": inputs, "layers": layers, "batch_size": 4})
    assert "travel masks that do not fit together: (4, 5) and (4, 2, 5)" in report.errors[0].message


def test_a_wrapped_model_gives_one_tensor() -> None:
    models = {"inner": {"inputs": {"y": [3]}, "layers": [{"Dense": {"units": 2, "name": "head"}}], "outputs": ["head"]}}
    said = message({"TimeDistributed": "inner"}, models=models)
    assert "TimeDistributed needs a model that gives one tensor, but `inner` gives a list" in said


def test_a_layer_called_again_keeps_the_axes_of_its_weights() -> None:
    layers = [{"PReLU": None, "name": "slopes"}, {"Reshape": [3, 5]}, {"slopes": None}]
    assert "`slopes` has weights for (batch, 5, 3), but it is called again on (batch, 3, 5)" in message(*layers)
