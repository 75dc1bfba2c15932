"""All that a training is made of at the end of an epoch, kept so that it can be gone on with bit for bit."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any, cast

import keras as typed_keras
import numpy as np

from archcompiler.build.runs.folder import Folder, TrainingFailed
from archcompiler.output import whole_file, write_whole

keras: Any = typed_keras

Rows = list[dict[str, float]]


class Checkpoints(typed_keras.callbacks.Callback):
    """Writes a checkpoint and the history after each epoch; begins from the last one where there is one.

    `watched` are the other callbacks, whose counts are kept too (how long nothing has improved, the best weights).
    """

    def __init__(self, folder: Folder, watched: list[Any], *, resume: bool) -> None:
        super().__init__()
        self.folder = folder
        self.watched = watched
        self.kept = load(folder.checkpoint) if resume and folder.checkpoint.is_file() else None
        self.rows: Rows = list(self.kept["about"]["history"]) if self.kept else []

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return int(self.kept["about"]["epoch"]) if self.kept else 0

    @property
    def stopped(self) -> bool:
        """Whether a callback had ended the training by then."""
        return bool(self.kept and self.kept["about"]["stopped"])

    def on_train_begin(self, logs: object = None) -> None:
        model = cast("Any", self).model
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        if self.kept is not None:
            for variable, value in zip(_variables(model), self.kept["variables"], strict=True):
                variable.assign(value)
            for callback, numbers in zip(self.watched, self.kept["watched"], strict=True):
                cast("dict[str, Any]", vars(callback)).update(numbers)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        told = cast("dict[str, Any]", logs or {})
        row = {name: float(value) for name, value in told.items()}
        broken = [name for name, value in row.items() if name.endswith("loss") and not math.isfinite(value)]
        if broken:
            name = broken[0]
            raise TrainingFailed(f"{name} is {row[name]} in epoch {epoch + 1}: the training has diverged")
        self.rows.append({"epoch": epoch + 1, **row})
        model = cast("Any", self).model
        about = {"epoch": epoch + 1, "stopped": bool(model.stop_training), "history": self.rows}
        save(self.folder.checkpoint, _variables(model), self.watched, about)
        write_whole(self.folder.history, history_text(self.rows))


def _variables(model: Any) -> list[Any]:
    """Weights, seeds, the optimizer's variables and the states of recurrent layers, each once."""
    found: dict[int, Any] = {id(one): one for one in (*model.variables, *model.optimizer.variables)}
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.RNN):
            found |= {id(one): one for one in keras.tree.flatten(layer.states) if one is not None}
    return list(found.values())


def _numbers(callback: Any) -> tuple[dict[str, object], dict[str, list[Any]]]:
    """A callback's plain values, and its lists of arrays."""
    plain: dict[str, object] = {}
    arrays: dict[str, list[Any]] = {}
    for name, value in cast("dict[str, Any]", vars(callback)).items():
        if isinstance(value, (bool, int, float, np.number)) or value is None:
            plain[name] = value.item() if isinstance(value, np.number) else value
        elif isinstance(value, list) and value and all(isinstance(one, np.ndarray) for one in cast("list[Any]", value)):
            arrays[name] = cast("list[Any]", value)
    return {name: value for name, value in plain.items() if not name.startswith("_")}, arrays


def save(path: Path, variables: list[Any], watched: list[Any], about: dict[str, Any]) -> None:
    """Everything into one file, which appears whole or not at all. Numbers and text only: nothing is pickled."""
    arrays = {f"variable_{index}": keras.ops.convert_to_numpy(one) for index, one in enumerate(variables)}
    numbers: list[dict[str, object]] = []
    for index, callback in enumerate(watched):
        plain, lists = _numbers(callback)
        numbers.append(plain)
        for name, values in lists.items():
            arrays |= {f"watched_{index}_{name}_{at}": value for at, value in enumerate(values)}
    about = {**about, "watched": numbers, "variables": len(variables)}
    buffer = io.BytesIO()
    np.savez(buffer, about=np.array(json.dumps(about)), **arrays)
    with whole_file(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def load(path: Path) -> dict[str, Any]:
    """What `save` has written."""
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        watched = [dict(numbers) for numbers in about["watched"]]
        for name in file.files:
            if name.startswith("watched_"):
                index, rest = name.removeprefix("watched_").split("_", 1)
                watched[int(index)].setdefault(rest.rpartition("_")[0], []).append(file[name])
        variables = [file[f"variable_{index}"] for index in range(about["variables"])]
    return {"about": about, "variables": variables, "watched": watched}


def history_text(rows: Rows) -> str:
    """The history as CSV, a row an epoch."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
