"""Data files, whole and broken, against a spec: what is wrong is told before training; no pickle is loaded."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

import archcompiler

SERIES = """archcompiler: 1
inputs: {readings: {shape: [steps, 2], columns: [level, flow]}}
layers: [{LSTM: {units: 4, return_sequences: true}}, {Dense: 2}]
target: {next_step_of: readings}
training: {optimizer: adam, loss: mse, windows: {length: 10}, validation_split: 0.2}
"""
WORDS = """archcompiler: 1
inputs: {words: {shape: [8], dtype: int32}}
layers: [{Embedding: {input_dim: 20, output_dim: 4}}, {LSTM: 4}, {Dense: 1, name: rating}]
target: {shape: [1]}
training: {optimizer: adam, loss: mse}
"""
NEXT = """archcompiler: 1
inputs: {words: {shape: [7], dtype: int32}}
layers: [{Embedding: {input_dim: 20, output_dim: 4}}, {LSTM: {units: 4, return_sequences: true}}, {Dense: 12}]
target: {next_step_of: words}
training: {optimizer: adam, loss: {SparseCategoricalCrossentropy: {from_logits: true}}}
"""
STATEFUL = """archcompiler: 1
batch_size: 4
inputs: {readings: [5, 2]}
layers: [{LSTM: {units: 2, return_sequences: true, stateful: true}}]
target: {same_as: readings}
training: {optimizer: adam, loss: mse, shuffle: false}
"""
READINGS = np.random.default_rng(0).normal(size=(200, 2)).astype("float32")


def told(text: str, data: Any) -> list[Any]:
    return list(archcompiler.check(io.StringIO(text), data=data).diagnostics)


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def npz(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def table(path: Path, **columns: Any) -> Path:
    if path.suffix == ".parquet":
        parquet.write_table(pyarrow.table(columns), path)
        return path
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(str(one) for one in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".csv", ".parquet"])
def test_a_whole_file_of_every_kind(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"data{suffix}"
    if suffix == ".npz":
        npz(path, readings=READINGS)
    elif suffix == ".npy":
        np.save(path, READINGS)
    else:
        table(path, flow=READINGS[:, 1], level=READINGS[:, 0], note=["x"] * 200)
    assert told(SERIES, path) == []


def test_sequences_in_a_table(tmp_path: Path) -> None:
    """A column tells them apart; each must have its window, and order is that of first appearance."""
    from archcompiler import pipeline
    from archcompiler.data.files import read_arrays
    from archcompiler.data.wanted import wanted_for_training

    which = ["b"] * 90 + ["a"] * 60 + ["b"] * 50
    path = table(tmp_path / "data.parquet", level=READINGS[:, 0], flow=READINGS[:, 1], sequence=which)
    program = pipeline.program(io.StringIO(SERIES))
    wanted = wanted_for_training(
        program.plan.training, program.checked.framed.spec, program.checked.graph, {}, program.checked.targets
    )
    arrays = read_arrays(str(path), wanted, [])
    assert arrays is not None
    np.testing.assert_array_equal(arrays["lengths"], [140, 60])
    np.testing.assert_array_equal(arrays["readings"][0], np.concatenate([READINGS[:90], READINGS[150:]]))
    np.testing.assert_array_equal(arrays["readings"][1, :60], READINGS[90:150])
    assert told(SERIES, path) == []


def broken(path: Path) -> Path:
    whole = npz(path, readings=READINGS).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def pickled(path: Path) -> Path:
    return npz(path, readings=np.array([Trap(path.with_name("sprung"))], dtype=object))


def object_npy(path: Path) -> Path:
    np.save(path, np.array([Trap(path.with_name("sprung"))], dtype=object), allow_pickle=True)
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def huge(path: Path) -> Path:
    """A header that claims far more than the file holds."""
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (100000000000, 2), }"
    header += b" " * (63 - (len(header) + 10) % 64) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return path


UNREADABLE: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "truncated": ("data.npz", broken),
    "pickled": ("data.npz", pickled),
    "objects": ("data.npy", object_npy),
    "empty": ("data.csv", empty),
    "huge": ("data.npy", huge),
    "no table": ("data.parquet", lambda path: (path.write_text("level,flow"), path)[1]),
    "suffix": ("data.xlsx", lambda path: (path.write_text("x"), path)[1]),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read(name: str, tmp_path: Path) -> None:
    file, write = UNREADABLE[name]
    (found,) = told(SERIES, write(tmp_path / file))
    assert found.code == "ARC501"
    assert file in found.message and found.help
    assert not (tmp_path / "sprung").exists(), "a pickle was loaded"


NAN = READINGS.copy()
NAN[7, 1] = np.nan
CODES = np.arange(24).reshape(3, 8) % 20
WRONG: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "missing": (SERIES, {"reading": READINGS}, "ARC502", "did you mean `reading`"),
    "rank": (SERIES, {"readings": READINGS[:, 0]}, "ARC503", "(200,)"),
    "features": (SERIES, {"readings": np.ones((200, 3))}, "ARC503", "3 is not 2"),
    "text": (SERIES, {"readings": READINGS.astype(str)}, "ARC504", "text"),
    "complex": (SERIES, {"readings": READINGS.astype(complex)}, "ARC504", "complex"),
    "nan": (SERIES, {"readings": NAN}, "ARC505", "[7, 1], 1 such"),
    "short": (SERIES, {"readings": READINGS[:12]}, "ARC506", "a window has 11 steps"),
    "short to validate": (SERIES, {"readings": READINGS[:40]}, "ARC506", "to validate on"),
    "nothing": (SERIES, {"readings": READINGS[:0]}, "ARC506", "nothing in it"),
    "lengths": (SERIES, {"readings": READINGS[None], "lengths": np.array([300])}, "ARC503", "lengths"),
    "codes": (WORDS, {"words": CODES + 1, "rating": np.ones((3, 1))}, "ARC505", "20 are known"),
    "broken codes": (WORDS, {"words": CODES + 0.5, "rating": np.ones((3, 1))}, "ARC504", "0.5"),
    "classes": (NEXT, {"words": CODES}, "ARC505", "12 are known"),
    "rows": (WORDS, {"words": CODES, "rating": np.ones((2, 1))}, "ARC503", "samples"),
    "partial batch": (STATEFUL, {"readings": np.ones((10, 5, 2))}, "ARC320", "10 samples"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit(name: str, tmp_path: Path) -> None:
    text, arrays, code, said = WRONG[name]
    for data in (arrays, npz(tmp_path / "data.npz", **arrays)):
        (found,) = told(text, data)
        assert found.code == code
        assert said in found.message + str(found.help)
        assert found.help and found.span is not None


def test_short_sequences_are_padded_where_state_is_carried() -> None:
    text = STATEFUL.replace("[5, 2]", "[steps, 2]").replace("shuffle: false", "shuffle: false, windows: {length: 10}")
    assert told(text, {"readings": np.ones((3, 4, 2))}) == []
    (found,) = told(text, {"readings": np.ones((39, 2))})
    assert found.code == "ARC506"
    assert "4 stretches" in found.message


def test_what_fits(tmp_path: Path) -> None:
    """Whole numbers as floats, other precisions, arrays that are not asked for."""
    good: list[tuple[str, dict[str, Any]]] = [
        (WORDS, {"words": CODES.astype("float64"), "rating": np.ones(3)[:, None], "more": np.array(["x"])}),
        (SERIES, {"readings": READINGS.astype("float64")[None]}),
        (STATEFUL, {"readings": np.ones((8, 5, 2))}),
    ]
    for text, arrays in good:
        assert told(text, arrays) == []
        assert told(text, npz(tmp_path / "data.npz", **arrays)) == []


def test_what_is_known_may_be_left_out_where_there_is_a_first_token(tmp_path: Path) -> None:
    from archcompiler import pipeline
    from archcompiler.data.checks import data_problems
    from archcompiler.data.files import read_arrays
    from archcompiler.data.wanted import wanted_for_start

    text = WORDS.replace("LSTM: 4}, {Dense: 1, name: rating}", "LSTM: 4}, {Dense: 20, name: next_word}")
    text = text.replace("target: {shape: [1]}\ntraining: {optimizer: adam, loss: mse}\n", "").replace("[8]", "[steps]")
    text += "generation: {feedback: {next_word: words}, sample: greedy, start: 1}\n"
    program = pipeline.program(io.StringIO(text))
    wanted = wanted_for_start(program.plan, program.checked.framed.spec, program.checked.graph)
    problems: list[Any] = []
    for arrays in ({"words": np.array([[3, 4]])}, {"other": np.zeros(3)}):
        read = read_arrays(str(npz(tmp_path / "start.npz", **arrays)), wanted, problems)
        assert read is not None and not problems
        assert set(read) == set(arrays) - {"other"}
        assert data_problems(read, wanted, "start.npz") == []


def test_a_table_without_its_columns(tmp_path: Path) -> None:
    (found,) = told(SERIES, table(tmp_path / "data.csv", levle=READINGS[:, 0], flow=READINGS[:, 1]))
    assert found.code == "ARC502"
    assert "did you mean `levle`" in str(found.help)
