"""What Keras's signatures do not say and the catalog's generator is told: kinds of arguments, and their bounds."""

from __future__ import annotations

from typing import Any

BASES = {
    "layers": "Layer",
    "optimizers": "Optimizer",
    "schedules": "LearningRateSchedule",
    "losses": "Loss",
    "metrics": "Metric",
    "initializers": "Initializer",
    "regularizers": "Regularizer",
    "constraints": "Constraint",
    "callbacks": "Callback",
}
SKIPPED_LAYERS = {"name", "dtype", "trainable"}
ABSTRACT = {*BASES.values(), "CallbackList", "MeanMetricWrapper", "Wrapper"}

# kind: arguments, everywhere or in one class (`Class.argument`, which wins). What is in neither table is a boolean, a
# number or a string as its default is.
KINDS = {
    "size": """
        units filters groups depth_multiplier input_dim output_dim n num_heads key_dim value_dim head_dim
        num_classes num_query_heads num_key_value_heads sliding_window power_iterations num_bins
        num_tokens max_tokens bins output_sequence_length ngrams max_number height width num_chains
        num_ops UpSampling1D.size fft_length frame_length frame_step sequence_length sequence_stride num_mel_bins k
        num_thresholds num_labels top_k batch_size gradient_accumulation_steps ema_overwrite_frequency ns_steps
        dynamic_growth_steps max_to_keep
    """,
    "count": """
        lora_rank num_oov_indices num_regressors patience cooldown start_from_epoch histogram_freq embeddings_freq
    """,
    "integer": "chain_depth GroupNormalization.groups axis seed ignore_class class_id",
    "integers": """
        UnitNormalization.axis LayerNormalization.axis Normalization.axis RMSNormalization.axis Softmax.axis
        softmax.axis MaxNorm.axis MinMaxNorm.axis UnitNorm.axis Dice.axis Tversky.axis axes attention_axes
        shared_axes salt RandomPosterization.factor input_axes output_axes target_class_ids profile_batch
    """,
    "number": """
        squareplus.b threshold.threshold default_value decay_steps first_decay_steps warmup_steps sampling_rate
        lora_alpha logit_soft_cap alpha max_value clipnorm clipvalue global_clipnorm loss_scale_factor weight_decay
        RandomNormal.mean TruncatedNormal.mean adam_lr_ratio label_smoothing initial_learning_rate decay_rate
        warmup_target F1Score.threshold FBetaScore.threshold baseline min_delta initial_value_threshold max_freq
        VarianceScaling.scale OrthogonalRegularizer.factor ReduceLROnPlateau.factor
        RandomPerspective.scale mask_value fill_value
    """,
    "fraction": """
        rate MultiHeadAttention.dropout GroupQueryAttention.dropout GaussianNoise.stddev RandomGrayscale.factor
        precision recall sensitivity specificity ema_momentum BinaryFocalCrossentropy.label_smoothing
    """,
    "numbers": """
        factor value_range Rescaling.scale RandomErasing.scale RandomElasticTransform.scale offset mean variance
        bin_boundaries idf_weights thresholds label_weights boundaries values value
        CategoricalFocalCrossentropy.alpha brightness_factor contrast_factor saturation_factor hue_factor
        height_factor width_factor x_factor y_factor addition_factor threshold_factor sigma
        RandomErasing.fill_value
    """,
    "sizes": "kernel_size strides dilation_rate pool_size size output_size tile_grid_size",
    "counts": "output_padding",
    "margins": "cropping ZeroPadding1D.padding ZeroPadding2D.padding ZeroPadding3D.padding",
    "shape": "noise_shape shape batch_shape TorchModuleWrapper.output_shape",
    "new_shape": "target_shape",
    "permutation": "dims",
    "partial_shape": "EinsumDense.output_shape MultiHeadAttention.output_shape",
    "string": """
        name equation bias_axes filepath filename backup_dir directory log_dir call_training_endpoint method
        bounding_box_format
    """,
    "boolean": "flash_attention zero_output_for_mask unroll sparse ragged",
    "activation": "activation recurrent_activation",
    "dtype": "dtype reverse_dtype",
    "layer": "layer backward_layer",
    "layers": "layers",
    "cells": "cell cells",
    "optimizer": "inner_optimizer",
    "schedule": "learning_rate",
    "mapping": "renorm_clipping arguments headers embeddings_metadata",
    "list": "native_serialization_platforms exclude_layers",
    "any": """
        weights quantization_config gptq_unpacked_column_size function Lambda.mask Lambda.output_shape mask_token
        oov_token vocabulary module call_fn init_fn params state variables input_tensor fn schedule optimizer_map
        callbacks model on_epoch_begin on_epoch_end on_train_begin on_train_end on_train_batch_begin
        on_train_batch_end save_freq update_freq Hashing.mask_value
    """,
}
SUFFIXES = {"_initializer": "initializer", "_regularizer": "regularizer", "_constraint": "constraint"}

