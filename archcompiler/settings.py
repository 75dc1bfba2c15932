"""What a project says about how its specs are used, and no spec says itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Backend = Literal["tensorflow", "jax", "torch"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)


@dataclass(frozen=True, slots=True)
class Settings:
    """`backend`: the Keras backend that the models will run on; None where that is not said. `select`: codes of rules
    that are looked for only where they are asked for."""

    backend: Backend | None = None
    select: frozenset[str] = frozenset()
