"""Random specs of one layer each, drawn from what the catalog and the layer's row say of it.

Arguments are drawn by kind, or from `BY_NAME` where the kind says too little; shapes by the ranks of the row. One
in ten draws is of another rank or dtype on purpose.
"""

from __future__ import annotations

from random import Random
from typing import Any

from archcompiler.layers import LAYERS
from archcompiler.layers.catalog import Argument, find
from tests.differential.strategies import Draw

Spec = dict[str, Any]

WORDS = (["a", "b", "c"], ["x"], ["[UNK]", "a", "b"], ["a", "b"], ["a", "a"])
NUMBERS = ([1, 2, 3], [7], [-1, 4, 5], [2, 2])
CELLS = ({"LSTMCell": 3}, {"GRUCell": 2}, {"SimpleRNNCell": 4})
RECURRENT = (
    {"LSTM": 3}, {"GRU": {"units": 2, "return_sequences": True}}, {"SimpleRNN": {"units": 3, "return_state": True}},
    {"RNN": {"cell": {"GRUCell": 2}}}, {"LSTM": {"units": 2, "go_backwards": True}}, {"Dense": 2},
)  # fmt: skip
WRAPPED = (
    {"Dense": 3}, {"Conv1D": {"filters": 2, "kernel_size": 2}}, {"Embedding": {"input_dim": 5, "output_dim": 3}},
    {"EinsumDense": {"equation": "...b,bc->...c", "output_shape": 4}}, {"LSTM": 2}, {"Dropout": 0.1},
    {"DepthwiseConv1D": {"kernel_size": 2, "depth_multiplier": 2}},
    {"Conv1DTranspose": {"filters": 2, "kernel_size": 2}}, {"Flatten": None}, {"LayerNormalization": None},
)  # fmt: skip
EQUATIONS = (
    ("ab,bc->ac", 4, 2), ("ab,bc->ac", [4], 2), ("abc,cd->abd", [None, 4], 3), ("abc,cde->abde", [None, 2, 3], 3),
    ("...b,bc->...c", 4, 3), ("...b,bc->...c", [4], 4), ("ab...,bc->ac...", 3, 4), ("abc,bd->adc", [4, None], 3),
    ("abc,cd->ad", [4], 3), ("ab,bc", 4, 2), ("abc,bd->adc", [4, 3], 3),
)  # fmt: skip

