"""What each Keras layer takes and gives: the catalog of arguments, and one row a layer with its rules."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.layers import (
    attention,
    bidirectional,
    borders,
    conv_lstm,
    convolution,
    core,
    einsum,
    encoding,
    images,
    lookup,
    merging,
    normalization,
    own,
    pooling,
    recurrent,
    reshaping,
    sound,
    wrappers,
)
from archcompiler.layers.rows import Row
from archcompiler.layers.things import Thing

FAMILIES = (
    core, recurrent, bidirectional, wrappers, reshaping, merging, convolution, normalization, attention,
    pooling, borders, conv_lstm, einsum, images, encoding, lookup, sound, own,
)  # fmt: skip

LAYERS: Mapping[str, Row] = {row.name: row for family in FAMILIES for row in family.ROWS}


def row_of(thing: Thing) -> Row | None:
    """What a layer takes and gives: Keras's own, or one of the user's, as the spec says of it."""
    return thing.custom.row if thing.custom is not None else LAYERS.get(thing.class_name)
