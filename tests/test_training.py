"""Training as emitted: what is cut, scaled, carried on and forgotten, against NumPy and against whole sequences."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import archcompiler
from tests.programs import program_of, run_on

RANDOM = np.random.default_rng(3)


def series(*shape: int) -> np.ndarray:
    return np.cumsum(RANDOM.normal(size=shape), axis=-2).astype("float32")


def joined_spec(layers: str, length: int = 6, more: str = "", scale: str = "", further: str = "") -> str:
    return f"""archcompiler: 1
batch_size: 3
inputs: {{readings: {{shape: [steps, 2]{scale}}}}}
{further}layers:
{layers}
target: {{next_step_of: readings}}
training: {{optimizer: {{SGD: {{learning_rate: 0.0}}}}, loss: mse, windows: {{length: {length}}}{more}}}
"""


MODELS = {
    "lstm": ("  - LSTM: {units: 2, return_sequences: true, STATE}", ""),
    "stacked": (
        "  - GRU: {units: 5, return_sequences: true, STATE}\n  - Dense: 4\n"
        "  - LSTM: {units: 2, return_sequences: true, STATE}",
        "",
    ),
    "cells": ("  - RNN: {cell: [{LSTMCell: 4}, {GRUCell: 2}], return_sequences: true, STATE}", ""),
    "nested": (
        "  - inner\n  - Dense: 2",
        "models:\n  inner:\n    inputs: {x: [steps, 2]}\n"
        "    layers: [{LSTM: {units: 4, return_sequences: true, STATE}}]\n",
    ),
}


class Outputs(keras.callbacks.Callback):
    """The loss of every batch, which tells what the model gave."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[float] = []
        self.total = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.total = 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        total = float(logs["loss"]) * (batch + 1)  # Keras tells the mean so far
        self.losses.append(total - self.total)
        self.total = total


@pytest.mark.parametrize("name", MODELS)
def test_windows_that_join_up_are_the_whole_sequence(name: str) -> None:
    """With a learning rate of 0 the losses of the parts are those of the whole sequences, if and only if state is
    carried from part to part and forgotten between sequences."""
    layers, further = MODELS[name]
    stateful = (layers.replace("STATE", "stateful: true"), further.replace("STATE", "stateful: true"))
    program = program_of(joined_spec(stateful[0], further=stateful[1]))
    model: Any = program.build_model()
    program.compile_model(model)
    whole: Any = program_of(
        joined_spec(layers.replace(", STATE", ""), further=further.replace(", STATE", "")).replace("batch_size: 3", "")
    ).build_model()
    whole.set_weights(model.get_weights())
    data = series(6, 25, 2)  # two groups of three sequences, four windows each
    given = np.asarray(keras.ops.convert_to_numpy(whole(data[:, :-1])))
    errors = ((given - data[:, 1:]) ** 2).mean(axis=-1)  # (sequences, steps)
    wanted = [errors[g * 3 : g * 3 + 3, w * 6 : w * 6 + 6].mean() for g in range(2) for w in range(4)]
    watch = Outputs()
    program.train(model, {"readings": data}, epochs=2, callbacks=[watch], verbose=0)
    np.testing.assert_allclose(watch.losses, wanted * 2, rtol=2e-4, atol=2e-6)
    forgetful = np.asarray(keras.ops.convert_to_numpy(whole(data[:3, 6:12])))
    broken = ((forgetful - data[:3, 7:13]) ** 2).mean()
    assert abs(broken - wanted[1]) > 1e-3, "a reset too many would not be seen"


@pytest.mark.parametrize(("when", "carried"), [("epoch", 8), ("sequence", 4), ("never", 16)])
def test_states_are_forgotten_when_the_spec_says(when: str, carried: int) -> None:
    """A layer that counts steps: its state says since when it was not reset."""
    text = joined_spec("  - LSTM: {units: 2, return_sequences: true, stateful: true}", more=f", reset_states: {when}")
    program = program_of(text)
    model: Any = program.build_model()
    program.compile_model(model)
    data = {"readings": series(6, 25, 2)}
    alone: list[np.ndarray] = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            state = program.recurrent_states(self.model)[0]
            alone.append(np.array(keras.ops.convert_to_numpy(state)))

    program.train(model, data, epochs=2, callbacks=[Watch()], verbose=0)
    free: Any = program_of(text.replace(", stateful: true", "").replace("batch_size: 3", "")
                           .replace(f", reset_states: {when}", "")).build_model()  # fmt: skip
    free.set_weights(model.get_weights())
    order = [data["readings"][g * 3 : g * 3 + 3, w * 6 : w * 6 + 6] for g in range(2) for w in range(4)] * 2
    for at, state in enumerate(alone):
        since = at // carried * carried
        seen = np.concatenate(order[since : at + 1], axis=1)
        wanted = keras.ops.convert_to_numpy(free(seen))[:, -1]
        np.testing.assert_allclose(state, wanted, atol=2e-5)


