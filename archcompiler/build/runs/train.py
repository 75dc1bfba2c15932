"""A training in process: the emitted program's own functions, watched over, with all that it leaves in its folder."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import keras as typed_keras

import archcompiler
from archcompiler.build.program import program_of
from archcompiler.build.runs.checkpoint import Checkpoints
from archcompiler.build.runs.folder import Folder, RunError, TrainingFailed
from archcompiler.build.runs.plots import plot_losses
from archcompiler.output import OutputError, whole_file, write_whole

keras: Any = typed_keras


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be trained, and on what. `data` are fingerprints of the files that the arrays came from."""

    name: str
    source: str
    spec: str
    arrays: dict[str, Any]
    validation: dict[str, Any] | None
    data: dict[str, Any]
    epochs: int
    seed: int
    resume: bool
    quiet: bool


def begin(folder: Folder, request: Request, overwrite: bool) -> dict[str, Any]:
    """The folder made ready, and what `run.json` says from now on.

    Raises:
        RunError: there is another run in it, or it is gone on with something else than it began with.
        OutputError: the folder cannot be made.
    """
    if folder.path.exists() and not folder.path.is_dir():
        raise RunError(f"{folder.path} is a file, and a run has a folder: name another with -o")
    before = folder.read()
    same = {"spec": request.spec, "data": request.data, "seed": request.seed}
    if before is not None and request.resume:
        for key, value in same.items():
            if before.get(key) != value:
                raise RunError(f"the run in {folder.path} began with another {key}, so it cannot be gone on with")
    elif before is not None and not overwrite:
        raise RunError(f"there is a run in {folder.path} already: go on with it (--resume), or --overwrite it")
    elif (
        before is None and folder.path.is_dir() and any(folder.path.iterdir()) and not overwrite and not request.resume
    ):
        raise RunError(f"{folder.path} is not empty, and there is no run in it: name another folder, or --overwrite")
    if not request.resume:
        for path in (folder.checkpoint, folder.history, folder.model, folder.about):
            path.unlink(missing_ok=True)
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(folder.path, error) from error
    about = {
        "name": request.name,
        **same,
        "epochs": request.epochs,
        "versions": {
            "archcompiler": archcompiler.__version__,
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            "python": ".".join(map(str, sys.version_info[:3])),
        },
        "status": "training",
    }
    write_whole(folder.path / f"{request.name}.py", request.source)
    write_whole(folder.spec, request.spec)
    folder.write(about)
    return about


def train(folder: Folder, request: Request, about: dict[str, Any]) -> list[dict[str, float]]:
    """Train, and leave the model, the history and the plots; returns the history, a row an epoch.

    Raises:
        TrainingFailed: Keras failed, or the loss is no number any more.
    """
    program: Any = program_of(request.source, request.name)
    watched: list[Any] = []
    if hasattr(program, "training_callbacks"):
        watched = program.training_callbacks()
        program.training_callbacks = lambda: watched
    keras.utils.set_random_seed(request.seed)
    model = program.build_model()
    program.compile_model(model)
    checkpoints = Checkpoints(folder, watched, resume=request.resume)
    try:
        program.train(
            model,
            request.arrays,
            request.validation,
            epochs=checkpoints.epoch if checkpoints.stopped else request.epochs,
            initial_epoch=checkpoints.epoch,
            callbacks=[checkpoints],
            verbose=0 if request.quiet else "auto",
        )
    except TrainingFailed:
        folder.write({**about, "status": "failed"})
        raise
    except KeyboardInterrupt:
        folder.write({**about, "status": "interrupted"})
        raise
    except Exception as error:
        folder.write({**about, "status": "failed"})
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise TrainingFailed(lines[0] if lines else type(error).__name__) from error
    with whole_file(folder.model) as temporary:
        save = getattr(program, "save_model", None)
        if save is not None:
            save(model, temporary)
        else:
            model.save(temporary)
    plot_losses(checkpoints.rows, f"{request.name}: loss", folder.path / "loss.png", folder.path / "loss.svg")
    folder.write({**about, "status": "done"})
    return checkpoints.rows
