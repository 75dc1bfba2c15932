"""One mistake, one report: problems that only follow from another one are left out, and those of one cause are one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem

REFERENCES = frozenset(("ARC116", "ARC303", "ARC310"))
"""References that name nothing."""
MISFITS = frozenset(("ARC301", "ARC302"))
"""Outputs that do not fit their targets."""
USED_UP = "ARC336"
"""Data of which the layers leave nothing; what is compared with that does not fit either."""
TOPOLOGY, FEEDBACK, OPEN_SIZE = "ARC305", "ARC311", "ARC204"
NO_PARAM, NO_NAME, NO_ARGUMENT, MISSING, BAD_ITEM = "ARC108", "ARC116", "ARC111", "ARC112", "ARC115"
OUTDATED, UNUSED, NO_KEY = "ARC114", "ARC118", "ARC101"
BAD_VALUE, WRONG_RANK, WRONG_CALL = "ARC113", "ARC201", "ARC208"
VALUES = frozenset((BAD_VALUE, "ARC103", "ARC107", "ARC120"))
"""Values of another kind than is wanted; where one param holds it, that is one mistake."""
FIT_BATCH = ("training", "batch_size")
CLASSES, OPEN_BATCH, BATCHES, WINDOWS = "ARC307", "ARC304", "ARC320", "ARC321"
NO_ARRAY, MISSHAPEN, IDLE_INPUT, TOO_FEW = "ARC323", "ARC503", "ARC402", "ARC205"


@dataclass(frozen=True)
class _Errors:
    """The errors of a spec, as questions about them are asked."""

    by_code: Mapping[str, list[Problem]]
    clear: bool
    """Whether one of reading says what it is about."""
    unnamed: bool
    """Whether a layer has a name that cannot be taken."""
    misread: frozenset[Loc]
    """Where an argument is none of a layer's."""
    missing: frozenset[str]
    """Names that are none."""
    beside: frozenset[Loc]
    """Items that have keys which they cannot have."""

    def of(self, *codes: str) -> Iterator[Problem]:
        return (one for code in codes for one in self.by_code.get(code, ()))


def without_consequences(problems: Iterable[Problem]) -> list[Problem]:
    """The problems less those that would go with another."""
    problems = list(problems)
    errors = [one for one in problems if not one.is_warning]
    if not errors or len(problems) < 2:
        return problems
    told = _errors(errors)
    return _joined(_unsure(one, told) for one in problems if not _follows(one, told))


def _unsure(problem: Problem, errors: _Errors) -> Problem:
    """A layer that leads nowhere, where the output that takes its place does not fit: it is not to go."""
    unused = problem.code == UNUSED and any(errors.of(*MISFITS))
    return replace(problem, changes=()) if unused else problem


def _errors(errors: list[Problem]) -> _Errors:
    by_code: dict[str, list[Problem]] = {}
    for one in errors:
        by_code.setdefault(one.code, []).append(one)
    return _Errors(
        by_code,
        any(not one.vague and one.code < "ARC2" for one in errors),
        any(one.code in ("ARC105", "ARC106") and one.loc[-1] == "name" for one in errors),
        frozenset(one.loc[:-1] for one in by_code.get(NO_ARGUMENT, ())),
        frozenset(one.about for one in by_code.get(NO_NAME, ()) if one.about is not None),
        frozenset(one.loc[:-1] for one in by_code.get(BAD_ITEM, ())),
    )


