"""Names, sizes and dtypes of data, held against what is needed of them. No array is looked into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from archcompiler import dims
from archcompiler.data.amounts import Lengths, amount_problems, problem_at
from archcompiler.data.reforming import reform
from archcompiler.data.wanted import Wanted, WantedArray
from archcompiler.diagnostics import Loc, PlacedNote, Problem
from archcompiler.dims import Dim
from archcompiler.graph.data import DataSet, Supplied
from archcompiler.suggest import closest
from archcompiler.tensors import FLOAT_DTYPES, shape_text
from archcompiler.wording import listed

AS_TRAINED = "give the validation data the shape of the data to train on"
NO_NUMBERS = {"object": "Python objects", "string": "text", "complex64": "complex numbers"}
NO_NUMBERS["complex128"] = NO_NUMBERS["complex64"]


@dataclass(slots=True)
class Sizes:
    """What the data say of axes that have a name: the size, and the array that said it first."""

    known: dict[str, tuple[Dim, Supplied]] = field(default_factory=dict[str, tuple[Dim, Supplied]])

    def values(self) -> dict[str, Dim]:
        return {name: size for name, (size, _) in self.known.items()}


def shape_problems(data: DataSet, wanted: Wanted, lengths: Lengths | None = None) -> list[Problem]:
    """What is wrong with the arrays of `data` as far as their shapes and dtypes tell, one problem an array."""
    problems = missing(
        data, "array", [one.name for one in wanted.arrays if not one.optional], list(data.arrays), wanted
    )
    sizes = Sizes()
    problems += _samples(data, wanted, sizes)
    for one in wanted.arrays:
        array = data.arrays.get(one.name)
        if array is not None:
            problem = _dtype(array, one, data) or _shape(array, one, data, wanted, sizes)
            if problem is not None:
                problems.append(problem)
    if problems:
        return problems
    return [*_weights(data, wanted, sizes), *amount_problems(data, wanted, lengths)]


def missing(data: DataSet, what: str, names: list[str], there: list[str], wanted: Wanted) -> list[Problem]:
    """Arrays or columns that are needed and not there."""
    if not data.whole:
        return []
    owners = {name: one for one in wanted.arrays for name in (*one.columns, one.name)}
    problems: list[Problem] = []
    for name in names:
        declared = owners[name].loc[:1] in (("targets",), ("target",))
        if name in there or (data.in_spec and there and declared):  # what a target is stands under `targets` already
            continue
        near = closest(name, [one for one in there if one not in names])
        help = f"did you mean `{near}`? " if near else ""
        has = listed(there[:12]) if there else "nothing"
        message, loc = f"{data.said} has no {what} `{name}`", owners[name].loc
        if data.in_spec and there:
            needed = shape_text(owners[name].type.axes).replace("(", "[").replace(",)", "]").replace(")", "]")
            note = (PlacedNote("it is needed here", loc),)
            help = help or f"add `{name}: {needed}`; "
            problems.append(Problem("ARC502", message, (data.key,), notes=note, help=f"{help}it has {has}"))
        else:
            problems.append(Problem("ARC502", message, loc, help=f"{help}it has {has}"))
    return problems


def _dtype(array: Supplied, one: WantedArray, data: DataSet) -> Problem | None:
    came = array.dtype
    if came is None or came == one.type.dtype:
        return None
    what = NO_NUMBERS.get(came)
    if what is not None:
        message = f"`{one.name}` in {data.said} holds {what}, but {one.type.dtype} is needed"
        help = "save numbers; a category is a code from 0 on"
    elif array.loc is not None and came in FLOAT_DTYPES and one.looked_up and not _says_codes(array):
        message = f"`{one.name}` in {data.said} holds {came}, but {one.looked_up} looks codes up, which are whole"
        help = "give it codes: `dtype: int32`; a Dense takes numbers"
    else:
        return None
    problem = problem_at("ARC504", message, one, array, help)
    if array.loc is None or array.given is None or array.given.dtype is None:
        return problem
    return Problem("ARC504", message, (*array.loc, "dtype"), False, one.name, problem.notes, help)


def _says_codes(array: Supplied) -> bool:
    return array.given is not None and array.given.classes is not None


def fitted(one: WantedArray, array: Supplied, wanted: Wanted) -> tuple[tuple[Dim, ...], tuple[Dim, ...]]:
    """The sizes of an array and those that are needed, axis by axis: Keras adds or takes away a last axis of 1, and
    where sequences are cut, one of them may stand alone."""
    came, axes = array.axes, one.type.axes
    if one.sequences:
        return (came, axes[1:]) if len(came) == len(axes) - 1 else (came, axes)
    if wanted.squared and len(came) == len(axes) - 1 and axes[-1] == 1:
        return came, axes[:-1]
    if wanted.squared and len(came) == len(axes) + 1 and came[-1] == 1:
        return came[:-1], axes
    return came, axes


def _samples(data: DataSet, wanted: Wanted, sizes: Sizes) -> Iterator[Problem]:
    """Whether all arrays have as many samples; where they have not, the odd one is told."""
    if wanted.span is not None:
        return
    there = [(one, data.arrays[one.name]) for one in wanted.arrays if one.name in data.arrays]
    there = [(one, array) for one, array in there if array.axes]
    counts = [array.axes[0] for _, array in there if isinstance(array.axes[0], int)]
    if not counts:
        return
    usual = max(dict.fromkeys(counts), key=counts.count)
    whose = next(array for _, array in there if array.axes[0] == usual)
    sizes.known["samples"] = (usual, whose)
    for one, array in there:
        if dims.differ(array.axes[0], usual) and array.axes[0] != 0:
            said = f"`{one.name}` in {data.said} is {shape_text(array.axes)}"
            yield _other_size(said, array.axes[0], dims.axis("samples"), usual, one, array, (usual, whose))
            sizes.known["samples"] = (None, whose)
            return


def _shape(array: Supplied, one: WantedArray, data: DataSet, wanted: Wanted, sizes: Sizes) -> Problem | None:
    came, axes = fitted(one, array, wanted)
    if 0 in array.axes:
        message = f"`{one.name}` in {data.said} is {shape_text(array.axes)}: there is nothing in it"
        return problem_at("ARC506", message, one, array, "look at how it was written")
    if one.free:
        came, axes = came[:1], axes[:1]
    said = f"`{one.name}` in {data.said} is {shape_text(array.axes)}"
    if len(came) != len(axes):
        also = f", or one sequence {shape_text(axes[1:])}" if one.sequences else ""
        message = f"{said}, but {shape_text(one.type.axes)} is needed{also}"
        return _misshapen(message, one, array, data)
    for size, axis in zip(came, axes, strict=True):
        bare, further = _named(axis)
        if bare is not None and bare not in sizes.known:
            if size is not None:
                sizes.known[bare] = (dims.subtract(size, further), array)
            continue
        expected = dims.substitute(axis, sizes.values())
        if dims.differ(size, expected):
            known = sizes.known.get(bare or "")
            if bare is not None and known is not None:
                sizes.known[bare] = (None, known[1])  # one report is enough
            if known is None:
                message = f"{said}, but {one.type} is needed: {dims.text(size)} is not {dims.text(expected)}"
                return _misshapen(message, one, array, data)
            return _other_size(said, size, axis, expected, one, array, known)
    return None


def _named(axis: Dim) -> tuple[str | None, int]:
    """The name of an axis that is a bare name, or so many more than one."""
    if not isinstance(axis, dims.Size):
        return None, 0
    names = [monomial[0] for monomial, count in axis.terms if len(monomial) == 1 and count == 1]
    name = names[0] if len(names) == 1 and isinstance(names[0], str) else None
    further = dims.subtract(axis, dims.axis(name)) if name is not None else None
    return (name, further) if isinstance(further, int) else (None, 0)


def _other_size(
    said: str,
    size: Dim,
    axis: Dim,
    expected: Dim,
    one: WantedArray,
    array: Supplied,
    known: tuple[Dim, Supplied],
) -> Problem:
    first, whose = known
    message = f"{said}, but `{whose.name}` has {dims.text(first)} {_named(axis)[0]}, and both need as many"
    if _named(axis)[1]:
        message = f"{said}, but {dims.text(expected)} are needed beside `{whose.name}`, which has {dims.text(first)}"
    notes = (PlacedNote(f"`{whose.name}` is {shape_text(whose.axes)}", whose.shape_loc, False),) if whose.loc else ()
    return problem_at("ARC503", message, one, array, "cut the longer one, or name its axis otherwise", *notes)


def _misshapen(message: str, one: WantedArray, array: Supplied, data: DataSet) -> Problem:
    help, changes = reform(array, one) if data.key == "data" else (AS_TRAINED, ())
    return replace(problem_at("ARC503", message, one, array, help), changes=changes, safe=False)


def _weights(data: DataSet, wanted: Wanted, sizes: Sizes) -> Iterator[Problem]:
    """`sample_weight`: a number a sample, or one a step where the output has steps."""
    array, rows = data.arrays.get("sample_weight"), sizes.known.get("samples")
    if array is None or wanted.span is not None or not wanted.trained:
        return
    output = wanted.trained[0]
    needed: list[tuple[Dim, ...]] = [(rows[0] if rows else output.axes[0], *output.axes[1:-1])]
    needed += [(*needed[0], 1)] if output.rank > 2 else [(needed[0][0],)]
    if len(wanted.trained) == 1 and not any(_alike(array.axes, one) for one in (*needed, (*needed[0][:1], 1))):
        message = f"`sample_weight` in {data.said} is {shape_text(array.axes)}, but {shape_text(needed[0])} is needed"
        why = ": the output has steps, and each has a weight" if output.rank > 2 else ""
        loc: Loc = array.shape_loc if array.loc else ("training",)
        help = "repeat each weight along the steps" if output.rank > 2 else "one weight a sample"
        yield Problem("ARC503", f"{message}{why}", loc, array.loc is None, help=help)


def _alike(came: tuple[Dim, ...], needed: tuple[Dim, ...]) -> bool:
    return len(came) == len(needed) and not any(map(dims.differ, came, needed))
