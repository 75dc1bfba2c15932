"""One spec in archcompiler and in Keras, and what the two say differently."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import archcompiler
from archcompiler import Report
from tests.differential import keras_graph

SIZES_TO_TRY = ({"steps": 11, None: 11}, {"steps": 13, None: 6}, {"steps": 12, None: 24})
"""Sizes of the named axis and of nameless ones. A spec that fails with all of them is rightly refused."""


@dataclass
class Compared:
    """What came of one spec. `refused`: by archcompiler; `failure`: how Keras failed, when building or when running;
    `reason`: why the two are not compared, or are meant to differ."""

    refused: bool
    failure: str | None
    ran: bool
    differences: list[str]
    reason: str | None = None


def compare(spec: dict[str, Any], run: bool) -> Compared:
    """Verdicts, and where both accept the spec, shapes, dtypes, masks and parameters of every node.

    `run`: whether to call what Keras builds on arrays, where no axis but the batch axis is open. What is refused is
    always called, since Keras builds much that then fails.
    """
    report = archcompiler.check(spec)
    refused = not report.ok
    graph, failure, masks, ran = None, None, None, False
    try:
        graph = keras_graph.build(spec)
    except Exception as error:
        failure = f"build: {_first_line(error)}"
    if graph is not None and (refused or (run and not _has_open_axes(spec))):
        ran = True
        failure, masks = _run(graph, spec)
    reason = _why_not_compared(failure)
    if refused != (failure is not None):
        reason = reason or meant(spec, report, failure)
        return Compared(refused, failure, ran, [] if reason else [_verdicts(report, failure)], reason)
    if refused or graph is None or reason:
        return Compared(refused, failure, ran, [], reason)
    return Compared(refused, failure, ran, list(_unlike(report, graph, masks, bool(spec.get("models")))))


def _has_open_axes(spec: dict[str, Any]) -> bool:
    return any(not isinstance(entry, int) for one in spec["inputs"].values() for entry in one["shape"])


def _run(graph: keras_graph.KerasGraph, spec: dict[str, Any]) -> tuple[str | None, list[bool] | None]:
    """How calling the model fails, with open axes for all of the sizes tried; else which tensors have a mask."""
    failures = []
    for sizes in SIZES_TO_TRY if _has_open_axes(spec) else ({},):
        try:
            results = keras_graph.run(graph, spec, sizes)
        except Exception as error:
            failures.append(f"run: {_first_line(error)}")
            continue
        for tensor, (shape, _) in zip(graph.tensors, results, strict=True):
            if len(tensor.shape) != len(shape) or any(
                a is not None and a != b for a, b in zip(tensor.shape, shape, strict=True)
            ):
                failures.append(f"run: {tensor.name} should be {tensor.shape}, but is {shape}")
                break
        else:
            return None, [mask for _, mask in results]
    return failures[0], None


def _why_not_compared(failure: str | None) -> str | None:
    if failure is not None and "is not in [0," in failure:
        return "random numbers that an Embedding has no vector for"
    return None


WHOLE_NUMBERS = (
    "is not in the list of allowed values", "was expected to be a", "must be a floating point tensor",
    "to EagerTensor of dtype int32", "to have type float32", "_conv_xla",
)  # fmt: skip


NO_KERNEL = re.compile(
    "Could not find device for node|Value for attr 'T' of (double|half|bfloat16) is not in the list"
    "|only supports the NHWC|InputOp only supports|cannot compute _Mkl"
)


def meant(spec: dict[str, Any], report: Report, failure: str | None) -> str | None:
    """Why the language is meant to differ from Keras here; every such rule is in this table."""
    said = " ".join(error.message for error in report.errors)
    integers = any(one.get("dtype", "float32") == "int32" for one in spec["inputs"].values())
    built = failure is None
    rules = (
        (
            built and "RNN over a stack of one cell" in said,
            "JAX cannot run an RNN over a stack of one cell, and TensorFlow only without a mask",
        ),
        (
            built and "and Softmax lays it over the last axes" in said,
            "the mask (batch, …) is laid over other axes, which runs only where the batch has their size by chance",
        ),
        (
            built and re.search(r"(LSTM|GRU|RNN|Bidirectional|Softmax) takes one input", said) is not None,
            "a state or a mask as the second positional argument is not built yet",
        ),
        (
            built and "Concatenate" in _classes(spec, report) and _takes_one(spec, report),
            "Keras does not look at the axis along which one tensor alone is joined",
        ),
        (
            built
            and [error.code for error in report.errors] == ["ARC201"]
            and "TimeDistributed" in _classes(spec, report),
            "TimeDistributed does not look at the rank that its layer needs, which may run where a size is 1",
        ),
        (
            built
            and re.search(r"has weights for .* but it is called again", said) is not None
            and _of_prelu(spec, report),
            "slopes made for an axis of size 1 are not spread over another size when PReLU is called again",
        ),
        (
            built and any(error.code == "ARC208" for error in report.errors) and bool(spec.get("models")),
            "a nested model takes the sizes that it declares; Keras lets others pass where the last one is 1",
        ),
        (
            built and [error.code for error in report.errors] == ["ARC204"] and _calls_again(spec, report),
            "a layer called again is given the size that its weights were made for in so many words",
        ),
        (
            built and "of Rescaling has" in said and "is batch" in said,
            "numbers are laid over the batch axis, which runs only where the batch has their size by chance",
        ),
        (
            built and said.startswith("`output_padding: "),
            "of an axis of size 1 Keras makes a result of no entries, which runs",
        ),
        (
            built and "reads a mask (batch, steps) of its value" in said,
            "a mask of more axes is laid over the scores as it is, which runs where sizes are alike by chance",
        ),
        (
            built and "takes images of" in said and "Aug" in _classes(spec, report),
            "of several changes some are drawn, and not each of them looks at the channels",
        ),
        (
            not built and NO_KERNEL.search(str(failure)) is not None,
            "TensorFlow has no kernel for this dtype on a processor",
        ),
        (
            not built and re.search("Input dims must be <= 5|UnimplementedError.*Broadcast", str(failure)) is not None,
            "TensorFlow's softmax takes five axes at most, other backends any number",
        ),
        (
            not built and integers and any(words in str(failure) for words in WHOLE_NUMBERS),
            "Keras says float32 of what stays int32 when it runs, through Masking, Dropout and others; TensorFlow then "
            "has no kernel for it, where JAX converts",
        ),
    )
    return next((reason for applies, reason in rules if applies), None)


def _faulty(spec: dict[str, Any], report: Report) -> list[dict[str, Any]]:
    """The items that the first error is about."""
    return [item for item in spec["layers"] if report.errors and item.get("name") == report.errors[0].layer]


def _classes(spec: dict[str, Any], report: Report) -> str:
    return " ".join(key for item in _faulty(spec, report) for key in item)


def _takes_one(spec: dict[str, Any], report: Report) -> bool:
    return any(isinstance(item.get("from"), list) and len(item["from"]) == 1 for item in _faulty(spec, report))


def _of_prelu(spec: dict[str, Any], report: Report) -> bool:
    """Whether the layer that is called again is a PReLU."""
    called = {key for item in _faulty(spec, report) for key in item}
    return any("PReLU" in item and item.get("name") in called for item in spec["layers"])


def _calls_again(spec: dict[str, Any], report: Report) -> bool:
    """Whether what is wrong is wrong with an earlier layer called once more."""
    return any(key[0] == "n" and key[1:].isdigit() for item in _faulty(spec, report) for key in item)


def _unlike(report: Report, graph: keras_graph.KerasGraph, run_masks: list[bool] | None, nested: bool) -> Iterator[str]:
    """What the two say differently of the nodes, and of the whole.

    Masks pass through nested models when these run, which Keras's symbolic tensors do not show: there the run counts.
    What each call of a nested model learns is not compared: Keras says of a shared model that it is frozen wherever it
    is called. The whole is compared.
    """
    from keras.src.backend import get_keras_mask

    assert report.graph is not None
    ours = list(report.graph.nodes.values())
    # MultiHeadAttention takes the mask off what it is called on.
    looked_at = {ref.node for one in ours if one.class_name == "MultiHeadAttention" for ref in one.node.sources if ref}
    position = 0
    for node, (name, made) in zip(ours, graph.nodes.items(), strict=True):
        where = f"{name} ({node.class_name})"
        shapes = [one.shape for one in node.outputs]
        theirs = [tuple(one.shape) for one in made.tensors]
        if shapes != theirs:
            yield f"{where}: shapes {shapes}, but Keras has {theirs}"
        dtypes, keras_dtypes = [one.dtype for one in node.outputs], [one.dtype for one in made.tensors]
        if dtypes != keras_dtypes:
            yield f"{where}: dtypes {dtypes}, but Keras has {keras_dtypes}"
        masks = [one.mask for one in node.outputs]
        symbolic = [get_keras_mask(one) is not None for one in made.tensors]
        if not nested and masks != symbolic and node.class_name not in MASKED_WHEN_RUN:
            yield f"{where}: masks {masks}, but Keras has {symbolic}"
        real = run_masks[position : position + len(masks)] if run_masks is not None else masks
        by_chance = node.class_name in MASKED_BY_CHANCE or node.name in looked_at
        if masks != real and not by_chance:
            yield f"{where}: masks {masks}, but when Keras runs there are {real}"
        if made.makes_layer:
            counts = (node.params, node.trainable_params)
            keras_counts = (made.layer.count_params(), _count(made.layer.trainable_weights))
            if counts[0] != keras_counts[0] or (not nested and counts != keras_counts):
                yield f"{where}: parameters {counts}, but Keras has {keras_counts}"
        position += len(made.tensors)
    counts = (report.graph.param_count, report.graph.trainable_param_count)
    keras_counts = (graph.model.count_params(), _count(graph.model.trainable_weights))
    if counts != keras_counts:
        yield f"the model: parameters {counts}, but Keras has {keras_counts}"


MASKED_WHEN_RUN = ("ReversibleEmbedding", "Pipeline")
"""Layers whose result has its mask only when it runs."""
MASKED_BY_CHANCE = ("RandomColorJitter", "MaxNumBoundingBoxes", "SpectralNormalization")
"""Layers that sometimes hand on the very tensor that they were given, or that their layer gave, and the mask on it."""


def _count(weights: list[Any]) -> int:
    return sum(prod(weight.shape) for weight in weights)


def _verdicts(report: Report, failure: str | None) -> str:
    if failure is None:
        return f"refused, but Keras builds it: {report.errors[0].code} {report.errors[0].message}"
    return f"accepted, but Keras fails: {failure}"


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {' '.join(lines[:3])}"[:400]
