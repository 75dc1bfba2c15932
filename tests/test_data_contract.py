"""`data`, `validation_data`, `serving` and files of data: held against the model, beside what Keras does with them."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import keras
import numpy as np
import pytest
from pyarrow import parquet, table

import archcompiler
from archcompiler import dims
from archcompiler.edits import apply
from archcompiler.show.schema import language_schema
from archcompiler.spec.expressions import evaluate
from archcompiler.spec.reader import read

SERIES = """archcompiler: 1
inputs: {readings: INPUT}
layers:
  - LSTM: LSTM_OF
  - Dense: 1
    name: forecast
data: {readings: GIVEN, forecast: TARGET}
training: {optimizer: sgd, loss: mse}
"""
WORDS = """archcompiler: 1
inputs: {words: {shape: [12], dtype: int32}}
layers:
  - Embedding: {input_dim: 50, output_dim: 4}
  - LSTM: 4
  - Dense: {units: 5, activation: softmax}
    name: kind
data: {words: GIVEN, kind: TARGET}
training: {optimizer: sgd, loss: LOSS}
"""
STATEFUL = """archcompiler: 1
batch_size: 4
inputs: {readings: [steps, 2]}
layers:
  - LSTM: {units: 3, stateful: true}
  - Dense: 1
    name: forecast
training: {optimizer: sgd, loss: mse, shuffle: false}
"""
ROOT = Path(__file__).parent.parent
SPARSE, CATEGORICAL = "sparse_categorical_crossentropy", "categorical_crossentropy"


def series(given: str, target: str, made_for: str = "[24, 2]", lstm: str = "8") -> str:
    text = SERIES.replace("INPUT", made_for).replace("GIVEN", given).replace("TARGET", target)
    return text.replace("LSTM_OF", lstm)


def words(given: str, target: str, loss: str) -> str:
    return WORDS.replace("GIVEN", given).replace("TARGET", target).replace("LOSS", loss)


def told(text: str, **data: Any) -> list[tuple[str, str]]:
    """The code of each report, and what stands at its place."""
    found: list[tuple[str, str]] = []
    for one in archcompiler.check(io.StringIO(text), **data).diagnostics:
        assert one.span is not None
        assert one.help or one.notes
        line = text.splitlines()[one.span.line - 1]
        found.append((one.code, line[one.span.column - 1 : one.span.end_column - 1]))
    return found


PER_STEP = "{units: 8, return_sequences: true}"
CONVOLVED = series("[90, 24, 2]", "[90, 22, 1]", "[steps, 2]").replace("LSTM: 8", "Conv1D: [8, 3]")
CONVOLVED = CONVOLVED.replace("Conv1D: [8, 3]", "Conv1D: {filters: 8, kernel_size: 3}")
FINE: dict[str, str] = {
    "per sample": series("[90, 24, 2]", "[90, 1]"),
    "no last axis": series("[90, 24]", "[90]", "[24, 1]"),
    "a last axis too many": words("[90, 12, 1]", "[90, 1]", SPARSE),
    "words for sizes": series("[n, length, 2]", "[n, 1]", "[steps, 2]"),
    "unknown sizes": series("[null, null, 2]", "[null, 1]", "[steps, 2]"),
    "called batch": series("[batch, 24, 2]", "[batch, 1]"),
    "per step": series("[90, 24, 2]", "[90, 24, 1]", "[steps, 2]", PER_STEP),
    "per step, no last axis": series("[90, 24, 2]", "[90, 24]", "[steps, 2]", PER_STEP),
    "convolved": CONVOLVED,
    "whole numbers": series("{shape: [90, 24, 2], dtype: int32}", "[90, 1]"),
    "codes": words("[90, 12]", "[90]", SPARSE),
    "codes as floats": words("[90, 12]", "{shape: [90], dtype: float32}", SPARSE),
    "codes said to be some": words("{shape: [90, 12], range: [0, 49]}", "{shape: [90], classes: 5}", SPARSE),
    "one-hot": words("[90, 12]", "{shape: [90, 5], one_hot: true}", CATEGORICAL),
    "floats that are codes": words("{shape: [90, 12], dtype: float32, classes: 50}", "[90]", SPARSE),
    "no loss": series("[90, 24, 2]", "[90, 1]").replace("training: {optimizer: sgd, loss: mse}\n", ""),
    "only what is fed": series("[90, 24, 2]", "[90, 1]")
    .replace(", forecast: [90, 1]", "")
    .replace("training: {optimizer: sgd, loss: mse}\n", ""),
    "weights": series("[90, 24, 2]", "[90, 1], sample_weight: [90]"),
    "weights a step": series("[90, 24, 2]", "[90, 24, 1], sample_weight: [90, 24]", "[24, 2]", PER_STEP),
    "validation of other steps": series("[90, 24, 2]", "[90, 1]", "[steps, 2]")
    + "validation_data: {readings: [9, 30, 2], forecast: [9, 1]}\n",
    "served one by one": series("[90, 24, 2]", "[90, 1]", "[steps, 2]")
    + "serving: {batch_size: 1, readings: [null, 2]}\n",
    "served with the batch axis": series("[90, 24, 2]", "[90, 1]") + "serving: {readings: [1, 24, 2]}\n",
    "cut into windows": series("[500, 2]", "[500, 1]").replace("loss: mse", "loss: mse, windows: {length: 24}"),
    "a fixed batch without state": "batch_size: 32\n" + series("[90, 24, 2]", "[90, 1]") + "serving: {batch_size: 1}\n",
    "state": STATEFUL + "data: {readings: [80, 9, 2], forecast: [80, 1]}\nserving: {batch_size: 4}\n",
    "a count among sizes": series("[24, 24, 2]", "[24, 1]", "[24, 2]"),
}


SEVERAL = """archcompiler: 1
inputs:
  series: [48, 3]
  calendar: [48, 5]
