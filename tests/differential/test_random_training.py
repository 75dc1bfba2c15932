"""No false errors: what Keras trains, with the loss that NumPy computes by hand, is checked without an error."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

import archcompiler
from tests.differential.strategies import SEED
from tests.differential.training_specs import fed, loss_by_hand, saturated, trainable_spec, wanted

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def train_many(count: int, every: int, seed: object) -> int:
    """Check `count` sound specs with targets and losses, and train every so many for one step; gives how many ran."""
    import keras

    random, numbers = Random(f"training {seed}"), np.random.default_rng(7)
    done = ran = 0
    while done < count:
        drawn = trainable_spec(random)
        if drawn is None:
            continue
        spec, heads = drawn
        done += 1
        report = archcompiler.check(spec)
        if report.ok and done % every:
            continue
        if done % 200 == 0:
            keras.backend.clear_session()
        trained, why = _trained(spec, heads, report, numbers)
        ran += trained
        assert report.ok or not trained, f"Keras trains it, but:\n{report}\n{spec}"
        assert trained or not report.ok or why is None, f"{why}\n{spec}"
    return ran


def _trained(spec: Any, heads: Any, report: Any, numbers: np.random.Generator) -> tuple[bool, str | None]:
    """Whether Keras computes the loss that it should for a batch; why not, where that is no limit of a layer."""
    graph = report.graph
    if graph is None:
        return False, None
    model: Any = archcompiler.build(spec) if report.ok else _built_unchecked(spec)
    if model is None:
        return False, None
    model.run_eagerly = True  # nothing is traced for the one step
    arrays = fed(numbers, graph)
    given = list(arrays.values()) if len(arrays) > 1 else next(iter(arrays.values()))
    try:
        outputs = model(given, training=False)
    except Exception:
        return False, None  # a layer's own limit, which other tests look at
    named = dict(zip(spec["outputs"], outputs if isinstance(outputs, (list, tuple)) else [outputs], strict=True))
    goals = {name: wanted(numbers, head, named[name].shape) for name, head in heads.items()}
    by_hand = sum(loss_by_hand(head, named[name], goals[name]) for name, head in heads.items())
    if not np.isfinite(by_hand):
        return False, None
    targets = [goals.get(name) for name in spec["outputs"]]
    target = targets if len(targets) > 1 else targets[0]
    rows = len(next(iter(arrays.values())))
    if any(len(one) != rows for one in goals.values()):
        return False, None  # layers joined along the batch axis
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            layer.reset_state()
    try:
        told = model.evaluate(given, target, batch_size=rows, verbose=0, return_dict=True)["loss"]
    except Exception:
        return False, None  # such as penalties in another dtype than the loss
    weighed = bool(model.losses) or any(one.mask for one in graph.outputs.values())  # by penalties, or by a mask
    exact = not weighed and not any(saturated(head, named[name]) for name, head in heads.items())
    if exact and not np.isclose(told, by_hand, rtol=1e-3, atol=1e-4):
        return False, f"the loss is {told}, by hand {by_hand}"
    try:
        fitted = model.train_on_batch(given, target, return_dict=True)["loss"]
    except Exception:
        return False, None  # such as a dropout of codes, which fails in training alone
    return bool(np.isfinite(fitted)), None


def _built_unchecked(spec: Any) -> Any:
    """The model of a spec that has an error in what is said of training, so that only Keras can tell."""
    plain = {key: value for key, value in spec.items() if key not in ("targets", "data", "training")}
    if not archcompiler.check(plain).ok:
        return None
    model: Any = archcompiler.build(plain)
    losses = spec["training"]["loss"]
    model.compile(optimizer="sgd", loss=[_loss(losses.get(name)) for name in spec["outputs"]])
    return model


def _loss(given: Any) -> Any:
    import keras

    if not isinstance(given, dict):
        return given
    ((name, arguments),) = given.items()
    return getattr(keras.losses, name)(**arguments)


def test_what_keras_trains_has_no_error() -> None:
    assert train_many(400, 4, SEED) >= 80


@pytest.mark.slow
@pytest.mark.parametrize("part", range(20))
def test_ten_thousand_that_keras_trains(part: int) -> None:
    assert train_many(500, 1, f"slow {SEED} {part}") > 400
