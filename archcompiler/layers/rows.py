"""The form of the layer tables: a `Row` says what one Keras layer takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol, cast

from archcompiler import dims
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.dims import Dim
from archcompiler.layers.initial import weights_fault
from archcompiler.layers.things import Thing, holds_layers
from archcompiler.tensors import FLOAT_DTYPES, INTEGER_DTYPES, TensorType, shape_text

MaskEffect = Literal["keep", "use", "drop", "own"]
"""`keep`: the mask passes through. `use`: it is read and ends here. `drop`: it is lost. `own`: the rule says."""

Time = Literal["same", "past", "all", "none", "inner"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a layer gives: its outputs' types, how many numbers it learns, and how many it holds fixed."""

    outputs: tuple[TensorType, ...]
    params: int = 0
    frozen_params: int = 0
    built_for: tuple[Dim, ...] = ()
    """Sizes that the layer's weights were made for, where their count alone does not tell: a layer called again must
    be given the same ones."""
    warnings: tuple[Problem, ...] = ()
    """What Keras runs, but not as it reads."""


class Inner(Protocol):
    """Works out a wrapped layer or model on given inputs."""

    def __call__(self, thing: object, inputs: tuple[TensorType, ...], /) -> Result | Problem: ...


class Unsettled(Exception):
    """A model of the spec that is wrapped has a mistake of its own, already reported. Never leaves inference."""


class Call:
    """One layer on its inputs, as a rule sees it."""

    __slots__ = ("further", "inner", "inputs", "listed", "name", "options", "row", "thing")

    def __init__(
        self,
        thing: Thing,
        row: Row,
        inputs: tuple[TensorType, ...],
        name: str,
        inner: Inner,
        listed: bool = False,
        further: Mapping[str, tuple[TensorType, ...]] | None = None,
        options: Mapping[str, object] | None = None,
    ) -> None:
        self.thing = thing
        self.row = row
        self.inputs = inputs
        self.name = name
        self.inner = inner
        self.listed = listed
        """Whether the spec gives the inputs as a list: `from: [a]`, not `from: a`."""
        self.further = further or {}
        """The tensors of further arguments of the call, by name."""
        self.options = options or {}
        """The plain values among the call's arguments, by name."""

    @property
    def input(self) -> TensorType:
        return self.inputs[0]

    def __getitem__(self, argument: str) -> object:
        return self.thing[argument]

    def whole(self, argument: str) -> int:
        """The argument as a whole number, which its kind has made sure of."""
        return cast(int, self.thing[argument])

    def wholes(self, argument: str, rank: int) -> tuple[int, ...]:
        """A whole number or `rank` of them, as `rank` of them."""
        value = self.thing[argument]
        return tuple(cast(list[int], value)) if isinstance(value, list) else (cast(int, value),) * rank

    def integers(self, argument: str) -> list[int]:
        """Whole numbers given alone or as a list; none where null is given."""
        value = self.thing[argument]
        return cast("list[int]", value if isinstance(value, list) else [] if value is None else [value])

    def axes(self, argument: str = "axis") -> list[int] | Problem:
        """The axes that an argument names, counted from 0: each is there, and named once."""
        rank = self.input.rank
        given = self.integers(argument)
        absent = next((axis for axis in given if not -rank <= axis < rank), None)
        if absent is not None:
            message = f"the input {self.input} has no axis {absent}"
            return self.fault("ARC207", message, argument=argument, help="the last axis is -1")
        found = [axis % rank for axis in given]
        if len(set(found)) < len(found):
            message = f"`{argument}` of {self.thing.class_name} names one axis of {self.input} twice"
            return self.fault("ARC207", message, argument=argument)
        return found

    def flag(self, argument: str) -> bool:
        return bool(self.thing[argument])

    @property
    def compute_dtype(self) -> str:
        """The dtype that the layer computes in: its own `dtype`, a policy's compute dtype, or float32."""
        return compute_dtype(self.thing)

    def gives(self, *axes: Dim, params: int = 0, frozen: int = 0, dtype: str | None = None) -> Result:
        """One output of these axes; the mask follows from the row."""
        output = TensorType(axes, dtype or self.compute_dtype)
        return Result((output.masked_as(self.input) if self.row.mask == "keep" else output,), params, frozen)

    def fault(
        self,
        code: str,
        message: str,
        *,
        argument: str | None = None,
        help: str | None = None,
        changes: tuple[Change, ...] = (),
        safe: bool = True,
        notes: tuple[PlacedNote, ...] = (),
    ) -> Problem:
        """A mistake in this layer, placed at one of its arguments or at its name."""
        loc = self.thing.place(argument) if argument else self.thing.loc
        on_key = argument is None or argument not in self.thing.given
        return Problem(code, message, loc, on_key, self.name, notes, help, changes, safe)

    def change(self, argument: str, value: object) -> Change:
        return Change("set_argument", self.thing.loc, value, argument)

    def known_size(self, dim: Dim, axis: str) -> int | Problem:
        """A size that weights depend on, which must be a whole number."""
        if isinstance(dim, int):
            return dim
        shown = dims.text(dim)
        what = f"`{shown}` may be of any size" if dim is not None else "its size is not known"
        return self.fault(
            "ARC204",
            f"the weights of {self.thing.class_name} need the size of {axis} of its input {self.input}, but {what}",
            help=f"give {axis} of the input a whole number; only axes without weights, such as steps, may vary",
        )


