"""What an argument of each kind may be, as JSON Schema: never narrower than what a check accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archcompiler.layers.catalog import Argument
from archcompiler.layers.values import DTYPE_POLICIES
from archcompiler.spec.schema import EXPRESSION, Schema
from archcompiler.tensors import DTYPES

EXPRESSION_REF: Schema = {"$ref": "#/$defs/expression"}


def kind_schema(argument: Argument) -> Schema:
    """The values of an argument that names no Keras object."""
    return or_null(_KINDS[argument.kind](argument), argument)


def or_null(schema: Schema, argument: Argument) -> Schema:
    """`schema`, or null where the argument may be."""
    if not argument.nullable or not schema:
        return schema
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "type" in schema:
        return {**schema, "type": [*_types(schema), "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def or_expression(schema: Schema, argument: Argument) -> Schema:
    """`schema`, a string with `${…}` in it, or null where the argument may be."""
    # Each keyword speaks of one type only: `pattern` leaves numbers alone, `minimum` strings.
    return or_null({**schema, "type": [*_types(schema), "string"], "pattern": EXPRESSION}, argument)


def _types(schema: Schema) -> list[str]:
    kind: list[str] | str = schema["type"]
    return [kind] if isinstance(kind, str) else kind


def _scalar(kind: str, least: int | None = None, most: int | None = None) -> Schema:
    bounds = {key: bound for key, bound in (("minimum", least), ("maximum", most)) if bound is not None}
    return {"type": [kind, "string"], **bounds, "pattern": EXPRESSION}


def _list_of(entry: Schema, length: int | None) -> Schema:
    bounds = {} if length is None else {"minItems": length, "maxItems": length}
    return {"type": ["array", "string"], "items": entry, **bounds, "pattern": EXPRESSION}


def _or_list_of(entry: Schema, length: int | None) -> Schema:
    """One entry alone, or a list of them."""
    listed = _list_of(entry, length)
    return {**entry, **listed, "type": [*(kind for kind in entry["type"] if kind != "array"), "array"]}


def _nullable(entry: Schema) -> Schema:
    return {**entry, "type": [*entry["type"], "null"]}


def _choice(argument: Argument) -> Schema:
    words = [choice for choice in argument.choices if isinstance(choice, str)]
    written: list[Schema] = [{"enum": list(argument.choices)}]
    if argument.any_case and words:
        written.append({"type": "string", "pattern": f"^(?:{'|'.join(map(_any_case, words))})$"})
    return {"anyOf": [*written, EXPRESSION_REF]}


def _any_case(word: str) -> str:
    """A pattern for the word in capitals too; JSON Schema has no flag for it."""
    return "".join(f"[{letter.lower()}{letter.upper()}]" if letter.isalpha() else letter for letter in word)


def _margins(argument: Argument) -> Schema:
    count = _scalar("integer", 0)
    side = _or_list_of(count, 2)
    return {**_or_list_of(count, 2 if argument.rank == 1 else argument.rank), "items": side}


_WHOLE_OR_NULL = _nullable(_scalar("integer", -1))

_KINDS: Mapping[str, Callable[[Argument], Schema]] = {
    "size": lambda _: _scalar("integer", 1),
    "count": lambda _: _scalar("integer", 0),
    "integer": lambda _: _scalar("integer"),
    "number": lambda _: _scalar("number"),
    "fraction": lambda _: _scalar("number", 0, 1),
    "boolean": lambda _: _scalar("boolean"),
    "string": lambda _: {"type": "string"},
    "choice": _choice,
    "sizes": lambda argument: _or_list_of(_scalar("integer", 1), argument.rank),
    "counts": lambda argument: _or_list_of(_scalar("integer", 0), argument.rank),
    "margins": _margins,
    "integers": lambda argument: _or_list_of(_scalar("integer"), argument.rank),
    "numbers": lambda _: {"anyOf": [{"$ref": "#/$defs/numbers"}]},
    "shape": lambda argument: _list_of(_WHOLE_OR_NULL, argument.rank),
    "new_shape": lambda argument: _list_of(_scalar("integer", -1), argument.rank),
    "permutation": lambda argument: _list_of(_scalar("integer", 1), argument.rank),
    "partial_shape": lambda argument: {
        **_or_list_of(_scalar("integer", 1), argument.rank),
        "items": _nullable(_scalar("integer", 1)),
    },
    "dtype": lambda _: {"anyOf": [{"enum": sorted(DTYPES | set(DTYPE_POLICIES))}, EXPRESSION_REF]},
    "list": lambda _: {"type": ["array", "string"], "pattern": EXPRESSION},
    "mapping": lambda _: {"type": ["object", "string"], "pattern": EXPRESSION},
    "any": lambda _: {},
    "tensor": lambda _: {"anyOf": [{"$ref": "#/$defs/numbers"}, {"type": ["boolean"]}]},
    "tensors": lambda _: {"type": ["array", "string"], "items": {"type": "string"}},
}
