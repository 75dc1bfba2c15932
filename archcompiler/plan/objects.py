"""Keras objects as they are to be made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from archcompiler.graph.ir import Node
from archcompiler.layers import LAYERS
from archcompiler.layers.call_arguments import KEPT_ON_A_LIST, ONE_BY_ONE
from archcompiler.layers.own import OWN_LAYERS
from archcompiler.layers.recurrent import STATES, cells_of
from archcompiler.layers.things import ModelName, Thing
from archcompiler.plan.model import CUSTOM, OWN, Make, Variable

AS_TUPLES = frozenset({"sizes", "counts", "margins", "integers", "shape", "new_shape", "permutation", "partial_shape"})
"""Kinds of arguments whose lists are tuples in Python."""

MODULES: Mapping[str, str] = {"schedules": "optimizers.schedules"}


@dataclass(frozen=True, slots=True)
class Given:
    """What a call is given: tensors by position, each by itself or as one list, and further arguments by name."""

    positional: tuple[object, ...]
    as_list: bool
    keywords: tuple[tuple[str, object], ...] = ()


def given_to(node: Node, sources: tuple[Variable, ...]) -> Given:
    """How Keras calls the layer or the model of `node` on its sources."""
    name = node.thing.class_name if node.thing is not None else None
    row = LAYERS.get(name or "")
    takes_several = row is not None and row.inputs != "one"
    if node.thing is not None and node.thing.section == "ops":
        return _operands(node, node.thing, sources)
    one_by_one = name in ONE_BY_ONE or (node.thing is not None and node.thing.custom is not None)
    if not node.arguments:
        return Given(sources, ((node.listed and takes_several) or len(sources) > 1) and not one_by_one)
    if name in KEPT_ON_A_LIST:
        plain = tuple((one.name, one.value) for one in node.arguments if not one.positions)
        return Given(sources, True, plain)
    first, *further = node.arguments
    keywords: list[tuple[str, object]] = []
    for one in further:
        tensors = [sources[at] for at in one.positions]
        value: object = one.value if not tensors else tensors if one.listed else tensors[0]
        if one.name == "initial_state" and node.thing is not None and len(tensors) > 1:
            value = by_cell(node.thing, tensors)
        keywords.append((one.name, value))
    as_list = first.listed and (takes_several or node.kind == "model")
    return Given(tuple(sources[at] for at in first.positions), as_list, tuple(keywords))


def by_cell(thing: Thing, states: list[Variable]) -> list[object]:
    """The states of a stack of cells as Keras's RNN wants them: h and c of an LSTM cell together."""
    layers = (
        [thing["layer"], thing["backward_layer"] or thing["layer"]] if thing.class_name == "Bidirectional" else [thing]
    )
    stacks = [cells_of(one) for one in layers if isinstance(one, Thing) and one.class_name == "RNN"]
    sizes = [STATES[cell.class_name.removesuffix("Cell")] for cells in stacks for cell in cells if len(cells) > 1]
    if sum(sizes) != len(states) or max(sizes) == 1:
        return list(states)
    given = iter(states)
    return [next(given) if size == 1 else [next(given) for _ in range(size)] for size in sizes]


def _operands(node: Node, thing: Thing, sources: tuple[Variable, ...]) -> Given:
    """An operation's tensors by position, as far as they come first, and all else by name."""
    operands: dict[str, object] = {}
    for one in node.arguments:
        tensors = [sources[at] for at in one.positions]
        operands[one.name] = tensors if one.listed else tensors[0] if tensors else one.value
    if thing.class_name == "einsum":
        return Given((thing["subscripts"], *cast("list[object]", operands["operands"])), False)
    positional: list[object] = []
    keywords: list[tuple[str, object]] = []
    for name, argument in thing.entry.arguments.items():
        value = operands.get(name, thing.given.get(name))
        if name == "axis" and isinstance(value, list):
            value = tuple(cast("list[object]", value))
        if name not in operands and (name not in thing.given or same(value, argument.default)):
            continue
        if name in operands and not keywords:
            positional.append(value)
        else:
            keywords.append((name, value))
    return Given(tuple(positional), False, tuple(keywords))


def make(
    thing: Thing,
    inner: Callable[[Thing], Make] | None = None,
    further: tuple[tuple[str, object], ...] = (),
) -> Make:
    """The object to be made from a thing: what equals its default is left out; a lone required argument comes first,
    by position."""
    entry = thing.entry

    def value(name: str, raw: object) -> object:
        if isinstance(raw, Thing):
            return inner(raw) if inner is not None and raw.section == "layers" else make(raw, inner)
        return raw

    positional: list[object] = []
    keywords: list[tuple[str, object]] = []
    required = [argument.name for argument in entry.arguments.values() if argument.required]
    for name, argument in (*entry.arguments.items(), *entry.base_arguments.items()):
        # The defaults of a class of the user's own are the spec's: they are written out.
        of_spec = thing.custom is not None and name in entry.arguments and thing[name] is not None
        if (name not in thing.given and not of_spec) or name == "name":
            continue
        raw = thing[name]
        if not argument.required and not of_spec and same(raw, argument.default):
            continue
        made: object
        if isinstance(raw, list):
            entries = [value(name, one) for one in cast("list[object]", raw)]
            made = tuple(entries) if argument.kind in AS_TUPLES else entries
        elif isinstance(raw, ModelName):
            made = Variable(raw.name)
        else:
            made = value(name, raw)
        if (required == [name] and not keywords) or (thing.section == "regularizers" and len(thing.given) == 1):
            positional.append(made)
        else:
            keywords.append((name, made))
    given = (tuple(positional), (*keywords, *further))
    if thing.custom is not None:
        return Make(CUSTOM, thing.class_name, *given, thing.custom.path)
    module = OWN if thing.class_name in OWN_LAYERS else MODULES.get(thing.section, thing.section)
    return Make(module, thing.class_name, *given)


def same(value: object, default: object) -> bool:
    """Equal, and of one type: `1` is not `true`, and `1.0` is written as given."""
    return type(value) is type(default) and value == default
