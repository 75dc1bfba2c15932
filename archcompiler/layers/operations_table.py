"""The register of operations, by their names in `keras.ops`."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.layers import operation_rules, operation_shapes
from archcompiler.layers.operations import Operation, infer_operation

OPERATIONS: Mapping[str, Operation] = {row.name: row for row in (*operation_rules.ROWS, *operation_shapes.ROWS)}

__all__ = ["OPERATIONS", "infer_operation"]
