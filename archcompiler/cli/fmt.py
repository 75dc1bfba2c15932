"""`archcompiler fmt`: specs in their canonical layout."""

from __future__ import annotations

from difflib import unified_diff

import click

from archcompiler.cli.options import STDIN, CannotRun, only_specs_option, opened, output_options, tell, unreadable
from archcompiler.cli.specs import specs_of
from archcompiler.output import write_whole


@click.command("fmt")
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 where a file would change.")
@click.option("--diff", "with_diff", is_flag=True, help="Write nothing; show what would change.")
@only_specs_option
@output_options
def command(
    files: tuple[str, ...], only_check: bool, with_diff: bool, only_specs: bool, color: str, quiet: bool
) -> None:
    """Lay the specs FILE… out in one way, comments and all. A folder means its specs; `-` reads standard input and
    writes to standard output."""
    from archcompiler.report import Report, placed
    from archcompiler.show.formatting import formatted
    from archcompiler.spec.reader import read_file, read_stream

    changed = failed = 0
    for path in specs_of(files, only_specs=only_specs):
        if isinstance(path, CannotRun):
            raise path
        standard = path == STDIN
        try:
            source = opened(path)
            document, problems = read_file(source) if isinstance(source, str) else read_stream(source, "<stdin>")
        except OSError as error:
            raise CannotRun(unreadable(path, error)) from error
        if problems or document is None or document.text is None:
            found = placed(problems, document, path, lambda _: None)
            tell([Report(path, found, None, document)], "text", color, quiet, err=True)
            failed += 1
            continue
        text = formatted(document)
        if standard and not (only_check or with_diff):
            click.echo(text, nl=False)
            continue
        if text == document.text:
            continue
        changed += 1
        if with_diff:
            lines = unified_diff(document.text.splitlines(), text.splitlines(), path, path, lineterm="")
            click.echo("\n".join(lines))
        if not only_check and not with_diff:
            write_whole(path, text)
        if not quiet:
            click.echo(f"{'would lay out' if only_check or with_diff else 'laid out'} {path}", err=True)
    if failed or (changed and (only_check or with_diff)):
        raise click.exceptions.Exit(1)
