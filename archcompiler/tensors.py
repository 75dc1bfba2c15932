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
    mask_axes: tuple[Dim, ...] | None = None
    """The mask's sizes, where they are not those of all axes but the last."""

    @property
    def mask_shape(self) -> tuple[Dim, ...]:
        """The sizes of the mask that travels with the tensor."""
        return self.axes[:-1] if self.mask_axes is None else self.mask_axes

    def masked_as(self, other: TensorType) -> TensorType:
        """This tensor with the mask of `other`, where that has one."""
        if not other.mask:
            return self
        shape = other.mask_shape
        return replace(self, mask=True, mask_axes=None if shape == self.axes[:-1] else shape)

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