BY_NAME: dict[str, tuple[Any, ...]] = {
    "axis": (-1, 1, 2, -2, [1, 2], 0, 3, [-1]), "axes": (1, -1, 2, [1, 2], [2, 1]), "shared_axes": ([1], [1, 2], [3]),
    "dims": ([1], [2, 1], [1, 2], [3, 1, 2], [2, 1, 3]), "target_shape": ([-1], [4, -1], [2, 3], [6]),
    "noise_shape": ([None, 1, None], [None, 1]), "attention_axes": (1, [1], [1, 2], 2), "groups": (1, 2, -1, 3),
    "filters": (1, 2, 4, 6), "kernel_size": (1, 2, 3), "strides": (1, 1, 2, 3), "dilation_rate": (1, 1, 2),
    "pool_size": (1, 2, 3), "output_padding": (0, 1), "size": (1, 2, 3), "output_size": (1, 2, 3),
    "cropping": (0, 1, 2, 3), "padding": (0, 1, 2), "factor": (0.1, 0.5, [0.1, 0.4], 1.5, [0.5, 1.5]),
    "value_range": ([0, 1], [0, 255]), "scale": (0.5, 2, [0.5, 2.0, 1.0]), "offset": (0.0, 1, [1.0, 2.0]),
    "bin_boundaries": ([0.0], [-1.0, 0.0, 1.0]), "num_bins": (2, 5), "num_tokens": (3, 7),
    "idf_weights": ([1.0, 2.0, 0.5], [1.0]), "max_tokens": (5, 10, 20, 2, 1), "num_oov_indices": (1, 2),
    "mask_token": (None,), "oov_token": ("[UNK]",), "salt": (3, [3, 4]), "output_sequence_length": (4,),
    "ngrams": (2,), "encoding": ("utf-8",), "vocabulary_dtype": ("int64",), "frame_length": (2, 4, 5),
    "frame_step": (1, 2, 6), "fft_length": (2, 4, 8, 16), "sequence_stride": (2, 3, 5), "sequence_length": (2, 4),
    "num_mel_bins": (4, 8), "window": ("hann", "hamming"), "height": (3, 6), "width": (2, 7),
    "tile_grid_size": ([2, 2],), "num_heads": (1, 2), "key_dim": (2, 3), "value_dim": (2,), "head_dim": (2, 3),
    "num_query_heads": (2, 4), "num_key_value_heads": (1, 2, 3), "sliding_window": (2,), "input_dim": (5,),
    "output_dim": (3,), "units": (1, 3, 4), "depth_multiplier": (1, 2), "n": (2, 3), "mean": (0.5, [1.0, 2.0]),
    "variance": (2.0, [1.0, 2.0]), "power_iterations": (1, 2), "max_number": (3,), "chain_depth": (1, 2),
    "num_chains": (1, 2), "num_ops": (1, 2), "bounding_box_format": ("xyxy",), "seed": (1,), "mask_value": (0.0, 1.0),
    "negative_slope": (0.0, 0.2), "max_value": (1.0, 6.0), "threshold": (0.0, 0.5), "alpha": (0.3,), "sigma": (1.0,),
    "rate": (0.0, 0.3), "stddev": (0.1,), "dropout": (0.0, 0.2), "lora_rank": (2,),
    "data_format": ("channels_last", "channels_first"),
    "layers": (
        [{"Rescaling": 0.5}], [{"Rescaling": 0.5}, {"Resizing": {"height": 3, "width": 4}}],
        [{"Dense": 2}, {"Flatten": None}],
    ),
    "cell": (*CELLS, [CELLS[0], CELLS[1]]), "cells": ([CELLS[0], CELLS[1]],),
    "backward_layer": ({"LSTM": {"units": 3, "go_backwards": True}},), "reverse_dtype": ("float32",),
    "logit_soft_cap": (5.0,), "merge_mode": ("sum", "mul", "concat", "ave", None), "fill_value": (0.0, 1.0),
    "renorm_clipping": ({"rmax": 2.0},),

    **dict.fromkeys(
        ("addition_factor", "height_factor", "width_factor", "x_factor", "threshold_factor", "hue_factor"),
        (0.2, [0.1, 0.4], -0.3, [0.5, 1.5], 1.2),
    ),
}  # fmt: skip
"""Values of arguments; most are right, some only for some inputs."""
BY_CLASS: dict[str, tuple[Any, ...]] = {
    "IntegerLookup.vocabulary": NUMBERS, "StringLookup.vocabulary": WORDS, "TextVectorization.vocabulary": WORDS,
    "IntegerLookup.mask_token": (0,), "IntegerLookup.oov_token": (-1,), "StringLookup.mask_token": ("", None),
    "Bidirectional.layer": RECURRENT, "TimeDistributed.layer": WRAPPED, "SpectralNormalization.layer": WRAPPED,
    "EinsumDense.bias_axes": ("c", "d", "bc", "a"), "MelSpectrogram.fft_length": (8, 16),
    "Concatenate.axis": (-1, 1, 2, 0), "GroupNormalization.axis": (-1, 1, 2), "RandomGaussianBlur.kernel_size": (1, 3),
    "RandomPosterization.factor": (1, 4, 8, [2, 5], 9),
    "Softmax.axis": (-1, 1, [1, 2]), "Identity.axis": (0,), "Hashing.mask_value": (0,),
}  # fmt: skip
BY_CLASS |= {f"AdaptiveMaxPooling{rank}D.output_size": (2, 3) for rank in (1, 2, 3)}
"""To a single window, it kills the process on TensorFlow, which is refused."""
BY_KIND: dict[str, tuple[Any, ...]] = {
    "size": (1, 2, 3), "count": (0, 1), "integer": (1, 2), "number": (0.1, 1.0), "fraction": (0.0, 0.4),
    "boolean": (True, False), "integers": (1, [1]), "numbers": (0.1, 0.3), "activation": ("relu", "softmax", "tanh"),
    "initializer": ("zeros", "ones", "glorot_uniform", "orthogonal"), "regularizer": ("l2",),
    "constraint": ("non_neg",), "dtype": ("float32",), "partial_shape": (3, [2, 3]), "sizes": (1, 2), "counts": (0, 1),
}  # fmt: skip
SKIPPED = ("name", "dtype", "weights", "quantization_config", "gptq_unpacked_column_size", "flash_attention", "sparse",
           "ragged", "trainable", "autocast", "activity_regularizer", "use_cudnn", "unroll", "stateful")  # fmt: skip
"""Arguments that are not drawn: they change nothing here, or only how a backend computes."""

STRINGS = ("StringLookup", "TextVectorization")
CODES = ("Embedding", "ReversibleEmbedding", "CategoryEncoding", "Hashing", "HashedCrossing", "IntegerLookup")


