"""`archcompiler check`: what is wrong with specs, or what they are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from archcompiler.cli.options import (
    STDIN,
    CannotRun,
    Settings,
    checked,
    format_option,
    opened,
    output_options,
    settings_option,
    tell,
    unreadable,
)

if TYPE_CHECKING:
    from archcompiler.report import Report

SUFFIXES = (".yaml", ".yml")
_IN_BLOCK = re.compile(rb"""^(["']?)archcompiler\1[ \t]*:""", re.MULTILINE)
_IN_FLOW = re.compile(rb"""\A\s*\{.*?["']?archcompiler["']?\s*:""", re.DOTALL)


@click.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@click.option("--data", metavar="FILE", help="Check too what the model is to be trained on: npz, npy, csv, parquet.")
@click.option("--validation-data", metavar="FILE", help="The same for what it is to be validated on.")
@settings_option
@format_option()
@output_options
def command(
    files: tuple[str, ...], strict: bool, data: str | None, validation_data: str | None, settings: Settings, form: str,
    color: str, quiet: bool,
) -> None:  # fmt: skip
    """Check specs, without Keras.

    FILE is a spec, a folder (every spec in it and below), or - for standard input. Exit code 0: no error, 1: some
    error (with --strict: or warning), 2: something could not be read.
    """
    reports: list[Report] = []
    failed = False
    for path in _specs(files):
        if isinstance(path, CannotRun):
            path.show()
            failed = True
            continue
        try:
            report = checked(opened(path), settings, data)
            if report.ok and validation_data is not None:
                report = checked(opened(path), settings, validation_data)
            reports.append(report)
        except CannotRun as error:
            error.show()
            failed = True
    if reports or form == "json":
        tell(reports, form, color, quiet)
    if failed:
        raise click.exceptions.Exit(2)
    if any(not report.ok or (strict and report.diagnostics) for report in reports):
        raise click.exceptions.Exit(1)


def _specs(files: tuple[str, ...]) -> Iterator[str | CannotRun]:
    """The files that are meant, each once; what cannot be looked into stands among them as the reason why."""
    seen: set[str] = set()
    for path in files:
        if path == STDIN or not os.path.isdir(path):
            found: list[str | CannotRun] = [path]
        else:
            found = list(_specs_in(path)) or [
                CannotRun(f"there is no spec in {path}: no YAML file in it has a top-level `archcompiler:`")
            ]
        for one in found:
            if isinstance(one, CannotRun) or one not in seen:
                yield one
            if isinstance(one, str):
                seen.add(one)


def _specs_in(folder: str) -> Iterator[str | CannotRun]:
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
                if is_spec(path.read_bytes()):
                    yield str(path)
            except OSError as error:
                yield CannotRun(unreadable(str(path), error))
    for error in problems:
        yield CannotRun(unreadable(str(error.filename), error))


def is_spec(content: bytes) -> bool:
    """Whether a text has a top-level key `archcompiler`, as far as can be told without reading it as YAML."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    return bool(_IN_BLOCK.search(content) or _IN_FLOW.match(content))
