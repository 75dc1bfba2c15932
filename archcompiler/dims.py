"""Sizes of axes: whole numbers, unknown ones, and expressions over named sizes.

A `Dim` is an `int`, `None` (unknown), or a `Size`: a polynomial with whole coefficients over named axes and over the
quotients, remainders and maxima that cannot be taken apart. Equal things normalise to equal `Size`s, so that
`(steps - 3) // 2 + 1` and `(steps - 1) // 2` compare equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What is known of two sizes. `UNKNOWN` is never an error."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True)
class Operation:
    """`left OPERATOR right` that no polynomial holds: `//`, `%` or `max`."""

    operator: str
    left: Size
    right: Size

    def __str__(self) -> str:
        if self.operator == "max":
            return f"max({self.left}, {self.right})"
        return f"{_grouped(self.left)} {self.operator} {_grouped(self.right)}"


Atom = str | Operation
Monomial = tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """A polynomial: each product of atoms with its coefficient, in one fixed order; the empty product is 1."""

    terms: tuple[tuple[Monomial, int], ...]

    def __str__(self) -> str:
        return _size_text(self)

    @property
    def name(self) -> str | None:
        """The axis' name, where the size is a bare named axis."""
        if len(self.terms) == 1 and self.terms[0][1] == 1 and len(self.terms[0][0]) == 1:
            atom = self.terms[0][0][0]
            return atom if isinstance(atom, str) else None
        return None

    @property
    def axes(self) -> frozenset[str]:
        """The named axes that it is made of."""
        atoms = [atom for monomial, _ in self.terms for atom in monomial]
        inner = [one.axes for atom in atoms if isinstance(atom, Operation) for one in (atom.left, atom.right)]
        return frozenset(atom for atom in atoms if isinstance(atom, str)).union(*inner)


Dim = int | Size | None


def axis(name: str) -> Size:
    """A named dynamic axis: `None` to Keras, one size with a name to the checker."""
    return Size((((name,), 1),))


BATCH = axis("batch")


def add(left: Dim, right: Dim) -> Dim:
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    if left is None or right is None:
        return None
    terms = _terms(left)
    for monomial, coefficient in _terms(right).items():
        terms[monomial] = terms.get(monomial, 0) + coefficient
    return _dim(terms)


def subtract(left: Dim, right: Dim) -> Dim:
    return add(left, multiply(right, -1))


def multiply(left: Dim, right: Dim) -> Dim:
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    if left is None or right is None:
        return None
    terms: dict[Monomial, int] = {}
    for first, first_coefficient in _terms(left).items():
        for second, second_coefficient in _terms(right).items():
            monomial = tuple(sorted(first + second, key=str))
            terms[monomial] = terms.get(monomial, 0) + first_coefficient * second_coefficient
    return _dim(terms)


