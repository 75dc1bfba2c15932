"""Training and generating from the command line: what is left, what is refused, and gone on with after a kill."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SPEC = """archcompiler: 1
params: {width: 6}
inputs: {readings: {shape: [steps, 2], scale: minmax, columns: [level, flow]}}
layers:
  - LSTM: {units: "${width}", return_sequences: true}
  - Dropout: 0.2
  - Dense: 2
    name: forecast
target: {next_step_of: readings}
training:
  optimizer: {Adam: {learning_rate: 0.01}}
  loss: mse
  epochs: 8
  windows: {length: 12}
  validation_split: 0.3
  callbacks: [{EarlyStopping: {patience: 6, restore_best_weights: true}}]
generation: {feedback: {forecast: readings}, steps: 5}
"""
ENVIRONMENT = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}


def archc(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "archcompiler", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec, its data, and a run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "tank.yaml").write_text(SPEC)
    series = np.cumsum(np.random.default_rng(0).normal(size=(1500, 2)), axis=0).astype("float32")
    np.savez(folder / "data.npz", readings=series)
    np.savez(folder / "start.npz", readings=series[:30])
    np.savetxt(folder / "data.csv", series, delimiter=",", header="level,flow", comments="")
    done = archc("train", "tank.yaml", "--data", "data.npz", "-o", "whole", "--seed", "7", "-q", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder


def weights(run: Path) -> list[np.ndarray]:
    import keras

    return keras.saving.load_model(run / "model.keras").get_weights()


def test_what_a_run_leaves(folder: Path) -> None:
    run = folder / "whole"
    assert {file.name for file in run.iterdir()} == {
        *("model.keras", "tank.py", "spec.yaml", "run.json", "history.csv", "checkpoint.npz", "loss.png", "loss.svg")
    }
    about = json.loads((run / "run.json").read_text())
    assert about["status"] == "done"
    assert about["seed"] == 7
    assert about["data"]["data"]["file"] == "data.npz"
    rows = (run / "history.csv").read_text().splitlines()
    assert rows[0] == "epoch,loss,val_loss"
    assert len(rows) == 9
    assert (run / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert (run / "loss.svg").read_text().startswith("<?xml")


def test_the_emitted_program_trains_to_the_same_weights(folder: Path) -> None:
    command = [sys.executable, "whole/tank.py", "train", "data.npz", "--seed", "7", "-o", "emitted.keras"]
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    import keras

    for one, other in zip(
        keras.saving.load_model(folder / "emitted.keras").get_weights(), weights(folder / "whole"), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_the_spec_that_is_left_gives_the_same_run(folder: Path) -> None:
    """With `--set` in it, and from a table of the same numbers."""
    given = ("--data", "data.csv", "--seed", "7", "-q", "--epochs", "2")
    first = archc("train", "tank.yaml", *given, "-o", "set", "--set", "width=3", folder=folder)
    second = archc("train", "set/spec.yaml", *given, "-o", "again", folder=folder)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    for one, other in zip(weights(folder / "set"), weights(folder / "again"), strict=True):
        np.testing.assert_array_equal(one, other)
    assert weights(folder / "set")[0].shape == (2, 12)


def test_a_killed_run_is_gone_on_with_bit_for_bit(folder: Path) -> None:
    """Killed again and again, in the middle of epochs and of writing; what is left in the end is the same."""
    command = [sys.executable, "-m", "archcompiler", "train", "tank.yaml", "--data", "data.npz", "-o", "killed"]
    command += ["--seed", "7", "-q", "--resume"]
    run, pick = folder / "killed", random.Random(1)
    kills = 0
    for _ in range(12):
        before = (run / "checkpoint.npz").stat().st_mtime_ns if (run / "checkpoint.npz").exists() else 0
        process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stderr=subprocess.PIPE)
        wait_for = 1 if kills else 2
        while process.poll() is None and kills < 3:
            now = (run / "checkpoint.npz").stat().st_mtime_ns if (run / "checkpoint.npz").exists() else 0
            if now != before:
                before, wait_for = now, wait_for - 1
                if wait_for == 0:
                    time.sleep(pick.uniform(0, 0.05))
                    process.send_signal(signal.SIGKILL)
                    break
            time.sleep(0.002)
        kills += process.wait() == -signal.SIGKILL
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, process.stderr.read() if process.stderr else ""
    assert kills >= 2
    assert process.returncode == 0
    for one, other in zip(weights(run), weights(folder / "whole"), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (run / "history.csv").read_bytes() == (folder / "whole" / "history.csv").read_bytes()


def test_a_run_that_was_stopped_stays_stopped(folder: Path) -> None:
    """Killed between the last checkpoint and the model's file, it is not trained on beyond the stop."""
    text = SPEC.replace("patience: 6", "patience: 1").replace("0.01", "0.2")
    (folder / "early.yaml").write_text(text)
    given = ("train", "early.yaml", "--data", "data.npz", "-o", "early", "--seed", "7", "-q")
    assert archc(*given, folder=folder).returncode == 0
    run = folder / "early"
    rows, before = (run / "history.csv").read_text(), weights(run)
    assert 2 < len(rows.splitlines()) < 9, "it was to stop early"
    (run / "model.keras").unlink()
    done = archc(*given, "--resume", folder=folder)
    assert done.returncode == 0, done.stderr
    assert (run / "history.csv").read_text() == rows
    for one, other in zip(weights(run), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_run_is_not_overwritten_by_mistake(folder: Path) -> None:
    done = archc("train", "tank.yaml", "--data", "data.npz", "-o", "whole", folder=folder)
    assert done.returncode == 2
    assert "--resume" in done.stderr
    other = archc("train", "tank.yaml", "--data", "data.npz", "-o", "whole", "--resume", "--seed", "8", folder=folder)
    assert other.returncode == 2
    assert "another seed" in other.stderr


def test_a_loss_that_is_no_number_ends_the_training(folder: Path) -> None:
    text = SPEC.replace("{Adam: {learning_rate: 0.01}}", "{SGD: {learning_rate: 1.0e+30}}")
    (folder / "wild.yaml").write_text(text.replace("LSTM: {units", "SimpleRNN: {activation: linear, units"))
    done = archc("train", "wild.yaml", "--data", "data.npz", "-o", "wild", "-q", folder=folder)
    assert done.returncode == 3, done.stderr
    assert "diverged" in done.stderr
    assert "Traceback" not in done.stderr


def test_generating_from_a_run(folder: Path) -> None:
    done = archc(
        *("generate", "whole", "--start", "start.npz", "--steps", "9", "-o", "next.npz", "--plot", "next.svg"),
        folder=folder,
    )
    assert done.returncode == 0, done.stderr
    made = np.load(folder / "next.npz")["forecast"]
    assert made.shape == (1, 9, 2)
    assert (folder / "next.svg").read_text().startswith("<?xml")
    table = archc("generate", "whole", "--start", "start.npz", "--steps", "9", "-o", "next.csv", folder=folder)
    assert table.returncode == 0, table.stderr
    rows = (folder / "next.csv").read_text().splitlines()
    assert rows[0] == "sequence,step,level,flow"
    np.testing.assert_allclose([[float(one) for one in row.split(",")[2:]] for row in rows[1:]], made[0], rtol=1e-6)
    command = [sys.executable, "whole/tank.py", "generate", "whole/model.keras", "batch.npz", "--steps", "9"]
    np.savez(folder / "batch.npz", readings=np.load(folder / "start.npz")["readings"][None])
    program = subprocess.run(
        [*command, "-o", "emitted.npz", "--plot", "emitted.svg"],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert program.returncode == 0, program.stderr
    np.testing.assert_array_equal(np.load(folder / "emitted.npz")["forecast"], made)
    assert (folder / "emitted.svg").read_text().count("<polyline") == 4


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("train", "tank.yaml", "--data", "none.npz"), 2, "cannot read none.npz"),
        (("train", "none.yaml", "--data", "data.npz"), 2, "cannot read none.yaml"),
        (("generate", "tank.yaml", "-o", "x.npz"), 2, "--weights"),
        (("generate", "whole", "-o", "x.npz"), 2, "--start"),
        (("generate", "whole", "--start", "start.npz", "-o", "x.txt"), 2, ".npz, .npy or .csv"),
        (("generate", "whole", "--start", "start.npz", "-o", "start.npz"), 2, "it is what is read"),
        (("train", "tank.yaml", "--data", "data.npz", "-o", "tank.yaml"), 2, "tank.yaml is a file"),
        (("build", "parted.yaml", "--part", "early", "-o", "x.keras", "--weights", "none.keras"), 2, "no model none"),
        (("build", "parted.yaml", "--part", "early", "-o", "x.keras", "--weights", "tank.yaml"), 2, "has no weights"),
    ],
)
def test_what_cannot_run(folder: Path, arguments: Any, code: int, told: str) -> None:
    (folder / "parted.yaml").write_text(
        "archcompiler: 1\ninputs: {x: [4]}\nlayers: [{Dense: 2, name: a}, {Dense: 1}]\n"
        "exports: {early: {inputs: x, outputs: a}}\n"
    )
    done = archc(*arguments, folder=folder)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr
