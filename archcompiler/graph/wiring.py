"""From drafts to nodes: every reference followed, and the model's outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archcompiler.diagnostics import Change, Loc, Problem
from archcompiler.graph.arguments import graph_arguments, settled
from archcompiler.graph.drafts import Draft, Drafter, Shared
from archcompiler.graph.ir import Node, NodeKind, OutputForm, Outputs, Ref
from archcompiler.spec.items import FAULTY_RESULT, Item, not_yet_built
from archcompiler.spec.models import ModelSpec, Spec
from archcompiler.suggest import closest
from archcompiler.wording import listed


class Wiring:
    """Builds the nodes of one model."""

    def __init__(self, shared: Shared, model: Spec | ModelSpec, loc: Loc, items: list[Item | None]) -> None:
        self.problems = shared.problems
        self.model = model
        self.loc = loc
        self.built = self._inputs(shared)
        self.drafter = Drafter(shared, model, loc, items, dict(self.built))
        self.last: str | None = None

    def nodes(self) -> dict[str, Node]:
        """Every node by name: the inputs first, then the items."""
        previous = next(iter(self.built)) if len(self.built) == 1 else None
        drafts = self.drafter.drafts()
        by_name = {draft.name: draft for draft in drafts}
        for draft in drafts:
            self.built[draft.name] = self._node(draft, previous, by_name)
            previous = draft.name
        self.last = previous
        return self.built

    def _inputs(self, shared: Shared) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        for name, input_type in shared.shapes.inputs(self.model.inputs, (*self.loc, "inputs")).items():
            place = (*self.loc, "inputs", name)
            kind: NodeKind = "input" if input_type is not None else "faulty"
            nodes[name] = Node(name, kind, name, (), place, place, input_type=input_type)
        return nodes

    def _node(self, draft: Draft, previous: str | None, drafts: Mapping[str, Draft]) -> Node:
        again = drafts.get(draft.target) if draft.kind == "again" else None
        thing = again.thing if again else draft.thing
        item = settled(draft.item, thing.class_name if thing else draft.item.thing, self.problems)
        if draft.kind == "faulty" and item.sources is None:
            sources = (Ref(previous) if previous else None,)
        else:
            sources = tuple(self._sources(item, previous, drafts))
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
            arguments=graph_arguments(item),
        )

    def _sources(self, item: Item, previous: str | None, drafts: Mapping[str, Draft]) -> list[Ref | None]:
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

    def _ref(self, source: str | None, loc: Loc, previous: str | None, drafts: Mapping[str, Draft]) -> Ref | None:
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
        if source in self.drafter.unclear or name in self.drafter.unclear:
            return None
        if name not in drafts and name not in self.model.inputs:
            near = closest(source, (*self.model.inputs, *drafts))
            if near is None and self.drafter.nameless:
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
        drafts = {name: Draft(Item(n.loc, "", None, (), result_names=n.result_names), n.kind, name, n.target)
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
