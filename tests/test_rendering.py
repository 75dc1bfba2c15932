"""Reports as text, as JSON and as GitHub annotations."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest

import archcompiler
from archcompiler.rendering import as_github, as_json, as_text, loc_text, ok_line, summary, visible

TANK = """\
archcompiler: 1
name: tank
inputs:
  readings: [steps, 2]
layers:
  - LSTM: 32
  - LSTM: 16
"""


def report_on(text: str, path: str = "tank.yaml", **params: object) -> archcompiler.Report:
    stream = StringIO(text)
    stream.name = path
    return archcompiler.check(stream, params=params)


def model_of(text: str) -> dict[str, Any]:
    model = report_on(text).to_dict()["model"]
    assert isinstance(model, dict)
    return model


def test_text_shows_the_lines_the_cause_and_the_fix():
    assert (
        as_text(report_on(TANK))
        == """\
error[ARC201] wrong-rank: LSTM needs (batch, steps, features), but it is given (batch, 32)
 --> tank.yaml:7:5
  |
7 |   - LSTM: 16
  |     ^^^^
note: this LSTM returns only its last step, because `return_sequences` is false by default
 --> tank.yaml:6:5
  |
6 |   - LSTM: 32
  |     ^^^^
help: add `return_sequences: true` to the LSTM on line 6
fix (safe):
6 -   - LSTM: 32
6 +   - LSTM: {units: 32, return_sequences: true}

1 error"""
    )


def test_color_changes_nothing_but_the_color():
    import re

    report = report_on(TANK)
    colored = as_text(report, color=True)
    assert colored.startswith("\x1b[1;31merror[ARC201]\x1b[0m")
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == as_text(report) == str(report)


def test_a_sound_spec_is_one_line():
    text = TANK.replace("LSTM: 32", "LSTM: {units: 32, return_sequences: true}")
    line = "tank.yaml: ok: many_to_one, readings (batch, steps, 2) → lstm_1 (batch, 16), 7,616 parameters"
    assert as_text(report_on(text)) == line


def test_warnings_come_before_the_ok_line():
    text = TANK.replace("  - LSTM: 16\n", "models: {spare: {inputs: {x: [3]}, layers: [{Dense: 1}]}}\n")
    lines = as_text(report_on(text)).splitlines()
    assert lines[0].startswith("warning[ARC405] unused-model:")
    assert lines[-2].startswith("tank.yaml: ok: ")
    assert lines[-1] == "1 warning"


def test_carets_stand_below_wide_characters_and_tabs():
    report = report_on(
        TANK.replace("readings:", "'\u65e5\u672c':").replace("- LSTM: 16", "- {Dense: 1,\tname: '日 本'}")
    )
    lines = as_text(report).splitlines()
    marked = next(line for line in lines if "日 本" in line and line.startswith("7 |"))
    carets = lines[lines.index(marked) + 1]
    assert "\t" not in marked
    # Each of the two takes two columns of a terminal, and so do the carets.
    assert carets.index("^") == marked.index("'日")
    assert carets.count("^") == len("'日 本'") + 2


def test_combining_marks_take_no_column():
    report = report_on(TANK.replace("- LSTM: 16", "- {name: 'e\u0301 x', Dense: 1, LSTM: 2}"))
    ((line, carets),) = [both for both in _marked(as_text(report)) if both[1].count("^") == 4]
    assert line.index("LSTM") - 1 == carets.index("^")


def _marked(text: str) -> list[tuple[str, str]]:
    lines = text.splitlines()
    return [(lines[at - 1], line) for at, line in enumerate(lines) if "^" in line]


def test_a_long_line_is_cut_around_the_mistake():
    pad = "x" * 5000
    report = report_on(TANK.replace("- LSTM: 16", f"- {{name: {pad}, LSTM: 16}}"))
    marked = _marked(as_text(report))
    assert marked
    assert all(len(line) < 200 for line, _ in marked)
    assert any(line[carets.index("^") :].startswith("LSTM") for line, carets in marked)


def test_no_text_of_a_spec_moves_the_cursor():
    report = report_on(TANK + '"\\e[2J\\u202e": 1\n"a\x85b": 2\n')
    for text in (as_text(report), as_github(report.diagnostics)):
        assert not any(ord(letter) < 0x20 and letter != "\n" for letter in text)
        assert "\u202e" not in text
        assert "\x85" not in text
    assert visible("a\x1b[31m\u202e\ud800\x7f") == "a␛[31m\ufffd\ufffd␡"
    assert visible("日本 e\u0301 👩\u200d🚀") == "日本 e\u0301 👩\u200d🚀"


def test_unreadable_text_is_shown_without_what_cannot_be_shown():
    report = report_on("archcompiler: 1\nname: \x1b[31mred\n")
    assert "\x1b" not in as_text(report)
    assert "ARC004" in as_text(report)


def test_windows_line_breaks_are_no_part_of_a_line():
    text = as_text(report_on(TANK.replace("\n", "\r\n")))
    assert text == as_text(report_on(TANK))


def test_a_mapping_has_paths_instead_of_lines():
    report = archcompiler.check(
        {"archcompiler": 1, "inputs": {"x": ["steps", 2]}, "layers": [{"LSTM": {"units": "3"}}]}
    )
    assert " --> <mapping>: layers[0].LSTM.units" in as_text(report)
    assert "layers[0].LSTM.units: `units`" in as_github(report.diagnostics)
    assert loc_text(("layers", 2, "LSTM", "units")) == "layers[2].LSTM.units"


def test_fixes_of_many_lines_are_only_counted():
    entries = ",\n".join(f"      wrng{index}: 1" for index in range(30))
    text = TANK.replace("LSTM: 32", f"LSTM: {{units: 32, return_sequences: true,\n{entries}}}")
    assert "fix (" in as_text(report_on(text))


def test_summaries():
    broken, sound = report_on(TANK), report_on(TANK.replace("  - LSTM: 16\n", ""))
    assert summary([broken]) == "1 error"
    assert summary([broken, broken, sound]) == "2 errors; 3 files checked"
    assert summary([sound]) == "no errors"
    assert ok_line(sound).startswith("tank.yaml: ok: many_to_one")


def test_json_of_a_mistake():
    (file,) = json.loads(report_on(TANK).to_json())["files"]
    assert file == {
        "path": "tank.yaml",
        "ok": False,
        "diagnostics": [
            {
                "code": "ARC201",
                "slug": "wrong-rank",
                "severity": "error",
                "message": "LSTM needs (batch, steps, features), but it is given (batch, 32)",
                "path": "tank.yaml",
                "line": 7,
                "column": 5,
                "end_line": 7,
                "end_column": 9,
                "layer": "lstm_1",
                "notes": [
                    {
                        "message": "this LSTM returns only its last step, because `return_sequences` is false by "
                        "default",
                        "path": "tank.yaml",
                        "line": 6,
                        "column": 5,
                    }
                ],
                "help": "add `return_sequences: true` to the LSTM on line 6",
                "fix": {
                    "applicability": "safe",
                    "edits": [
                        {"line": 6, "column": 11, "end_line": 6, "end_column": 11, "text": "{units: "},
                        {"line": 6, "column": 13, "end_line": 6, "end_column": 13, "text": ", return_sequences: true}"},
                    ],
                },
            }
        ],
        "model": None,
        "ignored": 0,
        "fixed": 0,
    }


def test_json_of_a_sound_spec():
    report = report_on(TANK.replace("LSTM: 32", "LSTM: {units: 32, return_sequences: true}"))
    whole = json.loads(as_json([report, report]))
    assert whole["version"] == 1
    assert [file["ok"] for file in whole["files"]] == [True, True]
    assert whole["files"][0] == json.loads(report.to_json())["files"][0]
    assert whole["files"][0]["model"] == {
        "name": "tank",
        "topology": "many_to_one",
        "batch_size": None,
        "params": 7616,
        "trainable_params": 7616,
        "inputs": {"readings": {"shape": [None, None, 2], "axes": ["batch", "steps", "2"], "dtype": "float32"}},
        "outputs": {"lstm_1": {"shape": [None, 16], "axes": ["batch", "16"], "dtype": "float32"}},
        "layers": [
            {
                "name": "lstm", "class": "LSTM", "from": ["readings"], "shape": [None, None, 32], "dtype": "float32",
                "params": 4480, "mask": False,
            },
            {
                "name": "lstm_1", "class": "LSTM", "from": ["lstm"], "shape": [None, 16], "dtype": "float32",
                "params": 3136, "mask": False,
            },
        ],
    }  # fmt: skip


def test_a_fixed_batch_is_a_number():
    model = model_of(TANK.replace("- LSTM: 16", "- Dense: 1") + "batch_size: 8\n")
    assert model["batch_size"] == 8
    assert model["inputs"]["readings"]["axes"] == ["8", "steps", "2"]
    assert model["outputs"]["dense"]["shape"] == [8, 1]


def test_other_results_than_the_first_are_named():
    text = """\
