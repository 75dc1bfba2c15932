"""What each Keras layer takes and gives: the catalog of arguments, and one row a layer with its rules."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.layers import convolution, core, merging, normalization, recurrent, reshaping, wrappers
from archcompiler.layers.rows import Row

FAMILIES = (core, recurrent, wrappers, reshaping, merging, convolution, normalization)

LAYERS: Mapping[str, Row] = {row.name: row for family in FAMILIES for row in family.ROWS}
