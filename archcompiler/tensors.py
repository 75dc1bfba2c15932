"""The type of a tensor: its axes, its dtype, and whether a mask travels with it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archcompiler import dims
from archcompiler.dims import Dim

INTEGER_DTYPES = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"})
FLOAT_DTYPES = frozenset({"float16", "bfloat16", "float32", "float64"})
DTYPES = INTEGER_DTYPES | FLOAT_DTYPES | {"bool", "string", "complex64", "complex128"}


@dataclass(frozen=True, slots=True)
class TensorType:
    """What is known of a tensor: `axes` are its sizes, batch first, symbolic where the spec names them."""

    axes: tuple[Dim, ...]
    dtype: str = "float32"
    mask: bool = False

    @property
    def shape(self) -> tuple[int | None, ...]:
        """As Keras has it: whole numbers and None, batch first."""
        return tuple(dim if isinstance(dim, int) else None for dim in self.axes)

    @property
    def rank(self) -> int:
        return len(self.axes)

    def with_axes(self, *axes: Dim) -> TensorType:
        return replace(self, axes=axes)

    def __str__(self) -> str:
        return shape_text(self.axes)


def shape_text(axes: tuple[Dim, ...]) -> str:
    """`(batch, steps, 32)`."""
    body = ", ".join(dims.text(dim) for dim in axes)
    return f"({body},)" if len(axes) == 1 else f"({body})"