CONVOLUTIONS = [
    *(f"{kind}{rank}D" for kind in ("Conv", "ConvLSTM") for rank in (1, 2, 3)),
    *(f"Conv{rank}DTranspose" for rank in (1, 2, 3)),
    *(f"{kind}{rank}D" for kind in ("DepthwiseConv", "SeparableConv") for rank in (1, 2)),
]
# The windows that scipy.signal.get_window takes by name alone.
WINDOWS = [
    "hann", "hamming", "blackman", "bartlett", "barthann", "blackmanharris", "bohman", "boxcar", "cosine",
    "exponential", "flattop", "lanczos", "nuttall", "parzen", "taylor", "triang", "tukey", "han", "ham", "hamm",
    "black", "blk", "bart", "brt", "brthan", "bth", "blackharr", "bkh", "box", "ones", "rect", "rectangular",
    "halfcosine", "poisson", "flat", "flt", "sinc", "nut", "par", "parz", "tri", "triangle", "tuk",
]  # fmt: skip
INT_ENCODED = ["int", "one_hot", "multi_hot", "count"]
CHOICES: dict[str, list[Any]] = {
    "padding": ["valid", "same"],
    "Conv1D.padding": ["valid", "same", "causal"],
    "data_format": ["channels_last", "channels_first"],
    "use_cudnn": ["auto", True, False],
    "merge_mode": ["sum", "mul", "concat", "ave"],
    "score_mode": ["dot", "concat"],
    "interpolation": ["nearest", "bilinear"],
    "UpSampling2D.interpolation": ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"],
    "Resizing.interpolation": ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"],
    "fill_mode": ["constant", "nearest", "wrap", "reflect"],
    "Resizing.fill_mode": ["constant"],
    "RandomFlip.mode": ["horizontal", "vertical", "horizontal_and_vertical"],
    "MelSpectrogram.window": ["hann", "hamming"],
    "STFTSpectrogram.window": WINDOWS,
    "STFTSpectrogram.mode": ["log", "magnitude", "psd", "real", "imag", "angle", "stft"],
    "scaling": ["density", "spectrum"],
    "side": ["real", "imag"],
    "output_mode": [*INT_ENCODED, "tf_idf"],
    "Discretization.output_mode": INT_ENCODED,
    "Hashing.output_mode": INT_ENCODED,
    "HashedCrossing.output_mode": ["int", "one_hot"],
    "CategoryEncoding.output_mode": ["multi_hot", "one_hot", "count"],
    "oov_method": ["floormod", "farmhash"],
    "standardize": ["lower_and_strip_punctuation", "lower", "strip_punctuation"],
    "split": ["whitespace", "character"],
    "reduction": ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"],
    "curve": ["ROC", "PR"],
    "summation_method": ["interpolation", "minoring", "majoring"],
    "average": ["micro", "macro", "weighted"],
    "class_aggregation": ["uniform_average", "variance_weighted_average"],
    "VarianceScaling.mode": ["fan_in", "fan_out", "fan_avg"],
    "distribution": ["truncated_normal", "untruncated_normal", "normal", "uniform"],
    "OrthogonalRegularizer.mode": ["rows", "columns"],
    "mode": ["auto", "min", "max"],
    "vocabulary_dtype": ["int64"],
    "verbose": [0, 1, 2, False, True],
}
ANY_CASE = {"data_format", "UpSampling2D.interpolation", "distribution", *(f"{name}.padding" for name in CONVOLUTIONS)}
RANKS = {"tile_grid_size": 2, "RandomGaussianBlur.kernel_size": 2}
NULLABLE = {
    "oov_token",
    *("merge_mode", "scaling", "split", "standardize", "reduction", "class_aggregation", "window", "l1", "l2"),
    *("Softmax.axis", "softmax.axis", "Resizing.fill_value", "LayerNormalization.epsilon"),
    "RMSNormalization.epsilon",
}
# Keras's default is None, and refused.
REQUIRED = {"CategoryEncoding.num_tokens"}

# Arguments that reach a parent class through **kwargs, and mean something there.
INHERITED = {
    "RNN": ["zero_output_for_mask"],
    "BaseConv": ["lora_rank", "lora_alpha"],
    "Embedding": ["weights", "lora_rank", "lora_alpha", "quantization_config"],
    "Attention": ["seed"],
    "BaseImagePreprocessingLayer": ["bounding_box_format", "data_format"],
}
BASE_DOCS = {
    "activity_regularizer": "Penalty on the layer's output.",
    "trainable": "Whether training changes the layer's weights.",
    "dtype": "The dtype of the layer's computations and weights, or a mixed-precision policy.",
    "autocast": "Whether floating-point inputs are cast to the layer's dtype.",
    "name": "The layer's name.",
}

_OPERATION_KINDS = {
    "tensor": """
        x x1 x2 condition variable take.indices take_along_axis.indices
    """,
    "tensors": "xs operands stack.x",
    "boolean": "keepdims approximate sorted equal_nan sparse",
    "dtype": "dtype",
    "integer": """
        argmax.axis argmin.axis concatenate.axis stack.axis split.axis unstack.axis take.axis take_along_axis.axis
        cumsum.axis cumprod.axis sort.axis argsort.axis repeat.axis glu.axis one_hot.axis tril.k triu.k decimals axis1
        axis2 log_softmax.axis sparsemax.axis norm.axis softmax.axis
    """,
    "integers": """
        axis axes repeats shift newshape source destination indices_or_sections shape
    """,
    "size": "num_classes k unstack.num",
    "number": """
        x_min x_max initial negative_slope alpha order epsilon rtol atol fill_value constant_values b threshold start
        stop step ord
    """,
    "string": "subscripts",
    "choice": "mode",
    "any": "pad_width",
}
OPERATION_KINDS = {name: kind for kind, names in _OPERATION_KINDS.items() for name in names.split()}
OPERATION_CHOICES = {"mode": ["constant", "reflect", "symmetric"]}
