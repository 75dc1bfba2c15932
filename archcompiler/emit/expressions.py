"""The expressions of a spec as Python: the same operators, params as variables, sizes as those of tensors."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from archcompiler.emit.literals import python
from archcompiler.plan.model import Code
from archcompiler.spec.pasting import EXPRESSION

WORDS: Mapping[str, object] = {"true": True, "false": False, "null": None}
FUNCTIONS = ("min", "max", "round", "abs", "int", "float", "len")


PLAIN = (
    ast.Constant, ast.Name, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Subscript, ast.List,
    ast.Tuple, ast.Call, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context,
)  # fmt: skip
"""What expressions are made of."""


class NotStructured(Exception):
    """What is written cannot be said with a function or a loop, so that the code is flat. Never leaves this package."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the names in an expression are: `variable` gives the Python name of a param, `tensor` that of `input` or
    `previous`, whose sizes may be asked for."""

    variable: Callable[[str], str]
    tensor: Callable[[str], str]


def has_expression(raw: object) -> bool:
    """Whether there is a `${…}` somewhere in `raw`."""
    if isinstance(raw, str):
        return "${" in raw
    if isinstance(raw, dict):
        return any(has_expression(one) for one in cast("dict[str, object]", raw).values())
    return isinstance(raw, list) and any(has_expression(one) for one in cast("list[object]", raw))


def value_of(raw: object, sight: Sight, as_tuple: bool = False) -> object:
    """`raw` with its expressions as code, to be written by `python`."""
    if isinstance(raw, str):
        return Code(text_of(raw, sight)) if "${" in raw else raw
    if isinstance(raw, list):
        entries = [value_of(one, sight) for one in cast("list[object]", raw)]
        return tuple(entries) if as_tuple else entries
    if isinstance(raw, dict):
        return {key: value_of(one, sight) for key, one in cast("dict[str, object]", raw).items()}
    return raw


def text_of(raw: str, sight: Sight) -> str:
    """A string with `${…}` in it as a Python expression."""
    whole = EXPRESSION.fullmatch(raw.strip())
    if whole is not None:
        return translated(whole.group(1), sight)
    pieces: list[str] = []
    end = 0
    for match in EXPRESSION.finditer(raw):
        literal = raw[end : match.start()].replace("{", "{{").replace("}", "}}")
        pieces += [literal, "{", translated(match.group(1), sight), "}"]
        end = match.end()
    pieces.append(raw[end:].replace("{", "{{").replace("}", "}}"))
    text = "".join(pieces)
    if '"' in text or "\\" in text or "\n" in text:
        raise NotStructured
    return f'f"{text}"'


def translated(expression: str, sight: Sight) -> str:
    """An expression of the language as one of Python."""
    parsed = ast.parse(expression.strip(), mode="eval").body
    # Of a choice a check computes one side only; all that is written must be of the language.
    for node in ast.walk(parsed):
        plain_call = not isinstance(node, ast.Call) or (isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS)
        if not isinstance(node, PLAIN) or not plain_call:
            raise NotStructured
    tree = _Translator(sight).visit(parsed)
    return ast.unparse(ast.fix_missing_locations(tree)).replace("'", '"')


def names_in(raw: object) -> set[str]:
    """The names that expressions in `raw` use."""
    if isinstance(raw, str):
        found: set[str] = set()
        for match in EXPRESSION.finditer(raw) if "${" in raw else ():
            tree = ast.parse(match.group(1).strip(), mode="eval")
            found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        return found - set(WORDS) - set(FUNCTIONS)
    if isinstance(raw, dict):
        raw = list(cast("dict[str, object]", raw).values())
    entries = cast("list[object]", raw) if isinstance(raw, list) else list[object]()
    return {name for one in entries for name in names_in(one)}


def names_of(raw: object) -> set[str]:
    """The names in expressions; none where they are no expressions, which nothing computes."""
    try:
        return names_in(raw)
    except SyntaxError:
        return set()


class _Translator(ast.NodeTransformer):
    def __init__(self, sight: Sight) -> None:
        self.sight = sight

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in WORDS:
            return ast.Constant(cast("bool | None", WORDS[node.id]))
        if node.id in FUNCTIONS:
            return node
        if node.id in ("input", "previous"):
            raise NotStructured
        return ast.Name(self.sight.variable(node.id))

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if not isinstance(node.value, ast.Name) or node.value.id not in ("input", "previous"):
            return cast("ast.expr", self.generic_visit(node))
        index = ast.literal_eval(node.slice) if not isinstance(node.slice, ast.Slice) else None
        if not isinstance(index, int):
            raise NotStructured
        # A spec's sizes leave out the batch axis.
        at = index if index < 0 else index + 1
        return ast.parse(f"{self.sight.tensor(node.value.id)}.shape[{at}]", mode="eval").body


def written(value: object) -> str:
    """A value as Python source; lists that params hold as tuples, which nobody changes."""
    if isinstance(value, list):
        return python(tuple(cast("list[object]", value)))
    return python(value)
