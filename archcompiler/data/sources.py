"""Data files, opened: what they hold is known from their headers, and their numbers come in blocks, so that no file
need fit into memory. Pickles, which run code when they are loaded, never are."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Protocol, cast

import numpy as np

from archcompiler.data.amounts import Lengths

BLOCK = 8 * 2**20
"""Bytes that are looked at in one go."""

LARGEST = 256 * 2**30
"""Bytes that an array of a file may come to; a few bytes, packed, can claim any number."""

TABLES = (".csv", ".parquet")
SEQUENCE = "sequence"
"""The column of a table that says to which sequence a row belongs."""

PICKLED = "it holds Python objects (a pickle), which run code when they are loaded"
AS_NUMBERS = "save numbers: `np.savez(path, readings=np.asarray(readings, 'float32'))`, rows padded to one length"
ANEW = "write it again"


class Unreadable(Exception):
    """A file that cannot be used: why, and what may help."""

    def __init__(self, why: str, help: str | None = None) -> None:
        super().__init__(why)
        self.why, self.help = why, help


@dataclass(frozen=True, slots=True)
class Header:
    """An array's shape and dtype, and whether its first axis runs fastest in the file. `rows`: it comes as rows of a
    table, which are parted into sequences only later."""

    shape: tuple[int, ...]
    dtype: Any
    fortran: bool = False
    rows: bool = False

    @property
    def count(self) -> int:
        return math.prod(self.shape)


class Source(Protocol):
    """Arrays by name, whose numbers come in blocks."""

    headers: Mapping[str, Header]

    def blocks(self, name: str) -> Iterator[Any]:
        """The numbers of an array, flat, in the order of the file.

        Raises:
            Unreadable: the file is not whole.
        """
        ...


class Arrays:
    """Arrays in memory; a list of whole numbers is a shape."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.arrays = {name: _array(one) for name, one in given.items()}
        self.headers: Mapping[str, Header] = {
            name: Header(array.shape, array.dtype) for name, array in self.arrays.items()
        }

    def blocks(self, name: str) -> Iterator[Any]:
        array = self.arrays[name]
        if 0 in array.strides and array.size:  # a shape alone: every number is the same
            return
        flat = array.reshape(-1) if array.flags.c_contiguous else array.flat
        step = max(1, BLOCK // max(1, array.itemsize))
        for start in range(0, array.size, step):
            yield np.asarray(flat[start : start + step])


def _array(value: Any) -> Any:
    """An array as it is; for a shape, an array of that shape that takes no room."""
    if isinstance(value, (list, tuple)) and all(isinstance(one, int) for one in cast("list[object]", value)):
        return np.broadcast_to(np.zeros((), "float32"), tuple(cast("list[int]", value)))
    return np.asarray(cast("Any", value), dtype=None)


class Npy:
    """An npy file: one array, called `name`."""

    def __init__(self, path: str, name: str) -> None:
        self.path, self.name = path, name
        with Path(path).open("rb") as file:
            header = _header(file, "npy")
            there = Path(path).stat().st_size - file.tell()
        if header.count * header.dtype.itemsize > there:
            raise Unreadable(f"it is no whole npy file: {_claim(header)}, and it holds {there:,} bytes", ANEW)
        self.headers: Mapping[str, Header] = {name: header}

    def blocks(self, name: str) -> Iterator[Any]:
        with Path(self.path).open("rb") as file:
            yield from _streamed(file, _header(file, "npy"), "npy")


class Npz:
    """An npz file: its arrays are unpacked as they are looked at."""

    def __init__(self, path: str) -> None:
        self.path = path
        headers: dict[str, Header] = {}
        self.faults: dict[str, Unreadable] = {}
        """Arrays that cannot be read, which matters where they are needed."""
        try:
            with zipfile.ZipFile(path) as archive:
                for entry in archive.infolist():
                    name = entry.filename.removesuffix(".npy")
                    try:
                        with archive.open(entry) as file:
                            headers[name] = _header(file, "npz")
                        if headers[name].count * headers[name].dtype.itemsize > entry.file_size:
                            raise Unreadable(f"`{name}` is not whole: {_claim(headers.pop(name))}", ANEW)
                    except Unreadable as fault:
                        self.faults[name] = fault
        except BROKEN_ZIP as error:
            raise Unreadable(f"it is no whole npz file ({error})", ANEW) from error
        self.headers: Mapping[str, Header] = headers

    def blocks(self, name: str) -> Iterator[Any]:
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(f"{name}.npy") as file:
                yield from _streamed(file, _header(file, "npz"), "npz")
        except BROKEN_ZIP as error:
            raise Unreadable(f"it is no whole npz file ({error})", ANEW) from error


BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, NotImplementedError, RuntimeError)


def _header(file: IO[bytes], kind: str) -> Header:
    """The header of an npy stream, which is left at the first number."""
    read: Any = np.lib.format
    try:
        version = read.read_magic(file)
        if version not in ((1, 0), (2, 0), (3, 0)):
            raise Unreadable(f"it is an npy file of version {version}, which is not known", ANEW)
        shape, fortran, dtype = (read.read_array_header_1_0 if version == (1, 0) else read.read_array_header_2_0)(file)
    except (ValueError, EOFError, TypeError, SyntaxError, OverflowError) as error:
        raise Unreadable(f"it is no whole {kind} file ({str(error).splitlines()[0] or 'no header'})", ANEW) from error
    if dtype.hasobject:
        raise Unreadable(PICKLED, AS_NUMBERS)
    header = Header(tuple(int(one) for one in shape), dtype, bool(fortran))
    if any(one < 0 for one in header.shape) or header.count * dtype.itemsize > LARGEST:
        raise Unreadable(_claim(header), "look at how it was written")
    return header


