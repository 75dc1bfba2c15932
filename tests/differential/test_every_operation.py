"""Every operation with random tensors and arguments: shape, dtype and failure are those of `keras.ops`, run too."""

from __future__ import annotations

import random
from typing import Any

import keras
import numpy as np
import pytest

import archcompiler
from archcompiler.layers.catalog import Argument, catalog
from archcompiler.layers.operations import OPERATIONS

NAMES = sorted(OPERATIONS)
RUNS = [
    *((5, 3, 3), (3, 2, 4), (2, 4, 1), (2, 3, 4), (4, 3, 2), (5, 4, 4)),
    *((4, 2, 1), (2, 3, 5), (5, 2, 2), (4, 6, 4), (6, 2, 6)),
]
"""Sizes of the batch, of `steps` and of an unknown axis. Axes with two names differ."""
LONE = [(5, 1, 3), (1, 3, 3), (1, 1, 1), (6, 1, 2), *((5, 3, one, other) for one in (1, 2, 4) for other in (1, 2, 4))]
"""Further ones, of which nothing is asked but whether Keras runs with them: an axis of size 1 is repeated."""
STEADY = {"take": 0, "take_along_axis": 0, "floor_divide": 1, "mod": 1}
"""Operations that fail with some numbers, and the number that they are given."""
SIZES: list[Any] = ["steps", None, 1, 2, 4]
DTYPES = ["float32", "float32", "float32", "int32", "bool", "float16"]
WHOLE = (-4, -2, -1, 0, 1, 2, 3)
SUBSCRIPTS = (
    "bsf,bgf->bsg",
    "bij,bjk->bik",
    "bi,bi->b",
    "bi->b",
    "...i,...i->...",
    "bij->bji",
    "b...,b...->b...",
    "bi,bi",
)
UNDRAWN = {("prod", "dtype"): "TensorFlow multiplies in the dtype of the tensor all the same"}
"""Arguments that are not drawn, each with its reason."""


@pytest.mark.parametrize("name", NAMES)
def test_an_operation(name: str) -> None:
    agree(name, range(40))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_operation_often(name: str) -> None:
    agree(name, range(40, 400))


def test_the_register_and_the_catalog_are_one() -> None:
    assert set(catalog().sections["ops"].entries) == set(OPERATIONS)


def agree(name: str, seeds: range) -> None:
    accepted = 0
    for seed in seeds:
        spec = random_spec(name, random.Random(f"{name} {seed}"))
        report = archcompiler.check(spec)
        truth = of_keras(spec)
        said = [f"{one.code} {one.message}" for one in report.errors]
        accepted += isinstance(truth, list)
        if isinstance(truth, str):
            assert said, f"Keras refuses {spec}: {truth[:300]}"
            continue
        if said and all(results is None for *_, results in truth):
            continue  # two axes with names, one of which was 1
        assert report.graph is not None and not said, f"Keras runs {spec}: {truth}, but {said}"
        node = report.graph.nodes["result"]
        for batch, steps, results in truth:
            if results is None:
                continue
            ours = [(put_in(one.axes, batch, steps), one.dtype) for one in node.outputs]
            alike = len(ours) == len(results) and all(map(same, ours, results))
            assert alike, f"{spec} with {batch} and {steps}: {ours}, not {results}"
    assert accepted, "no draw was right"


def same(ours: tuple[Any, str], theirs: tuple[Any, str]) -> bool:
    """Equal, where a size that is not known may be any."""
    axes = len(ours[0]) == len(theirs[0]) and all(a is None or a == b for a, b in zip(ours[0], theirs[0], strict=True))
    return axes and ours[1] == theirs[1]


def put_in(axes: tuple[Any, ...], batch: int, steps: int) -> tuple[Any, ...]:
    """The sizes of a run."""
    known = {"batch": batch, "steps": steps}
    return tuple(None if one is None else int(eval(str(one), {"__builtins__": {}, "max": max}, known)) for one in axes)


def random_spec(name: str, chance: random.Random) -> dict[str, Any]:
    """A spec of one operation, with inputs of random shapes and dtypes, and random arguments."""
    entry = catalog().sections["ops"].entries[name]
    inputs: dict[str, Any] = {}
    rank = chance.choice([0, 1, 1, 2, 2, 3])
    like = [chance.choice(SIZES) for _ in range(rank)]

    def tensor(dtype: str | None = None) -> str:
        shape = list(like)
        if chance.random() < 0.3 and shape:
            shape[chance.randrange(len(shape))] = chance.choice(SIZES)
        if chance.random() < 0.1:
            shape = shape[1:]
        inputs[f"x{len(inputs)}"] = {"shape": shape, "dtype": dtype or chance.choice(DTYPES)}
        return f"x{len(inputs) - 1}"

    sources: dict[str, Any] = {}
    given: dict[str, Any] = {}
    for argument in entry.arguments.values():
        if argument.kind == "tensors":
            sources[argument.name] = [tensor() for _ in range(chance.choice([1, 2, 2]))]
        elif argument.kind == "tensor" and (argument.name != "indices" or chance.random() < 0.3):
            number = bool(sources) and chance.random() < 0.25
            dtype = "int32" if argument.name == "indices" or name == "one_hot" else None
            sources[argument.name] = (
                chance.choice([1, 2, 0.5, *([-1] if name != "power" else [])]) if number else tensor(dtype)
            )
        elif argument.kind == "tensor":
            given[argument.name] = chance.choice([0, -1, [0, 1], [1, 0, 1]])
        elif argument.required or (chance.random() < 0.5 and (name, argument.name) not in UNDRAWN):
            given[argument.name] = random_value(name, argument, chance, rank + 1)
    spec_inputs = inputs or {"x0": {"shape": [2], "dtype": "float32"}}
    if name == "einsum":
        wanted = given["subscripts"].split("->")[0].count(",") + 1
        names = [tensor() for _ in range(wanted)]
        sources = {"operands": names}
        spec_inputs = {one: inputs[one] for one in names}
    item: dict[str, Any] = {f"ops.{name}": given or None, "name": "result"}
    if sources:
        item["from"] = sources
    layers: list[Any] = [item]
    return {"archcompiler": 1, "name": "one", "inputs": spec_inputs, "layers": layers}


