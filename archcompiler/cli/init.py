"""`archcompiler init`: a commented spec to start from."""

from __future__ import annotations

from pathlib import Path

import click

from archcompiler.cli.options import CannotRun
from archcompiler.output import write_whole
from archcompiler.resources import template_folder
from archcompiler.suggest import closest

STARTS = ("many_to_one", "many_to_many", "one_to_many", "one_to_one", "autoencoder", "stateful", "text")
"""What can be begun; each is a file of `templates/init/`."""


@click.command("init", epilog="TOPOLOGY is one of " + ", ".join(STARTS) + ".")
@click.argument("topology", metavar="TOPOLOGY")
@click.option("-o", "--output", metavar="FILE", help="Write to this file, which must not be there yet.")
@click.option("--force", is_flag=True, help="Replace the file where it is there.")
def command(topology: str, output: str | None, force: bool) -> None:
    """Write a commented spec to start from, to standard output or to a file."""
    name = topology.lower().replace("-", "_")
    if name not in STARTS:
        near = closest(name, STARTS)
        raise CannotRun(
            f"there is no start {topology!r}; "
            + (f"did you mean {near}?" if near else f"there are {', '.join(STARTS)}")
        )
    text = (template_folder() / "init" / f"{name}.yaml").read_text(encoding="utf-8")
    if output is None:
        click.echo(text, nl=False)
        return
    if Path(output).exists() and not force:
        raise CannotRun(f"{output} is there already; --force replaces it")
    write_whole(output, text)
    click.echo(f"wrote {output}; `archcompiler check {output}` checks it", err=True)
