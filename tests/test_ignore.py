"""`# archc: ignore[…]`: what such a comment lets pass, where it holds, and what is told of one that is wrong."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import archcompiler
from archcompiler.cli import main
from archcompiler.edits import apply
from archcompiler.report import Report

MISFIT = """\
archcompiler: 1
inputs: {x: [steps, 2], y: [3]}
layers:
  - LSTM: 3
    from: x
  - Dense: 1
target: {shape: [steps, 1]}
"""
"""A hazard in line 2 (ARC402), and an error in line 7 (ARC301)."""


def check(text: str) -> Report:
    return archcompiler.check(io.StringIO(text))


def told(text: str) -> list[tuple[str, int]]:
    return [(one.code, one.span.line) for one in check(text).diagnostics if one.span]


def lines(text: str, **behind: str) -> str:
    """The text with comments behind lines, by number."""
    written = text.splitlines()
    for name, comment in behind.items():
        written[int(name[1:]) - 1] += f"  # {comment}"
    return "\n".join(written) + "\n"


def test_without_comments_both_are_told() -> None:
    assert told(MISFIT) == [("ARC402", 2), ("ARC301", 7)]
    assert check(MISFIT).ignored == ()


@pytest.mark.parametrize("written", ["ARC301", "arc301", "target-steps", "Target_Steps", " ARC301 ", "ARC301,"])
def test_behind_its_line(written: str) -> None:
    text = lines(MISFIT, l7=f"archc: ignore[{written}] one forecast for all")
    report = check(text)
    assert told(text) == [("ARC402", 2)]
    assert report.ok
    assert [one.code for one in report.ignored] == ["ARC301"]
    assert report.to_dict()["ignored"] == 1


def test_on_a_line_of_its_own_it_holds_for_the_next() -> None:
    text = MISFIT.replace("target:", "# the data have one forecast a step\n# archc: ignore[ARC301]\n\n# so\ntarget:")
    assert told(text) == [("ARC402", 2)]


@pytest.mark.parametrize("head", ["", "%YAML 1.2\n---\n", "# A title\n\n", "\ufeff"])
def test_above_the_first_key_it_holds_for_the_file(head: str) -> None:
    assert told(f"{head}# archc: ignore[ARC301, unused-input] an old one\n{MISFIT}") == []


def test_elsewhere_it_does_not_hold() -> None:
    assert told(lines(MISFIT, l6="archc: ignore[ARC301]")) == [("ARC402", 2), ("ARC301", 7)]


@pytest.mark.parametrize(
    "layer",
    [
        'description: "a # archc: ignore[ARC301, ARC402]"',
        "description: |\n  a\n  # archc: ignore[ARC301, ARC402]",
        "description: >-\n\n  # archc: ignore[ARC301, ARC402]\n\n  b",
        "description: 'a\n\n  # archc: ignore[ARC301, ARC402]'",
        "description: a#archc:ignore[ARC301,ARC402]",
    ],
)
def test_what_is_in_a_text_is_no_comment(layer: str) -> None:
    text = f"{layer}\n{MISFIT}"
    assert [code for code, _ in told(text)] == ["ARC402", "ARC301"]


def test_behind_the_head_of_a_block_scalar() -> None:
    text = "archcompiler: 1\ndescription: |  # archc: ignore[ARC301]\n  a\n" + MISFIT.partition("\n")[2]
    text = text.replace("[steps, 1]", "[1]")
    assert told(text) == [("ARC480", 2), ("ARC402", 4)]


@pytest.mark.parametrize(
    "comment", ["archc: ignore", "archc: ignore[]", "archc: ignore[ , ] all", "archc: ignroe[ARC301]"]
)
def test_nothing_is_ignored_without_saying_what(comment: str) -> None:
    text = lines(MISFIT, l7=comment)
    assert told(text) == [("ARC402", 2), ("ARC301", 7), ("ARC480", 7)]
    found = check(text).diagnostics[-1]
    assert found.severity == "warning" and found.help


def test_a_code_that_there_is_not() -> None:
    text = lines(MISFIT, l7="archc: ignore[ARC301, ARC999, target-stesp] why")
    found = [one for one in check(text).diagnostics if one.code == "ARC480"]
    assert [one.message for one in found] == ["`ARC999` and `target-stesp` are no diagnostic's code"]
    assert told(lines(MISFIT, l7="archc: ignore[E501]"))[1:] == [("ARC301", 7), ("ARC480", 7)]


def test_an_unused_one_is_told_and_can_be_taken_out() -> None:
    sound = MISFIT.replace("[steps, 1]", "[1]").replace(", y: [3]", "")
    for comment, left in (
        ("archc: ignore[ARC301] why", ""),
        ("archc: ignore[ARC301, ARC402]", ""),
        ("note # archc: ignore[ARC301]", "  # note"),
    ):
        text = lines(sound, l4=comment)
        (found,) = check(text).diagnostics
        assert found.code == "ARC480" and found.fix is not None and found.fix.applicability == "safe"
        assert apply(text, found.fix.edits) == sound.replace("- LSTM: 3", f"- LSTM: 3{left}")
    text = f"# archc: ignore[ARC301]\n{sound}"
    (found,) = check(text).diagnostics
    assert found.fix is not None and apply(text, found.fix.edits) == sound


def test_of_several_codes_only_the_unused_go() -> None:
    text = lines(MISFIT, l2="archc: ignore[ARC402]", l7="archc: ignore[ARC302, target-steps, ARC303] why")
    (found,) = check(text).diagnostics
    assert found.message == "there is no ARC302 and no ARC303 on this line to ignore"
    assert found.fix is not None and "ignore[target-steps] why" in apply(text, found.fix.edits)
    assert check(apply(text, found.fix.edits)).diagnostics == ()


def test_what_could_not_be_looked_for_is_not_unused() -> None:
    """With an error not all is looked at; data and own classes only some runs look at."""
    text = lines(MISFIT, l4="archc: ignore[ARC404]")
    assert "ARC480" not in [code for code, _ in told(text)]
    sound = MISFIT.replace("[steps, 1]", "[1]").replace(", y: [3]", "")
    assert told(lines(sound, l2="archc: ignore[ARC502, ARC601]")) == []


def test_the_warning_on_comments_can_be_ignored() -> None:
    sound = MISFIT.replace("[steps, 1]", "[1]").replace(", y: [3]", "")
    assert told(lines(sound, l2="archc: ignore[ARC402, ARC480]")) == []
    assert told(f"# archc: ignore[ARC480]\n{lines(sound, l2='archc: ignore[ARC402]')}") == []


def test_an_ignored_error_of_the_contract_lets_code_be_written() -> None:
    text = lines(MISFIT, l2="archc: ignore[ARC402]", l7="archc: ignore[ARC301]")
    assert check(text).ok
    compile(archcompiler.emit(io.StringIO(text)), "model.py", "exec")


NO_MODEL = "archcompiler: 1\ninputs: {x: [steps, 2]}\nlayers:\n  - LSTM: 3\n  - LSTM: 4  # archc: ignore[ARC201]\n"


@pytest.mark.parametrize(
    "text",
    [NO_MODEL, "# archc: ignore[ARC111]\narchcompiler: 1\ninputs: {x: [2]}\nlayers: [{Dense: {units: 1, bais: 2}}]\n"],
)
def test_an_ignored_error_that_leaves_no_model(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(text).ok
    with pytest.raises(archcompiler.CompileError) as raised:
        archcompiler.emit(io.StringIO(text))
    assert not raised.value.report.ok
    (tmp_path / "spec.yaml").write_text(text)
    assert main(["check", str(tmp_path / "spec.yaml")]) == 0
    assert "no errors, 1 ignored" in capsys.readouterr().out
    for command in (["emit"], ["show"], ["resolve"]):
        assert main([*command, str(tmp_path / "spec.yaml")]) == 1
        assert "error[ARC" in capsys.readouterr().err


def test_a_comment_in_an_included_file(tmp_path: Path) -> None:
    """It holds there; whether it meets something may hang on who includes it, and is not told."""
    block = "blocks:\n  pair:\n    layers:\n      - LSTM: 3\n      - LSTM: 4  # archc: ignore[ARC201, ARC202]\n"
    (tmp_path / "blocks.yaml").write_text(block)
    spec = tmp_path / "spec.yaml"
    spec.write_text("archcompiler: 1\ninclude: [blocks.yaml]\ninputs: {x: [steps, 2]}\nlayers: [pair]\n")
    report = archcompiler.check(spec)
    assert report.diagnostics == () and [one.code for one in report.ignored] == ["ARC201"]
    (tmp_path / "blocks.yaml").write_text(block.replace("[ARC201, ARC202]", ""))
    assert [one.code for one in archcompiler.check(spec).diagnostics] == ["ARC201", "ARC480"]


def test_a_mapping_and_a_text_that_is_none_have_no_comments() -> None:
    assert archcompiler.check({"archcompiler": 1, "description": "# archc: ignore[ARC102]"}).ignored == ()
    assert [code for code, _ in told("# archc: ignore[ARC001]\na: [\n")] == ["ARC001"]


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "mistakes").glob("*.yaml")), ids=lambda one: one.stem)
def test_code_is_written_or_refused_whatever_is_ignored(path: Path) -> None:
    """No mistake that a comment lets pass makes the compiler fall over."""
    text = path.read_text(encoding="utf-8")
    (found,) = check(text).diagnostics
    text = f"# archc: ignore[{found.code}]\n{text}"
    report = check(text)
    if report.document is None or report.document.data is None:  # what is no YAML has no comments
        assert not report.ok
        return
    assert report.ok and report.ignored
    if report.in_the_way:
        assert found.code < "ARC3" or report.graph is None
        with pytest.raises(archcompiler.CompileError) as raised:
            archcompiler.emit(io.StringIO(text))
        assert found.code in [one.code for one in raised.value.report.errors]
    else:
        assert report.graph is not None
        compile(archcompiler.emit(io.StringIO(text)), "model.py", "exec")
