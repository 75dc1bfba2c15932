"""A spec with everything in it expanded: params put in, blocks stamped, repeats written out, includes taken in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from archcompiler import dims
from archcompiler.graph.ir import ArchGraph, Argument, Node, Outputs, Ref
from archcompiler.graph.names import is_stack, stack_loc
from archcompiler.graph.training import Target
from archcompiler.layers.things import ModelName, Thing
from archcompiler.show.layout import SECTION_KEYS, Branch, Entry, Leaf, tree_of, written
from archcompiler.spec.frame import Framed
from archcompiler.tensors import TensorType

GONE = ("params", "include", "blocks")
BY_OUTPUT = ("loss", "loss_weights", "metrics")


def resolved_spec(framed: Framed, graph: ArchGraph, targets: Mapping[str, Target]) -> str:
    """The YAML of a sound spec, expanded: a spec with the same meaning, in its canonical layout."""
    return written(_tree(resolved_data(framed, graph, targets)))


def resolved_data(framed: Framed, graph: ArchGraph, targets: Mapping[str, Target]) -> dict[str, Any]:
    """The same as plain data."""
    frame = framed.frame
    spec: dict[str, Any] = {key: value for key, value in frame.items() if key not in GONE}
    spec["name"] = framed.name
    for section in ("custom_layers", "custom_losses"):
        if section in spec:
            spec[section] = {name: _custom(framed, section, name, one) for name, one in spec[section].items()}
    params = _still_needed(framed)
    if params:
        spec["params"] = params
    spec["inputs"] = _inputs(graph, cast("dict[str, Any]", frame["inputs"]))
    spec.update(_layers(graph, framed.spec.dtype))
    if graph.models:
        given = cast("dict[str, Any]", frame["models"])
        spec["models"] = {
            name: {
                **{key: given[name][key] for key in ("description",) if key in given[name]},
                "inputs": _inputs(model, given[name]["inputs"]),
                **_layers(model, framed.spec.dtype),
            }
            for name, model in graph.models.items()
        }
    if graph.exports:
        spec["exports"] = {
            name: {
                "inputs": [_named(graph, key, ref) for key, ref in one.inputs.items()],
                "outputs": _outputs(graph, one.outputs),
            }
            for name, one in graph.exports.items()
        }
    for section in ("data", "validation_data", "serving"):
        if isinstance(spec.get(section), dict):
            spec[section] = {name: _described(one, framed.params) for name, one in spec[section].items()}
    renamed = {name: _text(graph, ref) for name, ref in graph.outputs.refs.items()}
    if graph.outputs.form == "dict":
        renamed = {}
    _rename(spec, renamed, targets)
    return {key: spec[key] for key in SECTION_KEYS if key in spec}


def _tree(data: dict[str, Any]) -> Branch:
    """Sections in lines of their own, and in one line each what is no list of layers."""
    depths = {"inputs": 1, "layers": 1, "models": 2, "custom_layers": 2, "exports": 1, "targets": 1, "training": 1}
    depths |= {"data": 1, "validation_data": 1}
    entries: list[Entry] = []
    for key, value in data.items():
        branch = tree_of(value, depths.get(key, 0))
        if key == "layers" and isinstance(branch, Branch):
            _open_items(branch)
        elif key == "models" and isinstance(branch, Branch):
            for model in branch.entries:
                for section in model.value.entries if isinstance(model.value, Branch) else ():
                    if section.key == "layers" and isinstance(section.value, Branch):
                        section.value.flow = False
                        _open_items(section.value)
        entries.append(Entry(branch, key))
    return Branch(True, entries)


def _open_items(layers: Branch) -> None:
    """An item's keys in lines of their own."""
    for item in layers.entries:
        if isinstance(item.value, Branch) and len(item.value.entries) > 1:
            item.value.flow = False
            called = item.value.entries[0]
            if isinstance(called.value, Leaf) and called.value.text == "null":
                called.value = Leaf("")


