"""Outputs against targets, beside what Keras does with the same arrays: where we are silent the loss is what it should
be, where we object Keras fails, or computes something else without a word."""

from __future__ import annotations

import io
from typing import Any

import keras
import numpy as np
import pytest

import archcompiler

BATCH = 4


def check(output: tuple[int, ...], target: tuple[int, ...], loss: str, dtype: str) -> archcompiler.Report:
    return archcompiler.check(
        {
            "archcompiler": 1,
            "inputs": {"x": list(output)},
            "layers": [{"Identity": None, "name": "y"}],
            "target": {"shape": list(target), "dtype": dtype},
            "training": {"optimizer": "sgd", "loss": loss},
        }
    )


def in_keras(output: tuple[int, ...], target: tuple[int, ...], loss: str, dtype: str) -> float | str:
    """The loss of Keras, or what it raises."""
    predicted, wanted = arrays(output, target, dtype)
    try:
        return float(keras.losses.get(loss)(wanted, predicted).numpy().mean())
    except Exception as error:
        return type(error).__name__


def arrays(output: tuple[int, ...], target: tuple[int, ...], dtype: str) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    predicted = random.uniform(0.1, 0.9, (BATCH, *output)).astype("float32")
    if dtype == "int32":
        return predicted, random.integers(0, output[-1] if output else 2, (BATCH, *target)).astype("int32")
    return predicted, random.uniform(0, 1, (BATCH, *target)).astype("float32")


def meant(output: tuple[int, ...], target: tuple[int, ...], dtype: str, *, sparse: bool) -> float:
    """The loss by hand: each number of the output beside its own number of the target."""
    predicted, wanted = arrays(output, target, dtype)
    if sparse:
        flat = predicted.reshape(-1, predicted.shape[-1])
        codes = wanted.reshape(-1)
        chosen = flat[np.arange(len(codes)), codes] / flat.sum(axis=-1)
        return float(-np.log(chosen).mean())
    return float(((predicted.reshape(-1) - wanted.reshape(-1)) ** 2).mean())


MATCHES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((3,), (3,)),
    ((1,), ()),
    ((), (1,)),
    ((5, 3), (5, 3)),
    ((5, 1), (5,)),
    ((5,), (5, 1)),
    ((5, 1), (5, 1)),
    ((2, 5, 1), (2, 5)),
]
MISMATCHES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((5, 1), (1,)),
    ((5, 1), ()),
    ((4,), (1,)),
    ((1,), (4,)),
    ((5, 3), (3,)),
    ((5, 3), (1, 3)),
    ((3,), (5, 3)),
    ((7, 2), (5, 2)),
]


@pytest.mark.parametrize(("output", "target"), MATCHES)
def test_what_matches_is_accepted(output: tuple[int, ...], target: tuple[int, ...]):
    report = check(output, target, "mse", "float32")
    assert report.ok, str(report)
    assert in_keras(output, target, "mse", "float32") == pytest.approx(meant(output, target, "float32", sparse=False))


@pytest.mark.parametrize(("output", "target"), MISMATCHES)
def test_what_does_not_match_is_refused_though_keras_may_broadcast(output: tuple[int, ...], target: tuple[int, ...]):
    report = check(output, target, "mse", "float32")
    [error] = report.errors
    assert error.code in ("ARC301", "ARC302")
    predicted, wanted = arrays(output, target, "float32")
    found = in_keras(output, target, "mse", "float32")
    if isinstance(found, float):  # silent: more or fewer pairs are compared than there are numbers
        assert predicted.size != wanted.size


CODES: list[tuple[tuple[int, ...], tuple[int, ...], bool]] = [
    ((3,), (), True),
    ((3,), (1,), True),
    ((5, 3), (5,), True),
    ((5, 3), (5, 1), True),
    ((3,), (5,), False),
    ((5, 3), (), False),
    ((5, 3), (1,), False),
    ((5, 3), (4,), False),
]


@pytest.mark.parametrize(("output", "target", "fits"), CODES)
def test_codes(output: tuple[int, ...], target: tuple[int, ...], fits: bool):
    loss = "sparse_categorical_crossentropy"
    report = check(output, target, loss, "int32")
    assert report.ok == fits, str(report)
    found = in_keras(output, target, loss, "int32")
    if fits:
        assert found == pytest.approx(meant(output, target, "int32", sparse=True), rel=1e-4)
    else:
        assert isinstance(found, str)


@pytest.mark.parametrize(
    ("loss", "target", "dtype", "mended"),
    [
        ("sparse_categorical_crossentropy", (3,), "float32", "categorical_crossentropy"),
        ("categorical_crossentropy", (), "int32", "sparse_categorical_crossentropy"),
    ],
)
def test_one_hot_and_codes_are_told_apart(loss: str, target: tuple[int, ...], dtype: str, mended: str):
    [error] = check((3,), target, loss, dtype).errors
    assert error.code == "ARC306"
    assert mended in str(error.help)
    assert isinstance(in_keras((3,), target, loss, dtype), str)
    assert check((3,), target, mended, dtype).ok


def test_losses_along_another_axis_are_left_alone():
    spec: dict[str, Any] = {
        "archcompiler": 1,
        "inputs": {"x": [3, 5]},
        "layers": [{"Identity": None, "name": "y"}],
        "target": {"shape": [5], "dtype": "int32"},
        "training": {"loss": {"SparseCategoricalCrossentropy": {"axis": 1}}},
    }
    assert archcompiler.check(spec).ok


@pytest.mark.parametrize("layers", ["[ops.mean]", "[{ops.sum: {axis: [0, 1]}}]", "[ops.mean, ops.square]"])
@pytest.mark.parametrize("target", ["[1]", "[]", "{same_as: x}"])
def test_an_output_without_a_batch_axis(layers: str, target: str) -> None:
    """Keras trains it: towards the mean of the batch, whatever the targets are."""
    text = f"archcompiler: 1\ninputs: {{x: [4]}}\nlayers: {layers}\ntarget: {target}\ntraining: {{loss: mse}}\n"
    (error,) = archcompiler.check(io.StringIO(text)).errors
    assert error.code == "ARC301" and error.span is not None and error.span.line == 3
    assert "takes the batch axis away" in error.message


SPLIT = """\
archcompiler: 1
batch_size: 32
inputs: {x: [6, 2]}
layers:
  - LSTM: {units: 3, stateful: true}
  - Dense: 1
    name: y
%s
training: {loss: mse, shuffle: false, validation_split: 0.1, samples: 640}
"""


def test_a_share_counts_only_where_no_data_to_validate_on_are_given() -> None:
    """Keras then parts nothing off, so that no batch is left open by it."""
    with_data = "validation_data: {x: [64, 6, 2], y: [64, 1]}"
    assert [one.code for one in archcompiler.check(io.StringIO(SPLIT % "")).diagnostics] == []
    text = SPLIT.replace("0.1", "0.12")
    assert [one.code for one in archcompiler.check(io.StringIO(text % "")).diagnostics] == ["ARC320"]
    assert [one.code for one in archcompiler.check(io.StringIO(text % with_data)).diagnostics] == ["ARC445"]
    data = "data: {x: [640, 6, 2], y: [640, 1]}"
    text = text.replace(", samples: 640", "")
    assert [one.code for one in archcompiler.check(io.StringIO(text % data)).diagnostics] == ["ARC320"]
    both = f"{data}\n{with_data}"
    assert [one.code for one in archcompiler.check(io.StringIO(text % both)).diagnostics] == ["ARC445"]
