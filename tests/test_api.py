"""The Python interface: what `check`, `emit` and `build` take, and what a report and its graph say."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

import archcompiler
from archcompiler.spec.decode import Mismatch, decode
from archcompiler.spec.models import Spec
from archcompiler.spec.short_forms import spelled_out

TANK = """\
archcompiler: 1
name: tank
inputs:
  readings: [steps, 2]
layers:
  - LSTM: {units: 32, return_sequences: true}
  - LSTM: 32
"""


def test_a_report_says_what_the_model_is():
    report = archcompiler.check(io.StringIO(TANK))
    assert report.ok
    assert (report.errors, report.warnings, report.diagnostics) == ((), (), ())
    graph = report.graph
    assert graph is not None
    assert graph.inputs["readings"].shape == (None, None, 2)
    assert graph.outputs["lstm_1"].dtype == "float32"
    assert graph.nodes["lstm"].outputs[0].shape == (None, None, 32)
    assert str(graph.nodes["lstm"].outputs[0]) == "(batch, steps, 32)"
    assert graph.param_count == graph.trainable_param_count == 4 * (2 * 32 + 32 * 32 + 32) + 4 * (2 * 32 * 32 + 32)
    assert graph.topology == "many_to_one"


def test_the_graph_is_a_networkx_graph():
    graph = archcompiler.check(io.StringIO(TANK)).graph
    assert graph is not None
    assert isinstance(graph.nx, networkx.DiGraph)
    assert list(networkx.topological_sort(graph.nx)) == ["readings", "lstm", "lstm_1"]
    assert graph.nx.edges["lstm", "lstm_1"] == {"result": 0, "position": 0}
    assert graph.nx is graph.nx


def test_sources_may_be_paths_mappings_and_streams(tmp_path: Path):
    path = tmp_path / "tank.yaml"
    path.write_text(TANK, encoding="utf-8")
    mapping = {
        "archcompiler": 1,
        "name": "tank",
        "inputs": {"readings": ["steps", 2]},
        "layers": [{"LSTM": {"units": 32, "return_sequences": True}}, {"LSTM": 32}],
    }
    with path.open("rb") as binary, path.open(encoding="utf-8") as text:
        sources: list[Any] = [
            path,
            str(path),
            mapping,
            text,
            binary,
            io.StringIO(TANK),
            io.StringIO(json.dumps(mapping)),
        ]
        assert {archcompiler.emit(source).split("import")[1] for source in sources} == {
            archcompiler.emit(path).split("import")[1]
        }
    with pytest.raises(OSError, match=r"missing\.yaml"):
        archcompiler.check(tmp_path / "missing.yaml")


def test_params_override_those_of_the_spec():
    spec = {"archcompiler": 1, "params": {"units": 3}, "inputs": {"x": [4]}, "layers": [{"Dense": "${units}"}]}
    for params, units in (({}, 3), ({"units": 7}, 7)):
        graph = archcompiler.check(spec, params=params).graph
        assert graph is not None
        assert graph.outputs["dense"].shape == (None, units)
    report = archcompiler.check(spec, params={"unts": 7})
    assert [one.code for one in report.errors] == ["ARC108"]
    assert "units" in str(report.errors[0].help)


def test_data_are_checked_as_arrays_or_as_shapes():
    for steps, codes in ((5, []), (None, ["ARC503"])):
        shape = (10, 5, 2) if steps else (10, 5, 3)
        for data in ({"readings": shape}, {"readings": np.zeros(shape)}):
            training = "target: {same_as: readings}\ntraining: {optimizer: adam, loss: mse}\n"
            text = TANK.replace("LSTM: 32", "LSTM: {units: 2, return_sequences: true}") + training
            report = archcompiler.check(io.StringIO(text), data=data)
            assert [one.code for one in report.errors] == codes


def test_shapes_may_be_open_as_those_of_a_graph_are():
    spec: dict[str, Any] = {
        "archcompiler": 1, "inputs": {"x": [4]}, "layers": [{"Dense": 1, "name": "y"}], "training": {"loss": "mse"},
    }  # fmt: skip
    broken = np.full((5, 1), np.nan)
    for data, codes in (
        ({"x": (None, 4), "y": (None, 1)}, []),
        ({"x": (None, 5), "y": (None, 1)}, ["ARC503"]),
        ({"x": (None, 4)}, ["ARC502"]),
        ({"x": (None, 4), "y": broken}, ["ARC505"]),
    ):
        assert [one.code for one in archcompiler.check(spec, data=data).diagnostics] == codes


def test_params_may_be_numbers_of_numpy():
    spec = {"archcompiler": 1, "params": {"n": 1}, "inputs": {"x": [4]}, "layers": [{"Dense": "${n}"}]}
    graph = archcompiler.check(spec, params={"n": np.int64(3)}).graph
    assert graph is not None and graph.param_count == 15


def test_what_is_no_source_is_said():
    with pytest.raises(TypeError, match="a spec is a path, a mapping or an open text, but int is given"):
        archcompiler.check(3)  # type: ignore[arg-type]


def test_a_report_as_json():
    wrong = TANK.replace("{units: 32, return_sequences: true}", "32")
    report = archcompiler.check(io.StringIO(wrong))
    assert report.graph is None
    [diagnostic] = report.errors
    assert diagnostic.slug == "wrong-rank"
    found = json.loads(report.to_json())
    assert found["version"] == 1
    [file] = found["files"]
    assert (file["ok"], file["model"]) == (False, None)
    [one] = file["diagnostics"]
    assert (one["line"], one["column"], one["end_line"], one["end_column"]) == (7, 5, 7, 9)
    assert one["layer"] == "lstm_1"
    assert one["notes"][0]["line"] == 6
    assert one["fix"]["applicability"] == "safe"
    sound = json.loads(archcompiler.check(io.StringIO(TANK)).to_json())["files"][0]["model"]
    assert sound["inputs"]["readings"] == {
        "shape": [None, None, 2],
        "axes": ["batch", "steps", "2"],
        "dtype": "float32",
    }
    assert sound["layers"][1]["from"] == ["lstm"]


def test_functions_are_not_replaced_by_the_rooms_of_their_name():
    import archcompiler.build.catalog
    import archcompiler.emit.source

    assert callable(archcompiler.emit)
    assert callable(archcompiler.build)


words = st.sampled_from(["steps", "x", "mse", "adam", "", "${a}"])
scalars = st.one_of(st.none(), st.booleans(), st.integers(-2, 2**33), st.floats(allow_nan=True), words)
anything = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3))
)
shapes = st.one_of(st.lists(st.one_of(st.integers(1, 9), words, st.none()), max_size=3), anything)
tensors = st.one_of(shapes, st.fixed_dictionaries({"shape": shapes}, optional={"dtype": scalars, "other": scalars}))
names = st.sampled_from(["x", "y"])
KEYS = ("optimizer", "loss", "loss_weights", "metrics", "epochs", "batch_size", "shuffle", "validation_split")
trainings = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(KEYS, anything)
    | {"class_weight": st.dictionaries(st.one_of(st.integers(0, 3), st.just("0"), words), scalars), "unknown": scalars},
)
frames = st.fixed_dictionaries(
    {"archcompiler": st.one_of(st.just(1), scalars)},
    optional={
        "inputs": st.one_of(st.dictionaries(names, tensors, max_size=2), anything),
        "layers": st.one_of(st.lists(anything, max_size=2), anything),
        "models": st.one_of(
            st.dictionaries(
                names, st.fixed_dictionaries({"inputs": st.dictionaries(names, tensors), "layers": anything})
            ),
            anything,
        ),
        "outputs": anything,
        "name": scalars,
        "params": anything,
        "topology": st.one_of(st.just("many_to_one"), scalars),
        "batch_size": scalars,
        "target": anything,
        "targets": st.one_of(st.dictionaries(names, tensors, max_size=2), anything),
        "training": st.one_of(trainings, anything),
        "unknown": scalars,
    },
)


@settings(max_examples=400, deadline=None)
@given(frames)
def test_the_decoder_and_pydantic_take_the_same_specs(data: dict[str, Any]):
    spelled = spelled_out(data)
    try:
        decoded = decode(Spec, spelled)
    except Mismatch:
        decoded = None
    try:
        validated = TypeAdapter(Spec).validate_python(spelled)
    except ValidationError:
        validated = None
    assert (decoded is None) == (validated is None)
    assert repr(decoded) == repr(validated)
