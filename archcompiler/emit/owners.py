"""Where the nodes and stamps of a model are found: by the items of the spec that made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from archcompiler.diagnostics import Loc
from archcompiler.graph.ir import Node, Ref, Stamp, TypedGraph
from archcompiler.plan.model import CallStep, FreezeStep, InputStep, LayerStep, Make, ModelPlan, Step

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Named:
    """The function of a block: its arguments, and the names of its results."""

    name: str
    block: str
    keys: tuple[str, ...]
    """The names of its inputs in the spec."""
    params: Mapping[str, str]
    """Its params that it takes, and the arguments that they are."""
    further: Mapping[str, str]
    """The spec's params that it takes, and the arguments that they are."""
    models: tuple[str, ...]
    """The nested models that it calls."""
    outputs: tuple[str, ...]
    label: str
    """The argument that is the stamp's name."""
    last: str | None
    """The argument that leaves out what nothing takes."""
    trainable: str | None
    """The argument that is false where the stamp is frozen."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A model, with its nodes and stamps by the items that made them and the stamp that those stand in."""

    graph: TypedGraph
    makes: Mapping[str, Make]
    nodes: Mapping[tuple[Loc, str], list[Node]]
    unused: Mapping[tuple[Loc, str], list[Node]]
    """Those that are left out, since they reach no output."""
    stamps: Mapping[tuple[Loc, str], list[Stamp]]
    within: Mapping[str, list[Stamp]]
    """The stamps in each stamp, by its prefix."""
    prefixes: Mapping[str, Stamp]
    """The stamps by their prefixes."""
    alive: frozenset[str]
    """The prefixes of stamps of which something is left."""
    steps: Mapping[str, tuple[Step, ...]]
    """What the plan does for each node."""
    refs: Mapping[str, Ref]
    """What the plan's variables hold."""
    inner: Mapping[str, list[str]]
    """The names of the layers that each node wraps."""
    layer_variables: Mapping[str, str]
    wanted: frozenset[tuple[str, int]]
    notes: Mapping[str, str]
    """Why a layer is another one than the spec says."""
    by_item: Mapping[Loc, list[Node]]
    """The nodes that each item of the model makes, those of its blocks among them, in the order of their calls."""

    by_block: Mapping[str, list[Stamp]]
    """The stamps of each block."""
    prefixes_at: Mapping[Loc, list[str]]
    """The prefixes of the stamps in which an item makes something."""
    unused_in: Mapping[str, list[Loc]]
    """The items of each stamp, by its prefix, that make what is left out."""
    first: Mapping[tuple[Loc, str], int]
    """The place of the first call of an item, in the order of all calls."""

    def stamps_of(self, block: str) -> list[Stamp]:
        return self.by_block.get(block, [])

    def nodes_at(self, loc: Loc) -> Iterator[list[Node]]:
        """The nodes that an item makes, in each stamp in which it makes some."""
        return (self.nodes[loc, one] for one in self.prefixes_at.get(loc, []) if (loc, one) in self.nodes)

    def stamps_at(self, loc: Loc) -> Iterator[tuple[str, list[Stamp]]]:
        """The stamps that an item makes, in each stamp in which it makes some, with the prefix of that."""
        return ((one, self.stamps[loc, one]) for one in self.prefixes_at.get(loc, []) if (loc, one) in self.stamps)

    def around(self, prefix: str) -> list[Stamp]:
        """The stamp with a prefix, and those that it stands in, the outermost last."""
        found: list[Stamp] = []
        while prefix:
            found.append(self.prefixes[prefix])
            prefix = found[-1].within
        return found

    def call(self, node: str) -> CallStep:
        """The step of the plan that calls it."""
        return next(one for one in self.steps[node] if isinstance(one, CallStep))

    def is_frozen_later(self, node: str) -> bool:
        """Whether it is a layer that is frozen once it is called."""
        return isinstance(self.steps[node][-1], FreezeStep)