archcompiler: 1
inputs: {readings: [steps, 2]}
layers:
  - LSTM: {units: 4, return_state: true}
    name: encoder
    outputs: [sequence, h, c]
  - Concatenate:
    from: [encoder, encoder.h, encoder.2]
"""
    assert model_of(text)["layers"][1]["from"] == ["encoder", "encoder.h", "encoder.c"]


def test_weights_are_counted_where_they_are_called_first():
    text = """\
archcompiler: 1
inputs: {left: [steps, 2], right: [steps, 2]}
models: {encoder: {inputs: {x: [steps, 2]}, layers: [{LSTM: 4}]}}
layers:
  - encoder:
    from: left
    name: one
  - encoder:
    from: right
    name: other
  - Concatenate:
    from: [one, other]
"""
    model = model_of(text)
    assert [layer["params"] for layer in model["layers"]] == [112, 0, 0]
    assert model["params"] == 112


def test_github_annotations():
    (line,) = as_github(report_on(TANK, path="a,b:c%.yaml").diagnostics).splitlines()
    head, _, message = line.removeprefix("::").partition("::")
    place = "file=a%2Cb%3Ac%25.yaml,line=7,endLine=7,col=5,endColumn=9,title=ARC201 wrong-rank"
    assert head == f"error {place}"
    assert message.startswith("LSTM needs (batch, steps, features), but it is given (batch, 32)%0Anote: ")
    assert message.endswith("%0Ahelp: add `return_sequences: true` to the LSTM on line 6")


@pytest.mark.parametrize(
    "text", ["", "[1, 2]", "archcompiler: 2", "archcompiler: 1", "a: [", "\0", "archcompiler: 1\n\t- x"]
)
def test_whatever_is_wrong_can_be_shown(text: str):
    report = report_on(text)
    assert not report.ok
    assert "error[" in as_text(report, color=True)
    assert as_github(report.diagnostics).startswith("::error file=tank.yaml")
    assert json.loads(report.to_json())["files"][0]["model"] is None
