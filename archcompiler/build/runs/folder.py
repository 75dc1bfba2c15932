"""The folder of a run: which files stand in it, and what `run.json` says of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from archcompiler.output import write_whole


class RunError(Exception):
    """A run cannot be begun or gone on with; the message says why."""


class TrainingFailed(Exception):
    """Training began and did not come to its end; the message says why."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where everything of a run lies."""

    path: Path

    @property
    def model(self) -> Path:
        return self.path / "model.keras"

    @property
    def spec(self) -> Path:
        return self.path / "spec.yaml"

    @property
    def about(self) -> Path:
        return self.path / "run.json"

    @property
    def history(self) -> Path:
        return self.path / "history.csv"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.npz"

    def read(self) -> dict[str, Any] | None:
        """What `run.json` says, or None where there is no run.

        Raises:
            RunError: the file is damaged.
        """
        if not self.about.is_file():
            return None
        try:
            return cast("dict[str, Any]", json.loads(self.about.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise RunError(f"{self.about} cannot be read: {error}") from error

    def write(self, about: dict[str, Any]) -> None:
        write_whole(self.about, json.dumps(about, indent=2) + "\n")


def fingerprint(path: str | None) -> dict[str, Any] | None:
    """A data file's name, size and SHA-256, by which it is known again."""
    if path is None:
        return None
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
        size = file.tell()
    return {"file": Path(path).name, "bytes": size, "sha256": digest.hexdigest()}