def _by_item(typed: TypedGraph) -> dict[Loc, list[Node]]:
    found: dict[Loc, list[Node]] = {}
    for name in typed.graph.order:
        node = typed.graph.nodes[name]
        if node.kind != "input":
            loc = node.stamps[0] if node.stamps else node.loc
            found.setdefault(loc[: 4 if loc[0] == "models" else 2], []).append(node)
    return found


def owner_of(typed: TypedGraph, plan: ModelPlan) -> Owner:
    makes: dict[str, Make] = {}
    variables: dict[str, str] = {}
    notes: dict[str, str] = {}
    steps: dict[str, tuple[Step, ...]] = {}
    refs: dict[str, Ref] = {}
    waiting: list[Step] = []
    order, node = iter(typed.graph.order), ""
    for step in plan.steps:
        made = step.make if isinstance(step, LayerStep) else step.callee if isinstance(step, CallStep) else None
        if isinstance(made, Make):
            name = str(dict(made.keywords)["name"])
            makes[name] = made
            if isinstance(step, CallStep) and step.note is not None:
                notes[name] = step.note
            if isinstance(step, LayerStep):
                variables[name] = step.variable
        if isinstance(step, FreezeStep) and step.variable in variables.values():
            steps[node] = (*steps[node], step)  # a layer is frozen once it is called
            continue
        waiting.append(step)
        if isinstance(step, (LayerStep, FreezeStep)):
            continue
        node = next(order)
        steps[node], waiting = tuple(waiting), []
        targets = (step.variable,) if isinstance(step, InputStep) else step.targets
        refs.update({target: Ref(node, at) for at, target in enumerate(targets) if target is not None})
    within: dict[str, list[Stamp]] = {}
    stamps: dict[tuple[Loc, str], list[Stamp]] = {}
    for stamp in typed.graph.stamps:
        stamps.setdefault((stamp.loc, stamp.within), []).append(stamp)
        within.setdefault(stamp.within, []).append(stamp)
    taken = [ref for node in typed.graph.nodes.values() for ref in node.sources if ref is not None]
    wanted = frozenset((ref.node, ref.result) for ref in (*taken, *typed.graph.outputs.refs.values()))
    nodes = _by_place(typed.graph.nodes.values())
    inner: dict[str, list[str]] = {}
    for (name, _), wrapped in typed.graph.inner_names.items():
        inner.setdefault(name, []).append(wrapped)
    prefixes = {one.prefix: one for one in typed.graph.stamps}
    alive: set[str] = set()
    for _, within_it in nodes:
        prefix = within_it
        while prefix and prefix not in alive:
            alive.add(prefix)
            prefix = prefixes[prefix].within
    unused = _by_place(typed.graph.unused)
    by_block: dict[str, list[Stamp]] = {}
    for stamp in typed.graph.stamps:
        by_block.setdefault(stamp.block, []).append(stamp)
    owner = Owner(
        typed, makes, nodes, unused, stamps, within, prefixes, frozenset(alive), steps, refs, inner, variables, wanted,
        notes, _by_item(typed), by_block, _listed(dict.fromkeys([*nodes, *stamps])),
        _listed((prefix, loc) for loc, prefix in unused), {},
    )  # fmt: skip
    return replace(owner, first=_first(owner))


def _listed(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, list[Value]]:
    found: dict[Key, list[Value]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _first(owner: Owner) -> dict[tuple[Loc, str], int]:
    found: dict[tuple[Loc, str], int] = {}
    for at, name in enumerate(owner.graph.graph.order):
        node = owner.graph.graph.nodes[name]
        found.setdefault((node.loc, node.prefix), at)
        for stamp in owner.around(node.prefix):
            if (stamp.loc, stamp.within) in found:
                break
            found[stamp.loc, stamp.within] = at
    return found


def _by_place(nodes: Iterable[Node]) -> dict[tuple[Loc, str], list[Node]]:
    found: dict[tuple[Loc, str], list[Node]] = {}
    for node in nodes:
        found.setdefault((node.loc, node.prefix), []).append(node)
    return found
