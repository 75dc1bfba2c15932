"""`archcompiler emit`: a spec as Keras code."""

from __future__ import annotations

import click

from archcompiler.cli.options import Settings, format_option, opened, output_options, settings_option, sound, spare
from archcompiler.output import write_whole


@click.command("emit")
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", metavar="MODEL.PY", help="Write to this file, whole or not at all.")
@click.option(
    "--flat", is_flag=True, help="A line a layer: no functions for blocks, no loops, no arguments for params."
)
@settings_option
@format_option()
@output_options
def command(file: str, output: str | None, flat: bool, settings: Settings, form: str, color: str, quiet: bool) -> None:
    """Write the spec FILE (- for standard input) as Keras code, to standard output or to a file."""
    spare(output, file)
    source = opened(file)
    sound(source, settings, form, color, quiet)

    from archcompiler.pipeline import emit

    code = emit(source, params=settings, flat=flat)
    if output is None:
        click.echo(code, nl=False)
        return
    write_whole(output, code)
    if not quiet:
        click.echo(f"wrote {output}", err=True)
