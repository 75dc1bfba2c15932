"""Metrics of outputs, with the places where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from archcompiler.diagnostics import Change, Loc
from archcompiler.graph.training import Training, class_of
from archcompiler.layers.things import Thing


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of an output. `thing` is None where it is given by its string."""

    class_name: str
    loc: Loc
    thing: Thing | None

    @property
    def on_key(self) -> bool:
        return self.thing is not None


def metrics_of(training: Training, output: str) -> Iterator[Metric]:
    """The metrics of an output; none where the places of some are not known."""
    given, loc = cast("object", training.spec.metrics), ("training", "metrics")
    if not training.one_metrics:
        given, loc = cast("dict[str, object]", given).get(output), (*loc, output)
    found = training.metrics.get(output, ())
    raw = cast("list[object]", given) if isinstance(given, list) else [given]
    if len(raw) != len(found):
        return
    for index, one in enumerate(found):
        thing = one if isinstance(one, Thing) else None
        class_name = class_of("metrics", one)
        place: Loc = thing.loc if thing is not None else (*loc, index) if isinstance(given, list) else loc
        if class_name is not None and (thing is None or thing.custom is None):
            yield Metric(class_name, place, thing)


def replaced(metric: Metric, wanted: str) -> tuple[Change, ...]:
    """Another metric in the place of one that is given by its string."""
    return (Change("replace_value", metric.loc, wanted),) if metric.thing is None else ()
