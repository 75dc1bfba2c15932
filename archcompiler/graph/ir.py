"""Nodes, the graph they form, and the same graph with the type of every tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from archcompiler.diagnostics import Loc
from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType

if TYPE_CHECKING:
    import networkx

NodeKind = Literal["input", "layer", "again", "model", "faulty"]
"""`layer` makes a layer and calls it, `again` calls one made earlier, `model` calls a nested model; `faulty` stands
where an item could not be read."""

OutputForm = Literal["one", "list", "dict"]


@dataclass(frozen=True, slots=True)
class Ref:
    """One result of a node."""

    node: str
    result: int = 0


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call, by Keras's own name: the tensors at `positions` of the node's sources, as a list where
    `listed`, or a plain `value`."""

    name: str
    positions: tuple[int, ...] = ()
    listed: bool = False
    value: object = None


@dataclass(frozen=True, slots=True)
class Node:
    """One call in the graph. `target` is the layer or the model whose weights it uses; `sources` has None where a
    reference could not be followed."""

    name: str
    kind: NodeKind
    target: str
    sources: tuple[Ref | None, ...]
    loc: Loc
    thing_loc: Loc
    source_locs: tuple[Loc, ...] = ()
    thing: Thing | None = None
    result_names: tuple[str, ...] = ()
    names_carry: bool = False
    """Whether those are the names of an earlier call, of which this one may give some only."""
    input_type: TensorType | None = None
    trainable: bool = True
    listed: bool = False
    """Whether the sources are written as a list, which a merging layer wants even of one tensor."""
    arguments: tuple[Argument, ...] = ()
    """The call's arguments where they are given by name; empty where its tensors are its only argument."""
    stamps: tuple[Loc, ...] = ()
    """The places that stamped the block it is part of, the outermost first."""
    prefix: str = ""
    """What goes before its own name, where it is part of a stamp."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a model gives: by name, each a result of a node; a tensor, a list, or a dict."""

    refs: Mapping[str, Ref]
    form: OutputForm = "one"


@dataclass(frozen=True, slots=True)
class Stamp:
    """One stamp of a block: the item that made it, its name, and what goes before the names of its layers."""

    block: str
    loc: Loc
    name: str
    prefix: str
    within: str
    """The prefix of the stamp that it stands in."""
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    """The values of the block's params."""
    results: tuple[Ref | None, ...] = ()
    """What it gives: the first is what its name stands for."""
    trainable: bool = True


@dataclass(frozen=True, slots=True)
class Export:
    """A part of a model: what it takes, by name, and what it gives."""

    inputs: Mapping[str, Ref]
    outputs: Outputs
    loc: Loc


@dataclass(frozen=True)
class ArchGraph:
    """A model's calls in the order of the spec (`nodes`) and in an order in which they can be made (`order`)."""

    name: str
    nodes: Mapping[str, Node]
    order: tuple[str, ...]
    outputs: Outputs
    loc: Loc
    models: Mapping[str, ArchGraph] = field(default_factory=dict[str, "ArchGraph"])
    """Every model of the spec, by name; those a model needs come before it."""
    inner_names: Mapping[tuple[str, Loc], str] = field(default_factory=dict[tuple[str, Loc], str])
    """The names of wrapped layers, by the node that they are part of and the place where they stand."""
    exports: Mapping[str, Export] = field(default_factory=dict[str, Export])
    stamps: tuple[Stamp, ...] = ()
    unused: tuple[Node, ...] = ()
    """Layers of blocks that are left out, since in their stamp they reach no output."""

    @property
    def inputs(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes.values() if node.kind == "input")

    @cached_property
    def nx(self) -> networkx.DiGraph[str]:
        """The same as a networkx graph; each edge's `result` and `position` say which result is which argument."""
        import networkx

        graph: networkx.DiGraph[str] = networkx.DiGraph(name=self.name)
        for node in self.nodes.values():
            graph.add_node(node.name, kind=node.kind, target=node.target)
        for node in self.nodes.values():
            for position, ref in enumerate(node.sources):
                if ref is not None:
                    graph.add_edge(ref.node, node.name, result=ref.result, position=position)
        return graph


@dataclass(frozen=True, slots=True)
class TypedNode:
    """A node with what it takes and gives. `params` counts all its weights, `trainable_params` those that learn;
    a node that calls weights made elsewhere has none of its own."""

    node: Node
    inputs: tuple[TensorType, ...]
    outputs: tuple[TensorType, ...]
    params: int
    trainable_params: int

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def class_name(self) -> str:
        """The Keras class."""
        if self.node.kind == "input":
            return "InputLayer"
        if self.node.thing is None:
            return "Functional"
        name = self.node.thing.class_name
        return f"ops.{name}" if self.node.thing.section == "ops" else name


@dataclass(frozen=True)
class TypedGraph:
    """A graph that is right: every tensor's type, every layer's parameters, and every nested model likewise."""

    graph: ArchGraph
    nodes: Mapping[str, TypedNode]
    models: Mapping[str, TypedGraph]
    param_count: int
    trainable_param_count: int
    topology: str
    batch_size: int | None = None

    @property
    def name(self) -> str:
        return self.graph.name

    @property
    def inputs(self) -> dict[str, TensorType]:
        return {node.name: self.nodes[node.name].outputs[0] for node in self.graph.inputs}

    @property
    def outputs(self) -> dict[str, TensorType]:
        return {name: self.type_of(ref) for name, ref in self.graph.outputs.refs.items()}

    @property
    def nx(self) -> networkx.DiGraph[str]:
        return self.graph.nx

    def type_of(self, ref: Ref) -> TensorType:
        return self.nodes[ref.node].outputs[ref.result]