layers:
  - Concatenate: {axis: -1}
    from: [series, calendar]
  - Conv1D: {filters: 16, kernel_size: 3, padding: causal}
  - LSTM: {units: 24, return_sequences: true}
    name: memory
  - Dense: 2
    name: per_step
  - LSTM: 9
    from: memory
  - Dense: {units: 6, activation: softmax}
    name: kind
outputs: [per_step, kind]
data:
  series: [700, 48, 3]
  calendar: [700, 48, 5]
  per_step: [700, 48, 2]
  kind: {shape: [700], classes: 6}
validation_data:
  series: [70, 48, 3]
  calendar: [70, 48, 5]
  per_step: [70, 48, 2]
  kind: {shape: [70], classes: 6}
training:
  optimizer: adam
  loss: {per_step: mse, kind: sparse_categorical_crossentropy}
"""
COPY = """archcompiler: 1
inputs:
  series: [24, 3]
layers:
  - LSTM: 16
  - RepeatVector: 24
  - LSTM: {units: 16, return_sequences: true}
  - TimeDistributed: {Dense: 3}
    name: copy
data:
  series: [700, 24, 3]
  copy: [700, 24, 3]
training: {optimizer: adam, loss: mse}
"""


@pytest.mark.parametrize("name", FINE)
def test_what_fits_is_fine(name: str) -> None:
    assert told(FINE[name]) == []


WRONG: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "steps": (series("[90, 12, 2]", "[90, 1]"), [("ARC503", "[90, 12, 2]")]),
    "a misfit in both sets": (
        series("[90, 12, 2]", "[90, 1]") + "validation_data: {readings: [9, 12, 2], forecast: [9, 1]}\n",
        [("ARC503", "[90, 12, 2]")],
    ),
    "a target that misfits in both sets": (
        series("[90, 24, 2]", "[90, 3]") + "validation_data: {readings: [9, 24, 2], forecast: [9, 3]}\n",
        [("ARC302", "[90, 3]")],
    ),
    "words that differ": (
        series("[n, steps, 2]", "[n, hours, 1]", "[steps, 2]", PER_STEP), [("ARC302", "[n, hours, 1]")]
    ),
    "a convolution's steps": (CONVOLVED.replace("22", "24"), [("ARC302", "[90, 24, 1]")]),
    "one number against all": (series("[90, 24, 2]", "[90]", "[24, 2]", PER_STEP), [("ARC301", "[90]")]),
    "samples in a target": (
        series("[90, 24, 2]", "[90, 1]") + "targets: {forecast: {shape: [90, 1]}}\n", [("ARC324", "90")]
    ),
    "samples in the target": (series("[90, 24, 2]", "[90, 1]") + "target: {shape: [90, 1]}\n", [("ARC324", "90")]),
    "a declared target": (
        series("[90, 24, 2]", "[90, 3]") + "targets: {forecast: {shape: [1]}}\n", [("ARC503", "[90, 3]")]
    ),
    "a target that is declared wrong": (
        series("[90, 24, 2]", "[90, 1]") + "targets: {forecast: {shape: [3]}}\n", [("ARC302", "shape")]
    ),
    "a step too few for what comes next": (
        words("[90, 12]", "[90]", SPARSE).replace(", kind: [90]", "").replace("LSTM: 4", f"LSTM: {PER_STEP}")
        + "target: {next_step_of: words}\n",
        [("ARC503", "[90, 12]")],
    ),
    "codes in one column": (words("[90, 12]", "[90, 1]", CATEGORICAL), [("ARC306", CATEGORICAL)]),
    "codes from 1 on": (words("[90, 12]", "{shape: [90], range: [1, 5]}", SPARSE), [("ARC307", "[1, 5]")]),
    "a range beyond what is declared": (
        words("{shape: [90, 12], range: [0, 45]}", "[90]", SPARSE).replace("int32}", "int32, classes: 40}"),
        [("ARC307", "[0, 45]")],
    ),
    "text": (series("{shape: [90, 24, 2], dtype: string}", "[90, 1]"), [("ARC504", "string")]),
    "weights a sample": (
        series("[90, 24, 2]", "[90, 24, 1], sample_weight: [90]", "[24, 2]", PER_STEP), [("ARC503", "[90]")]
    ),
    "weights of others": (series("[90, 24, 2]", "[90, 1], sample_weight: [80]"), [("ARC503", "[80]")]),
    "no samples left over": (
        STATEFUL.replace("mse,", "mse, validation_split: 0.1,")
        + "data: {readings: [80, 9, 2], forecast: [80, 1]}\n",
        [],
    ),
    "samples left over by the split": (
        STATEFUL.replace("mse,", "mse, validation_split: 0.12,")
        + "data: {readings: [80, 9, 2], forecast: [80, 1]}\n",
        [("ARC320", "0.12")],
    ),
    "served shape of a stateful model": (STATEFUL + "serving: {readings: [1, 9, 2]}\n", [("ARC320", "1")]),
    "windows longer than the data": (
        series("[20, 2]", "[20, 1]").replace("loss: mse", "loss: mse, windows: {length: 24}"),
        [("ARC506", "[20, 2]")],
    ),
    "what is no shape": (series("24", "[90, 1]"), [("ARC103", "24")]),
    "a key that is none": (series("{shpe: [90, 24, 2]}", "[90, 1]"), [("ARC101", "shpe")]),
    "a shape for everything": (
        series("X", "Y").replace("{readings: X, forecast: Y}", "[90, 24, 2]"), [("ARC103", "[90, 24, 2]")]
    ),
    "no batch axis": (series("[]", "[90, 1]"), [("ARC120", "[]")]),
    "a target served": (series("[90, 24, 2]", "[90, 1]") + "serving: {forecast: [1, 1]}\n", [("ARC323", "forecast")]),
    "a count of what is no count": (
        series("[90, 24, 2]", "[90, 1]") + "serving: {batch_size: [1]}\n", [("ARC103", "batch_size")]
    ),
    "a wrong layer, and data": (
        series("[90, 24, 2]", "[90, 1]").replace("- Dense: 1", "- LSTM: 1"), [("ARC201", "LSTM")]
    ),
    "steps that a target does not have": (
        series("[90, 24, 2]", "[90, 12, 1]", "[null, 2]", PER_STEP), [("ARC302", "[90, 12, 1]")]
    ),
    "steps that a described target does not have": (
        series("[90, 24, 2]", "[90, 12, 1]", "[steps, 2]", PER_STEP) + "targets: {forecast: {shape: [12, 1]}}\n",
        [("ARC302", "shape")],
    ),
    "steps that a convolution uses up": (
        series("[90, 4, 2]", "[90, 1]", "[null, 2]").replace(
            "- LSTM", "- Conv1D: {filters: 2, kernel_size: 5}\n  - LSTM"
        ),
        [("ARC206", "5")],
    ),
    "a count in a shape hides what follows": (
        series("[90, 24, 2]", "[90, 24, 3]", "[90, 24, 2]"), [("ARC324", "90")]
    ),
    "a count in a shape, and another name": (
        series("[90, 24, 2]", "[90, 1]", "[90, 24, 2]").replace("forecast: [90, 1]", "y: [90, 1]"),
        [("ARC324", "90"), ("ARC323", "y")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_told_once(name: str) -> None:
    text, expected = WRONG[name]
    assert told(text) == expected


@pytest.mark.parametrize(
    ("shape", "came", "help", "fixed"),
    [
        ("[24, 2]", "[90, 48]", "reshape the data, to (90, 24, 2), or write `readings: [48]`", None),
        ("[steps, 2]", "[90, 48]", "reshape the data, for example to (90, 24, 2)", None),
        ("[24, 2]", "[90, 2, 24]", "transpose the data to (90, 24, 2)", None),
        ("[24, 2]", "[90, 2]", "`windows: {length: 24}` under `training`", None),
        ("[24, 2]", "[90, 24, 3]", "write `readings: [24, 3]` under `inputs`", "{readings: [24, 3]}"),
        ("[steps, 2]", "[90, 24, 3]", "write `readings: [steps, 3]` under `inputs`", "{readings: [steps, 3]}"),
        ('[24, "${width}"]', "[90, 24, 3]", "write `readings: [24, 3]` under `inputs`", "{readings: [24, 3]}"),
        ("[24, 2]", "[90, 7]", "reshape the data, or change the shape", None),
        ("[8, 8, 3]", "[90, 8, 8, 1]", "repeat the gray channel 3 times", None),
    ],
)
def test_data_of_another_shape_are_mended(shape: str, came: str, help: str, fixed: str | None) -> None:
    text = series(came, "[90, 1]", shape).replace("archcompiler: 1", "archcompiler: 1\nparams: {width: 2}")
    text = text.replace("params: {width: 2}\n", "") if "width}" not in shape else text
    text = text.replace("LSTM: 8", "Flatten") if shape.count(",") == 2 else text
    [found] = archcompiler.check(io.StringIO(text)).diagnostics
    assert found.code == "ARC503"
    assert found.help is not None and help in found.help
    assert (found.fix is None) == (fixed is None)
    if found.fix is not None and fixed is not None:
        mended = apply(text, found.fix.edits)
        assert fixed in mended
        assert archcompiler.check(io.StringIO(mended)).ok


def test_nested_inputs_say_what_their_numbers_are() -> None:
    text = (
        "archcompiler: 1\ninputs: {words: {shape: [steps], dtype: int32}}\nmodels:\n  reader:\n"
        "    inputs: {tokens: {shape: [steps], dtype: int32, classes: 90, lengths: varying}}\n"
        "    layers: [{Embedding: {input_dim: 50, output_dim: 4}}, {LSTM: 4}]\nlayers: [reader, {Dense: 1}]\n"
    )
    assert told(text) == [("ARC307", "50"), ("ARC410", "LSTM")]
    mended = text.replace("input_dim: 50", "input_dim: 90, mask_zero: true").replace("output_dim", "output_dim")
    assert told(mended) == []


def outcome(fit: Callable[[], Any]) -> str:
    try:
        fit()
    except Exception as error:
        return type(error).__name__
    return "fine"


SHAPES: list[tuple[tuple[int, ...], tuple[int, ...], str]] = [
    ((24, 2), (24, 2), "fine"),
    ((24, 1), (24,), "fine"),
    ((24, 2), (12, 2), "ValueError"),
    ((24, 2), (24, 3), "ValueError"),
    ((24, 2), (48,), "ValueError"),
]


@pytest.mark.parametrize(("made_for", "given", "expected"), SHAPES)
def test_what_keras_is_fed(made_for: tuple[int, ...], given: tuple[int, ...], expected: str) -> None:
    """What is refused fails in Keras; what is taken trains."""
    text = series(str([8, *given]), "[8, 1]", str(list(made_for)))
    model = archcompiler.build(io.StringIO(series(str([8, *made_for]), "[8, 1]", str(list(made_for)))))
    found = outcome(lambda: model.fit(np.zeros((8, *given)), np.zeros((8, 1)), verbose=0))
    assert found == expected
    assert [code for code, _ in told(text)] == ([] if expected == "fine" else ["ARC503"])


@pytest.mark.parametrize(
    ("samples", "validation", "served"), [(8, 4, 4), (10, 4, 4), (8, 6, 4), (8, 4, 1)]
)  # fmt: skip
def test_what_keras_does_with_state(samples: int, validation: int, served: int) -> None:
    text = (
        f"{STATEFUL}data: {{readings: [{samples}, 6, 2], forecast: [{samples}, 1]}}\n"
        f"validation_data: {{readings: [{validation}, 6, 2], forecast: [{validation}, 1]}}\n"
        f"serving: {{batch_size: {served}}}\n"
    )
    inputs = keras.Input((None, 2), batch_size=4)
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.LSTM(3, stateful=True)(inputs)))
    model.compile("sgd", "mse")

    def all_of_it() -> None:
        pair = [np.zeros((samples, 6, 2)), np.zeros((samples, 1))]
        other = (np.zeros((validation, 6, 2)), np.zeros((validation, 1)))
        model.fit(*pair, batch_size=4, validation_data=other, shuffle=False, verbose=0)
        model.predict(np.zeros((served, 6, 2)), batch_size=served, verbose=0)

    fails = outcome(all_of_it) != "fine"
    assert [code for code, _ in told(text)] == ["ARC320"] * fails


@pytest.mark.parametrize("per_step", [True, False])
@pytest.mark.parametrize("weights", [(6,), (6, 1), (6, 24), (5,)])
def test_what_keras_does_with_weights(per_step: bool, weights: tuple[int, ...]) -> None:
    lstm, target = (PER_STEP, "[6, 24, 1]") if per_step else ("8", "[6, 1]")
    text = series("[6, 24, 2]", f"{target}, sample_weight: {list(weights)}", "[24, 2]", lstm)
    model = archcompiler.build(io.StringIO(text.replace(f", sample_weight: {list(weights)}", "")))
    x, y = np.zeros((6, 24, 2)), np.zeros(json.loads(target))
    fails = outcome(lambda: model.fit(x, y, sample_weight=np.ones(weights), batch_size=3, verbose=0)) != "fine"
    assert [code for code, _ in told(text)] == ["ARC503"] * fails


# Files


def written(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def said_in_spec(folder: Path, text: str) -> Path:
    spec = folder / "tank.yaml"
    spec.write_text(text, encoding="utf-8")
    return spec


X, Y = np.zeros((9, 24, 2), "float32"), np.zeros((9, 1), "float32")


def bare(made_for: str = "[24, 2]", lstm: str = "8") -> str:
    """A spec that says nothing of its data."""
    return series("X", "Y", made_for, lstm).replace("data: {readings: X, forecast: Y}\n", "")


BARE = bare()
NAMED = BARE + "data: tanks.npz\n"
COPYING = bare(lstm=PER_STEP).replace("Dense: 1", "Dense: 2") + "target: {same_as: readings}\n"


def test_a_file_that_the_spec_names(tmp_path: Path) -> None:
    spec = said_in_spec(tmp_path, NAMED)
    (missing,) = archcompiler.check(spec).diagnostics
    assert (missing.code, missing.loc) == ("ARC501", ("data",))
    assert archcompiler.emit(spec)  # only a check looks into it
    written(tmp_path / "tank.npz", readings=X)
    (missing,) = archcompiler.check(spec).diagnostics
    assert missing.help == "did you mean `tank.npz`?"
    written(tmp_path / "tanks.npz", readings=X, forecast=Y)
    assert archcompiler.check(spec).diagnostics == ()
    broken = X.copy()
    broken[3, 2, 1] = np.nan
    written(tmp_path / "tanks.npz", readings=broken, forecast=Y)
    (found,) = archcompiler.check(spec).diagnostics
    assert found.code == "ARC505" and "[3, 2, 1]" in found.message
    assert [note.message for note in found.notes] == ["the data are named here"]


def test_a_file_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    folder.mkdir()
    written(tmp_path / "tanks.npz", readings=X, forecast=Y)
    spec = said_in_spec(folder, NAMED.replace("tanks.npz", "../tanks.npz"))
    (found,) = archcompiler.check(spec).diagnostics
    assert found.code == "ARC501" and "outside" in found.message
    command = [sys.executable, "-m", "archcompiler", "check", str(spec), "--allow-outside"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    link = folder / "tanks.npz"
    link.symlink_to(tmp_path / "tanks.npz")
    (found,) = archcompiler.check(said_in_spec(folder, NAMED)).diagnostics
    assert found.code == "ARC501"


def test_targets_of_which_only_the_data_tell(tmp_path: Path) -> None:
    """Codes for a sparse loss, though nothing in the spec says so."""
    text = words("X", "Y", SPARSE).replace("data: {words: X, kind: Y}\n", "")
    codes, kinds = np.ones((9, 12), "int64"), np.ones(9, "int64")
    for data in (
        {"words": codes, "kind": kinds},
        {"words": [9, 12], "kind": [9]},
        written(tmp_path / "a.npz", words=codes, kind=kinds),
    ):
        assert told(text, data=data) == []
    (found,) = told(text, data={"words": codes, "kind": np.ones((9, 5), "float32")})
    assert found == ("ARC306", SPARSE)
    (found,) = archcompiler.check(io.StringIO(text), data={"words": codes, "kind": kinds + 4}).diagnostics
    assert found.code == "ARC505" and "5 are known" in found.message
    for data in ({"readings": X, "forecast": X[..., :1]}, written(tmp_path / "b.npz", readings=X, forecast=X[..., :1])):
        (found,) = archcompiler.check(io.StringIO(BARE), data=data).diagnostics
        assert found.code == "ARC301" and found.fix is not None


def test_validation_data_of_their_own(tmp_path: Path) -> None:
    whole = written(tmp_path / "train.npz", readings=X, forecast=Y)
    other = written(tmp_path / "val.npz", readings=X[:, :20], forecast=Y)
    spec = said_in_spec(tmp_path, BARE)
    (found,) = archcompiler.check(spec, data=whole, validation_data=other).diagnostics
    assert found.code == "ARC503" and "val.npz" in found.message
    command = [sys.executable, "-m", "archcompiler", "check", str(spec)]
    command += ["--data", str(whole), "--validation-data", str(other)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1 and done.stdout.count("ARC503") == 1
    command[-1] = str(tmp_path / "none.npz")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2


def test_a_range_is_held_against_the_numbers() -> None:
    text = bare("{shape: [24, 2], range: [0, 1]}")
    assert told(text, data={"readings": X, "forecast": Y}) == []
    (found,) = archcompiler.check(io.StringIO(text), data={"readings": X + 2, "forecast": Y}).diagnostics
    assert found.code == "ARC505" and "432 such" in found.message


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_tables(suffix: str, tmp_path: Path) -> None:
    """Sequences side by side, codes beyond what is known, and words, each in its row."""
    text = bare("{shape: [steps, 2], columns: [level, flow]}", PER_STEP)
    text = text.replace("Dense: 1", "Dense: 2") + "target: {next_step_of: readings}\n"
    text = text.replace("loss: mse", "loss: mse, windows: {length: 3}")
    path = tmp_path / f"data{suffix}"

    def write(level: list[Any]) -> Path:
        rows = {"sequence": ["a"] * 4 + ["b"] * 6, "flow": [0.5] * 10, "level": level}
        if suffix == ".parquet":
            parquet.write_table(table(rows), path)
        else:
            lines = [",".join(rows), *(",".join(map(str, row)) for row in zip(*rows.values(), strict=True))]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    assert told(text, data=write([1] * 9 + [0.25] if suffix == ".csv" else [1.0] * 10)) == []
    (found,) = archcompiler.check(io.StringIO(text), data=write([1.0] * 6 + [float("nan")] + [1.0] * 3)).diagnostics
    assert found.code == "ARC505" and "row 7" in found.message
    (found,) = archcompiler.check(io.StringIO(text), data=write(["x"] * 10)).diagnostics
    assert found.code == "ARC501"


def sparse_npy(path: Path, shape: tuple[int, ...], kept: float = 1.0) -> Path:
    """Zeros that take no room on disk; `kept` of them."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
        file.truncate(file.tell() + int(np.prod(shape) * 4 * kept))
    return path


