import keras
from keras import layers, ops


@keras.saving.register_keras_serializable()
class PositionEmbedding(layers.Layer):
    """Adds a learnt vector for each step to a tensor of shape `(batch, steps, features)`.

    Args:
        sequence_length: The largest number of steps: one vector is learnt for each.
        embeddings_initializer: Initializer for the vectors.
    """

    def __init__(self, sequence_length, embeddings_initializer="uniform", **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.sequence_length = sequence_length
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)

    def build(self, input_shape):
        _, steps, features = input_shape
        if steps is not None and steps > self.sequence_length:
            raise ValueError(f"{steps} steps are more than {self.sequence_length}")
        self.positions = self.add_weight(
            shape=(self.sequence_length, features),
            initializer=self.embeddings_initializer,
            name="positions",
        )

    def call(self, inputs):
        steps = ops.shape(inputs)[1]
        return ops.add(inputs, self.positions[:steps])

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "sequence_length": self.sequence_length,
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
        }
