"""What the README and the docs say is run: specs are checked, commands give what is shown, Python runs."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import archcompiler

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "examples" / "README.md"]
FENCE = re.compile(r"^```(\S*)[ \t]*(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str, str]]:
    """Each fenced block: its language, the file it is named after, its text."""
    return [match.groups() for match in FENCE.finditer(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name if page.parent == ROOT else str(page.parent.name))
def test_specs_are_sound_and_commands_give_what_is_shown(page: Path, tmp_path: Path):
    for language, name, text in blocks(page):
        if language == "yaml" and name:
            (tmp_path / name).write_text(text, encoding="utf-8")
        elif language == "yaml":
            report = archcompiler.check(io.StringIO(text))
            assert not report.diagnostics, f"{page.name}:\n{text}\n{report}"
        elif language == "console":
            _, command, *expected = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
            assert shlex.split(command)[0] == "archcompiler"
            done = subprocess.run(
                [sys.executable, "-m", *shlex.split(command)],
                cwd=tmp_path,
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            assert done.stdout == "".join(expected)


def test_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    for language, name, text in blocks(ROOT / "README.md"):
        if language == "yaml":
            (tmp_path / name).write_text(text, encoding="utf-8")
        elif language == "python":
            found: dict[str, object] = {}
            exec(compile(text, "README.md", "exec"), found)
            report = found["report"]
            assert isinstance(report, archcompiler.Report)
            assert report.graph is not None
            assert report.graph.topology == "many_to_one"
            assert report.graph.outputs["temp_max"].shape == (None, 1)
            assert found["model"].count_params() == report.graph.param_count
