"""From items to drafts: what each item calls is settled, and its name; references are followed later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import cast

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.ir import ArchGraph, Node, NodeKind
from archcompiler.graph.names import Namer
from archcompiler.graph.shapes import ShapeReader
from archcompiler.layers.catalog import Entry, find
from archcompiler.layers.slips import unknown_class
from archcompiler.layers.things import Thing, ThingReader
from archcompiler.spec.items import FAULTY_RESULT, Item, not_yet_built
from archcompiler.spec.models import ModelSpec, Spec

OWN_LAYERS = ("PositionEmbedding", "LastStep", "RepeatLike")


@dataclass(frozen=True, slots=True)
class Shared:
    """What the models of one spec have in common while they are lowered."""

    spec: Spec
    shapes: ShapeReader
    problems: list[Problem]
    things: ThingReader
    namer: Namer = field(default_factory=Namer)
    models: dict[str, ArchGraph] = field(default_factory=dict[str, ArchGraph])
    faulty_models: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class Draft:
    """An item with what it calls settled, and its name, before its references are followed."""

    item: Item
    kind: NodeKind
    name: str
    target: str
    thing: Thing | None = None


class Drafter:
    """Makes the drafts of one model."""

    def __init__(
        self,
        shared: Shared,
        model: Spec | ModelSpec,
        loc: Loc,
        items: list[Item | None],
        inputs: Mapping[str, Node],
    ) -> None:
        self.shared = shared
        self.problems = shared.problems
        self.model = model
        self.loc = loc
        self.items = items
        self.inputs = inputs
        self.places: dict[str, Loc] = {name: node.loc for name, node in inputs.items()}
        self.unclear: set[str] = set()
        """Names whose own mistake is reported, so that nothing is said of what refers to them."""
        self.nameless = any(item is None or item.faulty_name == FAULTY_RESULT for item in items)
        """Whether an item has a mistake that hides its name."""
        self.drafted: set[str] = set()

    def drafts(self) -> list[Draft]:
        self._claim_given_names()
        return [self._own_name(self._draft(item, index)) for index, item in enumerate(self.items)]

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

    def _own_name(self, draft: Draft) -> Draft:
        """The draft, under a name of its own where its name is given twice."""
        if draft.name in self.drafted or draft.name in self.inputs:
            name = self._free(draft.name)
            draft.target = name if draft.target == draft.name else draft.target
            draft.name = name
        self.drafted.add(draft.name)
        return draft

    def _draft(self, item: Item | None, index: int) -> Draft:
        if item is None:
            name = f"faulty_{index}"
            return Draft(Item((*self.loc, "layers", index), "", None, ()), "faulty", name, name)
        thing, shared = item.thing, self.shared
        if item.faulty:
            return Draft(item, "faulty", self._faulty_name(item, index, find("layers", thing)), thing)
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
            return Draft(item, "faulty", self._faulty_name(item, index, None), thing)
        if find("layers", thing) is not None:
            return self._layer(item)
        if thing in shared.spec.models:
            self._no_arguments(item, "a model")
            kind: NodeKind = "faulty" if thing in shared.faulty_models else "model"
            return Draft(item, kind, self._call_name(item, thing), thing)
        made = self.places.get(thing)
        if made is not None and (thing not in self.inputs):
            self._no_arguments(item, "a layer that is called again")
            if not item.trainable:
                self.problems.append(
                    Problem(
                        "ARC209",
                        f"`{thing}` is frozen where it is called again, but its weights belong to where it is made",
                        (*item.loc, "trainable"),
                        help=f"write `trainable: false` beside `{thing}` itself",
                        notes=(PlacedNote("it is made here", made),),
                        changes=(Change("remove_entry", (*item.loc, "trainable")),),
                        safe=False,
                    )
                )
            return Draft(item, "again", self._call_name(item, None), thing)
        meant = None
        if thing.startswith("ops.") or thing in OWN_LAYERS:
            self.problems.append(not_yet_built(thing, item.thing_loc))
        else:
            extra = (*shared.spec.models, *self.places, *OWN_LAYERS)
            problem = unknown_class("layers", thing, item.thing_loc, extra)
            self.problems.append(problem)
            meant = find("layers", str(problem.changes[0].value)) if problem.changes else None
        return Draft(item, "faulty", self._faulty_name(item, index, meant), thing)

    def _faulty_name(self, item: Item, index: int, meant: Entry | None) -> str:
        """The name that the item would have without its mistake, so that names after it are right all the same."""
        if item.name is not None and item.name not in self.inputs:
            return item.name
        if meant is None:
            self.nameless = True
            return self._free(f"faulty_{index}")
        name = self.shared.namer.automatic(meant.name, self.places)
        self.places[name] = item.thing_loc
        return name

    def _layer(self, item: Item) -> Draft:
        made = self.shared.things.read("layers", item.thing, item.value, item.thing_loc)
        if made is not None:
            self.shared.namer.name_inner(made, self.places)
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
            name = self.shared.namer.automatic(entry.name if entry else item.thing, self.places)
            self.places[name] = item.thing_loc
        if name in self.inputs or made is None:
            name = name if name not in self.inputs else self._free(name)
            return Draft(item, "faulty" if made is None else "layer", name, name, made)
        return Draft(item, "layer", name, name, made)

    def _call_name(self, item: Item, model: str | None) -> str:
        if item.name is not None and item.name not in self.inputs:
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


def _inside_name(item: Item) -> str | None:
    """A name among the layer's arguments, `Dense: {units: 3, name: head}`, is as good as one beside it."""
    value = item.value
    name = cast(dict[str, object], value).get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name.isidentifier() else None
