"""Write `schemas/archcompiler.schema.json`, the JSON Schema of the spec language, for editors.

    python -m archcompiler.show.schema            # write
    python -m archcompiler.show.schema --check    # exit 1 where the file is not current

The frame comes from the pydantic models, layers and all other objects from the catalog. The schema refuses nothing that
a check takes; what it cannot say (shapes, references, which arguments go together) is left to the check.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from archcompiler.layers.call_arguments import CALL_ARGUMENTS, PLAIN, TRAINING
from archcompiler.layers.catalog import SECTIONS, Argument, Catalog, Entry, Section, catalog
from archcompiler.layers.slips import NOUNS
from archcompiler.layers.thing_reader import first_argument
from archcompiler.layers.things import OBJECT_SECTIONS
from archcompiler.output import write_whole
from archcompiler.resources import schema_folder
from archcompiler.show.kinds import EXPRESSION_REF, kind_schema, or_expression, or_null
from archcompiler.spec.items import OWN_KEYS
from archcompiler.spec.schema import EXPRESSION, Schema, frame_schema

FILE = "archcompiler.schema.json"
OWN_NAME = f"^(?!(?:{'|'.join(OWN_KEYS)})$)[a-z_][A-Za-z0-9_]*$"
"""A model or an earlier layer of the spec: no Keras class, and none of an item's own keys."""

