"""The operations that Keras makes of masks: where a layer reads a mask, what computes it is part of the model, under a
name that Keras gives it, and no layer beside it may have that name."""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.graph.infer import Inferred, InferredModel
from archcompiler.graph.ir import TypedNode
from archcompiler.layers import row_of
from archcompiler.layers.call_arguments import ATTENTION, call_arguments_of

MAKERS = {"Embedding": ("not_equal",), "Masking": ("not_equal", "any")}
"""Layers that make a mask, and the operations that compute it (`compute_mask` in `keras.src.layers`)."""
CONCATENATED = ("expand_dims", "zeros_like", "logical_or", "ones_like", "concatenate", "any")
JOINED = ("logical_or",)


def mask_operations(inferred: Inferred) -> frozenset[str]:
    """The names, as far as nodes of the models have them, that Keras gives to operations on masks."""
    return frozenset(name for model in (inferred.main, *inferred.models.values()) for name in _clashing(model))


def _clashing(model: InferredModel) -> Iterator[str]:
    stems = {_stem(name) for name in model.nodes}
    seen: set[str] = set()
    ahead = [source for node in model.nodes.values() if _reads_a_mask(node) for source in _masked(node)]
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        node = model.nodes[name]
        yield from stems.intersection(_operations(node))
        ahead += _masked(node)


def _stem(name: str) -> str:
    stem, _, number = name.rpartition("_")
    return stem if stem and number.isdecimal() else name


def _masked(node: TypedNode) -> list[str]:
    return [ref.node for ref, one in zip(node.node.sources, node.inputs, strict=True) if ref is not None and one.mask]


def _reads_a_mask(node: TypedNode) -> bool:
    """Whether a mask that comes in is given to the call, and so is part of the model."""
    thing = node.node.thing
    if node.node.kind == "model" or thing is None or thing.custom is not None or row_of(thing) is None:
        return True
    return "mask" in call_arguments_of(thing.class_name) or thing.class_name in (*ATTENTION, "Pipeline")


def _operations(node: TypedNode) -> tuple[str, ...]:
    if node.class_name == "Concatenate":
        return CONCATENATED
    return JOINED if len(node.inputs) > 1 and all(one.mask for one in node.inputs) else MAKERS.get(node.class_name, ())
