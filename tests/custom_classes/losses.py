"""Losses that Keras does not have."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tests")
class Focal(keras.losses.Loss):
    """The mean of the error's power."""

    def __init__(self, gamma: float = 2.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.gamma = gamma

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.abs(y_true - y_pred) ** self.gamma, axis=-1)


def absolute(y_true: Any, y_pred: Any) -> Any:
    """The mean absolute error, as a function."""
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)
