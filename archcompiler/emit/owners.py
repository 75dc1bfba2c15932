"""Where the nodes and stamps of a model are found: by the items of the spec that made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archcompiler.diagnostics import Loc
from archcompiler.graph.ir import Node, Stamp, TypedGraph
from archcompiler.plan.model import CallStep, LayerStep, Make, ModelPlan


@dataclass(frozen=True, slots=True)
class Named:
    """The function of a block: its arguments, and the names of its results."""

    name: str
    inputs: tuple[str, ...]
    keys: tuple[str, ...]
    params: tuple[str, ...]
    further: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """A model, with its nodes and stamps by the items that made them and the stamp that those stand in."""

    graph: TypedGraph
    makes: Mapping[str, Make]
    nodes: Mapping[tuple[Loc, str], list[Node]]
    stamps: Mapping[tuple[Loc, str], list[Stamp]]
    layer_variables: Mapping[str, str]
    wanted: frozenset[tuple[str, int]]
    notes: Mapping[str, str]
    """Why a layer is another one than the spec says."""

    def stamps_of(self, block: str) -> list[Stamp]:
        return [one for one in self.graph.graph.stamps if one.block == block]


def owner_of(typed: TypedGraph, plan: ModelPlan) -> Owner:
    makes: dict[str, Make] = {}
    variables: dict[str, str] = {}
    notes: dict[str, str] = {}
    for step in plan.steps:
        made = step.make if isinstance(step, LayerStep) else step.callee if isinstance(step, CallStep) else None
        if isinstance(made, Make):
            name = str(dict(made.keywords)["name"])
            makes[name] = made
            if isinstance(step, CallStep) and step.note is not None:
                notes[name] = step.note
            if isinstance(step, LayerStep):
                variables[name] = step.variable
    nodes: dict[tuple[Loc, str], list[Node]] = {}
    for node in typed.graph.nodes.values():
        nodes.setdefault((node.loc, node.prefix), []).append(node)
    stamps: dict[tuple[Loc, str], list[Stamp]] = {}
    for stamp in typed.graph.stamps:
        stamps.setdefault((stamp.loc, stamp.within), []).append(stamp)
    refs = [ref for node in typed.graph.nodes.values() for ref in node.sources if ref is not None]
    wanted = frozenset((ref.node, ref.result) for ref in (*refs, *typed.graph.outputs.refs.values()))
    return Owner(typed, makes, nodes, stamps, variables, wanted, notes)
