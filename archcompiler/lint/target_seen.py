"""The next step is predicted by what has seen it (ARC406, target-seen)

## What it does
Warns where the target of an output is `next_step_of` an input, and a layer on the way to it looks at later steps than
its own: a `Bidirectional`, a `Conv1D` with `padding: same`, an attention without a causal mask (made by hand of `Dot`
or `ops.matmul` too), an average over steps. It is told where it is certain: zeros before a convolution, a running sum,
kernels of one step look back only, and scores that are joined with another tensor may be masked. How many steps there
are need not be known, and steps are followed where `Reshape` and `Permute` lay them, and back.

Warns too where the target is `same_as` an input of codes, and each step of the output is made from that very code: most
often the shift by one step was forgotten.

## Why it matters
At step *t* the model is to say what step *t* + 1 is, and step *t* + 1 is among what it is given, at every step but the
last. It learns to copy it: the loss is wonderful in training and in validation, and the model predicts nothing. Keras
says nothing.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [steps, 2]}
layers:
  - Bidirectional: {LSTM: {units: 16, return_sequences: true}}
  - Dense: 2
target: {next_step_of: readings}
training: {optimizer: adam, loss: mse}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [steps, 2]}
layers:
  - LSTM: {units: 32, return_sequences: true}
  - Dense: 2
target: {next_step_of: readings}
training: {optimizer: adam, loss: mse}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.causality import sights
from archcompiler.analysis.leaking import causal, only_padded, padded_notes, padding_alone, same_padded, states_of_it
from archcompiler.analysis.lookups import lookups
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.ir import Node, TypedGraph
from archcompiler.graph.steps import keeps_steps
from archcompiler.layers.things import Thing
from archcompiler.lint.subject import Rule, Subject

BY_HAND = "add a causal mask before the softmax, or use `Attention` with `use_causal_mask: true`"
HELP = {
    "Bidirectional": "use its layer alone, which looks back only",
    "Conv1D": "`padding: causal` looks back only",
    "Attention": "give the attention a causal mask",
    "AdditiveAttention": "give the attention a causal mask",
    "MultiHeadAttention": "give the attention a causal mask",
    "GroupQueryAttention": "give the attention a causal mask",
    **dict.fromkeys(("Dot", "matmul", "einsum"), BY_HAND),
}

NOISES = frozenset(("GaussianNoise", "GaussianDropout"))


def find(subject: Subject) -> Iterator[Problem]:
    yield from _copied(subject)
    graph = subject.graph
    for output, source, loc in _targets(subject):
        if not keeps_steps(graph.outputs[output], graph.inputs[source]):
            continue
        ref = graph.graph.outputs.refs[output]
        sight = sights(graph, source)[ref.node][ref.result]
        if not sight.ahead:
            continue
        culprit = _node_at(graph, sight.culprit)
        if culprit.name in subject.told:  # that it cannot be generated, either
            continue
        notes, help, padded = _mending(graph, output, culprit, source)
        yield Problem(
            "ARC406",
            f"`{output}` is to say what comes next in `{source}`, but `{'.'.join(sight.culprit)}` has seen it already",
            loc,
            on_key=False,
            layer=culprit.name,
            notes=(PlacedNote(sight.reason, culprit.thing_loc), *notes),
            help=f"{help}; as it is, the model learns to copy the next step",
            changes=causal(padded),
            safe=False,
        )


def _copied(subject: Subject) -> Iterator[Problem]:
    """Outputs that are to say which code they are given at the same step."""
    graph = subject.graph
    for output, loss, _ in subject.losses():
        target = subject.targets.get(output)
        source = target.same_as if target is not None else None
        if target is None or source is None or loss != "SparseCategoricalCrossentropy":
            continue
        readers = [reader for reader, given in lookups(graph) if given.name == source]
        noisy = any(node.class_name in NOISES for node in graph.nodes.values())
        if not readers or noisy or not keeps_steps(graph.outputs[output], graph.inputs[source]):
            continue
        ref = graph.graph.outputs.refs[output]
        if sights(graph, source)[ref.node][ref.result].reach not in ("same", "past"):
            continue
        loc = (*target.loc, "same_as")
        yield Problem(
            "ARC406",
            f"`{output}` is to give back `{source}`, of which each step is given to it",
            loc,
            layer=output,
            notes=(PlacedNote("it is given here", readers[0].node.thing_loc),),
            help=f"write `next_step_of: {source}`, if the next step is meant; as it is, the model learns to copy",
            changes=(Change("replace_key", loc, "next_step_of"),),
            safe=False,
        )


def _targets(subject: Subject) -> Iterator[tuple[str, str, Loc]]:
    """Each output that is to give the next step of an input, that input, and where this is said."""
    for name, target in subject.targets.items():
        if target.next_step_of is not None:
            yield name, target.next_step_of, (*target.loc, "next_step_of")


def _mending(
    graph: TypedGraph, output: str, culprit: Node, source: str
) -> tuple[tuple[PlacedNote, ...], str, list[Thing]]:
    """Further places to look at, what would mend it, and the convolutions whose padding would."""
    thing = culprit.thing
    if thing is not None and only_padded(thing):
        others = same_padded(graph, output, culprit)
        mended = [thing, *others] if padding_alone(graph, output) else []
        return padded_notes(others), HELP[thing.class_name], mended
    if culprit.name in graph.nodes and graph.nodes[culprit.name].node is culprit and len(culprit.sources) > 1:
        seen = sights(graph, source).items()
        states = states_of_it(graph, culprit, {name for name, one in seen if any(s.reach != "nothing" for s in one)})
        if states is not None:
            return *states, []
    return (), HELP.get(thing.class_name if thing else "", "use a layer that looks back only, such as `LSTM`"), []


def _node_at(graph: TypedGraph, path: tuple[str, ...]) -> Node:
    """The node at the end of a path through nested models."""
    for name in path[:-1]:
        graph = graph.models[graph.nodes[name].node.target]
    return graph.nodes[path[-1]].node


RULE = Rule("ARC406", find)
