"""Plain data written as YAML in one line."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import cast

# Words that other readers of YAML take for something else are quoted too.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*\Z")
_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off"))
_ESCAPED = re.compile("[\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def to_flow(value: object) -> str:
    """`value` (None, bool, int, float, str, lists and mappings of them) in YAML's flow style.

    Reading it gives an equal value; what is none of these is written as its text.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        if math.isnan(value):
            return ".nan"
        return repr(float(value)) if math.isfinite(value) else ".inf" if value > 0 else "-.inf"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(to_flow, cast("list[object]", value))) + "]"
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value).items()
        return "{" + ", ".join(f"{to_flow(key)}: {to_flow(item)}" for key, item in entries) + "}"
    text = str(value)
    if _PLAIN.match(text) and text.lower() not in _WORDS:
        return text
    return _ESCAPED.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
