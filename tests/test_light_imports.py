"""What a command brings in: no check imports Keras, and no command more than it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
KERAS = ("keras", "tensorflow", "jax", "torch", "numpy")
HEAVY = (*KERAS, "networkx", "pydantic", "rich", "jinja2", "yaml", "ruff")

FORBID = """
import sys
class Forbid:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {forbidden!r}:
            raise RuntimeError(f"{{name}} is imported")
sys.meta_path.insert(0, Forbid())
"""


def run(code: str, *arguments: str, forbidden: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Python code with an import of a forbidden package raising."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    whole = FORBID.format(forbidden=forbidden) + code
    return subprocess.run(
        [sys.executable, "-c", whole, *arguments], capture_output=True, text=True, env=environment, check=False,
        encoding="utf-8",
    )  # fmt: skip


MAIN = "from archcompiler.cli import main\nsys.exit(main(sys.argv[1:]))"


def test_a_check_imports_no_keras_no_backend_and_no_numpy():
    done = run(MAIN, "check", *map(str, EXAMPLES), forbidden=KERAS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(": ok: ") == len(EXAMPLES)


def test_a_check_of_sound_specs_needs_little_more_than_the_yaml_parser():
    done = run(MAIN, "check", *map(str, EXAMPLES), forbidden=("networkx", "rich", "jinja2", "ruff", "pydantic"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_faulty_spec_is_reported_without_keras(tmp_path: Path):
    spec = tmp_path / "faulty.yaml"
    spec.write_text("archcompiler: 1\ninputs: {x: [2]}\nlayers: [{LSTM: 3}, {Dnese: 1}]\n")
    done = run(MAIN, "check", str(spec), forbidden=(*KERAS, "networkx", "rich", "jinja2"))
    assert done.returncode == 1
    assert "ARC201" in done.stdout
    assert "ARC110" in done.stdout


def test_a_spec_is_emitted_without_keras():
    done = run(MAIN, "emit", str(EXAMPLES[0]), forbidden=KERAS)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",), ("--version",), ("check", "--help"), ("build", "--help"), ("layers",), ("layers", "LSTM"),
        ("layers", "Lstm"), ("explain", "ARC201"), ("explain", "stateful-shuffle"), ("init", "text"), ("schema",),
    ],
)  # fmt: skip
def test_what_reads_no_spec_is_light(arguments: tuple[str, ...]):
    done = run(MAIN, *arguments, forbidden=HEAVY)
    assert done.returncode in (0, 2), done.stderr
    assert "imported" not in done.stderr


def test_importing_the_package_brings_in_almost_nothing():
    code = "import archcompiler\nprint(*sorted(name for name in sys.modules if name.startswith('archcompiler')))"
    done = run(code, forbidden=(*HEAVY, "click"))
    assert done.stdout.split() == ["archcompiler"], done.stderr


def test_every_name_of_the_package_can_be_had():
    code = "import archcompiler\nfor name in archcompiler.__all__: getattr(archcompiler, name)\nprint('fine')"
    assert run(code, forbidden=KERAS).stdout == "fine\n"
