"""A plan written out as Keras source code."""

from __future__ import annotations

from archcompiler.emit.source import source_of

__all__ = ["source_of"]
