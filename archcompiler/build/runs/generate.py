"""Going on alone in process, with a trained model and the emitted program's own `generate`."""

from __future__ import annotations

import csv
import inspect
import io
from pathlib import Path
from typing import Any, cast

import keras as typed_keras
import numpy as np

from archcompiler.build.program import program_of
from archcompiler.build.runs.folder import RunError
from archcompiler.output import whole_file, write_whole

keras: Any = typed_keras

SUFFIXES = (".npz", ".npy", ".csv")


def generate(
    source: str, name: str, weights: Path, start: dict[str, Any] | None, steps: int | None, seed: int | None
) -> dict[str, Any]:
    """The generated steps of each output that is fed back: (sequences, steps, …).

    Raises:
        RunError: the model cannot be loaded, or the program refuses what it is started from.
    """
    program: Any = program_of(source, name)
    load = getattr(program, "load_model", keras.saving.load_model)
    try:
        model = load(weights)
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"{weights} is no model that can be loaded: {str(error).splitlines()[0]}") from error
    given: dict[str, Any] = {}
    if steps is not None:
        given["steps"] = steps
    if seed is not None and "seed" in inspect.signature(program.generate).parameters:
        given["seed"] = seed
    try:
        generated = program.generate(model, start, **given)
    except ValueError as error:
        raise RunError(str(error).splitlines()[0]) from error
    return cast("dict[str, Any]", generated) if isinstance(generated, dict) else {"": generated}


def write(path: str, generated: dict[str, Any], columns: dict[str, tuple[str, ...]]) -> None:
    """The steps as npz, npy or csv, by the file's suffix: whole, or not at all."""
    suffix = Path(path).suffix.lower()
    if suffix == ".csv":
        write_whole(path, _table(generated, columns))
        return
    with whole_file(path) as temporary:
        if suffix == ".npy":
            np.save(temporary, next(iter(generated.values())))
        else:
            np.savez_compressed(temporary, **generated)


def _table(generated: dict[str, Any], columns: dict[str, tuple[str, ...]]) -> str:
    """A row a step; `sequence` and `step` say which."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    first = next(iter(generated.values()))
    writer.writerow(["sequence", "step", *(name for output in generated for name in columns[output])])
    for row in range(first.shape[0]):
        for step in range(first.shape[1]):
            numbers = [one[row, step].reshape(-1).tolist() for one in generated.values()]
            writer.writerow([row, step + 1, *(number for part in numbers for number in part)])
    return text.getvalue()
