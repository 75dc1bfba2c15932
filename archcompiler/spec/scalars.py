"""What a plain scalar means: YAML 1.2's core schema, and nothing of YAML 1.1's (`on`, `017`, `12:30:45`)."""

from __future__ import annotations

import math
import re

from archcompiler.source import shortened

MAX_DIGITS = 1000
WORDS: dict[str, object] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
NUMBER_STARTS = frozenset("0123456789+-.")
_INT = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")


class NumberTooLarge(ValueError):
    """A number with more digits than are read, or beyond what a float holds."""


def resolve(text: str) -> object:
    """The value of a plain scalar: None, a bool, an int, a float, or the text itself.

    Raises NumberTooLarge.
    """
    if text in WORDS:
        return WORDS[text]
    return number(text) if text[0] in NUMBER_STARTS else text


def number(text: str) -> int | float | str:
    """The number that `text` is, or `text`; raises NumberTooLarge."""
    if len(text) < 19 and text.isdecimal() and text.isascii():
        return int(text)
    if _INT.match(text):
        if len(text) > MAX_DIGITS:
            raise NumberTooLarge(f"a number of {len(text):,} digits is not read; the limit is {MAX_DIGITS:,}")
        return int(text)
    if _FLOAT.match(text):
        value = float(text)
        if math.isinf(value):
            raise NumberTooLarge(f"{shortened(text)} is more than a float holds; infinity is written `.inf`")
        return value
    if _BASED.match(text):
        if len(text) > MAX_DIGITS:
            raise NumberTooLarge(f"a number of {len(text):,} digits is not read; the limit is {MAX_DIGITS:,}")
        return int(text[2:], 8 if text[1] == "o" else 16)
    return text