def _custom(framed: Framed, section: str, name: str, given: object) -> object:
    """A class of the user's own, the defaults of its arguments put in."""
    described = cast("dict[str, Any]", given) if isinstance(given, dict) else dict[str, Any]()
    if "arguments" not in described:
        return cast("object", given)
    pasted = framed.paster.paste(described["arguments"], (section, name, "arguments"), framed.params)
    return {**described, "arguments": pasted}


def _still_needed(framed: Framed) -> dict[str, object]:
    """The params that signatures of custom layers name."""
    layers = cast("dict[str, Any]", framed.frame.get("custom_layers") or {})
    said = " ".join(f"{one.get('signature')} {one.get('params')}" for one in layers.values())
    words = set(re.findall(r"\w+", said)) if layers else set[str]()
    return {name: value for name, value in framed.params.items() if name in words}


def _shape(typed: TensorType) -> list[object]:
    return [dim if dim is None or isinstance(dim, int) else dims.text(dim) for dim in typed.axes[1:]]


def _inputs(graph: ArchGraph, given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in graph.inputs:
        written_as = given[node.name]
        shape = _shape(cast("TensorType", node.input_type))
        found[node.name] = shape if isinstance(written_as, list) else {**written_as, "shape": shape}
    return found


def _described(given: object, params: Mapping[str, object]) -> object:
    """One array of the data, its params put in."""
    if isinstance(given, dict):
        described = cast("dict[str, object]", given)
        return {**described, "shape": _described(described.get("shape"), params)}
    if not isinstance(given, list):
        return given
    return [params.get(one, one) if isinstance(one, str) else one for one in cast("list[object]", given)]


def _layers(graph: ArchGraph, dtype: str | None) -> dict[str, Any]:
    """The items of a model, and its outputs."""
    items: list[object] = []
    inputs = graph.inputs
    previous = Ref(inputs[0].name) if len(inputs) == 1 else None
    for node in graph.nodes.values():
        if node.kind != "input":
            items.append(_item(graph, node, previous, dtype))
            previous = Ref(node.name)
    return {"layers": items, "outputs": _outputs(graph, graph.outputs)}


def _outputs(graph: ArchGraph, outputs: Outputs) -> object:
    refs = {name: _text(graph, ref) for name, ref in outputs.refs.items()}
    if outputs.form == "one":
        return next(iter(refs.values()))
    return list(refs.values()) if outputs.form == "list" else refs


def _text(graph: ArchGraph, ref: Ref) -> str:
    if not ref.result:
        return ref.node
    names = graph.nodes[ref.node].result_names
    return f"{ref.node}.{names[ref.result] if ref.result < len(names) else ref.result}"


def _named(graph: ArchGraph, name: str, ref: Ref) -> str:
    """The reference of an export's input, written so that the input keeps its name."""
    names = graph.nodes[ref.node].result_names
    full = f"{ref.node}.{names[ref.result]}" if ref.result < len(names) else ref.node
    return full if full.replace(".", "_") == name else _text(graph, ref)


def _item(graph: ArchGraph, node: Node, previous: Ref | None, dtype: str | None) -> dict[str, Any]:
    thing = node.thing if node.kind == "layer" else None
    key = node.target if thing is None else f"ops.{thing.class_name}" if thing.section == "ops" else thing.class_name
    value: object = None
    if thing is not None:
        value = _given(graph, node, thing, dtype, skip=("name",) if thing.section == "layers" else _operands(node))
    item: dict[str, Any] = {key: value, "name": node.name}
    sources = [_text(graph, ref) for ref in node.sources if ref is not None]
    if node.arguments:
        item["from"] = _arguments(node, sources)
    elif node.listed or len(sources) != 1:
        item["from"] = sources
    elif node.sources[0] != previous:
        item["from"] = sources[0]
    names = node.result_names
    carry = node.kind == "again" and node.names_carry
    if names and not carry and not (node.kind == "model" and names == tuple(graph.models[node.target].outputs.refs)):
        item["outputs"] = list(names)
    if not node.trainable and node.kind != "again":
        item["trainable"] = False
    return item


def _operands(node: Node) -> tuple[str, ...]:
    """The arguments of an operation that `from` says."""
    return tuple(one.name for one in node.arguments if one.positions)


def _arguments(node: Node, sources: list[str]) -> object:
    """`from` as a mapping; for an operation on one list, the list."""
    thing = node.thing
    own = set(thing.given) if thing is not None and thing.section == "ops" else set[str]()
    said: dict[str, object] = {}
    for one in node.arguments:
        value = _argument(one, sources)
        if one.positions or (one.name not in own and value is not None):
            said[one.name] = value
    first = next(iter(said.values()), None)
    if thing is not None and thing.section == "ops" and len(said) == 1 and isinstance(first, list):
        return cast("list[object]", first)
    return said


def _argument(one: Argument, sources: list[str]) -> object:
    tensors = [sources[at] for at in one.positions]
    return one.value if not tensors else tensors if one.listed else tensors[0]


def _given(graph: ArchGraph, node: Node, thing: Thing, dtype: str | None, skip: tuple[str, ...] = ()) -> object:
    """The arguments of a thing as a spec has them: a lone first one by itself."""
    given: dict[str, Any] = {}
    for name, value in thing.given.items():
        if name in skip or (name == "dtype" and dtype is not None and value == dtype):
            continue
        given[name] = _value(graph, node, value, dtype)
        if is_stack(thing, name):
            # The layer that Keras makes of a list of cells has a name, too.
            stack = {"cells": given[name], "name": graph.inner_names[(node.name, stack_loc(thing))]}
            given[name] = {"StackedRNNCells": stack}
    if thing.section == "layers" and thing is not node.thing:
        name = graph.inner_names.get((node.name, thing.loc))
        if name is not None:
            given["name"] = name
    first = next(iter(thing.entry.arguments), None)
    if len(given) == 1 and first in given and isinstance(given[first], (int, float, str)) and thing.section != "ops":
        return given[first]
    return given or None


def _value(graph: ArchGraph, node: Node, value: object, dtype: str | None) -> object:
    if isinstance(value, Thing):
        given = _given(graph, node, value, dtype)
        return value.class_name if given is None and value.section != "layers" else {value.class_name: given}
    if isinstance(value, ModelName):
        return value.name
    if isinstance(value, list):
        return [_value(graph, node, one, dtype) for one in cast("list[object]", value)]
    return value


def _rename(spec: dict[str, Any], renamed: Mapping[str, str], targets: Mapping[str, Target]) -> None:
    """What is said of outputs, under the names that they have now; the shapes of targets as sizes."""
    if "target" in spec and targets:
        target = next(iter(targets.values()))
        spec["target"] = _target(spec["target"], target)
    if "targets" in spec:
        given = cast("dict[str, Any]", spec["targets"])
        spec["targets"] = {
            renamed.get(name, name): _target(one, targets[name]) if name in targets else one
            for name, one in given.items()
        }
    for section in ("data", "validation_data"):
        if isinstance(spec.get(section), dict):
            spec[section] = {renamed.get(name, name): one for name, one in spec[section].items()}
    training = spec.get("training")
    if isinstance(training, dict):
        changed = dict(cast("dict[str, Any]", training))
        for key in BY_OUTPUT:
            if isinstance(changed.get(key), dict) and set(changed[key]) & set(renamed):
                changed[key] = {renamed.get(name, name): one for name, one in changed[key].items()}
        spec["training"] = changed
    generation = spec.get("generation")
    if isinstance(generation, dict):
        fed = cast("dict[str, Any]", generation)
        spec["generation"] = {**fed, "feedback": {renamed.get(one, one): to for one, to in fed["feedback"].items()}}


def _target(given: object, target: Target) -> object:
    if target.type is None:
        return given
    if isinstance(given, list):
        return _shape(target.type)
    return {**cast("dict[str, Any]", given), "shape": _shape(target.type)}
