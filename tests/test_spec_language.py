"""The language: each written form gives the graph that it stands for, and what stands in a wrong place is told.

Names, shapes and counts here are facts: Keras's own names in a fresh process, and the arithmetic of each layer.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

import archcompiler
from archcompiler.graph.ir import TypedGraph
from archcompiler.report import Report


def dense(features: int, units: int) -> int:
    return features * units + units


def lstm(features: int, units: int) -> int:
    return 4 * (features * units + units * units + units)


def gru(features: int, units: int) -> int:
    """With `reset_after`, the default: two biases a gate."""
    return 3 * (features * units + units * units + 2 * units)


def rnn(features: int, units: int) -> int:
    return features * units + units * units + units


def graph(text: str, **params: object) -> TypedGraph:
    """The graph of a spec that must be right."""
    report = archcompiler.check(io.StringIO(text), params=params)
    assert report.diagnostics == (), [one.message for one in report.diagnostics]
    assert report.graph is not None
    return report.graph


def of(*items: str, inputs: str = "readings: [24, 2]", more: str = "", **params: object) -> TypedGraph:
    """The graph of `items` on one input of 24 steps and 2 features."""
    layers = "".join(f"  - {item}\n" for item in items)
    return graph(f"archcompiler: 1\ninputs: {{{inputs}}}\nlayers:\n{layers}{more}", **params)


def told(text: str, **params: object) -> Report:
    return archcompiler.check(io.StringIO(text), params=params)


def shapes(found: TypedGraph) -> dict[str, tuple[int | None, ...]]:
    """Every layer's name and shape, in order."""
    return {name: found.nodes[name].outputs[0].shape for name in found.graph.order if name not in found.inputs}


# ── one form for everything that is made ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "name", "shape", "params"),
    [
        ("Flatten", "flatten", (None, 48), 0),
        ("Flatten:", "flatten", (None, 48), 0),
        ("Flatten: {}", "flatten", (None, 48), 0),
        ("Dense: 10", "dense", (None, 24, 10), dense(2, 10)),
        ("Dense: {units: 10}", "dense", (None, 24, 10), dense(2, 10)),
        ("Dense: {units: 10, use_bias: false}", "dense", (None, 24, 10), 20),
        ("{Dense: 10}", "dense", (None, 24, 10), dense(2, 10)),
        ('"Dense": 10', "dense", (None, 24, 10), dense(2, 10)),
        ("Dense:\n      units: 10\n      use_bias: true", "dense", (None, 24, 10), dense(2, 10)),
        ("Reshape: [4, 12]", "reshape", (None, 4, 12), 0),
        ("Reshape: [-1, 12]", "reshape", (None, 4, 12), 0),
        ("Reshape:\n      - 4\n      - 12", "reshape", (None, 4, 12), 0),
        ("Reshape: {target_shape: [4, 12]}", "reshape", (None, 4, 12), 0),
        ("Permute: [2, 1]", "permute", (None, 2, 24), 0),
        ("LSTM: 8", "lstm", (None, 8), lstm(2, 8)),
        ("LSTM: {units: 8, return_sequences: true}", "lstm", (None, 24, 8), lstm(2, 8)),
        ("GRU: 8", "gru", (None, 8), gru(2, 8)),
        ("GRU: {units: 8, reset_after: false}", "gru", (None, 8), 3 * (2 * 8 + 8 * 8 + 8)),
        ("SimpleRNN: 8", "simple_rnn", (None, 8), rnn(2, 8)),
        ("TimeDistributed: {Dense: 10}", "time_distributed", (None, 24, 10), dense(2, 10)),
        ("TimeDistributed: {layer: {Dense: 10}}", "time_distributed", (None, 24, 10), dense(2, 10)),
        ("TimeDistributed: {layer: {Dense: {units: 10}}}", "time_distributed", (None, 24, 10), dense(2, 10)),
        ("TimeDistributed: Flatten", "time_distributed", (None, 24, 2), 0),
        ("TimeDistributed: {Activation: softmax}", "time_distributed", (None, 24, 2), 0),
        ("Bidirectional: {LSTM: 8}", "bidirectional", (None, 16), 2 * lstm(2, 8)),
        ("Bidirectional: {layer: {LSTM: 8}, merge_mode: sum}", "bidirectional", (None, 8), 2 * lstm(2, 8)),
        ("Bidirectional: {GRU: {units: 8, return_sequences: true}}", "bidirectional", (None, 24, 16), 2 * gru(2, 8)),
        ("RNN: {LSTMCell: 8}", "rnn", (None, 8), lstm(2, 8)),
        ("RNN: {cell: {LSTMCell: 8}, return_sequences: true}", "rnn", (None, 24, 8), lstm(2, 8)),
        ("RNN: [{LSTMCell: 8}, {GRUCell: 4}]", "rnn", (None, 4), lstm(2, 8) + gru(8, 4)),
        ("RNN: {cell: [{LSTMCell: 8}, {SimpleRNNCell: 4}]}", "rnn", (None, 4), lstm(2, 8) + rnn(8, 4)),
        ("RNN: {StackedRNNCells: {cells: [{LSTMCell: 8}, {GRUCell: 4}]}}", "rnn", (None, 4), lstm(2, 8) + gru(8, 4)),
        ("Conv1D: {filters: 4, kernel_size: 3}", "conv1d", (None, 22, 4), 3 * 2 * 4 + 4),
        ("Conv1D: {filters: 4, kernel_size: [3], padding: same}", "conv1d", (None, 24, 4), 3 * 2 * 4 + 4),
        ("Convolution1D: {filters: 4, kernel_size: 3}", "conv1d", (None, 22, 4), 3 * 2 * 4 + 4),
        ("MaxPooling1D: 4", "max_pooling1d", (None, 6, 2), 0),
        ("GlobalAveragePooling1D", "global_average_pooling1d", (None, 2), 0),
        ("BatchNormalization", "batch_normalization", (None, 24, 2), 8),
        ("LayerNormalization", "layer_normalization", (None, 24, 2), 4),
        ("Dropout: 0.2", "dropout", (None, 24, 2), 0),
        ("Activation: relu", "activation", (None, 24, 2), 0),
        ("ReLU: {max_value: 6}", "re_lu", (None, 24, 2), 0),
        ("ELU", "elu", (None, 24, 2), 0),
        ("PReLU", "p_re_lu", (None, 24, 2), 48),
    ],
)
def test_forms_of_a_layer(written: str, name: str, shape: tuple[int | None, ...], params: int) -> None:
    found = of(written)
    assert shapes(found) == {name: shape}
    assert found.param_count == params
    assert list(found.outputs) == [name]
    assert found.outputs[name].dtype == "float32"


