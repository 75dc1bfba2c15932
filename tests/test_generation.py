"""Generators: going on alone is what the whole model, run again on all that is known so far, would give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import pytest

from tests.programs import program_of, run_on

Arrays = dict[str, np.ndarray]
RANDOM = np.random.default_rng(7)
STEPS = 6
KNOWN = 5
BATCH = 3


def values(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype("float32")


def codes(high: int, *shape: int) -> np.ndarray:
    return RANDOM.integers(1, high, size=shape).astype("int32")


def whole_model(
    model: Any, known: Mapping[str, np.ndarray], output: str, given: str, steps: int, feed: Any = None
) -> np.ndarray:
    """The oracle: the whole stateless model on all steps so far, its last step put behind them, again and again.

    `feed` makes what is fed back of (batch, …), the output at the last step, and the number of the step.
    """
    known = dict(known)
    names = [one.name for one in model.inputs]
    outputs = []
    for step in range(steps):
        length = known[given].shape[1]
        fed = [known[name][:, :length] if name == given or name in ALONG else known[name] for name in names]
        results = model(fed if len(fed) > 1 else fed[0])
        result = np.asarray(keras.ops.convert_to_numpy(results[output] if isinstance(results, dict) else results))
        last = result[:, -1] if result.ndim == known[given].ndim or feed else result
        last = last if feed is None else feed(last, step)
        outputs.append(last)
        known[given] = np.concatenate([known[given], last[:, None]], axis=1)
    return np.stack(outputs, axis=1)


ALONG = {"calendar"}

HEAD = "archcompiler: 1\ninputs: {readings: [steps, 2]}\n"
BACK = "generation: {feedback: {forecast: readings}}\n"
VALUES = {
    "lstm": "layers: [{LSTM: {units: 8, return_sequences: true}}, {Dense: 2, name: forecast}]",
    "gru": "layers: [{GRU: {units: 8, return_sequences: true}}, {Dense: 2, name: forecast}]",
    "gru_before": "layers: [{GRU: {units: 8, return_sequences: true, reset_after: false}}, {Dense: 2, name: forecast}]",
    "simple": "layers: [{SimpleRNN: {units: 2, return_sequences: true}, name: forecast}]",
    "stacked": """layers:
  - LSTM: {units: 8, return_sequences: true}
  - Dropout: 0.3
  - LayerNormalization
  - GRU: {units: 6, return_sequences: true}
  - BatchNormalization
  - Dense: {units: 5, activation: tanh}
  - LSTM: {units: 2, return_sequences: true}
    name: forecast""",
    "cells": """layers:
  - RNN: {cell: [{LSTMCell: 6}, {GRUCell: 4}, {SimpleRNNCell: 3}], return_sequences: true}
  - TimeDistributed: {Dense: 2}
    name: forecast""",
    "last_step": "layers: [{LSTM: 8}, {Dense: 6}, {Dense: 2, name: forecast}]",
    "residual": """layers:
  - LSTM: {units: 2, return_sequences: true}
    name: change
  - Add:
    from: [readings, change]
    name: forecast""",
    "convolutions": """layers:
  - Conv1D: {filters: 6, kernel_size: 3, padding: causal, activation: relu}
  - Conv1D: {filters: 4, kernel_size: 2, padding: causal, dilation_rate: 3}
  - Conv1D: {filters: 2, kernel_size: 1}
    name: forecast""",
    "windows_of_one_step": """layers:
  - Reshape: [-1, 2, 1]
  - Conv2D: {filters: 4, kernel_size: [1, 2], padding: same, activation: relu}
  - MaxPooling2D: {pool_size: [1, 2], padding: same}
  - Reshape: [-1, 4]
  - SeparableConv1D: {filters: 4, kernel_size: 1}
  - DepthwiseConv1D: {kernel_size: 1, padding: same}
  - AveragePooling1D: 1
  - LSTM: {units: 4, return_sequences: true}
  - Dense: 2
    name: forecast""",
    "nested": """models:
  inner:
    inputs: {x: [steps, 4]}
    layers:
      - LSTM: {units: 5, return_sequences: true}
      - Conv1D: {filters: 4, kernel_size: 2, padding: causal}
  outer:
    inputs: {y: [steps, 2]}
    layers:
      - Dense: 4
      - inner
      - inner
