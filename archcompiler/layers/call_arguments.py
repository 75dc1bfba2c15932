"""By which names layers are called: those of Keras's own `call`, in its order."""

from __future__ import annotations

from collections.abc import Mapping

RECURRENT = frozenset(("LSTM", "GRU", "SimpleRNN", "RNN"))
ATTENTION = frozenset(("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"))

CALL_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(RECURRENT, ("sequences", "initial_state")),
    **dict.fromkeys(ATTENTION - {"GroupQueryAttention"}, ("query", "value", "key", "use_causal_mask")),
}
"""The layers that may be called by name."""

REQUIRED = ("sequences", "query", "value")
PLAIN = ("use_causal_mask",)
"""Arguments that are true or false, and no tensors."""

ONE_BY_ONE = frozenset(("MultiHeadAttention",))
"""Layers that take several tensors each by itself; all others take them as a list."""
KEPT_ON_A_LIST = frozenset(("Attention", "AdditiveAttention"))
"""Layers that Keras calls on one list, [query, value], even where the spec names them."""
