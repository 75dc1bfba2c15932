"""What dtype comes of several: the rules of `keras.backend.result_type`, which are JAX's.

Source: docs.jax.dev/en/latest/jep/9407-type-promotion.html.
"""

from __future__ import annotations

from collections.abc import Iterable

from archcompiler.tensors import FLOAT_DTYPES, INTEGER_DTYPES

WEAK = ("int", "float")
"""The dtypes of numbers of Python, which take the size of what they are joined with."""

_SIGNED = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
_UNSIGNED = {"uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}
_FLOATS = {"float16": 16, "bfloat16": 16, "float32": 32, "float64": 64}


def promoted(dtypes: Iterable[str]) -> str:
    """The dtype of what is joined of tensors of these dtypes, numbers among them."""
    given = list(dtypes)
    strong = [one for one in given if one not in WEAK]
    dtype = strong[0] if strong else ("float32" if "float" in given else "int32")
    for other in strong[1:]:
        dtype = _both(dtype, other)
    if "float" in given and dtype not in FLOAT_DTYPES and not dtype.startswith("complex"):
        return "float32"
    if "int" in given and dtype == "bool":
        return "int32"
    return dtype


def floating(dtype: str) -> str:
    """The dtype of what has no whole result, such as a mean."""
    return dtype if dtype in FLOAT_DTYPES or dtype.startswith("complex") else "float32"


def summed(dtype: str) -> str:
    """The dtype of a sum or a product: small whole numbers are counted in 32 bits."""
    if dtype in ("bool", "int8", "int16"):
        return "int32"
    return "uint32" if dtype in ("uint8", "uint16") else dtype


def _both(one: str, other: str) -> str:
    if other in {one, "bool"}:
        return one
    if one == "bool":
        return other
    if "complex" in one or "complex" in other:
        return "complex128" if "complex128" in (one, other) else "complex64"
    if one in INTEGER_DTYPES and other in INTEGER_DTYPES:
        return _both_whole(one, other)
    if one in INTEGER_DTYPES or other in INTEGER_DTYPES:
        return other if one in INTEGER_DTYPES else one
    if _FLOATS[one] == _FLOATS[other]:
        return "float32"
    return one if _FLOATS[one] > _FLOATS[other] else other


def _both_whole(one: str, other: str) -> str:
    for family in (_SIGNED, _UNSIGNED):
        if one in family and other in family:
            return one if family[one] > family[other] else other
    signed, unsigned = (one, other) if one in _SIGNED else (other, one)
    if _SIGNED[signed] > _UNSIGNED[unsigned]:
        return signed
    wider = _UNSIGNED[unsigned] * 2
    return f"int{wider}" if wider <= 64 else "float32"
