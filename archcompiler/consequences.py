"""One mistake, one report: problems that only follow from another one are left out, and those of one cause are one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archcompiler.diagnostics import Change, PlacedNote, Problem

REFERENCES = frozenset(("ARC116", "ARC303", "ARC310"))
"""References that name nothing."""
MISFITS = frozenset(("ARC301", "ARC302"))
"""Outputs that do not fit their targets."""
USED_UP = "ARC336"
"""Data of which the layers leave nothing; what is compared with that does not fit either."""
TOPOLOGY, FEEDBACK, OPEN_SIZE = "ARC305", "ARC311", "ARC204"
NO_PARAM, NO_NAME, NO_ARGUMENT, MISSING, BAD_ITEM = "ARC108", "ARC116", "ARC111", "ARC112", "ARC115"
OUTDATED, UNUSED = "ARC114", "ARC118"
BAD_VALUE, WRONG_RANK, WRONG_CALL = "ARC113", "ARC201", "ARC208"


def without_consequences(problems: Iterable[Problem]) -> list[Problem]:
    """The problems less those that would go with another."""
    problems = list(problems)
    errors = [one for one in problems if not one.is_warning]
    if len(errors) < 2:
        return problems
    return _joined(one for one in problems if not _follows(one, errors))


def _follows(problem: Problem, errors: list[Problem]) -> bool:
    others = [one for one in errors if one is not problem]
    if problem.vague:
        return any(not one.vague and one.code < "ARC2" for one in others)
    hidden = any(one.code in ("ARC105", "ARC106") and one.loc[-1] == "name" for one in others)
    if hidden and problem.code in REFERENCES and problem.about is not None:
        return True  # the layer that is meant has a name that cannot be taken
    if problem.code == NO_PARAM and problem.about is not None:
        return any(_hides(one, problem) for one in others)
    if problem.code == MISSING:
        return any(one.code == NO_ARGUMENT and one.loc[:-1] == problem.loc for one in others)
    if problem.code == NO_NAME and problem.about is not None and "." in problem.about:
        result = problem.about.rpartition(".")[2]
        return any(one.code == NO_NAME and one.about == result for one in others)
    if problem.code in MISFITS and any(one.code == USED_UP and one.loc[:1] == problem.loc[:1] for one in others):
        return True
    if problem.code == TOPOLOGY:
        return any(one.code == "ARC301" for one in others)
    if problem.code == FEEDBACK:
        misread = any(one.loc[:1] == ("generation",) and one.code < "ARC2" for one in others)
        return misread or any(one.code in MISFITS and one.layer == problem.layer for one in others)
    if problem.code == BAD_VALUE and problem.loc[-1:] == ("columns",):
        return any(one.code > "ARC2" for one in others)  # the shape is wrong, and does not fit the model either
    if problem.code == UNUSED:
        return any(one.code == WRONG_CALL and any(two.value == problem.layer for two in one.changes) for one in others)
    if problem.code == OPEN_SIZE:
        return any(one.code == NO_PARAM and f"`{one.about}`" in problem.message for one in others)
    return False


def _hides(other: Problem, problem: Problem) -> bool:
    """Whether the param is only unknown because what gives it could not be read."""
    beside = other.code == BAD_ITEM and other.loc[:-1] == problem.loc[: len(other.loc) - 1]
    return beside or (other.code == "ARC001" and f"`{problem.about}:`" in other.message)


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
        kind = problem.code if problem.code in (NO_PARAM, BAD_VALUE) else "name"
        return kind, problem.about
    if problem.code == OUTDATED and problem.loc[:1] == ("training",) and len(problem.loc) == 2:
        return problem.code, *problem.loc[:1]  # one call of `fit` as older Keras had it
    if problem.code == WRONG_RANK and problem.notes:
        # The values of changes may be lists, which no key can hold.
        return problem.code, problem.notes, repr(problem.changes)
    return (problem.code, problem.message) if problem.code == WRONG_CALL else None
