"""`archcompiler resolve`: a spec with everything in it expanded."""

from __future__ import annotations

import click

from archcompiler.cli.options import Settings, format_option, opened, output_options, settings_option, sound, spare
from archcompiler.output import write_whole


@click.command("resolve")
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", metavar="SPEC.YAML", help="Write to this file, whole or not at all.")
@settings_option
@format_option()
@output_options
def command(file: str, output: str | None, settings: Settings, form: str, color: str, quiet: bool) -> None:
    """Write the spec FILE (- for standard input) with everything in it expanded: params put in, blocks stamped, repeats
    written out, included files taken in. What comes out is a spec that means the same."""
    spare(output, file)
    source = opened(file)
    sound(source, settings, form, color, quiet)

    from archcompiler.pipeline import resolve

    text = resolve(source, params=settings)
    if output is None:
        click.echo(text, nl=False)
        return
    write_whole(output, text)
    if not quiet:
        click.echo(f"wrote {output}", err=True)
