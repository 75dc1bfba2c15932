"""Code that keeps a spec's structure: a block is a function, a repeat a loop, a param an argument of `build_model`.

It is written from the spec, and then held against the plan, call by call (`tracing.py`). What differs there, or cannot
be said with a function or a loop, is written in place, a line a layer, and all of it tried once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from archcompiler.diagnostics import Loc
from archcompiler.emit.body import Unfit
from archcompiler.emit.expressions import NotStructured, has_expression
from archcompiler.emit.literals import python
from archcompiler.emit.owners import Owner, owner_of
from archcompiler.emit.params import params_in
from archcompiler.emit.tracing import Recorder, keras_of, traced
from archcompiler.emit.writer import Slots, Structured, Writer
from archcompiler.graph.ir import TypedGraph
from archcompiler.plan.model import Plan
from archcompiler.spec.frame import Framed

TRIES = 40
"""How many items and blocks may be written in place, one after the other, before all is."""


def structured(framed: Framed, graph: TypedGraph, plan: Plan, flat: list[Slots]) -> Structured | None:
    """The code of a spec with blocks, repeats or params; None where it has none of them, or where flat code it must be.
    `flat` are the models as they are otherwise."""
    spec = framed.spec
    layers = [spec.layers, *(model.layers for model in spec.models.values())]
    repeats = any(isinstance(item, dict) and ("repeat" in item or "when" in item) for one in layers for item in one)
    stamps = graph.graph.stamps or any(model.graph.stamps for model in graph.models.values())
    if not (stamps or repeats or has_expression(layers) or params_in(framed.data.get("inputs"), framed.params)):
        return None
    owners: dict[str, Owner] = {}
    for model in plan.models:
        is_main = model is plan.main
        owners["" if is_main else model.name] = owner_of(graph if is_main else graph.models[model.name], model)
    marks: set[Loc] = set()
    for _ in range(TRIES):
        try:
            found = Writer(framed, plan, owners, marks).program(flat)
            place = difference(found, owners, plan, marks)
        except Unfit as error:
            place = error.place
        except (NotStructured, SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
            return None  # what is never computed may be no expression at all
        if place is None:
            return None if _is_flat(found, flat) else found  # pyright: ignore[reportPossiblyUnboundVariable]
        if place in marks:
            return None
        marks.add(place)
    return None


def _is_flat(found: Structured, flat: list[Slots]) -> bool:
    """Whether nothing is left of the structure."""
    loops = any(line.lstrip().startswith(("for ", "if ")) for model in found.models for line in model["lines"])
    as_flat = all(one["parameters"] == two["parameters"] for one, two in zip(found.models, flat, strict=True))
    return not found.blocks and not loops and as_flat and not _computes(found)


def _computes(found: Structured) -> bool:
    return any(" = " in line.partition("keras.Input(")[0] for model in found.models for line in model["lines"][:1])


def text_of(found: Structured) -> str:
    """The functions as a program that `tracing` can run."""
    lines: list[str] = []
    for block in found.blocks:
        lines += block
    for model in found.models:
        parameters = [one.removesuffix(": keras.Model") for one in model["parameters"]]
        lines.append(f"def {model['function']}({', '.join(parameters)}):")
        lines += [f"    {line}" for line in model["lines"]]
        lines.append(f"    return keras.Model({model['inputs']}, {model['outputs']}, name={python(model['name'])})")
    return "\n".join(lines)


def difference(found: Structured, owners: Mapping[str, Owner], plan: Plan, marks: set[Loc]) -> Loc | None:
    """What is to be written in place, since with it the program does not make the calls of the plan, in their order;
    None where it does.

    Raises:
        NotStructured: what differs is in place already.
    """
    shapes: dict[str, tuple[tuple[int | None, ...], ...]] = {}
    operations: list[tuple[tuple[int | None, ...], ...]] = []
    groups: dict[str, tuple[int, ...]] = {}
    keys: dict[str, tuple[str, ...]] = {}
    labels: dict[int, object] = {}
    for key, owner in owners.items():
        for name in owner.graph.graph.order:
            node = owner.graph.nodes[name]
            shapes[name] = tuple(one.shape for one in node.outputs)
            labels.update({id(step): (key, name) for step in owner.steps[name]})
            if node.class_name.startswith("ops."):
                operations.append(shapes[name])
            elif node.node.kind != "input":
                groups[node.node.target if node.node.kind == "model" else name] = owner.call(name).groups
                keys[node.node.target] = owner.call(name).keys
        if key:
            shapes[key] = tuple(one.shape for one in owner.graph.outputs.values())
    wanted, done = Recorder(shapes), Recorder(shapes, operations, groups, keys)
    traced(plan, wanted, labels)
    names = keras_of(done)
    names.update({name: done.made("layers", name) for name in plan.classes})
    try:
        exec(compile(text_of(found), "<structured>", "exec"), names)
        cast("Any", names["build_model"])()
    except Exception:  # a program that fails is not the same, whatever it fails with
        pairs = zip(wanted.events, done.events, strict=False)
        at = next((at for at, (one, two) in enumerate(pairs) if one.what != two.what), len(done.events))
        events = wanted.events[at:]
    else:
        told, instead, live = wanted.told(), done.told(), wanted.live()
        if told == instead:
            return None
        pairs = zip(told, instead, strict=False)
        at = next((at for at, (one, two) in enumerate(pairs) if one != two), min(len(told), len(instead)) - 1)
        events = [wanted.events[one] for one in live[at:]]
    return _to_blame([one.label for one in events], owners, marks)


def _to_blame(labels: list[object], owners: Mapping[str, Owner], marks: set[Loc]) -> Loc:
    """The innermost block that is not in place yet around what the labels say, or the item of the model."""
    for label in list(dict.fromkeys(one for one in labels if one is not None))[:3]:
        key, name = cast("tuple[str, str]", label)
        node = owners[key].graph.graph.nodes[name]
        around = owners[key].around(node.prefix)
        places: list[Loc] = [("blocks", one.block) for one in around]
        places.append(around[-1].loc if around else node.loc)
        for place in places:
            if place not in marks and node.kind != "input":
                return place
    raise NotStructured
