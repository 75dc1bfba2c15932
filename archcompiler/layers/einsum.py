"""EinsumDense: a weighted sum along the axes that an equation names, such as `abc,cd->abd`."""

from __future__ import annotations

import re
from dataclasses import replace
from math import prod
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.core import lora, lora_fault
from archcompiler.layers.initial import initializer_class
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.tensors import shape_text

FORMS = (
    ("", re.compile(r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)")),
    ("left", re.compile(r"\.\.\.([a-zA-Z]+),([a-zA-Z]+)->\.\.\.([a-zA-Z]+)")),
    ("right", re.compile(r"([a-zA-Z]{2,})\.\.\.,([a-zA-Z]+)->([a-zA-Z]+)\.\.\.")),
)
"""The equations that Keras takes, and where the axes are that no letter names."""


def einsum_dense(call: Call) -> Result | Problem:
    """The kernel has the axes that the equation gives it; the bias those in `bias_axes`."""
    equation = str(call["equation"])
    found = [(side, match) for side, form in FORMS if (match := form.match(equation)) is not None]
    if not found:
        return call.fault(
            "ARC113",
            f"`equation` of EinsumDense is `{equation}`, which is none that Keras takes",
            argument="equation",
            help="write `ab,bc->ac`: the input's axes, the kernel's, and the output's; `...` stands for further ones",
        )
    side, match = found[0]
    inputs, kernel, outputs = match.groups()
    given = call.input
    further = given.rank - len(inputs)
    if further < 0 or (further and not side):
        return call.fault(
            "ARC201",
            f"`{equation}` names {len(inputs)} axes of the input, which is {given}",
            argument="equation",
            help="one letter for each axis, the batch axis included" + ("" if side else ", or `...` for some of them"),
        )
    partial = call["output_shape"]
    wanted = cast("list[int | None]", partial if isinstance(partial, list) else [partial])
    axes: list[Dim] = [given.axes[0], *wanted]
    if side == "left" and further:
        between = given.axes[1:further]
        turned = zip(between, between[::-1], strict=True)
        if any(dims.differ(one, other) or isinstance(one, int) != isinstance(other, int) for one, other in turned):
            return call.fault(
                "ARC209",
                f"EinsumDense turns round the axes {shape_text(between)} that `...` stands for when it says its shape, "
                "and not when it runs",
                argument="equation",
                help="write a letter for each axis instead of `...`",
            )
        axes[1:1] = between
    elif side == "right":
        axes += given.axes[given.rank - further :]
    if len(axes) != len(outputs) + further:
        return call.fault(
            "ARC209",
            f"`{equation}` gives {len(outputs)} axes, but `output_shape` has {len(wanted)} beside the batch axis",
            argument="output_shape",
            help="one size for each axis of the output, without the batch axis; `null` takes the input's",
        )
    left = further if side == "left" else 0
    sizes = {letter: given.axes[position + left] for position, letter in enumerate(inputs)}
    made = {letter: position + left for position, letter in enumerate(outputs)}
    for letter, position in made.items():
        if letter not in sizes and letter not in kernel:
            return call.fault(
                "ARC209",
                f"`{letter}` of the output is neither an axis of the input nor of the kernel",
                argument="equation",
            )
        if letter not in sizes:
            continue
        if axes[position] is None:
            # A whole number that the output leaves open is open to Keras too; a named axis keeps its name.
            axes[position] = None if isinstance(sizes[letter], int) else sizes[letter]
        elif dims.differ(axes[position], sizes[letter]) or isinstance(axes[position], int) != isinstance(
            sizes[letter], int
        ):
            return call.fault(
                "ARC202",
                f"`{letter}` is {dims.text(sizes[letter])} in the input {given} and {dims.text(axes[position])} in the "
                f"output {shape_text(tuple(axes))}",
                argument="output_shape",
                help="`null` takes the input's size",
            )
    if len(kernel) != 2 and initializer_class(call.thing, "kernel_initializer") == "Identity":
        return call.fault(
            "ARC113",
            f"`kernel_initializer` of EinsumDense is Identity, which makes a matrix, but the kernel `{kernel}` is none",
            argument="kernel_initializer",
        )
    fault = lora_fault(call, "kernel_constraint")
    if fault is not None:
        return fault
    weights: list[int] = []
    for letter in kernel:
        if letter not in made and letter not in sizes:
            return call.fault(
                "ARC209",
                f"`{letter}` of the kernel is neither an axis of the input nor of the output",
                argument="equation",
                help="every axis of the kernel is in one of the two, so that its size is known",
            )
        size = call.known_size(axes[made[letter]] if letter in made else sizes[letter], f"the axis `{letter}`")
        if isinstance(size, Problem):
            return size
        weights.append(size)
    bias = _bias(call, outputs, axes, left)
    if isinstance(bias, Problem):
        return bias
    if call["lora_rank"]:
        factors = lora(call, prod(weights[:-1]), weights[-1])
        result = call.gives(*axes, params=factors + bias, frozen=prod(weights))
    else:
        result = call.gives(*axes, params=prod(weights) + bias)
    return replace(result, built_for=tuple(weights))


def _bias(call: Call, outputs: str, axes: list[Dim], left: int) -> int | Problem:
    letters = call["bias_axes"]
    count = 1
    for letter in cast(str, letters or ""):
        if letter not in outputs:
            return call.fault(
                "ARC209",
                f"`bias_axes` has `{letter}`, which is no axis of the output `{outputs}`",
                argument="bias_axes",
                help="name axes of the output",
            )
        size = axes[outputs.index(letter) + left]
        if not isinstance(size, int):
            return call.fault(
                "ARC204",
                f"the bias of EinsumDense goes along `{letter}` of the output {shape_text(tuple(axes))}, which is open",
                argument="bias_axes",
                help=f"leave `{letter}` out of `bias_axes`, or give it a whole number in `output_shape`",
            )
        count *= size
    if not letters:
        return 0
    made = initializer_class(call.thing, "bias_initializer")
    rank = len(outputs) - min(outputs.index(letter) for letter in cast(str, letters))
    if (made == "Identity" and rank != 2) or (made == "Orthogonal" and rank < 2):
        message = f"`bias_initializer` of EinsumDense is {made}, which makes a matrix, but the bias has {rank} axes"
        return call.fault("ARC113", message, argument="bias_initializer", help="use `zeros` or `random_normal`")
    return count


ROWS = (Row("EinsumDense", einsum_dense, (1, None), "(batch, …)", time="all"),)