@pytest.mark.parametrize(
    "argument",
    [
        "activation: tanh", "activation: {ReLU: {max_value: 20}}", "activation: {LeakyReLU: 0.2}", "activation: null",
        "kernel_regularizer: {L2: 0.01}", "kernel_regularizer: {L1L2: {l1: 0.1, l2: 0.2}}", "kernel_regularizer: l2",
        "kernel_initializer: he_normal", "kernel_initializer: {HeNormal: {seed: 3}}", "kernel_initializer: HeNormal",
        "bias_initializer: zeros", "bias_initializer: {Constant: 0.5}", "kernel_constraint: {MaxNorm: 3}",
        "kernel_constraint: non_neg", "activity_regularizer: {L1: 0.1}", "dtype: float32", "kernel_initializer: null",
    ],
)  # fmt: skip
def test_objects_as_arguments(argument: str) -> None:
    assert of(f"Dense: {{units: 10, {argument}}}").param_count == dense(2, 10)


def test_wrapped_objects() -> None:
    found = of("Bidirectional: {LSTM: {units: 8, kernel_initializer: {Orthogonal: {gain: 2.0}}}}")
    assert found.param_count == 2 * lstm(2, 8)
    found = of("TimeDistributed: {Dense: {units: 3, activation: {Softmax: {axis: -1}}}}")
    assert found.param_count == dense(2, 3)


# ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_automatic_names_are_those_of_keras() -> None:
    found = of(
        "LSTM: {units: 8, return_sequences: true}", "LSTM: {units: 8, return_sequences: true}", "Dense: 4",
        "Dense: 4\n    name: head", "Dense: 4", "LSTM: 8",
    )  # fmt: skip
    assert list(shapes(found)) == ["lstm", "lstm_1", "dense", "head", "dense_1", "lstm_2"]


