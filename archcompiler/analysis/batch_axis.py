"""Outputs that have lost the batch axis: there is no number of theirs for each sample, so nothing can be trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.graph.ir import ArchGraph, Ref, TypedNode


def without_batch(graph: ArchGraph, nodes: Mapping[str, TypedNode]) -> Iterator[Problem]:
    """Each output that is one number for the whole batch, told at what takes the axis away."""
    for name, ref in graph.outputs.refs.items():
        if ref.node not in nodes or nodes[ref.node].outputs[ref.result].rank > 0:
            continue
        maker = nodes[_maker(nodes, ref)]
        yield Problem(
            "ARC301",
            f"the output `{name}` is one number for the whole batch: `{maker.name}` takes the batch axis away",
            maker.node.thing_loc,
            layer=maker.name,
            notes=(PlacedNote("it is an output of the model", graph.nodes[ref.node].thing_loc),)
            if maker.name != ref.node
            else (),
            help="keep the first axis: name the others, such as `axis: -1`",
        )


def _maker(nodes: Mapping[str, TypedNode], ref: Ref) -> str:
    """The first node above an output that gives no axis."""
    name = ref.node
    while True:
        above = next((one for one in nodes[name].node.sources if one is not None), None)
        if above is None or above.node not in nodes or nodes[above.node].outputs[above.result].rank > 0:
            return name
        name = above.node