layers:
  - outer
  - Dense: 2
    name: forecast""",
    "shared": """layers:
  - Dense: 4
    name: into
  - LSTM: {units: 4, return_sequences: true}
    name: twice
  - twice
  - Dense: 2
    name: forecast""",
    "attention": """layers:
  - Dense: 6
    name: into
  - MultiHeadAttention: {num_heads: 2, key_dim: 4}
    from: {query: into, value: into, use_causal_mask: true}
    name: looking_back
  - Add:
    from: [into, looking_back]
  - LayerNormalization:
    name: normal
  - Attention: {use_scale: true}
    from: {query: normal, value: normal, key: into, use_causal_mask: true}
  - AdditiveAttention:
    from: {query: previous, value: previous, use_causal_mask: true}
  - Dense: 2
    name: forecast""",
    "states": """layers:
  - LSTM: {units: 4, return_sequences: true, return_state: true}
    name: memory
    outputs: [sequence, h, c]
  - Dense: 2
    name: forecast""",
}


def generated(text: str, start: Any, **given: Any) -> tuple[Any, np.ndarray]:
    program = program_of(text)
    keras.utils.set_random_seed(11)
    model: Any = program.build_model()
    shake(model)
    return model, program.generate(model, start, **given)


def shake(model: Any) -> None:
    """Weights that no initializer leaves at 0 or 1."""
    for variable in model.weights:
        value = keras.ops.convert_to_numpy(variable)
        noise = np.random.default_rng(list(variable.shape)).normal(size=variable.shape, scale=0.2)
        variable.assign(value + np.abs(noise) if "variance" in variable.path else value + noise)


@pytest.mark.parametrize("name", VALUES)
def test_values_are_fed_back(name: str) -> None:
    known = values(BATCH, KNOWN, 2)
    model, made = generated(f"{HEAD}{VALUES[name]}\n{BACK}", {"readings": known}, steps=STEPS)
    wanted = whole_model(model, {"readings": known}, "forecast", "readings", STEPS)
    assert made.shape == (BATCH, STEPS, 2)
    np.testing.assert_allclose(made, wanted, rtol=1e-5, atol=2e-6)


def test_each_row_goes_on_where_what_it_knows_ends() -> None:
    known, lengths = values(BATCH, KNOWN, 2), np.array([2, 5, 3])
    text = f"{HEAD}{VALUES['stacked']}\n{BACK}"
    model, made = generated(text, {"readings": known, "lengths": lengths}, steps=STEPS)
    for row, length in enumerate(lengths):
        alone = {"readings": known[row : row + 1, :length]}
        wanted = whole_model(model, alone, "forecast", "readings", STEPS)
        np.testing.assert_allclose(made[row : row + 1], wanted, rtol=1e-5, atol=2e-6)


def test_a_model_trained_in_batches_of_four_generates_for_one() -> None:
    text = """archcompiler: 1
batch_size: 4
inputs: {readings: [3, 2]}
layers:
  - LSTM: {units: 8, return_sequences: true, stateful: true}
  - LSTM: {units: 2, return_sequences: true, stateful: true}
    name: forecast
generation: {feedback: {forecast: readings}, steps: 7}
"""
    known = values(1, KNOWN, 2)
    model, made = generated(text, known)
    free = program_of(text.replace(", stateful: true", "").replace("[3, 2]", "[steps, 2]").replace("batch_size: 4", ""))
    stateless: Any = free.build_model()
    stateless.set_weights(model.get_weights())
    np.testing.assert_allclose(
        made, whole_model(stateless, {"readings": known}, "forecast", "readings", 7), rtol=1e-5, atol=2e-6
    )


def test_what_is_known_of_later_steps_is_given_along() -> None:
    text = """archcompiler: 1