TENSORS: list[Schema] = [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
"""One tensor's name, or a list of them."""

OPERANDS: list[Schema] = [
    {"type": ["string", "number", "boolean"]},
    {"type": "array", "items": {"type": ["string", "number"]}},
]
"""The same for an operation, where a number may stand for a tensor."""

ITEM_KEYS: dict[str, Schema] = {
    "name": {"type": "string", "description": "The layer's name; default: what Keras would call it."},
    "from": {
        "anyOf": [
            *OPERANDS,
            {
                "type": "object",
                "properties": {
                    name: {"type": "boolean"} if name in PLAIN else {"anyOf": TENSORS}
                    for names in (*CALL_ARGUMENTS.values(), ("inputs", TRAINING))
                    for name in names
                },
                "additionalProperties": {"anyOf": OPERANDS},
                "minProperties": 1,
            },
        ],
        "description": "What it is called on: names, or names by argument of the call; default: the item before.",
    },
    "outputs": {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        "description": "Names of its results, used as `layer.result`.",
    },
    "repeat": {
        "anyOf": [
            {"type": ["integer", "string"], "minimum": 0},
            {"type": "object", "additionalProperties": {"type": ["array", "string"]}, "minProperties": 1},
        ],
        "description": "How many copies stand in a row, or lists with a value for each copy.",
    },
    "when": {"type": ["boolean", "string"], "description": "The item is left out where this is false."},
    "trainable": {
        "type": ["boolean", "string"],
        "description": "false freezes the layer or the called model.",
    },
}


def language_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a spec."""
    known = catalog()
    schema = frame_schema()
    frame_definitions: Schema = schema.pop("$defs")
    definitions = dict(_definitions(known))
    definitions["item"] = _item(known)
    _place_objects(frame_definitions["TrainingSpec"]["properties"])
    _describe_classes(schema["properties"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"Written by archcompiler for Keras {known.keras_version}.",
        "title": "archcompiler spec",
        **schema,
        "if": {"anyOf": [{"required": [key]} for key in OWN_CLASSES]},
        "else": _closed_items(),
        "$defs": frame_definitions | definitions,
    }


OWN_CLASSES = ("custom_layers", "custom_losses", "include")
"""Keys that bring classes of the user's own, whose names no schema can know: items are open beside them."""


def _closed_items() -> Schema:
    """What holds for a spec of Keras's classes alone."""
    layers: Schema = {"layers": {"items": {"$ref": "#/$defs/item"}}}
    one: Schema = {"$ref": "#/$defs/loss"}
    loss: Schema = {"anyOf": [one, {"type": "object", "additionalProperties": one}, {"type": "null"}]}
    inside = {key: {"additionalProperties": {"properties": layers}} for key in ("models", "blocks")}
    return {"properties": {**layers, **inside, "training": {"properties": {"loss": loss}}}}


def _describe_classes(properties: dict[str, Any]) -> None:
    """What the spec says of a layer or of a loss of the user's own."""
    path: Schema = {"type": "string", "description": "The module and what is imported from it, with dots between."}
    text: Schema = {"type": "string", "description": "`(batch, steps, features) -> (batch, features)`"}
    case: Schema = {
        "type": "object",
        "properties": {"when": {"type": "string", "pattern": EXPRESSION}, "is": text},
        "required": ["is"],
        "additionalProperties": False,
    }
    shared: Schema = {
        "import": path,
        "description": {"type": "string"},
        "arguments": {"type": ["object", "null"], "description": "Its arguments and their defaults."},
    }
    layer: Schema = {
        **shared,
        "signature": {"anyOf": [text, {"type": "array", "items": {"anyOf": [text, case]}, "minItems": 1}]},
        "params": {"type": ["integer", "string"], "description": "How many weights it has."},
        "mask": {"enum": ["keep", "use", "drop"], "description": "What becomes of a mask."},
        "causal": {"type": "boolean", "description": "Whether no step depends on later ones."},
    }
    closed: Schema = {"type": "object", "additionalProperties": False}
    described = {**closed, "properties": layer, "required": ["import", "signature"]}
    properties["custom_layers"]["additionalProperties"] = described
    described = {**closed, "properties": shared, "required": ["import"]}
    properties["custom_losses"]["additionalProperties"] = {"anyOf": [described, path]}


def text() -> str:
    """The schema as it is checked in: each definition on a line of its own, so that a change is a line."""
    schema = language_schema()
    definitions = schema.pop("$defs")
    lines = [f"    {json.dumps(name)}: {json.dumps(one, ensure_ascii=False)}" for name, one in definitions.items()]
    frame = json.dumps(schema, indent=2, ensure_ascii=False).removesuffix("\n}")
    return frame + ',\n  "$defs": {\n' + ",\n".join(lines) + "\n  }\n}\n"


def _definitions(known: Catalog) -> Iterator[tuple[str, Schema]]:
    for name in SECTIONS:
        section = known.sections[name]
        if name == "activations":
            for entry in section.entries.values():
                yield f"activations.{entry.name}", _arguments(entry, {"trainable"})
        else:
            for entry in _usable(section):
                yield f"{name}.{entry.name}", _thing(entry)
    base = next(iter(known.sections["layers"].entries.values())).base_arguments
    yield from ((f"base.{argument.name}", _argument(argument)) for argument in base.values())
    numbers = {"items": {"$ref": "#/$defs/numbers"}, "pattern": EXPRESSION}
    yield "numbers", {"type": ["number", "array", "string"], **numbers}
    layers = known.sections["layers"]
    yield "layer", _object(layers, [{"type": "string", "pattern": OWN_NAME}])
    for kind, name in OBJECT_SECTIONS.items():
        if name == "layers":
            continue
        more = [_one_of(layers)] if kind == "activation" else []
        yield kind, _object(known.sections[name], more)
    yield "callback", _object(known.sections["callbacks"], [])


def _usable(section: Section) -> list[Entry]:
    return [entry for entry in section.entries.values() if not entry.abstract]


def _names(section: Section) -> dict[str, str]:
    """Every name that a thing of the section can be written under, and the entry it stands for."""
    names = {entry.name: entry.name for entry in _usable(section)}
    return names | {
        other: name for other, name in (*section.aliases.items(), *section.strings.items()) if name in names
    }


def _one_of(section: Section) -> Schema:
    """`{Name: arguments}`."""
    properties = {other: {"$ref": f"#/$defs/{section.name}.{name}"} for other, name in _names(section).items()}
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def _object(section: Section, more: list[Schema]) -> Schema:
    """An object of the section, by its name, as `{Name: arguments}`, or as an expression."""
    words = list(dict.fromkeys((*section.strings, *_names(section))))
    written = [{"enum": words}, _one_of(section), *more, EXPRESSION_REF]
    return {"description": f"A {NOUNS[section.name]}: its name, or `Name: arguments`.", "anyOf": written}


def _item(known: Catalog) -> Schema:
    """An item of `layers`: a bare name, or one thing with the item's own keys beside it."""
    names = _names(known.sections["layers"])
    operations = {f"ops.{name}": {"$ref": f"#/$defs/ops.{name}"} for name in known.sections["ops"].entries}
    own = dict(ITEM_KEYS)
    properties = own | {other: {"$ref": f"#/$defs/layers.{name}"} for other, name in names.items()} | operations
    # One thing and no more: for some of the own keys that stand there, all keys are one more than those.
    counts = [
        {"maxProperties": size + 1, "required": list(keys)}
        for size in range(len(own) + 1)
        for keys in combinations(own, size)
    ]
    mapping = {
        "type": "object",
        "properties": properties,
        "patternProperties": {OWN_NAME: {"description": "A model or a layer of the spec, called; a block, stamped."}},
        "additionalProperties": False,
        "not": {"propertyNames": {"enum": list(own)}},
        "anyOf": counts,
    }
    bare = {"anyOf": [{"enum": [*names, *operations]}, {"pattern": OWN_NAME}]}
    return {
        "description": "A layer, or a model of the spec by name.",
        "if": {"type": "object"},
        "then": mapping,
        "else": {"type": "string", **bare},
    }


def _thing(entry: Entry) -> Schema:
    """What may stand after `Name:`: the arguments by name, the first one alone, or nothing where none is needed."""
    written = [_arguments(entry, set())]
    first = first_argument(entry)
    if first is not None and first.kind not in ("mapping", "any"):
        written.append(_value(first))
    elif first is not None and first.kind == "any":
        written.append({"not": {"type": "object"}})
    if not entry.required:
        written.append({"type": "null"})
    return {"description": entry.doc, "anyOf": [*written, EXPRESSION_REF]}


def _arguments(entry: Entry, without: set[str]) -> Schema:
    properties = {argument.name: _argument(argument) for argument in entry.arguments.values()}
    base = {name: {"$ref": f"#/$defs/base.{name}"} for name in entry.base_arguments if name not in properties}
    schema: Schema = {
        "type": "object",
        "properties": {name: one for name, one in (properties | base).items() if name not in without},
        "additionalProperties": False,
    }
    required = [argument.name for argument in entry.required]
    return schema | {"required": required} if required else schema


def _argument(argument: Argument) -> Schema:
    schema = _value(argument)
    if argument.doc:
        schema["description"] = argument.doc
    if not argument.required and argument.default is not None:
        schema["default"] = argument.default
    return schema


def _value(argument: Argument) -> Schema:
    """What an argument may be; everything may also be an expression."""
    section = OBJECT_SECTIONS.get(argument.kind)
    if section is None:
        return kind_schema(argument)
    ref = {"$ref": f"#/$defs/{'layer' if section == 'layers' else argument.kind}"}
    if argument.kind == "layers":
        return or_expression({"type": "array", "items": ref}, argument)
    if argument.kind == "cells":
        return or_null({"anyOf": [ref, {"type": "array", "items": ref}]}, argument)
    if argument.kind == "schedule":
        return or_null({"anyOf": [{"type": "number"}, ref]}, argument)
    return or_null({"anyOf": [ref]}, argument) if argument.nullable else dict(ref)


def _place_objects(training: dict[str, Any]) -> None:
    """The open places of `training` filled with the objects of the catalog."""
    metric = {"$ref": "#/$defs/metric"}
    metrics: list[Schema] = [metric, {"type": "array", "items": metric}]
    nothing: Schema = {"type": "null"}
    for key, written in (
        ("optimizer", [{"$ref": "#/$defs/optimizer"}, nothing]),
        ("metrics", [*metrics, {"type": "object", "additionalProperties": {"anyOf": metrics}}, nothing]),
        ("callbacks", [{"type": "array", "items": {"$ref": "#/$defs/callback"}}, nothing]),
    ):
        training[key] = {**training[key], "anyOf": written}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m archcompiler.show.schema", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the file is not current")
    options = parser.parse_args(arguments)
    path = schema_folder() / FILE
    if not options.check:
        write_whole(path, text())
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == text():
        return 0
    print(f"schemas/{FILE} is not current: run `python -m archcompiler.show.schema`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
