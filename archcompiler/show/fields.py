"""A typed graph as JSON: the `model` of `check --format json`, and its nested models likewise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from archcompiler.rendering import model_fields

if TYPE_CHECKING:
    from archcompiler.graph.ir import TypedGraph


def as_json(graph: TypedGraph) -> str:
    """`{"version": 1, "model": {…, "models": {name: {…}}}}`."""
    nested = {name: model_fields(model) for name, model in graph.models.items()}
    fields = {"version": 1, "model": {**model_fields(graph), "models": nested}}
    return json.dumps(fields, indent=2, ensure_ascii=False)
