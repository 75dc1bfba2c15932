"""`archcompiler show`: a spec's graph with every shape."""

from __future__ import annotations

import shutil
import sys

import click

from archcompiler.cli.options import Settings, colored, opened, output_options, settings_option, sound, spare
from archcompiler.output import write_whole


@click.command("show")
@click.argument("file", metavar="FILE")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to show it."
)
@click.option("-o", "--output", metavar="FILE", help="Write to this file, whole or not at all.")
@settings_option
@output_options
def command(file: str, form: str, output: str | None, settings: Settings, color: str, quiet: bool) -> None:
    """Show the layers of the spec FILE (- for standard input) with shapes, dtypes, parameters and masks."""
    spare(output, file)
    graph = sound(opened(file), settings, "text", color, quiet).graph
    assert graph is not None
    painted = output is None and colored(color, sys.stdout)
    if form == "json":
        from archcompiler.show.fields import as_json

        text = as_json(graph)
    else:
        from archcompiler.show.table import as_table

        on_terminal = output is None and sys.stdout.isatty()
        text = as_table(graph, color=painted, width=shutil.get_terminal_size().columns if on_terminal else None)
    if output is None:
        click.echo(text, color=painted)
    else:
        write_whole(output, f"{text}\n")
