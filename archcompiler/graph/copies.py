"""A mending of a layer that stands once in the spec and is made several times: what mends one copy breaks another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archcompiler.diagnostics import Problem
from archcompiler.graph.ir import Node


def of_copies(problem: Problem, nodes: Iterable[Node]) -> Problem:
    """The problem without a change of `return_sequences` that would hold for every copy of a block, or of a `repeat`,
    where the last copy alone is to have another one."""
    change = problem.changes[0] if len(problem.changes) == 1 else None
    if change is None or change.name != "return_sequences":
        return problem
    copies = [one for one in nodes if one.kind == "layer" and one.thing_loc == change.loc[: len(one.thing_loc)]]
    if len(copies) < 2:
        return problem
    name = next((part for part in reversed(change.loc) if isinstance(part, str)), "layer")
    which = f"only the last {name} is to return its last step alone"
    if change.value:
        which = f"every {name} but the last must return every step"
    how = "give the block a param for `return_sequences`" if copies[-1].stamps else "write the last one apart"
    return replace(problem, help=f"{which}: this line makes several, so {how}", changes=())
