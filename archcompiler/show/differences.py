"""What differs between two architectures: layers, shapes, weights; not lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, cast

from archcompiler.flow import to_flow
from archcompiler.graph.ir import TypedGraph, TypedNode
from archcompiler.layers.things import ModelName, Thing
from archcompiler.plan.objects import same

Kind = Literal["same", "changed", "renamed", "added", "removed"]

NO_WEIGHTS = frozenset(
    (
        "name", "activation", "recurrent_activation", "rate", "dropout", "recurrent_dropout",
        "seed", "return_sequences", "return_state", "go_backwards", "stateful", "unroll", "padding",
        "strides", "dilation_rate", "use_cudnn", "kernel_initializer", "recurrent_initializer",
        "bias_initializer", "embeddings_initializer", "gamma_initializer", "beta_initializer",
        "kernel_regularizer", "recurrent_regularizer", "bias_regularizer", "activity_regularizer",
        "embeddings_regularizer", "kernel_constraint", "recurrent_constraint", "bias_constraint",
        "embeddings_constraint", "mask_zero", "mask_value", "epsilon", "momentum", "trainable",
        "zero_output_for_mask", "unit_forget_bias", "flash_attention", "merge_mode",
        "use_causal_mask",
    )
)  # fmt: skip
"""Arguments that change no weight's shape."""


SEVERAL_AXES = ("EinsumDense", "LayerNormalization", "PReLU")
"""Layers whose weights have several axes of the input; of others, arguments and their number tell the shapes."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of one of the two, as it is compared; nested models' layers have the model's name before them."""

    name: str
    class_name: str
    arguments: Mapping[str, object]
    sources: tuple[str, ...]
    inputs: tuple[str, ...]
    shapes: tuple[str, ...]
    params: int
    weights_for: tuple[object, ...]
    """What its weights' shapes hang on."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One layer that is not the same in both, and in what. `weights` says what becomes of trained ones: they `fit`,
    or they are `lost`; nothing where there are none."""

    kind: Kind
    name: str
    what: tuple[str, ...]
    weights: Literal["fit", "lost", ""] = ""
    was: str = ""
    """Its name in the first, where it had another."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two architectures side by side."""

    differences: tuple[Difference, ...]
    params: tuple[int, int]
    fitting: int
    """How many of the first one's weights still fit."""
    same: int
    """How many layers are the same."""


def compare(first: TypedGraph, second: TypedGraph) -> Comparison:
    """What differs from `first` to `second`."""
    old, new = dict(_layers(first)), dict(_layers(second))
    pairs: dict[str, str] = {name: name for name in old if name in new}
    renamed = _renamed([one for name, one in old.items() if name not in pairs],
                       [one for name, one in new.items() if name not in old])  # fmt: skip
    pairs |= renamed
    found: list[Difference] = []
    fitting = same = 0
    matched = {after: before for before, after in pairs.items()}
    for name, layer in new.items():
        before = old.get(matched.get(name, ""))
        if before is None:
            gives = " and ".join(layer.shapes)
            found.append(Difference("added", name, (f"{layer.class_name} → {gives}, {_count(layer.params)}",)))
            continue
        fits = before.params > 0 and before.weights_for == layer.weights_for
        fitting += before.params if fits else 0
        what = tuple(_changes(before, layer, matched))
        weights: Literal["fit", "lost", ""] = "" if not before.params else "fit" if fits else "lost"
        if before.name != name:
            found.append(Difference("renamed", name, what, weights, before.name))
        elif what:
            found.append(Difference("changed", name, what, weights))
        else:
            same += 1
    for name, layer in old.items():
        if name not in pairs:
            what = (f"{layer.class_name}, {_count(layer.params)}",)
            found.append(Difference("removed", name, what, "lost" if layer.params else ""))
    return Comparison(tuple(found), (first.param_count, second.param_count), fitting, same)


def _count(params: int) -> str:
    return f"{params:,} parameter{'s' if params != 1 else ''}"


def _layers(graph: TypedGraph, within: str = "") -> Iterator[tuple[str, Layer]]:
    """Every layer that is made, those of nested models included, once."""
    seen: set[str] = set()
    for name, typed in graph.nodes.items():
        node = typed.node
        if node.kind == "model" and node.target not in seen:
            seen.add(node.target)
            yield from _layers(graph.models[node.target], f"{within}{node.target}.")
        full = f"{within}{name}"
        yield full, _layer(typed, full)


