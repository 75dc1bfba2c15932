"""Going on alone, and training on joined windows, beside what one would write by hand; what comes out is compared."""

from __future__ import annotations

import io
from types import ModuleType
from typing import Any

import numpy as np

import archcompiler
from archcompiler.build import program
from benchmarks.timing import Row, in_turn, seconds

STEPS, KNOWN = 200, 4
LOOP_STEPS = 20
"""So many steps of a loop around `predict` are run, and its time is scaled to all of them: they all take the same."""


def program_of(text: str) -> ModuleType:
    return program.program_of(archcompiler.emit(io.StringIO(text)), "emitted")


def values(features: int, batch: int) -> list[Row]:
    """An LSTM that feeds each step back, against `model.predict` a step and against compiled loops by hand.

    One of these is what Keras has for it, right on every backend: `ops.scan` over the cell, in a model of its own. The
    other is TensorFlow's alone, and without Keras's call around it, which is a tenth of a millisecond.
    """
    import keras
    import tensorflow as tf

    text = (
        f"archcompiler: 1\ninputs: {{x: [steps, {features}]}}\n"
        f"layers: [{{LSTM: {{units: {features}, return_sequences: true}}, name: y}}]\n"
        "generation: {feedback: {y: x}}\n"
    )
    emitted = program_of(text)
    keras.utils.set_random_seed(1)
    model = emitted.build_model()
    known = np.random.default_rng(0).normal(size=(batch, KNOWN, features)).astype("float32")

    def ours() -> np.ndarray:
        return emitted.generate(model, {"x": known}, steps=STEPS)

    classic = keras.Sequential(
        [
            keras.Input(batch_shape=(batch, 1, features)),
            keras.layers.LSTM(features, return_sequences=True, stateful=True),
        ]
    )
    classic.set_weights(model.get_weights())

    def predict_loop() -> np.ndarray:
        classic.layers[0].reset_state()
        for step in range(KNOWN):
            fed = classic.predict(known[:, step : step + 1], verbose=0)
        made = [fed]
        for _ in range(LOOP_STEPS - KNOWN):
            fed = classic.predict(fed, verbose=0)
            made.append(fed)
        return np.concatenate(made, axis=1)

    class Scan(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.cell = model.layers[-1].cell

        def call(self, given: Any) -> Any:
            states = self.cell.get_initial_state(batch)
            for step in range(KNOWN):
                newest, states = self.cell(given[:, step], states)

            def body(carried: Any, _: Any) -> Any:
                carried = self.cell(*carried)
                return carried, carried

            made = keras.ops.scan(body, (newest, states), length=STEPS - 1)[1][0]
            return keras.ops.concatenate([newest[:, None], keras.ops.moveaxis(made, 0, 1)], axis=1)

    scan = Scan()
    scan.compile(jit_compile=True)

    kernel, recurrent, bias = (tf.constant(one) for one in model.layers[-1].get_weights())

    def cell(x: Any, h: Any, c: Any) -> tuple[Any, Any]:
        i, f, g, o = tf.split(x @ kernel + h @ recurrent + bias, 4, axis=1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return tf.sigmoid(o) * tf.tanh(c), c

    @tf.function(jit_compile=True)
    def by_hand(given: Any) -> Any:
        h = c = tf.zeros((batch, features))
        for step in range(KNOWN):
            h, c = cell(given[:, step], h, c)
        made = tf.TensorArray(tf.float32, STEPS).write(0, h)
        for step in tf.range(1, STEPS):
            h, c = cell(h, h, c)
            made = made.write(step, h)
        return tf.transpose(made.stack(), (1, 0, 2))

    np.testing.assert_allclose(ours(), by_hand(known).numpy(), atol=1e-5)
    np.testing.assert_allclose(ours(), scan.predict_on_batch(known), atol=1e-5)
    made = predict_loop()
    np.testing.assert_allclose(ours()[:, : made.shape[1]], made, atol=1e-5)
    mine, compiled = in_turn(ours, lambda: scan.predict_on_batch(known), repeats=30)
    again, tensorflow_alone = in_turn(ours, lambda: by_hand(known).numpy(), repeats=30)
    looped = seconds(predict_loop, repeats=1, warm_up=0) / LOOP_STEPS * (KNOWN + STEPS - 1)
    bounds = {(256, 1): 1000, (256, 32): 100}
    what = f"{STEPS} steps, {features} features, batch {batch}"
    return [
        Row(what, mine, looped, "model.predict a step", bounds.get((features, batch)), at_least=True),
        Row(what, mine, compiled, "ops.scan by hand, compiled", 1.3),
        Row(what, again, tensorflow_alone, "tf.function by hand"),
    ]


def tokens() -> Row:
    """A language model that draws words, against `predict` and NumPy a word."""
    import keras

    text = """archcompiler: 1
inputs: {words: {shape: [steps], dtype: int32}}
layers:
  - Embedding: {input_dim: 500, output_dim: 64}
  - GRU: {units: 128, return_sequences: true}
  - Dense: {units: 500, activation: softmax}
    name: next_word
generation: {feedback: {next_word: words}, sample: {temperature: 0.8, top_k: 40}}
"""
    emitted = program_of(text)
    model = emitted.build_model()
    classic = keras.Sequential(
        [
            keras.Input(batch_shape=(1, 1), dtype="int32"),
            keras.layers.Embedding(500, 64),
            keras.layers.GRU(128, return_sequences=True, stateful=True),
            keras.layers.Dense(500, activation="softmax"),
        ]
    )
    classic.set_weights(model.get_weights())
    start, seed = np.array([[7]]), 3

    def ours() -> np.ndarray:
        return emitted.generate(model, {"words": start}, steps=STEPS, seed=seed)

    def predict_loop() -> np.ndarray:
        classic.layers[1].reset_state()
        chance = np.random.default_rng(seed).random((1, STEPS), "float32")[0]
        word, made = start, []
        for step in range(LOOP_STEPS):
            warm = classic.predict(word, verbose=0)[0, 0].astype("float64") ** (1 / 0.8)
            likeliest = np.argsort(-warm, kind="stable")[:40]
            reached = np.cumsum(warm[likeliest])
            word = likeliest[[[np.searchsorted(reached / reached[-1], chance[step], side="right")]]]
            made.append(word[0, 0])
        return np.array(made)

    np.testing.assert_array_equal(ours()[0, :LOOP_STEPS], predict_loop())
    mine = seconds(ours, repeats=20)
    looped = seconds(predict_loop, repeats=1, warm_up=0) / LOOP_STEPS * STEPS
    return Row(f"{STEPS} tokens drawn", mine, looped, "model.predict a token", 500, at_least=True)


def joined_training(batch: int, length: int, units: int, bound: float | None) -> Row:
    """A stateful model on windows that join up, against `train_on_batch` in a loop by hand.

    Keras's `fit` begins every epoch with tens of milliseconds, which count where the batches are small. On few cores
    the threads that bring it its data take turns with those that compute: the same epoch takes a third longer in about
    half of the runs, of plain Keras too, so that the shortest of many is compared.
    """
    import keras

    count, features, epochs = 40, 8, 2
    text = f"""archcompiler: 1
batch_size: {batch}
inputs: {{x: [{length}, {features}]}}
layers: [{{LSTM: {{units: {units}, return_sequences: true, stateful: true}}}}, {{Dense: {features}}}]
target: {{next_step_of: x}}
training: {{optimizer: {{Adam: {{learning_rate: 0.001}}}}, loss: mse, windows: {{length: {length}}}, epochs: {epochs}}}
"""
    emitted = program_of(text)
    data = np.random.default_rng(0).normal(size=(batch, count * length + 1, features)).astype("float32")
    models = []
    for _ in range(2):
        keras.utils.set_random_seed(1)
        model = emitted.build_model()
        emitted.compile_model(model)
        models.append(model)

    def ours() -> None:
        emitted.train(models[0], {"x": data}, verbose=0)

    def by_hand() -> None:
        model = models[1]
        for _ in range(epochs):
            model.layers[1].reset_state()
            for at in range(0, count * length, length):
                part = data[:, at : at + length + 1]
                model.train_on_batch(part[:, :-1], part[:, 1:])

    mine, other = in_turn(ours, by_hand, repeats=10, of=min)
    for one, two in zip(models[0].get_weights(), models[1].get_weights(), strict=True):
        np.testing.assert_allclose(one, two, atol=2e-3)
    what = f"{count} joined windows of {length}, batch {batch}, {units} units"
    return Row(what, mine / epochs, other / epochs, "train_on_batch by hand", bound)


def rows() -> list[Row]:
    """Everything here."""
    sizes = [(features, batch) for features in (8, 256) for batch in (1, 32)]
    measured = [row for size in sizes for row in values(*size)]
    return [*measured, tokens(), joined_training(16, 32, 64, None), joined_training(32, 64, 256, 1.05)]
