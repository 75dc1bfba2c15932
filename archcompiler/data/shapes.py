"""Names, sizes and dtypes of data, held against what is needed of them. No array is looked into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archcompiler import dims
from archcompiler.data.wanted import Wanted, WantedArray
from archcompiler.diagnostics import Loc, PlacedNote, Problem
from archcompiler.dims import Dim
from archcompiler.graph.data import DataSet, Supplied
from archcompiler.suggest import closest
from archcompiler.tensors import FLOAT_DTYPES, shape_text
from archcompiler.wording import listed

REFORM = "reshape the data, or change the shape in the spec"
NO_NUMBERS = {"object": "Python objects", "string": "text", "complex64": "complex numbers"}
NO_NUMBERS["complex128"] = NO_NUMBERS["complex64"]


@dataclass(frozen=True, slots=True)
class Lengths:
    """The array `lengths` of the data: its own shape and dtype, and its numbers."""

    shape: tuple[int, ...]
    dtype: str
    values: Sequence[int]


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
    return [*_weights(data, wanted, sizes), *_amounts(data, wanted, lengths)]


def missing(data: DataSet, what: str, names: list[str], there: list[str], wanted: Wanted) -> list[Problem]:
    """Arrays or columns that are needed and not there."""
    if not data.whole:
        return []
    owners = {name: one for one in wanted.arrays for name in (*one.columns, one.name)}
    problems: list[Problem] = []
    for name in names:
        if name in there:
            continue
        near = closest(name, there)
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


def problem_at(
    code: str, message: str, one: WantedArray, array: Supplied | None, help: str | None, *notes: PlacedNote
) -> Problem:
    """A problem of an array: where the spec describes the array, else where it says what is needed."""
    if array is None or array.loc is None:
        if array is not None and array.named:
            notes = (*notes, PlacedNote("the data are named here", array.named, False))
        return Problem(code, message, one.loc, layer=one.name, help=help, notes=notes)
    note = PlacedNote(f"`{one.name}` is made for {one.type}", one.loc)
    return Problem(code, message, array.shape_loc, False, one.name, notes or (note,), help)


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
        return problem_at("ARC503", message, one, array, _rank_help(array, one))
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
    known: tuple[Dim, Supplied] | None,
) -> Problem:
    if known is None:
        message = f"{said}, but {one.type} is needed: {dims.text(size)} is not {dims.text(expected)}"
        return problem_at("ARC503", message, one, array, REFORM)
    first, whose = known
    message = f"{said}, but `{whose.name}` has {dims.text(first)} {_named(axis)[0]}, and both need as many"
    if _named(axis)[1]:
        message = f"{said}, but {dims.text(expected)} are needed beside `{whose.name}`, which has {dims.text(first)}"
    notes = (PlacedNote(f"`{whose.name}` is {shape_text(whose.axes)}", whose.shape_loc, False),) if whose.loc else ()
    return problem_at("ARC503", message, one, array, "cut the longer one, or name its axis otherwise", *notes)


def _rank_help(array: Supplied, one: WantedArray) -> str:
    if one.looked_up and len(array.axes) == len(one.type.axes) + 1:
        return (
            f"{one.looked_up} looks codes up, and this is one-hot, or vectors: take `argmax(axis=-1)` of one-hot data, "
            "or give vectors to a Dense"
        )
    return REFORM


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


def _amounts(data: DataSet, wanted: Wanted, lengths: Lengths | None) -> list[Problem]:
    """Whether there is enough for a window, and whether batches are full."""
    first = next((one for one in wanted.arrays if one.sequences), None)
    if wanted.span is not None and first is not None and first.name in data.arrays:
        return _steps(data, wanted, first, lengths)
    one = next((one for one in wanted.arrays if one.name in data.arrays), None)
    if one is None or wanted.whole_batches is None:
        return []
    array, batch = data.arrays[one.name], wanted.whole_batches
    samples = array.axes[0]
    note = PlacedNote(f"`{wanted.stateful[0]}` carries state, with a row for each sample", wanted.stateful[1])
    if not isinstance(samples, int):
        return []
    if samples % batch:
        message = f"{data.said} has {samples} samples, which are no whole number of batches of {batch}, as states need"
        left = samples % batch
        help = f"leave out {left} of them" if samples > batch else f"there must be {batch} at least"
        fixed = PlacedNote("the batch is fixed here", ("batch_size",), False)
        return [problem_at("ARC320", message, one, array, help, note, fixed)]
    kept = int(samples * (1 - (wanted.split or 0)))
    if kept % batch == 0:
        return []
    whole = kept // batch * batch
    return [
        Problem(
            "ARC320",
            f"`validation_split: {wanted.split:g}` leaves {kept} of the {samples} samples of {data.said} to train on, "
            f"which are no whole number of batches of {batch}",
            ("training", "validation_split"),
            on_key=False,
            notes=(note,),
            help=f"write {1 - whole / samples:.4g}, which leaves {whole} samples",
        )
    ]


def _steps(data: DataSet, wanted: Wanted, one: WantedArray, given: Lengths | None) -> list[Problem]:
    array = data.arrays[one.name]
    single = len(array.axes) < one.type.rank
    rows: Dim = 1 if single else array.axes[0]
    longest = array.axes[0 if single else 1]
    if not isinstance(rows, int) or not isinstance(longest, int):
        return []
    lengths = [longest] if given is None else list(given.values)
    if given is not None:
        fits = given.shape == (rows,) and "int" in given.dtype
        if not fits or max(lengths) > longest or min(lengths) < 0:
            message = f"`lengths` in {data.said} is {given.shape} of {given.dtype}" + (
                f", from {min(lengths)} to {max(lengths)}" if fits else ""
            )
            needed = f"({rows},) whole numbers up to {longest} are needed, one for each sequence of `{one.name}`"
            return [problem_at("ARC503", f"{message}, but {needed}", one, array, "mend `lengths`, or leave it out")]
    span, length = wanted.span or 1, wanted.length or 1
    least = span
    if wanted.joined_rows is not None:  # one sequence is parted; of several, those that are short are padded
        least = (wanted.joined_rows * length if rows == 1 else 1) + span - length
    parts = [("", lengths)]
    if wanted.validation_split:
        kept = [int(one * (1 - wanted.validation_split)) for one in lengths]
        rest = [one - other for one, other in zip(lengths, kept, strict=True)]
        parts = [("what is left to train on of ", kept), ("the part to validate on of ", rest)]
    for what, steps in parts:
        if max(steps) < least:
            why = f"a window has {span} steps" if least <= span else ""
            if least > span:
                why = f"{wanted.joined_rows} stretches side by side, of windows of {length} steps, need {least}"
            message = f"{what}`{one.name}` in {data.said} has {max(steps)} steps, but {why}"
            return [problem_at("ARC506", message, one, array, "take shorter windows, or longer sequences")]
    return []