def test_wrapped_layers_count_too() -> None:
    found = of("TimeDistributed: {Dense: 4}", "Dense: 4", "TimeDistributed: {Dense: 4}", "Dense: 4")
    assert list(shapes(found)) == ["time_distributed", "dense_1", "time_distributed_1", "dense_3"]
    found = of("Bidirectional: {LSTM: {units: 8, return_sequences: true}}", "LSTM: 8")
    assert list(shapes(found)) == ["bidirectional", "lstm_1"]


def test_a_name_among_the_arguments() -> None:
    assert list(shapes(of("Dense: {units: 3, name: head}"))) == ["head"]
    assert list(shapes(of("Dense: 3\n    name: head"))) == ["head"]


def test_a_name_with_capitals() -> None:
    assert list(shapes(of("Dense: 3\n    name: Head_1"))) == ["Head_1"]


def test_the_name_of_a_spec(tmp_path: Path) -> None:
    text = "archcompiler: 1\ninputs: {x: [3]}\nlayers: [{Dense: 1}]\n"
    for stem, name in (("tank", "tank"), ("my tank-2", "my_tank_2"), ("3d", "_3d")):
        path = tmp_path / f"{stem}.yaml"
        path.write_text(text, encoding="utf-8")
        found = archcompiler.check(path).graph
        assert found is not None and found.name == name
    assert graph(text.replace("inputs", "name: given\ninputs", 1)).name == "given"


# ── wiring ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_item_feeds_the_next() -> None:
    found = of("Dense: 4", "Flatten", "Dense: 1")
    assert shapes(found) == {"dense": (None, 24, 4), "flatten": (None, 96), "dense_1": (None, 1)}
    assert set(found.nx.edges) == {("readings", "dense"), ("dense", "flatten"), ("flatten", "dense_1")}
    assert found.topology == "many_to_one"


@pytest.mark.parametrize("written", ["", "\n    from: dense", "\n    from: previous", "\n    from: dense.0",
                                     "\n    from: [dense]", "\n    from: [previous]"])  # fmt: skip
def test_from(written: str) -> None:
    assert set(of("Dense: 4", f"Flatten:{written}").nx.edges) == {("readings", "dense"), ("dense", "flatten")}


def test_merging_layers_take_a_list() -> None:
    inputs = "a: [5, 2], b: [6, 2]"
    found = of("Concatenate: {axis: 1}\n    from: [a, b]", inputs=inputs)
    assert shapes(found) == {"concatenate": (None, 11, 2)}
    found = of("Concatenate: 1\n    from: [a, b]", inputs=inputs)
    assert shapes(found) == {"concatenate": (None, 11, 2)}
    for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
        found = of("Dense: 2\n    name: lifted", f"{name}:\n    from: [readings, previous]")
        assert list(shapes(found).values())[-1] == (None, 24, 2)
    found = of("Dot: {axes: 2}\n    from: [readings, readings]")
    assert shapes(found) == {"dot": (None, 24, 24)}


def test_forward_references() -> None:
    found = of("Dense: 3\n    name: last\n    from: first", "Dense: 4\n    name: first\n    from: readings",
               more="outputs: last\n")  # fmt: skip
    assert found.graph.order.index("first") < found.graph.order.index("last")
    assert found.outputs["last"].shape == (None, 24, 3)
    assert found.param_count == dense(2, 4) + dense(4, 3)


def test_results_with_names_and_numbers() -> None:
    encoder = "LSTM: {units: 8, return_state: true, return_sequences: true}\n    name: encoder"
    found = of(encoder + "\n    outputs: [sequence, h, c]", "Concatenate:\n    from: [encoder.h, encoder.c]")
    assert found.outputs["concatenate"].shape == (None, 16)
    found = of(encoder, "Concatenate:\n    from: [encoder.1, encoder.2]")
    assert found.outputs["concatenate"].shape == (None, 16)
    found = of(encoder, "Flatten")
    assert found.outputs["flatten"].shape == (None, 192)
    found = of(encoder + "\n    outputs: [sequence, h, c]", more="outputs: [encoder.sequence, encoder.h]\n")
    assert [one.shape for one in found.outputs.values()] == [(None, 24, 8), (None, 8)]
    assert of(encoder).outputs["encoder"].shape == (None, 24, 8)


