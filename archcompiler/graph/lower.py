"""From the spec to graphs: each item a node, each reference an edge, nested models before those that call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import cast

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.ir import ArchGraph, Node, NodeKind, OutputForm, Outputs, Ref
from archcompiler.graph.names import Namer
from archcompiler.graph.order import ordered, unused
from archcompiler.graph.shapes import ShapeReader
from archcompiler.layers.catalog import Entry, find
from archcompiler.layers.things import Thing, ThingReader
from archcompiler.spec.items import FAULTY_RESULT, OWN_KEYS, Item, not_yet_built, parse_item
from archcompiler.spec.models import ModelSpec, Spec
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.suggest import closest
from archcompiler.wording import listed

OWN_LAYERS = ("PositionEmbedding", "LastStep", "RepeatLike")


def lower(spec: Spec, name: str, shapes: ShapeReader, problems: list[Problem]) -> ArchGraph | None:
    """The main model's graph, with every nested model's in `models`; None where one of them has no order."""
    lowering = _Lowering(spec, shapes, problems)
    for model_name in spec.models:
        lowering.model(model_name)
    return lowering.graph(name, spec, ())


class _Lowering:
    def __init__(self, spec: Spec, shapes: ShapeReader, problems: list[Problem]) -> None:
        self.spec = spec
        self.shapes = shapes
        self.problems = problems
        self.namer = Namer()
        self.models: dict[str, ArchGraph] = {}
        self.faulty_models: set[str] = set()
        self._in_progress: list[str] = []
        self.things = ThingReader(problems, frozenset(spec.models), UNKNOWN)

    def model(self, name: str) -> None:
        """Lower the nested model `name`, and before it the models that it calls."""
        if name in self.models or name in self.faulty_models:
            return
        self._in_progress.append(name)
        loc: Loc = ("models", name)
        for called, place in _calls(self.spec.models[name], loc, self.spec.models):
            if called in self._in_progress:
                cycle = [*self._in_progress[self._in_progress.index(called) :], called]
                self.problems.append(
                    Problem(
                        "ARC117",
                        f"the models call each other in a circle: {' → '.join(cycle)}",
                        place,
                        help="a model cannot contain itself",
                    )
                )
                self.faulty_models.add(name)
            else:
                self.model(called)
        self._in_progress.pop()
        graph = self.graph(name, self.spec.models[name], loc) if name not in self.faulty_models else None
        if graph is None:
            self.faulty_models.add(name)
        else:
            self.models[name] = graph

    def graph(self, name: str, model: Spec | ModelSpec, loc: Loc) -> ArchGraph | None:
        before = len(self.problems)
        items = [parse_item(data, (*loc, "layers", index), self.problems) for index, data in enumerate(model.layers)]
        builder = _GraphBuilder(self, model, loc, items)
        nodes = builder.nodes()
        outputs = builder.outputs()
        if outputs is None:
            return None
        order = ordered(nodes, self.problems)
        if len(self.problems) == before and _followed(nodes, outputs):
            self.problems.extend(unused(nodes, outputs))
        return ArchGraph(name, nodes, order, outputs, loc, dict(self.models), self.namer.inner_names)


def _followed(nodes: Mapping[str, Node], outputs: Outputs) -> bool:
    """Whether every item could be read and every reference followed, so that what leads nowhere is known."""
    sound = all(node.kind != "faulty" and None not in node.sources for node in nodes.values() if node.sources)
    return sound and all(ref.node in nodes for ref in outputs.refs.values())


def _calls(model: ModelSpec, loc: Loc, models: Mapping[str, object]) -> list[tuple[str, Loc]]:
    """The models that `model` calls, bare, as a key, or wrapped, each with its place."""
    found: list[tuple[str, Loc]] = []

    def layer(data: object, place: Loc) -> None:
        if isinstance(data, str):
            thing(data, None, place)
        elif isinstance(data, list):
            for index, entry in enumerate(cast(list[object], data)):
                layer(entry, (*place, index))
        elif isinstance(data, dict):
            for key, value in cast(dict[str, object], data).items():
                if key not in OWN_KEYS:
                    thing(key, value, (*place, key))

    def thing(name: str, value: object, place: Loc) -> None:
        if name in models:
            found.append((name, place))
        entry = find("layers", name)
        if entry is None:
            return
        wrapping = {one.name for one in entry.arguments.values() if one.kind in LAYER_KINDS}
        first = next(iter(entry.arguments), None)
        if not isinstance(value, dict):
            if first in wrapping:
                layer(value, place)
            return
        arguments = cast(dict[str, object], value)
        for key, one in arguments.items():
            if key in wrapping:
                layer(one, (*place, key))
        if len(arguments) == 1 and not wrapping.intersection(arguments) and wrapping:
            layer(arguments, place)

    layer(model.layers, (*loc, "layers"))
    return found


LAYER_KINDS = ("layer", "layers", "cells")


@dataclass(slots=True)
class _Draft:
    """An item with what it calls settled, and its name, before its references are followed."""

    item: Item
    kind: NodeKind
    name: str
    target: str
    thing: Thing | None = None


class _GraphBuilder:
    def __init__(self, lowering: _Lowering, model: Spec | ModelSpec, loc: Loc, items: list[Item | None]) -> None:
        self.lowering = lowering
        self.problems = lowering.problems
        self.model = model
        self.loc = loc
        self.items = items
        self.places: dict[str, Loc] = {}
        self.unclear: set[str] = set()
        """Names whose own mistake is reported, so that nothing is said of what refers to them."""
        self.nameless = any(item is None or item.faulty_name == FAULTY_RESULT for item in items)
        """Whether an item has a mistake that hides its name."""
        self.built: dict[str, Node] = {}
        self.drafted: set[str] = set()
        self.last: str | None = None

    def nodes(self) -> dict[str, Node]:
        types = self.lowering.shapes.inputs(self.model.inputs, (*self.loc, "inputs"))
        for name, input_type in types.items():
            place = (*self.loc, "inputs", name)
            self.places[name] = place
            kind: NodeKind = "input" if input_type is not None else "faulty"
            self.built[name] = Node(name, kind, name, (), place, place, input_type=input_type)
        self._claim_given_names()
        drafts = [self._own_name(self._draft(item, index)) for index, item in enumerate(self.items)]
        by_name = {draft.name: draft for draft in drafts}
        previous = next(iter(types)) if len(types) == 1 else None
        for draft in drafts:
            self.built[draft.name] = self._node(draft, previous, by_name)
            previous = draft.name
        self.last = previous
        return self.built

    def _claim_given_names(self) -> None:
        for item in self.items:
            if item is None:
                continue
            if item.faulty_name is not None:
                self.unclear.add(item.faulty_name)
            name = item.name or (_inside_name(item) if item.thing[:1].isupper() else None)
            if name is None:
                continue
            if name in self.places:
                self.unclear.add(name)
                on_key = name in self.model.inputs or self.places[name][-1] != "name"
                note = PlacedNote(f"the first `{name}` is here", self.places[name], on_key)
                loc = (*item.loc, "name") if item.name else (*item.thing_loc, "name")
                self.problems.append(
                    Problem(
                        "ARC106",
                        f"the name `{name}` is given twice",
                        loc,
                        False,
                        notes=(note,),
                        help="inputs and layers share one set of names; give this one another",
                        changes=(Change("replace_value", loc, self._another(name)),),
                        safe=False,
                    )
                )
            else:
                self.places[name] = (*item.loc, "name") if item.name else item.thing_loc

    def _another(self, name: str) -> str:
        """A name like `name` that nothing in the model has."""
        given = {item.name for item in self.items if item is not None}
        return next(f"{name}_{n}" for n in count(2) if f"{name}_{n}" not in self.places and f"{name}_{n}" not in given)

    def _own_name(self, draft: _Draft) -> _Draft:
        """The draft, under a name of its own where its name is given twice."""
        if draft.name in self.drafted or draft.name in self.built:
            name = self._free(draft.name)
            draft.target = name if draft.target == draft.name else draft.target
            draft.name = name
        self.drafted.add(draft.name)
        return draft

    def _draft(self, item: Item | None, index: int) -> _Draft:
        if item is None:
            name = f"faulty_{index}"
            return _Draft(Item((*self.loc, "layers", index), "", None, ()), "faulty", name, name)
        thing, lowering = item.thing, self.lowering
        if item.faulty:
            return _Draft(item, "faulty", self._faulty_name(item, index, find("layers", thing)), thing)
        if thing in ("Input", "InputLayer"):
            self.problems.append(
                Problem(
                    "ARC115",
                    f"{thing} stands among the layers, but inputs are named under `inputs`",
                    item.thing_loc,
                    help="write its shape there, without the batch axis: `inputs: {readings: [steps, 2]}`",
                    changes=(Change("remove_entry", item.loc),),
                    safe=False,
                )
            )
            return _Draft(item, "faulty", self._faulty_name(item, index, None), thing)
        if find("layers", thing) is not None:
            return self._layer(item)
        if thing in lowering.spec.models:
            self._no_arguments(item, "a model")
            kind: NodeKind = "faulty" if thing in lowering.faulty_models else "model"
            return _Draft(item, kind, self._call_name(item, thing), thing)
        made = self.places.get(thing)
        if made is not None and (thing not in self.built or self.built[thing].kind != "input"):
            self._no_arguments(item, "a layer that is called again")
            return _Draft(item, "again", self._call_name(item, None), thing)
        meant = None
        if thing.startswith("ops.") or thing in OWN_LAYERS:
            self.problems.append(not_yet_built(thing, item.thing_loc))
        else:
            extra = (*lowering.spec.models, *self.places, *OWN_LAYERS)
            problem = lowering.things.unknown_class("layers", thing, item.thing_loc, extra)
            self.problems.append(problem)
            meant = find("layers", str(problem.changes[0].value)) if problem.changes else None
        return _Draft(item, "faulty", self._faulty_name(item, index, meant), thing)

    def _faulty_name(self, item: Item, index: int, meant: Entry | None) -> str:
        """The name that the item would have without its mistake, so that names after it are right all the same."""
        if item.name is not None and item.name not in self.built:
            return item.name
        if meant is None:
            self.nameless = True
            return self._free(f"faulty_{index}")
        name = self.lowering.namer.automatic(meant.name, self.places)
        self.places[name] = item.thing_loc
        return name

    def _layer(self, item: Item) -> _Draft:
        made = self.lowering.things.read("layers", item.thing, item.value, item.thing_loc)
        if made is not None:
            self.lowering.namer.name_inner(made, self.places)
        inside = _inside_name(item)
        if inside is not None and item.name is not None:
            self.problems.append(
                Problem(
                    "ARC106",
                    f"the layer is named twice: `{item.name}` and `{inside}`",
                    (*item.thing_loc, "name"),
                    help="keep the `name` beside the layer",
                )
            )
        name = item.name or inside
        if name is None:
            entry = find("layers", item.thing)
            name = self.lowering.namer.automatic(entry.name if entry else item.thing, self.places)
            self.places[name] = item.thing_loc
        if name in self.built or made is None:
            name = name if name not in self.built else self._free(name)
            return _Draft(item, "faulty" if made is None else "layer", name, name, made)
        return _Draft(item, "layer", name, name, made)

    def _call_name(self, item: Item, model: str | None) -> str:
        if item.name is not None and item.name not in self.built:
            return item.name
        if model is not None and model not in self.places:
            self.places[model] = item.thing_loc
            return model
        return self._free(f"{item.thing}_call")

    def _free(self, stem: str) -> str:
        name = next(f"{stem}_{n}" for n in count(2) if f"{stem}_{n}" not in self.places)
        self.places[name] = ()
        return name

    def _no_arguments(self, item: Item, what: str) -> None:
        if item.value is not None:
            self.problems.append(
                Problem(
                    "ARC111",
                    f"`{item.thing}` is {what} and takes no arguments here",
                    item.thing_loc,
                    help=f"write `- {item.thing}`, and `from: …` below it where it does not take the item before",
                    changes=(Change("replace_value", item.thing_loc),),
                )
            )

    def _node(self, draft: _Draft, previous: str | None, drafts: Mapping[str, _Draft]) -> Node:
        item = draft.item
        if draft.kind == "faulty" and item.sources is None:
            sources = (Ref(previous) if previous else None,)
        else:
            sources = tuple(self._sources(item, previous, drafts))
        again = drafts.get(draft.target) if draft.kind == "again" else None
        thing = again.thing if again else draft.thing
        kind = draft.kind
        if again is not None and again.kind in ("model", "again"):
            kind, target = again.kind, again.target
        else:
            target = draft.target
        if again is not None and again.kind == "faulty":
            kind = "faulty"
        locs = tuple(item.source_loc(index) for index in range(len(sources)))
        names = item.result_names
        return Node(
            draft.name,
            kind,
            target,
            sources,
            item.loc,
            item.thing_loc,
            locs,
            thing,
            names,
            trainable=item.trainable,
            listed=item.sources_are_list,
        )

    def _sources(self, item: Item, previous: str | None, drafts: Mapping[str, _Draft]) -> list[Ref | None]:
        if item.sources is None:
            if previous is None:
                self.problems.append(
                    Problem(
                        "ARC119",
                        f"the model has several inputs, so `{item.thing}` must say which it takes",
                        item.thing_loc,
                        help=f"write `from: …` below it; the inputs are {listed(self.model.inputs)}",
                    )
                )
            return [Ref(previous) if previous else None]
        return [
            self._ref(source, item.source_loc(index), previous, drafts) for index, source in enumerate(item.sources)
        ]

    def _ref(self, source: str | None, loc: Loc, previous: str | None, drafts: Mapping[str, _Draft]) -> Ref | None:
        if source is None:
            return None
        if source == "previous":
            if previous is None:
                self.problems.append(
                    Problem(
                        "ARC119",
                        "the model has several inputs, so there is no one item before this one",
                        loc,
                        on_key=False,
                        help=f"name what it takes; the inputs are {listed(self.model.inputs)}",
                    )
                )
            return Ref(previous) if previous else None
        if "*" in source:
            self.problems.append(replace(not_yet_built(source, loc), on_key=False))
            return None
        name, _, result = source.partition(".")
        if source in self.unclear or name in self.unclear:
            return None
        if name not in drafts and name not in self.model.inputs:
            near = closest(source, (*self.model.inputs, *drafts))
            if near is None and self.nameless:
                return None
            known = listed((*self.model.inputs, *(name for name, d in drafts.items() if d.kind != "faulty")))
            self.problems.append(
                Problem(
                    "ARC116",
                    f"no input and no layer is called `{name}`",
                    loc,
                    on_key=False,
                    help=f"did you mean `{near}`?" if near else f"there are {known}",
                    changes=(Change("replace_value", loc, near),) if near else (),
                )
            )
            return None
        if not result:
            return Ref(name)
        names = drafts[name].item.result_names if name in drafts else ()
        if FAULTY_RESULT in names and result not in names:
            return None
        if result in names:
            return Ref(name, names.index(result))
        if result.isdigit() and len(result) < 4:
            return Ref(name, int(result))
        near = closest(result, names)
        self.problems.append(
            Problem(
                "ARC116",
                f"`{name}` has no result called `{result}`",
                loc,
                on_key=False,
                help=f"did you mean `{name}.{near}`?" if near else "name the results: `outputs: [sequence, h, c]`",
                changes=(Change("replace_value", loc, f"{name}.{near}"),) if near else (),
            )
        )
        return None

    def outputs(self) -> Outputs | None:
        """What the model gives: as `outputs` says, else its last item."""
        given = self.model.outputs
        if given is None:
            return Outputs({self.last: Ref(self.last)}) if self.last is not None else None
        drafts = {name: _Draft(Item(n.loc, "", None, (), result_names=n.result_names), n.kind, name, n.target)
                  for name, n in self.built.items() if n.kind != "input"}  # fmt: skip
        refs: dict[str, Ref] = {}
        wanted: list[tuple[str, str, Loc]]
        form: OutputForm = "one"
        place = (*self.loc, "outputs")
        if isinstance(given, str):
            wanted = [(given, given, place)]
        elif isinstance(given, list):
            wanted, form = [(name, name, (*place, index)) for index, name in enumerate(given)], "list"
        else:
            wanted, form = [(name, layer, (*place, name)) for name, layer in given.items()], "dict"
        for name, layer, loc in wanted:
            # What refers to nothing gets no type, so that nothing more is said of it.
            refs[name] = self._ref(layer, loc, self.last, drafts) or Ref(FAULTY_RESULT)
        return Outputs(refs, form)


def _inside_name(item: Item) -> str | None:
    """A name among the layer's arguments, `Dense: {units: 3, name: head}`, is as good as one beside it."""
    value = item.value
    name = cast(dict[str, object], value).get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name.isidentifier() else None
