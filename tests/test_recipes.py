"""The classic recipes of Keras recurrent models, each stated in NumPy by hand, and met by emitted and built models.

The cells follow the equations of Hochreiter and Schmidhuber (1997, with a forget gate as Gers et al., 2000), and of Cho
et al. (2014, with the reset gate after the matrix product, as cuDNN and Keras have it).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

import archcompiler
from tests.programs import program_of, run_on

Array = np.ndarray
RANDOM = np.random.default_rng(5)
TOLERANCE = 1e-5


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


class Lstm:
    """An LSTM by hand, on the weights of a Keras layer."""

    def __init__(self, layer: Any) -> None:
        self.kernel, self.recurrent, self.bias = layer.get_weights()
        self.units = len(self.recurrent)

    def start(self, rows: int) -> tuple[Array, Array]:
        return np.zeros((rows, self.units)), np.zeros((rows, self.units))

    def step(self, x: Array, state: tuple[Array, Array]) -> tuple[Array, tuple[Array, Array]]:
        h, c = state
        i, f, g, o = np.split(x @ self.kernel + h @ self.recurrent + self.bias, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        return h, (h, c)


class Gru:
    """A GRU by hand, on the weights of a Keras layer."""

    def __init__(self, layer: Any) -> None:
        self.kernel, self.recurrent, bias = layer.get_weights()
        self.bias, self.recurrent_bias = bias
        self.units = len(self.recurrent)

    def start(self, rows: int) -> Array:
        return np.zeros((rows, self.units))

    def step(self, x: Array, h: Array) -> tuple[Array, Array]:
        xz, xr, xh = np.split(x @ self.kernel + self.bias, 3, axis=1)
        hz, hr, hh = np.split(h @ self.recurrent + self.recurrent_bias, 3, axis=1)
        z, r = sigmoid(xz + hz), sigmoid(xr + hr)
        h = z * h + (1 - z) * np.tanh(xh + r * hh)
        return h, h


CELLS: dict[str, Callable[[Any], Any]] = {"LSTM": Lstm, "GRU": Gru}


def run(cell: Any, x: Array, state: Any = None) -> tuple[Array, Any]:
    """Every step of (rows, steps, features), and the state after the last one."""
    state = cell.start(len(x)) if state is None else state
    outputs = []
    for step in range(x.shape[1]):
        output, state = cell.step(x[:, step], state)
        outputs.append(output)
    return np.stack(outputs, axis=1), state


def both(text: str) -> list[tuple[Any, Any]]:
    """The emitted program with its model, and with the model built in process, on other weights."""
    program = program_of(text)
    return [(program, program.build_model()), (program, archcompiler.build(io.StringIO(text), seed=4))]


def predicted(model: Any, x: Any) -> Array:
    return np.asarray(keras.ops.convert_to_numpy(model(x)))


@pytest.mark.parametrize("kind", CELLS)
def test_many_to_many(kind: str) -> None:
    """Every step is answered: `return_sequences: true`."""
    text = f"archcompiler: 1\ninputs: {{x: [steps, 3]}}\nlayers: [{{{kind}: {{units: 4, return_sequences: true}}}}]\n"
    x = RANDOM.normal(size=(2, 9, 3)).astype("float32")
    for _, model in both(text):
        wanted, _ = run(CELLS[kind](model.layers[-1]), x)
        np.testing.assert_allclose(predicted(model, x), wanted, atol=TOLERANCE)


@pytest.mark.parametrize("kind", CELLS)
def test_many_to_one(kind: str) -> None:
    """Only what the last step gives is kept."""
    text = f"archcompiler: 1\ninputs: {{x: [steps, 3]}}\nlayers: [{{{kind}: 4}}]\n"
    x = RANDOM.normal(size=(2, 9, 3)).astype("float32")
    for _, model in both(text):
        wanted, _ = run(CELLS[kind](model.layers[-1]), x)
        np.testing.assert_allclose(predicted(model, x), wanted[:, -1], atol=TOLERANCE)


@pytest.mark.parametrize("kind", CELLS)
def test_one_to_many_by_repeating(kind: str) -> None:
    """One vector is given at every step of the sequence to come."""
    text = (
        "archcompiler: 1\ninputs: {x: [3]}\n"
        f"layers: [{{RepeatVector: 7}}, {{{kind}: {{units: 4, return_sequences: true}}}}]\n"
    )
    x = RANDOM.normal(size=(2, 3)).astype("float32")
    for _, model in both(text):
        wanted, _ = run(CELLS[kind](model.layers[-1]), np.repeat(x[:, None], 7, axis=1))
        np.testing.assert_allclose(predicted(model, x), wanted, atol=TOLERANCE)


@pytest.mark.parametrize("kind", CELLS)
def test_one_to_many_by_state(kind: str) -> None:
    """One step is given; each output is the next input, and the state goes on."""
    text = (
        "archcompiler: 1\nbatch_size: 8\ninputs: {x: [steps, 3]}\n"
        f"layers: [{{{kind}: {{units: 3, return_sequences: true, stateful: true}}, name: y}}]\n"
        "generation: {feedback: {y: x}}\n"
    )
    x = RANDOM.normal(size=(1, 1, 3)).astype("float32")
    for program, model in both(text):
        cell = CELLS[kind](model.layers[-1])
        fed, state, wanted = x[:, 0], cell.start(1), []
        for _ in range(20):
            fed, state = cell.step(fed, state)
            wanted.append(fed)
        made = program.generate(model, {"x": x}, steps=20)
        np.testing.assert_allclose(made, np.stack(wanted, axis=1), atol=TOLERANCE)


@pytest.mark.parametrize("kind", CELLS)
def test_many_to_many_with_state(kind: str) -> None:
    """The known steps set the state, the last of them gives the first new step, and from there it goes on alone."""
    text = (
        "archcompiler: 1\ninputs: {x: [steps, 3]}\n"
        f"layers: [{{{kind}: {{units: 5, return_sequences: true}}}}, {{Dense: 3, name: y}}]\n"
        "generation: {feedback: {y: x}}\n"
    )
    known = RANDOM.normal(size=(2, 11, 3)).astype("float32")
    for program, model in both(text):
        cell = CELLS[kind](model.layers[1])
        kernel, bias = model.layers[2].get_weights()
        outputs, state = run(cell, known)
        new = outputs[:, -1] @ kernel + bias
        wanted = [new]
        for _ in range(14):
            output, state = cell.step(new, state)
            new = output @ kernel + bias
            wanted.append(new)
        made = program.generate(model, {"x": known}, steps=15)
        np.testing.assert_allclose(made, np.stack(wanted, axis=1), atol=TOLERANCE)


def test_autoencoder_of_two_models() -> None:
    """A sequence is squeezed into the last state of one LSTM, and unfolded again by another: fit(X, X)."""
    text = """archcompiler: 1
