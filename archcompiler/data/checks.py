"""Arrays held against what is needed of them, before anything is trained; they are converted on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcompiler.data.given import set_of
from archcompiler.data.shapes import shape_problems
from archcompiler.data.sources import Arrays
from archcompiler.data.values import value_problems
from archcompiler.data.wanted import Wanted
from archcompiler.diagnostics import Problem


def converted(arrays: dict[str, Any], wanted: Wanted) -> dict[str, Any]:
    """Arrays in which nothing is wrong, each in the dtype that is needed."""
    dtypes = {one.name: one.type.dtype for one in wanted.arrays}
    return {name: array.astype(dtypes[name], copy=False) if name in dtypes else array for name, array in arrays.items()}


def data_problems(given: Mapping[str, Any], wanted: Wanted, said: str) -> list[Problem]:
    """What is wrong with arrays, or shapes, which came from what is called `said`."""
    source = Arrays(given)
    data, lengths = set_of("data", said, source)
    return shape_problems(data, wanted, lengths) or list(value_problems(data, wanted, source))
