"""`archcompiler build`: the Keras model of a spec, saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from archcompiler.cli.options import CannotRun, Settings, format_option, opened, output_options, settings_option, sound
from archcompiler.output import whole_file
from archcompiler.rendering import plural

SUFFIX = ".keras"
BACKENDS = ("keras", "tensorflow", "jax", "torch")


@click.command("build")
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", metavar="MODEL.KERAS", help="Save the model here, whole or not at all.")
@click.option("--seed", type=click.IntRange(min=0, max=2**32 - 1), metavar="N", help="Seed of the weights.")
@click.option("--summary", is_flag=True, help="Print Keras's summary of the model.")
@settings_option
@format_option
@output_options
def command(
    file: str, output: str | None, seed: int | None, summary: bool, settings: Settings, form: str, color: str,
    quiet: bool,
) -> None:  # fmt: skip
    """Build the Keras model of the spec FILE (- for standard input) and save it.

    This imports Keras, on the backend that KERAS_BACKEND names.
    """
    if output is None and not summary:
        raise click.UsageError("say where to save the model, with -o MODEL.keras (or ask for its --summary)")
    if output is not None and Path(output).suffix != SUFFIX:
        why = "the suffix is how Keras tells its formats apart, and a model with its layers is saved as `.keras`"
        raise CannotRun(f"cannot save to {output}: {why}")
    if output is not None and not Path(output).absolute().parent.is_dir():
        raise CannotRun(f"cannot write {output}: there is no folder {Path(output).parent}")
    source = opened(file)
    report = sound(source, settings, form, color, quiet)
    model = _built(source, settings, seed)
    if summary:
        model.summary(print_fn=_print)
    if output is None:
        return
    with whole_file(output) as temporary:
        model.save(temporary)
    if not quiet:
        count = report.graph.param_count if report.graph else 0
        click.echo(f"wrote {output}: {model.name}, {plural(count, 'parameter')}", err=True)


def _print(line: str, **_: object) -> None:
    click.echo(line)


def _built(source: Any, settings: Settings, seed: int | None) -> Any:
    from archcompiler import pipeline

    build: Callable[..., Any] = pipeline.build
    try:
        return build(source, params=settings, seed=seed)
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in BACKENDS:
            raise
        install = "pip install 'archcompiler[tensorflow]'` (or jax, or torch)"
        message = f"Keras and a backend are needed to build, and {error.name} cannot be imported: `{install}"
        raise CannotRun(message) from error
