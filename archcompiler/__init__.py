"""archcompiler: YAML specs of Keras sequence models, checked without Keras, then emitted as code or built.

Importing it brings in neither Keras nor a backend; each name below is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcompiler.diagnostics import Diagnostic
    from archcompiler.pipeline import build, check, emit
    from archcompiler.report import CompileError, Report

__version__ = "0.1.0"

_HOMES = {
    "build": "archcompiler.pipeline",
    "check": "archcompiler.pipeline",
    "emit": "archcompiler.pipeline",
    "CompileError": "archcompiler.report",
    "Diagnostic": "archcompiler.diagnostics",
    "Report": "archcompiler.report",
}

__all__ = ["CompileError", "Diagnostic", "Report", "__version__", "build", "check", "emit"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
