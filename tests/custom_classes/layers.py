"""Layers that Keras does not have."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tests")
class Attenuate(keras.layers.Layer):
    """Scales every feature: (batch, steps, features) → the same."""

    def __init__(self, rate: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight(shape=(2, input_shape[-1]), name="scale")

    def call(self, inputs: Any) -> Any:
        return ops.multiply(inputs, self.rate * self.scale[0])


@keras.saving.register_keras_serializable(package="tests")
class Similarity(keras.layers.Layer):
    """The inner product of two vectors: (batch, features) twice → (batch, 1)."""

    def __init__(self, scale: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, left: Any, right: Any) -> Any:
        return self.scale * ops.sum(left * right, axis=-1, keepdims=True)


@keras.saving.register_keras_serializable(package="tests")
class Gather(keras.layers.Layer):
    """A recurrent layer of one's own: all steps, or the last, of `units` features; masks pass through."""

    def __init__(self, units: int, return_sequences: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")

    def call(self, inputs: Any) -> Any:
        projected = ops.matmul(inputs, self.kernel)
        return projected if self.return_sequences else projected[:, -1]