def _claim(header: Header) -> str:
    return f"its header tells of {header.shape}, {header.count * header.dtype.itemsize / 2**30:,.1f} GiB"


def _streamed(file: IO[bytes], header: Header, kind: str) -> Iterator[Any]:
    size = header.dtype.itemsize
    left = header.count * size
    step = max(size, BLOCK // max(1, size) * size)
    while left:
        content = file.read(min(step, left))
        if not content or len(content) % size:
            raise Unreadable(f"it is no whole {kind} file: {left:,} bytes are missing", ANEW)
        left -= len(content)
        yield np.frombuffer(content, header.dtype)


class Table:
    """A csv or parquet file: arrays are made of its columns, and rows are samples or steps.

    A column `sequence` says to which of several sequences a row belongs.
    """

    def __init__(self, path: str, suffix: str) -> None:
        try:
            self._arrow: Any = import_module("pyarrow")
            self._module: Any = import_module("pyarrow.csv" if suffix == ".csv" else "pyarrow.parquet")
        except ImportError as error:
            why = "pyarrow, which reads tables, is not installed"
            raise Unreadable(why, "pip install 'archcompiler[tables]'") from error
        self.path, self.suffix = path, suffix
        self.headers: Mapping[str, Header] = {}
        self.lengths: Lengths | None = None
        self._columns: dict[str, Sequence[str]] = {}
        try:
            if suffix == ".csv":
                with self._module.open_csv(path) as reader:
                    names = reader.schema.names
            else:
                names = self._module.ParquetFile(path).schema_arrow.names
        except (self._arrow.ArrowException, OSError) as error:
            raise self._no_table(error) from error
        self.columns = [str(name) for name in names]

    def _no_table(self, error: Exception) -> Unreadable:
        return Unreadable(f"it is no table ({str(error).splitlines()[0]})")

    def arrange(self, arrays: Mapping[str, Sequence[str]], flat: Sequence[str], parted: Sequence[str]) -> None:
        """Say of which columns each array is made. `flat` ones have no axis for their one column; those that are
        `parted` are sequences side by side where the table tells of several."""
        self._columns = dict(arrays)
        several = SEQUENCE in self.columns and bool(parted)
        first = SEQUENCE if several else next(iter(arrays.values()))[0]
        counts: dict[Any, int] = {}
        rows = 0
        for batch in self._batches([first], raw=several):
            rows += len(batch)
            if several:
                values, found = np.unique(np.asarray(batch).astype(str), return_counts=True)
                for value, count in zip(values.tolist(), found.tolist(), strict=True):
                    counts[value] = counts.get(value, 0) + count
        if several:
            self.lengths = Lengths((len(counts),), "int64", list(counts.values()))
        headers = cast("dict[str, Header]", self.headers)
        for name, columns in arrays.items():
            width: tuple[int, ...] = () if name in flat else (len(columns),)
            lead: tuple[int, ...] = (rows,)
            if several:
                lead = (len(counts), max(counts.values(), default=0)) if name in parted else (len(counts),)
            headers[name] = Header((*lead, *width), np.dtype("float64"), rows=several)

    def blocks(self, name: str) -> Iterator[Any]:
        for batch in self._batches(list(self._columns[name])):
            yield batch.reshape(-1)

    def _batches(self, columns: list[str], raw: bool = False) -> Iterator[Any]:
        """Rows of some columns as numbers, batch by batch; `raw` ones of one column as they are."""
        try:
            if self.suffix == ".csv":
                types = {} if raw else dict.fromkeys(columns, self._arrow.float64())
                options = self._module.ConvertOptions(include_columns=columns, column_types=types)
                reader: Any = self._module.open_csv(self.path, convert_options=options)
                batches: Any = iter(reader)
            else:
                batches = self._module.ParquetFile(self.path).iter_batches(columns=columns)
            for batch in batches:
                found = [self._numbers(batch.column(batch.schema.get_field_index(name)), raw) for name in columns]
                yield found[0] if len(found) == 1 else np.stack(found, axis=-1)
        except (self._arrow.ArrowException, OSError) as error:
            raise self._no_table(error) from error

    def _numbers(self, column: Any, raw: bool) -> Any:
        if not raw and not self._arrow.types.is_floating(column.type):
            try:
                column = column.cast(self._arrow.float64())
            except self._arrow.ArrowException as error:
                raise Unreadable(f"a column holds {column.type}, which is no number ({error})") from error
        return np.asarray(column.to_numpy(zero_copy_only=False))


def numbers(source: Source, name: str) -> Any:
    """A whole array that is short, such as `lengths`."""
    blocks = list(source.blocks(name))
    return np.concatenate(blocks) if blocks else np.zeros(0, source.headers[name].dtype)


def opened(path: str, name: str | None = None) -> Npy | Npz | Table:
    """The data file at `path`; `name` is what the one array of an npy file is.

    Raises:
        OSError: the file cannot be opened.
        Unreadable: it is not one that data can come in, or it is not whole.
    """
    suffix = Path(path).suffix.lower()
    with Path(path).open("rb") as file:
        if not file.read(1):
            raise Unreadable("it is empty")
    if suffix == ".npy" and name is None:
        raise Unreadable("it holds one array, and more are needed", "save them as one npz file")
    if suffix == ".npz":
        return Npz(path)
    if suffix == ".npy" and name is not None:
        return Npy(path, name)
    if suffix in TABLES:
        return Table(path, suffix)
    what = f"its suffix is {suffix}" if suffix else "it has no suffix"
    raise Unreadable(f"{what}, and data are .npz, .npy, .csv or .parquet")
