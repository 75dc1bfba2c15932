"""What an argument may be: for each kind of the catalog, what is expected in words and whether a value is it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import cast

from archcompiler.layers.catalog import Argument
from archcompiler.tensors import DTYPES

DTYPE_POLICIES = ("mixed_float16", "mixed_bfloat16")


def mismatch(value: object, argument: Argument) -> str | None:
    """What was expected, in words, or None where `value` will do. Kinds that name a Keras object are not looked at."""
    if value is None and argument.nullable:
        return None
    expected, accepts = CHECKS[argument.kind]
    if accepts(value, argument):
        return None
    return expected(argument) + (" or null" if argument.nullable else "")


def taken(value: object, argument: Argument) -> object:
    """What Keras makes of a value of another type: a truth value of what is none, 1 of true. None where it will not do.

    A string is no truth value: `use_bias: no` is a string, which Keras would take for true.
    """
    if argument.name in NEVER_LOOSE or argument.kind not in CHECKS:
        return None
    if argument.kind == "boolean":
        return bool(value) if value is None or isinstance(value, int | float) else None
    if isinstance(value, bool) and mismatch(int(value), argument) is None:
        return int(value)
    return None


NEVER_LOOSE = ("trainable", "input_dim", "output_dim", "output_size", "seed", "periodic", "n", "num_ops", "num_chains")
"""Arguments whose type Keras looks at itself."""


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


LARGEST_SIZE = 2**31 - 1
"""What a backend can count to along an axis."""


def _size(value: object, _: Argument) -> bool:
    return is_whole(value) and 0 < cast(int, value) <= LARGEST_SIZE


def _count(value: object, _: Argument) -> bool:
    return is_whole(value) and cast(int, value) >= 0


def _fraction(value: object, _: Argument) -> bool:
    return is_number(value) and 0 <= cast(float, value) <= 1


def _number(value: object, _: Argument) -> bool:
    return is_number(value) and not math.isnan(cast(float, value))


def _choice(value: object, argument: Argument) -> bool:
    for choice in argument.choices:
        same = value == choice or (
            argument.any_case and isinstance(value, str) and isinstance(choice, str) and value.lower() == choice.lower()
        )
        if same and isinstance(value, bool) == isinstance(choice, bool):
            return True
    return False


def _list_of(accepts: Callable[[object], bool], value: object, length: int | None) -> bool:
    if not isinstance(value, list):
        return False
    entries = cast(list[object], value)
    return (length is None or len(entries) == length) and all(accepts(entry) for entry in entries)


def _sizes(value: object, argument: Argument) -> bool:
    return _size(value, argument) or _list_of(lambda entry: _size(entry, argument), value, argument.rank)


def _counts(value: object, argument: Argument) -> bool:
    return _count(value, argument) or _list_of(lambda entry: _count(entry, argument), value, argument.rank)


def _margins(value: object, argument: Argument) -> bool:
    if _count(value, argument):
        return True

    def one(entry: object) -> bool:
        return _count(entry, argument) or _list_of(lambda side: _count(side, argument), entry, 2)

    if argument.rank == 1:
        return _list_of(lambda side: _count(side, argument), value, 2)
    return _list_of(one, value, argument.rank)


def _integers(value: object, argument: Argument) -> bool:
    return is_whole(value) or _list_of(is_whole, value, argument.rank)


def _numbers(value: object, argument: Argument) -> bool:
    return is_number(value) or _list_of(lambda entry: _numbers(entry, argument), value, None)


def _constant(value: object, argument: Argument) -> bool:
    return isinstance(value, (int, float)) or _list_of(lambda entry: _constant(entry, argument), value, None)


def _shape(value: object, argument: Argument) -> bool:
    def entry(size: object) -> bool:
        return size is None or (is_whole(size) and cast(int, size) >= -1)

    return _list_of(entry, value, argument.rank)


def _new_shape(value: object, argument: Argument) -> bool:
    def entry(size: object) -> bool:
        return is_whole(size) and cast(int, size) >= -1

    return _list_of(entry, value, argument.rank) and cast("list[int]", value).count(-1) <= 1


def _permutation(value: object, argument: Argument) -> bool:
    return _list_of(is_whole, value, argument.rank) and sorted(cast("list[int]", value)) == list(
        range(1, len(cast("list[int]", value)) + 1)
    )


def _partial_shape(value: object, argument: Argument) -> bool:
    def entry(size: object) -> bool:
        return size is None or _size(size, argument)

    return _size(value, argument) or _list_of(entry, value, argument.rank)


def _words(words: str) -> Callable[[Argument], str]:
    return lambda _: words


def _with_rank(one: str, many: str) -> Callable[[Argument], str]:
    return lambda argument: f"{one} or a list of {argument.rank if argument.rank is not None else ''} {many}".replace(
        "of  ", "of "
    )


def _anything(value: object, _: Argument) -> bool:
    return True


def _choices_text(argument: Argument) -> str:
    named = [str(choice).lower() if isinstance(choice, bool) else str(choice) for choice in argument.choices]
    return "one of " + ", ".join(named)


Check = tuple[Callable[[Argument], str], Callable[[object, Argument], bool]]

CHECKS: Mapping[str, Check] = {
    "size": (_words("a positive whole number"), _size),
    "count": (_words("a whole number, 0 or more"), _count),
    "integer": (_words("a whole number"), lambda value, _: is_whole(value)),
    "number": (_words("a number"), _number),
    "fraction": (_words("a number from 0 to 1"), _fraction),
    "boolean": (_words("true or false"), lambda value, _: isinstance(value, bool)),
    "string": (_words("a string"), lambda value, _: isinstance(value, str)),
    "choice": (_choices_text, _choice),
    "sizes": (_with_rank("a positive whole number", "positive whole numbers"), _sizes),
    "counts": (_with_rank("a whole number from 0", "whole numbers from 0"), _counts),
    "margins": (_words("a whole number from 0, or a list of them or of pairs"), _margins),
    "integers": (_with_rank("a whole number", "whole numbers"), _integers),
    "numbers": (_words("a number or a list of numbers"), _numbers),
    "shape": (_words("a list of whole numbers and nulls"), _shape),
    "new_shape": (_words("a list of whole numbers, of which one may be -1"), _new_shape),
    "permutation": (_words("an order of the axes, which count from 1 (the batch axis stays)"), _permutation),
    "partial_shape": (_words("a positive whole number, or a list of them and of nulls"), _partial_shape),
    "dtype": (
        _words("the name of a dtype, such as float32, or of a policy, such as mixed_bfloat16"),
        lambda value, _: isinstance(value, str) and (value in DTYPES or value in DTYPE_POLICIES),
    ),
    "list": (_words("a list"), lambda value, _: isinstance(value, list)),
    "mapping": (_words("a mapping"), lambda value, _: isinstance(value, dict)),
    "any": (_words("a value"), _anything),
    "tensor": (_words("a number or a list of numbers; tensors are named in `from`"), _constant),
    "tensors": (_words("named in `from`"), lambda value, _: False),
}
