"""`archcompiler check`: what is wrong with specs, or what they are; and the mending of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager

import click

from archcompiler.checking.config import ConfigError, codes_of
from archcompiler.checking.outcome import Options, Outcome
from archcompiler.checking.parallel import jobs_for, outcomes
from archcompiler.checking.telling import Teller
from archcompiler.cli.options import (
    OUTSIDE_KEY,
    STDIN,
    CannotRun,
    Settings,
    colored,
    format_option,
    only_specs_option,
    output_options,
    settings_option,
)
from archcompiler.cli.specs import has_spec, specs_of
from archcompiler.rendering import plural, visible


def _codes(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...] | None:
    """`--select` and `--ignore`: codes apart by commas, or the option given again."""
    try:
        return codes_of([one for text in given for one in text.split(",") if one.strip()], "it") if given else None
    except ConfigError as error:
        raise click.BadParameter(str(error)) from error


@click.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@click.option("--data", metavar="FILE", help="Check too what the model is to be trained on: npz, npy, csv, parquet.")
@click.option("--validation-data", metavar="FILE", help="The same for what it is to be validated on.")
@click.option("--fix", is_flag=True, help="Make the safe fixes, then tell what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: the unsafe ones too. Alone: count fixes.")
@click.option("--diff", is_flag=True, help="Write nothing; show what --fix would change, and exit 1 if something.")
@click.option("--select", callback=_codes, multiple=True, metavar="CODES", help="Tell only these, such as ARC4,ARC301.")
@click.option("--ignore", callback=_codes, multiple=True, metavar="CODES", help="Do not tell these.")
@click.option("--no-config", is_flag=True, help="Leave [tool.archcompiler] of pyproject.toml aside.")
@click.option("--statistics", is_flag=True, help="Tell how often each code is found, instead of where.")
@click.option("--watch", is_flag=True, help="Check again whatever changes, until Ctrl-C.")
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Check with N processes; default: as pays.")
@only_specs_option
@settings_option
@format_option()
@output_options
@click.pass_context
def command(
    ctx: click.Context, files: tuple[str, ...], strict: bool, data: str | None, validation_data: str | None, fix: bool,
    unsafe_fixes: bool, diff: bool, select: tuple[str, ...] | None, ignore: tuple[str, ...] | None, no_config: bool,
    statistics: bool, watch: bool, jobs: int | None, only_specs: bool, settings: Settings, form: str, color: str,
    quiet: bool,
) -> None:  # fmt: skip
    """Check specs, without Keras.

    FILE is a spec, a folder (every spec in it and below), or - for standard input. Exit code 0: no error, 1: some
    error (with --strict: or warning), 2: something could not be read.
    """
    mending = fix or diff
    _refuse_together(("--watch", watch), ("--fix", fix), ("--diff", diff), ("--format " + form, form != "text"))
    _refuse_together(("--statistics", statistics), ("--diff", diff), ("--format " + form, form in ("github", "sarif")))
    _refuse_together(("--watch", watch), ("-", STDIN in files))
    aside = diff or (mending and STDIN in files)  # standard output is for the diff, or for the mended text
    painted = colored(color, sys.stderr if aside else sys.stdout)
    options = Options(
        settings, data, validation_data, form, painted, quiet, strict, statistics, unsafe_fixes and not mending,
        not no_config, select, ignore, bool(ctx.meta.get(OUTSIDE_KEY)),
    )  # fmt: skip

    def say(text: str) -> None:
        if not diff:
            click.echo(text, err=aside, color=painted)

    with _config_told():
        if watch:
            _watch(files, options, only_specs, say)
        paths = list[str]()
        refused = 0
        for path in specs_of(files, only_specs=only_specs):
            if isinstance(path, CannotRun):
                path.show()
                refused += 1
            else:
                paths.append(path)
        if not paths and not refused and form == "text":
            return  # --specs-only, and none is one
        diffs: list[str] = []
        if mending:
            from archcompiler.checking.mending import mended

            found = mended(
                paths, options, files, unsafe=unsafe_fixes, diff=diff, say_bytes=_say_bytes, diffs=diffs
            )  # fmt: skip
        else:
            found = outcomes(paths, options, 1 if STDIN in paths else jobs_for(len(paths), jobs))
        teller = Teller(options, say)
        failed = _tell(found, teller)
    if diff:
        click.echo("".join(diffs), nl=False)
        if not quiet and teller.fixed:
            click.echo(f"would make {plural(teller.fixed, 'fix', 'fixes')}", err=True)
    if refused or failed is None:
        raise click.exceptions.Exit(2)
    if failed or diffs:
        raise click.exceptions.Exit(1)


def _tell(found: Iterable[Outcome], teller: Teller) -> bool | None:
    """Tell what was found, as it comes; whether something is wrong, and None where a file could not be read."""
    wrong = False
    for one in found:
        wrong = wrong or one.failed
        if one.refused is not None:
            CannotRun(one.refused).show()
        teller.one(one)
    teller.end()
    return None if teller.refused else wrong


def _watch(files: tuple[str, ...], options: Options, only_specs: bool, say: Callable[[str], None]) -> None:
    """Check, and again what changes; it ends by an interruption."""
    from archcompiler.checking.watching import Remembered, Watch, rounds

    remembered = Remembered(has_spec)

    def specs() -> Iterator[str]:
        found = specs_of(files, only_specs=only_specs, is_one=remembered)
        return (one for one in found if isinstance(one, str))

    watch = Watch(specs, options)
    for number, changed in enumerate(rounds(watch)):
        if number:
            say(f"changed: {', '.join(visible(one.path) for one in changed)}")
        _tell(changed, Teller(options, say))
        if not options.quiet:
            click.echo(f"watching {plural(len(watch.outcomes), 'file')}; Ctrl-C ends it", err=True)
        sys.stdout.flush()


def _refuse_together(first: tuple[str, bool], *others: tuple[str, bool]) -> None:
    for name, given in others:
        if first[1] and given:
            raise click.UsageError(f"{first[0]} and {name} do not go together")


@contextmanager
def _config_told() -> Generator[None]:
    try:
        yield
    except ConfigError as error:
        raise CannotRun(str(error)) from error


def _say_bytes(content: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
