"""The numbers of data, looked at block by block: whether each is a number, and a code that is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from archcompiler.data.amounts import problem_at
from archcompiler.data.sources import Header, Source
from archcompiler.data.wanted import Wanted, WantedArray
from archcompiler.diagnostics import Problem
from archcompiler.graph.data import DataSet
from archcompiler.tensors import INTEGER_DTYPES


@dataclass(slots=True)
class Seen:
    """The first number that is wrong in one way, its place in the file, and how many there are."""

    value: float = 0.0
    at: int = 0
    count: int = 0

    def add(self, block: np.ndarray, broken: np.ndarray, start: int) -> None:
        found = int(np.count_nonzero(broken))
        if found and not self.count:
            first = int(np.argmax(broken))
            self.value, self.at = float(block[first]), start + first
        self.count += found


def value_problems(data: DataSet, wanted: Wanted, source: Source) -> Iterator[Problem]:
    """What is wrong with the numbers themselves, one problem an array.

    Raises:
        Unreadable: a file is not whole.
    """
    headers = source.headers
    for one in wanted.arrays:
        if one.name in headers and headers[one.name].dtype.kind in "fiub":
            problem = _values(one, data, source, headers[one.name])
            if problem is not None:
                yield problem


def _values(one: WantedArray, data: DataSet, source: Source, header: Header) -> Problem | None:
    floats = header.dtype.kind == "f"
    whole = floats and one.type.dtype in INTEGER_DTYPES
    if not floats and one.codes is None and one.extent is None:
        return None
    broken, parted, unknown, beyond = Seen(), Seen(), Seen(), Seen()
    most, start = 0.0, 0
    for block in source.blocks(one.name):
        finite = np.isfinite(block) if floats else None
        if finite is not None:
            broken.add(block, ~finite, start)
        if whole and finite is not None:
            parted.add(block, finite & (np.mod(np.where(finite, block, 0), 1) != 0), start)
        if one.codes is not None:
            unknown.add(block, (block < 0) | (block >= one.codes), start)
            most = max(most, float(block.max(where=block >= 0, initial=0)))  # what is no number is neither
        elif one.extent is not None:
            beyond.add(block, (block < one.extent[0]) | (block > one.extent[1]), start)
        start += len(block)
    held = f"`{one.name}` in {data.said} holds"
    array = data.arrays.get(one.name)
    if broken.count:
        message = f"{held} {broken.value} at {_place(broken, header)}, {broken.count} such in all"
        return problem_at("ARC505", message, one, array, "fill in what is missing, or leave out those rows")
    if parted.count:
        message = f"{held} {parted.value:g} at {_place(parted, header)}, but {one.type.dtype} is needed"
        return problem_at("ARC504", message, one, array, "codes are whole numbers from 0 on")
    if unknown.count and one.codes is not None:
        message = (
            f"{held} the code {unknown.value:g} at {_place(unknown, header)}, but {one.codes} are known, "
            f"0 … {one.codes - 1}; {unknown.count} such in all"
        )
        argument = "input_dim" if one.looked_up else "the units of the last layer"
        help = f"raise {f'`{argument}`' if one.looked_up else argument} to {int(most) + 1}, or mend the data"
        return problem_at("ARC505", message, one, array, help if most >= one.codes else "codes begin at 0")
    if beyond.count and one.extent is not None:
        least, greatest = one.extent
        message = (
            f"{held} {beyond.value:g} at {_place(beyond, header)}, but the spec says that it goes from {least:g} to "
            f"{greatest:g}; {beyond.count} such in all"
        )
        return problem_at("ARC505", message, one, array, "mend the data, or what the spec says of them")
    return None


def _place(seen: Seen, header: Header) -> str:
    """Where in the array it stands; of a table's sequences, which row of the file it is."""
    if header.rows:
        width = header.shape[2] if len(header.shape) > 2 else 1
        return f"row {seen.at // width + 1}"
    where = np.unravel_index(seen.at, header.shape, "F" if header.fortran else "C")
    return f"[{', '.join(str(int(index)) for index in where)}]"
