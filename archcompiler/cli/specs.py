"""Which files are specs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from archcompiler.cli.options import STDIN, CannotRun, unreadable

SUFFIXES = (".yaml", ".yml")
_IN_BLOCK = re.compile(rb"""^(["']?)archcompiler\1[ \t]*:""", re.MULTILINE)
_IN_FLOW = re.compile(rb"""\A\s*\{.*?["']?archcompiler["']?\s*:""", re.DOTALL)


def has_spec(path: str) -> bool:
    """Whether a file is a spec.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        return is_spec(file.read())


def specs_of(
    files: tuple[str, ...], *, only_specs: bool = False, is_one: Callable[[str], bool] = has_spec
) -> Iterator[str | CannotRun]:
    """The files that are meant, each once; what cannot be looked into stands among them as the reason why.

    `only_specs` leaves out given files that are none, as folders leave them out; `is_one` tells a spec by its path.
    """
    seen: set[str] = set()
    for path in files:
        if path == STDIN or not os.path.isdir(path):
            found: list[str | CannotRun] = [path] if not only_specs or _may_be(path, is_one) else []
        else:
            found = list(_specs_in(path, is_one))
            if not found and not only_specs:
                found = [CannotRun(f"there is no spec in {path}: no YAML file in it has a top-level `archcompiler:`")]
        for one in found:
            if isinstance(one, CannotRun) or one not in seen:
                yield one
            if isinstance(one, str):
                seen.add(one)


def _may_be(path: str, is_one: Callable[[str], bool]) -> bool:
    """Whether a given file is a spec; one that cannot be read is told of later."""
    try:
        return path == STDIN or is_one(path)
    except OSError:
        return True


def _specs_in(folder: str, is_one: Callable[[str], bool]) -> Iterator[str | CannotRun]:
    """The specs in a folder and below, in order; what is hidden is left alone."""
    from pathlib import Path

    problems: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(root, name)
            if path.suffix.lower() not in SUFFIXES or name.startswith(".") or not path.is_file():
                continue
            try:
                if is_one(str(path)):
                    yield str(path)
            except OSError as error:
                yield CannotRun(unreadable(str(path), error))
    for error in problems:
        yield CannotRun(unreadable(str(error.filename), error))


def is_spec(content: bytes) -> bool:
    """Whether a text has a top-level key `archcompiler`, as far as can be told without reading it as YAML."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    return bool(_IN_BLOCK.search(content) or _IN_FLOW.match(content))
