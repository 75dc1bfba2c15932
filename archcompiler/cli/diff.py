"""`archcompiler diff`: what differs between two architectures."""

from __future__ import annotations

import json

import click

from archcompiler.cli.options import Settings, output_options, settings_option, sound


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How it is told.")
@settings_option
@output_options
def command(first: str, second: str, form: str, settings: Settings, color: str, quiet: bool) -> None:
    """Say what differs from the architecture of the spec A to that of B: layers, arguments, wiring, shapes, parameters,
    and which trained weights would still fit. Params set with --set are set in both."""
    from archcompiler.show.differences import as_json, as_text, compare

    graphs = [sound(path, settings, "text", color, True).graph for path in (first, second)]
    old, new = (graph for graph in graphs if graph is not None)
    comparison = compare(old, new)
    if form == "json":
        click.echo(json.dumps(as_json(comparison, (first, second)), ensure_ascii=False))
    else:
        click.echo(as_text(comparison, (first, second)))
