"""`classes`, `range`, `one_hot` and `lengths`: what numbers are said to be, held against layers, outputs and losses."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

import archcompiler

TEXT = """\
archcompiler: 1
inputs: {words: {shape: [steps], dtype: int32%s}}
layers:
  - Embedding: {input_dim: 50, output_dim: 8%s}
  - LSTM: 8
  - Dense: {units: 4, activation: softmax}
    name: kind
target: {shape: []%s}
training: {loss: sparse_categorical_crossentropy}
"""


def codes(said: str = "", embedding: str = "", target: str = ", classes: 4", text: str = TEXT) -> list[str]:
    report = archcompiler.check(io.StringIO(text % (said, embedding, target)))
    assert all(one.span is not None for one in report.diagnostics)
    return [one.code for one in report.diagnostics]


@pytest.mark.parametrize("said", ["", ", classes: 50", ", classes: 20", ", range: [0, 49]", ", range: [3, 7]"])
def test_what_fits(said: str) -> None:
    assert codes(said) == []


@pytest.mark.parametrize(
    "said",
    [", classes: 51", ", range: [0, 50]", ", range: [-1, 20]", ", one_hot: true", ", classes: 51, lengths: varying"],
)
def test_codes_that_the_embedding_does_not_know(said: str) -> None:
    assert codes(said, ", mask_zero: true" if "lengths" in said else "") == ["ARC307"]


@pytest.mark.parametrize(
    ("target", "wanted"), [(", classes: 4", []), (", classes: 3", ["ARC428"]), (", classes: 5", ["ARC307"])]
)
def test_classes_of_a_target(target: str, wanted: list[str]) -> None:
    assert codes(target=target) == wanted


def test_a_target_with_classes_is_of_whole_numbers() -> None:
    text = TEXT.replace("target: {shape: []%s}", "target: {shape: [], classes: 4}%s")
    report = archcompiler.check(io.StringIO(text % ("", "", "")))
    assert report.ok and "float32" not in archcompiler.resolve(io.StringIO(text % ("", "", "")))


def test_more_than_two_classes_on_one_number() -> None:
    text = TEXT.replace("units: 4, activation: softmax", "units: 1, activation: sigmoid")
    text = text.replace("sparse_categorical", "binary").replace("{shape: []", "{shape: [1]")
    assert codes(target=", classes: 2", text=text) == []
    assert codes(target=", classes: 3", text=text) == ["ARC307"]


@pytest.mark.parametrize(
    ("shape", "wanted"), [("[steps, 6], classes: 6", []), ("[steps, 6], classes: 5", ["ARC307"]), ("[]", ["ARC307"])]
)
def test_one_hot_inputs(shape: str, wanted: list[str]) -> None:
    layers = "[{LSTM: 3}]" if "steps" in shape else "[Identity]"
    text = f"archcompiler: 1\ninputs: {{x: {{shape: {shape}, one_hot: true}}}}\nlayers: {layers}\n"
    assert [one.code for one in archcompiler.check(io.StringIO(text)).diagnostics] == wanted


@pytest.mark.parametrize("said", [", range: [5, 1]", ", range: [1, 2, 3]"])
def test_a_range_that_is_none(said: str) -> None:
    assert codes(said) == ["ARC113"]


@pytest.mark.parametrize(
    "said", [", range: [1]", ", classes: 0", ", classes: many", ", one_hot: 1", ", lengths: [1, 2]"]
)
def test_what_is_no_such_value(said: str) -> None:
    assert len(codes(said)) == 1


def test_the_fix_of_an_embedding() -> None:
    text = TEXT % (", classes: 70", "", ", classes: 4")
    (found,) = archcompiler.check(io.StringIO(text)).diagnostics
    assert found.fix is not None and [one.text for one in found.fix.edits] == ["70"]


@pytest.mark.parametrize(("embedding", "wanted"), [("", ["ARC410"]), (", mask_zero: true", [])])
def test_sequences_that_differ_in_length(embedding: str, wanted: list[str]) -> None:
    assert codes(", lengths: varying", embedding) == wanted


@pytest.mark.parametrize(
    ("layers", "wanted"),
    [
        ("[Masking, {LSTM: 3}]", []),
        ("[{Dense: 3}, {LSTM: 3}]", ["ARC410"]),
        ("[{Dense: 3}, GlobalAveragePooling1D]", ["ARC410"]),
        ("[{Dense: 3}]", []),
        ("[Masking, GlobalAveragePooling1D]", []),
        ("[{Dropout: 0.1}, {Conv1D: {filters: 2, kernel_size: 3, padding: causal}}]", ["ARC410"]),
    ],
)
def test_padding_of_numbers(layers: str, wanted: list[str]) -> None:
    text = f"archcompiler: 1\ninputs: {{x: {{shape: [steps, 3], lengths: varying}}}}\nlayers: {layers}\n"
    assert [one.code for one in archcompiler.check(io.StringIO(text)).diagnostics] == wanted


def test_keras_does_with_padding_what_is_claimed() -> None:
    """Without a mask the padding changes what an LSTM gives; with one it does not."""
    given = np.array([[3, 4, 5, 0, 0, 0]])
    for embedding, same in (("", False), (", mask_zero: true", True)):
        model: Any = archcompiler.build(io.StringIO(TEXT % ("", embedding, ", classes: 4")), seed=1)
        whole, short = np.asarray(model(given)), np.asarray(model(given[:, :3]))
        assert np.allclose(whole, short) == same


def test_keras_fails_where_codes_are_not_known() -> None:
    model: Any = archcompiler.build(io.StringIO(TEXT % ("", "", ", classes: 4")), seed=1)
    with pytest.raises(Exception, match="not in"):
        model(np.array([[50]]))
    with pytest.raises(Exception, match="outside the valid range"):
        model.evaluate(np.array([[1]]), np.array([4]), verbose=0)