inputs: {readings: [steps, 2], calendar: [steps, 3], place: [4]}
layers:
  - Dense: {units: 6, activation: tanh}
    from: place
    name: where
  - Concatenate:
    from: [readings, calendar]
  - GRU: {units: 6, return_sequences: true}
    name: memory
  - Dense: 2
    name: forecast
  - Dense: 1
    from: where
    name: warmth
outputs: {forecast: forecast, warmth: warmth}
generation: {feedback: {forecast: readings}}
"""
    start = {"readings": values(2, 4, 2), "calendar": values(2, 4 + STEPS, 3), "place": values(2, 4)}
    model, made = generated(text, start, steps=STEPS)
    np.testing.assert_allclose(made, whole_model(model, start, "forecast", "readings", STEPS), rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"lengths": np.array([0, 4])}, "lengths are"),
        ({"lengths": np.array([2, 5])}, "lengths are"),
        ({"calendar": np.zeros((2, 3 + STEPS - 1, 3))}, "calendar has too few steps"),
        ({"level": np.zeros((2, 3, 1))}, "level knows 3 steps, but readings 4"),
    ],
    ids=["no step known", "longer than known", "along too short", "one fed shorter"],
)
def test_what_a_compiled_loop_would_read_beyond_is_refused(wrong: dict[str, np.ndarray], message: str) -> None:
    text = """archcompiler: 1
inputs: {readings: [steps, 2], level: [steps, 1], calendar: [steps, 3]}
layers:
  - Concatenate:
    from: [readings, level, calendar]
  - GRU: {units: 6, return_sequences: true}
    name: memory
  - Dense: 2
    name: forecast
  - Dense: 1
    from: memory
    name: next_level
outputs: {forecast: forecast, next_level: next_level}
generation: {feedback: {forecast: readings, next_level: level}}
"""
    right = {"readings": values(2, 4, 2), "level": values(2, 4, 1), "calendar": values(2, 4 + STEPS - 1, 3)}
    model, made = generated(text, right, steps=STEPS)
    assert made["next_level"].shape == (2, STEPS, 1)
    with pytest.raises(ValueError, match=message):
        program_of(text).generate(model, {**right, **wrong}, steps=STEPS)


def test_a_still_input_is_given_once_and_names_may_be_any() -> None:
    """What is added to the last step is no covariate; and no name of the spec meets one of the emitted code."""
    text = """archcompiler: 1
inputs: {batch: [steps, 2], known_batch: [8]}
layers:
  - LSTM: {units: 8, return_sequences: true}
    from: batch
    name: states
  - LSTM: 8
    name: states_states
  - Add:
    from: [states_states, known_batch]
    name: total
  - Dense: 2
    name: loss