def _layer(typed: TypedNode, name: str) -> Layer:
    node, thing = typed.node, typed.node.thing
    own = thing if node.kind == "layer" else None
    arguments = _given(own) if own else {}
    params = typed.params if node.kind == "layer" else 0
    sized = {key: value for key, value in arguments.items() if key not in NO_WEIGHTS}
    several = len(typed.inputs) > 1 or typed.class_name in SEVERAL_AXES
    sizes = tuple(one.axes[1:] for one in typed.inputs) if params and several else ()
    called = typed.class_name if node.kind != "model" else f"the model {node.target}"
    called = f"{node.target} again" if node.kind == "again" else called
    sources = tuple(f"{ref.node}.{ref.result}" if ref.result else ref.node for ref in node.sources if ref is not None)
    return Layer(
        name,
        called,
        arguments,
        sources,
        tuple(map(str, typed.inputs)),
        tuple(f"{one} {one.dtype}" if one.dtype != "float32" else str(one) for one in typed.outputs),
        params,
        (typed.class_name, params, sizes, to_flow(sized)),
    )


def _given(thing: Thing) -> dict[str, object]:
    """The arguments that are not what they are by default."""
    known = {**thing.entry.arguments, **thing.entry.base_arguments}
    return {
        key: _plain(value)
        for key, value in thing.given.items()
        if key != "name" and not (key in known and not known[key].required and same(value, known[key].default))
    }


def _plain(value: object) -> object:
    """An argument as it is written."""
    if isinstance(value, Thing):
        return {value.class_name: _given(value)}
    if isinstance(value, ModelName):
        return value.name
    if isinstance(value, list):
        return [_plain(one) for one in cast("list[object]", value)]
    return value


def _renamed(old: list[Layer], new: list[Layer]) -> dict[str, str]:
    """Layers of other names that are otherwise alike, in their order."""
    matcher = SequenceMatcher(None, [_likeness(one) for one in old], [_likeness(one) for one in new], autojunk=False)
    found: dict[str, str] = {}
    for block in matcher.get_matching_blocks():
        for at in range(block.size):
            found[old[block.a + at].name] = new[block.b + at].name
    return found


def _likeness(layer: Layer) -> tuple[object, ...]:
    return (layer.class_name, to_flow(dict(layer.arguments)), layer.shapes, layer.params)


def _changes(before: Layer, after: Layer, matched: Mapping[str, str]) -> Iterator[str]:
    if before.class_name != after.class_name:
        yield f"{before.class_name} → {after.class_name}"
    else:
        for key in dict.fromkeys((*before.arguments, *after.arguments)):
            was, now = before.arguments.get(key), after.arguments.get(key)
            if was != now or type(was) is not type(now):
                absent = "the default"
                shown = [to_flow(one) if key in side else absent
                         for one, side in ((was, before.arguments), (now, after.arguments))]  # fmt: skip
                yield f"{key}: {shown[0]} → {shown[1]}"
    if before.sources != tuple(_as_before(one, matched) for one in after.sources):
        yield f"from {', '.join(before.sources) or 'nothing'} → {', '.join(after.sources) or 'nothing'}"
    if before.shapes != after.shapes:
        yield f"{' and '.join(before.shapes)} → {' and '.join(after.shapes)}"
    if before.params != after.params:
        yield f"{before.params:,} → {_count(after.params)}"


def _as_before(source: str, matched: Mapping[str, str]) -> str:
    """A source of the second under the name that it has in the first."""
    name, dot, result = source.partition(".")
    return f"{matched.get(name, name)}{dot}{result}"


def as_text(comparison: Comparison, names: tuple[str, str]) -> str:
    """What differs, a layer a line, and what it comes to."""
    lines: list[str] = []
    marks = {"added": "+", "removed": "-", "changed": "~", "renamed": ">"}
    for one in comparison.differences:
        name = f"{one.was} is now {one.name}" if one.was else one.name
        weights = {"fit": "; its weights still fit", "lost": "; its weights are lost", "": ""}[one.weights]
        what = f": {'; '.join(one.what)}" if one.what else ""
        lines.append(f"{marks[one.kind]} {name}{what}{weights}")
    before, after = comparison.params
    if not lines:
        lines.append(f"{names[0]} and {names[1]} are the same architecture, {_count(before)}")
    else:
        lines.append("")
        of = f"{comparison.fitting:,} of {before:,} weights" if before else "no weights"
        lines.append(f"{_plural(comparison.same, 'layer')} the same; {before:,} → {_count(after)}; {of} still fit")
    return "\n".join(lines)


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"


def as_json(comparison: Comparison, names: tuple[str, str]) -> dict[str, object]:
    """The same for programs."""
    return {
        "version": 1,
        "files": list(names),
        "same_layers": comparison.same,
        "params": list(comparison.params),
        "fitting_params": comparison.fitting,
        "differences": [
            {"kind": one.kind, "layer": one.name, "was": one.was or None, "what": list(one.what),
             "weights": one.weights or None}
            for one in comparison.differences
        ],
    }  # fmt: skip