def _follows(problem: Problem, errors: _Errors) -> bool:
    if problem.vague:
        return errors.clear
    if errors.unnamed and problem.code in REFERENCES and problem.about is not None:
        return True  # the layer that is meant has a name that cannot be taken
    if problem.code == NO_PARAM and problem.about is not None:
        # The param is only unknown because what gives it could not be read.
        hidden = any(f"`{problem.about}:`" in one.message for one in errors.of("ARC001"))
        return (
            hidden
            or _is_copied(problem, errors)
            or any(problem.loc[:length] in errors.beside for length in range(len(problem.loc) + 1))
        )
    if problem.code == MISSING:
        return problem.loc in errors.misread
    if problem.code == NO_NAME and problem.about is not None and "." in problem.about:
        return problem.about.rpartition(".")[2] in errors.missing
    if problem.code in MISFITS:
        used_up = any(one.loc[:1] == problem.loc[:1] for one in errors.of(USED_UP))
        # The output that is compared is another one than is meant, or steps are cut to another length.
        return used_up or any(errors.of(UNUSED)) or any(one.loc[-1:] == ("length",) for one in errors.of(WINDOWS))
    if problem.code == MISSHAPEN and "sample_weight" in problem.loc:
        return any(errors.of(*MISFITS))  # whether each step has a weight hangs on the output
    if problem.code == IDLE_INPUT:
        return any(errors.of(TOO_FEW))  # which is what should be joined
    if problem.code == OPEN_BATCH:
        return any(one.loc == ("batch_size",) for one in errors.of("ARC103", "ARC107"))
    if problem.code == BATCHES and problem.loc != FIT_BATCH:
        return any(one.loc == FIT_BATCH for one in errors.of(BATCHES))
    if problem.code == WINDOWS and problem.loc[-1:] == ("stride",):
        return any(one.loc[-1:] == ("length",) for one in errors.of(WINDOWS))
    if problem.code == NO_ARRAY:
        return any(one.loc[:1] == ("target",) for one in errors.of(*MISFITS))
    if problem.code == TOPOLOGY:
        return any(errors.of("ARC301"))
    if problem.code == FEEDBACK:
        misread = any(one.loc[:1] == ("generation",) and one.code < "ARC2" for one in errors.of(*errors.by_code))
        return misread or any(one.layer == problem.layer for one in errors.of(*MISFITS, CLASSES))
    if problem.code == BAD_VALUE and problem.loc[-1:] == ("columns",):
        return any(code > "ARC2" for code in errors.by_code)  # the shape is wrong, and does not fit the model either
    if problem.code == UNUSED:
        return any(change.value == problem.layer for one in errors.of(WRONG_CALL) for change in one.changes)
    if problem.code == OPEN_SIZE:
        return any(f"`{one.about}`" in problem.message for one in errors.of(NO_PARAM))
    return False


def _is_copied(problem: Problem, errors: _Errors) -> bool:
    """Whether `${index}` stands in an item whose `repeat` is called otherwise."""
    meant = (change for one in errors.of(NO_KEY) for change in one.changes if change.value == "repeat")
    return problem.about == "index" and any(one.loc[:-1] == problem.loc[: len(one.loc) - 1] for one in meant)


def _joined(problems: Iterable[Problem]) -> list[Problem]:
    """Problems of one cause are one, with a note of every further place."""
    found: list[Problem] = []
    first: dict[tuple[object, ...], int] = {}
    for problem in problems:
        key = _cause(problem)
        at = first.setdefault(key, len(found)) if key is not None else len(found)
        if at == len(found):
            found.append(problem)
        elif (found[at].loc, found[at].span) != (problem.loc, problem.span):
            again = f"{problem.message}: {problem.help}" if problem.code == OUTDATED and problem.help else "and here"
            note = PlacedNote(again, problem.loc, problem.on_key)
            found[at] = replace(
                found[at],
                notes=(*found[at].notes, note),
                changes=_all_of(found[at].changes, problem.changes),
                safe=found[at].safe and problem.safe,
            )
    return found


def _all_of(first: tuple[Change, ...], second: tuple[Change, ...]) -> tuple[Change, ...]:
    """What mends both, each change once; nothing where one of the two has no mending."""
    return (*first, *(one for one in second if one not in first)) if second else ()


def _cause(problem: Problem) -> tuple[object, ...] | None:
    """What problems of one cause have in common: a name that is not there, a param with a wrong value, the layer that
    gave a tensor its rank, or the model that does not fit its calls."""
    if problem.is_warning:
        return None
    if problem.about is not None:
        kind = NO_PARAM if problem.code == NO_PARAM else "value" if problem.code in VALUES else "name"
        return kind, problem.about
    if problem.code == OUTDATED and problem.loc[:1] == ("training",) and len(problem.loc) == 2:
        return problem.code, *problem.loc[:1]  # one call of `fit` as older Keras had it
    if problem.code == WRONG_RANK and problem.notes:
        # The values of changes may be lists, which no key can hold.
        return problem.code, problem.notes, repr(problem.changes)
    return (problem.code, problem.message) if problem.code == WRONG_CALL else None