def test_outputs_of_the_model() -> None:
    items = (
        "LSTM: 8\n    name: memory",
        "Dense: 1\n    name: low\n    from: memory",
        "Dense: 2\n    name: high\n    from: memory",
    )
    one = of(*items[:2], more="outputs: low\n")
    assert one.graph.outputs.form == "one" and list(one.outputs) == ["low"]
    several = of(*items, more="outputs: [high, low]\n")
    assert several.graph.outputs.form == "list" and list(several.outputs) == ["high", "low"]
    named = of(*items, more="outputs: {upper: high, lower: low}\n")
    assert named.graph.outputs.form == "dict"
    assert {name: one.shape for name, one in named.outputs.items()} == {"upper": (None, 2), "lower": (None, 1)}


def test_a_layer_called_again() -> None:
    found = of("Dense: 4\n    name: tower\n    from: left", "tower:\n    from: right",
               "Concatenate:\n    from: [tower, previous]", inputs="left: [3], right: [3]")  # fmt: skip
    assert found.param_count == dense(3, 4)
    assert list(shapes(found).values()) == [(None, 4), (None, 4), (None, 8)]
    found = of("Dense: {units: 2, name: twice}", "twice", "twice")
    assert found.param_count == dense(2, 2) and len(found.nodes) == 4


def test_frozen_layers() -> None:
    found = of("Dense: 4\n    trainable: false", "Dense: 1")
    assert (found.param_count, found.trainable_param_count) == (dense(2, 4) + dense(4, 1), dense(4, 1))
    found = of("Dense: {units: 4, trainable: false}", "Dense: 1\n    trainable: true")
    assert (found.param_count, found.trainable_param_count) == (dense(2, 4) + dense(4, 1), dense(4, 1))


# ── nested models ─────────────────────────────────────────────────────────────────────────────────────────────────────

ENCODER = "models:\n  encoder:\n    inputs: {window: [24, 2]}\n    layers: [{LSTM: 8}]\n"


def test_a_nested_model() -> None:
    found = of("encoder", "Dense: 1", more=ENCODER)
    assert shapes(found) == {"encoder": (None, 8), "dense": (None, 1)}
    assert found.param_count == lstm(2, 8) + dense(8, 1)
    assert found.models["encoder"].outputs["lstm"].shape == (None, 8)
    assert found.models["encoder"].param_count == lstm(2, 8)


def test_a_model_called_several_times_shares_its_weights() -> None:
    found = of("encoder:\n    from: a\n    name: left", "encoder:\n    from: b\n    name: right",
               "Subtract:\n    from: [left, right]", inputs="a: [24, 2], b: [24, 2]", more=ENCODER)  # fmt: skip
    assert found.param_count == lstm(2, 8)
    assert list(shapes(found)) == ["left", "right", "subtract"]


def test_a_model_in_a_wrapper() -> None:
    for written in ("TimeDistributed: encoder", "TimeDistributed: {layer: encoder}"):
        found = of(written, "LSTM: 3", inputs="days: [7, 24, 2]", more=ENCODER)
        assert shapes(found) == {"time_distributed": (None, 7, 8), "lstm_1": (None, 3)}
        assert found.param_count == lstm(2, 8) + lstm(8, 3)


def test_models_that_call_models_in_any_order() -> None:
    text = ("archcompiler: 1\ninputs: {x: [5, 2]}\nmodels:\n"
            "  outer: {inputs: {y: [5, 2]}, layers: [inner, {Dense: 3}]}\n"
            "  inner: {inputs: {z: [5, 2]}, layers: [{LSTM: 4}]}\nlayers: [outer]\n")  # fmt: skip
    found = graph(text)
    assert found.outputs["outer"].shape == (None, 3)
    assert found.param_count == lstm(2, 4) + dense(4, 3)


def test_a_model_of_several_inputs_and_outputs() -> None:
    text = """
archcompiler: 1
inputs: {a: [4], b: [4]}
models:
  pair:
    inputs: {left: [4], right: [4]}
    layers:
      - Add:
        from: [left, right]
        name: sum
      - Subtract:
        from: [left, right]
        name: difference
    outputs: [sum, difference]
layers:
  - pair:
    from: [a, b]
    outputs: [sum, difference]
  - Concatenate:
    from: [pair.sum, pair.1]
"""
    assert graph(text).outputs["concatenate"].shape == (None, 8)