def random_value(name: str, argument: Argument, chance: random.Random, rank: int) -> Any:
    axis = chance.randrange(-rank - (chance.random() < 0.1), rank)
    if argument.nullable and chance.random() < 0.2:
        return None
    special: dict[str, Any] = {
        "axes": lambda: chance.sample(range(rank), rank) if chance.random() < 0.8 else [0, 1],
        "newshape": lambda: chance.choice([[-1, 2], [-1], [-1, 4], [2, -1], [-1, 1, 2]]),
        "shape": lambda: chance.choice([[2, 4], [4], [2, 2, 4], [2]]),
        "repeats": lambda: chance.choice([2, [2], 3] if name == "repeat" else [2, [2], [1, 2], [2, 1, 2]]),
        "indices_or_sections": lambda: chance.choice([1, 2, [1], [1, 2]]),
        "pad_width": lambda: chance.choice([1, [1, 1], [[0, 0]] + [[1, 0]] * (rank - 1), [[0, 0], [1, 2]]]),
        "subscripts": lambda: chance.choice(SUBSCRIPTS),
        "shift": lambda: chance.choice([1, -1]),
        "decimals": lambda: chance.choice([0, 1]),
        "k": lambda: chance.choice([1, 2] if name == "top_k" else [-1, 0, 1]),
        "num": lambda: chance.choice([1, 2, 4]),
        "constant_values": lambda: chance.choice([0, 0.5]),
        "mode": lambda: "constant",
        "ord": lambda: 1,  # 2 needs singular values, which a processor does not have for float16
        "order": lambda: chance.choice([1, 2]),
        "source": lambda: axis,
        "destination": lambda: axis,
        "step": lambda: chance.choice([1, 2, 0.5, 3]),
        "start": lambda: chance.choice([0, 1, 5, 2.5]),
        "stop": lambda: chance.choice([5, 7, 6.5]),
    }
    if argument.name in special:
        return special[argument.name]()
    if argument.kind == "boolean":
        return chance.random() < 0.5
    if argument.kind == "dtype":
        return chance.choice(["float32", "int32", "bool", "float16"])
    if argument.kind == "size":
        return chance.choice([1, 2, 4])
    if argument.kind in ("integer", "integers"):
        several = argument.kind == "integers" and name not in ("normalize", "roll") and chance.random() < 0.3
        return sorted({axis, chance.randrange(rank)}) if several else axis
    return chance.choice([0.5, 1, 2])


def of_keras(spec: dict[str, Any]) -> list[Any] | str:
    """Shapes and dtypes of what Keras gives in each run that goes well, or why all fail."""
    [item] = spec["layers"]
    operation = next(key for key in item if key.startswith("ops."))
    name = operation.removeprefix("ops.")
    types = spec["inputs"]
    generator = np.random.default_rng(1)

    def run(symbolic: bool, batch: int = 1, steps: int = 1, unknown: int = 1, other: int | None = None) -> Any:
        tensors: dict[str, Any] = {}
        for key, one in types.items():
            shape = [None if isinstance(size, str) else size for size in one["shape"]]
            if key != next(iter(types)) and other is not None:
                unknown = other
            written = [steps if size == "steps" else unknown if size is None else size for size in one["shape"]]
            sizes = [batch, *written]
            numbers = generator.random(sizes) + 0.5 if one["dtype"] == "float32" else generator.integers(0, 2, sizes)
            if name in STEADY:
                numbers = np.full(sizes, STEADY[name])
            tensors[key] = keras.Input(shape, dtype=one["dtype"]) if symbolic else keras.ops.cast(numbers, one["dtype"])
        sources = item.get("from") or {}
        called = {
            key: [tensors[each] for each in one] if isinstance(one, list) else tensors.get(one, one)
            for key, one in sources.items()
        }
        given = dict(item[operation] or {})
        if isinstance(given.get("axis"), list):
            given["axis"] = tuple(given["axis"])
        if name == "einsum":
            return keras.ops.einsum(given["subscripts"], *called["operands"])
        return getattr(keras.ops, name)(**called, **given)

    try:
        symbolic = keras.tree.flatten(run(True))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    found: list[Any] = []
    why = ""
    open_sizes = any(not isinstance(size, int) for one in types.values() for size in one["shape"])
    runs = RUNS if open_sizes else [(batch, 1, 1) for batch in (5, 2, 4, 8)]
    for sizes_of_run in (*runs, *LONE):
        try:
            real = keras.tree.flatten(run(False, *sizes_of_run))
        except Exception as error:
            why = why or f"{type(error).__name__}: {error}"
            continue
        if len(real) != len(symbolic):
            return f"{len(symbolic)} results are told, {len(real)} come"
        comparable = sizes_of_run in runs and (sizes_of_run[2] != 1 or not open_sizes)  # oneDNN adds wrongly with some
        types_of = [(tuple(one.shape), keras.backend.standardize_dtype(one.dtype)) for one in real]
        found.append((*sizes_of_run[:2], types_of if comparable else None))
    return found or why
