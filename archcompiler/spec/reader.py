"""Reading a spec: from a file, a stream or a text to a Document, with every fault of the writing.

YAML 1.2, of which JSON is a part. The parser itself is loaded at the first read, since it takes longer than the rest.
"""

from __future__ import annotations

import codecs
import os
import re
from contextvars import ContextVar
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import IO, cast

from archcompiler.collecting import paused
from archcompiler.diagnostics import Problem, Span
from archcompiler.source import MAX_BYTES, Document, Lines

_UNPRINTABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_PAIR = r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
"""Patterns for texts that YAML refuses; compiling them takes longer than most of a check."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_START = Span(1, 1, 1, 1)
Result = tuple[Document | None, list[Problem]]


@dataclass
class Files:
    """What stands before the disk while specs are mended, or watched."""

    unsaved: dict[str, str] = field(default_factory=dict[str, str])
    """Texts by the real paths of the files whose text they are to be."""

    def ask(self, real: str) -> None:
        """Hear of a file, by its real path, before it is looked for."""


FILES: ContextVar[Files | None] = ContextVar("FILES", default=None)


def hear_of(path: str | PathLike[str]) -> None:
    """Tell whoever watches that what is found out depends on a file, before it is looked for."""
    files = FILES.get()
    if files is not None:
        files.ask(os.path.realpath(path))


def read_file(path: str | PathLike[str]) -> Result:
    """What `read` gives for the text of a file; raises OSError where it cannot be opened."""
    hear_of(path)
    files = FILES.get()
    if files is not None and (real := os.path.realpath(path)) in files.unsaved:
        return read(files.unsaved[real], fspath(path))
    with open(path, "rb") as file:
        return read_stream(file, fspath(path))


def read_stream(stream: IO[bytes] | IO[str], path: str) -> Result:
    """What `read` gives for what a stream of bytes or text holds; no more than the limit is taken from it."""
    content = stream.read(MAX_BYTES + 1)
    return read(content, path) if isinstance(content, str) else read_bytes(content, path)


def read_bytes(content: bytes, path: str) -> Result:
    """What `read` gives for UTF-8, or for UTF-16 or UTF-32 with a byte order mark."""
    if len(content) > MAX_BYTES:
        return None, [_too_large()]
    bom, encoding = encoding_of(content)
    content = content[len(bom) :]
    try:
        return read(content.decode(encoding), path)
    except UnicodeDecodeError as error:
        if b"\0" in content:
            return None, [Problem("ARC004", "this is a binary file, not a text", (), span=_START)]
        before = content[: error.start].decode(encoding)
        line, column = Lines(before).position(len(before))
        message = f"the byte 0x{content[error.start]:02x} here is not {encoding.upper()}"
        span = Span(line, column, line, column + 1)
        return None, [Problem("ARC004", message, (), help="save the file as UTF-8", span=span)]


def encoding_of(content: bytes) -> tuple[bytes, str]:
    """The byte order mark of a text, and the encoding that it says."""
    return next((one for one in _BOMS if content.startswith(one[0])), (b"", "utf-8"))


def read(text: str, path: str) -> Result:
    """The Document of a text, and what is wrong with its writing; nothing is raised for a faulty text.

    The document is None where there is no text to show. Its `data` is None where nothing could be composed: after a
    syntax error, past a budget, or where the top is not a mapping. Faults that can be read past leave the rest whole.
    """
    if len(text) > MAX_BYTES:
        return None, [_too_large()]
    text = text.removeprefix("\ufeff")
    with paused():
        return _read(text, path)


def _read(text: str, path: str) -> Result:
    # The parser costs most of a cold start; a command that reads nothing goes without.
    from yaml.error import MarkedYAMLError, YAMLError

    from archcompiler.spec.composer import Composer, Stop

    lines = Lines(text)
    problems: list[Problem] = []
    paired = False
    data, place = None, None
    try:
        try:
            composer = Composer(text, lines)
            problems = composer.problems
            data, place = composer.compose()
        except MarkedYAMLError:
            # JSON writes an astral character as two escapes, which YAML does not know.
            if text.lstrip()[:1] not in ("{", "[") or not re.search(_PAIR, text) or re.search("[\ue000-\ue7ff]", text):
                raise
            composer = Composer(re.sub(_PAIR, _private, text), lines)
            problems, paired = composer.problems, True
            data, place = composer.compose()
    except Stop:
        return Document(path, text, None), problems
    except MarkedYAMLError as error:
        from archcompiler.spec.syntax import explain

        mark, context = error.problem_mark, error.context_mark
        problem = explain(
            error.problem or "",
            mark.index if mark else 0,
            error.context or "",
            context.index if context else None,
            lines,
        )
        line = problem.span.line if problem.span else 0
        known = any(one.code == problem.code and one.span and one.span.line == line for one in problems)
        return Document(path, text, None), problems if known else [*problems, problem]
    except (YAMLError, UnicodeEncodeError):
        return _unprintable(text, path, lines)
    if paired:
        data = _rejoin(data)
    if not isinstance(data, dict):
        # What is wrong already may be why there is no mapping.
        problems = problems or [_no_mapping(data, lines, has_place=place is not None)]
        return Document(path, text, None, place), problems
    return Document(path, text, cast(object, data), place), problems


def _no_mapping(data: object, lines: Lines, *, has_place: bool) -> Problem:
    if data is None:
        what = "there is nothing in this spec" if has_place or lines.text.strip() else "this file is empty"
        help = "a spec begins with `archcompiler: 1`, then `inputs:` and `layers:`"
        return Problem("ARC005", what, (), help=help, span=_START)
    kind = "a list" if isinstance(data, list) else "a single value"
    help = "write `archcompiler: 1`, then `inputs:` and `layers:`"
    return Problem("ARC005", f"a spec is a mapping of keys to values; this is {kind}", (), help=help, span=_START)


def _too_large() -> Problem:
    return Problem("ARC003", f"a spec is at most {MAX_BYTES:,} bytes; this one is larger", (), span=_START)


def _unprintable(text: str, path: str, lines: Lines) -> Result:
    match = re.search(_UNPRINTABLE, text)
    index = match.start() if match else 0
    character = text[index : index + 1]
    if character == "\0":
        message = "this is not a text: it holds a NUL character"
    else:
        message = f"the character U+{ord(character or ' '):04X} cannot stand in a spec"
    return Document(path, text, None), [Problem("ARC004", message, (), span=lines.span(index, index + 1))]


def _private(match: re.Match[str]) -> str:
    """A surrogate pair's escapes as two of the private use area, which take the same room."""
    high, low = int(match[2], 16) - 0xD800 + 0xE000, int(match[3], 16) - 0xDC00 + 0xE400
    return f"{match[1]}\\u{high:04x}\\u{low:04x}"


def _rejoin(data: object) -> object:
    """`data` with the characters that `_private` took apart."""
    if isinstance(data, str):
        return re.sub("([\ue000-\ue3ff])([\ue400-\ue7ff])", _joined, data)
    if isinstance(data, dict):
        return {_rejoin(key): _rejoin(value) for key, value in data.items()}  # pyright: ignore
    return [_rejoin(item) for item in data] if isinstance(data, list) else data  # pyright: ignore


def _joined(match: re.Match[str]) -> str:
    return chr(0x10000 + (ord(match[1]) - 0xE000) * 0x400 + ord(match[2]) - 0xE400)
