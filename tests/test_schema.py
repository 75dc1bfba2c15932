"""The language's JSON Schema: valid, current, and never stricter than a check."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from archcompiler.layers.catalog import SECTIONS, Argument, Entry, catalog
from archcompiler.layers.refused import REFUSED
from archcompiler.layers.thing_reader import ThingReader
from archcompiler.layers.things import OBJECT_SECTIONS
from archcompiler.layers.values import CHECKS, mismatch
from archcompiler.resources import schema_folder, template_folder
from archcompiler.show.kinds import kind_schema
from archcompiler.show.reference import kind_in_words, reference
from archcompiler.show.samples import sample
from archcompiler.show.schema import FILE, language_schema, main, text
from archcompiler.spec.reader import read

jsonschema = pytest.importorskip("jsonschema")

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "examples").glob("*.yaml")) + sorted((template_folder() / "init").glob("*.yaml"))
HEAD = "archcompiler: 1\ninputs: {x: [steps, 2]}\n"


@cache
def validator() -> Any:
    return jsonschema.Draft202012Validator(language_schema())


def mistakes(spec: str) -> list[str]:
    """What the schema has against a spec; keys are strings, as they are in JSON."""
    document, problems = read(spec, "spec.yaml")
    assert document is not None
    assert not problems
    data = json.loads(json.dumps(document.data))
    return [f"{error.json_path}: {error.message[:200]}" for error in validator().iter_errors(data)]


def test_the_schema_is_valid_current_and_not_large(capsys: pytest.CaptureFixture[str]):
    jsonschema.Draft202012Validator.check_schema(language_schema())
    written = (schema_folder() / FILE).read_text(encoding="utf-8")
    assert json.loads(written) == language_schema()
    assert written == text()
    assert len(written.encode()) < 1_000_000
    assert main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_a_schema_that_is_not_current_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("archcompiler.show.schema.schema_folder", lambda: tmp_path)
    assert main(["--check"]) == 1
    assert "run `python -m archcompiler.show.schema`" in capsys.readouterr().err
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_every_reference_leads_somewhere():
    definitions = language_schema()["$defs"]
    used = set(re.findall(r'"\$ref": "#/\$defs/([^"]+)"', text()))
    assert used <= set(definitions)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_spec_that_is_shown_is_valid(path: Path):
    assert mistakes(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "layers",
    [
        "[Flatten]", "[{Flatten: }]", "[encoder]", "[{encoder: , from: x, name: left}]", "[{Dense: 10}]",
        "[{Dense: {units: 10, name: head, dtype: float16}}]", '[{Dense: "${units}"}]', '[{Dense: {units: "${a + 1}"}}]',
        "[{TimeDistributed: {Dense: 10}}]", "[{TimeDistributed: Flatten}]", "[{TimeDistributed: encoder}]",
        "[{Bidirectional: {layer: {LSTM: 6}, merge_mode: sum}}]", "[{Bidirectional: {layer: {LSTM: 3}, merge_mode: }}]",
        "[{RNN: {cell: [{LSTMCell: 3}, {GRUCell: 4}]}}]", "[{RNN: {LSTMCell: 3}}]", "[{Reshape: [4, -1]}]",
        "[{Permute: [2, 1]}]", "[{Dense: {units: 1, activation: {ReLU: {max_value: 20}}}}]", "[{Activation: relu}]",
        "[{Dense: {units: 1, kernel_regularizer: {L2: 0.01}, bias_initializer: {Constant: 3}}}]",
        "[{Dense: {units: 1, activation: null, kernel_initializer: zeros}}]", "[{Convolution1D: [8, 3]}]",
        "[{LSTM: {units: 4, return_state: true}, outputs: [a, b, c], trainable: false, name: l, from: [x]}]",
        "[{Conv1D: {filters: 8, kernel_size: 3, padding: SAME}}]", "[{Conv1D: {filters: 8, kernel_size: [3]}}]",
        "[{LSTM: 4, from: {sequences: x, initial_state: [h, c]}}]",
        "[{Attention: , from: {query: x, value: x, use_causal_mask: true}}]",
        "[{ZeroPadding2D: [[1, 2], [3, 4]]}]", "[{ZeroPadding2D: [1, 2]}]", "[{ZeroPadding1D: [1, 2]}]",
    ],
)  # fmt: skip
def test_what_the_language_allows_is_valid(layers: str):
    if layers == "[{Convolution1D: [8, 3]}]":  # an alias is known, a list of two arguments is a slip
        assert mistakes(f"{HEAD}layers: {layers}")
        layers = "[{Convolution1D: {filters: 8, kernel_size: 3}}]"
    assert mistakes(f"{HEAD}layers: {layers}") == []


@pytest.mark.parametrize(
    "layers",
    [
        "[]", "[Dnese]", "[{Dnese: 10}]", "[{Dense: }]", "[{Dense: {}}]", "[{Dense: {unts: 10}}]", '[{Dense: "ten"}]',
        "[{Dense: 0}]", "[{Dense: 10, LSTM: 3}]", "[{name: alone}]", "[{Dense: 10, from: [null]}]",
        "[{Dense: 10, units: 3}]", "[{LSTM: {units: 3, return_sequences: 'yes'}}]", "[{TimeDistributed: {Dnese: 1}}]",
        "[{Dense: {units: 1, activation: rleu}}]", "[{Dense: {units: 1, kernel_regularizer: {L3: 1}}}]", "[3]",
        "[{LSTM: 4, from: {}}]", "[{Attention: , from: {query: true, value: x}}]",
        "[{Dense: 1, encoder: , name: two}]", "[{Conv1D: {filters: 8, kernel_size: [3, 3]}}]",
    ],
)  # fmt: skip
def test_what_is_wrong_in_itself_is_marked(layers: str):
    assert mistakes(f"{HEAD}layers: {layers}")


@pytest.mark.parametrize(
    ("rest", "fine"),
    [
        ("training: {optimizer: adam, loss: mse}", True),
        ("training: {optimizer: {Adam: {learning_rate: 0.1}}, loss: {Huber: {delta: 2.0}}, metrics: mae}", True),
        ("training: {optimizer: {Adam: {learning_rate: {ExponentialDecay: {initial_learning_rate: 0.1, "
         "decay_steps: 10, decay_rate: 0.9}}}}}", True),
        ("training: {loss: {head: mse, tail: {Huber: {delta: 2.0}}}, metrics: {head: [mae, {AUC: {}}]}}", True),
        ("training: {epochs: '${n}', shuffle: '${s}', class_weight: {0: 1.0, 1: 20}, metrics: [mae]}", True),
        ("training: {callbacks: [{EarlyStopping: {patience: 3}}], validation_split: 0.1}", True),
        ("training: {epoch: 3}", False),
        ("training: {optimizer: {Adma: {}}}", False),
        ("training: {optimizer: {Adam: {lr: 0.1}}}", False),
        ("training: {epochs: 0}", False),
        ("training: {loss: msee}", False),
        ("target: {same_as: x}", True),
        ("targets: {dense: [1], other: {shape: [steps, '${n}', null], dtype: int32}}", True),
        ("targets: {dense: {shpe: [1]}}", False),
        ("topology: many_to_one\nbatch_size: 3\nparams: {n: 3, m: {value: 2, min: 1}}", True),
        ("batch_size: '${n}'\ntopology: '${t}'", True),
        ("topology: many_to_on", False),
        ("models: {encoder: {inputs: {x: {shape: [3], dtype: int32}}, layers: [{Dense: 3}], outputs: dense}}", True),
        ("models: {encoder: {inputs: {x: [3]}, layers: [{Dens: 3}]}}", False),
        ("outputs: {a: dense}", True),
        ("model: {}", False),
    ],
)  # fmt: skip
def test_the_frame(rest: str, fine: bool):
    assert (mistakes(f"{HEAD}layers: [{{Dense: 1}}]\n{rest}") == []) is fine


def entries() -> list[Entry]:
    sections = catalog().sections.values()
    return [entry for section in sections for entry in section.entries.values() if not entry.abstract]


def test_every_example_of_the_catalog_is_taken_by_the_reader_and_by_the_schema():
    for entry in entries():
        written = sample(entry)
        if written is None:
            assert entry.name == "threshold" or entry.name in REFUSED
            continue
        if entry.section in ("layers", "ops"):
            body = "layers:\n" + "".join(f"  {line}\n" for line in written.splitlines())
        elif written.startswith("-"):
            body = f"layers:\n  {written}\n"
        else:
            body = f"layers: [{{Dense: 1}}]\ntraining:\n  {written}\n"
        assert mistakes(HEAD + body) == [], entry.name
        document, _ = read(body, "spec")
        assert document is not None
        assert isinstance(document.data, dict)
        problems = []
        reader = ThingReader(problems, unknown=object())
        for item in document.data["layers"]:
            name, arguments = (item, None) if isinstance(item, str) else next(iter(item.items()))
            section = "ops" if name.startswith("ops.") else "layers"
            reader.read(section, name.removeprefix("ops."), arguments, ())
        for key, section in (("optimizer", "optimizers"), ("loss", "losses")):
            if key in document.data.get("training", {}):
                reader.read_object(section, document.data["training"][key], ())
        for key in ("metrics", "callbacks"):
            for one in document.data.get("training", {}).get(key, []):
                if isinstance(one, str) and key == "callbacks":
                    reader.read(key, one, None, ())
                else:
                    reader.read_object(key, one, ())
        assert problems == [], (entry.name, written)


VALUES: list[Any] = [
    None, True, False, 0, 1, 2, -1, -2, 0.5, 1.5, -0.5, "", "same", "SAME", "float32", "mixed_float16", "text", [], [1],
    [1, 2], [2, 1], [0, 1], [1, 2, 3], [1, None], [-1, 2], [[1, 2], [3, 4]], [[1, 2], 3], [0.5, 1], [[0.5], 1],
    {}, {"a": 1},
]  # fmt: skip


def test_the_schema_refuses_nothing_that_a_check_takes():
    seen: set[tuple[object, ...]] = set()
    shared = {key: language_schema()["$defs"][key] for key in ("expression", "numbers")}
    for argument in all_arguments():
        shape = (argument.kind, argument.nullable, argument.choices, argument.any_case, argument.rank)
        if argument.kind in OBJECT_SECTIONS or shape in seen:
            continue
        seen.add(shape)
        check = jsonschema.Draft202012Validator({**kind_schema(argument), "$defs": shared})
        for value in [*VALUES, *argument.choices, *(str(choice).upper() for choice in argument.choices)]:
            if mismatch(value, argument) is None:
                assert check.is_valid(value), (argument, value)
        assert check.is_valid("${width}"), argument


def all_arguments() -> list[Argument]:
    return [one for entry in entries() for one in (*entry.arguments.values(), *entry.base_arguments.values())]


def test_every_kind_of_argument_has_words_and_a_schema():
    for argument in all_arguments():
        assert kind_in_words(argument)
        assert argument.kind in CHECKS or argument.kind in OBJECT_SECTIONS


@pytest.mark.parametrize("section", SECTIONS)
def test_everything_in_the_catalog_can_be_looked_up(section: str):
    for entry in catalog().sections[section].entries.values():
        page = reference(entry)
        assert page.startswith(f"{entry.name}: a")
        assert all(f"  {name}: " in page for name in entry.arguments)
