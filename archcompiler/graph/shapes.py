"""Shapes as the spec writes them, made into axes: whole numbers, unknown sizes and named dynamic axes."""

from __future__ import annotations

from collections.abc import Container, Mapping

from archcompiler import dims
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.dims import BATCH, Dim
from archcompiler.spec.models import LARGEST_SIZE, ShapeEntry, TensorSpec
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.suggest import closest, misspelt
from archcompiler.tensors import DTYPES, TensorType
from archcompiler.wording import described

SAMPLES = ("samples", "batch", "batch_size")
"""What the first axis of data may be called."""


class ShapeReader:
    """Reads shapes of one spec, in which a param's name stands for its value."""

    def __init__(
        self,
        params: Mapping[str, object],
        batch_size: int | None,
        faulty: Container[Loc],
        problems: list[Problem],
        lacking: bool = False,
    ) -> None:
        """`lacking` says that there may be params of which nothing is known."""
        self.params = params
        self.lacking = lacking
        self.faulty = faulty
        self.batch: Dim = BATCH if batch_size is None else batch_size
        self.problems = problems
        self._warned: set[str] = set()

    def inputs(self, inputs: Mapping[str, TensorSpec], loc: Loc) -> dict[str, TensorType | None]:
        """The type of each input; None where its shape or dtype is wrong."""
        return {
            name: None if (*loc, name) in self.faulty else self.tensor(spec.shape, spec.dtype, (*loc, name))
            for name, spec in inputs.items()
        }

    def tensor(self, shape: list[ShapeEntry], dtype: str | None, loc: Loc) -> TensorType | None:
        """The type of what has `shape`, batch axis added; `loc` is where the shape's mapping, or its list, stands."""
        axes = self.axes(shape, loc)
        if not self.is_dtype(dtype, loc):
            return None
        return None if axes is None else TensorType((self.batch, *axes), dtype or "float32")

    def is_dtype(self, dtype: str | None, loc: Loc) -> bool:
        """Whether `dtype` is one, or none is given; one that does not exist is told."""
        if dtype is None or dtype in DTYPES:
            return True
        from archcompiler.layers import synonyms

        near = synonyms.DTYPES.get(dtype.lower()) or closest(dtype, DTYPES)
        self.problems.append(
            Problem(
                "ARC113",
                f"there is no dtype `{dtype}`",
                (*loc, "dtype"),
                on_key=False,
                help=f"did you mean `{near}`?" if near else "there are float32, int32, bool, string …",
                changes=(Change("replace_value", (*loc, "dtype"), near),) if near else (),
            )
        )
        return False

    def axes(self, shape: list[ShapeEntry], loc: Loc, *, batch_first: bool = False) -> tuple[Dim, ...] | None:
        """The sizes of `shape`. `batch_first` says that its first entry is the batch axis, which may be called so."""
        if self.lacking and any(isinstance(one, str) and one not in self.params for one in shape):
            return None  # it may be the name of a param
        axes: list[Dim] = []
        for index, entry in enumerate(shape):
            place: Loc = (*loc, "shape", index)
            if batch_first and index == 0 and (entry is None or entry in SAMPLES) and entry not in self.params:
                axes.append(dims.axis("samples"))
                continue
            problem = self._entry(entry, place, axes)
            if problem is not None:
                self.problems.append(problem)
                return None
        return tuple(axes)

    def _entry(self, entry: object, loc: Loc, axes: list[Dim]) -> Problem | None:
        if isinstance(entry, str) and entry in self.params:
            value = self.params[entry]
            if value is UNKNOWN:
                axes.append(None)
                return None
            if not isinstance(value, int) or isinstance(value, bool):
                return Problem(
                    "ARC120",
                    f"the param `{entry}` is {described(value)}, and a size is a whole number",
                    loc,
                    on_key=False,
                    notes=(PlacedNote(f"`{entry}` is given here", ("params", entry)),),
                    help="give the param a whole number, or the axis another name",
                )
            entry = value
        if isinstance(entry, int) and not isinstance(entry, bool):
            if entry > LARGEST_SIZE:
                message = f"a size is at most {LARGEST_SIZE:,}, but {entry:,} is given"
                return Problem("ARC120", message, loc, on_key=False, help="write a smaller size")
            if entry > 0:
                axes.append(entry)
                return None
            help = "write `null`, or a name such as `steps`, for an axis of any size"
            change = (Change("replace_value", loc, None),) if entry == -1 else ()
            return Problem(
                "ARC120",
                f"a size is a positive whole number, but {entry} is given",
                loc,
                on_key=False,
                help=help,
                changes=change,
            )
        if entry is None:
            axes.append(None)
            return None
        if not isinstance(entry, str) or not entry.isidentifier():
            return Problem(
                "ARC120",
                f"a size is a whole number, null or a name, but {described(entry)} is given",
                loc,
                on_key=False,
                help="write for example `[steps, 2]`; a name is letters, digits and `_`",
            )
        if entry == "None":
            return Problem(
                "ARC120",
                "`None` is a word here, and would name an axis",
                loc,
                on_key=False,
                help="write `null`, or a name such as `steps`, for an axis of any size",
                changes=(Change("replace_value", loc, None),),
            )
        if entry in ("batch", "batch_size"):
            return Problem(
                "ARC120",
                "a shape leaves out the batch axis",
                loc,
                on_key=False,
                help="remove it; `batch_size: …` at the top of the spec fixes the batch axis",
                changes=(Change("remove_entry", loc),),
            )
        self._warn_near_miss(entry, loc)
        axes.append(dims.axis(entry))
        return None

    def _warn_near_miss(self, word: str, loc: Loc) -> None:
        near = misspelt(word, [name for name in self.params if len(name) > 3]) if word not in self._warned else None
        if near is not None:
            self._warned.add(word)
            self.problems.append(
                Problem(
                    "ARC403",
                    f"`{word}` names an axis of any size, and there is a param `{near}`",
                    loc,
                    on_key=False,
                    help=f"write `{near}` if that is meant",
                    changes=(Change("replace_value", loc, near),),
                    safe=False,
                )
            )
