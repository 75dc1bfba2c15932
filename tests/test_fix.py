"""`check --fix`, `--unsafe-fixes` and `--diff`: what is mended keeps its layout, and is never worse than before."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import archcompiler
from archcompiler.checking.fixing import MOST_PASSES, STDIN_KEY, Before, Mending, unified
from archcompiler.cli import main
from archcompiler.codes import CODES
from archcompiler.diagnostics import Diagnostic, Edit, Fix, Span
from archcompiler.report import Report
from archcompiler.source import Document, Lines
from archcompiler.spec.reader import Files, read

ROOT = Path(__file__).parent.parent
MISTAKES = sorted((Path(__file__).parent / "mistakes").glob("*.yaml"))
CHAIN = """\
# a title
archcompiler: 1

inputs: {x: [steps, 2]}   # two
layers:
  - LSTM: 3 # one
  - LSTM: 4
  - LSTM: 5   # last
  - Denes: 1
"""
MENDED = """\
# a title
archcompiler: 1

inputs: {x: [steps, 2]}   # two
layers:
  - LSTM: {units: 3, return_sequences: true} # one
  - LSTM: {units: 4, return_sequences: true}
  - LSTM: 5   # last
  - Dense: 1
"""
UNSAFE = "archcompiler: 1\ninputs: {x: [8]}\nlayers: [{LSTM: {units: 3, stateful: true}}]\n"


class Done:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def one(*arguments: str) -> Done:
        code = main(["check", *arguments])
        return Done(code, *capsys.readouterr())

    return one


def test_pass_after_pass_until_nothing_is_left(run: Run) -> None:
    Path("a.yaml").write_text(CHAIN)
    done = run("--fix", "a.yaml")
    assert (done.code, done.err) == (0, "")
    assert Path("a.yaml").read_text() == MENDED
    assert done.out.endswith("\nno errors, fixed 3\n")
    before = os.stat("a.yaml")
    done = run("--fix", "a.yaml")
    assert "fixed" not in done.out and os.stat("a.yaml").st_mtime_ns == before.st_mtime_ns


def test_what_is_left_is_told(run: Run) -> None:
    Path("a.yaml").write_text(CHAIN + "target: {shape: [7]}\n")
    done = run("--fix", "a.yaml", "--format", "json")
    (file,) = json.loads(done.out)["files"]
    assert done.code == 1
    assert [one["code"] for one in file["diagnostics"]] == ["ARC302"] and file["fixed"] == 3


def test_unsafe_fixes_are_made_only_when_asked_for(run: Run) -> None:
    text = CHAIN.replace("LSTM: 3 # one", "LSTM: {units: 3, stateful: true, return_sequences: true}")
    Path("a.yaml").write_text(text)
    assert run("--fix", "a.yaml").code == 1
    assert "stateful: true" in Path("a.yaml").read_text() and "batch_size" not in Path("a.yaml").read_text()
    done = run("--unsafe-fixes", "a.yaml")
    assert done.code == 1 and done.out.endswith("1 error\n0 safe fixes, 1 unsafe fix\n")
    done = run("--fix", "--unsafe-fixes", "a.yaml")
    assert done.code == 0 and "fixed 2" in done.out  # what it hid, too


def test_a_diff_writes_nothing_and_can_be_applied(run: Run, tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        Path(name).write_text(CHAIN)
    done = run("--diff", "a.yaml", "b.yaml")
    assert (done.code, done.err) == (1, "would make 6 fixes\n")
    assert Path("a.yaml").read_text() == CHAIN
    assert done.out.startswith("--- a.yaml\n+++ a.yaml\n@@ ")
    subprocess.run(["git", "apply", "-p0", "-"], input=done.out, text=True, check=True, cwd=tmp_path)
    assert Path("a.yaml").read_text() == Path("b.yaml").read_text() == MENDED
    assert (run("--diff", "a.yaml").code, run("--diff", "a.yaml").out) == (0, "")


def test_a_diff_fails_where_something_stays_wrong(run: Run) -> None:
    Path("a.yaml").write_text(MENDED + "target: {shape: [7]}\n")
    done = run("--diff", "a.yaml")
    assert (done.code, done.out) == (1, "")


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb\r\n", "a\nb\n", "a\r\nb"])
def test_diffs_of_all_endings_of_lines(text: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(text.encode())
    diff = unified(Before("f", text), text.replace("b", "c"))
    subprocess.run(["git", "apply", "-p0", "-"], input=diff.encode(), check=True, cwd=tmp_path)
    assert (tmp_path / "f").read_bytes() == text.replace("b", "c").encode()


def test_standard_input_is_mended_to_standard_output(tmp_path: Path) -> None:
    def piped(text: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "archcompiler", "check", "-", *arguments], input=text, capture_output=True,
            check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path,
        )  # fmt: skip

    done = piped(CHAIN.encode(), "--fix")
    assert (done.returncode, done.stdout) == (0, MENDED.encode())
    assert done.stderr.endswith(b"no errors, fixed 3\n")
    marked = "\ufeff".encode() + CHAIN.replace("\n", "\r\n").encode()
    assert piped(marked, "--fix").stdout == "\ufeff".encode() + MENDED.replace("\n", "\r\n").encode()
    for text in (MENDED.encode(), b"a: [\n", b"\xff\xfe\x00"):
        assert piped(text, "--fix").stdout == text
    done = piped(CHAIN.encode(), "--diff")
    assert done.returncode == 1 and done.stdout.startswith(b"--- <stdin>\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_encoding_stays(run: Run, encoding: str, ending: str) -> None:
    Path("a.yaml").write_bytes(CHAIN.replace("title", "título").replace("\n", ending).encode(encoding))
    assert run("--fix", "a.yaml").code == 0
    assert Path("a.yaml").read_bytes() == MENDED.replace("title", "título").replace("\n", ending).encode(encoding)


def test_permissions_and_links_stay(run: Run) -> None:
    Path("a.yaml").write_text(CHAIN)
    Path("a.yaml").chmod(0o640)
    Path("link.yaml").symlink_to("a.yaml")
    assert run("--fix", "link.yaml").code == 0
    assert Path("link.yaml").is_symlink() and Path("a.yaml").read_text() == MENDED
    assert Path("a.yaml").stat().st_mode & 0o777 == 0o640


BLOCKS = "# mine\nblocks:\n  pair:\n    layers:\n      - LSTM: 3 # a\n      - LSTM: 4\n"
INCLUDING = "archcompiler: 1\ninclude: [%s]\ninputs: {x: [steps, 2]}\nlayers: [pair, {Dense: 1}]\n"


def test_an_included_file_is_mended_below_the_spec_or_where_it_was_given(run: Run, tmp_path: Path) -> None:
    (tmp_path / "specs" / "common").mkdir(parents=True)
    (tmp_path / "specs" / "common" / "blocks.yaml").write_text(BLOCKS)
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / "specs" / name).write_text(INCLUDING % "common/blocks.yaml")
    done = run("--diff", "specs/a.yaml", "specs/b.yaml")
    assert done.code == 1 and done.out.count("+++ specs/common/blocks.yaml") == 1
    assert run("--fix", "specs/a.yaml", "specs/b.yaml").code == 0
    mended = (tmp_path / "specs" / "common" / "blocks.yaml").read_text()
    assert mended == BLOCKS.replace("LSTM: 3", "LSTM: {units: 3, return_sequences: true}")

    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "blocks.yaml").write_text(BLOCKS)
    (tmp_path / "specs" / "a.yaml").write_text(INCLUDING % "../elsewhere/blocks.yaml")
    done = run("--fix", "--allow-outside", "specs/a.yaml")
    assert done.code == 1 and "fix (safe)" in done.out
    assert (tmp_path / "elsewhere" / "blocks.yaml").read_text() == BLOCKS
    assert run("--fix", "--allow-outside", "specs/a.yaml", ".").code == 0
    assert (tmp_path / "elsewhere" / "blocks.yaml").read_text() == mended


def test_a_file_changed_in_the_meantime_is_not_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from archcompiler import pipeline

    Path("a.yaml").write_text(CHAIN)
    once = pipeline.check

    def slow(*given: object, **named: object) -> Report:
        report = once(*given, **named)  # type: ignore[arg-type]
        Path("a.yaml").write_text(CHAIN + "# by hand\n")
        return report

    monkeypatch.setattr(pipeline, "check", slow)
    done = run("--fix", "a.yaml")
    assert done.code == 2 and "changed while it was mended" in done.err
    assert Path("a.yaml").read_text() == CHAIN + "# by hand\n"


def test_what_cannot_be_written_is_one_line(run: Run) -> None:
    Path("a.yaml").write_text(CHAIN)
    Path("a.yaml").chmod(0o444)
    if os.access(".", os.W_OK) and os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    Path().chmod(0o555)
    done = run("--fix", "a.yaml")
    Path().chmod(0o755)
    assert done.code == 2 and done.err.startswith("error: cannot write a.yaml")


@pytest.mark.parametrize(
    "together",
    [("--watch", "--fix"), ("--watch", "--diff"), ("--watch", "--format", "json"), ("--statistics", "--diff"),
     ("--statistics", "--format", "sarif")],
)  # fmt: skip
def test_what_does_not_go_together(run: Run, together: tuple[str, ...]) -> None:
    Path("a.yaml").write_text(MENDED)
    done = run(*together, "a.yaml")
    assert done.code == 2 and "do not go together" in done.err


@pytest.mark.parametrize("path", MISTAKES, ids=lambda one: one.stem)
def test_mending_every_mistake_twice_is_mending_it_once(path: Path, tmp_path: Path) -> None:
    """No comment is lost, nothing gets worse, and the second time nothing changes."""
    text = path.read_text(encoding="utf-8")
    spec = tmp_path / path.name
    spec.write_text(f"# kept\n{text}", encoding="utf-8")
    was = archcompiler.check(spec)
    assert main(["check", "-q", "--fix", "--unsafe-fixes", str(spec)]) in (0, 1)
    once = spec.read_bytes()
    now = archcompiler.check(spec)
    assert len(now.errors) <= len(was.errors)
    assert [one for one in now.diagnostics if one.fix is not None] == []
    assert once.startswith(b"# kept\n")
    assert main(["check", "-q", "--fix", "--unsafe-fixes", str(spec)]) == (0 if now.ok else 1)
    assert spec.read_bytes() == once


# What no fix of ours should be, made up: texts of one word, each with what is said of it.


def fake(rules: dict[str, list[tuple[str, str, str]]]) -> Callable[[Files], Report]:
    """A check of a text of one word: for each, (code, message, the word of the fix)."""

    def check(files: Files) -> Report:
        text = files.unsaved.get(STDIN_KEY, "start: 1")
        document, _ = read(text, STDIN_KEY)
        assert document is not None
        found = [
            Diagnostic(
                code, "slug", CODES[code].severity, message, STDIN_KEY, None,
                fix=Fix("safe", (Edit(Span(1, 1, 1, len(text) + 1), becomes),)) if becomes else None,
            )
            for code, message, becomes in rules.get(text, [])
        ]  # fmt: skip
        return Report(STDIN_KEY, tuple(found), None, document)

    return check


def mend(rules: dict[str, list[tuple[str, str, str]]], start: str = "start: 1") -> tuple[str, int]:
    files = Files({STDIN_KEY: start})
    report = Mending(files, (), unsafe=False).mended(lambda: fake(rules)(files))
    return files.unsaved[STDIN_KEY], report.fixed


def test_a_fix_that_makes_an_error_is_not_kept() -> None:
    assert mend({"start: 1": [("ARC404", "a", "b: 1")], "b: 1": [("ARC301", "worse", "")]}) == ("start: 1", 0)
    assert mend({"start: 1": [("ARC301", "a", "b: 1")], "b: 1": [("ARC301", "c", ""), ("ARC302", "d", "")]}) == (
        "start: 1", 0
    )  # fmt: skip


def test_what_is_found_only_once_something_is_mended_is_no_harm() -> None:
    rules = {"start: 1": [("ARC101", "a", "b: 1")], "b: 1": [("ARC301", "c", ""), ("ARC201", "d", "")]}
    assert mend(rules) == ("b: 1", 1)


def test_a_fix_that_makes_the_text_unreadable_is_not_kept() -> None:
    assert mend({"start: 1": [("ARC404", "a", "b: [")]}) == ("start: 1", 0)


def test_a_fix_that_does_not_mend_is_not_kept() -> None:
    assert mend({"start: 1": [("ARC404", "a", "b: 1")], "b: 1": [("ARC404", "a", "c: 1")]}) == ("start: 1", 0)


def test_fixes_that_go_round_in_a_circle_end_where_they_began() -> None:
    rules = {
        "start: 1": [("ARC404", "s", "b: 1")],
        "b: 1": [("ARC404", "b", "c: 1")],
        "c: 1": [("ARC404", "c", "b: 1")],
    }
    once, fixed = mend(rules)
    assert (once, fixed) == ("b: 1", 1)
    assert mend(rules, once) == (once, 0)


def test_there_is_an_end_to_fixes() -> None:
    rules = {f"n: {at}": [("ARC404", str(at), f"n: {at + 1}")] for at in range(MOST_PASSES + 50)}
    assert mend(rules, "n: 0")[1] <= MOST_PASSES


def test_of_fixes_that_touch_each_other_the_first_is_made_first() -> None:
    rules = {"start: 1": [("ARC404", "a", "b: 1"), ("ARC405", "d", "c: 1")], "b: 1": [("ARC405", "d", "d: 1")]}
    assert mend(rules) == ("d: 1", 2)


def test_of_several_fixes_the_bad_one_alone_is_left() -> None:
    text = "archcompiler: 1\ninputs: {x: [8]}\nlayers: [{Dnese: 1}, {Flaten: }]\n"
    lines = Lines(text)
    files = Files({STDIN_KEY: text})

    def check() -> Report:
        report = archcompiler.check(io.StringIO(files.unsaved[STDIN_KEY]))
        document = Document(STDIN_KEY, *[files.unsaved[STDIN_KEY], {}])
        bad = Diagnostic(
            "ARC404", "mask-lost", "warning", "made up", STDIN_KEY, None,
            fix=Fix("safe", (Edit(lines.span(0, 12), "archcompile"),)),
        )  # fmt: skip
        found = [bad, *report.diagnostics] if "archcompiler" in files.unsaved[STDIN_KEY] else report.diagnostics
        placed = tuple(
            Diagnostic(*(STDIN_KEY if name == "path" else getattr(one, name) for name in one.__slots__))
            for one in found
        )
        return Report(STDIN_KEY, placed, None, document)

    report = Mending(files, (), unsafe=False).mended(check)
    assert files.unsaved[STDIN_KEY] == text.replace("Dnese", "Dense").replace("Flaten", "Flatten")
    assert report.fixed == 2
