"""`archcompiler generate`: go on alone with a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from archcompiler.cli.options import CannotRun, Settings, format_option, output_options, settings_option, sound, spare
from archcompiler.cli.running import needing_keras, program_for, read_checked


@click.command("generate")
@click.argument("run", metavar="RUN|FILE")
@click.option("--weights", metavar="MODEL.KERAS", help="The trained model, where a spec is given and no run.")
@click.option("--start", metavar="FILE", help="The steps that are known: npz, npy, csv or parquet.")
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="How many steps to generate.")
@click.option("-o", "--output", required=True, metavar="FILE", help="Where the steps go: npz, npy or csv.")
@click.option("--plot", metavar="FILE", help="Draw known and generated steps: png or svg.")
@click.option("--seed", type=click.IntRange(min=0, max=2**32 - 1), metavar="N", help="Makes the draws repeatable.")
@settings_option
@format_option()
@output_options
def command(
    run: str, weights: str | None, start: str | None, steps: int | None, output: str, plot: str | None,
    seed: int | None, settings: Settings, form: str, color: str, quiet: bool,
) -> None:  # fmt: skip
    """Go on from known steps, with the folder of a training (RUN), or with a spec FILE and a model.

    This imports Keras, on the backend that KERAS_BACKEND names.
    """
    spare(output, start, run, weights)
    spare(plot, start, output)
    folder = Path(run)
    file, model = (str(folder / "spec.yaml"), folder / "model.keras") if folder.is_dir() else (run, Path(weights or ""))
    if weights is None and not folder.is_dir():
        raise CannotRun("say which model is to generate, with --weights MODEL.keras")
    if weights is not None:
        model = Path(weights)
    if not model.is_file():
        raise CannotRun(f"there is no model {model}")
    sound(file, settings, form, color, quiet=True)
    program = program_for(file, settings, form, color)
    generation = program.plan.generation
    if generation is None:
        raise CannotRun(f"{file} does not say how to generate: write `generation: {{feedback: {{OUTPUT: INPUT}}}}`")
    with needing_keras("generate"):
        from archcompiler.build.runs.folder import RunError
        from archcompiler.build.runs.generate import SUFFIXES, generate, write
        from archcompiler.build.runs.plots import plot_sequence
        from archcompiler.data.wanted import wanted_for_start
    if Path(output).suffix.lower() not in SUFFIXES:
        raise CannotRun(f"cannot write {output}: generated steps are .npz, .npy or .csv")
    if plot is not None and Path(plot).suffix.lower() not in (".png", ".svg"):
        raise CannotRun(f"cannot write {plot}: a plot is .png or .svg")
    wanted = wanted_for_start(program.plan, program.checked.framed.spec, program.checked.graph)
    needed = [one.name for one in wanted.arrays if not one.optional]
    if start is None and needed:
        names = ", ".join(needed)
        raise CannotRun(f"say what is known, with --start FILE; it holds {names}")
    given: dict[str, Any] | None = None
    if start is not None:
        given = read_checked(program, start, wanted, form, color)
        given = {name: _rows(array, name, wanted) for name, array in given.items()}
    try:
        generated = generate(program.source, program.plan.name, model, given, steps, seed)
    except RunError as error:
        raise CannotRun(str(error)) from error
    named = {output or generation.fed[0].output: array for output, array in generated.items()}
    columns = {one.name: one.columns for one in wanted.arrays}
    fed = {one.output: columns.get(one.input, (one.output,)) for one in generation.fed}
    write(output, named, fed)
    first = generation.fed[0]
    if plot is not None and given is not None and first.form == "value":
        title = f"{program.plan.name}: known and generated steps"
        plot_sequence(given[first.input][0], named[first.output][0], title, Path(plot), fed[first.output])
    if not quiet:
        click.echo(f"wrote {output}: {', '.join(f'{name} {array.shape}' for name, array in named.items())}", err=True)


def _rows(array: Any, name: str, wanted: Any) -> Any:
    """One sequence by itself as a batch of one."""
    one = next((one for one in wanted.arrays if one.name == name), None)
    return array[None] if one is not None and one.sequences and array.ndim < one.type.rank else array
