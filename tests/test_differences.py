"""`diff`: what differs between two architectures, and which weights still fit, held against Keras."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

import archcompiler
from archcompiler.show.differences import SEVERAL_AXES, Comparison, as_text, compare
from tests.differential.strategies import SEED, random_spec

SPEC: dict[str, Any] = {
    "archcompiler": 1,
    "inputs": {"words": {"shape": ["steps"], "dtype": "int32"}},
    "models": {"head": {"inputs": {"features": [8]}, "layers": [{"Dense": 4, "name": "hidden"}]}},
    "layers": [
        {"Embedding": {"input_dim": 50, "output_dim": 6}, "name": "embeddings"},
        {"LSTM": {"units": 8, "return_sequences": True}, "name": "first"},
        {"LSTM": 8, "name": "second"},
        {"head": None},
        {"Dense": {"units": 3, "activation": "softmax"}, "name": "kinds"},
    ],
}


def changed(**layers: Any) -> dict[str, Any]:
    """The spec with the layers of these names replaced."""
    spec = copy.deepcopy(SPEC)
    spec["layers"] = [layers.get(one.get("name", ""), one) for one in spec["layers"]]
    return spec


def told(first: dict[str, Any], second: dict[str, Any]) -> tuple[Comparison, list[str]]:
    graphs = [archcompiler.check(spec).graph for spec in (first, second)]
    assert graphs[0] is not None and graphs[1] is not None
    found = compare(graphs[0], graphs[1])
    return found, as_text(found, ("a", "b")).splitlines()


def test_the_same() -> None:
    found, lines = told(SPEC, SPEC)
    assert found.differences == () and found.fitting == found.params[0]
    assert lines == ["a and b are the same architecture, 1,375 parameters"]


def test_an_argument_without_weights() -> None:
    other = changed(kinds={"Dense": {"units": 3, "activation": "sigmoid"}, "name": "kinds"})
    _, lines = told(SPEC, other)
    assert lines == [
        "~ kinds: activation: softmax → sigmoid; its weights still fit",
        "",
        "7 layers the same; 1,375 → 1,375 parameters; 1,375 of 1,375 weights still fit",
    ]


def test_a_default_that_is_said() -> None:
    first = {"LSTM": {"units": 8, "return_sequences": True, "activation": "tanh", "dropout": 0.0}, "name": "first"}
    found, _ = told(SPEC, changed(first=first))
    assert found.differences == ()
    _, lines = told(SPEC, changed(first={"LSTM": {**first["LSTM"], "activation": "relu"}, "name": "first"}))  # type: ignore
    assert lines[0] == "~ first: activation: the default → relu; its weights still fit"


def test_units() -> None:
    _, lines = told(SPEC, changed(first={"LSTM": {"units": 4, "return_sequences": True}, "name": "first"}))
    assert lines[:2] == [
        "~ first: units: 8 → 4; (batch, steps, 8) → (batch, steps, 4); 480 → 176 parameters; its weights are lost",
        "~ second: 544 → 416 parameters; its weights are lost",
    ]


def test_a_layer_more_and_another_name() -> None:
    spec = changed(kinds={"Dense": {"units": 3, "activation": "softmax"}, "name": "classes"})
    spec["layers"].insert(3, {"Dropout": 0.1, "name": "dropped"})
    found, lines = told(SPEC, spec)
    assert lines[:3] == [
        "+ dropped: Dropout → (batch, 8), 0 parameters",
        "~ head: from second → dropped",
        "> kinds is now classes; its weights still fit",
    ]
    assert found.fitting == found.params[0]
    _, back = told(spec, SPEC)
    assert "- dropped: Dropout, 0 parameters" in back


def test_a_layer_of_a_nested_model() -> None:
    spec = copy.deepcopy(SPEC)
    spec["models"]["head"]["layers"][0]["Dense"] = 5
    _, lines = told(SPEC, spec)
    assert lines[0].startswith("~ head.hidden: units: 4 → 5")


def weight_shapes(model: Any, name: str) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in model.get_layer(name).weights]


def test_weights_that_fit_are_those_of_one_shape() -> None:
    random, compared = Random(f"diff {SEED}"), 0
    while compared < 60:
        first = random_spec(random)
        second = copy.deepcopy(first)
        for item in second["layers"]:
            for key, value in item.items():
                if key[:1].isupper() and isinstance(value, dict):
                    for argument in ("units", "filters", "output_dim", "activation", "use_bias"):
                        if isinstance(value.get(argument), int) and random.random() < 0.4:
                            changed = not value[argument] if argument == "use_bias" else value[argument] + 1
                            value[argument] = changed
        reports = [archcompiler.check(spec) for spec in (first, second)]
        if not all(one.ok and one.graph for one in reports):
            continue
        old, new = reports[0].graph, reports[1].graph
        assert old is not None and new is not None
        lost = {one.name for one in compare(old, new).differences if one.weights == "lost"}
        models = [archcompiler.build(spec) for spec in (first, second)]
        for name, typed in old.nodes.items():
            if typed.node.kind == "layer" and typed.params and name in new.nodes:
                fits = weight_shapes(models[0], name) == weight_shapes(models[1], name)
                assert fits or name in lost, (name, "is said to fit")
                assert fits == (name not in lost) or typed.class_name in SEVERAL_AXES, (
                    name,
                    yaml.safe_dump(first),
                    yaml.safe_dump(second),
                )
                compared += 1


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_command(tmp_path: Path, form: str) -> None:
    for name, spec in (("a", SPEC), ("b", changed(second={"GRU": 8, "name": "second"}))):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    done = subprocess.run(
        [sys.executable, "-m", "archcompiler", "diff", "a.yaml", "b.yaml", "--format", form],
        cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if form == "text":
        assert done.stdout.startswith("~ second: LSTM → GRU; 544 → 432 parameters; its weights are lost\n")
    else:
        found = json.loads(done.stdout)
        assert found["params"] == [1375, 1263] and found["fitting_params"] == 831
        assert [(one["kind"], one["layer"], one["weights"]) for one in found["differences"]] == [
            ("changed", "second", "lost")
        ]
    done = subprocess.run(
        [sys.executable, "-m", "archcompiler", "diff", "a.yaml", "absent.yaml"], cwd=tmp_path, capture_output=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 2
