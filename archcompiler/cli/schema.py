"""`archcompiler schema`: the language's JSON Schema."""

from __future__ import annotations

import click

from archcompiler.resources import schema_text


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of the spec language, by which editors complete and check specs.

    Save it beside your specs, and begin each with `# yaml-language-server: $schema=archcompiler.schema.json`.
    """
    click.echo(schema_text("archcompiler.schema.json"), nl=False)
