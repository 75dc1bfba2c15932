"""Types of a model's nodes while it is being lowered."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archcompiler.diagnostics import Problem
from archcompiler.graph.calls import called_by
from archcompiler.graph.infer import Inference, InferredModel
from archcompiler.graph.ir import ArchGraph, Node, Ref, TypedNode
from archcompiler.spec.pasting import UsesUnknown
from archcompiler.tensors import TensorType


class Typer:
    """Types of a model's nodes while it is being lowered, for items that ask how large something is."""

    def __init__(
        self,
        inputs: Mapping[str, Node],
        models: Mapping[str, ArchGraph],
        problems: list[Problem],
        node_of: Callable[[str], Node],
        comes_later: Callable[[str], bool],
    ) -> None:
        """`node_of` gives a node by its name, `comes_later` whether it takes something that is not lowered yet."""
        self._graphs = models
        self._models: dict[str, InferredModel] = {}
        self._node_of = node_of
        self._comes_later = comes_later
        self._inference = Inference(self._models, problems)
        self._tried: set[str] = set()
        for node in inputs.values():
            if node.input_type is None:
                self._tried.add(node.name)  # its mistake is told
            else:
                self._inference.done[node.name] = TypedNode(node, (), (node.input_type,), 0, 0)

    def type_of(self, ref: Ref) -> TensorType | None:
        """The type of a result; None where it is not known by now.

        Raises:
            UsesUnknown: it has a mistake behind it, which is told.
        """
        done, waiting, opened = self._inference.done, [ref.node], set[str]()
        while waiting:
            name = waiting[-1]
            if name in done or name in self._tried:
                waiting.pop()
                continue
            node = self._node_of(name)
            if None in node.sources:
                if self._comes_later(name):
                    return None
                raise UsesUnknown
            ahead = [one.node for one in node.sources if one and one.node not in done and one.node not in self._tried]
            if ahead:
                if not opened.isdisjoint(ahead):
                    return None  # they feed each other in a circle, which is told later
                opened.add(name)
                waiting += ahead
                continue
            self._tried.add(name)
            self._called(node)
            found = self._inference.result(node)
            if found is not None:
                done[name] = TypedNode(node, found[0], found[1].outputs, 0, 0)
        if ref.node not in done or ref.result >= len(done[ref.node].outputs):
            raise UsesUnknown
        return done[ref.node].outputs[ref.result]

    def _called(self, node: Node) -> None:
        """Infer the models that a node calls, each once."""
        if any(name not in self._models for name in called_by(node)):
            for name, graph in self._graphs.items():
                if name not in self._models:
                    self._models[name] = Inference(self._models, []).run(graph)
