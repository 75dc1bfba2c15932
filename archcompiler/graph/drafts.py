"""From an item to a draft: what it calls is settled, and its name; references are followed later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.ir import ArchGraph, NodeKind, Ref
from archcompiler.graph.names import Namer
from archcompiler.graph.repeats import Room
from archcompiler.graph.scopes import Alias, Scope, inside_name
from archcompiler.graph.shapes import ShapeReader
from archcompiler.layers.catalog import Entry, find
from archcompiler.layers.slips import unknown_class
from archcompiler.layers.thing_reader import ThingReader
from archcompiler.layers.things import Thing
from archcompiler.spec.frame import Framed
from archcompiler.spec.items import FAULTY_RESULT, Item
from archcompiler.spec.models import Spec


@dataclass(slots=True)
class Shared:
    """What the models of one spec have in common while they are lowered."""

    framed: Framed
    shapes: ShapeReader
    problems: list[Problem]
    things: ThingReader
    room: Room
    namer: Namer = field(default_factory=Namer)
    models: dict[str, ArchGraph] = field(default_factory=dict[str, ArchGraph])
    faulty_models: set[str] = field(default_factory=set[str])

    @property
    def spec(self) -> Spec:
        return self.framed.spec


@dataclass(slots=True)
class Draft:
    """An item with what it calls settled, and its name, before its references are followed."""

    item: Item
    kind: NodeKind
    name: str
    target: str
    scope: Scope
    previous: Ref | Alias | None
    thing: Thing | None = None
    model_results: tuple[str, ...] = ()
    """The names of a called model's outputs."""


