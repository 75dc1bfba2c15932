"""`check -j`: the same output, in the same order, from several processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from archcompiler.checking import parallel
from archcompiler.cli import main

ROOT = Path(__file__).parent.parent
SOUND = "archcompiler: 1\nname: m{0}\ninputs: {{x: [steps, 2]}}\nlayers: [{{LSTM: 3}}, {{{1}: 1}}]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """40 specs, of which each seventh is wrong, and one that includes what lies elsewhere."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    for at in range(40):
        text = SOUND.format(at, "LSTM" if at % 7 == 0 else "Dense")
        (tmp_path / "specs" / f"{at:02}.yaml").write_text(text)
    (tmp_path / "blocks.yaml").write_text("blocks: {pair: {layers: [{LSTM: 3}, {Dense: 1}]}}\n")
    outside = "archcompiler: 1\ninclude: [../blocks.yaml]\ninputs: {x: [steps, 2]}\nlayers: [pair]\n"
    (tmp_path / "specs" / "outside.yaml").write_text(outside)
    return tmp_path


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
@pytest.mark.parametrize("further", [(), ("--allow-outside",), ("--ignore", "ARC2"), ("--set", "units=3")])
def test_it_tells_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str], form: str, further: tuple[str, ...]
) -> None:
    told = []
    for jobs in ("1", "3"):
        code = main(["check", "specs", "gone.yaml", "-j", jobs, "--format", form, *further])
        told.append((code, *capsys.readouterr()))
    assert told[0] == told[1]
    assert told[0][0] == 2 and "gone.yaml" in told[0][2]


def test_a_configuration_that_cannot_be_used(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from archcompiler.checking.config import forget

    (folder / "pyproject.toml").write_text("[tool.archcompiler]\nselct = []\n")
    forget()
    assert main(["check", "specs", "-j", "2"]) == 2
    assert "did you mean `select`?" in capsys.readouterr().err


def test_few_files_are_checked_by_one_process() -> None:
    assert parallel.jobs_for(parallel.PAYS_FROM - 1, None) == 1
    assert parallel.jobs_for(3, 8) == 3
    assert 1 <= parallel.jobs_for(10_000, None) <= parallel.MOST_JOBS


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["to one", "to all, as a terminal does"])
def test_an_interruption_ends_all_processes_quietly(
    folder: Path, sign: signal.Signals, code: int, send: Callable[[int, int], None]
) -> None:
    layers = ", ".join(["{Dense: 4}"] * 4000)
    (folder / "large.yaml").write_text(f"archcompiler: 1\ninputs: {{x: [4]}}\nlayers: [{layers}]\n")
    for at in range(1000):
        (folder / "specs" / f"large{at}.yaml").symlink_to(folder / "large.yaml")
    process = subprocess.Popen(
        [sys.executable, "-m", "archcompiler", "check", "specs", "-j", "2"], cwd=folder, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}, process_group=0,
    )  # fmt: skip
    time.sleep(2)
    start = time.monotonic()
    send(process.pid, sign)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (code, b"")
    assert time.monotonic() - start < 20
    time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
