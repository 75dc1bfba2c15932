"""What the operations of `keras.ops` that stand between layers take and give: one row each, with its rule."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.layers.operations import entrywise, joining, making, products, reductions, turning
from archcompiler.layers.operations.rows import Operation

FAMILIES = (entrywise, reductions, products, making, turning, joining)

OPERATIONS: Mapping[str, Operation] = {row.name: row for family in FAMILIES for row in family.ROWS}
