"""What the commands that read a spec have in common: their options, reading, and telling what was found."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

import click

from archcompiler.checking.sources import STDIN, opened, unreadable

if TYPE_CHECKING:
    from archcompiler.report import Report

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Settings = dict[str, object]
OUTSIDE_KEY = "archcompiler.outside"
"""Where the context of a command has `--allow-outside`."""

__all__ = ["STDIN", "opened", "unreadable"]


class CannotRun(click.ClickException):
    """One line on standard error, and exit code 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"error: {self.message}", err=True)


def settings_option(function: Decorated) -> Decorated:
    """`--set NAME=VALUE`, as a dict `settings`; and `--allow-outside`, which holds for the whole run."""
    option = click.option(
        "--set", "settings", multiple=True, metavar="NAME=VALUE", callback=_settings,
        help="Give a param another value, typed as in YAML; repeatable.",
    )  # fmt: skip
    outside = click.option(
        "--allow-outside", is_flag=True, expose_value=False, callback=_allow_outside,
        help="Let `include` name files outside the folder of the spec.",
    )  # fmt: skip
    return option(outside(function))


def format_option(name: str = "form") -> Callable[[Decorated], Decorated]:
    """`--format`: how diagnostics are told; `name` is the command's parameter."""
    return click.option(
        "--format", name, type=click.Choice(["text", "json", "github", "sarif"]), default="text", show_default=True,
        help="How to tell what is wrong.",
    )  # fmt: skip


def only_specs_option(function: Decorated) -> Decorated:
    """`--specs-only`, for who gives the command every YAML file, as pre-commit does."""
    option = click.option(
        "--specs-only", "only_specs", is_flag=True,
        help="Pass over files without a top-level `archcompiler:`, saying nothing.",
    )  # fmt: skip
    return option(function)


def output_options(function: Decorated) -> Decorated:
    """`--color` and `--quiet`."""
    color = click.option(
        "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
        help="Colour text; auto: on a terminal, unless NO_COLOR is set.",
    )  # fmt: skip
    quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but what is wrong.")
    return color(quiet(function))


def colored(choice: str, stream: IO[str]) -> bool:
    """Whether to colour what goes to `stream` (see no-color.org)."""
    if choice != "auto":
        return choice == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def spare(output: str | None, *read: str | None) -> None:
    """Refuse to write over a file that the command reads."""
    for path in read:
        if (
            output is not None
            and path is not None
            and path != STDIN
            and os.path.realpath(output) == os.path.realpath(path)
        ):
            raise CannotRun(f"cannot write {output}: it is what is read; name another file with -o")


def checked(source: str | IO[bytes], settings: Settings) -> Report:
    """The report on a spec, less the warnings that its project does not want; a file that cannot be read ends the
    command."""
    from archcompiler.checking.config import ConfigError, config_for, told
    from archcompiler.pipeline import check

    try:
        config = config_for(source if isinstance(source, str) else os.path.join(".", STDIN))
        report = check(source, params=settings, backend=config.backend)
    except OSError as error:
        raise CannotRun(unreadable(str(error.filename or source), error)) from error
    except ConfigError as error:
        raise CannotRun(str(error)) from error
    return told(report, config, errors_too=False)


def sound(source: str | IO[bytes], settings: Settings, form: str, color: str, quiet: bool) -> Report:
    """The report on a spec without errors. What is wrong is told on standard error, and an error ends the command."""
    report = checked(source, settings)
    if report.diagnostics:
        tell([report], form, color, quiet, err=True)
    if not report.ok:
        raise click.exceptions.Exit(1)
    if report.in_the_way:
        tell([replace(report, diagnostics=report.in_the_way)], form, color, quiet, err=True)
        if form == "text":
            click.echo("error: a check may ignore that, but there is no code for it", err=True)
        raise click.exceptions.Exit(1)
    if report.graph is None:
        click.echo("error: not all shapes are known, so there is no going on", err=True)
        raise click.exceptions.Exit(1)
    if isinstance(source, BytesIO):
        source.seek(0)
    return report


def tell(reports: Sequence[Report], form: str, color: str, quiet: bool, *, err: bool = False) -> None:
    """The reports in the form that was asked for, on standard output or standard error."""
    from archcompiler import rendering

    if form == "json":
        click.echo(rendering.as_json(reports), err=err)
        return
    if form == "sarif":
        from archcompiler.show import sarif

        click.echo(sarif.log([one for report in reports for one in sarif.results(report)]), err=err)
        return
    if form == "github":
        annotations = [rendering.as_github(report.diagnostics) for report in reports if report.diagnostics]
        if annotations:
            click.echo("\n".join(annotations), err=err)
        return
    painted = colored(color, sys.stderr if err else sys.stdout)
    lines: list[str] = []
    for report in reports:
        lines += rendering.diagnostics_text(report, painted)
        if report.ok and not quiet and not err:
            lines.append(rendering.ok_line(report, painted))
    if not quiet and any(report.diagnostics or report.ignored for report in reports):
        lines.append(rendering.summary(reports, painted))
    if lines:
        click.echo("\n".join(lines), err=err, color=painted)


def _settings(ctx: click.Context, param: click.Parameter, given: Sequence[str]) -> Settings:
    settings: Settings = {}
    for setting in given:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals or not name:
            raise click.BadParameter(f"{setting!r} is not NAME=VALUE")
        settings[name] = _typed(name, text)
    return settings


def _allow_outside(ctx: click.Context, param: click.Parameter, given: bool) -> None:
    from archcompiler.spec.includes import OUTSIDE

    token = OUTSIDE.set(given)
    ctx.meta[OUTSIDE_KEY] = given
    ctx.call_on_close(lambda: OUTSIDE.reset(token))


def _typed(name: str, text: str) -> object:
    """The value that `text` is in YAML."""
    from archcompiler.spec.reader import read

    indented = text.replace("\n", "\n  ")
    document, problems = read(f"value: {indented}", "--set")
    data = document.data if document else None
    if problems or not isinstance(data, dict) or len(cast("dict[object, object]", data)) != 1:
        why = problems[0].message if problems else "it is more than one value"
        raise click.BadParameter(f"the value of {name}, {text!r}, is no YAML: {why}")
    return cast("Mapping[str, object]", data)["value"]
