"""Emitted code and in-process build of every form of a spec: the same model, bit for bit, and trainable."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import archcompiler
from archcompiler.emit.literals import docstring, python
from tests.test_examples import assert_as_ruff_wants_it, module_of, some_inputs, without_registration


def spec(layers: list[Any], **others: Any) -> dict[str, Any]:
    return {"archcompiler": 1, "name": "tried", "inputs": {"x": [5, 4]}, "layers": layers, **others}


TWO_OUTPUTS = [
    {"LSTM": 8, "name": "code"},
    {"Dense": 3, "name": "values"},
    {"Dense": {"units": 4, "activation": "softmax"}, "name": "kind", "from": "code"},
]
ONE_DENSE: dict[str, Any] = {"one_dense": {"inputs": {"features": [4]}, "layers": [{"Dense": 3}]}}
PAIR: dict[str, Any] = {
    "inputs": {"signal": [5, 4]},
    "layers": [{"Dense": 3, "name": "one"}, {"Dense": 3, "name": "two", "from": "signal"}],
}
FORMS: dict[str, dict[str, Any]] = {
    "chain": spec([{"LSTM": 8}, {"Dense": {"units": 2, "activation": "relu"}}]),
    "objects": spec(
        [
            {"Dense": {"units": 8, "activation": {"ReLU": {"max_value": 20}}, "kernel_regularizer": {"L2": 0.01}}},
            {"Dense": {"units": 8, "kernel_initializer": {"Orthogonal": {"gain": 2.0, "seed": 3}}}},
            {"Dense": {"units": 2, "kernel_constraint": {"MaxNorm": 3.0}, "bias_initializer": "ones"}},
        ]
    ),
    "tuples": spec([{"Conv1D": {"filters": 6, "kernel_size": [2], "strides": [1]}}, {"Reshape": [-1, 2]}, "Flatten"]),
    "wrappers": spec(
        [
            {"Bidirectional": {"layer": {"GRU": {"units": 3, "return_sequences": True}}, "merge_mode": "sum"}},
            {"TimeDistributed": {"Dense": 6}},
            {"RNN": {"cell": [{"LSTMCell": 5}, {"GRUCell": 3}], "return_sequences": True}},
        ]
    ),
    "states": spec(
        [
            {"LSTM": {"units": 6, "return_state": True}, "outputs": ["last", "h", "c"], "name": "reader"},
            {"Concatenate": None, "from": ["reader.h", "reader.c"]},
            {"Dense": 2},
        ]
    ),
    "unused_states": spec([{"GRU": {"units": 6, "return_state": True}}, {"Dense": 2}]),
    "siamese": spec(
        [
            {"LSTM": 8, "name": "tower", "from": "x"},
            {"tower": None, "from": "y", "name": "other"},
            {"Subtract": None, "from": ["tower", "other"]},
            {"Dense": 1},
        ],
        inputs={"x": [5, 4], "y": [5, 4]},
    ),
    "nested": spec(
        ["outer", {"Dense": 2}],
        models={
            "outer": {"inputs": {"x": [5, 4]}, "layers": [{"TimeDistributed": "inner"}, {"LSTM": 3}, "tail"]},
            "inner": {"inputs": {"row": [4]}, "layers": [{"Dense": 3}]},
            "tail": {"inputs": {"code": [3]}, "layers": [{"Dense": 3}]},
        },
    ),
    "called_twice": spec(
        [
            {"encoder": None, "from": "x", "name": "left"},
            {"encoder": None, "from": "y", "name": "right"},
            {"Add": None, "from": ["left", "right"]},
        ],
        inputs={"x": [5, 4], "y": [7, 4]},
        models={"encoder": {"inputs": {"series": ["steps", 4]}, "layers": [{"LSTM": 3}]}},
    ),
    "frozen": spec(
        [{"encoder": None, "trainable": False}, {"Dense": 3, "trainable": False}, {"Dense": 2}],
        models={"encoder": {"inputs": {"x": [5, 4]}, "layers": [{"LSTM": 3}]}},
    ),
    "one_is_joined": spec([{"LSTM": 4, "name": "a"}, {"Add": None, "from": ["a"]}, {"Dense": 2, "from": ["previous"]}]),
    "output_list": spec(TWO_OUTPUTS, outputs=["values", "kind"]),
    "output_dict": spec(TWO_OUTPUTS, outputs={"amount": "values", "label": "kind"}),
    "awkward_names": spec(
        [
            {"Dense": 4, "name": "keras"},
            {"Dense": 4, "name": "layers"},
            {"Dense": 4, "name": "lambda_"},
            {"Dense": 4, "name": "class"},
            {"Dense": 4, "name": "model"},
            {"Dense": 4, "name": "größe"},
        ]
    ),
    "model_called_model": spec(
        ["model", {"Dense": 2}], models={"model": {"inputs": {"x": [5, 4]}, "layers": [{"LSTM": 3}]}}
    ),
    **{
        f"frozen_{next(iter(one)).lower()}": spec([{**one, "trainable": False, "name": "held"}, {"Dense": 2}])
        for one in (
            {"TimeDistributed": {"Dense": 3}},
            {"Bidirectional": {"LSTM": 3}},
            {"RNN": {"cell": [{"LSTMCell": 3}, {"GRUCell": 4}]}},
            {"SpectralNormalization": {"Dense": 3}},
            {"MultiHeadAttention": {"num_heads": 2, "key_dim": 3}, "from": {"query": "x", "value": "x"}},
        )
    },
    "frozen_wrapped_model": spec(
        [{"TimeDistributed": "one_dense", "trainable": False}, {"Dense": 2}], models=ONE_DENSE
    ),
    "dict_of_a_nested_model": spec(
        ["both", {"Subtract": None, "from": ["both.late", "both.early"]}, {"Add": None, "from": ["previous", "both"]}],
        models={"both": {**PAIR, "outputs": {"late": "one", "early": "two"}}},
    ),
    "one_of_a_dict": spec(
        ["both", {"Dense": 2}], models={"both": {**PAIR, "outputs": {"late": "one", "early": "two"}}}
    ),
    "list_of_one": spec(
        ["single", {"Dense": 2}],
        models={"single": {"inputs": {"x": [5, 4]}, "layers": [{"Dense": 3}], "outputs": ["dense"]}},
    ),
    "description": spec([{"Dense": 1}], description='Says "hello" \\ and """ends""" with a quote"'),
    "float64": spec([{"Dense": {"units": 2, "dtype": "float16"}}, {"LayerNormalization": {"axis": [1, 2]}}]),
}


@pytest.mark.parametrize("form", FORMS)
def test_emitted_and_built_are_one_model(form: str, tmp_path: Path):
    source = archcompiler.emit(FORMS[form])
    keras.utils.set_random_seed(11)
    emitted = module_of(source, form).build_model()
    built = archcompiler.build(FORMS[form], seed=11)
    report = archcompiler.check(FORMS[form])
    assert report.graph is not None
    assert not report.diagnostics, str(report)

    assert without_registration(emitted.get_config()) == without_registration(built.get_config())
    one, other = emitted.get_weights(), built.get_weights()
    assert all(np.array_equal(left, right) for left, right in zip(one, other, strict=True))
    assert report.graph.param_count == built.count_params()
    assert report.graph.trainable_param_count == sum(int(np.prod(w.shape)) for w in built.trainable_weights)
    assert list(report.graph.inputs) == [tensor.name for tensor in built.inputs]
    inputs = some_inputs(built)
    outputs = [model(inputs if len(inputs) > 1 else inputs[0]) for model in (emitted, built)]
    flat = [keras.tree.flatten(output) for output in outputs]
    assert all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in zip(*flat, strict=True))
    assert [typed.shape for typed in report.graph.outputs.values()] == [tensor.shape for tensor in built.outputs]

    file = tmp_path / "model.py"
    file.write_text(source, encoding="utf-8")
    assert_as_ruff_wants_it(file)


OBJECTS = {"values": "mse", "kind": "sparse_categorical_crossentropy"}
TRAININGS: dict[str, tuple[dict[str, Any], dict[str, tuple[int, ...]]]] = {
    "one": (
        spec([{"LSTM": 8}, {"Dense": 3}], training={"optimizer": "sgd", "loss": "mae", "metrics": ["mse"]}),
        {"x": (5, 4), "dense": (3,)},
    ),
    "list": (
        spec(TWO_OUTPUTS, outputs=["values", "kind"], training={"loss": OBJECTS, "metrics": {"kind": "accuracy"}}),
        {"x": (5, 4), "values": (3,), "kind": ()},
    ),
    "dict": (
        spec(
            TWO_OUTPUTS,
            outputs={"amount": "values", "label": "kind"},
            training={
                "loss": {"amount": {"Huber": {"delta": 2.0}}, "label": "sparse_categorical_crossentropy"},
                "loss_weights": {"amount": 0.5},
                "metrics": {"label": ["accuracy"]},
            },
        ),
        {"x": (5, 4), "amount": (3,), "label": ()},
    ),
    "one_loss_for_two": (
        spec(TWO_OUTPUTS, outputs=["values", "kind"], training={"loss": "mse"}),
        {"x": (5, 4), "values": (3,), "kind": (4,)},
    ),
    "one_output_without_a_loss": (
        spec(TWO_OUTPUTS, outputs=["values", "kind"], training={"loss": {"values": "mse"}}),
        {"x": (5, 4), "values": (3,)},
    ),
    "one_of_two_in_a_dict": (
        spec(
            TWO_OUTPUTS,
            outputs={"amount": "values", "label": "kind"},
            training={"loss": {"amount": "mse"}, "loss_weights": {"amount": 2.0}, "metrics": ["mae"]},
        ),
        {"x": (5, 4), "amount": (3,)},
    ),
    "weighted": (
        spec([{"LSTM": 8}, {"Dense": 3}], training={"loss": "mse", "loss_weights": {"dense": 0.5}, "metrics": "mae"}),
        {"x": (5, 4), "dense": (3,)},
    ),
    "weights_in_a_list": (
        spec(TWO_OUTPUTS, outputs=["values", "kind"], training={"loss": OBJECTS, "loss_weights": {"kind": 0.1}}),
        {"x": (5, 4), "values": (3,), "kind": ()},
    ),
    "schedule": (
        spec(
            [{"LSTM": 8}, {"Dense": {"units": 1, "activation": "sigmoid"}}],
            training={
                "optimizer": {
                    "Adam": {
                        "learning_rate": {
                            "ExponentialDecay": {
                                "initial_learning_rate": 0.1,
                                "decay_steps": 10,
                                "decay_rate": 0.5,
                            }
                        }
                    }
                },
                "loss": "binary_crossentropy",
                "class_weight": {0: 1.0, 1: 5.0},
                "batch_size": 4,
                "shuffle": False,
                "validation_split": 0.25,
                "callbacks": ["TerminateOnNaN", {"EarlyStopping": {"patience": 1}}],
            },
        ),
        {"x": (5, 4), "dense": (1,)},
    ),
}


@pytest.mark.parametrize("form", TRAININGS)
def test_emitted_training_trains(form: str):
    given, shapes = TRAININGS[form]
    random = np.random.default_rng(0)
    data: dict[str, np.ndarray] = {name: random.normal(size=(16, *shape)) for name, shape in shapes.items()}
    for name in ("kind", "label"):
        if data.get(name) is not None and data[name].ndim == 1:
            data[name] = random.integers(0, 4, 16)
    if form == "schedule":
        data["dense"] = random.integers(0, 2, (16, 1))
    module = module_of(archcompiler.emit(given), form)
    weights = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        model = module.build_model()
        before = model.get_weights()
        module.compile_model(model)
        history = module.train(model, data, validation_data=data, epochs=2, verbose=0)
        assert len(history.history["loss"]) == 2
        assert all(np.isfinite(history.history["loss"]))
        assert "val_loss" in history.history
        weights.append(model.get_weights())
        assert any(not np.array_equal(one, other) for one, other in zip(before, weights[-1], strict=True))
    built = archcompiler.build(given, seed=5)
    one, other = built.get_compile_config(), model.get_compile_config()
    for config in (one, other):
        if isinstance(config["optimizer"], dict):
            config["optimizer"]["config"].pop("name")
    assert one == other
    assert all(np.array_equal(left, right) for left, right in zip(*weights, strict=True))


def test_a_program_without_training_has_a_summary(tmp_path: Path):
    (tmp_path / "tried.py").write_text(archcompiler.emit(FORMS["chain"]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "tried.py", "summary"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Total params" in done.stdout
    assert "numpy" not in (tmp_path / "tried.py").read_text(encoding="utf-8")


def test_emit_refuses_what_has_an_error():
    with pytest.raises(archcompiler.CompileError) as caught:
        archcompiler.emit(spec([{"LSTM": 8}, {"LSTM": 8}]))
    assert [one.code for one in caught.value.report.errors] == ["ARC201"]
    with pytest.raises(archcompiler.CompileError):
        archcompiler.build(spec([{"LSTM": 8}, {"LSTM": 8}]))


HOSTILE_TEXTS = [
    '"""', '\\"""', '""""', "\\", "a\\", "'''", "\n\n", "import os", "{{ x }}", "{% raw %}", "\u2028", "é\u202e", "\0",
    '"; import os; "', "#", "x\r\ny", "\x7f", "end\"",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_no_text_of_a_spec_becomes_code(text: str):
    assert ast.literal_eval(python(text)) == text
    assert isinstance(ast.literal_eval(docstring(text or "x")), str)
    source = archcompiler.emit(spec([{"Dense": 1}], description=text or "x"))
    tree = ast.parse(source)
    imports = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imports == {"argparse", "keras"}
    ours = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert ours == ["build_model", "main"]


def test_nothing_of_archcompiler_is_imported():
    source = archcompiler.emit(FORMS["nested"])
    tree = ast.parse(source)
    names = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert set(names) == {"argparse", "keras"}


def test_a_spec_may_stand_in_a_file_of_any_name(tmp_path: Path):
    path = tmp_path / 'my "quoted" 2nd model.yaml'
    path.write_text("archcompiler: 1\ninputs: {x: [4]}\nlayers: [{Dense: 1}]\n", encoding="utf-8")
    source = archcompiler.emit(path)
    ast.parse(source)
    assert 'name="my__quoted__2nd_model"' in source
