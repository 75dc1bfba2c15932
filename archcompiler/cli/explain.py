"""`archcompiler explain`: the manual page of a diagnostic."""

from __future__ import annotations

import re
import sys

import click

from archcompiler.cli.options import CannotRun, colored
from archcompiler.codes import CODES
from archcompiler.show.manual import find, page
from archcompiler.suggest import closest


@click.command("explain")
@click.argument("code", metavar="CODE")
def command(code: str) -> None:
    """Explain a diagnostic by its CODE or its name, such as ARC201 or wrong-rank."""
    known = find(code)
    if known is None:
        near = closest(code, (*CODES, *(one.slug for one in CODES.values())))
        raise CannotRun(
            f"there is no diagnostic {code!r}"
            + (f"; did you mean {near}?" if near else f"; the codes run from {min(CODES)} to {max(CODES)}")
        )
    text = page(known)
    if colored("auto", sys.stdout):
        text = re.sub(r"(?m)^(#+ .*)$", "\x1b[1m\\1\x1b[0m", text)
    click.echo(text)
