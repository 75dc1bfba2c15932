"""An argument that forbids the fused kernel (ARC422, slow-kernel)

## What it does
Tells of an LSTM or a GRU that runs step by step on a GPU because of one argument: `recurrent_dropout`, another
`activation` than tanh, another `recurrent_activation` than sigmoid, `use_bias: false`, `unroll: true`, or, of a GRU,
`reset_after: false`. It is looked for only where it is asked for (`select`): it costs time, and changes no result.

## Why it matters
Keras runs these layers by one fused kernel of cuDNN where their arguments are those that cuDNN knows. Otherwise every
step is several small kernels, one step after the other; with the sequences of hundreds of steps that LSTMs are used
for, an epoch takes several times as long. On a processor there is no difference.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 32, recurrent_dropout: 0.2}
  - Dense: 1
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: {units: 32, dropout: 0.2}
  - Dense: 1
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler import dims
from archcompiler.analysis.chains import all_graphs
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.graph.makers import recurrent_layer
from archcompiler.layers.things import Thing
from archcompiler.lint.subject import Rule, Subject

FUSED = {"activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True, "unroll": False,
         "reset_after": True, "recurrent_dropout": 0}  # fmt: skip
"""What cuDNN knows."""


def find(subject: Subject) -> Iterator[Problem]:
    for graph in all_graphs(subject.graph):
        for node in graph.nodes.values():
            thing = recurrent_layer(node.node)
            if node.node.kind != "layer" or thing is None or thing.class_name not in ("LSTM", "GRU"):
                continue
            wrong = next((name for name, value in FUSED.items() if name in thing.given and thing[name] != value), None)
            if wrong is None:
                continue
            steps = dims.text(node.inputs[0].axes[1])
            yield Problem(
                "ARC422",
                f"`{wrong}: {_shown(thing[wrong])}` keeps {thing.class_name} from the fused kernel of a GPU: its "
                f"{steps} steps are run one after the other",
                thing.place(wrong),
                layer=node.name,
                notes=(PlacedNote(f"it is given {node.inputs[0]}", node.node.thing_loc),),
                help=f"remove it; the fused kernel has `{wrong}: {_shown(FUSED[wrong])}`",
            )


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.class_name if isinstance(value, Thing) else str(value)


RULE = Rule("ARC422", find, default=False)