generation: {feedback: {loss: batch}}
"""
    start = {"batch": values(BATCH, KNOWN, 2), "known_batch": values(BATCH, 8)}
    model, made = generated(text, start, steps=STEPS)
    wanted = whole_model(model, start, "loss", "batch", STEPS)
    np.testing.assert_allclose(made, wanted, rtol=1e-5, atol=2e-6)


def test_a_list_of_one_is_no_list_to_a_layer_of_one() -> None:
    text = f"""{HEAD}layers:
  - LSTM: {{units: 4, return_sequences: true}}
    from: [readings]
  - Dense: 2
    from: [lstm]
    name: forecast
{BACK}"""
    known = values(BATCH, KNOWN, 2)
    model, made = generated(text, known, steps=STEPS)
    wanted = whole_model(model, {"readings": known}, "forecast", "readings", STEPS)
    np.testing.assert_allclose(made, wanted, rtol=1e-5, atol=2e-6)


WINDOWS = {
    "many_to_one": "layers: [{LSTM: 8}, {Dense: 2, name: forecast}]",
    "flat": "layers: [Flatten, {Dense: 8}, {Dense: 2, name: forecast}]",
    "ahead": "layers: [{Bidirectional: {LSTM: {units: 4, return_sequences: true}}}, {Dense: 2, name: forecast}]",
}


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_slides(name: str) -> None:
    steps = "4" if name == "flat" else "steps"
    text = f"archcompiler: 1\ninputs: {{readings: [{steps}, 2]}}\n{WINDOWS[name]}\n"
    text += "generation: {feedback: {forecast: readings}, window: 4}\n"
    known = values(BATCH, KNOWN, 2)
    model, made = generated(text, known, steps=STEPS)
    window, wanted = known[:, -4:], []
    for _ in range(STEPS):
        result = keras.ops.convert_to_numpy(model(window))
        newest = result[:, -1:] if result.ndim == 3 else result[:, None]
        wanted.append(newest)
        window = np.concatenate([window[:, 1:], newest], axis=1)
    np.testing.assert_allclose(made, np.concatenate(wanted, axis=1), rtol=1e-5, atol=2e-6)


def test_fewer_steps_than_the_window_are_refused() -> None:
    text = f"{HEAD}{WINDOWS['many_to_one']}\ngeneration: {{feedback: {{forecast: readings}}, window: 8}}\n"
    with pytest.raises(ValueError, match="5 steps are known, but the model sees the last 8"):
        generated(text, values(BATCH, KNOWN, 2), steps=STEPS)


def draw(probabilities: np.ndarray, chance: np.ndarray, temperature: float, top_k: int, top_p: float) -> np.ndarray:
    """By hand: which token `chance` falls on, the likeliest first where only some may be drawn."""
    tokens = []
    for row, at in zip(probabilities.astype("float64"), chance, strict=True):
        warm = row ** (1 / temperature)
        warm /= warm.sum()
        ranked = top_k < len(row) or top_p < 1
        order = np.argsort(-warm, kind="stable") if ranked else np.arange(len(row))
        kept = warm[order][:top_k] / warm[order][:top_k].sum()
        kept = kept[np.concatenate([[0], np.cumsum(kept)[:-1]]) < top_p]
        tokens.append(order[np.searchsorted(np.cumsum(kept) / kept.sum(), at, side="right")])
    return np.array(tokens)


SAMPLES = {
    "plain": ("{}", 1.0, 99, 1.0),
    "cold": ("{temperature: 0.5}", 0.5, 99, 1.0),
    "top_k": ("{temperature: 1.5, top_k: 4}", 1.5, 4, 1.0),
    "top_p": ("{top_p: 0.7}", 1.0, 99, 0.7),
    "both": ("{temperature: 0.8, top_k: 6, top_p: 0.8}", 0.8, 6, 0.8),
}
HEADS = {
    "probabilities": ("{Dense: {units: 12, activation: softmax}, name: next_word}", "sparse_categorical_crossentropy"),
    "logits": ("{Dense: 12, name: next_word}", "{SparseCategoricalCrossentropy: {from_logits: true}}"),
}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("form", ["code", "one_hot"])
def test_tokens_are_drawn(head: str, sample: str, form: str) -> None:
    layer, loss = HEADS[head]
    given, temperature, top_k, top_p = SAMPLES[sample]
    words = "{shape: [steps], dtype: int32}" if form == "code" else "[steps, 12]"
    first = "{Embedding: [12, 5]}" if form == "code" else "{Dense: 5}"
    first = first.replace("[12, 5]", "{input_dim: 12, output_dim: 5}")
    text = f"""archcompiler: 1
