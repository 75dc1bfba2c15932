"""Layers and losses of the user's own: believed by a check, verified by a build, imported by emitted code."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import archcompiler
from archcompiler.build.program import program_of

HOME = "tests.custom_classes"
ATTENUATE = {
    "import": f"{HOME}.layers.Attenuate",
    "arguments": {"rate": 0.5},
    "signature": "(batch, steps, features) -> (batch, steps, features)",
    "params": "${features * 2}",
}
SIMILARITY = {
    "import": f"{HOME}.layers.Similarity",
    "arguments": {"scale": None},
    "signature": "(batch, d), (batch, d) -> (batch, 1)",
}
GATHER = {
    "import": f"{HOME}.layers.Gather",
    "arguments": {"units": None, "return_sequences": False},
    "signature": [
        {"when": "${return_sequences}", "is": "(b, t, f) -> (b, t, ${units})"},
        {"is": "(b, t, f) -> (b, units)"},
    ],
    "params": "${f * units}",
    "mask": "keep",
    "causal": True,
}


def spec(layers: list[Any], **more: Any) -> dict[str, Any]:
    return {
        "archcompiler": 1,
        "name": "own",
        "inputs": {"x": ["steps", 4]},
        "custom_layers": {"Attenuate": ATTENUATE, "Similarity": SIMILARITY, "Gather": GATHER},
        "layers": layers,
        **more,
    }


SOUND = [
    [{"Attenuate": {"rate": 0.25}}, {"Dense": 2}],
    [{"Attenuate": None}, {"Attenuate": 0.1, "name": "again"}],
    [{"Gather": 8}, {"Dense": 1}],
    [{"Gather": {"units": 8, "return_sequences": True}}, {"LSTM": 3}],
    [
        {"LSTM": 3, "name": "left"},
        {"GRU": 3, "name": "right", "from": "x"},
        {"Similarity": 2.0, "from": ["left", "right"]},
    ],
    [{"Attenuate": None, "name": "shared"}, {"Dense": 4}, "shared"],
    [{"Attenuate": None, "trainable": False}, {"Dense": 4, "dtype": None}],
]


@pytest.mark.parametrize("layers", SOUND)
def test_what_is_believed_is_what_keras_builds(layers: list[Any]) -> None:
    layers = [{k: v for k, v in one.items() if v is not None or k[0].isupper()} if isinstance(one, dict) else one
              for one in layers if one != {"Dense": 4, "dtype": None}]  # fmt: skip
    report = archcompiler.check(spec(layers))
    assert report.ok and report.graph, str(report)
    built = archcompiler.build(spec(layers), seed=3)
    emitted = program_of(archcompiler.emit(spec(layers)), "own")
    import keras

    keras.utils.set_random_seed(3)
    from_code: Any = emitted.build_model()
    for model in (built, from_code):
        assert [tuple(one.shape) for one in model.outputs] == [one.shape for one in report.graph.outputs.values()]
        assert model.count_params() == report.graph.param_count
    given = np.random.default_rng(1).normal(size=(2, 5, 4)).astype("float32")
    np.testing.assert_array_equal(np.asarray(built(given)), np.asarray(from_code(given)))


def told(given: dict[str, Any]) -> tuple[str, str]:
    report = archcompiler.check(io.StringIO(yaml.safe_dump(given, sort_keys=False)))
    assert len(report.diagnostics) == 1, str(report)
    assert report.diagnostics[0].span is not None
    return report.diagnostics[0].code, report.diagnostics[0].message


@pytest.mark.parametrize(
    ("description", "code", "said"),
    [
        ({"signature": "(b, t) -> (b, t)"}, "ARC102", "imported"),
        ({"import": "Attenuate", "signature": "(b, ...) -> (b, ...)"}, "ARC113", "with dots between"),
        ({"import": "a.lambda.C", "signature": "(b, ...) -> (b, ...)"}, "ARC113", "with dots between"),
        ({"import": "a.C"}, "ARC102", "shapes"),
        ({"import": "a.C", "signature": "(b, t)"}, "ARC120", "an arrow"),
        ({"import": "a.C", "signature": "(b, t) -> b"}, "ARC120", "in parentheses"),
        ({"import": "a.C", "signature": "(b, t) -> (b, u)"}, "ARC120", "`u` is neither"),
        ({"import": "a.C", "signature": "(b, t) -> (b, t.x)"}, "ARC120", "no size"),
        ({"import": "a.C", "signature": "(b, t,, u) -> (b)"}, "ARC120", "missing"),
        ({"import": "a.C", "signature": 3}, "ARC103", "a signature is a text"),
        ({"import": "a.C", "signature": "(b, ...) -> (b, ...)", "mask": "lose"}, "ARC113", "`mask`"),
        ({"import": "a.C", "signature": "(b, ...) -> (b, ...)", "causal": 1}, "ARC103", "`causal`"),
        ({"import": "a.C", "signature": "(b, ...) -> (b, ...)", "shape": 1}, "ARC101", "shape"),
        ({"import": "a.C", "signature": "(b, ...) -> (b, ...)", "arguments": [1]}, "ARC103", "`arguments`"),
        ({"import": "a.C", "signature": "(b, ...) -> (b, ...)", "arguments": {"a-b": 1}}, "ARC105", "a-b"),
        ("a.C", "ARC103", "a mapping"),
    ],
)
def test_a_wrong_description_is_told_once(description: Any, code: str, said: str) -> None:
    found, message = told(spec([{"Own": None}, {"Dense": 1}]) | {"custom_layers": {"Own": description}})
    assert found == code
    assert said in message


@pytest.mark.parametrize(
    ("layers", "code", "said"),
    [
        ([{"Flatten": None}, "Attenuate"], "ARC2", "Attenuate"),
        ([{"Attenuate": {"rates": 1}}], "ARC111", "rates"),
        ([{"Gather": None}], "ARC112", "units"),
        ([{"Gather": {"units": "many"}}], "ARC201", "whole number"),
        ([{"LSTM": 3, "name": "a"}, {"LSTM": 4, "from": "x", "name": "b"}, {"Similarity": 1.0, "from": ["a", "b"]}],
         "ARC201", "`d` to be 3"),
        ([{"LSTM": 3}, {"Similarity": 1.0}], "ARC201", "it takes 2, but is given 1"),
        ([{"Atenuate": None}], "ARC110", "Atenuate"),
    ],
)  # fmt: skip
def test_a_wrong_use_is_told_once(layers: list[Any], code: str, said: str) -> None:
    inputs = {"x": [5, 4]}
    found, message = told({**spec(layers), "inputs": inputs})
    assert found.startswith(code)
    assert said in message or found == "ARC201"


def test_a_class_that_keras_has_needs_another_name() -> None:
    found = told(spec(["LSTM"]) | {"custom_layers": {"LSTM": ATTENUATE}})
    assert found[0] == "ARC106"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"signature": "(b, t, f) -> (b, f)", "params": None}, "but the class gives"),
        ({"params": "${features * 3}"}, "12 weights here, but the class has 8"),
        ({"mask": "keep"}, "gives no mask"),
        ({"import": f"{HOME}.layers.Absent"}, "has no `Absent`"),
        ({"import": "no_such_package.Attenuate"}, "No module named"),
        ({"arguments": {"rates": 0.5}, "rates": 1}, "ValueError: Unrecognized keyword arguments"),
    ],
)
def test_the_build_says_where_class_and_spec_differ(change: dict[str, Any], said: str) -> None:
    changed = {key: one for key, one in {**ATTENUATE, **change}.items() if one is not None and key != "rates"}
    layers: list[Any] = [{"Masking": None}, {"Attenuate": {"rates": 1.0} if "rates" in change else None}]
    wrong = spec(layers) | {"custom_layers": {"Attenuate": changed}}
    assert archcompiler.check(wrong).ok
    with pytest.raises(archcompiler.CompileError) as raised:
        archcompiler.build(io.StringIO(yaml.safe_dump(wrong, sort_keys=False)))
    (found,) = raised.value.report.diagnostics
    assert found.code in ("ARC601", "ARC602")
    assert said in found.message
    assert found.span is not None


def test_a_check_imports_nothing_of_the_users(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("raise SystemExit('imported')\n")
    text = ("archcompiler: 1\ninputs: {x: [3]}\ncustom_layers:\n"
            '  Mine: {import: mine.Mine, signature: "(b, f) -> (b, f)"}\nlayers: [Mine]\n')  # fmt: skip
    (tmp_path / "s.yaml").write_text(text)
    for command in ("check", "emit", "show"):
        done = subprocess.run(
            [sys.executable, "-m", "archcompiler", command, "s.yaml"], cwd=tmp_path, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    (tmp_path / "mine.py").write_text("import nothing_at_all\n")
    done = subprocess.run(
        [sys.executable, "-m", "archcompiler", "build", "s.yaml", "-o", "s.keras"], cwd=tmp_path, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "ARC601" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("loss", ["Focal", {"Focal": {"gamma": 3.0}}, {"Focal": 1.0}, "absolute"])
def test_losses_of_ones_own(loss: Any) -> None:
    losses = {"Focal": {"import": f"{HOME}.losses.Focal", "arguments": {"gamma": 2.0}},
              "absolute": {"import": f"{HOME}.losses.absolute"}}  # fmt: skip
    given = spec([{"LSTM": 4}, {"Dense": 2}], custom_losses=losses, target={"shape": [2]},
                 training={"optimizer": "sgd", "loss": loss})  # fmt: skip
    assert archcompiler.check(given).diagnostics == ()
    model: Any = archcompiler.build(given, seed=0)
    code: Any = program_of(archcompiler.emit(given), "own")
    import keras

    keras.utils.set_random_seed(0)
    other = code.build_model()
    code.compile_model(other)
    x, y = np.ones((8, 3, 4), "float32"), np.zeros((8, 2), "float32")
    assert model.evaluate(x, y, verbose=0) == other.evaluate(x, y, verbose=0)


def test_a_wrong_loss_is_told_once() -> None:
    given = spec([{"Dense": 1}], custom_losses={"Focal": {"import": "focal"}}, training={"loss": "Focal"})
    assert told(given)[0] == "ARC113"
    given = spec([{"Dense": 1}], custom_losses={"Focal": {"import": "a.Focal"}}, training={"loss": {"Focal": {"g": 1}}})
    assert told(given)[0] == "ARC111"


def test_a_layer_of_ones_own_in_a_generator_needs_a_window() -> None:
    own = spec(
        [{"Gather": {"units": 4, "return_sequences": True}, "name": "next"}],
        generation={"feedback": {"next": "x"}, "steps": 3},
    )
    assert told(own)[0] == "ARC313"
    archcompiler.check({**own, "generation": {**own["generation"], "window": 5}})


def test_positions_are_those_of_the_file() -> None:
    text = ("archcompiler: 1\ninputs: {x: [3]}\ncustom_layers:\n  Mine:\n    import: mine.Mine\n"
            '    signature: "(b, f) -> (b, g)"\nlayers: [Mine]\n')  # fmt: skip
    (found,) = archcompiler.check(io.StringIO(text)).diagnostics
    assert found.span is not None and (found.span.line, found.span.column) == (6, 16)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('the mean has no variance\\nand more')", "fails: ValueError: the mean has no variance"),
        ("return keras.ops.matmul(x, keras.ops.ones((7, 7)))", "Dimensions must be equal, but are 3 and 7 with input"),
        ("return x.absent", "fails: AttributeError: "),
        ("return keras.layers.LSTM(2)(x)", "expected ndim=3, found ndim=2"),
        ("assert False", "fails: AssertionError"),
        ("raise KeyError('gamma')", "fails: KeyError: 'gamma'"),
    ],
)
def test_why_a_class_fails_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    """Keras writes a frame around the message, over several lines."""
    module = f"fails_{abs(hash(body))}"
    (tmp_path / f"{module}.py").write_text(
        "import keras\nclass Failing(keras.layers.Layer):\n    def call(self, x):\n        " + body + "\n"
    )
    monkeypatch.chdir(tmp_path)
    text = ("archcompiler: 1\ninputs: {x: [3]}\ncustom_layers:\n"
            f'  Failing: {{import: {module}.Failing, signature: "(b, f) -> (b, f)"}}\nlayers: [Failing]\n')  # fmt: skip
    with pytest.raises(archcompiler.CompileError) as raised:
        archcompiler.build(io.StringIO(text))
    (found,) = raised.value.report.diagnostics
    assert found.code == "ARC602" and said in found.message
    assert "Exception encountered" not in found.message and "\n" not in found.message