def test_a_models_name_is_no_string_of_keras() -> None:
    """A model may be called as an activation is; the activation is still the activation."""
    text = ("archcompiler: 1\ninputs: {x: [5]}\nmodels:\n"
            "  relu: {inputs: {y: [5]}, layers: [{Dense: {units: 5, activation: relu}}, Flatten, {Activation: relu}]}\n"
            "layers: [relu]\n")  # fmt: skip
    assert graph(text).param_count == dense(5, 5)


# ── shapes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("[24, 2]", (None, 24, 2)), ("{shape: [24, 2]}", (None, 24, 2)), ("[]", (None,)), ("{shape: []}", (None,)),
        ("[null, 2]", (None, None, 2)), ("[~, 2]", (None, None, 2)), ("[steps, 2]", (None, None, 2)),
        ('["${2 * 12}", 2]', (None, 24, 2)),
    ],
)  # fmt: skip
def test_shapes(shape: str, expected: tuple[int | None, ...]) -> None:
    found = of("Identity", inputs=f"x: {shape}")
    assert found.inputs["x"].shape == expected


def test_named_axes_travel() -> None:
    found = of("Conv1D: {filters: 4, kernel_size: 3}", "MaxPooling1D: 2", inputs="x: [steps, 2]")
    assert str(found.inputs["x"]) == "(batch, steps, 2)"
    assert str(found.outputs["max_pooling1d"]) == "(batch, (steps - 2) // 2, 4)"
    assert found.outputs["max_pooling1d"].shape == (None, None, 4)


def test_a_params_name_in_a_shape_is_its_value() -> None:
    text = "archcompiler: 1\nparams: {days: 14}\ninputs: {x: [days, 2]}\nlayers: [Flatten]\n"
    assert graph(text).outputs["flatten"].shape == (None, 28)
    assert graph(text, days=7).outputs["flatten"].shape == (None, 14)


def test_the_batch_size() -> None:
    text = "archcompiler: 1\nbatch_size: 4\ninputs: {x: [24, 2]}\nlayers: [{LSTM: {units: 3, stateful: true}}]\n"
    found = graph(text)
    assert found.inputs["x"].shape == (4, 24, 2) and found.outputs["lstm"].shape == (4, 3)
    assert found.batch_size == 4


def test_dtypes() -> None:
    found = of("Embedding: {input_dim: 50, output_dim: 8}", inputs="words: {shape: [steps], dtype: int32}")
    assert found.inputs["words"].dtype == "int32"
    assert found.outputs["embedding"].dtype == "float32"
    assert found.param_count == 400


FILM = "ConvLSTM2D: {filters: 2, kernel_size: 3"
CRNN = ("Conv2D: {filters: 3, kernel_size: 3, padding: same}", "MaxPooling2D: [2, 2]", "Reshape: [-1, 48]",
        "Bidirectional: {LSTM: {units: 8, return_sequences: true}}",
        "Dense: {units: 37, activation: softmax}")  # fmt: skip


def test_the_columns_of_an_image_are_steps() -> None:
    found = of(*CRNN, inputs="image: [width, 32, 1]")
    assert str(found.outputs["dense"]) == "(batch, width // 2, 37)"
    assert found.topology == "many_to_many"


