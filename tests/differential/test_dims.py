"""Sizes over named axes against plain arithmetic on whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archcompiler import dims
from archcompiler.dims import Dim, Operation, Size, Verdict

NAMES = ("batch", "steps", "hours")
Sizes = dict[str, int]

OPERATIONS: dict[str, tuple[Callable[[Any, Any], Dim], Callable[[int, int], int]]] = {
    "+": (dims.add, lambda a, b: a + b),
    "-": (dims.subtract, lambda a, b: a - b),
    "*": (dims.multiply, lambda a, b: a * b),
    "//": (dims.floor_divide, lambda a, b: a // b),
    "%": (dims.modulo, lambda a, b: a % b),
    "max": (dims.maximum, max),
    "ceil": (dims.ceil_divide, lambda a, b: -(-a // b)),
}

# An expression is a whole number, a name, or (operator, left, right).
leaves = st.one_of(st.integers(-3, 9), st.sampled_from(NAMES))
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(("+", "-", "*", "//", "%", "max")), inner, inner),
        st.tuples(st.just("ceil"), inner, st.integers(1, 5)),
    ),
    max_leaves=6,
)
assignments = st.fixed_dictionaries({name: st.integers(1, 40) for name in NAMES})


def as_dim(expression: Any) -> Dim:
    """What `dims` makes of the expression; None where it takes something by 0."""
    if isinstance(expression, int):
        return expression
    if isinstance(expression, str):
        return dims.axis(expression)
    operator, left, right = expression
    return OPERATIONS[operator][0](as_dim(left), as_dim(right))


def plainly(expression: Any, sizes: Sizes) -> int:
    """The expression in whole numbers."""
    if isinstance(expression, int):
        return expression
    if isinstance(expression, str):
        return sizes[expression]
    operator, left, right = expression
    return OPERATIONS[operator][1](plainly(left, sizes), plainly(right, sizes))


def value(dim: int | Size, sizes: Sizes) -> int:
    """What a size is where its names have these values, read from its terms."""
    if isinstance(dim, int):
        return dim
    total = 0
    for atoms, coefficient in dim.terms:
        for atom in atoms:
            coefficient *= sizes[atom] if isinstance(atom, str) else _operation(atom, sizes)
        total += coefficient
    return total


def _operation(operation: Operation, sizes: Sizes) -> int:
    return OPERATIONS[operation.operator][1](value(operation.left, sizes), value(operation.right, sizes))


@settings(max_examples=600, deadline=None)
@given(expressions, assignments)
def test_a_size_is_worth_what_its_expression_is(expression: Any, sizes: Sizes) -> None:
    dim = as_dim(expression)
    assume(dim is not None)
    assert dim is not None
    try:
        expected = plainly(expression, sizes)
    except ZeroDivisionError:
        assume(False)
        return
    try:
        found = value(dim, sizes)
    except ZeroDivisionError:
        pytest.fail(f"{dim} divides by 0, and {expression} does not")
    assert found == expected, f"{expression} is {dim}"


@settings(max_examples=600, deadline=None)
@given(expressions, expressions, st.lists(assignments, min_size=8, max_size=8))
def test_verdicts_hold_for_every_size(one: Any, other: Any, several: list[Sizes]) -> None:
    left, right = as_dim(one), as_dim(other)
    verdict = dims.compare(left, right)
    if left is None or right is None:
        assert verdict is Verdict.UNKNOWN
        return
    if isinstance(one, str) and isinstance(other, str) and one != other:
        assert verdict is Verdict.DIFFERENT, "differently named axes differ by declaration"
        return
    by_declaration = isinstance(left, Size) and isinstance(right, Size) and left.name and right.name
    for sizes in several:
        try:
            equal = value(left, sizes) == value(right, sizes)
        except ZeroDivisionError:
            continue
        if verdict is Verdict.EQUAL:
            assert equal, f"{left} and {right} at {sizes}"
        if verdict is Verdict.DIFFERENT and not by_declaration:
            assert not equal, f"{left} and {right} at {sizes}"
    assert dims.compare(right, left) is verdict
    assert dims.differ(left, right) == (verdict is Verdict.DIFFERENT)


def _commuted(e: Any) -> Any:
    if not isinstance(e, tuple):
        return e
    operator, left, right = e[0], _commuted(e[1]), _commuted(e[2])
    return (operator, right, left) if operator in ("+", "*", "max") else (operator, left, right)


def _spelled_out(e: Any) -> Any:
    """`a - b` as `a + -1 * b`, and sums multiplied out."""
    if not isinstance(e, tuple):
        return e
    operator, left, right = e[0], _spelled_out(e[1]), _spelled_out(e[2])
    if operator == "-":
        return ("+", left, ("*", -1, right))
    if operator == "*" and isinstance(right, tuple) and right[0] == "+":
        return ("+", _spelled_out(("*", left, right[1])), _spelled_out(("*", left, right[2])))
    if operator == "ceil":
        return ("//", ("+", left, right - 1), right)
    return (operator, left, right)


@settings(max_examples=300, deadline=None)
@given(expressions, expressions, expressions, st.integers(1, 6), st.integers(-4, 4))
def test_equal_things_compare_equal(a: Any, b: Any, c: Any, n: int, k: int) -> None:
    pairs = [
        (a, _commuted(a)),
        (a, _spelled_out(a)),
        (("+", ("+", a, b), c), ("+", a, ("+", b, c))),
        (("*", ("*", a, b), c), ("*", a, ("*", b, c))),
        (("*", a, ("+", b, c)), ("+", ("*", a, b), ("*", a, c))),
        (("-", ("+", a, b), b), a),
        (("//", ("+", a, ("*", k, n)), n), ("+", ("//", a, n), k)),
        (("//", ("+", a, ("*", n, b)), n), ("+", ("//", a, n), b)),
        (("%", ("+", a, ("*", n, b)), n), ("%", a, n)),
        (("max", a, ("-", a, n)), a),
    ]
    for left, right in pairs:
        one, other = as_dim(left), as_dim(right)
        if one is not None and other is not None:
            assert dims.compare(one, other) is Verdict.EQUAL, f"{left} is {one}, {right} is {other}"


@given(expressions)
def test_a_size_reads_as_it_is_worth(expression: Any) -> None:
    """The text is arithmetic with the same value."""
    dim = as_dim(expression)
    assume(dim is not None)
    for sizes in ({"batch": 3, "steps": 11, "hours": 24}, {"batch": 8, "steps": 2, "hours": 5}):
        try:
            expected = value(dim, sizes)  # type: ignore[arg-type]
        except ZeroDivisionError:
            continue
        assert eval(dims.text(dim), {"max": max, **sizes}) == expected, dims.text(dim)


def test_unknown_is_carried_along() -> None:
    for operate, _ in OPERATIONS.values():
        assert operate(None, 3) is None
    assert dims.product((2, None, 3)) is None
    assert dims.compare(None, 4) is Verdict.UNKNOWN
    assert dims.text(None) == "?"


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("steps", "steps", Verdict.EQUAL),
        ("steps", "hours", Verdict.DIFFERENT),
        (("-", "steps", 2), "steps", Verdict.DIFFERENT),
        (("//", ("-", "steps", 1), 2), ("+", ("//", ("-", "steps", 3), 2), 1), Verdict.EQUAL),
        (("//", "steps", 2), "steps", Verdict.UNKNOWN),
        ("steps", 24, Verdict.UNKNOWN),
        (("*", 2, "steps"), ("+", "steps", "steps"), Verdict.EQUAL),
        (("*", 2, "steps"), ("*", 2, "hours"), Verdict.UNKNOWN),
    ],
)
def test_verdicts(one: Any, other: Any, verdict: Verdict) -> None:
    assert dims.compare(as_dim(one), as_dim(other)) is verdict
