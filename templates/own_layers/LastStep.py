import keras
from keras import layers, ops


@keras.saving.register_keras_serializable()
class LastStep(layers.Layer):
    """Gives the last step of a tensor of shape `(batch, steps, ...)`, the last unmasked one where there is a mask."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return inputs[:, -1]
        steps = ops.arange(ops.shape(inputs)[1])
        last = ops.max(ops.where(mask, steps, 0), axis=1)
        last = ops.reshape(last, (-1, *(1 for _ in inputs.shape[1:])))
        return ops.squeeze(ops.take_along_axis(inputs, last, axis=1), axis=1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *input_shape[2:])

    def compute_mask(self, inputs, mask=None):
        return None
