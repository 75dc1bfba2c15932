"""npz, npy, csv and parquet files as arrays. Pickles, which run code when they are loaded, never are."""

from __future__ import annotations

import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from archcompiler.data.shapes import missing
from archcompiler.data.wanted import Wanted, WantedArray
from archcompiler.diagnostics import Problem
from archcompiler.graph.data import DataSet
from archcompiler.wording import listed

Arrays = dict[str, Any]

LARGEST = 16 * 2**30
"""Bytes that a file's arrays may come to."""

TABLES = (".csv", ".parquet")
SEQUENCE = "sequence"
"""The column of a table that says to which sequence a row belongs."""


def read_arrays(path: str, wanted: Wanted, problems: list[Problem]) -> Arrays | None:
    """The arrays in the file at `path`, by name; None where it cannot be used, which is told.

    Raises:
        OSError: the file cannot be opened.
    """
    suffix = Path(path).suffix.lower()
    with Path(path).open("rb") as file:
        begins = file.read(8)
    if not begins:
        return _unreadable(path, "it is empty", problems)
    try:
        if suffix == ".npz":
            return _npz(path, wanted, problems)
        if suffix == ".npy":
            return _npy(path, wanted, problems)
        if suffix in TABLES:
            return _table(path, suffix, wanted, problems)
    except MemoryError:
        return _unreadable(path, "it does not fit into memory", problems)
    what = f"its suffix is {suffix}" if suffix else "it has no suffix"
    return _unreadable(path, f"{what}, and data are .npz, .npy, .csv or .parquet", problems)


def _unreadable(path: str, why: str, problems: list[Problem], help: str | None = None) -> None:
    problems.append(
        Problem(
            "ARC501", f"{Path(path).name} cannot be read: {why}", (), on_key=False, help=help or "name another file"
        )
    )


PICKLED = "it holds Python objects (a pickle), which run code when they are loaded"
AS_NUMBERS = "save numbers: `np.savez(path, readings=np.asarray(readings, 'float32'))`, rows padded to one length"


def _npz(path: str, wanted: Wanted, problems: list[Problem]) -> Arrays | None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > LARGEST:
            return _unreadable(path, f"its arrays come to {size / 2**30:.0f} GiB", problems)
        with np.load(path, allow_pickle=False) as file:
            names = [one.name for one in wanted.arrays] + ["lengths"]
            needed = [one.name for one in wanted.arrays if not one.optional]
            there = DataSet("data", Path(path).name)
            lacking = missing(there, "array", needed, list(file.files), wanted)
            problems += lacking
            return None if lacking else {name: file[name] for name in names if name in file.files}
    except ValueError as error:
        pickled = "pickle" in str(error) or "Object arrays" in str(error)
        return _unreadable(path, PICKLED if pickled else str(error), problems, AS_NUMBERS if pickled else None)
    except (zipfile.BadZipFile, EOFError, KeyError, OSError) as error:
        return _unreadable(path, f"it is no whole npz file ({error})", problems, "write it again")


def _npy(path: str, wanted: Wanted, problems: list[Problem]) -> Arrays | None:
    if len(wanted.arrays) != 1:
        names = listed([one.name for one in wanted.arrays])
        return _unreadable(path, f"it holds one array, and {names} are needed", problems, "save them as one npz file")
    try:
        array = np.load(path, allow_pickle=False, mmap_mode="r")
        if array.nbytes > LARGEST:
            return _unreadable(path, f"its array comes to {array.nbytes / 2**30:.0f} GiB", problems)
        return {wanted.arrays[0].name: np.asarray(array)}
    except ValueError as error:
        pickled = "pickle" in str(error) or "Python objects" in str(error)
        why = PICKLED if pickled else f"it is no whole npy file ({error})"
        return _unreadable(path, why, problems, AS_NUMBERS if pickled else "write it again")
    except (EOFError, OSError) as error:
        return _unreadable(path, f"it is no whole npy file ({error})", problems, "write it again")


def _table(path: str, suffix: str, wanted: Wanted, problems: list[Problem]) -> Arrays | None:
    """Rows are steps, or samples; a column `sequence` tells parallel sequences apart."""
    try:
        import pyarrow

        csv, parquet = (import_module(f"pyarrow.{name}") for name in ("csv", "parquet"))
    except ImportError:
        help = "pip install 'archcompiler[tables]'"
        return _unreadable(path, "pyarrow, which reads tables, is not installed", problems, help)
    arrow: Any = pyarrow
    try:
        table: Any = csv.read_csv(path) if suffix == ".csv" else parquet.read_table(path)
    except (arrow.ArrowException, OSError) as error:
        return _unreadable(path, f"it is no table ({str(error).splitlines()[0]})", problems)
    there = [str(name) for name in table.column_names]
    read = [one for one in wanted.arrays if not one.optional or set(one.columns) <= set(there)]
    names = [column for one in read for column in one.columns]
    lacking = missing(DataSet("data", Path(path).name), "column", names, there, wanted)
    if lacking:
        problems += lacking
        return None
    arrays: Arrays = {}
    for one in read:
        columns: list[Any] = []
        for name in one.columns:
            column = table.column(name)
            if column.null_count and not arrow.types.is_floating(column.type):
                column = column.cast(arrow.float64()) if arrow.types.is_integer(column.type) else column
            columns.append(np.asarray(column.to_numpy()))
        lone = len(columns) == 1 and one.type.rank == (2 if one.sequences else 1)
        arrays[one.name] = columns[0] if lone else np.stack(columns, axis=-1)
    if SEQUENCE in there and any(one.sequences for one in wanted.arrays):
        return _parted(arrays, np.asarray(table.column(SEQUENCE).to_numpy()), read)
    return arrays


def _parted(arrays: Arrays, sequence: Any, read: list[WantedArray]) -> Arrays:
    """Rows of a table as sequences side by side, padded to the longest."""
    _, first, rows = np.unique(sequence, return_index=True, return_inverse=True)
    order = np.argsort(first)
    places = [np.flatnonzero(rows == one) for one in order]
    lengths = np.array([len(one) for one in places])
    parted: Arrays = {"lengths": lengths}
    for one in read:
        array = arrays[one.name]
        padded = np.zeros((len(places), lengths.max(), *array.shape[1:]), array.dtype)
        for row, place in enumerate(places):
            padded[row, : len(place)] = array[place]
        parted[one.name] = padded if one.sequences else padded[:, 0]
    return parted
