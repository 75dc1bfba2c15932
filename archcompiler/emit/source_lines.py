"""Lines of emitted code."""

from __future__ import annotations


def with_comment(code: str, comment: str | None, width: int = 84) -> list[str]:
    """A line of code, and a comment beside it, or above it where beside it there is no room."""
    if comment is None:
        return [code]
    beside = f"{code}  # {comment}"
    return [beside] if len(beside) <= width else [f"# {comment}", code]
