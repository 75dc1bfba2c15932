"""What a rule looks at, and the form of a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from archcompiler.diagnostics import Problem
from archcompiler.graph.ir import ArchGraph, TypedGraph
from archcompiler.graph.training import Target, Training, class_of
from archcompiler.layers.things import Thing
from archcompiler.settings import Settings
from archcompiler.spec.models import Spec


@dataclass(frozen=True, slots=True)
class Subject:
    """A spec whose every tensor is known, and all that is known of it. `told` are the outputs of which a mistake is
    told already, so that a rule about what they give keeps silent."""

    spec: Spec
    graph: TypedGraph
    training: Training | None
    settings: Settings
    targets: Mapping[str, Target] = field(default_factory=dict[str, Target])
    told: frozenset[str] = frozenset()
    params: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def graphs(self) -> tuple[ArchGraph, ...]:
        """The main model's graph and those of the nested models."""
        return (self.graph.graph, *self.graph.graph.models.values())

    def losses(self) -> Iterator[tuple[str, str, Thing | None]]:
        """Each output that has a loss of Keras and no mistake yet: its name, the loss's class, and the loss as a thing
        where it is written as one."""
        if self.training is None:
            return
        for name, given in self.training.losses.items():
            loss = class_of("losses", given)
            thing = given if isinstance(given, Thing) else None
            if loss is not None and name not in self.told and (thing is None or thing.custom is None):
                yield name, loss, thing


@dataclass(frozen=True, slots=True)
class Rule:
    """`code` is what the rule tells; `find` gives each place where it holds. One that is not there by `default` is
    asked for by `select`: what it tells is a matter of taste, or of where the model is to run."""

    code: str
    find: Callable[[Subject], Iterator[Problem]]
    default: bool = True