@pytest.mark.parametrize(
    ("items", "inputs", "topology"),
    [
        (("Dense: 1",), "x: [3]", "one_to_one"),
        (("RepeatVector: 5", "LSTM: {units: 2, return_sequences: true}"), "x: [3]", "one_to_many"),
        (("LSTM: 2",), "x: [steps, 3]", "many_to_one"),
        (("LSTM: {units: 2, return_sequences: true}",), "x: [steps, 3]", "many_to_many"),
        ((f"{FILM}, return_sequences: true}}",), "x: [steps, 16, 16, 1]", "many_to_many"),
        ((f"{FILM}, return_sequences: true}}",), "x: [9, 16, 16, 1]", "many_to_many"),
        ((f"{FILM}}}",), "x: [steps, 16, 16, 1]", "many_to_one"),
        ((f"{FILM}}}",), "x: [9, 16, 16, 1]", "many_to_one"),
        (("Conv3D: {filters: 2, kernel_size: 3}",), "x: [steps, 16, 16, 1]", "many_to_many"),
        (("Conv3D: {filters: 2, kernel_size: 3}", "GlobalMaxPooling3D"), "x: [steps, 16, 16, 1]", "many_to_one"),
        (("Conv3D: {filters: 2, kernel_size: 3}", "GlobalMaxPooling3D"), "x: [16, 16, 16, 1]", "one_to_one"),
        (("TimeDistributed: {Conv2D: {filters: 2, kernel_size: 3}}",), "x: [9, 16, 16, 1]", "many_to_many"),
        (
            (
                "Conv2D: {filters: 2, kernel_size: 3, padding: same}",
                "MaxPooling2D: [2, 32]",
                "TimeDistributed: Flatten",
            ),
            "x: [128, 32, 1]",
            "many_to_many",
        ),
        (("Conv2D: {filters: 2, kernel_size: 3}", "GlobalMaxPooling2D"), "x: [28, 28, 1]", "one_to_one"),
        (("Conv2D: {filters: 2, kernel_size: 3, padding: same}",), "x: [28, 28, 1]", "one_to_one"),
        (("Conv2D: {filters: 2, kernel_size: 3, padding: same}",), "x: [height, width, 1]", "one_to_one"),
        (("Reshape: [64, 2]", "LSTM: {units: 2, return_sequences: true}"), "x: [8, 8, 2]", "one_to_many"),
        (("Dense: 98", "Reshape: [7, 7, 2]"), "x: [16]", "one_to_one"),
        (("Dense: 2", "RepeatVector: 9"), "x: [16]", "one_to_many"),
    ],
)
def test_topologies(items: tuple[str, ...], inputs: str, topology: str) -> None:
    assert of(*items, inputs=inputs, more=f"topology: {topology}\n").topology == topology


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("width", 8), ("width + 1", 9), ("width - 1", 7), ("width * 2", 16), ("width // 3", 2), ("width % 3", 2),
        ("width ** 2", 64), ("-width + 20", 12), ("(width + 2) * 2", 20), ("min(width, 4)", 4), ("max(width, 40)", 40),
        ("round(width / 3)", 3), ("abs(-width)", 8), ("int(width / 3)", 2), ("len(sizes)", 3), ("sizes[0]", 16),
        ("sizes[-1]", 64), ("1 if width > 8 else 2", 2), ("width if deep and not false else 1", 8),
        ("width or 3", 8), ("len('abc')", 3), ("[3, 5][1]", 5), ("3 if 1 < width < 9 else 4", 3),
        (" width ", 8), ("twice", 16), ("len(mode)", 3), ("int(float('4'))", 4), ("table['a']", 5),
    ],
)  # fmt: skip
def test_expressions(expression: str, value: int) -> None:
    text = (
        "archcompiler: 1\ninputs: {x: [3]}\n"
        'params:\n  twice: "${width * 2}"\n  width: 8\n  sizes: [16, 32, 64]\n  deep: true\n  mode: sum\n'
        "  table: {value: {a: 5}}\n"
        f'layers:\n  - Dense: "${{{expression}}}"\n'
    )
    assert graph(text).outputs["dense"].shape == (None, value)


def test_an_expression_keeps_its_type_or_is_pasted() -> None:
    text = (
        "archcompiler: 1\ninputs: {x: [5, 2]}\nparams: {every: true, rate: 0.5, size: 3, word: head}\n"
        'description: "A model of ${size} units, ${rate} and ${every}."\nlayers:\n'
        '  - LSTM: {units: "${size}", return_sequences: "${every}", dropout: "${rate}"}\n    name: "${word}_${size}"\n'
    )
    assert graph(text).outputs["head_3"].shape == (None, 5, 3)


def test_long_params() -> None:
    text = (
        "archcompiler: 1\ninputs: {x: [3]}\nparams:\n"
        "  units: {value: 64, min: 1, max: 512, description: How wide.}\n  size: {value: 16, choices: [16, 32]}\n"
        'layers: [{Dense: "${units}"}, {Dense: "${size}"}]\n'
    )
    assert graph(text).param_count == dense(3, 64) + dense(64, 16)
    assert graph(text, units=2, size=32).param_count == dense(3, 2) + dense(2, 32)
    assert [one.code for one in told(text, units=513).diagnostics] == ["ARC113"]
    assert [one.code for one in told(text, size=17).diagnostics] == ["ARC113"]
    assert [one.code for one in told(text, unit=17).diagnostics] == ["ARC108"]
    assert [one.code for one in told(text, units="64").diagnostics] == ["ARC103"]


