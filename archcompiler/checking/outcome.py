"""One file checked, and what is to be told of it: made where the check ran, and small enough to be sent from there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from os.path import join
from typing import IO, TYPE_CHECKING, Any

from archcompiler.checking.config import Codes, Config, config_for, told
from archcompiler.checking.sources import opened, unreadable

if TYPE_CHECKING:
    from archcompiler.report import Report


@dataclass(frozen=True, slots=True)
class Options:
    """How files are checked and told. `select` and `ignore` stand for those of the configuration."""

    params: dict[str, object] = field(default_factory=dict[str, object])
    data: str | None = None
    validation_data: str | None = None
    form: str = "text"
    painted: bool = False
    quiet: bool = False
    strict: bool = False
    statistics: bool = False
    count_fixes: bool = False
    configured: bool = True
    select: Codes | None = None
    ignore: Codes | None = None
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file: `told` in the form that was asked for, or `refused`, why it could not be read."""

    path: str
    told: Any = None
    counts: Counter[str] = field(default_factory=Counter[str])
    fixable: Counter[str] = field(default_factory=Counter[str])
    """How many fixes are offered, safe and unsafe ones."""
    ignored: int = 0
    fixed: int = 0
    failed: bool = False
    refused: str | None = None


def config_of(path: str, options: Options) -> Config:
    """The configuration for a file, with what the command line says instead.

    Raises:
        ConfigError: the configuration cannot be used.
    """
    config = config_for(join(".", path)) if options.configured else Config()
    if options.select is not None:
        config = replace(config, select=options.select)
    if options.ignore is not None:
        config = replace(config, ignore=options.ignore)
    return replace(config, strict=True) if options.strict else config


def report_of(source: str | IO[bytes] | IO[str], options: Options, config: Config) -> Report:
    """The report on a spec, less what its configuration does not want told.

    Raises:
        OSError: the file cannot be opened.
    """
    from archcompiler import pipeline

    report = pipeline.check(
        source, options.params, options.data, options.validation_data, backend=config.backend, select=config.select
    )
    return told(report, config)


def outcome(path: str, options: Options) -> Outcome:
    """A file checked.

    Raises:
        ConfigError: its configuration cannot be used.
    """
    config = config_of(path, options)
    try:
        return outcome_of(path, report_of(opened(path), options, config), options, config)
    except OSError as error:
        return refused(path, error)


def refused(path: str, error: OSError) -> Outcome:
    """What is told of a file that cannot be read."""
    return Outcome(path, refused=unreadable(str(error.filename or path), error))


def outcome_of(path: str, report: Report, options: Options, config: Config) -> Outcome:
    """What is to be told of a report."""
    return Outcome(
        path,
        _told(report, options),
        Counter(one.code for one in report.diagnostics),
        Counter(one.fix.applicability for one in report.diagnostics if one.fix is not None),
        len(report.ignored),
        report.fixed,
        not report.ok or (config.strict and bool(report.diagnostics)),
    )


def _told(report: Report, options: Options) -> Any:
    if options.form == "json":
        return report.to_dict()
    if options.form == "sarif":
        from archcompiler.show.sarif import results

        return results(report)
    from archcompiler import rendering

    if options.form == "github":
        return rendering.as_github(report.diagnostics)
    if options.statistics:
        return ""
    lines = rendering.diagnostics_text(report, options.painted)
    if report.ok and not options.quiet:
        lines.append(rendering.ok_line(report, options.painted))
    return "\n".join(lines)
