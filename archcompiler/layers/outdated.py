"""What older Keras had, and today's way of saying it."""

from __future__ import annotations

from collections.abc import Mapping

RENAMED_ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "layers": {
        "output_dim": "units", "init": "kernel_initializer", "inner_init": "recurrent_initializer",
        "inner_activation": "recurrent_activation", "forget_bias_init": "unit_forget_bias",
        "W_regularizer": "kernel_regularizer", "U_regularizer": "recurrent_regularizer",
        "b_regularizer": "bias_regularizer", "W_constraint": "kernel_constraint", "b_constraint": "bias_constraint",
        "U_constraint": "recurrent_constraint", "bias": "use_bias", "nb_filter": "filters",
        "filter_length": "kernel_size", "border_mode": "padding", "subsample_length": "strides",
        "subsample": "strides", "dropout_W": "dropout", "dropout_U": "recurrent_dropout", "p": "rate",
        "pool_length": "pool_size", "stride": "strides", "atrous_rate": "dilation_rate", "sigma": "stddev",
        "concat_axis": "axis", "dot_axes": "axes", "num_units": "units", "keep_prob": "rate", "mode": "merge_mode",
        "alpha": "negative_slope", "length": "size", "beta_init": "beta_initializer",
        "gamma_init": "gamma_initializer", "theta": "threshold", "inner_regularizer": "recurrent_regularizer",
        "depthwise_init": "depthwise_initializer", "pointwise_init": "pointwise_initializer",
    },
    "optimizers": {"lr": "learning_rate", "rate": "learning_rate", "beta1": "beta_1", "beta2": "beta_2"},
}  # fmt: skip
"""Old name of an argument → its name today, where the class has that one."""

RENAMED_OF: Mapping[str, Mapping[str, str]] = {
    "Embedding": {
        "init": "embeddings_initializer", "W_regularizer": "embeddings_regularizer",
        "W_constraint": "embeddings_constraint",
    },
}  # fmt: skip
"""The same of classes that have another name for it than others."""

REMOVED_ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "layers": {
        "input_length": "remove it: the length of the sequences stands in the shape under `inputs`",
        "input_shape": "remove it and write the shape under `inputs`",
        "input_dim": "remove it and write the shape under `inputs`",
        "batch_input_shape": "remove it; write the shape under `inputs` and `batch_size: …` at the top of the spec",
        "batch_shape": "remove it; write the shape under `inputs` and `batch_size: …` at the top of the spec",
        "batch_size": "remove it and write `batch_size: …` at the top of the spec",
        "rms_scaling": "it is deprecated, as it scales by the variance; use the layer `RMSNormalization`",
        "alpha": "remove it; the slope of LeakyReLU is called `negative_slope`",
        "dropout": "remove it and put a `Dropout` layer after this one",
        "output_shape": "remove it: Keras works it out of the strides and the padding",
        "nb_row": "write `kernel_size: [rows, columns]`",
        "nb_col": "write `kernel_size: [rows, columns]`",
        "dim_ordering": "remove it, or write `data_format: channels_last` or `channels_first`",
        "consume_less": "remove it: Keras 3 chooses the implementation itself",
        "implementation": "remove it: Keras 3 chooses the implementation itself",
        "time_major": "remove it: sequences are always (batch, steps, features)",
        "mode": "remove it: the layer has one way of working",
        "weights": "remove it; give the arrays to the built model: `model.get_layer(NAME).set_weights([…])`",
    },
    "optimizers": {
        "decay": "remove it and give `learning_rate` a schedule, for example "
        "`{InverseTimeDecay: {initial_learning_rate: 0.001, decay_steps: 1, decay_rate: 0.01}}`",
        "schedule_decay": "remove it: Keras 3 chooses how the momentum of Nadam grows",
        "clipvalue_norm": "use `clipnorm` or `clipvalue`",
    },
}
"""Arguments that are gone, and what to do instead."""

TAKEN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "layers": {
        "input_shape": (),
        "input_dim": (),
        "input_length": ("Embedding",),
        "rms_scaling": ("LayerNormalization",),
    },
    "optimizers": {"decay": ()},
}
"""Those that Keras 3 takes all the same, and most often does nothing with; of the classes named, or of all."""

HARMLESS: Mapping[str, tuple[str, ...]] = {"implementation": ("LSTM", "GRU", "LSTMCell", "GRUCell")}
"""Arguments that Keras 3 takes, of which no number of a result depends; archcompiler leaves them out."""

RENAMED_CLASSES: Mapping[str, str] = {
    "CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU", "TimeDistributedDense": "Dense", "Merge": "Concatenate",
    "merge": "Concatenate",
    "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D", "Deconvolution2D": "Conv2DTranspose",
    "LocallyConnected1D": "Conv1D", "LocallyConnected2D": "Conv2D", "ThresholdedReLU": "ReLU",
    "Deconvolution3D": "Conv3DTranspose",
}  # fmt: skip
"""Layers that Keras no longer has, and the nearest that it has."""

FURTHER: Mapping[str, str] = dict.fromkeys(
    ("Merge", "merge"), ", `Add`, `Multiply`, `Average`, `Maximum` or `Dot`, as its `mode` says"
)
"""What else one of them may have been."""

MERGE_MODES: Mapping[str, str] = {
    "concat": "Concatenate", "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "dot": "Dot",
}  # fmt: skip
"""What `mode` of the layer Merge was, and the layer of today."""

RENAMED_STRINGS: Mapping[str, Mapping[str, str]] = {
    "constraints": {"nonneg": "non_neg", "maxnorm": "max_norm", "unitnorm": "unit_norm"},
    "losses": {"kullback_leibler_divergence": "kl_divergence", "cosine_proximity": "cosine_similarity",
               "logcosh": "log_cosh"},
    "metrics": {"kullback_leibler_divergence": "kl_divergence", "cosine_proximity": "cosine_similarity",
                "logcosh": "log_cosh"},
}  # fmt: skip
"""Strings that older Keras had for an object, and those of today."""
