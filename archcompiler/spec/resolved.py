"""A spec with its params as they were set, as YAML: checked again, it gives the same model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def resolved(data: object, name: str, params: Mapping[str, object]) -> str:
    """The YAML of `data`, under the name that the file's stem may have given it, with `params` put in."""
    import yaml

    spec: dict[str, Any] = dict(cast("dict[str, Any]", data))
    spec = {"archcompiler": spec.pop("archcompiler"), "name": name, **{k: v for k, v in spec.items() if k != "name"}}
    if params:
        given = dict(cast("dict[str, Any]", spec.get("params") or {}))
        for param, value in params.items():
            declared = given.get(param)
            long = isinstance(declared, dict)
            given[param] = {**cast("dict[str, object]", declared), "value": value} if long else value
        spec["params"] = given
    return yaml.safe_dump(spec, sort_keys=False, allow_unicode=True, width=120)
