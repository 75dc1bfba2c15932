"""Arrays under names that are not meant: those of two are swapped, or all are called as in a notebook (`X_train`).

What is meant is told once, and the rest of a check goes on as if it stood there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, islice, permutations
from typing import TYPE_CHECKING

from archcompiler import dims
from archcompiler.analysis.contract import contract, target_type
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.data import BESIDE, DataSet, Supplied, bound_axes, target_of
from archcompiler.graph.ir import ArchGraph, TypedNode
from archcompiler.graph.makers import Typed
from archcompiler.graph.training import Target, Training
from archcompiler.suggest import closest
from archcompiler.tensors import shape_text
from archcompiler.wording import listed

if TYPE_CHECKING:
    from archcompiler.data.given import Given

Fits = Mapping[str, Callable[[Supplied], bool]]
"""Each input and output, and whether an array is what it needs."""
MOST = 5
"""Arrays that are tried in every order."""
_PART = r"(?:train|test|val|valid)_?"
_TARGET = re.compile(rf"(?:y|target|label|answer|out)(?:s|_.*|\d*)?$|{_PART}(?:y|labels?|targets?)$")
_INPUT = re.compile(rf"(?:x|input|data|feature|image)(?:s|_.*|\d*)?$|{_PART}(?:x|data|images?)$")


def set_right(
    sets: Mapping[str, Given],
    inputs: Collection[str],
    graph: ArchGraph,
    nodes: Mapping[str, TypedNode],
    declared: Mapping[str, Target],
    training: Training | None,
    models: Mapping[str, Typed],
    batch: dims.Dim,
) -> tuple[dict[str, Given], list[Problem]]:
    """The data with each array under the name that is meant, and what was not. The `inputs` are those of the spec:
    the graph lacks one whose shape is faulty."""
    windows = training is not None and training.spec.windows is not None
    if windows or any(not ref.node for ref in graph.outputs.refs.values()):
        return dict(sets), []
    fits = {
        key: _fits(given, inputs, graph, nodes, declared, training, models, batch)
        for key, given in sets.items()
        if given.table is None and not given.npy
    }
    found = {key: one for key in fits if (one := meant(sets[key].data, fits[key], frozenset(inputs))) is not None}
    problems = list(_problems(sets, found, graph))
    result = {key: _renamed(one, found[key]) if key in found else one for key, one in sets.items()}
    doubtful = [key for key in fits if key not in found]
    unclear = list(_unclear(sets, doubtful, fits))
    if unclear:
        result |= {key: _without(sets[key], strange(sets[key].data, fits[key])) for key in doubtful}
    return result, [*problems, *unclear]


def _fits(
    given: Given,
    inputs: Collection[str],
    graph: ArchGraph,
    nodes: Mapping[str, TypedNode],
    declared: Mapping[str, Target],
    training: Training | None,
    models: Mapping[str, Typed],
    batch: dims.Dim,
) -> Fits:
    shifted = {target.next_step_of for target in declared.values()}
    sizes = bound_axes(graph, nodes, given.data, shifted)

    def of_input(name: str, one: Supplied) -> bool:
        return name not in nodes or _has_shape(nodes[name].outputs[0].axes, one, open_steps=name in shifted)

    def of_output(name: str, one: Supplied) -> bool:
        if name in declared:
            typed = target_type(declared[name], nodes)
            return typed is None or _has_shape(typed.axes, one)
        target = target_of(one, name, batch, given.data.said, ())
        return not contract(graph, nodes, {name: target}, training, models, sizes)

    ways: dict[str, Callable[[Supplied], bool]] = {name: partial(of_input, name) for name in inputs}
    return ways | {name: partial(of_output, name) for name in graph.outputs.refs if name not in ways}


@dataclass(frozen=True, slots=True)
class Meant:
    """What is meant by the names: an array's name as it is written → as it is meant."""

    names: Mapping[str, str]
    swapped: bool = False


def meant(data: DataSet, fits: Fits, inputs: frozenset[str]) -> Meant | None:
    """What the names of some arrays mean, where only one thing fits."""
    pairs = [
        (one, other)
        for one, other in combinations((name for name in data.arrays if name in fits), 2)
        if not fits[one](data.arrays[one]) and not fits[other](data.arrays[other])
        if fits[one](data.arrays[other]) and fits[other](data.arrays[one])
    ]
    if len(pairs) == 1:
        ((one, other),) = pairs
        return Meant({one: other, other: one}, swapped=True)
    unknown = strange(data, fits)
    left = [name for name in fits if name not in data.arrays]
    if not unknown or not len(unknown) <= len(left) <= MOST:
        return None
    ways = [dict(zip(unknown, way, strict=True)) for way in permutations(left, len(unknown))]
    ways = [way for way in ways if not inputs.intersection(left) - set(way.values())]
    fitting = [way for way in ways if all(fits[name](data.arrays[one]) for one, name in way.items())]
    hinted = [way for way in fitting or ways if all(_hint(one, name in inputs) for one, name in way.items())]
    found = hinted if len(fitting) != 1 else fitting
    return Meant(found[0]) if len(found) == 1 else None


