"""Random graphs that are sound: emitted code and in-process build are one model, of the size that the check said."""

from __future__ import annotations

import json
from random import Random

import keras
import numpy as np
import pytest

import archcompiler
from archcompiler.build.program import program_of as module_of
from tests.differential.strategies import SEED, random_spec
from tests.test_examples import without_registration

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

GRAPHS = 150


def test_random_graphs_emitted_and_built_are_one_model():
    compared = 0
    for number in range(GRAPHS):
        spec = random_spec(Random(1_000_000 * SEED + number))
        graph = archcompiler.check(spec).graph
        if graph is None or not archcompiler.check(spec).ok:
            continue
        compared += 1
        told = json.dumps(spec)
        source = archcompiler.emit(spec)
        keras.backend.clear_session()  # Keras names the operations that masks are made with by what was made before
        keras.utils.set_random_seed(number)
        emitted = module_of(source, f"graph_{number}").build_model()
        keras.backend.clear_session()
        built = archcompiler.build(spec, seed=number)
        assert without_registration(emitted.get_config()) == without_registration(built.get_config()), told
        one, other = emitted.get_weights(), built.get_weights()
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True)), told
        assert built.count_params() == graph.param_count, told
        assert [tensor.shape for tensor in built.outputs] == [typed.shape for typed in graph.outputs.values()], told
        names = [layer.name for layer in built.layers]
        assert set(names) <= set(graph.nodes) | set(graph.models), told
    assert compared >= GRAPHS // 4
