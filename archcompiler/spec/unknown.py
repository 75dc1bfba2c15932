"""The stand-in for a value that could not be computed."""

from __future__ import annotations


class Unknown:
    """The value of what could not be computed; its mistake is already reported, so nothing more is said of it."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = Unknown()
