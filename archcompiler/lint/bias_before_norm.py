"""A bias that a normalization takes away (ARC417, bias-before-norm)

## What it does
Tells of a `Dense` or a convolution with a bias and no activation right before a `BatchNormalization`. It is looked for
only where it is asked for (`select`), as many published models have it.

## Why it matters
The normalization subtracts the mean, the bias with it, and adds a `beta` of its own. The bias does nothing: weights,
memory and time for no effect. `use_bias: false` gives the same model.

## Wrong
```yaml
archcompiler: 1
inputs: {images: [28, 28, 1]}
layers:
  - Conv2D: {filters: 16, kernel_size: 3}
  - BatchNormalization
  - ReLU
```

## Right
```yaml
archcompiler: 1
inputs: {images: [28, 28, 1]}
layers:
  - Conv2D: {filters: 16, kernel_size: 3, use_bias: false}
  - BatchNormalization
  - ReLU
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import CONVOLUTIONS, all_graphs, pairs, plain
from archcompiler.analysis.heads import activation_of
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.lint.subject import Rule, Subject


def find(subject: Subject) -> Iterator[Problem]:
    for graph in all_graphs(subject.graph):
        for first, second in pairs(graph):
            thing = plain(first)
            if thing is None or thing.class_name not in ("Dense", *CONVOLUTIONS) or first.node.kind != "layer":
                continue
            norm = second.node.thing
            if second.class_name != "BatchNormalization" or norm is None or norm["axis"] != -1 or not norm["center"]:
                continue
            if thing["use_bias"] is False or activation_of(first, thing) != "linear":
                continue
            yield Problem(
                "ARC417",
                f"the bias of `{first.name}` does nothing: `{second.name}` subtracts it with the mean",
                thing.place("use_bias"),
                layer=first.name,
                notes=(PlacedNote("it adds a `beta` of its own", norm.loc),),
                help=f"write `use_bias: false` in the {thing.class_name}{{on_line}}",
                changes=(Change("set_argument", thing.loc, False, "use_bias"),),
                safe=False,
            )


RULE = Rule("ARC417", find, default=False)
