"""The emitted source as a module: what is run in process is what can be read."""

from __future__ import annotations

import linecache
from types import ModuleType


def program_of(source: str, name: str) -> ModuleType:
    """The module that `source` is; tracebacks through it show its lines."""
    path = f"<{name}.py>"
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    module = ModuleType(name)
    module.__file__ = path
    exec(compile(source, path, "exec"), module.__dict__)
    return module
