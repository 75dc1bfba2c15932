"""Random graphs built in Keras and checked without it: the two must say the same.

`ARCHCOMPILER_SEED=7 pytest tests/differential` draws other graphs than the usual ones.
"""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import pytest

from archcompiler.layers import LAYERS
from tests.differential.comparing import compare
from tests.differential.strategies import MAKERS, SEED, drawing, random_spec, specs

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

OWN_KEYS = ("name", "from", "outputs", "trainable")


def layers_of(spec: dict[str, Any]) -> list[str]:
    return [key for item in spec["layers"] for key in item if key not in OWN_KEYS]


def compare_many(count: int, run_every: int) -> Counter[str]:
    """Compare `count` random specs, calling every so many on arrays too; fails with the specs that differ."""
    import keras

    seen: Counter[str] = Counter()
    wrong: list[str] = []

    @drawing(specs(), count)
    def one(spec: dict[str, Any]) -> None:
        seen["all"] += 1
        if seen["all"] % 200 == 0:
            keras.backend.clear_session()
        compared = compare(spec, run=seen["all"] % run_every == 0)
        seen["refused" if compared.refused else "accepted"] += 1
        seen["run"] += compared.ran
        if compared.reason is not None:
            seen[f"not the same, as meant: {compared.reason}"] += 1
        seen.update(f"class {name}" for name in layers_of(spec))
        if compared.differences:
            wrong.append("\n    ".join([json.dumps(smaller(spec)), *compared.differences]))

    one()
    print(f"\nseed {SEED} (ARCHCOMPILER_SEED={SEED + 1} for others):")
    for name, times in sorted(seen.items()):
        if not name.startswith("class "):
            print(f"{times:7} {name}")
    assert not wrong, f"{len(wrong)} of {count} specs differ:\n" + "\n".join(wrong[:10])
    return seen


def smaller(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec without the layers at its end that the difference does not need."""
    while len(spec["layers"]) > 1:
        layers = spec["layers"][:-1]
        used = {name.partition(".")[0] for item in layers for name in _listed(item.get("from", ()))}
        used |= {key for item in layers for key in item}
        chained = {layers[i]["name"] for i in range(len(layers) - 1) if "from" not in layers[i + 1]}
        left = [item["name"] for item in layers if item["name"] not in used | chained]
        shorter = {**spec, "layers": layers, "outputs": left}
        try:
            if not left or not compare(shorter, run=True).differences:
                break
        except Exception:
            break
        spec = shorter
    return spec


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_random_graphs() -> None:
    seen = compare_many(500, run_every=5)
    assert seen["refused"] > 100
    assert seen["accepted"] > 100


@pytest.mark.slow
def test_ten_thousand_random_graphs() -> None:
    seen = compare_many(10_000, run_every=4)
    assert seen["refused"] > 3_000
    assert seen["accepted"] > 3_000


def test_layers_that_belong_to_sequences_are_drawn() -> None:
    """Every other layer is drawn by itself, in `test_every_layer.py`."""
    drawn: set[str] = set()
    random = Random(1)
    for _ in range(1_500):
        drawn |= set(_classes(random_spec(random)))
    assert set(MAKERS) - {"Pooling1D", "GlobalPooling1D"} <= drawn & set(LAYERS)
    assert len(drawn & set(LAYERS)) >= 44


def _classes(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for one in value for name in _classes(one)]
    if isinstance(value, dict):
        return [name for key, one in value.items() for name in (key, *_classes(one))]
    return [value] if isinstance(value, str) else []