def test_validation_begins_afresh_and_leaves_no_trace() -> None:
    text = joined_spec("  - LSTM: {units: 2, return_sequences: true, stateful: true}", more=", reset_states: never")
    results = []
    for validation in (None, {"readings": series(3, 25, 2)}):
        keras.utils.set_random_seed(2)
        program = program_of(text.replace("0.0", "0.1"))
        model: Any = program.build_model()
        program.compile_model(model)
        data = {"readings": np.random.default_rng(1).normal(size=(3, 25, 2)).astype("float32")}
        history = program.train(model, data, validation, epochs=3, verbose=0)
        results.append([*model.get_weights(), np.array(history.history["loss"])])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_rows_of_different_lengths_are_padded_with_weight_zero() -> None:
    text = joined_spec("  - LSTM: {units: 2, return_sequences: true, stateful: true}")
    program = program_of(text)
    data = series(2, 25, 2)
    parts, count = program.joined(program.sequences({"readings": data, "lengths": np.array([25, 11])}))
    x, y, weights = program.inputs_and_targets(parts)
    assert (count, x.shape, y.shape, weights.shape) == (4, (12, 6, 2), (12, 6, 2), (12, 6))
    assert (weights[2::3] == 0).all(), "the row that fills the batch up"
    assert (weights[0::3] > 0).all()
    np.testing.assert_array_equal(weights[1::3].reshape(-1) > 0, np.arange(24) < 10)
    assert weights.sum() == pytest.approx(weights.size)
    np.testing.assert_array_equal(x[4][:4], data[1, 6:10])


WINDOWS = """archcompiler: 1
inputs: {readings: {shape: [steps, 2], scale: SCALE}, place: [3]}
layers:
  - LSTM: {units: 4, return_sequences: true}
    from: readings
    name: memory
  - Dense: 2
    name: forecast
  - LSTM: 3
    from: readings
    name: whole
  - Concatenate:
    from: [whole, place]
    name: both
  - Dense: 1
    from: both
    name: wet
outputs: {forecast: forecast, wet: wet}
targets: {forecast: {next_step_of: readings}, wet: {shape: [1]}}
training: {optimizer: adam, loss: mse, windows: {length: 5, stride: 2}, validation_split: 0.25}
"""


def test_windows_are_cut_within_each_sequence() -> None:
    program = program_of(WINDOWS.replace("SCALE", "standard"))
    data = {"readings": series(2, 20, 2), "place": series(2, 3), "wet": series(2, 20, 1), "lengths": np.array([20, 9])}
    x, y = program.inputs_and_targets(program.windows(program.sequences(data)))
    starts = [(0, at) for at in range(0, 15, 2)] + [(1, at) for at in range(0, 4, 2)]
    for row, (sequence, at) in enumerate(starts):
        np.testing.assert_array_equal(x["readings"][row], data["readings"][sequence, at : at + 5])
        np.testing.assert_array_equal(x["place"][row], data["place"][sequence])
        np.testing.assert_array_equal(y["forecast"][row], data["readings"][sequence, at + 1 : at + 6])
        np.testing.assert_array_equal(y["wet"][row], data["wet"][sequence, at + 4])
    assert len(x["readings"]) == len(starts)


@pytest.mark.parametrize("kind", ["standard", "minmax"])
def test_scales_are_those_of_the_training_part(kind: str, tmp_path: Path) -> None:
    text = f"""archcompiler: 1
inputs: {{readings: {{shape: [steps, 2], scale: {kind}}}}}
layers: [{{GRU: {{units: 4, return_sequences: true}}}}, {{Dense: 2, name: forecast}}]
target: {{next_step_of: readings}}
training: {{optimizer: adam, loss: mse, windows: {{length: 5}}, validation_split: 0.25}}
generation: {{feedback: {{forecast: readings}}, steps: 3}}
"""
    program = program_of(text)
    data = {"readings": series(2, 40, 2) + 50}
    model: Any = program.build_model()
    program.compile_model(model)
    program.train(model, data, verbose=0)
    seen = data["readings"][:, :30].reshape(-1, 2)
    offset, factor = np.array(model.scale["readings"])
    if kind == "standard":
        np.testing.assert_allclose([offset, factor], [seen.mean(axis=0), seen.std(axis=0)], rtol=1e-5)
    else:
        np.testing.assert_allclose([offset, factor], [seen.min(axis=0), np.ptp(seen, axis=0)], rtol=1e-5)
    known = data["readings"][:, :7]
    made = program.generate(model, known)
    window = ((known - offset) / factor).astype("float32")
    for _ in range(3):
        window = np.concatenate([window, keras.ops.convert_to_numpy(model(window))[:, -1:]], axis=1)
    np.testing.assert_allclose(made, window[:, 7:] * factor + offset, rtol=1e-4)
    path = tmp_path / "model.keras"
    program.save_model(model, path)
    np.testing.assert_array_equal(program.generate(program.load_model(path), known), made)


