"""Where specs come from: files, and standard input."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import IO

STDIN = "-"
STDIN_NAME = "<stdin>"


class _Text(BytesIO):
    """Standard input, read whole so that it can be gone through twice."""

    name = STDIN_NAME


def opened(path: str) -> str | IO[bytes]:
    """The spec at `path` as the library takes it; `-` is standard input."""
    return _Text(sys.stdin.buffer.read()) if path == STDIN else path


def unreadable(path: str, error: OSError) -> str:
    from archcompiler.rendering import visible

    return f"cannot read {visible(path)}: {error.strerror or error}"
