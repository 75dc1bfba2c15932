"""What the operations of `keras.ops` that stand between layers take and give: the register, and how one is worked out.

Unlike a layer, an operation sees whole tensors, batch axis included: axis 0 is the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from archcompiler.diagnostics import Change, Problem
from archcompiler.dims import Dim
from archcompiler.layers.dtypes import promoted
from archcompiler.layers.merging import broadcast
from archcompiler.layers.rows import Result
from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType, shape_text


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, or a list of them, where a tensor may stand."""

    value: object

    @property
    def axes(self) -> tuple[Dim, ...]:
        sizes: list[Dim] = []
        value = self.value
        while isinstance(value, list):
            entries = cast("list[object]", value)
            sizes.append(len(entries))
            value = entries[0] if entries else 0
        return tuple(sizes)

    @property
    def dtype(self) -> str:
        """`int`, `float` or `bool`: a number has no size, and takes that of what it is joined with."""
        value = self.value
        while isinstance(value, list) and value:
            value = cast("list[object]", value)[0]
        kind = "bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "float"
        return {"int": "int32", "float": "float32", "bool": "bool"}[kind] if isinstance(self.value, list) else kind


Operand = TensorType | Constant


class Operated:
    """One operation on its operands, as a rule sees it."""

    __slots__ = ("name", "operands", "thing")

    def __init__(self, thing: Thing, operands: Mapping[str, tuple[Operand, ...]], name: str) -> None:
        self.thing = thing
        self.operands = operands
        self.name = name

    @property
    def input(self) -> TensorType:
        """The first operand, as a tensor."""
        first = next(iter(self.operands.values()))[0]
        return first if isinstance(first, TensorType) else TensorType(first.axes, promoted([first.dtype]))

    @property
    def all(self) -> list[Operand]:
        return [one for each in self.operands.values() for one in each]

    def __getitem__(self, argument: str) -> object:
        return self.thing[argument]

    def whole(self, argument: str) -> int:
        return cast(int, self.thing[argument])

    def wholes(self, argument: str) -> list[int]:
        """Whole numbers given alone or as a list; none where null is given."""
        value = self.thing[argument]
        return cast("list[int]", value if isinstance(value, list) else [] if value is None else [value])

    def axes(self, argument: str = "axis", rank: int | None = None) -> list[int] | Problem:
        """The axes that an argument names, counted from 0; all of them where it is null."""
        rank = self.input.rank if rank is None else rank
        if self.thing[argument] is None:
            return list(range(rank))
        found: list[int] = []
        for axis in self.wholes(argument):
            if not -rank <= axis < rank:
                message = f"{self.said} is to work on axis {axis}, but {self.shapes} has {rank} axes"
                return self.fault("ARC207", message, argument, "axis 0 is the batch, -1 the last")
            found.append(axis % rank)
        if len(set(found)) < len(found):
            return self.fault("ARC207", f"`{argument}` of {self.said} names one axis of {self.shapes} twice", argument)
        return found

    @property
    def said(self) -> str:
        return f"`ops.{self.thing.class_name}`"

    @property
    def shapes(self) -> str:
        return " and ".join(shape_text(one.axes) for one in self.all)

    def gives(self, axes: tuple[Dim, ...], dtype: str) -> Result:
        return Result((TensorType(axes, dtype),))

    def fault(
        self, code: str, message: str, argument: str | None = None, help: str | None = None, *,
        changes: tuple[Change, ...] = (),
    ) -> Problem:  # fmt: skip
        loc = self.thing.place(argument) if argument else self.thing.loc
        on_key = argument is None or argument not in self.thing.given
        return Problem(code, message, loc, on_key, self.name, (), help, changes)

    def joined(self) -> tuple[Dim, ...] | Problem:
        """The shape of an operation entry by entry on all operands."""
        axes: tuple[Dim, ...] = ()
        for at, one in enumerate(self.all):
            wider = broadcast(axes, one.axes)
            # Of three, an open size may lie between two that are known and differ.
            if wider is None or any(broadcast(other.axes, one.axes) is None for other in self.all[:at]):
                return self.fault(
                    "ARC202",
                    f"{self.said} works entry by entry, but it is given {self.shapes}",
                    help="sizes must be equal, or 1; `ops.expand_dims` adds an axis of size 1",
                )
            axes = wider
        return axes

    def dtype(self) -> str:
        """That of all operands together."""
        return promoted([one.dtype for one in self.all])


OperationRule = Callable[[Operated], "Result | Problem"]


@dataclass(frozen=True, slots=True)
class Operation:
    """What one function of `keras.ops` takes and gives. `apart`: it works entry by entry, so that steps stay apart."""

    name: str
    rule: OperationRule
    apart: bool = False


def infer_operation(
    thing: Thing, operation: Operation, operands: Mapping[str, tuple[Operand, ...]], name: str
) -> Result | Problem:
    """What the operation gives, or what is wrong with what it is given."""
    call = Operated(thing, operands, name)
    for argument, given in operands.items():
        for one in given:
            if one.dtype == "string" and thing.class_name not in ("equal", "not_equal"):
                return call.fault("ARC210", f"{call.said} computes with numbers, but `{argument}` is a string tensor")
    return operation.rule(call)


DtypeOf = Literal["promoted", "float", "bool", "int32"]


def reduced(axes: tuple[Dim, ...], over: list[int], keep: bool) -> tuple[Dim, ...]:
    """The axes left when some are reduced."""
    if keep:
        return tuple(1 if at in over else one for at, one in enumerate(axes))
    return tuple(one for at, one in enumerate(axes) if at not in over)


def replaced(axes: tuple[Dim, ...], at: int, size: Dim) -> tuple[Dim, ...]:
    return (*axes[:at], size, *axes[at + 1 :])
