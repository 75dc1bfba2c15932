"""What is said of the arguments of optimizers and schedules, against Keras: it refuses the same, and takes the rest."""

from __future__ import annotations

import io
from typing import Any

import keras
import numpy as np
import pytest

import archcompiler

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
TEXT = """\
archcompiler: 1
inputs: {x: [4]}
layers: [{Dense: 1}]
target: {shape: [1]}
training: {loss: mse, optimizer: {%s}}
"""
RATE = "SGD: {learning_rate: {%s}}"
DECAY = "initial_learning_rate: 0.01, decay_rate: 0.9"

OPTIMIZERS, SCHEDULES = keras.optimizers, keras.optimizers.schedules
REFUSED: dict[str, tuple[Any, dict[str, Any]]] = {
    "SGD: {momentum: 9}": (OPTIMIZERS.SGD, {"momentum": 9.0}),
    "SGD: {momentum: -0.5}": (OPTIMIZERS.SGD, {"momentum": -0.5}),
    "Lion: {beta_1: 0}": (OPTIMIZERS.Lion, {"beta_1": 0.0}),
    "Lion: {beta_1: 2.0}": (OPTIMIZERS.Lion, {"beta_1": 2.0}),
    "Ftrl: {initial_accumulator_value: -1}": (OPTIMIZERS.Ftrl, {"initial_accumulator_value": -1.0}),
    "Ftrl: {learning_rate_power: 1}": (OPTIMIZERS.Ftrl, {"learning_rate_power": 1.0}),
    "Ftrl: {l1_regularization_strength: -1}": (OPTIMIZERS.Ftrl, {"l1_regularization_strength": -1.0}),
    "Ftrl: {l2_regularization_strength: -1}": (OPTIMIZERS.Ftrl, {"l2_regularization_strength": -1.0}),
    "Ftrl: {l2_shrinkage_regularization_strength: -1}": (
        OPTIMIZERS.Ftrl, {"l2_shrinkage_regularization_strength": -1.0}),
    "Adam: {gradient_accumulation_steps: 1}": (OPTIMIZERS.Adam, {"gradient_accumulation_steps": 1}),
    "Adam: {clipnorm: 1.0, clipvalue: 1.0}": (OPTIMIZERS.Adam, {"clipnorm": 1.0, "clipvalue": 1.0}),
    "Adam: {clipvalue: 1.0, global_clipnorm: 0.5}": (OPTIMIZERS.Adam, {"clipvalue": 1.0, "global_clipnorm": 0.5}),
    RATE % f"ExponentialDecay: {{{DECAY}, decay_steps: 0}}": (SCHEDULES.ExponentialDecay, dict.fromkeys(
        ("initial_learning_rate", "decay_steps", "decay_rate"), 0)),
    RATE % f"InverseTimeDecay: {{{DECAY}, decay_steps: -1}}": (SCHEDULES.InverseTimeDecay, dict.fromkeys(
        ("initial_learning_rate", "decay_steps", "decay_rate"), -1)),
    RATE % "PolynomialDecay: {initial_learning_rate: 0.01, decay_steps: 0}": (
        SCHEDULES.PolynomialDecay, {"initial_learning_rate": 0.01, "decay_steps": 0}),
    RATE % "CosineDecay: {initial_learning_rate: 0.01, decay_steps: 0}": (
        SCHEDULES.CosineDecay, {"initial_learning_rate": 0.01, "decay_steps": 0}),
    RATE % "CosineDecayRestarts: {initial_learning_rate: 0.01, first_decay_steps: 0}": (
        SCHEDULES.CosineDecayRestarts, {"initial_learning_rate": 0.01, "first_decay_steps": 0}),
    RATE % "PiecewiseConstantDecay: {boundaries: [5, 10], values: [0.1, 0.01]}": (
        SCHEDULES.PiecewiseConstantDecay, {"boundaries": [5, 10], "values": [0.1, 0.01]}),
}  # fmt: skip
TAKEN = [
    "SGD: {momentum: 0}", "SGD: {learning_rate: 1}", "SGD: {learning_rate: 1, momentum: 0.9}", "Lion: {beta_1: 0.5}",
    "Ftrl: {learning_rate_power: 0}", "Adam: {gradient_accumulation_steps: 2}", "Adam: {clipnorm: 1}",
    "Adam: {clipnorm: null, clipvalue: 1}", "RMSprop: {momentum: 0, rho: 0}",
    RATE % "PiecewiseConstantDecay: {boundaries: [5, 10], values: [0.1, 0.01, 0.001]}",
]  # fmt: skip


@pytest.mark.parametrize("written", REFUSED)
def test_what_keras_refuses_is_an_error(written: str) -> None:
    made, arguments = REFUSED[written]
    with pytest.raises(ValueError, match=r"must|needs|Only|should|positive|>"):
        made(**arguments)
    assert len(archcompiler.check(io.StringIO(TEXT % written)).errors) == 1


@pytest.mark.parametrize("optimizer", TAKEN)
def test_what_keras_takes_is_built_and_trains(optimizer: str) -> None:
    model = archcompiler.build(io.StringIO(TEXT % optimizer), seed=1)
    assert np.isfinite(model.fit(X, X[:, :1], verbose=0).history["loss"]).all()
