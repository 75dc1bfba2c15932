"""What is right is let go, and what is wrong is told once and truly: targets without losses, units that begin alike,
what is left over from Keras 2."""

from __future__ import annotations

import io

import pytest

import archcompiler
from archcompiler import Report

HEADS = """\
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 8
    name: memory
  - Dense: 1
    name: level
    from: memory
  - Dense: {units: 1, activation: sigmoid}
    name: alarm
    from: memory
outputs: [level, alarm]
"""
TARGETS = "targets: {level: {shape: [1]}, alarm: {shape: [1]}}\n"
DATA = "data: {readings: {shape: [9, 24, 2]}, level: {shape: [9, 1]}, alarm: {shape: [9, 1]}}\n"


def checked(text: str) -> Report:
    return archcompiler.check(io.StringIO(text))


def codes(text: str) -> list[str]:
    return [one.code for one in checked(text).diagnostics]


def test_data_may_hold_more_than_is_trained_on() -> None:
    one = "training: {loss: {level: mse}}\n"
    assert codes(HEADS + TARGETS + one) == ["ARC427"]
    assert codes(HEADS + DATA + one) == []
    assert codes(HEADS + "targets: {level: {shape: [1]}}\n" + DATA + one) == []


def test_a_loss_under_an_unknown_name_is_told_once() -> None:
    assert codes(HEADS + TARGETS + "training: {loss: {level: mse, alarms: binary_crossentropy}}\n") == ["ARC303"]


@pytest.mark.parametrize(("last", "stay"), [("Dense: 1", False), ("Dense: {units: 1, kernel_initializer: ones}", True)])
def test_units_that_begin_alike_stay_so_where_all_behind_them_is_constant(last: str, stay: bool) -> None:
    first = "Dense: {units: 8, activation: tanh, kernel_initializer: ones}"
    (told,) = checked(f"archcompiler: 1\ninputs: {{x: [3]}}\nlayers: [{{{first}}}, {{{last}}}]\n").diagnostics
    assert told.code == "ARC419"
    assert ("stay alike" in told.message) == stay


@pytest.mark.parametrize("stay", [False, True])
def test_units_of_keras_come_apart_where_random_weights_lie_behind_them(stay: bool) -> None:
    import keras
    import numpy as np

    keras.utils.set_random_seed(1)
    x = np.random.normal(size=(256, 3)).astype("float32")
    last = keras.layers.Dense(1, kernel_initializer="ones" if stay else "glorot_uniform")
    first = keras.layers.Dense(8, activation="tanh", kernel_initializer="ones")
    model = keras.Sequential([keras.Input((3,)), first, last])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1] * x[:, 1:2], epochs=5, verbose=0)
    assert (np.std(first.get_weights()[0], axis=1).max() < 1e-6) == stay


LEFT_OVER = "archcompiler: 1\ninputs: {x: [12, 4]}\nlayers: [{%s}, {Dense: 5}]\n"


def test_what_changes_nothing_is_left_out_with_a_warning() -> None:
    report = checked(LEFT_OVER % "LSTM: {units: 16, implementation: 2}")
    assert report.ok and [one.code for one in report.diagnostics] == ["ARC409"]
    assert "implementation" not in report.graph.nodes["lstm"].node.thing.given  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ("LSTM: {units: 16, input_shape: [12, 4]}", "Keras 3 does not use it"),
        ("SimpleRNN: {units: 16, implementation: 1}", "Keras 3 has no"),
        ("LSTM: {units: 16, time_major: false}", "Keras 3 has no"),
        ("LayerNormalization: {rms_scaling: true}", "is deprecated"),
    ],
)
def test_what_is_left_over_is_told_as_keras_takes_it(layer: str, words: str) -> None:
    (told,) = checked(LEFT_OVER % layer).errors
    assert told.code == "ARC114"
    assert words in told.message
