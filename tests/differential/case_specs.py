"""A recorded layer call as a spec, and the rules by which the language is meant to differ from Keras."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from archcompiler.layers import LAYERS

Case = dict[str, Any]

CASES = Path(__file__).parent / "layer_cases.json.gz"


@cache
def cases() -> dict[str, list[Case]]:
    """`accepted` and `refused` layer calls, as the file has them."""
    return json.loads(gzip.decompress(CASES.read_bytes()))


class NotInTheLanguage(Exception):
    """The call has no counterpart in a spec; the message says why."""


def spec_of(case: Case) -> dict[str, Any]:
    """The case as a spec of one layer."""
    if case["layer"] == "InputLayer":
        raise NotInTheLanguage("an input stands under `inputs`")
    if case["input_shape"] is None:
        case = case | {"input_shape": any_shape(case["layer"])}
    inputs = _Inputs()
    item: dict[str, Any] = {case["layer"]: arguments(case["init_kwargs"])}
    item["from"] = inputs.called_with(case)
    if any(not shape for shape in inputs.shapes):
        raise NotInTheLanguage("a tensor has a batch axis")
    batches = {shape[0] for shape in inputs.shapes}
    if len(batches) > 1:
        raise NotInTheLanguage("one model has one batch size")
    dtypes = _dtypes(case, len(inputs.shapes), inputs.names)
    tensors = {
        f"x{index}": {"shape": shape[1:], **({"dtype": dtype} if dtype != "float32" else {})}
        for index, (shape, dtype) in enumerate(zip(inputs.shapes, dtypes, strict=True))
    }
    spec: dict[str, Any] = {"archcompiler": 1, "name": "case", "inputs": tensors, "layers": [item]}
    batch = batches.pop()
    return spec if batch is None else spec | {"batch_size": batch}


def any_shape(layer: str) -> list[int | None] | list[list[int | None]]:
    """A shape that the layer takes, for what Keras refuses when the layer is made."""
    row = LAYERS.get(layer)
    low, high = row.ranks if row else (2, None)
    shape: list[int | None] = [None, *[8] * (max(low, min(2, high or 2)) - 1)]
    return shape if row is None or row.inputs == "one" else [shape, shape]


class _Inputs:
    """The tensors that a case is called with: each gets a name, `x0`, `x1` …"""

    def __init__(self) -> None:
        self.shapes: list[list[int | None]] = []
        self.names: list[str] = []

    def called_with(self, case: Case) -> Any:
        """The item's `from`: a name, a list of names, or a mapping where arguments are given by name."""
        given = case["input_shape"]
        row = LAYERS.get(case["layer"])
        if isinstance(given, list) and len(given) == 1 and isinstance(given[0], list) and row and row.inputs == "one":
            raise NotInTheLanguage("`from: [x]` says `layer(x)`, not `layer([x])`")
        named = given if isinstance(given, dict) else {FIRST.get(case["layer"], "inputs"): given}
        tensors = named | case.get("call_kwarg_shapes", {})
        called = {name: self._tensor(name, shape) for name, shape in tensors.items()}
        plain = {name: value for name, value in case.get("call_kwargs", {}).items() if value is not None}
        alone = not isinstance(given, dict) and len(called) == 1 and not plain
        return next(iter(called.values())) if alone else called | plain

    def _tensor(self, name: str, shape: Any) -> Any:
        if shape and isinstance(shape[0], list):
            return [self._tensor(name, one) for one in shape]
        self.shapes.append(shape)
        self.names.append(name)
        return f"x{len(self.shapes) - 1}"


FIRST = {
    "LSTM": "sequences",
    "GRU": "sequences",
    "SimpleRNN": "sequences",
    "RNN": "sequences",
    "Bidirectional": "sequences",
}
"""What layers call their first argument, where it is not `inputs`."""


def _dtypes(case: Case, count: int, names: list[str]) -> list[str]:
    given = case.get("input_dtype") or "float32"
    if isinstance(given, dict):
        return [given.get(name, "float32") for name in names]
    return list(given) if isinstance(given, list) else [given] * count


def arguments(kwargs: dict[str, Any]) -> dict[str, Any] | None:
    return {name: argument(value) for name, value in kwargs.items()} or None


def argument(value: Any) -> Any:
    """Nested Keras objects in the form `Thing: arguments`."""
    if isinstance(value, dict) and set(value) >= {"class_name", "config"}:
        return {value["class_name"]: arguments(value["config"] or {})}
    if isinstance(value, list):
        return [argument(one) for one in value]
    return value
