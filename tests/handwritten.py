"""Every example of `examples/` once more, written by hand in Keras: the independent reference of the tests.

Each function is named after its example and returns the model compiled as the spec says. Layers are made in the order
in which the spec has them, since that order draws the seeds of their weights; nested models come first. Names
are those that the spec gives, and else those that Keras gives in a fresh process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def many_to_many() -> keras.Model:
    """(batch, days, 2) -> (batch, days, 1)."""
    import keras
    from keras import layers

    thermometer = keras.Input((None, 2), name="thermometer")
    x = layers.LSTM(32, return_sequences=True, name="lstm")(thermometer)
    x = layers.Dropout(0.2, name="dropout")(x)
    wet = layers.Dense(1, activation="sigmoid", name="wet")(x)
    model = keras.Model(thermometer, wet, name="many_to_many")
    model.compile(keras.optimizers.Adam(learning_rate=0.005), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def many_to_one() -> keras.Model:
    """(batch, days, 4) -> (batch, 1)."""
    import keras
    from keras import layers

    weather = keras.Input((None, 4), name="weather")
    x = layers.LSTM(32, name="lstm")(weather)
    temp_max = layers.Dense(1, name="temp_max")(x)
    model = keras.Model(weather, temp_max, name="many_to_one")
    model.compile(keras.optimizers.Adam(learning_rate=0.003), loss="mse", metrics=["mae"])
    return model


def one_to_many_repeat() -> keras.Model:
    """(batch, 3) -> (batch, 24, 1)."""
    import keras
    from keras import layers

    day = keras.Input((3,), name="day")
    x = layers.Dense(16, activation="relu", name="dense")(day)
    x = layers.RepeatVector(24, name="repeat_vector")(x)
    x = layers.LSTM(32, return_sequences=True, name="lstm")(x)
    temperatures = layers.TimeDistributed(layers.Dense(1, name="dense_1"), name="temperatures")(x)
    model = keras.Model(day, temperatures, name="one_to_many_repeat")
    model.compile(keras.optimizers.Adam(learning_rate=0.01), loss="mse", metrics=["mae"])
    return model


def stateful_next_step() -> keras.Model:
    """(8, hours, 2) -> (8, hours, 2)."""
    import keras
    from keras import layers

    temperatures = keras.Input((None, 2), batch_size=8, name="temperatures")
    x = layers.LSTM(32, stateful=True, return_sequences=True, name="lstm")(temperatures)
    next_hour = layers.LSTM(2, stateful=True, return_sequences=True, name="next_hour")(x)
    model = keras.Model(temperatures, next_hour, name="stateful_next_step")
    model.compile(keras.optimizers.Adam(learning_rate=0.01), loss="mse", metrics=["mae"])
    return model


def autoencoder() -> keras.Model:
    """(batch, 14, 4) -> (batch, 14, 4), by way of (batch, 8)."""
    import keras
    from keras import layers

    readings = keras.Input((14, 4), name="weather")
    x = layers.LSTM(64, return_sequences=True, name="lstm")(readings)
    x = layers.LSTM(32, return_sequences=True, name="lstm_1")(x)
    x = layers.LSTM(8, name="lstm_2")(x)
    encoder = keras.Model(readings, x, name="encoder")

    code = keras.Input((8,), name="code")
    x = layers.RepeatVector(14, name="repeat_vector")(code)
    x = layers.LSTM(32, return_sequences=True, name="lstm_3")(x)
    x = layers.LSTM(64, return_sequences=True, name="lstm_4")(x)
    x = layers.LSTM(4, return_sequences=True, name="lstm_5")(x)
    decoder = keras.Model(code, x, name="decoder")

    weather = keras.Input((14, 4), name="weather")
    model = keras.Model(weather, decoder(encoder(weather)), name="autoencoder")
    model.compile(keras.optimizers.Adam(learning_rate=0.003), loss="mse", metrics=["mae"])
    return model


def word_classifier(vocabulary: int = 2000) -> keras.Model:
    """(batch, 10) of word codes -> (batch, 10, vocabulary) of probabilities."""
    import keras
    from keras import layers

    words = keras.Input((10,), dtype="int32", name="words")
    x = layers.Embedding(vocabulary, 64, name="embeddings")(words)
    x = layers.GRU(512, return_sequences=True, name="gru")(x)
    x = layers.GRU(128, return_sequences=True, name="gru_1")(x)
    x = layers.TimeDistributed(layers.Dense(vocabulary, name="dense"), name="time_distributed")(x)
    next_word = layers.TimeDistributed(layers.Activation("softmax", name="activation"), name="next_word")(x)
    model = keras.Model(words, next_word, name="word_classifier")
    optimizer = keras.optimizers.Adam(learning_rate=0.009, beta_1=0.9, beta_2=0.999, clipnorm=1.0)
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def two_inputs() -> keras.Model:
    """(batch, days, 4) and (batch, 2) -> (batch, 7)."""
    import keras
    from keras import layers

    weather = keras.Input((None, 4), name="weather")
    season = keras.Input((2,), name="season")
    recent = layers.LSTM(32, name="recent")(weather)
    usual = layers.Dense(8, activation="tanh", name="usual")(season)
    x = layers.Concatenate(name="concatenate")([recent, usual])
    x = layers.Dense(32, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4), name="dense")(x)
    week_ahead = layers.Dense(7, name="week_ahead")(x)
    model = keras.Model([weather, season], week_ahead, name="two_inputs")
    model.compile(keras.optimizers.Adam(learning_rate=0.002), loss=keras.losses.Huber(delta=2.0), metrics=["mae"])
    return model


def goes_on_alone() -> keras.Model:
    """(batch, hours, 2) -> (batch, hours, 2)."""
    import keras
    from keras import layers

    temperatures = keras.Input((None, 2), name="temperatures")
    x = layers.LSTM(48, return_sequences=True, name="lstm")(temperatures)
    x = layers.LSTM(24, return_sequences=True, name="lstm_1")(x)
    next_hour = layers.Dense(2, name="next_hour")(x)
    model = keras.Model(temperatures, next_hour, name="goes_on_alone")
    model.compile(keras.optimizers.Adam(learning_rate=0.005), loss="mse", metrics=["mae"])
    return model


def goes_on_alone_stateful() -> keras.Model:
    """(8, hours, 2) -> (8, hours, 2)."""
    import keras
    from keras import layers

    temperatures = keras.Input((None, 2), batch_size=8, name="temperatures")
    x = layers.LSTM(48, stateful=True, return_sequences=True, name="lstm")(temperatures)
    x = layers.LSTM(24, stateful=True, return_sequences=True, name="lstm_1")(x)
    next_hour = layers.Dense(2, name="next_hour")(x)
    model = keras.Model(temperatures, next_hour, name="goes_on_alone_stateful")
    model.compile(keras.optimizers.Adam(learning_rate=0.005), loss="mse", metrics=["mae"])
    return model


def writes_text() -> keras.Model:
    """(batch, steps) codes -> (batch, steps, 66) probabilities."""
    import keras
    from keras import layers

    text = keras.Input((None,), dtype="int32", name="text")
    x = layers.Embedding(66, 32, name="embedding")(text)
    x = layers.GRU(192, return_sequences=True, name="gru")(x)
    next_character = layers.Dense(66, activation="softmax", name="next_character")(x)
    model = keras.Model(text, next_character, name="writes_text")
    model.compile(
        keras.optimizers.Adam(learning_rate=0.004), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def one_to_many_generated() -> keras.Model:
    """(batch, 3) and (batch, steps, 1) -> (batch, steps, 1)."""
    import keras
    from keras import layers

    day = keras.Input((3,), name="day")
    temperatures = keras.Input((None, 1), name="temperatures")
    first_hidden = layers.Dense(32, activation="tanh", name="first_hidden")(day)
    first_cell = layers.Dense(32, activation="tanh", name="first_cell")(day)
    lstm = layers.LSTM(32, return_sequences=True, name="lstm")
    x = lstm(temperatures, initial_state=[first_hidden, first_cell])
    next_hour = layers.Dense(1, name="next_hour")(x)
    model = keras.Model([day, temperatures], next_hour, name="one_to_many_generated")
    model.compile(keras.optimizers.Adam(learning_rate=0.01), loss="mse", metrics=["mae"])
    return model


def finds_faults() -> keras.Model:
    """(batch, 48, 2) -> (batch, 48, 2)."""
    import keras
    from keras import layers

    temperatures = keras.Input((48, 2), name="temperatures")
    x = layers.LSTM(32, name="lstm")(temperatures)
    encoder = keras.Model(temperatures, layers.Dense(6, name="dense")(x), name="encoder")

    code = keras.Input((6,), name="code")
    x = layers.RepeatVector(48, name="repeat_vector")(code)
    x = layers.LSTM(32, return_sequences=True, name="lstm_1")(x)
    decoder = keras.Model(code, layers.Dense(2, name="dense_1")(x), name="decoder")

    temperatures = keras.Input((48, 2), name="temperatures")
    model = keras.Model(temperatures, decoder(encoder(temperatures)), name="finds_faults")
    model.compile(keras.optimizers.Adam(learning_rate=0.005), loss="mse", metrics=["mae"])
    return model


def resnet20() -> keras.Model:
    """(batch, 32, 32, 1) -> (batch, 10)."""
    import keras
    from keras import layers

    def convolution(x, filters, size, strides, name):
        return layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False, name=name)(x)

    images = keras.Input((32, 32, 1), name="images")
    x = convolution(images, 16, 3, 1, "conv2d")
    x = layers.BatchNormalization(momentum=0.9, name="batch_normalization")(x)
    x = layers.ReLU(name="re_lu")(x)
    for block in range(9):
        name = f"residual_{block}" if block else "residual"
        filters, strides = 16 * 2 ** (block // 3), 2 if block in (3, 6) else 1
        y = convolution(x, filters, 3, strides, f"{name}_conv2d")
        y = layers.BatchNormalization(momentum=0.9, name=f"{name}_batch_normalization")(y)
        y = layers.ReLU(name=f"{name}_re_lu")(y)
        y = convolution(y, filters, 3, 1, f"{name}_conv2d_1")
        y = layers.BatchNormalization(momentum=0.9, name=f"{name}_main")(y)
        if strides > 1:
            shortcut = layers.Conv2D(filters, 1, strides=strides, use_bias=False, name=f"{name}_shortcut")
            x = shortcut(x)
        x = layers.Add(name=f"{name}_add")([y, x])
        x = layers.ReLU(name=f"{name}_re_lu_1")(x)
    x = layers.GlobalAveragePooling2D(name="global_average_pooling2d")(x)
    digit = layers.Dense(10, activation="softmax", name="digit")(x)
    model = keras.Model(images, digit, name="resnet20")
    model.compile(keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def wavenet() -> keras.Model:
    """(batch, steps) -> (batch, steps, 66)."""
    import keras
    from keras import layers

    text = keras.Input((None,), dtype="int32", name="text")
    x = layers.Embedding(66, 48, name="embedding")(text)
    skips = []
    for index in range(6):
        dilated = {"dilation_rate": 2**index, "padding": "causal"}
        wave = layers.Conv1D(48, 2, activation="tanh", **dilated, name=f"unit_{index}_filter")(x)
        gate = layers.Conv1D(48, 2, activation="sigmoid", **dilated, name=f"unit_{index}_gate")(x)
        both = layers.Multiply(name=f"unit_{index}_multiply")([wave, gate])
        skip = layers.Conv1D(48, 1, name=f"unit_{index}_skip")(both)
        skips.append(skip)
        x = layers.Add(name=f"unit_{index}_sum")([x, skip])
    x = layers.Add(name="add")(skips)
    x = layers.ReLU(name="re_lu")(x)
    x = layers.Conv1D(48, 1, activation="relu", name="conv1d")(x)
    next_character = layers.Conv1D(66, 1, activation="softmax", name="next_character")(x)
    model = keras.Model(text, next_character, name="wavenet")
    model.compile(keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def seq2seq_attention() -> keras.Model:
    """(batch, written_steps) and (batch, iso_steps) -> (batch, iso_steps, 44)."""
    import keras
    from keras import layers

    written = keras.Input((None,), dtype="int32", name="written")
    so_far = keras.Input((None,), dtype="int32", name="so_far")
    x = layers.Embedding(44, 32, mask_zero=True, name="embedding")(written)
    encoded, h, c = layers.LSTM(64, return_sequences=True, return_state=True, name="encoder")(x)
    y = layers.Embedding(44, 32, mask_zero=True, name="embedding_1")(so_far)
    decoded = layers.LSTM(64, return_sequences=True, name="decoder")(y, initial_state=[h, c])
    attended = layers.Attention(name="attended")([decoded, encoded])
    both = layers.Concatenate(name="concatenate")([decoded, attended])
    both = layers.Dense(64, activation="tanh", name="dense")(both)
    next_letter = layers.Dense(44, activation="softmax", name="next_letter")(both)
    model = keras.Model([written, so_far], next_letter, name="seq2seq_attention")
    model.compile(keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def position_embedding() -> type:
    """A layer that adds a learnt vector to every step."""
    import keras
    from keras import layers

    class PositionEmbedding(layers.Layer):
        def __init__(self, length, **kwargs):
            super().__init__(**kwargs)
            self.length = length

        def build(self, shape):
            start = keras.initializers.RandomUniform(-0.05, 0.05)
            self.table = self.add_weight(shape=(self.length, shape[-1]), initializer=start, name="positions")

        def call(self, inputs):
            return inputs + self.table[: inputs.shape[1]]

    return PositionEmbedding


def transformer_classifier() -> keras.Model:
    """(batch, 40) -> (batch, 8)."""
    import keras
    from keras import layers

    words = keras.Input((40,), dtype="int32", name="words")
    x = layers.Embedding(1000, 32, name="embedding")(words)
    x = position_embedding()(40, name="position_embedding")(x)
    for name in ("transformer", "transformer_1"):
        y = layers.MultiHeadAttention(2, 16, dropout=0.1, name=f"{name}_multi_head_attention")(x, x)
        y = layers.Add(name=f"{name}_add")([y, x])
        attended = layers.LayerNormalization(name=f"{name}_attended")(y)
        y = layers.Dense(128, activation="gelu", name=f"{name}_dense")(attended)
        y = layers.Dense(32, name=f"{name}_dense_1")(y)
        y = layers.Dropout(0.1, name=f"{name}_dropout")(y)
        y = layers.Add(name=f"{name}_add_1")([y, attended])
        x = layers.LayerNormalization(name=f"{name}_layer_normalization")(y)
    x = layers.GlobalAveragePooling1D(name="global_average_pooling1d")(x)
    topic = layers.Dense(8, activation="softmax", name="topic")(x)
    model = keras.Model(words, topic, name="transformer_classifier")
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def siamese() -> keras.Model:
    """(batch, 32, 32, 1) twice -> (batch, 1)."""
    import keras
    from keras import layers, ops

    image = x = keras.Input((32, 32, 1), name="image")
    for index, filters in enumerate((16, 32, 64)):
        convolution = layers.Conv2D(
            filters, 3, strides=2, padding="same", activation="relu", name=f"convolution_{index}"
        )
        x = convolution(x)
    x = layers.Flatten(name="flatten")(x)
    encoder = keras.Model(image, layers.Dense(32, name="dense")(x), name="encoder")
    left = keras.Input((32, 32, 1), name="left")
    right = keras.Input((32, 32, 1), name="right")
    difference = layers.Subtract(name="subtract")([encoder(left), encoder(right)])
    same = layers.Dense(1, activation="sigmoid", name="same")(ops.square(difference))
    model = keras.Model([left, right], same, name="siamese")
    model.compile(keras.optimizers.Adam(0.001), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def temporal_convolution() -> keras.Model:
    """(batch, hours, 2) -> (batch, 2)."""
    import keras
    from keras import layers

    class LastStep(layers.Layer):
        def call(self, inputs):
            return inputs[:, -1]

    temperatures = x = keras.Input((None, 2), name="temperatures")
    for level in range(5):
        dilated = {"dilation_rate": 2**level, "padding": "causal", "activation": "relu"}
        y = layers.Conv1D(32, 3, **dilated, name=f"level_{level}_conv1d")(x)
        y = layers.Dropout(0.05, name=f"level_{level}_dropout")(y)
        y = layers.Conv1D(32, 3, **dilated, name=f"level_{level}_conv1d_1")(y)
        y = layers.Dropout(0.05, name=f"level_{level}_main")(y)
        if level == 0:
            x = layers.Conv1D(32, 1, name="level_0_shortcut")(x)
        x = layers.Add(name=f"level_{level}_add")([y, x])
    x = LastStep(name="last_step")(x)
    later = layers.Dense(2, name="later")(x)
    model = keras.Model(temperatures, later, name="temporal_convolution")
    model.compile(keras.optimizers.Adam(0.002), loss="mse", metrics=["mae"])
    return model
