"""Exports, run by TensorFlow and by onnxruntime: a step with its states in the open gives what Keras generates."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import archcompiler
from tests.programs import program_of

SPEC = """archcompiler: 1
name: tank
inputs: {readings: [steps, 2]}
layers:
  - LSTM: {units: 5, return_sequences: true}
  - Conv1D: {filters: 4, kernel_size: 3, padding: causal}
  - GRU: {units: 3, return_sequences: true}
  - Dense: 2
    name: forecast
generation: {feedback: {forecast: readings}}
"""
SEQUENCES, STEPS = 3, 8


def archc(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "archcompiler", *arguments]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def saved_model(path: Path) -> tuple[dict[str, Any], Callable[[dict[str, Any]], dict[str, Any]]]:
    import tensorflow as tf

    step = tf.saved_model.load(str(path)).signatures["serving_default"]
    shapes = {name: tuple(one.shape) for name, one in step.structured_input_signature[1].items()}
    return shapes, lambda given: {name: one.numpy() for name, one in step(**given).items()}


def onnx(path: Path) -> tuple[dict[str, Any], Callable[[dict[str, Any]], dict[str, Any]]]:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path))
    names = [one.name for one in session.get_outputs()]
    shapes = {one.name: tuple(one.shape) for one in session.get_inputs()}
    return shapes, lambda given: dict(zip(names, session.run(None, given), strict=True))


@pytest.mark.parametrize(("form", "name", "load"), [("saved_model", "step", saved_model), ("onnx", "step.onnx", onnx)])
def test_a_step_with_its_states_in_the_open(form: str, name: str, load: Any, tmp_path: Path) -> None:
    (tmp_path / "tank.yaml").write_text(SPEC)
    built: Any = archcompiler.build(tmp_path / "tank.yaml", seed=3)
    built.save(tmp_path / "tank.keras")
    given = ("build", "tank.yaml", "--export", form, "--step", "--weights", "tank.keras", "-o", name)
    done = archc(*given, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "lstm_0" in done.stderr
    shapes, step = load(tmp_path / name)
    known = np.random.default_rng(0).normal(size=(SEQUENCES, 1, 2)).astype("float32")
    states = {
        name: np.zeros((SEQUENCES, *shape[1:]), "float32") for name, shape in shapes.items() if name != "readings"
    }
    assert len(states) == 4, "h and c, the steps that the convolution looks back at, h"
    fed, made = known, []
    for _ in range(STEPS):
        result = step({"readings": fed, **states})
        fed = result["forecast"]
        states = {name: result[f"new_{name}"] for name in states}
        made.append(fed)
    wanted = program_of(SPEC).generate(built, known, steps=STEPS)
    np.testing.assert_allclose(np.concatenate(made, axis=1), wanted, atol=1e-5)
    assert archc(*given, folder=tmp_path).returncode == 2, "what is there is not overwritten"


def test_the_whole_model_as_onnx(tmp_path: Path) -> None:
    (tmp_path / "tank.yaml").write_text(SPEC)
    done = archc("build", "tank.yaml", "--export", "onnx", "--seed", "3", "-o", "tank.onnx", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    built: Any = archcompiler.build(tmp_path / "tank.yaml", seed=3)
    shapes, run = onnx(tmp_path / "tank.onnx")
    x = np.random.default_rng(0).normal(size=(2, 7, 2)).astype("float32")
    (made,) = run({next(iter(shapes)): x}).values()
    np.testing.assert_allclose(made, keras.ops.convert_to_numpy(built(x)), atol=1e-5)


def test_what_has_no_step_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tank.yaml").write_text(SPEC.replace("generation: {feedback: {forecast: readings}}\n", ""))
    done = archc("build", "tank.yaml", "--export", "onnx", "--step", "-o", "tank.onnx", folder=tmp_path)
    assert done.returncode == 2
    assert "no step to export" in done.stderr
