"""The data that a check is given, or that a spec names: opened, and held against the spec."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, cast

from archcompiler.data.amounts import Lengths
from archcompiler.data.shapes import missing, shape_problems
from archcompiler.data.wanted import Wanted
from archcompiler.diagnostics import Loc, Problem
from archcompiler.graph.data import DataSet, Supplied, declared
from archcompiler.graph.shapes import ShapeReader
from archcompiler.spec.includes import OUTSIDE, near_file
from archcompiler.spec.models import DataSpec, Spec
from archcompiler.spec.reader import hear_of
from archcompiler.wording import listed

if TYPE_CHECKING:
    from archcompiler.data.sources import Source, Table, Unreadable

KEYS = ("data", "validation_data")


class Loaded(dict[str, Any]):
    """The arrays of a file that was loaded whole, and what it is called."""

    def __init__(self, said: str, arrays: Mapping[str, Any]) -> None:
        super().__init__(arrays)
        self.said = said


@dataclass(frozen=True, slots=True)
class Given:
    """One set of data. `source` holds its numbers, where there are any; of a `table` it is known only later which
    arrays it holds."""

    data: DataSet
    loc: Loc = ()
    source: Source | None = None
    lengths: Lengths | None = None
    table: Table | None = None
    npy: bool = False


def gathered(
    spec: Spec, path: str, given: Mapping[str, object], shapes: ShapeReader, problems: list[Problem], look: bool
) -> dict[str, Given]:
    """The data to train and to validate on: as they are `given`, else as the spec at `path` describes them, or names
    the file that holds them, which is opened where one may `look`.

    Raises:
        OSError: a file that is given, and not named by the spec, cannot be opened.
    """
    found: dict[str, Given] = {}
    for key in KEYS:
        one, said = given.get(key), cast("str | dict[str, DataSpec] | None", getattr(spec, key))
        if one is not None:
            opened = _given(key, one, spec, shapes, problems)
        elif isinstance(said, str):
            opened = _named(key, said, path, spec, problems) if look else None
        else:
            opened = Given(declared(key, said, shapes, problems)) if said is not None else None
        if opened is not None:
            found[key] = opened
    return found


def _given(key: str, one: object, spec: Spec, shapes: ShapeReader, problems: list[Problem]) -> Given | None:
    if not isinstance(one, Mapping):
        path = fspath(cast("PathLike[str]", one))
        return _opened(key, path, os.path.basename(path), spec, (), problems)
    from archcompiler.data.sources import Arrays

    said = "the data" if key == "data" else "the validation data"
    said = one.said if isinstance(one, Loaded) else said
    given = cast("Mapping[str, Any]", one)
    open_ones = {name: DataSpec(shape=list(value)) for name, value in given.items() if _is_open(value)}
    source = Arrays({name: value for name, value in given.items() if name not in open_ones})
    data, lengths = set_of(key, said, source)
    if open_ones:
        read = declared(key, open_ones, shapes, problems)
        arrays = {name: replace(found, loc=None) for name, found in read.arrays.items()}
        data = replace(data, arrays={**data.arrays, **arrays}, whole=read.whole)
    return Given(data, (), source, lengths)


def _is_open(value: Any) -> bool:
    """Whether it is a shape with sizes of any number, such as the shapes of a report have."""
    sizes = cast("list[object]", value) if isinstance(value, (list, tuple)) else []
    return None in sizes and all(one is None or isinstance(one, int) for one in sizes)


def _named(key: str, said: str, spec_path: str, spec: Spec, problems: list[Problem]) -> Given | None:
    """The file that the spec names, beside it or below."""
    folder = os.path.dirname(os.path.realpath(spec_path)) if os.path.exists(spec_path) else os.path.realpath(".")
    full = os.path.realpath(os.path.join(folder, said))
    if not OUTSIDE.get() and os.path.commonpath((folder, full)) != folder:
        help = "put the file beside the spec or below it, or allow it with --allow-outside"
        message = f"`{said}` lies outside the folder of the spec, and is not read"
        problems.append(Problem("ARC501", message, (key,), on_key=False, help=help))
        return None
    try:
        return _opened(key, full, said, spec, (key,), problems)
    except OSError as error:
        near = near_file(full)
        help = f"did you mean `{os.path.join(os.path.dirname(said), near)}`?" if near else "is the path right?"
        message = f"`{said}` cannot be read: {error.strerror or error}"
        problems.append(Problem("ARC501", message, (key,), on_key=False, help=help))
        return None


def _opened(key: str, path: str, said: str, spec: Spec, loc: Loc, problems: list[Problem]) -> Given | None:
    from archcompiler.data.sources import Npy, Npz, Unreadable, opened

    hear_of(path)
    try:
        source = opened(path, next(iter(spec.inputs)) if len(spec.inputs) == 1 else None)
        if not isinstance(source, (Npy, Npz)):
            return Given(DataSet(key, said), loc, None, None, source)
        data, lengths = set_of(key, said, source, loc)
        return Given(data, loc, source, lengths, npy=isinstance(source, Npy))
    except Unreadable as error:
        problems.append(unreadable(said, error, loc))
        return None


def unreadable(said: str, error: Unreadable, loc: Loc) -> Problem:
    """That a file cannot be used, and why."""
    message = f"{said} cannot be read: {error.why}"
    return Problem("ARC501", message, loc, on_key=False, help=error.help or "name another file")


def set_of(key: str, said: str, source: Source, named: Loc = ()) -> tuple[DataSet, Lengths | None]:
    """What the headers of a source tell."""
    from archcompiler.data.sources import numbers

    arrays: dict[str, Supplied] = {}
    lengths: Lengths | None = None
    for name, header in source.headers.items():
        kind = header.dtype.kind
        dtype = {"U": "string", "S": "string", "O": "object"}.get(kind, str(header.dtype.name))
        if name == "lengths" and len(header.shape) <= 1 and header.count <= MOST_LENGTHS:
            lengths = Lengths(header.shape, dtype, numbers(source, name).tolist() if kind in "iu" else [])
        elif name == "lengths":
            lengths = Lengths(header.shape, dtype, [])
        arrays[name] = Supplied(name, header.shape, dtype, named=named)
    return DataSet(key, said, arrays), lengths


MOST_LENGTHS = 2**24


def arranged(given: Given, wanted: Wanted, problems: list[Problem]) -> Given | None:
    """The data with what only the need of the model tells: which array an npy file is, and of which columns of a table
    each array is made; None where something is missing, which is told."""
    needed = [one for one in wanted.arrays if not one.optional]
    if given.npy and len(needed) != 1:
        names = listed([one.name for one in needed])
        message = f"{given.data.said} cannot be read: it holds one array, and {names} are needed"
        problems.append(Problem("ARC501", message, given.loc, False, help="save them as one npz file"))
        return None
    faults: dict[str, Unreadable] = getattr(given.source, "faults", {})
    for one in needed:
        if one.name in faults:
            problems.append(unreadable(given.data.said, faults[one.name], given.loc))
            return None
    return given if given.table is None else _table(given, given.table, wanted, problems)


def _table(given: Given, table: Table, wanted: Wanted, problems: list[Problem]) -> Given | None:
    from archcompiler.data.sources import Unreadable

    there = table.columns
    made = [one for one in wanted.arrays if not one.optional or set(one.columns) <= set(there)]
    columns = {one.name: _columns(one.name, one.columns, there) if one.free else one.columns for one in made}
    lacking = missing(given.data, "column", [name for names in columns.values() for name in names], there, wanted)
    if lacking or not columns:
        problems += lacking
        return None
    flat = [one.name for one in made if len(columns[one.name]) == 1 and one.type.rank == (2 if one.sequences else 1)]
    parted = [one.name for one in made if one.sequences]
    try:
        table.arrange(columns, flat, parted)
        data, _ = set_of(given.data.key, given.data.said, table, given.loc)
    except Unreadable as error:
        problems.append(unreadable(given.data.said, error, given.loc))
        return None
    return Given(data, given.loc, table, table.lengths)


def _columns(name: str, columns: tuple[str, ...], there: list[str]) -> tuple[str, ...]:
    """The columns of a target of which the spec says nothing: its name, or its name with numbers."""
    if name in there or set(columns) <= set(there):
        return (name,) if name in there else columns
    return columns


def shapes_against(given: Given, wanted: Wanted) -> list[Problem]:
    """What the headers alone tell."""
    return shape_problems(given.data, wanted, given.lengths)


def values_against(given: Given, wanted: Wanted) -> Iterator[Problem]:
    """What the numbers tell; a file that turns out not to be whole is told too."""
    if given.source is None:
        return
    from archcompiler.data.sources import Unreadable
    from archcompiler.data.values import value_problems

    try:
        yield from value_problems(given.data, wanted, given.source)
    except Unreadable as error:
        yield unreadable(given.data.said, error, given.loc)
