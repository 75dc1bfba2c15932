"""Emitted programs in the tests: loaded as modules, and whole test files run on another Keras backend."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from types import ModuleType

import archcompiler
from archcompiler.build import program


def program_of(text: str) -> ModuleType:
    """The program that is emitted for a spec."""
    return program.program_of(archcompiler.emit(io.StringIO(text)), "emitted")


def run_on(backend: str, file: str, only: str = "not backend") -> None:
    """The tests of `file`, or `only` some of them, but none of backends, on another one."""
    chosen = f"({only}) and not backend"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-n", "0", file, "-k", chosen],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
