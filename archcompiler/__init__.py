"""archcompiler: YAML specs of Keras sequence models, checked without Keras, then emitted as code or built.

Importing it brings in neither Keras nor a backend; each name below is loaded when it is first used.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcompiler.diagnostics import Diagnostic
    from archcompiler.pipeline import build, check, emit, exports, resolve
    from archcompiler.report import CompileError, Report

__version__ = "0.1.0"

_HOMES = {
    "build": "archcompiler.pipeline",
    "check": "archcompiler.pipeline",
    "emit": "archcompiler.pipeline",
    "exports": "archcompiler.pipeline",
    "resolve": "archcompiler.pipeline",
    "CompileError": "archcompiler.report",
    "Diagnostic": "archcompiler.diagnostics",
    "Report": "archcompiler.report",
}

__all__ = ["CompileError", "Diagnostic", "Report", "__version__", "build", "check", "emit", "exports", "resolve"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)


class _Package(ModuleType):
    """The rooms `build/` and `emit/` have the names of two functions; importing a room must not put it in the
    function's place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
