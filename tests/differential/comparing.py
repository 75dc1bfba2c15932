"""One spec in archcompiler and in Keras, and what the two say differently."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import archcompiler
from archcompiler import Report
from differential import keras_graph

SIZES_TO_TRY = ({"steps": 11}, {"steps": 13})
"""Sizes of the named axis. Where a call fails on both, no error for the axis by its name is wrong."""


@dataclass
class Compared:
    """What came of one spec. `refused`: by archcompiler; `failure`: how Keras failed, when building or when running."""

    refused: bool
    failure: str | None
    ran: bool
    differences: list[str]
    reason: str | None = None


def compare(spec: dict[str, Any], run: bool) -> Compared:
    """Verdicts, and where both accept the spec, shapes, dtypes, masks and parameters of every node."""
    report = archcompiler.check(spec)
    refused = not report.ok
    graph, failure = None, None
    try:
        graph = keras_graph.build(spec)
    except Exception as error:
        failure = f"build: {_first_line(error)}"
    ran = False
    if graph is not None and (run or refused):
        ran = True
        failure = _failure_when_run(graph, spec)
    if refused != (failure is not None):
        return Compared(refused, failure, ran, [_verdicts(report, failure)])
    if refused or graph is None:
        return Compared(refused, failure, ran, [])
    return Compared(refused, failure, ran, list(_unlike(report, graph)))


def _failure_when_run(graph: keras_graph.KerasGraph, spec: dict[str, Any]) -> str | None:
    """How calling the model on arrays fails; None where it works, or where the sizes are open."""
    entries = [entry for one in spec["inputs"].values() for entry in one["shape"]]
    for model in spec.get("models", {}).values():
        entries += [entry for one in model["inputs"].values() for entry in one["shape"]]
    if None in entries:
        return None
    failures = []
    for sizes in SIZES_TO_TRY if "steps" in entries else ({},):
        try:
            shapes = keras_graph.run(graph, spec, sizes)
        except Exception as error:
            failures.append(f"run: {_first_line(error)}")
            continue
        for tensor, shape in zip(graph.tensors, shapes, strict=True):
            if len(tensor.shape) != len(shape) or any(
                a is not None and a != b for a, b in zip(tensor.shape, shape, strict=True)
            ):
                failures.append(f"run: {tensor.name} should be {tensor.shape}, but is {shape}")
                break
        else:
            return None
    return failures[0]


def _unlike(report: Report, graph: keras_graph.KerasGraph):
    from keras.src import backend

    assert report.graph is not None
    ours = list(report.graph.nodes.values())
    for node, (name, made) in zip(ours, graph.nodes.items(), strict=True):
        where = f"{name} ({node.class_name})"
        shapes = [one.shape for one in node.outputs]
        theirs = [tuple(one.shape) for one in made.tensors]
        if shapes != theirs:
            yield f"{where}: shapes {shapes}, but Keras has {theirs}"
            continue
        dtypes, keras_dtypes = [one.dtype for one in node.outputs], [one.dtype for one in made.tensors]
        if dtypes != keras_dtypes:
            yield f"{where}: dtypes {dtypes}, but Keras has {keras_dtypes}"
        masks = [one.mask for one in node.outputs]
        keras_masks = [backend.get_keras_mask(one) is not None for one in made.tensors]
        if masks != keras_masks:
            yield f"{where}: masks {masks}, but Keras has {keras_masks}"
        if made.makes_layer:
            counts = (node.params, node.trainable_params)
            keras_counts = (made.layer.count_params(), _count(made.layer.trainable_weights))
            if counts != keras_counts:
                yield f"{where}: parameters {counts}, but Keras has {keras_counts}"
    counts = (report.graph.param_count, report.graph.trainable_param_count)
    keras_counts = (graph.model.count_params(), _count(graph.model.trainable_weights))
    if counts != keras_counts:
        yield f"the model: parameters {counts}, but Keras has {keras_counts}"


def _count(weights: list[Any]) -> int:
    total = 0
    for weight in weights:
        product = 1
        for size in weight.shape:
            product *= size
        total += product
    return total


def _verdicts(report: Report, failure: str | None) -> str:
    if failure is None:
        return f"refused, but Keras builds it: {report.errors[0].code} {report.errors[0].message}"
    return f"accepted, but Keras fails: {failure}"


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {' '.join(lines[:3])}"[:400]
