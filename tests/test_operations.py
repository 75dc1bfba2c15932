"""Operations between layers in a spec: how they are written, named, emitted and built."""

from __future__ import annotations

import io

import numpy as np
import pytest

import archcompiler
from archcompiler.report import Report
from tests.programs import program_of

HEAD = "archcompiler: 1\ninputs: {x: [steps, 8]}\nlayers:\n"
MANY = (
    HEAD
    + """
  - Dense: 8
    name: d
  - ops.multiply:
    from: [d, 0.5]
    name: half
  - Add:
    from: [half, x]
  - ops.add: 1
  - ops.split: {indices_or_sections: 2, axis: -1}
    outputs: [a, b]
    name: halves
  - ops.concatenate: -1
    from: [halves.b, halves.a, half]
  - ops.einsum: "bsf,bgf->bsg"
    from: [previous, previous]
  - ops.softmax
  - ops.arange: 3
    name: places
  - ops.take: {indices: 0, axis: 1}
    from: x
    name: first
  - ops.greater: 0
    from: first
    name: positive
  - ops.where:
    from: {condition: positive, x1: first, x2: 0.0}
  - ops.expand_dims: -1
  - ops.add:
    from: [previous, places]
  - ops.mean: [1, 2]
    name: out
outputs: [out, softmax]
"""
)


def told(text: str) -> Report:
    return archcompiler.check(io.StringIO(text))


def test_what_is_emitted_and_built_is_one() -> None:
    report = told(MANY)
    assert report.ok, str(report)
    built = archcompiler.build(io.StringIO(MANY), seed=5)
    import keras

    keras.utils.set_random_seed(5)
    emitted = program_of(MANY).build_model()
    data = np.random.default_rng(1).normal(size=(2, 5, 8)).astype("float32")
    for one, other in zip(built.predict(data, verbose=0), emitted.predict(data, verbose=0), strict=True):
        np.testing.assert_array_equal(one, other)
    assert report.graph is not None
    shapes = [one.shape for one in report.graph.outputs.values()]
    assert shapes == [tuple(one) for one in built.output_shape]
    assert "half = ops.multiply(d, 0.5)" in archcompiler.emit(io.StringIO(MANY))


def test_layers_are_not_called_as_keras_calls_operations() -> None:
    report = told(MANY)
    assert report.graph is not None and "add_layer" in report.graph.nodes
    [error] = told(MANY.replace("name: d\n", "name: add_1\n").replace("[d, 0.5]", "[add_1, 0.5]")).errors
    assert error.code == "ARC106" and "ops.add" in error.message


@pytest.mark.parametrize(
    ("items", "code", "words"),
    [
        ("  - ops.multiplly:\n    from: [x, 0.5]\n", "ARC110", "multiply"),
        ("  - ops.transpose: {axs: [0, 2, 1]}\n", "ARC111", "did you mean `axes`"),
        ("  - ops.transpose: [0, 1]\n", "ARC207", "axis 0 is the batch"),
        ("  - ops.multiply\n", "ARC112", "x2"),
        ("  - ops.add:\n    from: [x, x, x]\n", "ARC205", "3 are given"),
        ("  - ops.add:\n    from: {x1: x, x3: x}\n", "ARC111", "x3"),
        ("  - ops.cast: float\n", "ARC113", "dtype"),
        ("  - ops.arange: 8\n  - Dense: 4\n", "ARC205", "no input reaches"),
    ],
)
def test_mistakes(items: str, code: str, words: str) -> None:
    found = told(HEAD + items).errors
    assert [one.code for one in found] == [code], [one.message for one in found]
    assert words in f"{found[0].message} {found[0].help}"


def test_a_number_for_the_whole_batch() -> None:
    report = told(HEAD + "  - ops.mean\n")
    assert report.ok and report.graph is not None
    assert next(iter(report.graph.outputs.values())).shape == ()


GENERATOR = """archcompiler: 1
inputs: {x: [steps, 2]}
layers:
  - LSTM: {units: 8, return_sequences: true}
  - ops.multiply: 0.5
  - %s
  - Dense: 2
    name: out
training: {loss: mse}
target: {next_step_of: x}
generation: {feedback: {out: x}, steps: 3}
"""


def test_an_operation_in_a_generator_keeps_the_steps_apart() -> None:
    """One step after another gives what the model gives for the whole."""
    text = GENERATOR % "ops.tanh"
    assert told(text).ok, str(told(text))
    program = program_of(text)
    model = program.build_model()
    start = np.random.default_rng(2).normal(size=(1, 4, 2)).astype("float32")
    generated = np.asarray(program.generate(model, start, 3))
    seen = start
    for _ in range(3):
        seen = np.concatenate([seen, model.predict(seen, verbose=0)[:, -1:]], axis=1)
    np.testing.assert_allclose(generated.reshape(-1, 2)[-3:], seen[0, -3:], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("operation", "code"),
    [("ops.flip: 1", "ARC312"), ("ops.add: [[1.0], [2.0], [3.0]]", "ARC313"), ("ops.cumsum: 1", "ARC313")],
)
def test_an_operation_that_may_join_steps_generates_nothing(operation: str, code: str) -> None:
    """Only of what sees later steps for certain is it said that it does."""
    assert code in [one.code for one in told(GENERATOR % operation).errors]


MASKED = """\
archcompiler: 1
inputs: {words: {shape: [steps], dtype: int32}, more: [steps, 4]}
layers:
  - Embedding: {input_dim: 10, output_dim: 4, mask_zero: true}
    name: embeddings
    from: words
  - Concatenate:
    from: [previous, more]
  - LSTM: 5
"""


def test_operations_on_masks_have_names_too() -> None:
    """Keras joins masks by operations that are part of the model, and calls one of them `concatenate`."""
    report = archcompiler.check(io.StringIO(MASKED))
    assert report.graph is not None and not report.diagnostics
    assert list(report.graph.nodes)[3:] == ["concatenate_layer", "lstm"]
    built = archcompiler.build(io.StringIO(MASKED))
    emitted = program_of(MASKED).build_model()
    assert [one.name for one in built.layers if "layer" in one.name] == ["concatenate_layer"]
    assert built.count_params() == emitted.count_params() == report.graph.param_count
    # What no layer reads is no part of the model, and takes no name.
    unread = archcompiler.check(io.StringIO(MASKED.replace("LSTM", "Dense")))
    assert unread.graph is not None and "concatenate" in unread.graph.nodes


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (MASKED.replace("name: embeddings", "name: not_equal"), "not_equal"),
        (MASKED.replace("    from: [previous", "    name: concatenate\n    from: [previous"), "concatenate"),
        (HEAD.replace("{x:", "{add:") + "  - ops.add: 1.0\n  - Dense: 2\n", "add"),
    ],
)  # fmt: skip
def test_a_name_of_an_operation(text: str, name: str) -> None:
    (error,) = archcompiler.check(io.StringIO(text)).errors
    assert error.code == "ARC106" and f"`{name}` is a name that Keras gives" in error.message
