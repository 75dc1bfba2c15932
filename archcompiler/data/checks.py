"""Arrays held against what is needed of them, before anything is trained; they are converted on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from archcompiler import dims
from archcompiler.data.wanted import Wanted, WantedArray
from archcompiler.diagnostics import Problem
from archcompiler.suggest import closest
from archcompiler.tensors import INTEGER_DTYPES, shape_text
from archcompiler.wording import listed

Arrays = dict[str, Any]

REFORM = "reshape the data, or change the shape in the spec"


def converted(arrays: Arrays, wanted: Wanted) -> Arrays:
    """Arrays in which nothing is wrong, each in the dtype that is needed."""
    dtypes = {one.name: one.type.dtype for one in wanted.arrays}
    return {name: array.astype(dtypes[name], copy=False) if name in dtypes else array for name, array in arrays.items()}


def data_problems(given: Mapping[str, Any], wanted: Wanted, source: str) -> list[Problem]:
    """What is wrong with arrays, or shapes, which came from `source`."""
    arrays = {name: _array(value) for name, value in given.items()}
    problems = missing(source, "array", [one.name for one in wanted.arrays if not one.optional], list(arrays), wanted)
    sizes: dict[str, tuple[int, str]] = {}
    for one in wanted.arrays:
        if one.name not in arrays:
            continue
        array = np.asarray(arrays[one.name])
        problem = _dtype(array, one, source) or _shape(array, one, source, sizes) or _values(array, one, source)
        if problem is not None:
            problems.append(problem)
    return problems or _lengths(arrays, wanted, source)


def _array(value: Any) -> Any:
    """An array as it is; for a shape, an array of that shape that takes no room."""
    if isinstance(value, (list, tuple)) and all(isinstance(one, int) for one in cast("list[object]", value)):
        return np.broadcast_to(np.zeros((), "float32"), tuple(cast("list[int]", value)))
    return np.asarray(cast("Any", value), dtype=None)


def missing(source: str, what: str, names: list[str], there: list[str], wanted: Wanted) -> list[Problem]:
    """Arrays or columns that are needed and not there."""
    locs = {name: one.loc for one in wanted.arrays for name in (*one.columns, one.name)}
    problems: list[Problem] = []
    for name in names:
        if name not in there:
            near = closest(name, there)
            help = f"did you mean `{near}`? " if near else ""
            has = listed(there[:12]) if there else "nothing"
            problems.append(
                Problem("ARC502", f"{source} has no {what} `{name}`", locs[name], help=f"{help}it has {has}")
            )
    return problems


def _problem(code: str, message: str, one: WantedArray, help: str | None = None) -> Problem:
    return Problem(code, message, one.loc, layer=one.name, help=help)


def _dtype(array: Any, one: WantedArray, source: str) -> Problem | None:
    if array.dtype.kind not in "fiub":
        what = {"O": "Python objects", "U": "text", "S": "text", "c": "complex numbers"}.get(array.dtype.kind, "")
        what = what or str(array.dtype)
        message = f"`{one.name}` in {source} holds {what}, but {one.type.dtype} is needed"
        return _problem("ARC504", message, one, "save numbers; a category is a code from 0 on")
    if one.type.dtype in INTEGER_DTYPES and array.dtype.kind == "f":
        broken = ~(np.mod(array, 1) == 0)
        if broken.any():
            where = _where(broken)
            message = (
                f"`{one.name}` in {source} holds {array[where]} at {_place(where)}, but {one.type.dtype} is needed"
            )
            return _problem("ARC504", message, one, "codes are whole numbers from 0 on")
    return None


def _shape(array: Any, one: WantedArray, source: str, sizes: dict[str, tuple[int, str]]) -> Problem | None:
    axes = one.type.axes
    if one.sequences and array.ndim == len(axes) - 1:
        axes = axes[1:]
    came = f"`{one.name}` in {source} is {array.shape}"
    wanted = shape_text(axes)
    if array.ndim != len(axes):
        also = f", or one sequence {shape_text(axes[1:])}" if one.sequences else ""
        return _problem("ARC503", f"{came}, but {wanted} is needed{also}", one, REFORM)
    for size, axis in zip(array.shape, axes, strict=True):
        if isinstance(axis, int) and size != axis:
            return _problem("ARC503", f"{came}, but {wanted} is needed: {size} is not {axis}", one, REFORM)
        if size == 0:
            return _problem("ARC506", f"{came}: there is nothing in it", one, "look at how it was written")
        name = dims.text(axis)
        if isinstance(axis, dims.Size) and name.replace("_", "").replace(" ", "").isalpha():
            known, whose = sizes.setdefault(name, (size, one.name))
            if known != size:
                message = f"{came}, but `{whose}` has {known} {name}, and both need as many"
                return _problem("ARC503", message, one, "cut the longer one, or name its axis otherwise")
    return None


def _values(array: Any, one: WantedArray, source: str) -> Problem | None:
    if array.dtype.kind == "f":
        broken = ~np.isfinite(array)
        if broken.any():
            where = _where(broken)
            message = (
                f"`{one.name}` in {source} holds {array[where]} at {_place(where)}, {int(broken.sum())} such in all"
            )
            return _problem("ARC505", message, one, "fill in what is missing, or leave out those rows")
    if one.codes is not None:
        broken = (array < 0) | (array >= one.codes)
        if broken.any():
            where = _where(broken)
            message = (
                f"`{one.name}` in {source} holds the code {array[where]:g} at {_place(where)}, but {one.codes} are "
                f"known, 0 … {one.codes - 1}; {int(broken.sum())} such in all"
            )
            return _problem("ARC505", message, one, f"raise `input_dim` to {int(array.max()) + 1}, or mend the data")
    return None


def _where(broken: Any) -> tuple[int, ...]:
    return tuple(int(index) for index in np.unravel_index(int(np.argmax(broken)), broken.shape))


def _place(where: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, where))}]"


def _lengths(arrays: Arrays, wanted: Wanted, source: str) -> list[Problem]:
    """Whether there is enough for a window, and whether batches are full."""
    first = next((one for one in wanted.arrays if one.sequences), None)
    if wanted.span is not None and first is not None and first.name in arrays:
        return _steps(arrays, wanted, first, source)
    batch = wanted.whole_batches
    one = wanted.arrays[0] if wanted.arrays else None
    if batch is not None and one is not None and one.name in arrays and len(arrays[one.name]) % batch:
        samples = len(arrays[one.name])
        message = f"{source} has {samples} samples, which are no whole number of batches of {batch}, as states need"
        return [_problem("ARC320", message, one, f"leave out {samples % batch} of them")]
    return []


def _steps(arrays: Arrays, wanted: Wanted, one: WantedArray, source: str) -> list[Problem]:
    array = arrays[one.name]
    single = array.ndim < len(one.type.axes)
    rows = 1 if single else len(array)
    longest = len(array) if single else array.shape[1]
    given = arrays.get("lengths")
    lengths = np.full(rows, longest) if given is None else np.asarray(given)
    fits = lengths.shape == (rows,) and lengths.dtype.kind in "iu"
    if not fits or lengths.max() > longest or lengths.min() < 0:
        message = f"`lengths` in {source} is {lengths.shape} of {lengths.dtype}" + (
            f", from {lengths.min()} to {lengths.max()}" if fits else ""
        )
        wanted_text = f"({rows},) whole numbers up to {longest} are needed, one for each sequence of `{one.name}`"
        return [_problem("ARC503", f"{message}, but {wanted_text}", one, "mend `lengths`, or leave it out")]
    span, length = wanted.span or 1, wanted.length or 1
    needed = span
    if wanted.joined_rows is not None:  # one sequence is parted; of several, those that are short are padded
        needed = (wanted.joined_rows * length if rows == 1 else 1) + span - length
    parts = [("", lengths)]
    if wanted.validation_split:
        kept = (lengths * (1 - wanted.validation_split)).astype(int)
        parts = [("what is left to train on of ", kept), ("the part to validate on of ", lengths - kept)]
    for what, steps in parts:
        if steps.max() < needed:
            why = f"a window has {span} steps" if needed <= span else ""
            if needed > span:
                why = f"{wanted.joined_rows} stretches side by side, of windows of {length} steps, need {needed}"
            message = f"{what}`{one.name}` in {source} has {int(steps.max())} steps, but {why}"
            return [_problem("ARC506", message, one, "take shorter windows, or longer sequences")]
    return []
