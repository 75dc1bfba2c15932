"""`archcompiler layers`: the catalog of Keras's layers, and of what is made beside them."""

from __future__ import annotations

import click

from archcompiler.cli.options import CannotRun


@click.command("layers")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List every Keras layer, or tell all about NAME: its arguments, what it takes and gives, an example.

    NAME may also be an optimizer, a loss, a metric, an initializer, a callback …
    """
    from archcompiler.show.reference import found, listing, nearest, reference

    if name is None:
        click.echo(listing())
        return
    entries = found(name)
    if not entries:
        near = nearest(name)
        raise CannotRun(
            f"Keras has nothing called {name!r}"
            + (f"; did you mean {near}?" if near else "; `archcompiler layers` lists what it has")
        )
    click.echo("\n\n".join(map(reference, entries)))