def layer_spec(random: Random, name: str) -> Spec:
    """A spec of one layer of the class `name` on fitting inputs, or almost fitting ones."""
    d = Draw(random)
    row = LAYERS[name]
    low, high = row.ranks
    rank = d.whole(low, min(high or max(low + 2, 4), 6)) if d.chance(94) else d.whole(1, 6)
    given = _arguments(d, name)
    if name == "TextVectorization" and d.chance(60):
        rank = 1
    if name == "EinsumDense":
        given["equation"], given["output_shape"], rank = d.of(EQUATIONS)
    count = {"one": 1, "two": 2}.get(row.inputs, 2 if name == "HashedCrossing" or d.chance(70) else 3)
    shape = _shape(d, name, rank, given)
    inputs: dict[str, Any] = {}
    for index in range(count):
        one = list(shape)
        if index and one and d.chance(30):
            one[d.whole(0, len(one) - 1)] = d.size()
        inputs[f"x{index}"] = {"shape": one, **_dtype(d, name)}
    item: dict[str, Any] = {name: given or None, "name": "drawn"}
    layers, sources = _masked(d, inputs) if d.chance(25) else ([], list(inputs))
    item["from"] = sources if row.inputs != "one" else sources[0]
    spec = {"archcompiler": 1, "name": "case", "inputs": inputs, "layers": [*layers, item], "outputs": "drawn"}
    # One image without a batch axis: its first axis stands where a spec has the batch.
    return spec | {"batch_size": 8} if row.ranks == (3, 4) and rank == 3 else spec


def _masked(d: Draw, inputs: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """A Masking before some of the inputs, so that a mask travels with them."""
    layers: list[dict[str, Any]] = []
    sources: list[str] = []
    for name, one in inputs.items():
        floats = one.get("dtype", "float32") == "float32"
        if len(one["shape"]) < 2 or not floats or d.chance(25):
            sources.append(name)
            continue
        layers.append({"Masking": None, "name": f"masked_{name}", "from": name})
        sources.append(f"masked_{name}")
    return layers, sources


def _shape(d: Draw, name: str, rank: int, given: dict[str, Any]) -> list[Any]:
    if LAYERS[name].ranks == (3, 4):
        sizes: list[Any] = [d.whole(4, 9) for _ in range(rank - 1)]
        if sizes and d.chance(80):
            sizes[0 if given.get("data_format") == "channels_first" and rank > 3 else -1] = 3
    else:
        sizes = [d.of((1, 2, 3, 4, 5, 6, 8, 9)) for _ in range(rank - 1)]
    if name.startswith("AdaptiveMax"):
        sizes = [max(size, 2) for size in sizes]
    if name == "HashedCrossing" and sizes and d.chance(80):
        sizes = [1]
    if name == "MelSpectrogram" and sizes:
        sizes[-1] = d.whole(8, 40)
    for axis in range(len(sizes)):
        if d.chance(15):
            sizes[axis] = None if d.chance(50) else "steps"
    return sizes


def _dtype(d: Draw, name: str) -> dict[str, str]:
    if d.chance(4):
        return {"dtype": d.of(("int32", "float16"))}
    if name in STRINGS:
        return {"dtype": "string"}
    return {"dtype": "int32"} if name in CODES else {}


def _arguments(d: Draw, name: str) -> dict[str, Any]:
    entry = find("layers", name)
    assert entry is not None
    given: dict[str, Any] = {}
    for argument in entry.arguments.values():
        if argument.name in SKIPPED and not argument.required:
            continue
        if argument.required or d.chance(60 if argument.name in OFTEN else 14):
            value = _value(d, name, argument)
            if value is not NOTHING:
                given[argument.name] = value
    if "idf_weights" in given or given.get("output_mode") == "tf_idf":
        given["output_mode"] = "tf_idf"
        given["idf_weights"] = [1.0] * (len(given.get("vocabulary", [1])) if d.chance(80) else 2)
    if "dtype" in entry.base_arguments | entry.arguments and d.chance(5):
        given["dtype"] = d.of(("float16", "bfloat16", "mixed_bfloat16", "float64"))
    return given


OFTEN = (
    "vocabulary",
    "bin_boundaries",
    "output_mode",
    "padding",
    "strides",
    "cropping",
    "merge_mode",
    "groups",
    "fft_length",
)
NOTHING = object()


def _value(d: Draw, name: str, argument: Argument) -> Any:
    own = BY_CLASS.get(f"{name}.{argument.name}")
    if own is not None:
        return d.of(own)
    if argument.choices:
        return d.of(argument.choices)
    values = (argument.kind != "boolean" and BY_NAME.get(argument.name)) or BY_KIND.get(argument.kind)
    if values is None:
        return NOTHING
    value = d.of(values)
    spread = isinstance(value, int) and not isinstance(value, bool) and argument.kind in ("sizes", "counts", "margins")
    rank = 2 if argument.kind == "margins" and argument.rank == 1 else argument.rank
    if spread and rank and d.chance(30):
        return [d.of(values) for _ in range(rank)]
    return value