def test_a_nested_models_input_is_scaled_as_data() -> None:
    """By hand: arrays are scaled before `fit`, and the model knows nothing of it. Resolved, the spec means the same."""
    text = """archcompiler: 1
name: nested
inputs: {readings: [6, 2], place: [3]}
models:
  inner:
    inputs: {y: {shape: [6, 2], scale: standard}}
    layers: [{GRU: 4}]
  reader:
    inputs: {series: [6, 2], where: [3]}
    layers:
      - inner:
        from: series
      - Concatenate:
        from: [previous, where]
layers:
  - reader:
    from: [readings, place]
  - Dense: 1
target: {shape: [1]}
training: {optimizer: adam, loss: mse, validation_split: 0.25, epochs: 2, batch_size: 5, shuffle: false}
"""
    data = {"readings": series(20, 6, 2) + 50, "place": series(20, 3), "dense": series(20, 1)}
    given: list[Any] = []
    for one in (text, archcompiler.resolve(io.StringIO(text))):
        program = program_of(one)
        keras.utils.set_random_seed(4)
        model: Any = program.build_model()
        program.compile_model(model)
        program.train(model, {**data, "target": data["dense"]}, verbose=0)
        given.append(model)
    keras.utils.set_random_seed(4)
    y = keras.Input((6, 2))
    inner = keras.Model(y, keras.layers.GRU(4)(y))
    sequence, where = keras.Input((6, 2)), keras.Input((3,))
    reader = keras.Model([sequence, where], keras.layers.Concatenate()([inner(sequence), where]))
    readings, place = keras.Input((6, 2)), keras.Input((3,))
    wanted = keras.Model([readings, place], keras.layers.Dense(1)(reader([readings, place])))
    wanted.compile(optimizer="adam", loss="mse")
    seen = data["readings"][:15].reshape(-1, 2)
    scaled = ((data["readings"] - seen.mean(axis=0)) / seen.std(axis=0)).astype("float32")
    wanted.fit([scaled[:15], data["place"][:15]], data["dense"][:15], batch_size=5, epochs=2, shuffle=False, verbose=0)
    for model in given:
        np.testing.assert_allclose(model.scale["readings"], [seen.mean(axis=0), seen.std(axis=0)], rtol=1e-5)
        for one, other in zip(model.get_weights(), wanted.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_the_step_after_the_window_for_many_to_one() -> None:
    text = """archcompiler: 1
inputs: {words: {shape: [4], dtype: int32}}
layers:
  - Embedding: {input_dim: 9, output_dim: 3}
  - LSTM: 5
  - Dense: {units: 9, activation: softmax}
    name: next_word
target: {next_step_of: words}
training: {optimizer: adam, loss: sparse_categorical_crossentropy, windows: {length: 4, stride: 3}}
generation: {feedback: {next_word: words}, sample: greedy}
"""
    program = program_of(text)
    words = RANDOM.integers(0, 9, size=50).astype("int32")
    x, y = program.inputs_and_targets(program.windows(program.sequences({"words": words})))
    np.testing.assert_array_equal(x, [words[at : at + 4] for at in range(0, 46, 3)])
    np.testing.assert_array_equal(y, [words[at + 4] for at in range(0, 46, 3)])
    model: Any = program.build_model()
    program.compile_model(model)
    program.train(model, {"words": words}, verbose=0)
    assert program.generate(model, words[None, :6], steps=5).shape == (1, 5)


def test_samples_that_fill_no_batch_are_refused() -> None:
    text = """archcompiler: 1
batch_size: 4
inputs: {readings: [5, 2]}
layers: [{LSTM: {units: 2, return_sequences: true, stateful: true}}]
target: {same_as: readings}
training: {optimizer: adam, loss: mse, shuffle: false}
"""
    program = program_of(text)
    model: Any = program.build_model()
    program.compile_model(model)
    with pytest.raises(ValueError, match="10 samples are no whole number of batches of 4"):
        program.train(model, {"readings": series(10, 5, 2)}, verbose=0)


def test_what_the_spec_says_of_shuffling_is_done() -> None:
    """Where state runs on, samples are not shuffled unless the spec says so."""
    text = """archcompiler: 1
batch_size: 4
inputs: {readings: [5, 2]}
layers: [{LSTM: {units: 2, return_sequences: true, stateful: true}}]
target: {same_as: readings}
training: {optimizer: adam, loss: mseMORE}
"""
    for more, said in (("", "False"), (", shuffle: false", "False"), (", shuffle: true", "True")):
        assert f"shuffle={said}," in archcompiler.emit(io.StringIO(text.replace("MORE", more)))


def test_the_same_on_the_jax_backend() -> None:
    run_on("jax", __file__)


@pytest.mark.slow
def test_the_same_on_the_torch_backend() -> None:
    pytest.importorskip("torch")
    run_on("torch", __file__)