inputs: {x: [6, 3]}
models:
  encoder: {inputs: {x: [6, 3]}, layers: [{LSTM: {units: 5, return_sequences: true}}, {LSTM: 2}]}
  decoder:
    inputs: {code: [2]}
    layers: [{RepeatVector: 6}, {LSTM: {units: 5, return_sequences: true}}, {LSTM: {units: 3, return_sequences: true}}]
layers: [encoder, decoder]
target: {same_as: x}
training: {optimizer: {SGD: {learning_rate: 0.0}}, loss: mse}
"""
    x = RANDOM.normal(size=(4, 6, 3)).astype("float32")
    for program, model in both(text):
        encoder, decoder = (model.get_layer(name) for name in ("encoder", "decoder"))
        outputs = x
        for layer in encoder.layers[1:]:
            outputs, _ = run(Lstm(layer), outputs)
        outputs = np.repeat(outputs[:, -1:], 6, axis=1)
        for layer in decoder.layers[2:]:
            outputs, _ = run(Lstm(layer), outputs)
        np.testing.assert_allclose(predicted(model, x), outputs, atol=TOLERANCE)
        program.compile_model(model)
        history = program.train(model, {"x": x}, verbose=0).history
        assert history["loss"][0] == pytest.approx(float(((outputs - x) ** 2).mean()), rel=1e-4)


def losses(program: Any, model: Any, data: Array) -> list[float]:
    """The mean loss after every batch of one epoch."""
    seen: list[float] = []
    watch = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(float(logs["loss"])))
    program.train(model, {"x": data}, callbacks=[watch], verbose=0)
    return seen


def test_training_in_parts_with_state_carried() -> None:
    """A long sequence is learnt part by part: the state after one part is the state before the next."""
    text = """archcompiler: 1
batch_size: 2
inputs: {x: [steps, 3]}
layers: [{LSTM: {units: 3, return_sequences: true, stateful: true}}]
target: {next_step_of: x}
training: {optimizer: {SGD: {learning_rate: 0.0}}, loss: mse, windows: {length: 5}}
"""
    data = RANDOM.normal(size=(2, 21, 3)).astype("float32")
    for program, model in both(text):
        program.compile_model(model)
        cell, state, wanted = Lstm(model.layers[-1]), None, []
        for part in range(4):
            outputs, state = run(cell, data[:, part * 5 : part * 5 + 5], state)
            wanted.append(((outputs - data[:, part * 5 + 1 : part * 5 + 6]) ** 2).mean())
        means = np.cumsum(wanted) / np.arange(1, 5)
        np.testing.assert_allclose(losses(program, model, data), means, atol=TOLERANCE)


def test_sliding_windows() -> None:
    """Every window of a long sequence is a sample of its own, and begins without a memory."""
    text = """archcompiler: 1
inputs: {x: [steps, 3]}
layers: [{GRU: {units: 4}}, {Dense: 3}]
target: {next_step_of: x}
training: {optimizer: {SGD: {learning_rate: 0.0}}, loss: mse, windows: {length: 5}, batch_size: 100}
"""
    data = RANDOM.normal(size=(30, 3)).astype("float32")
    for program, model in both(text):
        program.compile_model(model)
        kernel, bias = model.layers[2].get_weights()
        cuts = np.stack([data[at : at + 5] for at in range(25)])
        outputs, _ = run(Gru(model.layers[1]), cuts)
        wanted = ((outputs[:, -1] @ kernel + bias - data[5:]) ** 2).mean()
        np.testing.assert_allclose(losses(program, model, data), [wanted], atol=TOLERANCE)


def test_the_same_on_the_jax_backend() -> None:
    run_on("jax", __file__)


@pytest.mark.slow
def test_the_same_on_the_torch_backend() -> None:
    pytest.importorskip("torch")
    run_on("torch", __file__)
