"""Whether there is enough data: for a window, and for batches that are full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archcompiler.data.wanted import Wanted, WantedArray
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.dims import Dim
from archcompiler.graph.data import DataSet, Supplied


@dataclass(frozen=True, slots=True)
class Lengths:
    """The array `lengths` of the data: its own shape and dtype, and its numbers."""

    shape: tuple[int, ...]
    dtype: str
    values: Sequence[int]


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


def amount_problems(data: DataSet, wanted: Wanted, lengths: Lengths | None) -> list[Problem]:
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
    fixed = PlacedNote("the batch is fixed here", ("batch_size",), False)
    if not isinstance(samples, int):
        return []
    if samples % batch:
        message = f"{data.said} has {samples} samples, which are no whole number of batches of {batch}, as states need"
        left = samples % batch
        help = f"leave out {left} of them" if samples > batch else f"there must be {batch} at least"
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
            notes=(note, fixed),
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
