"""Linear layers one after the other (ARC413, stacked-linear)

## What it does
Warns where a `Dense` without an activation feeds another `Dense` and nothing else, in a model that is trained. A narrow
one between two wide ones is left alone: it is a factorization.

## Why it matters
Two linear maps one after the other are one linear map. The first layer adds weights and time, and nothing that the
second could not do alone; most often an activation was forgotten.

## Wrong
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: 25
  - Dense: 1
training: {optimizer: adam}
```

## Right
```yaml
archcompiler: 1
inputs: {readings: [24, 2]}
layers:
  - LSTM: 32
  - Dense: {units: 25, activation: relu}
  - Dense: 1
training: {optimizer: adam}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from archcompiler.analysis.chains import all_graphs, pairs, plain
from archcompiler.analysis.heads import activation_of
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.ir import TypedNode
from archcompiler.lint.subject import Rule, Subject
from archcompiler.wording import listed


def find(subject: Subject) -> Iterator[Problem]:
    if subject.training is None:
        return
    for graph in all_graphs(subject.graph):
        chains: dict[str, list[TypedNode]] = {}
        for first, second in pairs(graph):
            if _adds_nothing(first, second):
                chains[second.name] = [*chains.pop(first.name, [first]), second]
        for chain in chains.values():
            yield _told(chain)


def _adds_nothing(first: TypedNode, second: TypedNode) -> bool:
    """Whether two layers do what the second could do alone."""
    thing, after = plain(first), plain(second)
    if thing is None or after is None or first.node.kind != "layer" or second.node.kind != "layer":
        return False
    if thing.class_name != "Dense" or after.class_name != "Dense" or activation_of(first, thing) != "linear":
        return False
    narrows = _narrows(first.inputs[0].axes[-1], thing["units"], after["units"])
    return not narrows and not _is_regularized(thing.given)


def _told(chain: list[TypedNode]) -> Problem:
    things = [thing for one in chain if (thing := plain(one)) is not None]
    first, following = chain[0], chain[1]
    message = f"`{first.name}` has no activation and feeds `{following.name}`: two linear layers do what one does"
    if len(chain) > 2:
        names = listed(one.name for one in chain[:-1])
        message = f"{names} have no activation and feed each other and `{chain[-1].name}`: all do what one layer does"
    notes = [PlacedNote("this has none either", one.loc) for one in things[1:-1]]
    notes.append(PlacedNote("the next layer is linear in what it is given", things[-1].loc))
    several = len(chain) > 2
    return Problem(
        "ARC413",
        message,
        things[0].loc,
        layer=first.name,
        notes=tuple(one for one in dict.fromkeys(notes) if one.loc != things[0].loc),
        help=f"write `activation: relu` in {'each of them' if several else 'the Dense{on_line}'}, or remove "
        f"{'them' if several else 'it'}",
        changes=tuple(dict.fromkeys(Change("set_argument", one.loc, "relu", "activation") for one in things[:-1])),
        safe=False,
    )


def _narrows(before: object, units: object, after: object) -> bool:
    return isinstance(before, int) and isinstance(units, int) and isinstance(after, int) and units < min(before, after)


def _is_regularized(given: object) -> bool:
    """Whether what the layer gives is meant for itself: a code that is kept small."""
    return isinstance(given, dict) and "activity_regularizer" in given


RULE = Rule("ARC413", find)
