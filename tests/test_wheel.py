"""The wheel carries all that the compiler reads, and works where no source tree is."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_an_installed_wheel_checks_and_emits(tmp_path: Path):
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = (tmp_path / "dist").glob("*.whl")
    home = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(home)
        names = archive.namelist()
    assert "archcompiler/_data/schemas/keras_layers.json" in names
    assert "archcompiler/_data/templates/keras_model.py.jinja" in names
    assert any(name.startswith("archcompiler/manual/") for name in names)
    code = (
        f"import sys; sys.path.insert(0, {str(home)!r})\n"
        "import archcompiler, archcompiler.resources\n"
        f"assert archcompiler.__file__.startswith({str(home)!r}), archcompiler.__file__\n"
        "spec = {'archcompiler': 1, 'inputs': {'x': [4]}, 'layers': [{'Dense': 1}]}\n"
        "assert archcompiler.check(spec).ok\n"
        "assert 'def build_model' in archcompiler.emit(spec)\n"
        "from archcompiler.cli import main\n"
        "sys.argv = ['archcompiler', 'explain', 'ARC201']; main()\n"
        "sys.argv = ['archcompiler', 'init', 'many_to_one']; main()\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "ARC201" in done.stdout
