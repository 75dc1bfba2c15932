"""Thousands of specs in a folder, checked by one process and by two.

python -m benchmarks.many          # the rows of `make bench`
python -m benchmarks.many pays     # from how many files on several processes pay
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import Row, in_turn, process, show

FILES = 10_000
RECURRENT = ("LSTM", "GRU", "SimpleRNN")


def spec(draw: random.Random) -> str:
    """A sound sequence model of 3 to 16 layers, with params, a target and training."""
    lines = [
        "archcompiler: 1", f"params: {{width: {draw.randint(2, 64)}}}", "inputs: {x: [steps, 4]}", "layers:",
        '  - Dense: {units: "${width}", activation: tanh}',
    ]  # fmt: skip
    for _ in range(draw.randint(1, 12)):
        kind = draw.randrange(4)
        if kind == 0:
            lines += [f"  - {draw.choice(RECURRENT)}: {{units: {draw.randint(1, 64)}, return_sequences: true}}"]
        elif kind == 1:
            lines += [f"  - Conv1D: {{filters: {draw.randint(1, 64)}, kernel_size: 3, padding: causal}}"]
        elif kind == 2:
            lines += [f"  - Dropout: 0.{draw.randint(1, 4)}"]
        else:
            lines += ["  - LayerNormalization"]
    lines += [f"  - {draw.choice(RECURRENT)}: {draw.randint(1, 64)}", "  - Dense: 1"]
    lines += ["target: {shape: [1]}", "training: {optimizer: adam, loss: mse, metrics: [mae]}"]
    return "\n".join(lines) + "\n"


def write(folder: Path, files: int) -> None:
    draw = random.Random(1)
    for at in range(files):
        below = folder / f"{at // 500:02}"
        below.mkdir(exist_ok=True)
        (below / f"{at:05}.yaml").write_text(spec(draw), encoding="utf-8")


def checks(folder: Path, jobs: int) -> list[str]:
    return [sys.executable, "-m", "archcompiler", "check", "-q", "-j", str(jobs), str(folder)]


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), FILES)
        two, one = in_turn(
            process(checks(Path(name), 2), expect=0), process(checks(Path(name), 1), expect=0), repeats=1, warm_up=False
        )
    return [
        Row(f"check of {FILES:,} files, -j 2", two, one, "-j 1", 1.3, at_least=True),
        Row(f"  {FILES / two:,.0f} a second", two, None, "", 60),
    ]


def pays() -> list[Row]:
    found: list[Row] = []
    for files in (25, 50, 100, 200, 400):
        with tempfile.TemporaryDirectory() as name:
            write(Path(name), files)
            two, one = in_turn(
                process(checks(Path(name), 2), expect=0), process(checks(Path(name), 1), expect=0), repeats=9, of=min
            )
        found.append(Row(f"check of {files} files, -j 2", two, one, "-j 1", at_least=True))
    return found


if __name__ == "__main__":
    show(pays() if sys.argv[1:] == ["pays"] else rows())
