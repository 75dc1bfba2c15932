"""Units that begin alike (ARC419, alike-units)

## What it does
Warns where the kernel of a hidden layer begins with one number everywhere: `zeros`, `ones` or a `Constant`. A last
layer may begin so, and a layer that does not learn.

## Why it matters
Units that begin alike give one number, as if there were one of them. They come apart only as far as the random weights
around them pull them, and slowly; where those are constant too, they are given one gradient and stay alike. Begun with
zeros, a layer of `relu` has no gradient at all, and what lies before it none at first.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [16]}
layers:
  - Dense: {units: 32, activation: relu, kernel_initializer: zeros}
  - Dense: 1
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [16]}
layers:
  - Dense: {units: 32, activation: relu, kernel_initializer: he_normal}
  - Dense: 1
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcompiler.analysis.chains import KERNELS, RECURRENT, all_graphs, followers, plain
from archcompiler.analysis.heads import LAYERS, PASSING
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.ir import TypedNode
from archcompiler.layers.catalog import catalog
from archcompiler.layers.things import Thing
from archcompiler.lint.subject import Rule, Subject

SAME = frozenset(("Zeros", "Ones", "Constant"))
BETWEEN = PASSING | LAYERS.keys() | {"Activation", "GlobalAveragePooling1D", "MaxPooling1D", "MaxPooling2D"}
"""What may stand between two layers with kernels."""


def find(subject: Subject) -> Iterator[Problem]:
    for graph in all_graphs(subject.graph):
        after = followers(graph)
        for node in graph.nodes.values():
            thing = plain(node)
            if thing is None or thing.class_name not in KERNELS or not node.node.trainable or node.node.kind != "layer":
                continue
            if "kernel_initializer" not in thing.given or thing.given.get("trainable") is False:
                continue
            kind = _class(thing["kernel_initializer"])
            follower = _next(node, after)
            if kind not in SAME or follower is None or node.outputs[0].axes[-1] == 1:
                continue
            place = thing.place("kernel_initializer")
            direct = after[node.name] == [follower] and _class(thing["bias_initializer"]) in SAME
            stay = direct and thing.class_name not in RECURRENT and _begins_constant(follower)
            yield Problem(
                "ARC419",
                f"all units of `{node.name}` begin alike: its kernel begins as {kind}"
                + (f", and they stay alike, as that of `{follower.name}` is constant too" if stay else ""),
                place,
                on_key=False,
                layer=node.name,
                notes=(PlacedNote("it is a hidden layer: this one learns from it", follower.node.thing_loc),),
                help="remove `kernel_initializer`: the default, glorot_uniform, draws random numbers",
                changes=(Change("remove_entry", place),),
                safe=False,
            )


def _begins_constant(node: TypedNode) -> bool:
    """Whether all that the units are given back is the same."""
    thing = plain(node)
    return thing is not None and thing.class_name == "Dense" and _class(thing["kernel_initializer"]) in SAME


def _class(initializer: object) -> str | None:
    if isinstance(initializer, Thing):
        return initializer.class_name
    return catalog().sections["initializers"].strings.get(str(initializer))


def _next(node: TypedNode, after: Mapping[str, list[TypedNode]]) -> TypedNode | None:
    """The layer with a kernel that follows, where nothing else does."""
    while True:
        following = after[node.name]
        if len(following) != 1 or len(following[0].inputs) != 1:
            return None
        node = following[0]
        thing = plain(node)
        if thing is not None and thing.class_name in KERNELS:
            return node
        if node.class_name not in BETWEEN:
            return None


RULE = Rule("ARC419", find)
