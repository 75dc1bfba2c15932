"""What others call things that Keras has: PyTorch, TensorFlow, old Keras, and people."""

from __future__ import annotations

from collections.abc import Mapping

CLASSES: Mapping[str, Mapping[str, str]] = {
    "layers": {
        "Linear": "Dense", "FullyConnected": "Dense", "FC": "Dense", "Affine": "Dense", "LazyLinear": "Dense",
        "BatchNorm": "BatchNormalization", "BatchNorm1d": "BatchNormalization", "BatchNorm2d": "BatchNormalization",
        "BatchNorm3d": "BatchNormalization", "LayerNorm": "LayerNormalization", "GroupNorm": "GroupNormalization",
        "RMSNorm": "RMSNormalization", "ConvTranspose1d": "Conv1DTranspose", "ConvTranspose2d": "Conv2DTranspose",
        "ConvTranspose3d": "Conv3DTranspose", "AdaptiveAvgPool1d": "AdaptiveAveragePooling1D",
        "AdaptiveAvgPool2d": "AdaptiveAveragePooling2D", "AdaptiveMaxPool1d": "AdaptiveMaxPooling1D",
        "AdaptiveMaxPool2d": "AdaptiveMaxPooling2D", "Dropout1d": "SpatialDropout1D", "Dropout2d": "SpatialDropout2D",
        "Dropout3d": "SpatialDropout3D", "Upsample": "UpSampling2D", "Embed": "Embedding", "MHA": "MultiHeadAttention",
        "SelfAttention": "MultiHeadAttention", "PositionalEncoding": "PositionEmbedding",
        "PositionalEmbedding": "PositionEmbedding", "Concat": "Concatenate", "Cat": "Concatenate", "Mul": "Multiply",
        "Sub": "Subtract", "Sum": "Add", "Mean": "Average", "Max": "Maximum", "Min": "Minimum",
        "ElmanRNN": "SimpleRNN", "VanillaRNN": "SimpleRNN", "RNNLayer": "SimpleRNN", "View": "Reshape",
        "GlobalPool1D": "GlobalAveragePooling1D", "GlobalPool2D": "GlobalAveragePooling2D",
    },
    "ops": {
        "concat": "concatenate", "cat": "concatenate", "unsqueeze": "expand_dims", "permute": "transpose",
        "mul": "multiply", "sub": "subtract", "div": "divide", "pow": "power", "neg": "negative", "mm": "matmul",
        "bmm": "matmul", "batch_dot": "matmul", "clamp": "clip", "clip_by_value": "clip", "view": "reshape",
        "eq": "equal", "ne": "not_equal", "gt": "greater", "ge": "greater_equal", "lt": "less", "le": "less_equal",
        "astype": "cast", "gather": "take", "l2_normalize": "normalize", "select": "where", "detach": "stop_gradient",
        "remainder": "mod", "floordiv": "floor_divide", "repeat_interleave": "repeat", "reduce_sum": "sum",
        "reduce_mean": "mean", "reduce_max": "max", "reduce_min": "min", "reduce_prod": "prod", "reduce_any": "any",
        "reduce_all": "all", "reduce_std": "std", "reduce_logsumexp": "logsumexp", "average": "mean",
        "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "topk": "top_k",
    },
    "losses": {
        "MSELoss": "MeanSquaredError", "L1Loss": "MeanAbsoluteError", "BCELoss": "BinaryCrossentropy",
        "HuberLoss": "Huber", "CTCLoss": "CTC", "KLDivLoss": "KLDivergence", "l1": "mae", "l2": "mse",
    },
    "metrics": {"f1": "f1_score", "r2": "r2_score", "rmse": "root_mean_squared_error"},
}  # fmt: skip
"""Section of the catalog → another name → the one that is meant."""

ACTIVATIONS = ("Sigmoid", "Tanh", "GELU", "SiLU", "Swish", "Softplus", "Softsign", "SELU", "Mish", "LogSoftmax",
               "Hardsigmoid", "HardTanh", "Exponential", "GLU")  # fmt: skip
"""Activations that are layers elsewhere."""

