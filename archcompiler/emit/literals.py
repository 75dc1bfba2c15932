"""Values as Python source; the only way by which anything of a spec gets into emitted code."""

from __future__ import annotations

import math
from typing import cast

from archcompiler.diagnostics import InternalError
from archcompiler.plan.model import CUSTOM, OWN, Code, Function, Imported, LayerOf, Make, Variable


def python(value: object) -> str:
    """An expression that gives `value`: a literal, a variable, or the making of a Keras object."""
    if isinstance(value, str):
        return _string(value)
    if value is None or isinstance(value, (bool, int)):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, Variable):
        return value.name
    if isinstance(value, Imported):
        return value.name
    if isinstance(value, Code):
        return value.text
    if isinstance(value, LayerOf):
        return f"model.get_layer({_string(value.name)})"
    if isinstance(value, Function):
        return f"{value.module}.{value.name}"
    if isinstance(value, Make):
        given = [python(one) for one in value.positional]
        given += [f"{name}={python(one)}" for name, one in value.keywords]
        return f"{_home(value.module)}{value.class_name}({', '.join(given)})"
    if isinstance(value, tuple):
        entries = [python(one) for one in cast("tuple[object, ...]", value)]
        return f"({entries[0]},)" if len(entries) == 1 else f"({', '.join(entries)})"
    if isinstance(value, list):
        return f"[{', '.join(python(one) for one in cast('list[object]', value))}]"
    if isinstance(value, dict):
        entries = cast("dict[object, object]", value).items()
        return "{" + ", ".join(f"{python(key)}: {python(one)}" for key, one in entries) + "}"
    raise InternalError(f"a value of type {type(value).__name__} has no Python literal")


def _home(module: str) -> str:
    """Where a class is found in emitted code: those that are written out or imported stand there by themselves."""
    if module in (OWN, CUSTOM):
        return ""
    return "layers." if module == "layers" else f"keras.{module}."


def _string(value: str) -> str:
    """A string literal in double quotes, as formatters have it."""
    body = repr(value)[1:-1] if "'" not in value else repr(value.replace("'", "\0"))[1:-1].replace("\\x00", "'")
    return '"' + body.replace('"', '\\"') + '"'


def docstring(text: str) -> str:
    """A docstring literal holding `text`, whatever is in it."""
    safe = "".join(letter if letter == "\n" or letter.isprintable() else " " for letter in text.strip())
    safe = safe.replace("\\", "\\\\")
    if '"""' in safe or safe.endswith('"'):
        safe = safe.replace('"', '\\"')
    return f'"""{safe}\n"""' if "\n" in safe else f'"""{safe}"""'
