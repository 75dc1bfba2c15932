"""Padding that counts as data (ARC410, padding-counted)

## What it does
Warns where sequences differ in length (`lengths: varying`), and the first layer that takes their steps together is
given no mask; and where an output is to give such a sequence back, but a `RepeatVector` made its steps, which has no
mask.

## Why it matters
Sequences of a batch are padded to one length. Without a mask the padding is read as if it were data: an LSTM goes on
from the last true step through all of it, and an average takes it in. In a loss each step of padding counts as one of
the sequence, where the output carries no mask.

## Wrong
```yaml
archcompiler: 1
inputs: {words: {shape: [steps], dtype: int32, lengths: varying}}
layers:
  - Embedding: {input_dim: 500, output_dim: 16}
  - LSTM: 8
```

## Right
```yaml
archcompiler: 1
inputs: {words: {shape: [steps], dtype: int32, lengths: varying}}
layers:
  - Embedding: {input_dim: 500, output_dim: 16, mask_zero: true}
  - LSTM: 8
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.ir import TypedGraph, TypedNode
from archcompiler.graph.supposing import ancestors
from archcompiler.layers import row_of
from archcompiler.lint.subject import Rule, Subject

NO_STEPS = ("RepeatVector", "RepeatLike")


def find(subject: Subject) -> Iterator[Problem]:
    for graph, name, loc in _varying(subject):
        if graph is subject.graph:
            yield from _given_back(subject, name, loc)
        taker, embedding = _taker(graph, name)
        if taker is None:
            continue
        change = (Change("set_argument", embedding.node.thing_loc, True, "mask_zero"),) if embedding is not None else ()
        help = "write `mask_zero: true` at the Embedding" if change else "put a `Masking` before it"
        note = PlacedNote("its sequences differ in length", (*loc, "lengths"), False)
        message = f"`{taker.name}` takes the steps of `{name}` together without a mask, so that padding counts as data"
        yield Problem("ARC410", message, taker.node.thing_loc, True, taker.name, (note,), help, change, False)


def _varying(subject: Subject) -> Iterator[tuple[TypedGraph, str, Loc]]:
    """The inputs whose sequences differ in length, each once: the model in which they are, and where it is said."""
    spec, graph = subject.spec, subject.graph
    said: set[str] = set()
    for key, entries in (("inputs", spec.inputs), ("data", spec.data), ("validation_data", spec.validation_data)):
        for name, given in entries.items() if isinstance(entries, dict) else ():
            if given.lengths is not None and name in graph.inputs and name not in said:
                said.add(name)
                yield graph, name, (key, name)
    for model, inner in graph.models.items():
        for name, given in spec.models[model].inputs.items():
            if given.lengths is not None:
                yield inner, name, ("models", model, "inputs", name)


def _taker(graph: TypedGraph, name: str) -> tuple[TypedNode | None, TypedNode | None]:
    """The first layer that joins the steps of the input and sees no mask; and an Embedding that could make one."""
    stepped = {name}
    embedding: TypedNode | None = None
    for one in graph.graph.order:
        node = graph.nodes[one]
        fed = [at for at, ref in enumerate(node.node.sources) if ref is not None and ref.node in stepped]
        if not fed or node.node.kind == "input":
            continue
        if node.class_name == "Embedding":
            embedding = node
        if any(node.inputs[at].mask for at in fed):
            return None, None
        row = row_of(node.node.thing) if node.node.thing is not None and node.node.thing.section == "layers" else None
        if row is not None and row.time in ("past", "all", "none") and node.class_name not in NO_STEPS:
            return node, embedding
        stepped.add(one)
    return None, None


def _given_back(subject: Subject, name: str, loc: Loc) -> Iterator[Problem]:
    """Outputs that are to give the padded input back, whose steps are made anew and carry no mask."""
    nodes, refs = subject.graph.nodes, subject.graph.graph.outputs.refs
    for output, target in subject.targets.items():
        ref = refs[output]
        if target.same_as != name or subject.training is None or output not in subject.training.losses:
            continue
        above = ancestors(ref, nodes)
        anew = [one for one in subject.graph.graph.order if one in above and nodes[one].class_name == "RepeatVector"]
        masks = [one for one in subject.graph.graph.order if one in above and _makes_mask(nodes[one], name)]
        if nodes[ref.node].outputs[ref.result].mask or len(anew) != 1 or not masks:
            continue
        repeat = nodes[anew[0]]
        notes = (
            PlacedNote("its sequences differ in length", (*loc, "lengths"), False),
            PlacedNote(f"`{masks[0]}` makes the mask", nodes[masks[0]].node.thing_loc),
        )
        source = next(ref.node for ref in repeat.node.sources if ref is not None)
        yield Problem(
            "ARC410",
            f"`{repeat.name}` has no mask, so that the padding of `{name}` counts in the loss of `{output}`",
            repeat.node.thing_loc,
            layer=repeat.name,
            notes=notes,
            help=f"write `RepeatLike:` with `from: [{source}, {masks[0]}]`, which takes the steps and mask of that",
            changes=(
                Change("replace_key", repeat.node.thing_loc, "RepeatLike"),
                Change("replace_value", repeat.node.thing_loc),
                Change("set_key", repeat.node.loc, [source, masks[0]], "from"),
            ),
            safe=False,
        )


def _makes_mask(node: TypedNode, name: str) -> bool:
    """Whether the mask of an input begins at the node."""
    return bool(node.outputs[0].mask) and any(
        ref is not None and ref.node == name and not given.mask
        for ref, given in zip(node.node.sources, node.inputs, strict=False)
    )


RULE = Rule("ARC410", find)