INSTEAD: Mapping[str, str] = {
    "BiLSTM": "write `Bidirectional: {LSTM: …}`", "BLSTM": "write `Bidirectional: {LSTM: …}`",
    "BiGRU": "write `Bidirectional: {GRU: …}`",
    "Highway": "Keras 3 has none; write it as a block of `Dense`, `ops.multiply` and `Add`",
    "MaxoutDense": "Keras 3 has none; write `Dense` for all pieces, `Reshape: [pieces, units]` and `ops.max: 1`",
    "Residual": "write `Add:` with `from: [previous, …]`, for example in a block",
    "TransformerEncoderLayer": "write it as a block of `MultiHeadAttention`, `Add`, `LayerNormalization` and `Dense`",
    "TransformerDecoderLayer": "write it as a block of `MultiHeadAttention`, `Add`, `LayerNormalization` and `Dense`",
    "GlobalAveragePooling": "write `GlobalAveragePooling1D` over steps, `GlobalAveragePooling2D` over an image",
    "GlobalMaxPooling": "write `GlobalMaxPooling1D` over steps, `GlobalMaxPooling2D` over an image",
    "MaxPooling": "write `MaxPooling1D` over steps, `MaxPooling2D` over an image",
    "AveragePooling": "write `AveragePooling1D` over steps, `AveragePooling2D` over an image",
    "Conv": "write `Conv1D` over steps, `Conv2D` over an image",
    "Convolution": "write `Conv1D` over steps, `Conv2D` over an image",
    "Sequential": "write its layers as items, or name them under `models` or `blocks`",
    "Model": "name it under `models`, and write the name as an item",
}  # fmt: skip
"""Layers elsewhere that are more than one of Keras's, or one of several."""

ARGUMENTS: Mapping[str, str] = {
    "hidden_size": "units", "hidden_dim": "units", "hidden": "units", "neurons": "units",
    "nodes": "units", "out_features": "units", "output_size": "units", "size": "units",
    "out_channels": "filters", "channels": "filters", "num_filters": "filters", "n_filters": "filters",
    "kernels": "filters", "num_embeddings": "input_dim", "vocabulary": "input_dim",
    "vocab": "input_dim", "num_words": "input_dim", "max_features": "input_dim",
    "vocab_size": "input_dim", "vocabulary_size": "input_dim", "embedding_dim": "output_dim",
    "embedding_size": "output_dim", "eps": "epsilon", "prob": "rate", "dropout": "rate",
    "dropout_rate": "rate", "act": "activation", "nonlinearity": "activation", "shape": "target_shape",
    "times": "n", "repeats": "n", "order": "dims", "num_steps": "n", "dim": "axis",
    "slope": "negative_slope",
}  # fmt: skip
"""Another name of an argument → the one that is meant, where the class has it."""

ARGUMENTS_OF: Mapping[str, Mapping[str, str]] = {
    "Embedding": {"dim": "output_dim", "size": "output_dim", "units": "output_dim", "dimension": "output_dim"},
}
"""Another name of an argument → the one that is meant, by the class."""

CHOICES: Mapping[str, Mapping[str, str]] = {
    "merge_mode": {"add": "sum", "multiply": "mul", "average": "ave", "avg": "ave", "mean": "ave",
                   "concatenate": "concat", "cat": "concat"},
    "padding": {"zero": "same", "zeros": "same", "half": "same", "none": "valid"},
    "score_mode": {"additive": "concat", "bahdanau": "concat", "luong": "dot", "multiplicative": "dot"},
    "data_format": {"NHWC": "channels_last", "NCHW": "channels_first", "tf": "channels_last", "th": "channels_first"},
    "output_mode": {"binary": "multi_hot", "tfidf": "tf_idf", "tf-idf": "tf_idf"},
    "reduction": {"average": "sum_over_batch_size", "avg": "sum_over_batch_size"},
}  # fmt: skip
"""Argument → another name of one of its choices → the one that is meant, where the argument has it."""

DTYPES: Mapping[str, str] = {
    "int": "int32", "integer": "int32", "long": "int64", "float": "float32", "double": "float64", "half": "float16",
    "boolean": "bool", "str": "string", "text": "string",
}  # fmt: skip
"""What dtypes are called elsewhere, and the one that is meant."""
