"""TimeDistributed over steps of any number (ARC407, time-distributed-steps)

## What it does
Warns where `TimeDistributed` goes over a step axis whose size is open, and what it wraps cannot be made without it.
Around `Dense` and `Activation` nothing is said: they are made by themselves, which gives the same.

## Why it matters
On TensorFlow the first batch fixes how many steps `TimeDistributed` goes over. A later one of another length gives a
result of a wrong shape, without a word. On JAX and torch it is right.

## Wrong
```yaml
archcompiler: 1
inputs: {pages: [sentences, 20, 8]}
layers:
  - TimeDistributed: {LSTM: 16}
  - LSTM: 8
```

## Right
```yaml
archcompiler: 1
inputs: {pages: [12, 20, 8]}
layers:
  - TimeDistributed: {LSTM: 16}
  - LSTM: 8
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler import dims
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.graph.distributed import plain_layer
from archcompiler.graph.ir import TypedNode
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    for graph in (subject.graph, *subject.graph.models.values()):
        found: dict[dims.Dim, list[TypedNode]] = {}
        for node in graph.nodes.values():
            thing = node.node.thing
            if thing is None or thing.class_name != "TimeDistributed" or isinstance(node.inputs[0].axes[1], int):
                continue
            if plain_layer(node) is None:
                found.setdefault(node.inputs[0].axes[1], []).append(node)
        for size, nodes in found.items():
            yield _told(size, nodes)


def _told(size: dims.Dim, nodes: list[TypedNode]) -> Problem:
    """One report of all layers that go over the same steps."""
    first = nodes[0]
    said = f" (`{dims.text(size)}`)" if size is not None else ""
    axes = sorted(size.axes) if isinstance(size, dims.Size) else []
    named = f"`{axes[0]}`" if len(axes) == 1 else "the open axis"
    notes = (PlacedNote(f"and so does `{one.name}`", one.node.thing_loc) for one in nodes[1:])
    return Problem(
        "ARC407",
        f"`{first.name}` goes over steps whose number is open{said}: on TensorFlow every batch must have as many as "
        "the first one",
        first.node.thing_loc,
        layer=first.name,
        notes=tuple(one for one in dict.fromkeys(notes) if one.loc != first.node.thing_loc),
        help=f"write a whole number for {named} in the input's shape, or run it on JAX or torch",
    )


RULE = Rule("ARC407", find)
