"""Keras's layers that no spec can describe, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.diagnostics import Loc, Problem

_OWN_CLASS = "write a `keras.layers.Layer` of your own and name it under `custom_layers`"

REFUSED: Mapping[str, tuple[str, str]] = {
    "Lambda": (
        "Lambda runs a Python function, and a spec holds no code",
        "write the function of `keras.ops` that it calls, such as `ops.expand_dims: -1` or `ops.mean: 1`; or "
        + _OWN_CLASS,
    ),
    "TFSMLayer": ("TFSMLayer runs a SavedModel, whose shapes a spec does not tell", _OWN_CLASS),
    "JaxLayer": ("JaxLayer runs a function of JAX, and a spec holds no code", _OWN_CLASS),
    "FlaxLayer": ("FlaxLayer runs a module of Flax, and a spec holds no code", _OWN_CLASS),
    "TorchModuleWrapper": ("TorchModuleWrapper runs a module of torch, and a spec holds no code", _OWN_CLASS),
    "InputLayer": (
        "InputLayer is how Keras keeps an input",
        "write it under `inputs`: `inputs: {x: {shape: [24, 2]}}`",
    ),
}
"""Why each is refused, and what to do."""


def refused_class(name: str, loc: Loc) -> Problem | None:
    """What is wrong with a layer called `name`, where a spec cannot describe it."""
    if name not in REFUSED:
        return None
    why, help = REFUSED[name]
    return Problem("ARC121", why, loc, help=help)
