"""The manual: a page for every diagnostic, whose wrong example shows just that, and whose right one is right."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archcompiler
from archcompiler.cli.explain import find, page
from archcompiler.codes import CODES
from archcompiler.diagnostics import Code
from archcompiler.edits import apply
from archcompiler.lint import RULES
from archcompiler.report import Report

PACKAGE = Path(archcompiler.__file__).parent
MANUAL = PACKAGE / "manual"
LINTS = {rule.code for rule in RULES}
OPTIONAL = {rule.code for rule in RULES if not rule.default}
"""Rules that are looked for only where they are asked for."""
TITLE = re.compile(r"# [A-Z`].*[^.] \((ARC\d{3}), ([a-z0-9-]+)\)\n")
SPEC = re.compile(r"^## (Wrong|Right)\n+```yaml\n(.*?)^```$", re.M | re.S)
AS_BYTES = {"ARC004": lambda right: right.encode("latin-1")}
"""What makes the wrong bytes of the right spec, where a page can only tell of them."""
MORE = {
    "ARC003": [
        b"archcompiler: 1\ninputs: {x: [3]}\nlayers: [{Dense: {units: 1" + b"0" * 2_000 + b"}}]\n",
        b"a: " + b"[" * 120 + b"]" * 120,
        b"x" * 11_000_000,
    ],
    "ARC004": [b"archcompiler: 1\nname: caf\xe9\n", b"PK\x03\x04\x00\x00", b"name: \x07"],
}
"""Wrong texts that no page can show."""


READINGS = np.zeros((1000, 2), "float32")
DATA: dict[str, Any] = {
    "ARC501": "data.npz",
    "ARC502": {"reading": READINGS},
    "ARC503": {"readings": np.zeros((1000, 3))},
    "ARC504": {"readings": READINGS.astype(str)},
    "ARC505": {"readings": np.where(np.arange(2000).reshape(1000, 2) == 77, np.nan, READINGS)},
    "ARC506": {"readings": READINGS[:20]},
}
"""The data of which a page tells in the first line of its wrong example."""


def examples(code: str) -> tuple[str | bytes, str]:
    """The wrong spec of a page, and the right one."""
    found = dict(SPEC.findall(page(CODES[code])))
    right = found["Right"]
    if code in AS_BYTES:
        assert "Wrong" not in found
        return AS_BYTES[code](right), right
    return found["Wrong"], right


BUILT = ("ARC601", "ARC602")
"""What is told only when the model is built."""


BACKENDS: dict[str, Any] = {"ARC425": "jax"}
"""The backend on which a hazard is one."""


def check(text: str | bytes, data: Any = None, select: Collection[str] = ()) -> Report:
    stream = io.BytesIO(text) if isinstance(text, bytes) else io.StringIO(text)
    backend = next((BACKENDS[one] for one in select if one in BACKENDS), None)
    return archcompiler.check(stream, data=data, select=select, backend=backend)


def test_every_code_has_one_page() -> None:
    assert {file.stem for file in MANUAL.iterdir()} == set(CODES) - LINTS


def test_every_lint_is_registered() -> None:
    modules = {file.stem for file in (PACKAGE / "lint").glob("*.py")} - {"__init__", "subject"}
    assert modules == {rule.find.__module__.rpartition(".")[2] for rule in RULES}


def test_every_rule_is_on_the_page_of_rules() -> None:
    text = (PACKAGE.parent / "docs" / "rules.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (ARC\d{3}) \| `([a-z0-9-]+)` \| (.*) \|$", text, re.M)
    assert sorted(rows) == sorted((one, CODES[one].slug, CODES[one].title) for one in LINTS)
    asked_for = text.partition("## Asked for only")[2]
    assert set(re.findall(r"^\| (ARC\d{3})", asked_for, re.M)) == OPTIONAL


def test_every_code_can_be_given() -> None:
    """A code that nothing gives, or that is given and not listed, is a mistake of ours."""
    given: set[str] = set()
    for file in PACKAGE.rglob("*.py"):
        if file.name != "codes.py":
            given.update(re.findall(r'"(ARC\d{3})"', file.read_text(encoding="utf-8")))
    assert given == set(CODES)


@pytest.mark.parametrize("code", CODES.values(), ids=lambda one: one.code)
def test_a_page_has_its_parts(code: Code) -> None:
    text = page(code)
    title = TITLE.match(text)
    assert title is not None and title.groups() == (code.code, code.slug)
    assert re.findall(r"^## (.*)$", text, re.M) == ["What it does", "Why it matters", "Wrong", "Right"]
    assert all(len(line) <= 120 for line in text.splitlines())
    assert set(re.findall(r"\bARC\d{3}\b", text)) <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_example_shows_it_and_nothing_else(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, _ = examples(code)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.npz").write_text("a text file")
    report = check(text, DATA.get(code), (code,))
    if code in BUILT:
        assert report.diagnostics == ()
        with pytest.raises(archcompiler.CompileError) as raised:
            archcompiler.build(io.StringIO(str(text)))
        report = raised.value.report
    assert [one.code for one in report.diagnostics] == [code]
    found = report.diagnostics[0]
    assert found.severity == CODES[code].severity
    assert found.span is not None
    assert found.help or found.notes
    if found.fix is not None:
        assert isinstance(text, str)
        mended = check(apply(text, found.fix.edits), select=(code,))
        assert mended.diagnostics == (), str(mended)


@pytest.mark.parametrize("code", CODES)
def test_the_right_example_is_right(code: str) -> None:
    _, text = examples(code)
    report = check(text, {"readings": READINGS} if code in DATA else None, (code,))
    assert report.diagnostics == ()
    assert report.graph is not None
    if code in BUILT:
        shapes = [tuple(tensor.shape) for tensor in archcompiler.build(io.StringIO(text)).outputs]
        assert shapes == [one.shape for one in report.graph.outputs.values()]


@pytest.mark.parametrize("code", sorted(OPTIONAL))
def test_an_optional_rule_is_silent_unless_it_is_asked_for(code: str) -> None:
    text, _ = examples(code)
    assert check(text).diagnostics == ()


@pytest.mark.parametrize("code", MORE)
def test_what_cannot_be_shown_in_a_page(code: str) -> None:
    for content in MORE[code]:
        report = check(content)
        assert [one.code for one in report.diagnostics] == [code]
        assert report.diagnostics[0].span is not None


@pytest.mark.parametrize("written", ["ARC201", "arc201", "wrong-rank", "ARC405"])
def test_explain_prints_the_page(written: str) -> None:
    command = [sys.executable, "-m", "archcompiler", "explain", written]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    known = find(written)
    assert known is not None
    assert done.stdout == page(known) + "\n"
