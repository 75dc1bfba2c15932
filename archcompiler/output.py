"""Output files appear whole or not at all: written beside their place under another name, then put there at once."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path  # not needed before something is written


class OutputError(Exception):
    """A file could not be written; the message says which, and why. What was there before is as it was."""

    def __init__(self, path: str | os.PathLike[str], error: OSError) -> None:
        super().__init__(f"cannot write {os.fspath(path)}: {error.strerror or error}")


def write_whole(path: str | os.PathLike[str], content: bytes | str) -> None:
    """Make `content` (text as UTF-8) the file at `path`. A pipe or a device is written to as it is.

    Raises:
        OutputError: it cannot be written; the file that was there before is untouched.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        if _is_special(path):
            with open(path, "wb") as file:
                file.write(data)
            return
    except OSError as error:
        raise OutputError(path, error) from error
    with whole_file(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Generator[Path]:
    """An empty file beside `path`, with its suffix, to be filled; afterwards it takes the place of `path`.

    It has the permissions of the file that it replaces, or those of any new file, and is gone if filling it failed.

    Raises:
        OutputError: it cannot be made, filled or put in place; the file that was there before is untouched.
    """
    from pathlib import Path

    try:
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        if _is_special(path):
            raise OSError(0, "it is no ordinary file")
        temporary = target.with_name(f".archcompiler-{os.urandom(6).hex()}{target.suffix}")
        # Not `tempfile`: it makes files that only their owner reads, where a new file follows the umask.
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except OSError as error:
        raise OutputError(path, error) from error
    try:
        yield temporary
        _finish(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise OutputError(path, error) from error
        raise


def _finish(temporary: Path, target: Path) -> None:
    """Everything to the disk, then one step in which the new file takes the old one's place."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    if target.exists():
        temporary.chmod(stat.S_IMODE(target.stat().st_mode))
    temporary.replace(target)


def _is_special(path: str | os.PathLike[str]) -> bool:
    """Whether something is there that is neither a file nor a folder: `/dev/stdout`, a named pipe."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
