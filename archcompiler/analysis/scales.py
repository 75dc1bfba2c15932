"""Inputs of nested models that are scaled: numbers are scaled as data, so that what is scaled is the input of the main
model which they are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.calls import called_by
from archcompiler.graph.ir import Ref, TypedGraph, TypedNode
from archcompiler.spec.models import Spec, TensorSpec
from archcompiler.tensors import FLOAT_DTYPES

Scale = Literal["standard", "minmax"]
Said = tuple[Scale, Loc]
"""How an input is scaled, and where that is said."""


def with_scales(spec: Spec, graph: TypedGraph, problems: list[Problem]) -> Spec:
    """The spec with the inputs scaled that nested models want so."""
    if not any(one.scale for model in spec.models.values() for one in model.inputs.values()):
        return spec
    found = _Scales(spec, graph.models, problems).of(graph, spec.inputs, ("inputs",))
    inputs = {name: replace(one, scale=found[name][0]) if name in found else one for name, one in spec.inputs.items()}
    return replace(spec, inputs=inputs)


class _Scales:
    def __init__(self, spec: Spec, models: Mapping[str, TypedGraph], problems: list[Problem]) -> None:
        self.spec = spec
        self.models = models
        self.problems = problems
        self._known: dict[str, dict[str, Said]] = {}

    def of(self, graph: TypedGraph, inputs: Mapping[str, TensorSpec], place: Loc) -> dict[str, Said]:
        """The inputs of a model that are scaled, of itself or because of the models that it calls."""
        found: dict[str, Said] = {
            name: (one.scale, (*place, name, "scale")) for name, one in inputs.items() if one.scale is not None
        }
        for name, said in list(found.items()) if place[0] == "models" else ():
            if graph.inputs[name].dtype not in FLOAT_DTYPES:
                message = f"`{name}` holds {graph.inputs[name].dtype} codes, which cannot be scaled"
                change = Change("remove_entry", said[1])
                self.problems.append(Problem("ARC322", message, said[1], help="remove `scale`", changes=(change,)))
                del found[name]
        for node in graph.nodes.values():
            for called in called_by(node.node):
                for name, ref, said in self._given(node, called):
                    source = graph.nodes[ref.node]
                    if source.node.kind != "input":
                        self.problems.append(_no_data(called, name, node, source, said))
                    elif found.setdefault(ref.node, said)[0] != said[0]:
                        self.problems.append(_otherwise(called, name, said, ref.node, found[ref.node]))
        return found

    def _given(self, node: TypedNode, called: str) -> Iterator[tuple[str, Ref, Said]]:
        """The scaled inputs of the model that a node calls, and what it gives for them."""
        if called not in self._known:
            inputs = self.spec.models[called].inputs
            self._known[called] = self.of(self.models[called], inputs, ("models", called, "inputs"))
        for name, ref in zip(self.models[called].inputs, node.node.sources, strict=False):
            if name in self._known[called] and ref is not None:
                yield name, ref, self._known[called][name]


def _no_data(called: str, name: str, node: TypedNode, source: TypedNode, said: Said) -> Problem:
    return Problem(
        "ARC322",
        f"`{name}` of `{called}` is scaled as the data have it, but it is given what `{source.name}` computes",
        said[1],
        notes=(PlacedNote("it is given that here", node.node.thing_loc),),
        help="remove `scale`; what layers give is scaled by a layer, such as `BatchNormalization`",
        changes=(Change("remove_entry", said[1]),),
        safe=False,
    )


def _otherwise(called: str, name: str, said: Said, taken: str, first: Said) -> Problem:
    return Problem(
        "ARC322",
        f"`{name}` of `{called}` is to be scaled `{said[0]}`, but `{taken}`, which it is given, `{first[0]}`",
        said[1],
        on_key=False,
        notes=(PlacedNote("that is said here", first[1]),),
        help=f"data are scaled once: write `{first[0]}`, or `{said[0]}` there",
        changes=(Change("replace_value", said[1], first[0]),),
        safe=False,
    )
