"""From drafts to nodes: every reference followed, and the model's outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.arguments import fitted, graph_arguments, settled
from archcompiler.graph.drafts import Draft
from archcompiler.graph.ir import Node, OutputForm, Outputs, Ref
from archcompiler.graph.misfits import calls_in_a_circle
from archcompiler.graph.operations import with_operands
from archcompiler.graph.scopes import Alias, Meaning, Scope, calls_before, results_of, settle, stamped
from archcompiler.layers.call_arguments import TRAINING
from archcompiler.spec.arguments import CallArgument
from archcompiler.spec.items import FAULTY_RESULT, Item, Source
from archcompiler.spec.models import ModelSpec, Spec
from archcompiler.suggest import closest
from archcompiler.wording import listed


class Wiring:
    """Follows the references of one model; what cannot be followed is told."""

    def __init__(
        self, model: Spec | ModelSpec, loc: Loc, models: Mapping[str, tuple[str, ...]], problems: list[Problem]
    ):
        self.model = model
        self.loc = loc
        self.models = models
        """The names of every model's inputs."""
        self.problems = problems

    def node(self, draft: Draft) -> Node:
        """The node of a draft."""
        before = calls_before(draft)
        made = before[-1] if before else None
        if draft in before and draft.item.loc == min(one.item.loc for one in before):
            self.problems.append(calls_in_a_circle([one.item for one in before[::-1]]))
        thing = made.thing if made else draft.thing
        if draft.kind == "again" and made is None and draft.target not in draft.scope.unclear:
            message = f"`{draft.item.thing}` is no layer that can be called again: it is left out here, or a block's"
            help = "to share weights, make it a model under `models`"
            self.problems.append(Problem("ARC110", message, draft.item.thing_loc, help=help))
        item = self._collected(draft.item, draft.scope)
        model = made.target if made is not None and made.kind == "model" else draft.target
        called = draft.kind == "model" or (made is not None and made.kind == "model")
        if called and item.arguments:
            item = called_by_name(item, self.models.get(model, ()), f"the model `{model}`", self.problems)
        elif draft.kind == "faulty" and thing is None:
            item = replace(item, arguments=())  # what the layer would be called with is not known
        elif thing is None or thing.section == "layers":
            custom = thing is not None and thing.custom is not None
            item = settled(item, thing.class_name if thing else item.thing, self.problems, custom)
        else:
            item = with_operands(item, thing, self.problems)
        if draft.kind == "faulty" and item.sources is None:
            sources: tuple[Ref | None, ...] = (settle(draft.previous),)
        else:
            sources = tuple(self._sources(item, draft))
        kind, target = draft.kind, draft.target
        if made is not None:
            target = made.name
            if made.kind == "model":
                kind, target = made.kind, made.target
            if made.kind in ("faulty", "again"):
                kind = "faulty"
        return Node(
            draft.name,
            kind,
            target,
            sources,
            item.loc,
            item.thing_loc,
            tuple(item.source_loc(index) for index in range(len(sources))),
            thing,
            results_of(draft),
            names_carry=draft.kind == "again" and not item.result_names,
            trainable=item.trainable and draft.scope.trainable,
            listed=item.sources_are_list,
            arguments=graph_arguments(item),
            stamps=draft.scope.stamps,
            prefix=draft.scope.prefix,
        )

    def stamp(self, stamp: Scope, outer: Scope, previous: Ref | Alias | None) -> None:
        """What is wrong with what a stamp is given in the scope around it, and with what its block says it gives."""
        item = cast(Item, stamp.item)
        before = len(self.problems)
        for source, place in stamp.output_places.items():
            self.ref(source, place, stamp, stamp.previous)
        stamped(self.problems, before, stamp.stamps)
        for index, source in enumerate(item.sources or ()):
            self.ref(source, item.source_loc(index), outer, previous)
        wanted = stamp.input_names
        if item.arguments:
            in_order(item, wanted, f"the block `{stamp.block}`", self.problems)
        elif item.sources is not None and len(item.sources) != len(wanted):
            takes = f"{len(wanted)} tensors ({listed(wanted)})" if len(wanted) > 1 else "one tensor"
            self.problems.append(
                Problem(
                    "ARC205",
                    f"the block `{stamp.block}` takes {takes}, but it is given {len(item.sources)}",
                    (*item.loc, "from"),
                    notes=(PlacedNote("it is defined here", ("blocks", str(stamp.block))),),
                    help=f"write `from: [{', '.join(wanted)}]`" if len(wanted) > 1 else "name one tensor",
                )
            )
        elif item.sources is None and len(wanted) > 1:
            self.problems.append(
                Problem(
                    "ARC205",
                    f"the block `{stamp.block}` takes {listed(wanted)}, and must be told what they are",
                    item.thing_loc,
                    notes=(PlacedNote("it is defined here", ("blocks", str(stamp.block))),),
                    help=f"write `from: [{', '.join(wanted)}]` below it, with the names of what they are here",
                )
            )
        if len(item.result_names) > max(1, len(stamp.outputs)):
            message = f"{len(item.result_names)} results are named, but the block `{stamp.block}` gives"
            message = f"{message} {max(1, len(stamp.outputs))}"
            self.problems.append(Problem("ARC119", message, (*item.loc, "outputs"), on_key=False))

    def _collected(self, item: Item, scope: Scope) -> Item:
        """The item with each `unit_*.skip` among its sources written out."""
        if item.sources is None or not any(isinstance(one, str) and "*" in one for one in item.sources):
            return item
        if item.arguments:
            arguments = tuple(self._collected_argument(item, one, scope) for one in item.arguments)
            sources = tuple(source for one in arguments for source in one.sources)
            return replace(item, arguments=arguments, sources=sources)
        found: list[Source] = []
        for index, source in enumerate(item.sources):
            if isinstance(source, str):
                found += self.written_out(source, item.source_loc(index), scope)
            else:
                found.append(source)
        return replace(item, sources=tuple(found), sources_are_list=True, many_from=item.sources_are_list)

    def _collected_argument(self, item: Item, one: CallArgument, scope: Scope) -> CallArgument:
        if not any(isinstance(source, str) and "*" in source for source in one.sources):
            return one
        found: list[Source] = []
        for source in one.sources:
            place = (*item.loc, "from", one.name)
            found += self.written_out(source, place, scope) if isinstance(source, str) else [source]
        return replace(one, sources=tuple(found), listed=True)

    def written_out(self, source: str, loc: Loc, scope: Scope) -> list[str | None]:
        """The copies that a name with `*` stands for; the name itself where it has none."""
        name, _, result = source.partition(".")
        if "*" not in source:
            return [source]
        stem = name.removesuffix("_*")
        end = f".{result}" if result else ""
        copies = scope.copies.get(stem)
        if copies is not None and "*" not in stem:
            if not copies:
                message = f"`{stem}` is left out here, so there is no `{source}`"
                self.problems.append(Problem("ARC116", message, loc, on_key=False, help="leave this one out too"))
                return [None]
            return [f"{one}{end}" for one in copies]
        near = closest(stem, scope.copies)
        known = f"there are {listed(f'{one}_*' for one in scope.copies)}" if scope.copies else "give an item `repeat`"
        self.problems.append(
            Problem(
                "ARC116",
                f"no item with `repeat` is called `{stem}`",
                loc,
                on_key=False,
                vague=True,
                help=f"did you mean `{near}_*{end}`?" if near else f"`*` stands for the copies of one: {known}",
                changes=(Change("replace_value", loc, f"{near}_*{end}"),) if near else (),
            )
        )
        return [None]

    def _sources(self, item: Item, draft: Draft) -> list[Ref | None]:
        if item.sources is None:
            ref = settle(draft.previous)
            if draft.previous is None:
                self._no_previous(f"`{item.thing}` must say which it takes", item.thing_loc, draft.scope)
            return [ref]
        return [
            self.ref(source, item.source_loc(index), draft.scope, draft.previous)
            for index, source in enumerate(item.sources)
        ]

    def _no_previous(self, what: str, loc: Loc, scope: Scope, on_key: bool = True) -> None:
        owner = "the model" if scope.block is None else f"the block `{scope.block}`"
        self.problems.append(
            Problem(
                "ARC119",
                f"{owner} has several inputs, so {what}",
                loc,
                on_key,
                help=f"{'write `from: …` below it' if on_key else 'name what it takes'}; the inputs are "
                f"{listed(scope.input_names)}",
            )
        )

    def ref(self, source: object, loc: Loc, scope: Scope, previous: Ref | Alias | None) -> Ref | None:
        """The result that `source` names in the scope; where it names nothing, that is told."""
        if not isinstance(source, str):
            return None
        name, _, result = source.partition(".")
        if source == "previous" and name not in scope.names:
            if previous is None:
                self._no_previous("there is no one item before this one", loc, scope, on_key=False)
            return settle(previous)
        if source in scope.unclear or name in scope.unclear:
            return None
        meaning = scope.names.get(name)
        if meaning is None:
            self._unknown(source, name, loc, scope)
            return None
        found = settle(Alias(scope, source))
        if found is not None:
            return found
        if not result:
            if isinstance(meaning, Alias) and name not in scope.input_names:
                message = f"`{name}` is left out here, and what it would take is not known"
                help = "name something that is there"
                self.problems.append(Problem("ARC116", message, loc, on_key=False, help=help, vague=True))
            return None
        names = results_of(meaning)
        if FAULTY_RESULT in names or (isinstance(meaning, Draft) and meaning.kind == "faulty"):
            return None
        self._no_result(name, result, names, loc, meaning)
        return None

    def _unknown(self, source: str, name: str, loc: Loc, scope: Scope) -> None:
        if name == "previous":
            message = f"`{source}`: `previous` is the first result of the item before"
            help = "give that item a name, and name its result: `encoder.h`"
            self.problems.append(Problem("ARC116", message, loc, on_key=False, help=help))
            return
        names = scope.guessed(scope.names)
        near = closest(source, names)
        if near is None and scope.nameless:
            return
        inside = f" in the block `{scope.block}`" if scope.block is not None else ""
        help = f"did you mean `{near}`?" if near else f"there are {listed(scope.known())}" if names else None
        if help is not None and scope.block is not None and near is None:
            help += "; a block sees only its own layers, and what it is given"
        self.problems.append(
            Problem(
                "ARC116",
                f"no input and no layer is called `{name}`{inside}",
                loc,
                on_key=False,
                about=name,
                notes=_near(near, scope),
                help=help,
                changes=(Change("replace_value", loc, near),) if near else (),
            )
        )

    def _no_result(self, name: str, result: str, names: tuple[str, ...], loc: Loc, meaning: Meaning) -> None:
        near = closest(result, names)
        help = f"its results are called {listed(names)}" if names else "name the results: `outputs: [sequence, h, c]`"
        if isinstance(meaning, Scope):
            help = (
                f"the block `{meaning.block}` says under `outputs` what it gives: {listed(names) or 'nothing by name'}"
            )
        self.problems.append(
            Problem(
                "ARC116",
                f"`{name}` has no result called `{result}`",
                loc,
                on_key=False,
                about=f"{name}.{result}" if not isinstance(meaning, Scope) else f"{meaning.block}.{result}",
                help=f"did you mean `{name}.{near}`?" if near else help,
                changes=(Change("replace_value", loc, f"{name}.{near}"),) if near else (),
            )
        )

    def outputs(self, scope: Scope) -> Outputs | None:
        """What the model gives: as `outputs` says, else its last item."""
        given = self.model.outputs
        if given is None:
            last = settle(scope.previous)
            return Outputs({last.node: last}) if last is not None else None
        return self.outputs_as(given, (*self.loc, "outputs"), scope)

    def outputs_as(self, given: str | list[str] | dict[str, str], place: Loc, scope: Scope) -> Outputs:
        """The outputs that are written as `given`."""
        refs: dict[str, Ref] = {}
        wanted: list[tuple[str, str | None, Loc]] = []
        form: OutputForm = "one"
        if isinstance(given, str):
            wanted = [(given, given, place)]
        elif isinstance(given, list):
            form = "list"
            for index, name in enumerate(given):
                for one in self.written_out(name, (*place, index), scope):
                    wanted.append((one or FAULTY_RESULT, one, (*place, index)))
        else:
            form = "dict"
            wanted = [(name, layer, (*place, name)) for name, layer in given.items()]
        for name, layer, loc in wanted:
            # What refers to nothing gets no type, so that nothing more is said of it.
            refs[name] = self.ref(layer, loc, scope, scope.previous) or Ref(FAULTY_RESULT)
        return Outputs(refs, form)