MEASURED = """
import resource, sys, archcompiler
archcompiler.check(sys.argv[1], data={"readings": [9, 24, 2]})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = archcompiler.check(sys.argv[1], data=sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, [one.code for one in report.diagnostics])
"""


@pytest.mark.parametrize("packed", [False, True])
def test_a_large_file_does_not_fill_memory(packed: bool, tmp_path: Path) -> None:
    """400 MB of numbers: what they take in memory, in KB."""
    spec = said_in_spec(tmp_path, COPYING)
    path = sparse_npy(tmp_path / "readings.npy", (2_100_000, 24, 2))
    if packed:
        with zipfile.ZipFile(tmp_path / "data.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(path, "readings.npy")
        path = tmp_path / "data.npz"
    done = subprocess.run([sys.executable, "-c", MEASURED, str(spec), str(path)], capture_output=True, encoding="utf-8",
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    grown, codes = done.stdout.split(maxsplit=1)
    assert codes.strip() == "[]"
    assert int(grown) < 80_000


def test_a_misfit_is_told_from_the_header_alone(tmp_path: Path) -> None:
    """No number of it is read: there is none."""
    path = sparse_npy(tmp_path / "a.npy", (10_000_000, 12, 2))
    (found,) = archcompiler.check(io.StringIO(COPYING), data=path).diagnostics
    assert found.code == "ARC503"


def bomb(path: Path) -> Path:
    """A few bytes that claim a hundred terabytes."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**12, 24, 2)})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readings.npy", header.getvalue() + bytes(10_000_000))
    return path


def changed(path: Path) -> Path:
    """An npz whose bytes were damaged in the middle."""
    content = bytearray(written(path, readings=np.random.default_rng(0).normal(size=(9, 24, 2))).read_bytes())
    content[2000] ^= 0xFF
    path.write_bytes(content)
    return path


def negative(path: Path) -> Path:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (-9, 24, 2), }"
    header += b" " * (63 - (len(header) + 10) % 64) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return path


HOSTILE: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "cut off": ("a.npy", lambda path: sparse_npy(path, (9, 24, 2), kept=0.5)),
    "a bomb": ("a.npz", bomb),
    "damaged": ("a.npz", changed),
    "no header": ("a.npy", lambda path: (path.write_bytes(b"\x93NUMPY\x01\x00\xff\xff"), path)[1]),
    "a version to come": ("a.npy", lambda path: (path.write_bytes(b"\x93NUMPY\x09\x00"), path)[1]),
    "code for a header": (
        "a.npy",
        lambda path: (path.write_bytes(b"\x93NUMPY\x01\x00\x14\x00__import__('os').abc"), path)[1],
    ),
    "less than nothing": ("a.npy", negative),
    "another suffix": ("a.npz", lambda path: sparse_npy(path, (9, 24, 2))),
    "a folder of nothing": ("a.npz", lambda path: (zipfile.ZipFile(path, "w").close(), path)[1]),
    "objects": ("a.npz", lambda path: written(path, readings=np.array([{}], dtype=object))),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(name: str, tmp_path: Path) -> None:
    file, write = HOSTILE[name]
    (found,) = archcompiler.check(io.StringIO(COPYING), data=write(tmp_path / file)).diagnostics
    assert found.code == ("ARC502" if name == "a folder of nothing" else "ARC501")
    assert found.help


def test_what_is_not_asked_for_may_be_anything(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz", readings=X, forecast=Y, notes=np.array([{}], dtype=object))
    assert told(BARE, data=path) == []


def test_arrays_in_another_order(tmp_path: Path) -> None:
    """The place of a number is told as numpy has it, also where the first axis runs fastest."""
    array = np.zeros((9, 24, 2), order="F")
    array[4, 3, 1] = np.inf
    for data in (written(tmp_path / "a.npz", readings=array, forecast=Y), {"readings": array, "forecast": Y}):
        (found,) = archcompiler.check(io.StringIO(BARE), data=data).diagnostics
        assert "[4, 3, 1]" in found.message


# What else reads a spec


EVERY_KEY = (
    series("{shape: [n, length, 2], lengths: varying}", "{shape: [n, 1], dtype: float32, range: [0, 1]}", "[steps, 2]")
    .replace("archcompiler: 1\n", "archcompiler: 1\nparams: {length: 24}\n")
    .replace("layers:\n", "layers:\n  - Masking\n")
    + "validation_data: {readings: [9, 24, 2], forecast: [9, 1]}\nserving: {batch_size: 1, readings: [null, 2]}\n"
)


def test_every_key_is_known_to_all_that_read_it() -> None:
    import jsonschema

    report = archcompiler.check(io.StringIO(EVERY_KEY))
    assert report.diagnostics == ()
    resolved = archcompiler.resolve(io.StringIO(EVERY_KEY))
    assert "[n, 24, 2]" in resolved and "serving: {batch_size: 1" in resolved
    assert archcompiler.check(io.StringIO(resolved)).diagnostics == ()
    assert archcompiler.resolve(io.StringIO(resolved)) == resolved
    validator = jsonschema.Draft202012Validator(language_schema())
    for text in (EVERY_KEY, NAMED):
        document, _ = read(text, "spec.yaml")
        assert document is not None
        assert list(validator.iter_errors(document.data)) == []
    for wrong in ("data: [1]", "data: {x: {shpe: [1]}}", "serving: {batch_size: -1}", "serving: 3"):
        document, _ = read(f"archcompiler: 1\ninputs: {{x: [3]}}\nlayers: [Flatten]\n{wrong}\n", "spec.yaml")
        assert document is not None
        assert list(validator.iter_errors(document.data)), wrong


def test_the_names_of_data_follow_those_of_outputs() -> None:
    text = series("[90, 24, 2]", "[90, 1]").replace("forecast", "dense").replace("    name: dense\n", "")
    assert archcompiler.check(io.StringIO(text)).diagnostics == ()
    resolved = archcompiler.resolve(io.StringIO(text))
    assert archcompiler.check(io.StringIO(resolved)).diagnostics == ()


def test_a_spec_that_describes_its_data_needs_no_numpy() -> None:
    code = "import sys, io, archcompiler\narchcompiler.check(io.StringIO(sys.argv[1]))\nprint('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, EVERY_KEY], capture_output=True, encoding="utf-8", check=False)
    assert done.stdout == "False\n", done.stderr


SPECS = [*sorted((ROOT / "examples").glob("*.yaml")), *sorted((ROOT / "tests" / "architectures").glob("*.yaml"))]


def size_of(entry: Any, params: dict[str, Any]) -> int:
    """The size that an entry of a shape stands for, where what is open is 36."""
    if isinstance(entry, int):
        return entry
    words = dict.fromkeys(re.findall(r"[a-z_]+", str(entry)), 36)
    return 36 if entry is None else cast("int", evaluate(str(entry), {**words, **params}))


def data_for(spec: dict[str, Any], report: archcompiler.Report) -> dict[str, list[int]]:
    """The shapes of data that fit a sound spec: 960 samples, and 36 of every size that is open."""
    assert report.graph is not None
    training, params = spec.get("training") or {}, spec.get("params") or {}
    targets = spec.get("targets") or {}
    if "target" in spec:
        targets = {next(iter(report.graph.outputs)): spec["target"]}
    shifted = {one.get("next_step_of") for one in targets.values() if isinstance(one, dict)}
    windowed, data = "windows" in training, {}
    for name, typed in report.graph.inputs.items():
        shape = [960, *(36 if one is None else one for one in typed.shape[1:])]
        if name in shifted and not windowed:
            shape[1] += 1
        if windowed and len(shape) > 1:
            shape[1] = 5_000
        data[name] = shape
    losses = training.get("loss")
    for name, typed in report.graph.outputs.items():
        loss = losses
        if isinstance(losses, dict) and set(losses) & set(report.graph.outputs):
            loss = losses.get(name)
        if name not in targets and loss is None:
            continue
        sizes = [None if one is None else dims.text(one) if not isinstance(one, int) else one for one in typed.axes[1:]]
        target = targets.get(name) or {"shape": sizes}
        if name not in targets and "sparse" in str(loss).lower():
            target = {"shape": sizes[:-1]}
        shape = target.get("shape") if isinstance(target, dict) else target
        if shape is not None:
            data[name] = [960, *(size_of(one, params) for one in shape)]
            if windowed and len(data[name]) > 2 and not isinstance(shape[0], int):
                data[name][1] = 5_000
    return data


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_data_that_fit_are_fine(path: Path) -> None:
    """Every example and every public architecture, its data given from outside, and described in the spec, with and
    without its targets."""
    text = archcompiler.resolve(path)
    spec = read(text, path.name)[0].data  # type: ignore[union-attr]
    before = archcompiler.check(io.StringIO(text))
    data = data_for(spec, before)
    assert archcompiler.check(io.StringIO(text), data=data).diagnostics == before.diagnostics
    described = text + f"\ndata: {json.dumps(data)}\nvalidation_data: {json.dumps(data)}\n"
    stream = io.StringIO(described)
    stream.name = str(path)  # type: ignore[attr-defined]
    told = [one.code for one in archcompiler.check(stream).diagnostics]
    # A share for validation is not used beside the data that are added.
    assert [one for one in told if one != "ARC445"] == [one.code for one in before.diagnostics]
    if "windows" in (spec.get("training") or {}) or "next_step_of" in text or "same_as" in text:
        return
    told_of = {key: value for key, value in spec.items() if key not in ("target", "targets")}
    if "params" in told_of or "include" in told_of:
        return
    report = archcompiler.check({**told_of, "data": data_for(told_of, before)})
    assert report.ok, str(report)


NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
UNEXPLAINED = {("convolved", "3", "1")}
"""Mistakes that are told, at another line: a convolution over one step takes none away."""


def test_a_number_that_is_mistaken_is_told_once_and_in_its_place() -> None:
    """Every number of every spec above, by one more, and as 1: no mistake is told twice, and each shows its line."""
    told_of = 0
    for name, text in {**FINE, "several outputs": SEVERAL, "a copy": COPY}.items():
        assert told(text) == []
        for found in NUMBER.finditer(text, text.index("\n")):
            line = text[: found.start()].count("\n") + 1
            for number in (str(int(found[0]) + 1), "4" if found[0] == "1" else "1"):
                mutated = text[: found.start()] + number + text[found.end() :]
                errors = archcompiler.check(io.StringIO(mutated)).errors
                assert len(errors) <= 1, (mutated, [one.message for one in errors])
                told_of += len(errors)
                for one in errors:
                    lines = {place.line for place in (one.span, *(note.span for note in one.notes)) if place}
                    assert line in lines or (name, found[0], number) in UNEXPLAINED, (mutated, one)
    assert told_of > 400
