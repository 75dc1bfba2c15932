"""`archcompiler check`: what is wrong with specs, or what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcompiler.cli.options import (
    CannotRun,
    Settings,
    checked,
    format_option,
    opened,
    output_options,
    settings_option,
    tell,
)
from archcompiler.cli.specs import specs_of

if TYPE_CHECKING:
    from archcompiler.report import Report


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
    for path in specs_of(files):
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
