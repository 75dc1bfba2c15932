"""Specs mended one after the other, and written, or shown as a diff."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import IO, TYPE_CHECKING

from archcompiler.checking.fixing import STDIN_KEY, Mending, unified, write
from archcompiler.checking.outcome import Options, Outcome, config_of, outcome_of, refused, report_of
from archcompiler.checking.sources import opened
from archcompiler.spec.reader import FILES, Files, encoding_of

if TYPE_CHECKING:
    from archcompiler.checking.config import Config
    from archcompiler.report import Report


class _Lines(io.StringIO):
    name = STDIN_KEY


def mended(
    paths: Sequence[str], options: Options, given: Sequence[str], *, unsafe: bool, diff: bool,
    say_bytes: Callable[[bytes], object], diffs: list[str],
) -> Iterator[Outcome]:  # fmt: skip
    """What is left of each file's mistakes, after all was mended that has a fix. The files are written, standard input
    goes to `say_bytes`; with `diff` nothing is written, and `diffs` gets what would be.

    Raises:
        OutputError: a file cannot be written.
        ConfigError: a configuration cannot be used.
    """
    files = Files()
    mending = Mending(files, given, unsafe=unsafe)
    token = FILES.set(files)
    try:
        for path in paths:
            config = config_of(path, options)
            source = opened(path)

            def check(source: str | IO[bytes] = source, config: Config = config) -> Report:
                if isinstance(source, str):
                    return report_of(source, options, config)
                source.seek(0)
                text = files.unsaved.get(STDIN_KEY)
                return report_of(source if text is None else _Lines(text), options, config)

            try:
                report = mending.mended(check)
            except OSError as error:
                yield refused(path, error)
                continue
            if not diff:
                for key, before, text in list(mending.changed()):
                    if key != STDIN_KEY:
                        write(key, before, text)
                        mending.forget(key)
                if not isinstance(source, str):
                    say_bytes(_content(source, files.unsaved.get(STDIN_KEY)))
            yield outcome_of(path, report, options, config)
        diffs += [unified(before, text) for _, before, text in mending.changed()] if diff else []
    finally:
        FILES.reset(token)


def _content(source: IO[bytes], text: str | None) -> bytes:
    """Standard input as it is to be: as it was, where nothing could be mended."""
    source.seek(0)
    content = source.read()
    mark, encoding = encoding_of(content)
    return content if text is None else mark + text.encode(encoding)
