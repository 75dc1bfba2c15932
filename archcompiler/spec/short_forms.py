"""Short forms of the frame, written out."""

from __future__ import annotations

from typing import Any, cast


def spelled_out(data: dict[str, Any]) -> dict[str, Any]:
    """`data` with short forms written out: `x: [10, 5]` is `x: {shape: [10, 5]}`, and JSON's class `"0"` is 0."""
    changed = dict(data)
    for key in ("inputs", "targets", "data", "validation_data", "serving"):
        changed[key] = _tensors(data.get(key))
        if changed[key] is None and key not in data:
            del changed[key]
    if isinstance(data.get("target"), list):
        changed["target"] = {"shape": data["target"]}
    models = data.get("models")
    if isinstance(models, dict):
        nested = cast("dict[str, Any]", models).items()
        changed["models"] = {
            name: {**cast("dict[str, object]", model), "inputs": _tensors(cast("dict[str, object]", model)["inputs"])}
            if isinstance(model, dict) and "inputs" in model
            else model
            for name, model in nested
        }
    given = data.get("training")
    training = cast("dict[str, object]", given) if isinstance(given, dict) else {}
    if isinstance(training.get("class_weight"), dict):
        weights = cast("dict[object, object]", training["class_weight"])
        changed["training"] = {**training, "class_weight": {_class(key): one for key, one in weights.items()}}
    return changed


def _tensors(tensors: object) -> object:
    if not isinstance(tensors, dict):
        return tensors
    entries = cast("dict[str, object]", tensors).items()
    return {name: {"shape": cast("object", one)} if isinstance(one, list) else one for name, one in entries}


def _class(key: object) -> object:
    return int(key) if isinstance(key, str) and key.isdecimal() and len(key) < 9 else key