inputs: {{words: {words}}}
layers: [{first}, {{GRU: {{units: 7, return_sequences: true}}}}, {layer}]
training: {{optimizer: adam, loss: {loss}}}
generation: {{feedback: {{next_word: words}}, sample: {given}, start: 3}}
"""
    known = codes(12, BATCH, KNOWN)
    start = {"words": known if form == "code" else np.eye(12, dtype="float32")[known]}
    model, made = generated(text, start, steps=STEPS, seed=5)
    chance = np.random.default_rng(5).random((BATCH, KNOWN + STEPS - 1), "float32")[:, KNOWN - 1 :]
    assert made.shape == (BATCH, STEPS)
    drawn = []

    def feed(last: np.ndarray, step: int) -> np.ndarray:
        probabilities = last if head == "probabilities" else np.exp(last) / np.exp(last).sum(-1, keepdims=True)
        token = draw(probabilities, chance[:, step], temperature, top_k, top_p)
        drawn.append(token)
        return token if form == "code" else np.eye(12, dtype="float32")[token]

    whole_model(model, start, "next_word", "words", STEPS, feed)
    np.testing.assert_array_equal(made, np.stack(drawn, axis=1))


TEXT = """archcompiler: 1
inputs: {words: {shape: [steps], dtype: int32}}
layers:
  - Embedding: {input_dim: 9, output_dim: 5, mask_zero: true}
  - LSTM: {units: 7, return_sequences: true}
  - GRU: {units: 7, return_sequences: true}
  - TimeDistributed: {Dense: 9}
  - TimeDistributed: {Activation: softmax}
    name: next_word
training: {optimizer: adam, loss: sparse_categorical_crossentropy}
generation: {feedback: {next_word: words}, sample: greedy, start: 1, stop: 2, steps: 30}
"""


def test_greedy_takes_the_likeliest_and_padding_changes_nothing() -> None:
    start = {"words": codes(9, BATCH, KNOWN)}
    start["words"][1, 2:4] = 0
    model, made = generated(TEXT.replace(", stop: 2", ""), start)
    oracle = whole_model(model, start, "next_word", "words", 30, lambda last, step: last.argmax(-1))
    np.testing.assert_array_equal(made, oracle)


def test_nothing_follows_the_token_that_ends_a_sequence() -> None:
    text = TEXT.replace("greedy", "{temperature: 2.0}").replace("stop: 2", "stop: 4")
    _, made = generated(text, {"words": np.ones((40, 1), "int32")}, seed=0)
    _, free = generated(text.replace("stop: 4, ", ""), {"words": np.ones((40, 1), "int32")}, seed=0)
    ended = 0
    for row, other in zip(made, free, strict=True):
        ends = np.flatnonzero(other == 4)
        until = ends[0] if len(ends) else len(row)
        np.testing.assert_array_equal(row[:until], other[:until])
        assert (row[until:] == 4).all()
        ended += len(ends) > 0
    assert ended > 10


def test_the_first_token_need_not_be_given() -> None:
    text = TEXT.replace("greedy", "{}")
    _, made = generated(text, None, seed=3)
    _, same = generated(text, {"words": np.array([[1]])}, seed=3)
    assert made.shape == (1, 30)
    np.testing.assert_array_equal(made, same)
    _, other = generated(text, None, seed=4)
    assert (made != other).any()


GPT = """\
archcompiler: 1
inputs: {words: {shape: [steps], dtype: int32}}
layers:
  - Embedding: {input_dim: 12, output_dim: 8}
  - PositionEmbedding: {sequence_length: 20, embeddings_initializer: {RandomNormal: {stddev: 1.0}}}
  - MultiHeadAttention: {num_heads: 2, key_dim: 4}
    from: {query: previous, value: previous, use_causal_mask: true}
  - Dense: {units: 12, activation: softmax}
    name: next_word
