"""Every layer with a row, drawn alone with random arguments on random inputs: archcompiler must say what Keras says.

`ARCHCOMPILER_SEED=7 pytest tests/differential/test_every_layer.py` draws others than the usual ones.
"""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import pytest

import archcompiler
from archcompiler.build.program import program_of
from archcompiler.layers import LAYERS
from archcompiler.layers.catalog import catalog
from archcompiler.layers.own import OWN_LAYERS
from archcompiler.layers.refused import REFUSED
from tests.differential.comparing import compare
from tests.differential.layer_specs import layer_spec
from tests.differential.strategies import SEED

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

CELLS = ("LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells")
"""One step of a recurrent layer: called with states by name, as `test_layer_cases` does."""
DRAWN = sorted(set(LAYERS) - set(CELLS))


def compare_layer(name: str, count: int) -> Counter[str]:
    import keras

    random = Random(f"{name} {SEED}")
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    keras.backend.clear_session()
    for _ in range(count):
        spec = layer_spec(random, name)
        compared = compare(spec, run=True)
        seen["refused" if compared.refused else "accepted"] += 1
        if compared.differences:
            wrong.append("\n    ".join([told(spec), *compared.differences]))
    assert not wrong, f"{len(wrong)} of {count} differ:\n" + "\n".join(wrong[:10])
    return seen


def told(spec: dict[str, Any]) -> str:
    item = {key: value for key, value in spec["layers"][-1].items() if key != "name"}
    shapes = [[*one["shape"], one.get("dtype", "float32")] for one in spec["inputs"].values()]
    return f"{json.dumps(item)} on {json.dumps(shapes)}"


@pytest.mark.parametrize("name", DRAWN)
def test_a_layer_on_a_few_inputs(name: str) -> None:
    compare_layer(name, 6)


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_a_layer_on_many_inputs(name: str) -> None:
    seen = compare_layer(name, 200)
    assert seen["accepted"] > 20, f"{name}: hardly ever right: {seen}"


@pytest.mark.parametrize("name", DRAWN)
def test_emitted_code_builds_what_the_check_said(name: str) -> None:
    import keras

    random = Random(f"{name} emitted {SEED}")
    compared = 0
    for _ in range(60):
        spec = layer_spec(random, name)
        report = archcompiler.check(spec)
        if not report.ok or report.graph is None:
            continue
        keras.backend.clear_session()
        model = program_of(archcompiler.emit(spec), f"emitted_{name}").build_model()
        shapes = [one.shape for one in report.graph.outputs.values()]
        assert [tuple(tensor.shape) for tensor in model.outputs] == shapes, told(spec)
        assert model.count_params() == report.graph.param_count, told(spec)
        compared += 1
        if compared == 3:
            return
    pytest.fail(f"no draw of {name} is right")


def test_every_public_layer_has_a_row_or_is_refused() -> None:
    import keras

    public = {
        name
        for name in dir(keras.layers)
        if isinstance(thing := getattr(keras.layers, name), type) and issubclass(thing, keras.layers.Layer)
    }
    aliases = catalog().sections["layers"].aliases
    known = {name for name in public if aliases.get(name, name) in LAYERS}
    refused = {name for name in public if name in REFUSED}
    assert public - known - refused == {"Layer", "Wrapper"}
    assert not known & refused
    assert set(LAYERS) - set(OWN_LAYERS) <= public