def strange(data: DataSet, fits: Fits) -> list[str]:
    """Names that are none, and not a misspelt one either."""
    if not data.in_spec:
        return []
    left = [name for name in fits if name not in data.arrays]
    unknown = [name for name in data.arrays if name not in fits and name not in BESIDE]
    return [name for name in unknown if len(name) < 2 or closest(name, left) is None]


def _hint(written: str, is_input: bool) -> bool:
    """Whether a name says by its wording that it is an input, or a target."""
    return bool((_INPUT if is_input else _TARGET).match(written.lower()))


def _renamed(given: Given, found: Meant) -> Given:
    """The arrays under the names that are meant; in their numbers nobody looks."""
    arrays = {
        found.names.get(name, name): replace(one, name=found.names.get(name, name))
        for name, one in given.data.arrays.items()
    }
    return replace(given, data=replace(given.data, arrays=arrays), source=None)


def _without(given: Given, names: list[str]) -> Given:
    arrays = {name: one for name, one in given.data.arrays.items() if name not in names}
    return replace(given, data=replace(given.data, arrays=arrays, whole=False))


def _problems(sets: Mapping[str, Given], found: Mapping[str, Meant], graph: ArchGraph) -> Iterator[Problem]:
    """One problem for all arrays that are called otherwise, and one for those that are swapped."""
    for swapped in (True, False):
        keys = [key for key, one in found.items() if one.swapped is swapped]
        places = [(sets[key].data.arrays[name], new) for key in keys for name, new in found[key].names.items()]
        if not places:
            continue
        changes = tuple(Change("replace_key", one.loc, new) for one, new in places if one.loc is not None)
        rest = [(one, new) for one, new in islice(places, 1, None) if one.loc is not None]
        first = places[0][0]
        if swapped:
            other = places[1][0]
            shapes = f"{shape_text(first.axes)} and {shape_text(other.axes)}"
            message = (
                f"`{first.name}` and `{other.name}` in {sets[keys[0]].data.said} look swapped: "
                f"they are {shapes}, and each has the other one's shape"
            )
            code, help = "ARC503", "exchange the two names"
        else:
            names = list(dict.fromkeys(one.name for one, _ in places))
            verb = "is no input or output" if len(names) == 1 else "are no inputs or outputs"
            message = f"{listed(names)} {verb} of the model, whose names the data have"
            code, help = "ARC323", "write " + ", ".join(f"`{to}` for `{one.name}`" for one, to in places)
        notes = tuple(PlacedNote(f"this is `{to}`", one.loc or ()) for one, to in rest)
        notes = notes if swapped or not first.loc else (*notes, _named(graph, places[0][1]))
        yield Problem(
            code,
            message,
            first.loc or first.named,
            layer=first.name if swapped else None,
            notes=notes,
            help=help,
            changes=changes,
            safe=False,
        )


def _named(graph: ArchGraph, name: str) -> PlacedNote:
    """Where what is meant has its name."""
    ref = graph.outputs.refs.get(name)
    node = graph.nodes.get(ref.node) if ref is not None else None
    if node is None:
        return PlacedNote(f"the model takes `{name}`", ("inputs", name))
    return PlacedNote(f"the model gives `{name}`", node.thing_loc)


def _unclear(sets: Mapping[str, Given], keys: list[str], fits: Mapping[str, Fits]) -> Iterator[Problem]:
    """One problem for all names that are none, where it is not clear what they mean."""
    places = [sets[key].data.arrays[name] for key in keys for name in strange(sets[key].data, fits[key])]
    if len(places) < 2:
        return
    message = f"{listed(dict.fromkeys(one.name for one in places))} are neither inputs nor outputs of the model"
    notes = tuple(PlacedNote("and here", one.loc or ()) for one in places[1:])
    yield Problem("ARC323", message, places[0].loc or (), notes=notes, help=f"there are {listed(fits[keys[0]])}")


def _has_shape(wanted: tuple[dims.Dim, ...], one: Supplied, *, open_steps: bool = False) -> bool:
    """Whether an array has the sizes that are wanted, a last axis of 1 aside."""
    came = one.axes
    if len(came) == len(wanted) + 1 and came[-1] == 1:
        came = came[:-1]
    elif len(came) == len(wanted) - 1 and wanted[-1] == 1:
        wanted = wanted[:-1]
    if len(came) != len(wanted):
        return False
    pairs = list(zip(came, wanted, strict=True))[2 if open_steps else 1 :]
    return not any(dims.differ(*pair) for pair in pairs)