Rule = Callable[[Call], Result | Problem]


@dataclass(frozen=True, slots=True)
class Row:
    """What one Keras layer takes and gives.

    `ranks`: least and greatest rank of an input, batch axis included. `inputs`: how many tensors it is called on.
    `needs`: the input in words. `time`: what its output at a step has seen: that step (`same`), steps up to it
    (`past`), all of them (`all`), or there is no matching step any more (`none`). `floats`: whole numbers will not do.
    `weights`: how many numbers it holds, with biases and with Keras's defaults, in terms of its arguments and of the
    `features` or `channels` of its input and the `window` that its kernel spans; empty where there are none.
    """

    name: str
    rule: Rule
    ranks: tuple[int, int | None] = (1, None)
    needs: str = "(batch, …)"
    inputs: Literal["one", "several", "two"] = "one"
    mask: MaskEffect = "drop"
    time: Time = "same"
    floats: bool = False
    weights: str = ""


def infer(call: Call) -> Result | Problem:
    """The layer's outputs and parameters, or what is wrong with its inputs or arguments."""
    row, thing = call.row, call.thing
    if row.inputs == "one" and len(call.inputs) != 1:
        return _wrong_count(call, "one input")
    if row.inputs == "two" and len(call.inputs) != 2:
        return _wrong_count(call, "two inputs")
    low, high = row.ranks
    for given in call.inputs:
        if given.rank < low or (high is not None and given.rank > high):
            shapes = str(given) if len(call.inputs) == 1 else " and ".join(str(one) for one in call.inputs)
            return call.fault("ARC201", f"{thing.class_name} needs {row.needs}, but it is given {shapes}")
    fault = weights_fault(call.name, thing) or (floats_fault(call) if row.floats else None) or _mask_fault(call)
    if fault is not None:
        return fault
    call.inputs = tuple(autocast(one, thing) for one in call.inputs)
    result = row.rule(call)
    if not isinstance(result, Result) or thing.given.get("trainable") is not False:
        return result
    if holds_layers(thing) and thing.custom is None:
        message = f"`trainable: false` of {thing.class_name} freezes nothing: the layers within it learn on"
        help = "write `trainable: false` beside the layer, not among its arguments"
        warning = call.fault("ARC409", message, argument="trainable", help=help)
        return replace(result, warnings=(*result.warnings, warning))
    return replace(result, params=0, frozen_params=result.params + result.frozen_params)


def _mask_fault(call: Call) -> Problem | None:
    """A mask given by name says of each step whether it counts: (batch, steps); of `Softmax`, of each number."""
    each = call.thing.class_name == "Softmax"
    wanted = call.input.axes if each else call.input.axes[:2]
    for mask in call.further.get("mask", ()):
        unlike = mask.rank != len(wanted) or any(
            dims.differ(one, other) and not (each and one == 1) for one, other in zip(mask.axes, wanted, strict=True)
        )
        if unlike or mask.dtype == "string":
            counts = "number" if each else "step"
            return call.fault(
                "ARC202",
                f"the `mask` of {call.thing.class_name} is {shape_text(wanted)}, but {mask} is given",
                help=f"it is true where a {counts} counts; `ops.not_equal` gives one",
            )
    return None


def autocast(given: TensorType, thing: Thing) -> TensorType:
    """Keras casts floating inputs to the layer's compute dtype when the layer is called (`Layer.autocast`)."""
    wanted = compute_dtype(thing)
    if given.dtype == wanted or given.dtype not in FLOAT_DTYPES or thing.given.get("autocast") is False:
        return given
    if wanted not in FLOAT_DTYPES:
        return given
    return replace(given, dtype=wanted)


def compute_dtype(thing: Thing) -> str:
    dtype = thing.given.get("dtype")
    return str(dtype).removeprefix("mixed_") if dtype is not None else "float32"


def _wrong_count(call: Call, expected: str) -> Problem:
    came = " and ".join(shape_text(one.axes) for one in call.inputs)
    help = "join the tensors first, for example with `Concatenate`" if expected == "one input" else None
    return call.fault(
        "ARC205",
        f"{call.thing.class_name} takes {expected}, but it is given {len(call.inputs)}: {came}",
        help=help or f"write `from: [a, b]` with {expected}",
    )


def floats_fault(call: Call, why: str = "") -> Problem | None:
    """What is wrong where whole numbers or truth values come to a layer that computes with floating numbers only."""
    for given in call.inputs:
        if given.dtype in INTEGER_DTYPES or given.dtype == "bool":
            return call.fault(
                "ARC210",
                f"{call.thing.class_name}{why} computes with floating numbers, but it is given {given.dtype} {given}",
                help="give the input `dtype: float32`; Keras converts the data",
            )
    return None
