"""Classes that are not Keras's: those that emitted code writes out, and those that it imports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from archcompiler.plan.model import CUSTOM, OWN, CallStep, Imported, LayerStep, Make, Plan


def written_out(plan: Plan) -> list[str]:
    """The layers that Keras lacks, in the order in which they are first used."""
    return list(dict.fromkeys(one.class_name for one in _objects(plan) if isinstance(one, Make) and one.module == OWN))


def imports(plan: Plan) -> list[str]:
    """The imports of classes and functions of the user's own, a line a module."""
    found: dict[str, str] = {}
    for one in _objects(plan):
        if isinstance(one, Imported):
            found[one.name] = one.path
        elif one.module == CUSTOM:
            found[one.class_name] = one.path
    modules: dict[str, list[str]] = {}
    for name, path in sorted(found.items()):
        module, _, member = path.rpartition(".")
        modules.setdefault(module, []).append(f"{member} as {name}" if name != member else member)
    return [f"from {module} import {', '.join(names)}" for module, names in sorted(modules.items())]


def _objects(plan: Plan) -> Iterator[Make | Imported]:
    for model in plan.models:
        for step in model.steps:
            if isinstance(step, LayerStep):
                yield from _within(step.make)
            elif isinstance(step, CallStep):
                yield from _within(step.callee)
    if plan.training is not None:
        yield from _within(plan.training.loss)


def _within(value: object) -> Iterator[Make | Imported]:
    if isinstance(value, (Make, Imported)):
        yield value
    if isinstance(value, Make):
        for one in (*value.positional, *(one for _, one in value.keywords)):
            yield from _within(one)
    elif isinstance(value, dict):
        for one in cast("dict[object, object]", value).values():
            yield from _within(one)
    elif isinstance(value, (list, tuple)):
        for one in cast("list[object]", value):
            yield from _within(one)
