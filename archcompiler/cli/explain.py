"""`archcompiler explain`: the manual page of a diagnostic."""

from __future__ import annotations

import ast
import re
import sys
from importlib.resources import files

import click

from archcompiler.cli.options import CannotRun, colored
from archcompiler.codes import CODES
from archcompiler.diagnostics import Code
from archcompiler.suggest import closest

_TITLE = re.compile(r"\((ARC\d{3}), [a-z0-9-]+\)\s*$")


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


def find(written: str) -> Code | None:
    """The code that is meant, by its number or its slug in any case."""
    wanted = written.strip().lower().replace("_", "-")
    return next((one for one in CODES.values() if wanted in (one.code.lower(), one.slug)), None)


def page(code: Code) -> str:
    """The manual page, of which a lint's is its module's docstring; where there is none, what is known of the code."""
    written = files("archcompiler") / "manual" / f"{code.code}.md"
    if written.is_file():
        return written.read_text(encoding="utf-8").rstrip()
    for text in _lint_pages():
        title = _TITLE.search(text.partition("\n")[0])
        if title is not None and title[1] == code.code:
            return f"# {text}"
    return f"# {code.title[:1].upper()}{code.title[1:]} ({code.code}, {code.slug})\n\nKind: {code.severity}."


def _lint_pages() -> list[str]:
    """The lints' docstrings, read without importing what the lints need."""
    modules = [file for file in (files("archcompiler") / "lint").iterdir() if file.name.endswith(".py")]
    parsed = (ast.parse(module.read_text(encoding="utf-8")) for module in modules)
    return [text for module in parsed if (text := ast.get_docstring(module))]
