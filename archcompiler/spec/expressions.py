"""The expressions inside `${…}`: arithmetic over params, bounded in size and time, that can call nothing else.

Parsing is Python's own (`ast`, imported only where a spec has an expression); what is evaluated is a short list of
node types, so that attributes, comprehensions, lambdas and foreign names cannot be said.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from archcompiler.spec.pasting import OpenSize
from archcompiler.wording import described, shown

LONGEST_EXPRESSION = 1_000
LARGEST_NUMBER = 10**18
LONGEST_VALUE = 10_000


class ExpressionError(Exception):
    """What is wrong with an expression, the column in it (from 0) where it shows, and over how many characters.
    Never leaves this package."""

    def __init__(
        self,
        message: str,
        column: int = 0,
        unknown_name: str | None = None,
        length: int = 1,
        help: str | None = None,
    ) -> None:
        super().__init__(message)
        self.column = column
        self.unknown_name = unknown_name
        self.length = length
        self.help = help


def evaluate(expression: str, names: Mapping[str, object]) -> object:
    """The value of `expression`.

    Raises:
        ExpressionError: if it is no expression of the language, names something unknown, or passes a bound.
    """
    if len(expression) > LONGEST_EXPRESSION:
        raise ExpressionError(f"the expression is longer than {LONGEST_EXPRESSION} characters")
    stripped = expression.strip()
    if not stripped:
        raise ExpressionError("the expression is empty")
    offset = len(expression) - len(expression.lstrip())
    try:
        body = _parsed(stripped)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        column = (getattr(error, "offset", None) or 1) - 1
        raise ExpressionError(f"`{stripped}` is no expression of the language", offset + column) from None
    try:
        _verify(body, names)
        return _evaluate(body, names)
    except ExpressionError as error:
        # Python counts the bytes of UTF-8.
        characters = len(stripped.encode()[: error.column].decode(errors="ignore"))
        error.column = offset + characters
        raise
    except RecursionError:
        raise ExpressionError("the expression is nested too deeply") from None


@lru_cache(maxsize=512)
def _parsed(expression: str) -> ast.expr:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as of `1if`, which Python would print
        return ast.parse(expression, mode="eval").body


def _verify(node: ast.expr, names: Mapping[str, object]) -> None:
    """Raises ExpressionError where the expression says what the language does not have, or names something unknown,
    also in a part that is not computed this time."""
    if isinstance(node, ast.Name) and node.id not in names and node.id not in _WORDS:
        raise ExpressionError(f"no param is called `{node.id}`", node.col_offset, unknown_name=node.id)
    if type(node) not in _HANDLERS:
        raise ExpressionError(f"{_FORBIDDEN.get(type(node), 'this')} cannot be used in a spec", node.col_offset)
    if isinstance(node, ast.Constant) and not (node.value is None or isinstance(node.value, (bool, int, float, str))):
        raise ExpressionError(f"`{ast.unparse(node)}` is no value of the language", node.col_offset)
    if isinstance(node, (ast.BinOp, ast.UnaryOp)) and type(node.op) not in _OPERATORS:
        raise ExpressionError("this operator cannot be used in a spec", node.col_offset)
    if isinstance(node, ast.Compare) and not all(type(one) in _COMPARISONS for one in node.ops):
        raise ExpressionError("this comparison cannot be used in a spec", node.col_offset)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        raise ExpressionError("a slice cannot be used in a spec", node.col_offset)
    parts: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS:
            called = ast.unparse(node.func)
            raise ExpressionError(f"`{called}` cannot be called; there are {', '.join(_FUNCTIONS)}", node.col_offset)
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise ExpressionError("only plain arguments can be given here", node.col_offset)
        parts = node.args
    for part in parts:
        if isinstance(part, ast.expr):
            _verify(part, names)


def _evaluate(node: ast.expr, names: Mapping[str, object]) -> object:
    return _HANDLERS[type(node)](node, names)


def _constant(node: ast.Constant, _: Mapping[str, object]) -> object:
    return _bounded(cast("object", node.value), node)


def _name(node: ast.Name, names: Mapping[str, object]) -> object:
    return names[node.id] if node.id in names else _WORDS[node.id]


def _binary(node: ast.BinOp, names: Mapping[str, object]) -> object:
    left, right = _evaluate(node.left, names), _evaluate(node.right, names)
    if isinstance(node.op, ast.Pow) and isinstance(right, (int, float)) and abs(right) > 64:
        raise ExpressionError("the exponent is larger than 64", node.col_offset)
    if isinstance(node.op, ast.Mult) and (isinstance(left, (str, list)) or isinstance(right, (str, list))):
        raise ExpressionError("a string or a list cannot be multiplied", node.col_offset)
    if isinstance(node.op, ast.Mod) and isinstance(left, str):
        raise ExpressionError("a string has no remainder", node.col_offset)
    return _bounded(_apply(_BINARY[type(node.op)], [left, right], node), node)


def _unary(node: ast.UnaryOp, names: Mapping[str, object]) -> object:
    operand = _evaluate(node.operand, names)
    if isinstance(node.op, ast.Not):
        return not operand
    function = cast(Callable[..., object], operator.neg if isinstance(node.op, ast.USub) else operator.pos)
    return _apply(function, [operand], node)


def _comparison(node: ast.Compare, names: Mapping[str, object]) -> object:
    left = _evaluate(node.left, names)
    for comparison, right_node in zip(node.ops, node.comparators, strict=True):
        right = _evaluate(right_node, names)
        if not _apply(_COMPARISONS[type(comparison)], [left, right], node):
            return False
        left = right
    return True


def _logic(node: ast.BoolOp, names: Mapping[str, object]) -> object:
    value: object = None
    stop_at = isinstance(node.op, ast.Or)
    for part in node.values:
        value = _evaluate(part, names)
        if bool(value) is stop_at:
            break
    return value


def _choice(node: ast.IfExp, names: Mapping[str, object]) -> object:
    return _evaluate(node.body if _evaluate(node.test, names) else node.orelse, names)


def _subscript(node: ast.Subscript, names: Mapping[str, object]) -> object:
    container, index = _evaluate(node.value, names), _evaluate(node.slice, names)
    if not isinstance(container, (list, dict, str)):
        raise ExpressionError(f"`{ast.unparse(node.value)}` has no entries", node.col_offset)
    entry = _apply(operator.getitem, [cast("object", container), index], node)
    if isinstance(entry, OpenSize):
        raise ExpressionError(
            f"`{ast.unparse(node)}` is a size that is not known: {entry.text}",
            node.col_offset,
            length=_length(node),
            help="only sizes that are whole numbers can be computed with",
        )
    return entry


def _list(node: ast.List | ast.Tuple, names: Mapping[str, object]) -> object:
    return [_evaluate(item, names) for item in node.elts]


def _call(node: ast.Call, names: Mapping[str, object]) -> object:
    function = _FUNCTIONS[cast("ast.Name", node.func).id]
    return _bounded(_apply(function, [_evaluate(argument, names) for argument in node.args], node), node)


def _apply(function: Callable[..., Any], operands: Sequence[object], node: ast.expr) -> object:
    try:
        return function(*operands)
    except (ArithmeticError, TypeError, ValueError, LookupError) as error:
        why = _why(error, operands)
        raise ExpressionError(
            f"`{ast.unparse(node)}` cannot be computed: {why}", node.col_offset, None, _length(node)
        ) from None


def _length(node: ast.expr) -> int:
    return max(1, (node.end_col_offset or 0) - node.col_offset)


def _why(error: Exception, operands: Sequence[object]) -> str:
    """What Python found wrong, in words of the language."""
    if isinstance(error, ZeroDivisionError):
        return "it divides by zero"
    if isinstance(error, OverflowError):
        return "the number is too large"
    if isinstance(error, LookupError):
        return f"{described(operands[0])} has no entry {shown(operands[1])}"
    if not operands:
        return "it is given nothing"
    return f"it is given {' and '.join(described(one) for one in operands)}"


def _bounded(value: object, node: ast.expr) -> object:
    if isinstance(value, complex):
        raise ExpressionError("the result is a complex number", node.col_offset)
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        raise ExpressionError(f"the number is larger than {LARGEST_NUMBER:,}", node.col_offset)
    if isinstance(value, (str, list)) and len(cast(Sequence[object], value)) > LONGEST_VALUE:
        raise ExpressionError(f"the value is longer than {LONGEST_VALUE:,}", node.col_offset)
    return cast("object", value)


_WORDS: Mapping[str, object] = {"true": True, "false": False, "null": None}

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "min": min, "max": max, "round": round, "abs": abs, "int": int, "float": float, "len": len,
}  # fmt: skip

_OPERATOR = cast("Any", operator)

_BINARY: Mapping[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: _OPERATOR.truediv,
    ast.FloorDiv: _OPERATOR.floordiv, ast.Mod: operator.mod, ast.Pow: _OPERATOR.pow,
}  # fmt: skip

_OPERATORS = frozenset((*_BINARY, ast.Not, ast.USub, ast.UAdd))

_COMPARISONS: Mapping[type, Callable[..., Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt,
    ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip

_FORBIDDEN: Mapping[type, str] = {
    ast.Attribute: "an attribute", ast.Lambda: "a lambda", ast.ListComp: "a comprehension",
    ast.GeneratorExp: "a comprehension", ast.SetComp: "a comprehension", ast.DictComp: "a comprehension",
    ast.NamedExpr: "an assignment", ast.JoinedStr: "an f-string", ast.Dict: "a mapping", ast.Set: "a set",
}  # fmt: skip

_HANDLERS: Mapping[type, Callable[[Any, Mapping[str, object]], object]] = {
    ast.Constant: _constant, ast.Name: _name, ast.BinOp: _binary, ast.UnaryOp: _unary, ast.Compare: _comparison,
    ast.BoolOp: _logic, ast.IfExp: _choice, ast.Subscript: _subscript, ast.List: _list, ast.Tuple: _list,
    ast.Call: _call,
}  # fmt: skip