def floor_divide(left: Dim, right: Dim) -> Dim:
    """`left // right`; whole multiples of a whole divisor are taken out, so that equal quotients look equal."""
    if right == 1 or left is None or right is None or right == 0:
        return left if right == 1 else None
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    if left == right:
        return 1
    whole: dict[Monomial, int] = {}
    rest = _terms(left)
    if isinstance(right, int):
        for monomial, coefficient in _terms(left).items():
            quotient, rest[monomial] = divmod(coefficient, right)
            whole[monomial] = quotient
    remainder = _dim(rest)
    if isinstance(remainder, int) and isinstance(right, int):
        return add(_dim(whole), remainder // right)
    quotient = Size((((Operation("//", _size(remainder), _size(right)),), 1),))
    return add(_dim(whole), quotient)


def modulo(left: Dim, right: Dim) -> Dim:
    if left is None or right is None or right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return left % right
    if isinstance(right, int):
        left = _dim({monomial: coefficient % right for monomial, coefficient in _terms(left).items()})
        if isinstance(left, int):
            return left % right
    return Size((((Operation("%", _size(left), _size(right)),), 1),))


def maximum(left: Dim, right: Dim) -> Dim:
    if left is None or right is None:
        return None
    difference = subtract(left, right)
    if isinstance(difference, int):
        return left if difference >= 0 else right
    first, second = sorted((_size(left), _size(right)), key=str)
    return Size((((Operation("max", first, second),), 1),))


def ceil_divide(left: Dim, right: int) -> Dim:
    return floor_divide(add(left, right - 1), right)


def product(dims: tuple[Dim, ...]) -> Dim:
    result: Dim = 1
    for dim in dims:
        result = multiply(result, dim)
    return result


def compare(left: Dim, right: Dim) -> Verdict:
    """Two differently named axes are different by declaration; otherwise only what must hold is said."""
    if left is None or right is None:
        return Verdict.UNKNOWN
    if left == right:
        return Verdict.EQUAL
    difference = subtract(left, right)
    if isinstance(difference, int):
        return Verdict.EQUAL if difference == 0 else Verdict.DIFFERENT
    if isinstance(left, Size) and isinstance(right, Size) and left.name and right.name:
        return Verdict.DIFFERENT
    return Verdict.UNKNOWN


def substitute(dim: Dim, values: Mapping[str, Dim]) -> Dim:
    """`dim` with the named axes in `values` replaced."""
    if not isinstance(dim, Size) or not values:
        return dim
    total: Dim = 0
    for monomial, coefficient in dim.terms:
        part: Dim = coefficient
        for atom in monomial:
            part = multiply(part, _substituted(atom, values))
        total = add(total, part)
    return total


def _substituted(atom: Atom, values: Mapping[str, Dim]) -> Dim:
    if isinstance(atom, str):
        return values.get(atom, axis(atom))
    left, right = substitute(atom.left, values), substitute(atom.right, values)
    return {"//": floor_divide, "%": modulo, "max": maximum}[atom.operator](left, right)


def differ(left: Dim, right: Dim) -> bool:
    return compare(left, right) is Verdict.DIFFERENT


def text(dim: Dim) -> str:
    """As a person reads it: `24`, `steps`, `(steps - 1) // 2`, `?`."""
    return "?" if dim is None else str(dim)


def _terms(dim: int | Size) -> dict[Monomial, int]:
    return {(): dim} if isinstance(dim, int) else dict(dim.terms)


def _dim(terms: dict[Monomial, int]) -> int | Size:
    kept = sorted(((m, c) for m, c in terms.items() if c), key=lambda term: (-len(term[0]), str(term[0])))
    if not kept:
        return 0
    if len(kept) == 1 and kept[0][0] == ():
        return kept[0][1]
    return Size(tuple(kept))


def _size(dim: int | Size) -> Size:
    return Size((((), dim),)) if isinstance(dim, int) else dim


def _size_text(size: Size) -> str:
    folded = _fold_quotient(size)
    if folded is not None:
        return folded
    parts: list[str] = []
    for monomial, coefficient in size.terms:
        magnitude = abs(coefficient)
        alone = len(monomial) == 1 and magnitude == 1 and (coefficient > 0 or bool(parts))
        atoms = [_atom_text(atom, alone=alone) for atom in monomial]
        body = " * ".join(([str(magnitude)] if magnitude != 1 or not atoms else []) + atoms)
        if not parts:
            parts.append(body if coefficient >= 0 else f"-{body}")
        else:
            parts.append(f"{'+' if coefficient > 0 else '-'} {body}")
    return " ".join(parts)


def _fold_quotient(size: Size) -> str | None:
    """`a // n + k` is shown as one quotient, `(a + k * n) // n`, which is how the layer's documentation has it."""
    if len(size.terms) != 2 or size.terms[1][0] != () or size.terms[0][1] != 1 or len(size.terms[0][0]) != 1:
        return None
    atom = size.terms[0][0][0]
    if not isinstance(atom, Operation) or atom.operator != "//":
        return None
    numerator = add(atom.left, multiply(atom.right, size.terms[1][1]))
    return f"{_grouped(_size(numerator))} // {_grouped(atom.right)}" if numerator is not None else None


def _atom_text(atom: Atom, *, alone: bool) -> str:
    if isinstance(atom, str) or atom.operator == "max" or alone:
        return str(atom)
    return f"({atom})"


def _grouped(size: Size) -> str:
    rendered = str(size)
    return f"({rendered})" if " " in rendered and not _is_maximum(size) else rendered


def _is_maximum(size: Size) -> bool:
    """Whether the size is `max(…)` and nothing more, which needs no parentheses."""
    if len(size.terms) != 1 or size.terms[0][1] != 1 or len(size.terms[0][0]) != 1:
        return False
    atom = size.terms[0][0][0]
    return isinstance(atom, Operation) and atom.operator == "max"
