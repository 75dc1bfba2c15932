"""`check --watch`: what changes is checked again, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from archcompiler.checking.outcome import Options
from archcompiler.checking.watching import Remembered, Watch, rounds
from archcompiler.cli.specs import has_spec, specs_of

ROOT = Path(__file__).parent.parent
SOUND = "archcompiler: 1\ninputs: {x: [steps, 2]}\nlayers: [{LSTM: 3}, {Dense: 1}]\n"
FAULTY = SOUND.replace("Dense: 1", "LSTM: 1")
BLOCKS = "blocks: {pair: {layers: [{LSTM: 3}, {Dense: 1}]}}\n"
INCLUDING = "archcompiler: 1\ninclude: [blocks.yaml]\ninputs: {x: [steps, 2]}\nlayers: [pair]\n"


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(SOUND)
    Path("b.yaml").write_text(INCLUDING)
    Path("blocks.yaml").write_text(BLOCKS)
    remembered = Remembered(has_spec)
    return Watch(lambda: (one for one in specs_of((".",), is_one=remembered) if isinstance(one, str)), Options())


def looked(watch: Watch) -> dict[str, bool]:
    """The files that were checked now, and whether each failed."""
    return {Path(one.path).name: one.failed for one in watch.look()}


def write(path: str, text: str) -> None:
    """Another time of change, however coarse the clock is."""
    before = os.stat(path).st_mtime_ns if os.path.exists(path) else 0
    Path(path).write_text(text)
    if os.stat(path).st_mtime_ns == before:
        os.utime(path, ns=(before + 1_000_000, before + 1_000_000))


def test_only_what_changes_is_checked_again(watch: Watch) -> None:
    assert looked(watch) == {"a.yaml": False, "b.yaml": False}
    assert looked(watch) == {}
    write("a.yaml", FAULTY)
    assert looked(watch) == {"a.yaml": True}
    assert [one.failed for one in watch.outcomes] == [True, False]
    write("a.yaml", SOUND)
    assert looked(watch) == {"a.yaml": False}
    assert looked(watch) == {}


def test_an_included_file_is_a_part_of_the_spec(watch: Watch) -> None:
    looked(watch)
    write("blocks.yaml", BLOCKS.replace("Dense", "LSTM"))
    assert looked(watch) == {"b.yaml": True}
    Path("blocks.yaml").unlink()
    assert looked(watch) == {"b.yaml": True}
    assert looked(watch) == {}
    write("blocks.yaml", BLOCKS)
    assert looked(watch) == {"b.yaml": False}


def test_new_files_and_files_that_go(watch: Watch) -> None:
    looked(watch)
    write("c.yaml", FAULTY)
    write("notes.yaml", "not: a spec\n")
    assert looked(watch) == {"c.yaml": True}
    write("notes.yaml", SOUND)
    assert looked(watch) == {"notes.yaml": False}
    Path("c.yaml").unlink()
    assert looked(watch) == {}
    assert len(watch.outcomes) == 3


def test_a_named_file_that_comes_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    watch = Watch(lambda: ["later.yaml"], Options())
    (first,) = watch.look()
    assert first.refused == "cannot read later.yaml: No such file or directory"
    assert watch.look() == []
    write("later.yaml", SOUND)
    assert looked(watch) == {"later.yaml": False}


def test_the_configuration_is_looked_at_too(watch: Watch) -> None:
    write("a.yaml", FAULTY)
    assert looked(watch)["a.yaml"]
    Path("pyproject.toml").write_text('[tool.archcompiler]\nignore = ["ARC2"]\n')
    assert looked(watch) == {"a.yaml": False, "b.yaml": False}
    assert looked(watch) == {}


def test_data_are_looked_at_too(watch: Watch) -> None:
    Path("data.npz").write_text("no data")
    watch = Watch(lambda: ["a.yaml"], Options(data="data.npz"))
    assert looked(watch) == {"a.yaml": True}  # they are no npz file
    assert looked(watch) == {}
    write("data.npz", "other data")
    assert list(looked(watch)) == ["a.yaml"]


def test_data_that_the_spec_names_are_looked_at_too(watch: Watch) -> None:
    write("a.yaml", SOUND + "data: train.npz\n")
    assert looked(watch)["a.yaml"]  # there is no such file
    assert looked(watch) == {}
    np.savez("train.npz", x=np.zeros((4, 5, 2), "float32"), dense=np.zeros((4, 1), "float32"))
    assert looked(watch) == {"a.yaml": False}
    np.savez("train.npz", x=np.zeros((4, 5, 3), "float32"), dense=np.zeros((4, 1), "float32"))
    assert looked(watch) == {"a.yaml": True}


def test_between_two_looks_it_sleeps(watch: Watch) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            write("a.yaml", FAULTY)

    found = rounds(watch, sleep)
    assert len(next(found)) == 2
    assert [os.path.normpath(one.path) for one in next(found)] == ["a.yaml"]
    assert len(slept) == 3


def test_the_command_ends_by_ctrl_c(tmp_path: Path) -> None:
    spec = tmp_path / "a.yaml"
    spec.write_text(SOUND)
    process = subprocess.Popen(
        [sys.executable, "-m", "archcompiler", "check", "--watch", "a.yaml"], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
        encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline().startswith("a.yaml: ok: many_to_one")
    assert process.stderr.readline() == "watching 1 file; Ctrl-C ends it\n"
    write(str(spec), FAULTY)
    assert process.stdout.readline() == "changed: a.yaml\n"
    assert process.stdout.readline().startswith("error[ARC201]")
    process.stderr.readline()
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in out + err and err == ""
