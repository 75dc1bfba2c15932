"""Values of every kind for every argument of every layer: what archcompiler takes, Keras takes and runs.

The reverse is not asked: the language is stricter with types than Keras is, as `docs/differences.md` says.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

import archcompiler
from archcompiler.layers.catalog import find
from tests.differential.comparing import compare
from tests.differential.layer_specs import layer_spec
from tests.differential.strategies import SEED
from tests.differential.test_every_layer import DRAWN, told

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

VALUES: tuple[Any, ...] = (
    0, -1, 1, 2, 2.5, 0.5, 5, None, "foo", "valid", "SAME", "channels_first", "yes", [], [1], [2, 3], [1, 2, 3, 4],
)  # fmt: skip
LEFT_OUT = (
    "name", "quantization_config", "gptq_unpacked_column_size", "weights", "activity_regularizer", "flash_attention",
    "use_cudnn",
)  # fmt: skip
"""The last two are what a backend has or has not."""
ELSEWHERE = {
    ("StringLookup", "num_oov_indices"): "words that no vocabulary holds are in the data",
    ("IntegerLookup", "num_oov_indices"): "numbers that no vocabulary holds are in the data",
    ("TextVectorization", "num_oov_indices"): "words that no vocabulary holds are in the data",
    ("AdaptiveMaxPooling1D", "output_size"): "one window kills the process on TensorFlow, and is refused",
    ("AdaptiveMaxPooling2D", "output_size"): "one window kills the process on TensorFlow, and is refused",
    ("AdaptiveMaxPooling3D", "output_size"): "one window kills the process on TensorFlow, and is refused",
}
"""Arguments that are not varied, and why."""


def varied(name: str) -> Iterator[dict[str, Any]]:
    """A sound spec of the layer, with one argument after another given each of the values."""
    random = Random(f"{name} argument {SEED}")
    sound = (spec for spec in (layer_spec(random, name) for _ in range(200)) if archcompiler.check(spec).ok)
    spec = next(sound)
    entry = find("layers", name)
    assert entry is not None
    for argument in entry.arguments:
        if argument in LEFT_OUT or (name, argument) in ELSEWHERE:
            continue
        for value in VALUES:
            changed = copy.deepcopy(spec)
            item = changed["layers"][-1]
            item[name] = {**(item[name] or {}), argument: value}
            yield changed


def wrongly_taken(specs: list[dict[str, Any]]) -> list[str]:
    found: list[str] = []
    for spec in specs:
        if archcompiler.check(spec).ok:
            compared = compare(spec, run=True)
            found += [f"{told(spec)}: {one}" for one in compared.differences]
    return found


@pytest.mark.parametrize("name", DRAWN)
def test_some_values_of_some_arguments(name: str) -> None:
    specs = list(varied(name))
    some = Random(f"{name} {SEED}").sample(specs, min(12, len(specs)))
    assert not wrongly_taken(some)


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_every_value_of_every_argument(name: str) -> None:
    wrong = wrongly_taken(list(varied(name)))
    assert not wrong, "\n".join(wrong[:20])