def test_a_param_without_a_value_is_required() -> None:
    text = 'archcompiler: 1\ninputs: {x: [3]}\nparams: {units: {min: 1}}\nlayers: [{Dense: "${units}"}]\n'
    assert [one.code for one in told(text).diagnostics] == ["ARC102"]
    assert graph(text, units=5).outputs["dense"].shape == (None, 5)


def test_whole_parts_from_params() -> None:
    text = (
        'archcompiler: 1\ninputs: {x: "${shape}"}\nparams: {shape: [24, 2], head: {value: {Dense: 7}}}\n'
        'layers: [Flatten, "${head}"]\n'
    )
    assert graph(text).outputs["dense"].shape == (None, 7)


# ── targets and training ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "targets",
    [
        "targets: {forecast: {shape: [24, 2]}}", "targets: {forecast: [24, 2]}", "target: {shape: [24, 2]}",
        "targets: {forecast: {same_as: readings}}", "target: {same_as: readings}",
        "targets: {forecast: {next_step_of: readings}}", "target: {shape: [24, 2], dtype: float32}", "targets: {}",
    ],
)  # fmt: skip
def test_targets(targets: str) -> None:
    of("LSTM: {units: 2, return_sequences: true}\n    name: forecast", more=f"{targets}\ntraining: {{loss: mse}}\n")


@pytest.mark.parametrize(
    "training",
    [
        "optimizer: RMSProp", "optimizer: adam", "optimizer: Adam", "optimizer: {Adam: 0.01}",
        "optimizer: {Adam: {learning_rate: 0.01}}",
        "optimizer: {SGD: {learning_rate: {ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 10, "
        "decay_rate: 0.9}}}}", "loss: mse", "loss: mean_squared_error", "loss: MeanSquaredError",
        "loss: {Huber: {delta: 2.0}}",
        "loss: {Huber: 2.0}", "loss: {forecast: mse}", "loss: {forecast: {Huber: {delta: 2.0}}}", "metrics: [mae]",
        "metrics: mae", "metrics: {forecast: [mae, mse]}", "metrics: {forecast: mae}",
        "metrics: [{MeanAbsoluteError: {name: error}}]", "metrics: []", "loss_weights: {forecast: 0.5}",
        "class_weight: {0: 1.0, 1: 20}", "batch_size: 16", "epochs: 3", "shuffle: false", "validation_split: 0.1",
        "callbacks: [{EarlyStopping: {patience: 3}}]", "callbacks: [EarlyStopping]",
        "callbacks: [{EarlyStopping: val_loss}]",
    ],
)  # fmt: skip
def test_training(training: str) -> None:
    of("LSTM: 2\n    name: forecast", more=f"training:\n  {training}\n")


# ── how a spec may be given ───────────────────────────────────────────────────────────────────────────────────────────

DATA: dict[str, Any] = {
    "archcompiler": 1,
    "params": {"units": 8},
    "inputs": {"x": {"shape": [24, None], "dtype": "float32"}, "y": [24, 2]},
    "layers": [{"LSTM": {"units": "${units}", "return_sequences": True}, "from": "y"}, "GlobalMaxPooling1D",
               {"Flatten": None, "from": "x"}],
    "outputs": ["global_max_pooling1d", "flatten"],
    "training": {"loss": {"flatten": "mse"}, "loss_weights": {"flatten": 1.0}},
}  # fmt: skip


def test_a_mapping_and_json_are_specs_too() -> None:
    for source in (DATA, io.StringIO(json.dumps(DATA)), io.StringIO(json.dumps(DATA, indent=2)),
                   io.BytesIO(json.dumps(DATA).encode())):  # fmt: skip
        report = archcompiler.check(source)
        assert report.diagnostics == () and report.graph is not None
        assert report.graph.outputs["global_max_pooling1d"].shape == (None, 8)
        assert report.graph.param_count == lstm(2, 8)


