"""How values appear in messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

_TYPE_NAMES: Mapping[type, str] = {
    str: "the string", bool: "the truth value", int: "the number", float: "the number",
    list: "the list", dict: "the mapping",
}  # fmt: skip


MOST_LISTED = 40


def shown(value: object, longest: int = 48) -> str:
    """A value as YAML has it, cut so that a message stays a message; strings in quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{cut(value, longest)}"'
    if isinstance(value, list):
        entries = cast(list[object], value)
        return "[" + ", ".join(shown(one, 16) for one in entries[:8]) + (", …]" if len(entries) > 8 else "]")
    if isinstance(value, dict):
        items = list(cast(dict[object, object], value).items())
        body = ", ".join(f"{cut(str(key), 24)}: {shown(one, 16)}" for key, one in items[:4])
        return "{" + body + (", …}" if len(items) > 4 else "}")
    return cut(str(value), longest)


def cut(text: str, longest: int = 48) -> str:
    flat = text[: longest + 1].replace("\n", "⏎")
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def described(value: object) -> str:
    """`the string "64"`, `the list [1, 2]`, `nothing`."""
    if value is None:
        return "nothing"
    return f"{_TYPE_NAMES.get(type(value), 'the value')} {shown(value)}"


def article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def listed(names: Iterable[object], conjunction: str = "and") -> str:
    """`a`, `b` and `c`; of very many, the first ones."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) > MOST_LISTED:
        return f"{', '.join(quoted[:MOST_LISTED])} … ({len(quoted) - MOST_LISTED:,} more)"
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {conjunction} {quoted[-1]}"
