"""Structured code under other params than those that it was proven with, held against the plan of a spec so set."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from typing import Any

from archcompiler import pipeline
from archcompiler.emit import source, structure
from archcompiler.emit.expressions import NotStructured
from archcompiler.emit.owners import owner_of
from archcompiler.emit.structure import Structured


def kept(given: Any) -> tuple[Structured | None, Any]:
    """The structured code of a spec, and what is known of the spec."""
    report, checked = pipeline._sound(given, None)
    plan = pipeline._planned(checked, report)
    flat: Any = [source._model(model, model is plan.main, plan) for model in plan.models]
    return structure.structured(checked.framed, checked.graph, plan, flat), checked


def others(found: Structured, params: Any) -> Iterator[dict[str, Any]]:
    """Other values of the arguments of `build_model`, one at a time."""
    for argument in found.models[-1]["parameters"]:
        name, _, text = argument.partition("=")
        name = name if name in params else name.rstrip("_")
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            continue
        several = (
            [not value]
            if isinstance(value, bool)
            else [value + 1, value * 2, 1, 2, 0]
            if isinstance(value, int)
            else []
        )
        several += [0.0, 0.25] if isinstance(value, float) else []
        yield from ({name: one} for one in several if one != value)


def differs(found: Structured, text: Any, params: dict[str, Any]) -> bool | None:
    """Whether the code does another thing than the plan under these params; None where the spec has a mistake then, or
    the code refuses them."""
    if not pipeline.check(text(), params).ok:
        return None
    report, checked = pipeline._sound(text(), params)
    plan = pipeline._planned(checked, report)
    ((name, value),) = params.items()
    main = dict(found.models[-1])
    main["parameters"] = [
        f"{one.partition('=')[0]}={value!r}" if one.partition("=")[0] in (name, f"{name}_") else one
        for one in main["parameters"]
    ]
    owners = {
        "" if model is plan.main else model.name: owner_of(
            checked.graph if model is plan.main else checked.graph.models[model.name], model
        )
        for model in plan.models
    }
    other = Structured(found.blocks, [*found.models[:-1], main], True)
    try:
        return structure.difference(other, owners, plan, set()) is not None
    except NotStructured:
        return True


def as_text(text: str) -> Any:
    return lambda: io.StringIO(text)
