"""Plain data made into typed dataclasses, where it fits them exactly.

It says only that something does not fit; pydantic, which reads the same annotations, says what and where. A test holds
the two together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

Decoder = Callable[[Any], Any]


class Mismatch(Exception):
    """The data is not what the annotation says. Never leaves this package."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on an annotated number or collection, for the decoder and for pydantic alike."""

    gt: float | None = None
    ge: float | None = None
    le: float | None = None
    lt: float | None = None
    min_length: int | None = None
    finite: bool = False

    def hold(self, value: Any) -> bool:
        return (
            (self.gt is None or value > self.gt)
            and (self.ge is None or value >= self.ge)
            and (self.le is None or value <= self.le)
            and (self.lt is None or value < self.lt)
            and (self.min_length is None or len(value) >= self.min_length)
            and (not self.finite or math.isfinite(value))
        )

    def __get_pydantic_core_schema__(self, source: object, handler: Callable[[object], Any]) -> Any:
        """pydantic's own schema of `source`, with the same bounds."""
        schema = handler(source)
        for name in ("gt", "ge", "le", "lt", "min_length"):
            if getattr(self, name) is not None:
                schema[name] = getattr(self, name)
        if self.finite:
            schema["allow_inf_nan"] = False
        return schema


def decode(kind: type[Any], data: object) -> Any:
    """`data` as a `kind`.

    Raises:
        Mismatch: somewhere in it is not what the annotations say.
    """
    return _decoder(kind)(data)


@cache
def _decoder(annotation: Any) -> Decoder:
    if annotation is Any:
        return lambda value: value
    if annotation is float:
        return _float
    if annotation in (int, str, bool, NoneType):
        return _exactly(annotation)
    if is_dataclass(annotation):
        return _dataclass(cast("type[Any]", annotation))
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _limited(_decoder(arguments[0]), [one for one in arguments[1:] if isinstance(one, Limits)])
    if origin is Literal:
        return _literal(arguments)
    if origin in (Union, UnionType):
        return _union([_decoder(one) for one in arguments])
    if origin is list:
        return _list(_decoder(arguments[0]))
    if origin is dict:
        return _dict(_decoder(arguments[0]), _decoder(arguments[1]))
    raise TypeError(f"no decoder for {annotation}")


def _exactly(kind: type) -> Decoder:
    def one(value: object) -> object:
        if type(value) is not kind:
            raise Mismatch
        return value

    return one


def _float(value: object) -> float:
    if type(value) is float or type(value) is int:
        return float(value)
    raise Mismatch


def _limited(inner: Decoder, limits: list[Limits]) -> Decoder:
    def one(value: object) -> object:
        decoded = inner(value)
        if not all(limit.hold(decoded) for limit in limits):
            raise Mismatch
        return decoded

    return one


def _literal(choices: tuple[object, ...]) -> Decoder:
    def one(value: object) -> object:
        if not any(value == choice and type(value) is type(choice) for choice in choices):
            raise Mismatch
        return value

    return one


def _union(members: list[Decoder]) -> Decoder:
    def one(value: object) -> object:
        for member in members:
            try:
                return member(value)
            except Mismatch:
                continue
        raise Mismatch

    return one


def _list(inner: Decoder) -> Decoder:
    def one(value: object) -> object:
        if type(value) is not list:
            raise Mismatch
        return [inner(entry) for entry in cast("list[object]", value)]

    return one


def _dict(key: Decoder, inner: Decoder) -> Decoder:
    def one(value: object) -> object:
        if type(value) is not dict:
            raise Mismatch
        return {key(name): inner(entry) for name, entry in cast("dict[object, object]", value).items()}

    return one


def _dataclass(kind: type[Any]) -> Decoder:
    hints: Mapping[str, Any] = get_type_hints(kind, include_extras=True)
    known = {one.name: _decoder(hints[one.name]) for one in fields(kind)}
    required = [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]

    def one(value: object) -> object:
        if type(value) is not dict:
            raise Mismatch
        mapping = cast("dict[str, object]", value)
        if not all(name in mapping for name in required):
            raise Mismatch
        given: dict[str, object] = {}
        for name, entry in mapping.items():
            decoder = known.get(name)
            if decoder is None:
                raise Mismatch
            given[name] = decoder(entry)
        return kind(**given)

    return one
