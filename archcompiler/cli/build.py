"""`archcompiler build`: the Keras model of a spec, saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from archcompiler.cli.options import (
    CannotRun,
    Settings,
    format_option,
    opened,
    output_options,
    settings_option,
    sound,
    spare,
)
from archcompiler.output import whole_file
from archcompiler.rendering import plural
from archcompiler.wording import listed

SUFFIX = ".keras"


@click.command("build")
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", metavar="MODEL.KERAS", help="Save the model here, whole or not at all.")
@click.option(
    "--export",
    "form",
    type=click.Choice(["saved_model", "onnx"]),
    help="Write MODEL in this form, for servers: a folder, or a file .onnx.",
)
@click.option("--step", is_flag=True, help="Export one step of the generator: its states go in and come out.")
@click.option("--weights", metavar="TRAINED.KERAS", help="Take the weights of this trained model.")
@click.option("--part", metavar="NAME", help="Save this one of the spec's `exports` instead of the whole model.")
@click.option("--seed", type=click.IntRange(min=0, max=2**32 - 1), metavar="N", help="Seed of the weights.")
@click.option("--summary", is_flag=True, help="Print Keras's summary of the model.")
@settings_option
@format_option("report_form")
@output_options
def command(
    file: str, output: str | None, form: str | None, step: bool, weights: str | None, part: str | None,
    seed: int | None, summary: bool, settings: Settings, report_form: str, color: str, quiet: bool,
) -> None:  # fmt: skip
    """Build the Keras model of the spec FILE (- for standard input) and save it.

    This imports Keras, on the backend that KERAS_BACKEND names.
    """
    if output is None and not summary:
        raise click.UsageError("say where to save the model, with -o MODEL.keras (or ask for its --summary)")
    if form is not None or step or (weights is not None and part is None):
        _export(file, output, form, step, weights, seed, settings, report_form, color, quiet)
        return
    if output is not None and Path(output).suffix != SUFFIX:
        why = "the suffix is how Keras tells its formats apart, and a model with its layers is saved as `.keras`"
        raise CannotRun(f"cannot save to {output}: {why}")
    if output is not None and not Path(output).absolute().parent.is_dir():
        raise CannotRun(f"cannot write {output}: there is no folder {Path(output).parent}")
    if weights is not None and not Path(weights).is_file():
        raise CannotRun(f"there is no model {weights}")
    spare(output, file, weights)
    source = opened(file)
    report = sound(source, settings, report_form, color, quiet)
    known = list(report.graph.graph.exports) if report.graph else list[str]()
    if part is not None and part not in known:
        raise CannotRun(f"{file} exports no `{part}`" + (f": there are {listed(known)}" if known else ""))
    from archcompiler import pipeline
    from archcompiler.cli.running import needing_keras, telling

    with needing_keras("build"), telling(report_form, color):
        build: Callable[..., Any] = pipeline.build
        model = build(source, params=settings, seed=seed)
    if part is not None:
        if weights is not None:
            _load(model, weights)
        if not isinstance(source, str):
            source.seek(0)
        parts: Callable[..., Any] = pipeline.exports
        model = parts(source, model, params=settings)[part]
    if summary:
        model.summary(print_fn=_print)
    if output is None:
        return
    with whole_file(output) as temporary:
        model.save(temporary)
    if not quiet:
        click.echo(f"wrote {output}: {model.name}, {plural(model.count_params(), 'parameter')}", err=True)


def _export(
    file: str, output: str | None, form: str | None, step: bool, weights: str | None, seed: int | None,
    settings: Settings, report_form: str, color: str, quiet: bool,
) -> None:  # fmt: skip
    """The model, or one step of its generator, in a form for servers; with the weights of a trained model."""
    if output is None or form is None:
        raise click.UsageError("say what to export, and where: --export onnx -o MODEL.onnx")
    if form == "onnx" and Path(output).suffix != ".onnx":
        raise CannotRun(f"cannot export to {output}: an ONNX file is called MODEL.onnx")
    if Path(output).exists():
        raise CannotRun(f"cannot export to {output}: it exists")
    if not Path(output).absolute().parent.is_dir():
        raise CannotRun(f"cannot write {output}: there is no folder {Path(output).parent}")
    if weights is not None and not Path(weights).is_file():
        raise CannotRun(f"there is no model {weights}")
    source = opened(file)
    sound(source, settings, report_form, color, quiet)
    from archcompiler.cli.running import needing_keras, program_for

    made = program_for(source, settings, report_form, color)
    generation = made.plan.generation
    if step and (generation is None or generation.window is not None or generation.once):
        why = "it has no `generation`" if generation is None else "its `window` takes the whole model"
        why = "some inputs are given once, before the first step" if generation and generation.once else why
        raise CannotRun(f"{file} has no step to export: {why}")
    with needing_keras("export"):
        from archcompiler.build.export import export
    from archcompiler.build.weights import WeightsError

    try:
        with needing_keras(f"export to {form}"):
            states = export(made.source, made.plan, Path(output), form, step=step, weights=weights, seed=seed)
    except WeightsError as error:
        raise CannotRun(str(error)) from error
    if not quiet:
        what = f"one step of {made.plan.name}, with the states {', '.join(states)}" if step else made.plan.name
        click.echo(f"wrote {output}: {what}", err=True)


def _load(model: Any, weights: str) -> None:
    """The weights of a trained model into this one."""
    from archcompiler.build.weights import WeightsError, taken_from

    try:
        with taken_from(weights):
            model.load_weights(weights)
    except WeightsError as error:
        raise CannotRun(str(error)) from error


def _print(line: str, **_: object) -> None:
    click.echo(line)
