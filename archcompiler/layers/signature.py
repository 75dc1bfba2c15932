"""What a layer of the user's own says of itself: `(batch, steps, features) -> (batch, steps, 2 * features)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from archcompiler import dims
from archcompiler.dims import Dim
from archcompiler.tensors import TensorType, shape_text

ELLIPSIS = "..."
Axis = str
"""`...`, or an expression over axes and arguments."""
Bound = dict[str, "Dim | tuple[Dim, ...]"]


class SignatureError(Exception):
    """A signature cannot be read, or inputs do not fit it. Never leaves this package and `graph/`."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The shapes of what is taken and given, batch axis first, each axis an expression."""

    inputs: tuple[tuple[Axis, ...], ...]
    outputs: tuple[tuple[Axis, ...], ...]
    text: str

    @property
    def names(self) -> frozenset[str]:
        """The axes that have a name of their own in what is taken."""
        return frozenset(axis for one in self.inputs for axis in one if axis.isidentifier())


def read_signature(text: str) -> Signature:
    """The signature that `text` says.

    Raises:
        SignatureError: it says none.
    """
    left, arrow, right = text.partition("->")
    if not arrow or "->" in right:
        raise SignatureError("it is `(…) -> (…)`: what the layer takes, an arrow, and what it gives")
    signature = Signature(_shapes(left), _shapes(right), " ".join(text.split()))
    for shape in (*signature.inputs, *signature.outputs):
        if shape.count(ELLIPSIS) > 1:
            raise SignatureError("a shape has one `...` at most")
        for axis in shape:
            if axis != ELLIPSIS:
                _parsed(axis)
    return signature


def _shapes(text: str) -> tuple[tuple[Axis, ...], ...]:
    plain = re.sub(r"\$\{([^{}]*)\}", r"(\1)", text).strip()
    shapes: list[tuple[Axis, ...]] = []
    depth, start = 0, 0
    for index, letter in enumerate(plain):
        if depth == 0 and letter not in "(, \t\n":
            raise SignatureError(f"a shape stands in parentheses, but `{letter}` stands before one")
        if letter == "(":
            depth += 1
            start = index + 1 if depth == 1 else start
        elif letter == ")":
            depth -= 1
            if depth == 0:
                shapes.append(_axes(plain[start:index]))
    if depth or not shapes:
        raise SignatureError("a shape stands in parentheses: `(batch, steps, features)`")
    return tuple(shapes)


def _axes(text: str) -> tuple[Axis, ...]:
    axes: list[str] = [""]
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            axes.append("")
        else:
            axes[-1] += letter
    stripped = [_bare(one.strip()) for one in axes]
    if stripped[-1] == "" and len(stripped) > 1:
        stripped.pop()
    if "" in stripped:
        raise SignatureError("an axis is missing between two commas, or before the first")
    return tuple(ELLIPSIS if axis == "…" else axis for axis in stripped)


def _bare(axis: str) -> str:
    """The axis without parentheses around the whole of it."""
    inner = axis[1:-1].strip() if axis.startswith("(") and axis.endswith(")") else axis
    return inner if inner.isidentifier() or inner.isdecimal() else axis


