"""The weights of a trained model, taken from a file."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from os import PathLike


class WeightsError(Exception):
    """A file has no weights for the model; the message says which, and why."""


@contextmanager
def taken_from(path: str | PathLike[str]) -> Generator[None]:
    """Whatever Keras says of a file that is no model, or another one's, in one line.

    Raises:
        WeightsError: in place of what Keras raises.
    """
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise WeightsError(f"{path} has no weights for this model: {why}") from error
