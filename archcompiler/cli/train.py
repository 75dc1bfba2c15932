"""`archcompiler train`: train a spec's model in process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from archcompiler.cli.options import CannotRun, Settings, format_option, output_options, settings_option, sound
from archcompiler.cli.running import needing_keras, program_for, read_for_training
from archcompiler.rendering import plural

FAILED = 3


@click.command("train")
@click.argument("file", metavar="FILE")
@click.option("--data", required=True, metavar="FILE", help="What to train on: npz, npy, csv or parquet.")
@click.option("--validation-data", metavar="FILE", help="The same, to validate on after each epoch.")
@click.option("-o", "--output", default="run", show_default=True, metavar="FOLDER", help="Where everything goes.")
@click.option(
    "--epochs", type=click.IntRange(min=1), metavar="N", help="Passes over the data, if not as the spec says."
)
@click.option("--seed", type=click.IntRange(min=0, max=2**32 - 1), metavar="N", help="Makes the run repeatable.")
@click.option("--resume", is_flag=True, help="Go on where the run in the folder was interrupted.")
@click.option("--overwrite", is_flag=True, help="Begin anew where there is a run in the folder.")
@settings_option
@format_option()
@output_options
def command(
    file: str, data: str, validation_data: str | None, output: str, epochs: int | None, seed: int | None, resume: bool,
    overwrite: bool, settings: Settings, form: str, color: str, quiet: bool,
) -> None:  # fmt: skip
    """Train the model of the spec FILE; leave the model, its history and plots in a folder.

    This imports Keras, on the backend that KERAS_BACKEND names. The data are checked before anything is trained.
    """
    sound(file, settings, form, color, quiet)
    program = program_for(file, settings, form, color)
    if program.plan.training is None or not program.plan.training.fits:
        raise CannotRun(f"{file} does not say how to train: write `training: {{optimizer: adam, loss: mse}}`")
    with needing_keras("train"):
        from archcompiler.build.runs.folder import Folder, RunError, TrainingFailed, fingerprint
        from archcompiler.build.runs.train import Request, begin, train
        from archcompiler.data.wanted import wanted_for_training
    checked, training = program.checked, program.plan.training
    declared = {name: target for name, target in checked.targets.items() if not target.supplied}
    wanted = wanted_for_training(training, checked.framed.spec, checked.graph, checked.losses, declared)
    arrays, validation = read_for_training(program, file, settings, (data, validation_data), wanted, form, color)
    folder = Folder(Path(output))
    try:
        before = folder.read() if resume else None
        request = Request(
            name=program.plan.name,
            source=program.source,
            spec=program.resolved,
            arrays=arrays,
            validation=validation,
            data={"data": fingerprint(data), "validation": fingerprint(validation_data)},
            epochs=epochs or (before or {}).get("epochs") or program.plan.training.epochs,
            seed=_seed(seed, before),
            resume=resume,
            quiet=quiet,
        )
        about = begin(folder, request, overwrite)
    except RunError as error:
        raise CannotRun(str(error)) from error
    try:
        rows = train(folder, request, about)
    except TrainingFailed as error:
        click.echo(f"error: the training failed: {error}", err=True)
        raise click.exceptions.Exit(FAILED) from error
    except KeyboardInterrupt:
        click.echo(f"\ninterrupted; what is done is in {folder.path}: go on with --resume", err=True)
        raise click.exceptions.Exit(130) from None
    if not quiet:
        click.echo(_told(folder.path, rows), err=True)


def _seed(given: int | None, before: dict[str, Any] | None) -> int:
    if given is not None:
        return given
    if before is not None:
        return int(before["seed"])
    import secrets

    return secrets.randbelow(2**32)


def _told(folder: Path, rows: list[dict[str, float]]) -> str:
    if not rows:
        return f"nothing was left to train; the model is in {folder}"
    last = ", ".join(f"{name} {value:.4g}" for name, value in rows[-1].items() if name != "epoch")
    return f"wrote {folder}: {plural(int(rows[-1]['epoch']), 'epoch')}, {last}"
