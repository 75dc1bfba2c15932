"""Output files appear whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archcompiler import output
from archcompiler.output import OutputError, whole_file, write_whole

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "examples" / "many_to_one.yaml"


def test_a_new_file_has_the_usual_permissions(tmp_path: Path):
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "model.py", "x = 'é'\n")
    finally:
        os.umask(before)
    assert (tmp_path / "model.py").read_bytes() == "x = 'é'\n".encode()
    assert (tmp_path / "model.py").stat().st_mode & 0o777 == 0o640


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path):
    path = tmp_path / "model.py"
    path.write_text("old")
    path.chmod(0o751)
    write_whole(path, b"new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o751
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_goes_on_pointing_where_it_did(tmp_path: Path):
    (tmp_path / "real.py").write_text("old")
    (tmp_path / "link.py").symlink_to("real.py")
    write_whole(tmp_path / "link.py", "new")
    assert (tmp_path / "link.py").is_symlink()
    assert (tmp_path / "real.py").read_text() == "new"


def test_pipes_and_devices_are_written_to_and_stay_what_they_are(tmp_path: Path):
    write_whole("/dev/null", "gone")
    assert Path("/dev/null").is_char_device()
    with pytest.raises(OutputError, match="cannot write /dev/full: No space left on device"):
        write_whole("/dev/full", "x")
    with pytest.raises(OutputError, match="it is no ordinary file"), whole_file("/dev/null"):
        pass


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("failing", ["os.fsync", "write", "replace", "close"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
):
    path = tmp_path / "model.py"
    path.write_text("old")
    if failing == "os.fsync":
        monkeypatch.setattr(output.os, "fsync", full_disk)
    elif failing == "close":
        monkeypatch.setattr(output.os, "open", full_disk)
    else:
        monkeypatch.setattr(Path, {"write": "write_bytes", "replace": "replace"}[failing], full_disk)
    with pytest.raises(OutputError, match=r"cannot write .*model\.py: No space left on device"):
        write_whole(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "model.keras"
    path.write_text("old")

    def interrupted() -> None:
        with whole_file(path) as temporary:
            assert temporary.parent == tmp_path
            assert temporary.suffix == ".keras"
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("path", "why"),
    [("file/model.py", "Not a directory"), ("nowhere/model.py", "No such file"), ("folder", "it is a folder")],
)
def test_what_cannot_be_written_is_said_in_a_line(tmp_path: Path, path: str, why: str):
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=rf"cannot write .*{path}: {why}"):
        write_whole(tmp_path / path, "new")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "x"


def test_a_long_name_has_room_for_its_temporary_sibling(tmp_path: Path):
    path = tmp_path / ("é" * 120 + ".py")
    write_whole(path, "x")
    assert path.read_text() == "x"


SLOW_DISK = """
import sys, time
from archcompiler import output
def fsync(_):
    print("writing", flush=True)
    time.sleep(60)
output.os.fsync = fsync
from archcompiler.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(("killer", "code"), [("SIGTERM", 143), ("SIGINT", 130), ("SIGKILL", -9)])
def test_a_killed_emit_leaves_the_old_file(tmp_path: Path, killer: str, code: int):
    path = tmp_path / "model.py"
    path.write_text("old")
    arguments = [sys.executable, "-c", SLOW_DISK, "emit", str(SPEC), "-o", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        started = time.monotonic()
        process.send_signal(getattr(signal, killer))
        assert process.wait(timeout=30) == code
    assert time.monotonic() - started < 30
    assert path.read_text() == "old"
    if killer != "SIGKILL":  # which gives no time to clean up
        assert list(tmp_path.iterdir()) == [path]
