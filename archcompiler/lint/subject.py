"""What a lint looks at, and the form of a lint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archcompiler.diagnostics import Problem
from archcompiler.graph.ir import ArchGraph, TypedGraph
from archcompiler.graph.training import Training
from archcompiler.settings import Settings
from archcompiler.spec.models import Spec


@dataclass(frozen=True, slots=True)
class Subject:
    """A spec that has no error so far, and all that is known of it."""

    spec: Spec
    graph: TypedGraph
    training: Training | None
    settings: Settings

    @property
    def graphs(self) -> tuple[ArchGraph, ...]:
        """The main model's graph and those of the nested models."""
        return (self.graph.graph, *self.graph.graph.models.values())


@dataclass(frozen=True, slots=True)
class Rule:
    """`code` is what the lint tells; `find` gives each place where it holds."""

    code: str
    find: Callable[[Subject], Iterator[Problem]]
