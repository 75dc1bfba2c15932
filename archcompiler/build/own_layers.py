"""The layers that Keras lacks, as classes: what emitted code writes out, run in process."""

from __future__ import annotations

from functools import cache
from typing import Any

from archcompiler.build.program import program_of
from archcompiler.layers.own import OWN_LAYERS
from archcompiler.resources import own_layer_source

IMPORTS = "import keras\nfrom keras import layers, ops\n\n\n"


@cache
def own_layer(name: str) -> Any:
    """The class called `name`."""
    return getattr(program_of(IMPORTS + own_layer_source(name), name), name)


def own_layers() -> dict[str, Any]:
    """Every one of them, by name."""
    return {name: own_layer(name) for name in OWN_LAYERS}