target: {next_step_of: words}
training: {loss: sparse_categorical_crossentropy}
generation: {feedback: {next_word: words}, sample: greedy, start: 1}
"""


def test_each_position_has_a_vector_of_its_own() -> None:
    """A Transformer decoder goes on step by step, and says where it has no vectors left."""
    program = program_of(GPT)
    model = program.build_model()
    shake(model)
    known = codes(12, BATCH, KNOWN)
    result = program.generate(model, {"words": known}, steps=STEPS)
    for _ in range(STEPS):
        likely = np.asarray(keras.ops.convert_to_numpy(model(known)))[:, -1].argmax(axis=-1)
        known = np.concatenate([known, likely[:, None]], axis=1).astype("int32")
    np.testing.assert_array_equal(result, known[:, KNOWN:])
    assert program.generate(model, steps=STEPS).shape == (1, STEPS)
    with pytest.raises(ValueError, match="5 steps are known and 17 generated, but the model has positions for 20"):
        program.generate(model, {"words": known[:, :5]}, steps=17)


def test_an_encoder_gives_the_first_state() -> None:
    text = """archcompiler: 1
inputs:
  source: {shape: [source_steps], dtype: int32}
  words: {shape: [steps], dtype: int32}
layers:
  - Embedding: {input_dim: 12, output_dim: 6}
    from: source
    name: source_embedding
  - LSTM: {units: 8, return_state: true}
    name: encoder
    outputs: [last, h, c]
  - Embedding: {input_dim: 12, output_dim: 6}
    from: words
    name: word_embedding
  - LSTM: {units: 8, return_sequences: true}
    from: {sequences: word_embedding, initial_state: [encoder.h, encoder.c]}
    name: decoder
  - Dense: {units: 12, activation: softmax}
    name: next_word
target: {next_step_of: words}
training: {optimizer: adam, loss: sparse_categorical_crossentropy}
generation: {feedback: {next_word: words}, sample: greedy, start: 1, steps: 9}
"""
    source = codes(12, BATCH, 4)
    model, made = generated(text, {"source": source})
    start = {"source": source, "words": np.ones((BATCH, 1), "int32")}
    oracle = whole_model(model, start, "next_word", "words", 9, lambda last, step: last.argmax(-1))
    np.testing.assert_array_equal(made, oracle)


def test_a_decoder_looks_at_what_was_encoded() -> None:
    text = """archcompiler: 1
inputs: {source: [source_steps, 3], readings: [steps, 2]}
layers:
  - Bidirectional: {GRU: {units: 4, return_sequences: true}}
    from: source
    name: encoded
  - LSTM: {units: 8, return_sequences: true}
    from: readings
    name: decoded
  - MultiHeadAttention: {num_heads: 2, key_dim: 4}
    from: {query: decoded, value: encoded}
  - Dense: 2
    name: forecast
generation: {feedback: {forecast: readings}}
"""
    start = {"source": values(BATCH, 4, 3), "readings": values(BATCH, KNOWN, 2)}
    model, made = generated(text, start, steps=STEPS)
    wanted = whole_model(model, start, "forecast", "readings", STEPS)
    np.testing.assert_allclose(made, wanted, rtol=1e-5, atol=2e-6)


def test_going_on_twice_with_other_weights_uses_them() -> None:
    """The generator holds the model's own layers: what is compiled once is right after further training."""
    text = f"{HEAD}{VALUES['lstm']}\n{BACK}"
    program = program_of(text)
    model: Any = program.build_model()
    known = values(1, KNOWN, 2)
    first = program.generate(model, known, steps=STEPS)
    shake(model)
    second = program.generate(model, known, steps=STEPS)
    assert np.abs(first - second).max() > 1e-3
    oracle = whole_model(model, {"readings": known}, "forecast", "readings", STEPS)
    np.testing.assert_allclose(second, oracle, rtol=1e-5, atol=2e-6)


def test_the_same_on_the_jax_backend() -> None:
    """A choice of them: what runs eagerly is compiled anew for every length there."""
    run_on("jax", __file__, "fed_back and (stacked or cells or convolutions or nested) or each_row or slides or encoder"
                            " or both-logits or both-probabilities")  # fmt: skip


@pytest.mark.slow
def test_the_same_on_the_torch_backend() -> None:
    pytest.importorskip("torch")
    run_on("torch", __file__)
