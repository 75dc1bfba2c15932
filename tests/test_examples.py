"""Every example: checked, compared with the same model written by hand, emitted, built, and run on its real data."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest
from ruff.__main__ import find_ruff_bin

import archcompiler
from archcompiler.build.program import program_of as module_of
from tests import handwritten

EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.yaml"))
TOPOLOGIES = {
    "many_to_many": "many_to_many",
    "many_to_one": "many_to_one",
    "one_to_many_repeat": "one_to_many",
    "stateful_next_step": "many_to_many",
    "autoencoder": "many_to_many",
    "word_classifier": "many_to_many",
    "two_inputs": "many_to_one",
    "one_to_many_generated": "many_to_many",
    "finds_faults": "many_to_many",
    "goes_on_alone": "many_to_many",
    "goes_on_alone_stateful": "many_to_many",
    "writes_text": "many_to_many",
    "resnet20": "one_to_one",
    "wavenet": "many_to_many",
    "seq2seq_attention": "many_to_many",
    "transformer_classifier": "many_to_one",
    "siamese": "one_to_one",
    "temporal_convolution": "many_to_one",
}


def datasets() -> ModuleType:
    spec = importlib.util.spec_from_file_location("datasets", EXAMPLES / "datasets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def assert_as_ruff_wants_it(file: Path) -> None:
    """Formatted, and without a finding, by ruff's default rules."""
    for command in (["format", "--check"], ["check"]):
        done = subprocess.run(
            [find_ruff_bin(), *command, "--isolated", "--no-cache", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def some_inputs(model: keras.Model, samples: int = 8) -> list[np.ndarray]:
    """Random arrays for the model's inputs; axes of any size have five steps."""
    random = np.random.default_rng(0)
    arrays = []
    for tensor in model.inputs:
        shape = [samples, *(5 if size is None else size for size in tensor.shape[1:])]
        if "int" in tensor.dtype:
            arrays.append(random.integers(0, 40, shape).astype(tensor.dtype))
        else:
            arrays.append(random.normal(size=shape).astype(tensor.dtype))
    return arrays


def without_registration(config: Any) -> Any:
    """A configuration without what tells one process from another: shared object ids, and the homes of classes."""
    if isinstance(config, dict):
        module = config.get("registered_name") and "module"  # a class that is written out is one of each module
        return {
            key: without_registration(one) for key, one in config.items() if key not in ("shared_object_id", module)
        }
    if isinstance(config, (list, tuple)):
        return [without_registration(one) for one in config]
    return config


def all_layers(model: keras.Model) -> list[keras.Layer]:
    return [
        inner
        for layer in model.layers
        for inner in ([*all_layers(layer), layer] if isinstance(layer, keras.Model) else [layer])
    ]


def test_every_example_is_known():
    assert set(NAMES) == set(TOPOLOGIES)


@pytest.mark.parametrize("name", NAMES)
def test_check_agrees_with_keras_layer_by_layer(name: str):
    report = archcompiler.check(EXAMPLES / f"{name}.yaml")
    assert not report.diagnostics
    graph = report.graph
    assert graph is not None
    assert graph.topology == TOPOLOGIES[name]
    keras.backend.clear_session()
    model = getattr(handwritten, name)()
    assert graph.param_count == model.count_params()
    assert graph.trainable_param_count == sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    pairs = [(graph, model)]
    while pairs:
        typed, real = pairs.pop()
        called = {node.node.target: node for node in reversed(typed.nodes.values()) if node.node.kind == "model"}
        known = {**typed.nodes, **called}
        own = [layer for layer in real.layers if type(layer).__name__ != "NotEqual"]  # Keras's own, for a mask
        nodes = {name: node for name, node in typed.nodes.items() if not node.class_name.startswith("ops.")}
        assert {node.node.target if node.node.kind == "model" else name for name, node in nodes.items()} == {
            layer.name for layer in own
        }
        for layer in own:
            node = known[layer.name]
            first = layer.output[0] if isinstance(layer.output, (list, tuple)) else layer.output
            assert node.outputs[0].dtype == first.dtype
            assert node.params == layer.count_params()
            assert node.trainable_params == sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)
            if isinstance(layer, keras.Model):
                pairs.append((graph.models[layer.name], layer))
            else:
                assert node.class_name.removeprefix("ops.").lower() == type(layer).__name__.lower()
            assert node.outputs[0].shape == tuple(first.shape)


@pytest.mark.parametrize("name", NAMES)
def test_emitted_and_built_are_the_handwritten_model(name: str):
    path = EXAMPLES / f"{name}.yaml"
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    by_hand = getattr(handwritten, name)()
    module = module_of(archcompiler.emit(path), name)
    keras.backend.clear_session()  # Keras names operations by how many there were
    keras.utils.set_random_seed(7)
    emitted = module.build_model()
    module.compile_model(emitted)
    keras.backend.clear_session()
    built = archcompiler.build(path, seed=7)

    assert [layer.name for layer in all_layers(built)] == [layer.name for layer in all_layers(by_hand)]
    assert without_registration(emitted.get_config()) == without_registration(built.get_config())
    one, other = emitted.get_compile_config(), built.get_compile_config()
    for config in (one, other):  # an optimizer's name counts those made in this process
        config["optimizer"]["config"].pop("name")
    assert one == other
    inputs = some_inputs(built)
    for model in (emitted, by_hand):
        weights, others = built.get_weights(), model.get_weights()
        assert len(weights) == len(others)
        assert all(np.array_equal(one, other) for one, other in zip(weights, others, strict=True))
    expected = np.asarray(built(inputs if len(inputs) > 1 else inputs[0]))
    assert np.array_equal(expected, np.asarray(emitted(inputs if len(inputs) > 1 else inputs[0])))


@pytest.mark.parametrize("name", NAMES)
def test_emitted_code_is_as_ruff_wants_it(name: str, tmp_path: Path):
    file = tmp_path / f"{name}.py"
    file.write_text(archcompiler.emit(EXAMPLES / f"{name}.yaml"), encoding="utf-8")
    assert_as_ruff_wants_it(file)


BACKENDS = ["tensorflow", "jax", pytest.param("torch", marks=pytest.mark.slow)]
SERIES = {"goes_on_alone": 900, "goes_on_alone_stateful": 2500, "writes_text": 3000}
"""How many steps are trained on, of data that are one long sequence."""
SMALL = {"word_classifier": {"vocabulary": 60}}


@pytest.mark.parametrize("backend", BACKENDS)
def test_emitted_programs_train_on_real_data(backend: str, tmp_path: Path):
    """As a person runs them: `python NAME.py train data.npz`, one epoch, on every backend that is installed."""
    pytest.importorskip(backend)
    data = datasets()
    for name in NAMES:
        arrays = data.load(name, **SMALL.get(name, {}))
        rows = SERIES.get(name, 80)
        few = {key: array[:rows] for key, array in arrays.items()}
        np.savez(tmp_path / f"{name}.npz", **few)
        source = archcompiler.emit(EXAMPLES / f"{name}.yaml", params=SMALL.get(name))
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    runner = tmp_path / "run_all.py"
    runner.write_text(
        "import json, runpy, sys\n"
        "import keras\n"
        "results = {}\n"
        f"for name in {NAMES!r}:\n"
        "    sys.argv = [name + '.py', 'train', name + '.npz', '--epochs', '1', '--seed', '3', '-o', name + '.keras']\n"
        "    runpy.run_path(name + '.py', run_name='__main__')\n"
        "    results[name] = keras.models.load_model(name + '.keras').count_params()\n"
        "sys.argv = ['many_to_one.py', 'summary']\n"
        "runpy.run_path('many_to_one.py', run_name='__main__')\n"
        "json.dump(results, open('results.json', 'w'))\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(
        [sys.executable, str(runner)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    results = json.loads((tmp_path / "results.json").read_text())
    assert set(results) == set(NAMES)
    for name, count in results.items():
        report = archcompiler.check(EXAMPLES / f"{name}.yaml", params=SMALL.get(name))
        assert report.graph is not None
        assert count == report.graph.param_count
    assert "Total params" in done.stdout
    assert "loss" in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_every_example_shows_what_came_of_it(name: str):
    assert (EXAMPLES / "plots" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert f"(plots/{name}.png)" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
