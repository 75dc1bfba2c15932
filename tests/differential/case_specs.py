"""A recorded layer call as a spec, and the rules by which the language is meant to differ from Keras."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

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
    shapes = input_shapes(case["input_shape"])
    batches = {shape[0] for shape in shapes}
    if len(batches) > 1:
        raise NotInTheLanguage("one model has one batch size")
    if "call_kwarg_shapes" in case or "call_kwargs" in case or isinstance(case["input_shape"], dict):
        raise NotInTheLanguage("named call arguments such as `initial_state` are not built yet")
    dtype = {"dtype": case["input_dtype"]} if case.get("input_dtype", "float32") != "float32" else {}
    inputs = {f"x{index}": {"shape": shape[1:], **dtype} for index, shape in enumerate(shapes)}
    item: dict[str, Any] = {case["layer"]: arguments(case["init_kwargs"])}
    if isinstance(case["input_shape"][0], list):
        if case["layer"] not in MERGING:
            raise NotInTheLanguage("only a merging layer takes a list of tensors as one argument")
        item["from"] = list(inputs)
    spec: dict[str, Any] = {"archcompiler": 1, "name": "case", "inputs": inputs, "layers": [item]}
    batch = batches.pop()
    return spec if batch is None else spec | {"batch_size": batch}


MERGING = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")


def input_shapes(given: Any) -> list[list[int | None]]:
    if given is None:
        raise NotInTheLanguage("the layer is made and not called")
    if isinstance(given, dict):
        raise NotInTheLanguage("named call arguments such as `initial_state` are not built yet")
    shapes = given if given and isinstance(given[0], list) else [given]
    if any(not shape for shape in shapes):
        raise NotInTheLanguage("a tensor has a batch axis")
    return shapes


def arguments(kwargs: dict[str, Any]) -> dict[str, Any] | None:
    return {name: argument(value) for name, value in kwargs.items()} or None


def argument(value: Any) -> Any:
    """Nested Keras objects in the form `Thing: arguments`."""
    if isinstance(value, dict) and set(value) >= {"class_name", "config"}:
        return {value["class_name"]: arguments(value["config"] or {})}
    if isinstance(value, list):
        return [argument(one) for one in value]
    return value
