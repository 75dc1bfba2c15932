"""The command line. `main` runs a command and turns whatever comes out of it into an exit code.

0: no error. 1: a spec has one. 2: the command cannot run. 70: a bug of ours. 130, 141, 143: interrupted, nobody reads
the output any more, terminated.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import Any

CANNOT_RUN = 2
INTERNAL_ERROR = 70
INTERRUPTED = 130
NOBODY_READS = 141
TERMINATED = 143
DISK_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; nothing is raised, and no traceback shown."""
    _prepare_streams()
    before: Any = None
    with suppress(ValueError):  # only the main thread may say how signals are met
        before = signal.signal(signal.SIGTERM, _terminated)
    try:
        return _guarded(list(sys.argv[1:] if arguments is None else arguments))
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _guarded(arguments: list[str]) -> int:
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _silence()
        return NOBODY_READS
    except KeyboardInterrupt:
        return INTERRUPTED
    except _Terminated:
        return TERMINATED
    except OSError as error:
        if error.filename is not None or error.errno not in DISK_TROUBLE:
            return _internal(error)
        _silence()  # files are written under messages of their own, so this is standard output
        return _say(f"cannot write to standard output: {error.strerror}")
    except Exception as error:
        return _internal(error)


def _run(arguments: list[str]) -> int:
    import click

    from archcompiler.cli.commands import group
    from archcompiler.output import OutputError

    program = os.path.basename(sys.argv[0] or "archcompiler").removesuffix(".exe")
    program = "archcompiler" if program.startswith("__main__") or program not in ("archcompiler", "archc") else program
    if f"_{program.upper()}_COMPLETE" in os.environ:
        return group.main(arguments, prog_name=program)
    try:
        with group.make_context(program, arguments) as context:
            group.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except OutputError as error:
        return _say(str(error))
    return 0


def _say(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return CANNOT_RUN


def _internal(error: Exception) -> int:
    if os.environ.get("ARCHCOMPILER_DEBUG"):
        import traceback

        traceback.print_exception(error)
    asks = "" if "please report" in str(error) else "; please report it with the spec that shows it"
    print(
        f"internal error in archcompiler: {type(error).__name__}: {error}{asks}\n"
        "(with ARCHCOMPILER_DEBUG=1 in the environment it shows where)",
        file=sys.stderr,
    )
    return INTERNAL_ERROR


class _Terminated(BaseException):
    """SIGTERM as an exception, so that a half-made file is taken away."""


def _terminated(*_: object) -> None:
    raise _Terminated


def _prepare_streams() -> None:
    """No character stops the output: files and pipes get UTF-8, a terminal what it can show. What is closed is empty,
    and takes anything."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def _silence() -> None:
    """Python flushes standard output once more at its end; let that go nowhere."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
