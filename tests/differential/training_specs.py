"""Random sound specs with targets, losses and data: what Keras trains, and what its losses are, computed by hand."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

import archcompiler
from archcompiler.tensors import TensorType
from tests.differential.strategies import random_spec

Spec = dict[str, Any]
SIZE = 12
"""Of each open axis: more than poolings use up, where TensorFlow ends the process."""
BATCH = 4
REGRESSION = ("mse", "mae", {"Huber": {"delta": 2.0}}, "log_cosh", {"MeanSquaredError": {}})


@dataclass(frozen=True)
class Head:
    """What is trained at one output: the target's shape as the spec says it, and what the target's numbers are."""

    target: dict[str, Any]
    loss: Any
    kind: str
    """`numbers`, `codes` of `classes`, `one_hot` or `chances`."""
    classes: int = 0


def trainable_spec(random: Random) -> tuple[Spec, dict[str, Head]] | None:
    """A random sound spec with heads, targets, losses and data added; None where the draw has nothing to add to."""
    spec = random_spec(random)
    report = archcompiler.check(spec)
    if not report.ok or report.graph is None:
        return None
    spec = {**spec, "layers": list(spec["layers"])}
    outputs: list[str] = []
    heads: dict[str, Head] = {}
    for number, (name, typed) in enumerate(report.graph.outputs.items()):
        last = typed.axes[-1] if typed.rank > 1 else None
        if typed.dtype != "float32" or typed.rank < 2 or not isinstance(last, int):
            outputs.append(name)
            continue
        head = f"head_{number}"
        heads[head] = _head(random, spec, head, name, typed)
        outputs.append(head)
    if not heads:
        return None
    spec["outputs"] = outputs
    spec["targets"] = {name: head.target for name, head in heads.items()}
    spec["training"] = {
        "loss": {name: head.loss for name, head in heads.items()},
        "optimizer": random.choice(({"Adam": {"learning_rate": 0.001}}, "sgd", {"RMSprop": 0.01})),
        "shuffle": False,
    }
    if random.random() < 0.5:
        spec["data"] = {
            **{name: [BATCH * 2 if one.axes[0] is None or not isinstance(one.axes[0], int) else one.axes[0] * 2,
                      *_sizes(one)] for name, one in report.graph.inputs.items()},
        }  # fmt: skip
    return spec, heads


def _sizes(typed: TensorType) -> list[int]:
    return [one if isinstance(one, int) else SIZE for one in typed.axes[1:]]


def _head(random: Random, spec: Spec, head: str, name: str, typed: TensorType) -> Head:
    """Adds the head's layer to the spec, and says what it is trained towards."""
    steps = [one if isinstance(one, int) else None for one in typed.axes[1:-1]]
    way = random.randrange(4)
    item: dict[str, Any]
    if way == 0:
        units = random.choice((1, 3))
        item = {"Dense": units}
        # (batch, 1) is also what (batch,) numbers are held against, exactly
        shape = steps if units == 1 and not steps and random.random() < 0.3 else [*steps, units]
        found = Head({"shape": shape}, random.choice(REGRESSION), "numbers")
    elif way == 1:
        item = {"Dense": {"units": 1, "activation": "sigmoid"}}
        found = Head({"shape": [*steps, 1]}, "binary_crossentropy", "chances")
    elif way == 2:
        logits = random.random() < 0.5
        item = {"Dense": {"units": 5, "activation": "linear" if logits else "softmax"}}
        loss: Any = (
            {"SparseCategoricalCrossentropy": {"from_logits": True}} if logits else "sparse_categorical_crossentropy"
        )
        tail = [1] if random.random() < 0.2 else []
        classes = {"classes": random.choice((4, 5))} if random.random() < 0.5 else {"dtype": "int32"}
        found = Head({"shape": [*steps, *tail], **classes}, loss, "codes", classes.get("classes", 5))
    else:
        item = {"Dense": {"units": 4, "activation": "softmax"}}
        more = random.choice(({}, {"one_hot": True}, {"one_hot": True, "classes": 4}))
        found = Head({"shape": [*steps, 4], **more}, "categorical_crossentropy", "one_hot", 4)
    spec["layers"].append({**item, "name": head, "from": name})
    return found


def fed(random: np.random.Generator, graph: Any) -> dict[str, Any]:
    """What the model is fed."""
    found: dict[str, Any] = {}
    for name, typed in graph.inputs.items():
        shape = tuple(one if isinstance(one, int) else (SIZE if at else BATCH) for at, one in enumerate(typed.axes))
        drawn = random.normal(size=shape) if "float" in typed.dtype else random.integers(0, 2, shape)
        found[name] = drawn.astype(typed.dtype)
    return found


def wanted(random: np.random.Generator, head: Head, given: tuple[int, ...]) -> Any:
    """What a head is trained towards, where it gives an array of that shape."""
    shape = (given[0], *(given[at] if one is None else one for at, one in enumerate(head.target["shape"], 1)))
    if head.kind == "numbers":
        return random.normal(size=shape).astype("float32")
    if head.kind == "chances":
        return random.integers(0, 2, shape).astype("float32")
    if head.kind == "codes":
        return random.integers(0, head.classes, shape).astype("int32")
    return np.eye(head.classes, dtype="float32")[random.integers(0, head.classes, shape[:-1])]


def saturated(head: Head, given: Any) -> bool:
    """Whether chances are so near zero or one that Keras, which goes back to the logits, has another loss for them."""
    given = np.asarray(given)
    return (
        head.kind != "numbers" and not isinstance(head.loss, dict) and bool(((given < 1e-4) | (given > 1 - 1e-4)).any())
    )


def loss_by_hand(head: Head, given: Any, wanted: Any) -> float:
    """The mean loss over all numbers, or vectors, of an output, without Keras."""
    given, wanted = np.asarray(given, "float64"), np.asarray(wanted)
    if head.kind == "numbers":
        error = given - (wanted if wanted.ndim == given.ndim else wanted[..., None])
        if head.loss == "mae":
            return float(np.abs(error).mean())
        if head.loss == "log_cosh":
            return float(np.log(np.cosh(error)).mean())
        if isinstance(head.loss, dict) and "Huber" in head.loss:
            small = np.abs(error) <= 2.0
            return float(np.where(small, 0.5 * error**2, 2.0 * np.abs(error) - 2.0).mean())
        return float((error**2).mean())
    if head.kind == "chances":
        given = np.clip(given, 1e-7, 1 - 1e-7)
        return float(-(wanted * np.log(given) + (1 - wanted) * np.log(1 - given)).mean())
    if head.kind == "codes":
        codes = wanted[..., 0] if wanted.ndim == given.ndim else wanted
        if isinstance(head.loss, dict):
            above = given - given.max(-1, keepdims=True)
            logs = above - np.log(np.exp(above).sum(-1, keepdims=True))
            return float(-np.take_along_axis(logs, codes[..., None], -1).mean())
        chances = given / given.sum(-1, keepdims=True)
        return float(-np.log(np.clip(np.take_along_axis(chances, codes[..., None], -1), 1e-7, 1)).mean())
    chances = np.clip(given / given.sum(-1, keepdims=True), 1e-7, 1)
    return float(-(wanted * np.log(chances)).sum(-1).mean())
