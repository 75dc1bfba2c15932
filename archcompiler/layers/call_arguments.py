"""By which names layers are called: those of Keras's own `call`, in its order."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.layers import images

RECURRENT = frozenset(("LSTM", "GRU", "SimpleRNN", "RNN"))
ATTENTION = frozenset(("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"))

CONV_LSTM = ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
ROLES = ("query", "value", "key")
MULTI_HEAD = (*ROLES, "query_mask", "value_mask", "key_mask", "attention_mask")

CALL_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*RECURRENT, *CONV_LSTM, "Bidirectional"), ("sequences", "initial_state", "mask")),
    **dict.fromkeys(
        ("GlobalAveragePooling1D", "LastStep", "Softmax", "TimeDistributed", "BatchNormalization"), ("inputs", "mask")
    ),
    **dict.fromkeys(("LSTMCell", "GRUCell"), ("inputs", "states")),
    "SimpleRNNCell": ("sequence", "states"),
    **dict.fromkeys(("Attention", "AdditiveAttention"), (*ROLES, "return_attention_scores", "use_causal_mask")),
    "MultiHeadAttention": (*MULTI_HEAD, "return_attention_scores", "use_causal_mask"),
    "GroupQueryAttention": (*MULTI_HEAD, "return_attention_scores", "use_causal_mask"),
    "ReversibleEmbedding": ("inputs", "reverse"),
    "CategoryEncoding": ("inputs", "count_weights"),
    "RMSNormalization": ("x",),
    **{row.name: ("data",) for row in images.ROWS if row.name not in ("Pipeline", "Rescaling")},
}
"""The layers that are called on more than `inputs`, or on that by another name."""

TRAINING = "training"
"""Whether a layer does as in training; Keras takes it for every layer and model (`keras.src.layers.layer.CallSpec`)."""

REQUIRED = ("sequences", "query", "value", "inputs", "sequence", "states", "x", "data")
PLAIN = ("use_causal_mask", "return_attention_scores", "reverse", TRAINING)
"""Arguments that are true or false, and no tensors."""


def call_arguments_of(class_name: str) -> tuple[str, ...]:
    """The names of what a layer is called with, in Keras's order."""
    return (*CALL_ARGUMENTS.get(class_name, ("inputs",)), TRAINING)


ONE_BY_ONE = frozenset(("MultiHeadAttention", "GroupQueryAttention"))
"""Layers that take several tensors each by itself; all others take them as a list."""
KEPT_ON_A_LIST = frozenset(("Attention", "AdditiveAttention"))
"""Layers that Keras calls on one list, [query, value], even where the spec names them."""