class Drafter:
    """Makes the drafts of one model."""

    def __init__(self, shared: Shared, inputs: Iterable[str]) -> None:
        self.shared = shared
        self.problems = shared.problems
        self.taken = set(inputs)
        """The names of all nodes of the model."""
        self.numbers: dict[str, int] = {}
        """From which number on a name may be free, by its stem: the ones below are taken."""

    def draft(self, item: Item | None, index: int, scope: Scope) -> Draft:
        """The draft of an item that is no stamp of a block; None stands for one that could not be read."""
        if item is None:
            scope.nameless = True
            item = Item((*scope.loc, "layers", index), "", None, ())
            return self._made(item, "faulty", f"faulty_{index}", scope)
        if item.faulty_name is not None:
            scope.unclear.add(item.faulty_name)
            scope.nameless = scope.nameless or item.faulty_name == FAULTY_RESULT
        thing, shared = item.thing, self.shared
        if item.faulty:
            return self._made(item, "faulty", self._faulty_name(item, index, scope, find("layers", thing)), scope)
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
            return self._made(item, "faulty", self._faulty_name(item, index, scope, None), scope)
        if thing.startswith("ops."):
            return self._layer(item, scope, "ops", thing.removeprefix("ops."))
        if shared.things.find("layers", thing) is not None:
            return self._layer(item, scope)
        if thing in shared.spec.models:
            self._no_arguments(item, "a model")
            kind: NodeKind = "faulty" if thing in shared.faulty_models else "model"
            draft = self._made(item, kind, self._call_name(item, thing, scope), scope, target=thing)
            graph = shared.models.get(thing)
            draft.model_results = tuple(graph.outputs.refs) if graph is not None else ()
            return draft
        if thing in scope and thing not in scope.input_names:
            return self._again(item, scope)
        if shared.things.lacking:
            return self._made(item, "faulty", self._faulty_name(item, index, scope, None), scope)
        extra = (*shared.spec.models, *shared.spec.blocks, *shared.spec.custom_layers, *scope.guessed(scope.places))
        problem = unknown_class("layers", thing, item.thing_loc, extra, item.value)
        self.problems.append(problem)
        meant = find("layers", str(problem.changes[0].value)) if problem.changes else None
        return self._made(item, "faulty", self._faulty_name(item, index, scope, meant), scope)

    def claim(self, name: str, item: Item, scope: Scope) -> str:
        """The name, or another where it is given twice."""
        if name not in scope.places:
            scope.places[name] = (*item.loc, "name") if item.name else item.thing_loc
            return name
        first = scope.places[name]
        scope.unclear.add(name)
        on_key = name in scope.input_names or not first or first[-1] != "name"
        note = PlacedNote(f"the first `{name}` is here", first, on_key)
        loc = (*item.loc, "name") if item.name else (*item.thing_loc, "name")
        another = scope.free(name)
        self.problems.append(
            Problem(
                "ARC106",
                f"the name `{name}` is given twice",
                loc,
                False,
                notes=(note,),
                help="inputs and layers share one set of names; give this one another",
                changes=(Change("replace_value", loc, another),),
                safe=False,
            )
        )
        return another

    def unique(self, name: str) -> str:
        """A name that no node of the model has."""
        if name in self.taken:
            stem, number = name, self.numbers.get(name, 2)
            while f"{stem}_{number}" in self.taken:
                number += 1
            self.numbers[stem] = number + 1
            name = f"{stem}_{number}"
        self.taken.add(name)
        return name

    def _made(
        self,
        item: Item,
        kind: NodeKind,
        local: str,
        scope: Scope,
        thing: Thing | None = None,
        target: str | None = None,
    ) -> Draft:
        """The draft under its full name, which is then what `local` means in the scope."""
        name = self.unique(f"{scope.prefix}{local}")
        draft = Draft(item, kind, name, name if target is None else target, scope, scope.previous, thing)
        scope.names.setdefault(local, draft)
        return draft

    def _again(self, item: Item, scope: Scope) -> Draft:
        made = scope.names.get(item.thing)
        if isinstance(made, (Scope, Alias)):
            what = "a stamp of a block" if isinstance(made, Scope) else "left out here"
            self.problems.append(
                Problem(
                    "ARC110",
                    f"`{item.thing}` is {what}, and no layer that can be called again",
                    item.thing_loc,
                    help="to share its weights, make it a model under `models`",
                )
            )
            return self._made(item, "faulty", scope.free(f"{item.thing}_call"), scope)
        self._no_arguments(item, "a layer that is called again")
        if not item.trainable:
            self.problems.append(
                Problem(
                    "ARC209",
                    f"`{item.thing}` is frozen where it is called again, but its weights belong to where it is made",
                    (*item.loc, "trainable"),
                    help=f"write `trainable: false` beside `{item.thing}` itself",
                    notes=(PlacedNote("it is made here", scope.places.get(item.thing, ())),),
                    changes=(Change("remove_entry", (*item.loc, "trainable")),),
                    safe=False,
                )
            )
        return self._made(item, "again", self._call_name(item, None, scope), scope, target=item.thing)

    def _faulty_name(self, item: Item, index: int, scope: Scope, meant: Entry | None) -> str:
        """The name that the item would have without its mistake, so that names after it are right all the same."""
        if item.name is not None and item.name not in scope.input_names:
            return self.claim(item.name, item, scope)
        if meant is None:
            scope.nameless = True
            return scope.free(f"faulty_{index}")
        return self._automatic(meant.name, item, scope)

    def _automatic(self, class_name: str, item: Item, scope: Scope) -> str:
        name = scope.namer.automatic(class_name, scope)
        scope.places[name] = item.thing_loc
        return name

    def _layer(self, item: Item, scope: Scope, section: str = "layers", class_name: str | None = None) -> Draft:
        class_name = class_name or item.thing
        self.shared.things.in_sight = scope.values
        thing = self.shared.things.read(section, class_name, item.value, item.thing_loc)
        inside = inside_name({item.thing: item.value})
        if inside is not None and item.name is not None:
            self.problems.append(
                Problem(
                    "ARC106",
                    f"the layer is named twice: `{item.name}` and `{inside}`",
                    (*item.thing_loc, "name"),
                    help="keep the `name` beside the layer",
                )
            )
        given = item.name or inside
        if given is not None and section == "layers" and not scope.prefix:
            loc = (*item.loc, "name") if item.name else (*item.thing_loc, "name")
            another = f"{given}_layer" if f"{given}_layer" not in scope else None
            self.problems += scope.namer.clash(given, loc, False, another)
        inner = scope.namer.inner(thing, scope) if thing is not None else {}
        if given is not None:
            local = self.claim(given, item, scope)
        else:
            entry = self.shared.things.find(section, class_name)
            local = self._automatic(entry.name if entry else class_name, item, scope)
        draft = self._made(item, "layer" if thing is not None else "faulty", local, scope, thing)
        for loc, name in inner.items():
            self.shared.namer.inner_names[(draft.name, loc)] = f"{scope.prefix}{name}"
        return draft

    def _call_name(self, item: Item, model: str | None, scope: Scope) -> str:
        if item.name is not None:
            return self.claim(item.name, item, scope)
        if model is not None and model not in scope:
            scope.places[model] = item.thing_loc
            return model
        return scope.free(f"{item.thing}_call")

    def _no_arguments(self, item: Item, what: str) -> None:
        if item.value is not None and item.value != {}:
            self.problems.append(
                Problem(
                    "ARC111",
                    f"`{item.thing}` is {what} and takes no arguments here",
                    item.thing_loc,
                    help=f"write `- {item.thing}`, and `from: …` below it where it does not take the item before",
                    changes=(Change("replace_value", item.thing_loc),),
                )
            )