def called_by_name(item: Item, names: tuple[str, ...], what: str, problems: list[Problem]) -> Item:
    """The call of a model with its tensors in the order of its inputs `names`: given by those names or, as in Keras, as
    `inputs`; beside them `training` may stand."""
    training = next((one for one in item.arguments if one.name == TRAINING and TRAINING not in names), None)
    given = tuple(one for one in item.arguments if one is not training)
    if len(given) == 1 and given[0].name == "inputs" and "inputs" not in names:
        ordered = replace(item, sources=given[0].sources, sources_are_list=given[0].listed)
    else:
        ordered = in_order(replace(item, arguments=given), names, what, problems)
    if training is None:
        return replace(ordered, arguments=())
    tensors = CallArgument("inputs", ordered.sources or (), len(names) > 1)
    return replace(ordered, arguments=(tensors, fitted(item, training, problems)))


def _near(name: str | None, scope: Scope) -> tuple[PlacedNote, ...]:
    """Where what was probably meant has its name."""
    loc = scope.places.get((name or "").partition(".")[0])
    return (PlacedNote(f"`{name}` is here", loc, loc[-1] != "name"),) if loc and name else ()


def in_order(item: Item, names: tuple[str, ...], what: str, problems: list[Problem]) -> Item:
    """The item with what it gives by name in the order of `names`; what is missing or not known is told."""
    given = {one.name: one for one in item.arguments}
    loc = (*item.loc, "from")
    for name in given:
        if name not in names:
            near = closest(name, [one for one in names if one not in given])
            problems.append(
                Problem(
                    "ARC111",
                    f"{what} has no input `{name}`",
                    (*loc, name),
                    help=f"did you mean `{near}`?" if near else f"its inputs are {listed(names)}",
                    changes=(Change("replace_key", (*loc, name), near),) if near else (),
                )
            )
    missing = [name for name in names if name not in given]
    if missing and set(given) <= set(names):
        message = f"{what} is given no {listed(missing)}"
        problems.append(Problem("ARC112", message, loc, help=f"its inputs are {listed(names)}"))
    sources = tuple(given[name].sources[0] if name in given and given[name].sources else None for name in names)
    locs = tuple((*loc, name) for name in names)
    return replace(item, arguments=(), sources=sources, sources_are_list=len(names) > 1, source_places=locs)
