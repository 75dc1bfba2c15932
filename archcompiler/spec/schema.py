"""The frame of a spec as JSON Schema, from the pydantic models; what stands inside `layers` is left open."""

from __future__ import annotations

from typing import Any, cast

from pydantic import TypeAdapter

from archcompiler.spec.models import Spec
from archcompiler.tensors import DTYPES

Schema = dict[str, Any]

EXPRESSION = r"\$\{"
"""What a string with a `${…}` in it has, in the regular expressions of JSON Schema."""

_SCALARS = ("integer", "number", "boolean")
_DATA = {"$ref": "#/$defs/DataSpec"}
_SHORT_FORMS = tuple({"$ref": f"#/$defs/{name}"} for name in ("TensorSpec", "TargetSpec", "DataSpec"))


def frame_schema() -> Schema:
    """A schema of a whole spec, in which every value may also be a `${…}` and a shape may stand for its tensor."""
    generated = TypeAdapter(Spec).json_schema()
    schema = cast("Schema", _opened(generated))
    schema["$defs"]["shape"] = schema["$defs"]["TensorSpec"]["properties"]["shape"]
    schema["properties"]["target"]["anyOf"].insert(0, {"$ref": "#/$defs/shape"})
    schema["$defs"]["expression"] = {"type": "string", "pattern": EXPRESSION, "description": "A value with ${…} in it."}
    dtypes: Schema = {"anyOf": [{"enum": sorted(DTYPES)}, {"$ref": "#/$defs/expression"}, {"type": "null"}]}
    for name in ("TensorSpec", "TargetSpec", "DataSpec"):
        schema["$defs"][name]["properties"]["dtype"].update(dtypes)
    return schema


def _opened(schema: object) -> object:
    """pydantic's schema without what only repeats the names, opened to expressions and to short forms."""
    if isinstance(schema, list):
        return [_opened(one) for one in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    opened: Schema = {}
    entries: Schema = cast("Schema", schema)
    for key, value in entries.items():
        if key == "title" or (key == "default" and value in (None, {})):
            continue
        if key in ("properties", "$defs"):
            opened[key] = {name: _opened(one) for name, one in value.items()}
        elif key == "additionalProperties" and value in _SHORT_FORMS:
            opened[key] = {"anyOf": [{"$ref": "#/$defs/shape"}, value]}
        elif key == "additionalProperties" and _DATA in _members(value):
            opened[key] = _opened({"anyOf": [{"$ref": "#/$defs/shape"}, *_members(value)]})
        else:
            opened[key] = _opened(value)
    return _or_expression(opened)


def _members(schema: object) -> list[Schema]:
    return cast("Schema", schema).get("anyOf", []) if isinstance(schema, dict) else []


def _or_expression(schema: Schema) -> Schema:
    kind = schema.get("type")
    if kind in _SCALARS and "const" not in schema:
        # Each keyword speaks of one type only, so that `minimum` leaves strings alone and `pattern` numbers.
        return {**schema, "type": [kind, "string"], "pattern": EXPRESSION}
    if "enum" in schema:
        described = {key: schema[key] for key in ("description",) if key in schema}
        return {**described, "anyOf": [{"enum": schema["enum"]}, {"$ref": "#/$defs/expression"}]}
    members: list[Schema] = schema.get("anyOf", [])
    if any(member.get("type") == "string" for member in members):
        # Any string will do here, so the numbers beside it are told apart by themselves.
        return {**schema, "anyOf": [_closed(member) for member in members]}
    return schema


def _closed(schema: Schema) -> Schema:
    kind = schema.get("type")
    if isinstance(kind, list) and "string" in kind and len(cast("list[str]", kind)) == 2:
        return {key: value for key, value in schema.items() if key != "pattern"} | {"type": cast("list[str]", kind)[0]}
    return schema
