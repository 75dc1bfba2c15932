"""The hooks for pre-commit, and the pages of `docs/codes/`."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from archcompiler.cli import main
from archcompiler.codes import CODES
from archcompiler.show import manual

ROOT = Path(__file__).parent.parent
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
HOOKS: dict[str, dict[str, Any]] = {one["id"]: one for one in yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))}
SOUND = "archcompiler: 1\ninputs: {x: [steps, 2]}\nlayers: [{LSTM: 3}, {Dense: 1}]\n"


def test_the_manifest_is_valid() -> None:
    subprocess.run([sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST)], check=True)
    assert set(HOOKS) == {"archcompiler-check", "archcompiler-fmt"}


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_passes_over_what_is_no_spec(
    hook: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(HOOKS[hook]["entry"])
    assert program == "archcompiler"
    Path("compose.yaml").write_text("services:   {}\n")
    Path("broken.yaml").write_text("a: [\n")
    assert main([*arguments, "compose.yaml", "broken.yaml"]) == 0
    assert capsys.readouterr() == ("", "")
    assert Path("compose.yaml").read_text() == "services:   {}\n"
    Path("spec.yaml").write_text(SOUND)
    assert main([*arguments, "compose.yaml", "spec.yaml"]) == 0
    Path("spec.yaml").write_text(SOUND.replace("Dense: 1", "LSTM: 1"))
    assert main([*arguments, "compose.yaml", "spec.yaml"]) == (1 if hook == "archcompiler-check" else 0)


def test_every_code_has_a_page_that_is_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manual, "FOLDER", tmp_path / "codes")
    assert manual.main(["--check"]) == 1
    assert not (tmp_path / "codes").exists()
    assert manual.main([]) == 0
    assert {file.name for file in (tmp_path / "codes").iterdir()} == {"README.md", *(f"{code}.md" for code in CODES)}
    index = (tmp_path / "codes" / "README.md").read_text()
    assert all(f"]({code}.md)" in index for code in CODES)
    assert manual.main(["--check"]) == 0
    (tmp_path / "codes" / "ARC999.md").write_text("gone")
    (tmp_path / "codes" / "ARC201.md").write_text("old")
    assert manual.main(["--check"]) == 1
    assert manual.main([]) == 0 and manual.main(["--check"]) == 0
    assert not (tmp_path / "codes" / "ARC999.md").exists()


def test_the_pages_that_lie_in_docs_are_current() -> None:
    assert manual.main(["--check"]) == 0