def _parsed(axis: str) -> ast.expr:
    try:
        return ast.parse(axis, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise SignatureError(f"`{axis}` is no size") from None


def bind(signature: Signature, inputs: tuple[TensorType, ...], arguments: Mapping[str, object]) -> Bound:
    """What the axes of the signature are on these inputs.

    Raises:
        SignatureError: the inputs are others than it says.
    """
    bound: Bound = {}
    if len(inputs) != len(signature.inputs):
        raise SignatureError(f"it takes {len(signature.inputs)}, but is given {len(inputs)}")
    pairs: list[tuple[Axis, Dim, TensorType]] = []
    for pattern, given in zip(signature.inputs, inputs, strict=True):
        axes: list[Axis] = list(pattern)
        if ELLIPSIS in axes:
            at, missing = axes.index(ELLIPSIS), given.rank - len(axes) + 1
            if missing < 0:
                raise SignatureError(f"it takes {_written(pattern)}, but is given {given}")
            rest = given.axes[at : at + missing]
            if bound.setdefault(ELLIPSIS, rest) != rest:
                raise SignatureError(f"`...` is {shape_text(cast('tuple[Dim, ...]', bound[ELLIPSIS]))} in one input "
                                     f"and {shape_text(rest)} in another")  # fmt: skip
            pairs += zip((*axes[:at], *axes[at + 1 :]), (*given.axes[:at], *given.axes[at + missing :]),
                         [given] * (len(axes) - 1), strict=True)  # fmt: skip
        elif len(axes) != given.rank:
            raise SignatureError(f"it takes {_written(pattern)}, but is given {given}")
        else:
            pairs += zip(axes, given.axes, [given] * len(axes), strict=True)
    for axis, size, _ in pairs:
        if axis.isidentifier() and axis not in arguments:
            bound.setdefault(axis, size)
    for axis, size, given in pairs:
        wanted = bound.get(axis) if axis in bound else size_of(axis, bound, arguments)
        if dims.differ(cast("Dim", wanted), size):
            is_known = axis.isdecimal()
            shown = axis if is_known else f"`{axis}` to be {dims.text(cast('Dim', wanted))}"
            raise SignatureError(f"it takes {shown}, but {dims.text(size)} stands there in {given}")
    return bound


def given_by(signature: Signature, bound: Bound, arguments: Mapping[str, object]) -> tuple[tuple[Dim, ...], ...]:
    """The axes of every output."""
    shapes: list[tuple[Dim, ...]] = []
    for pattern in signature.outputs:
        axes: list[Dim] = []
        for axis in pattern:
            if axis == ELLIPSIS:
                axes += cast("tuple[Dim, ...]", bound.get(ELLIPSIS, ()))
            else:
                axes.append(size_of(axis, bound, arguments))
        shapes.append(tuple(axes))
    return tuple(shapes)


def size_of(axis: Axis, bound: Bound, arguments: Mapping[str, object]) -> Dim:
    """An expression over axes and arguments, as a size.

    Raises:
        SignatureError: it names something else, or is no whole number.
    """
    return _evaluate(_parsed(axis.strip()), bound, arguments)


def _evaluate(node: ast.expr, bound: Bound, arguments: Mapping[str, object]) -> Dim:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name):
        return _named(node.id, bound, arguments)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        operator = _OPERATORS[type(node.op)]
        return operator(_evaluate(node.left, bound, arguments), _evaluate(node.right, bound, arguments))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return dims.multiply(_evaluate(node.operand, bound, arguments), -1)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "max" and node.args:
        sizes = [_evaluate(one, bound, arguments) for one in node.args]
        greatest = sizes[0]
        for size in sizes[1:]:
            greatest = dims.maximum(greatest, size)
        return greatest
    raise SignatureError(f"`{ast.unparse(node)}` is no size: there are + - * // % and max")


def _named(name: str, bound: Bound, arguments: Mapping[str, object]) -> Dim:
    if name in bound:
        return cast("Dim", bound[name])
    if name not in arguments:
        raise SignatureError(f"`{name}` is neither an axis of what it takes nor one of its arguments")
    value = arguments[name]
    if type(value) is not int:
        raise SignatureError(f"`{name}` is {value!r}, and no whole number")
    return value


_OPERATORS: Mapping[type, Callable[[Dim, Dim], Dim]] = {
    ast.Add: dims.add, ast.Sub: dims.subtract, ast.Mult: dims.multiply,
    ast.FloorDiv: dims.floor_divide, ast.Mod: dims.modulo,
}  # fmt: skip


def _written(shape: tuple[Axis, ...]) -> str:
    return f"({', '.join(shape)}{',' if len(shape) == 1 else ''})"
