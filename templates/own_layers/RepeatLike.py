import keras
from keras import layers, ops


@keras.saving.register_keras_serializable()
class RepeatLike(layers.Layer):
    """Repeats the first tensor, `(batch, ...)`, for as many steps as the second has, `(batch, steps, ...)`."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        code, like = inputs
        batch, *features = ops.shape(code)
        shape = (batch, ops.shape(like)[1], *features)
        return ops.broadcast_to(ops.expand_dims(code, axis=1), shape)

    def compute_output_shape(self, input_shape):
        code, like = input_shape
        return (code[0], like[1], *code[1:])

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else mask[1]