def test_numbers_that_are_keys_are_strings_in_json() -> None:
    one = {"archcompiler": 1, "inputs": {"x": [3]}, "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]}
    training = {"loss": "sparse_categorical_crossentropy", "class_weight": {"0": 1.0, "1": 2.0}}
    for source in (one | {"training": training}, io.StringIO(json.dumps(one | {"training": training}))):
        assert archcompiler.check(source).diagnostics == ()


def test_a_path(tmp_path: Path) -> None:
    path = tmp_path / "tank.yaml"
    path.write_text(json.dumps(DATA), encoding="utf-8")
    assert archcompiler.check(path).ok and archcompiler.check(str(path)).ok
    with path.open("rb") as file:
        assert archcompiler.check(file).path == str(path)
    with pytest.raises(FileNotFoundError):
        archcompiler.check(tmp_path / "none.yaml")


def test_anchors_and_merge_keys() -> None:
    text = """
archcompiler: 1
inputs: {x: &shape [24, 2]}
models:
  m: {inputs: {y: *shape}, layers: [Flatten]}
layers:
  - LSTM: &memory {units: 8, return_sequences: true}
  - LSTM: *memory
  - LSTM: {<<: *memory, units: 4}
  - LSTM: {<<: [{units: 2}, *memory], return_sequences: false}
  - &head {Dense: 3}
  - *head
"""
    found = graph(text.replace("models:\n  m: {inputs: {y: *shape}, layers: [Flatten]}\n", ""))
    assert list(shapes(found).values()) == [
        (None, 24, 8),
        (None, 24, 8),
        (None, 24, 4),
        (None, 2),
        (None, 3),
        (None, 3),
    ]
    assert list(shapes(found))[-2:] == ["dense", "dense_1"]
    assert [one.code for one in told(text).diagnostics] == ["ARC405"]


def test_yaml_is_1_2() -> None:
    found = of("Dropout: 1e-3", "Dense: 017", "Dense: {units: 3, use_bias: True}", "Dense: 0x10\n    name: on")
    assert list(shapes(found)) == ["dropout", "dense", "dense_1", "on"]
    assert found.nodes["dense"].outputs[0].shape == (None, 24, 17)
    assert found.nodes["on"].outputs[0].shape == (None, 24, 16)


def test_other_alphabets() -> None:
    found = of("Dense: 3\n    name: größe", "Dense: 2\n    from: größe", inputs="вход: [4]")
    assert list(shapes(found)) == ["größe", "dense"]


# ── what stands elsewhere ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_batch_size_of_one_input() -> None:
    text = "archcompiler: 1\ninputs:\n  x: {shape: [24, 2], batch_size: 8}\nlayers: [{Dense: 2}]\n"
    [error] = told(text).errors
    assert (error.code, error.loc) == ("ARC101", ("inputs", "x", "batch_size"))
    assert error.help is not None and "at the top" in error.help


def test_a_layer_called_again_cannot_be_frozen_there() -> None:
    spec = {
        "archcompiler": 1,
        "inputs": {"x": [4]},
        "layers": [{"Dense": 4, "name": "shared"}, {"shared": None, "trainable": False}],
    }
    [error] = archcompiler.check(spec).errors
    assert (error.code, error.loc) == ("ARC209", ("layers", 1, "trainable"))


GENERATOR = """archcompiler: 1
inputs: {words: {shape: [steps], dtype: int32}}
layers:
  - Embedding: {input_dim: 50, output_dim: 8}
  - LSTM: {units: 8, return_sequences: true}
  - Dense: {units: 50, activation: softmax}
    name: next_word
"""


@pytest.mark.parametrize(
    ("written", "code", "word"),
    [
        ("{feedbak: {next_word: words}, sample: greedy}", "ARC101", "feedbak"),
        ("{feedback: {next_word: words}, sample: gredy}", "ARC103", "gredy"),
        ("{feedback: {next_word: words}, sample: {temprature: 1}}", "ARC101", "temprature"),
        ("{feedback: {next_word: words}, sample: {top_p: 2}}", "ARC103", "2"),
        ("{feedback: words, sample: greedy}", "ARC103", "words"),
        ("{feedback: {next_word: words}, steps: 0, sample: greedy}", "ARC103", "0"),
        ("{}", "ARC102", "generation"),
        ("7", "ARC103", "7"),
    ],
)
def test_what_is_wrong_in_generation_is_told_once(written: str, code: str, word: str) -> None:
    text = f"{GENERATOR}generation: {written}\n"
    (found,) = told(text).diagnostics
    assert found.code == code
    assert found.span is not None
    assert text.splitlines()[found.span.line - 1][found.span.column - 1 :].startswith(word)
