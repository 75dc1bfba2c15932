"""What every tensor has seen of one input, along that input's step axis: whether a step depends on later ones.

Layers count as they are when a model is used, not trained: no dropout, and BatchNormalization with its averages.
At a step where all that an attention may look at is masked, Keras gives the mean of everything, later steps included;
such a step is padding itself, and does not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from archcompiler import dims
from archcompiler.analysis.mixing import differs_by_step, looks_back, mixes_steps, repeats_last
from archcompiler.analysis.pairing import is_product, product_place
from archcompiler.analysis.place import SURE, UNKNOWN, Place, best
from archcompiler.analysis.places import place_after
from archcompiler.analysis.sight import NOTHING, ORDER, Sight
from archcompiler.graph.ir import Ref, TypedGraph, TypedNode
from archcompiler.layers.call_arguments import ATTENTION, CONV_LSTM, RECURRENT
from archcompiler.layers.things import Thing

AGAINST_ALL = "{} holds each step against all steps"


def sights(graph: TypedGraph, source: str) -> Mapping[str, tuple[Sight, ...]]:
    """The sight of every result of every node, of the input called `source`."""
    seen = Sight("same" if graph.inputs[source].rank > 1 else "last")
    return _Walk(graph).model(graph, {name: seen if name == source else NOTHING for name in graph.inputs})


@dataclass(frozen=True, slots=True)
class _Walk:
    """One walk through a model and those that it calls, which are worked out once for each kind of call."""

    graph: TypedGraph
    called: dict[tuple[str, tuple[Sight, ...]], tuple[Sight, ...]] = field(
        default_factory=dict[tuple[str, tuple[Sight, ...]], tuple[Sight, ...]]
    )

    def model(self, graph: TypedGraph, given: Mapping[str, Sight]) -> dict[str, tuple[Sight, ...]]:
        """Culprits are paths from the model."""
        found: dict[str, tuple[Sight, ...]] = {}
        for name in graph.graph.order:
            node = graph.nodes[name]
            sources = [found[ref.node][ref.result] for ref in cast("tuple[Ref, ...]", node.node.sources)]
            if node.node.kind == "input":
                found[name] = (given[name],)
            elif node.node.kind == "model":
                found[name] = self._call(graph.models[node.node.target], sources, name)
            else:
                found[name] = _layer(node, sources)
        return found

    def _call(self, model: TypedGraph, sources: list[Sight], name: str) -> tuple[Sight, ...]:
        """A nested model's results. Within it, a culprit outside is called by the number of the tensor it is behind."""
        given = tuple(
            replace(one, culprit=(f"#{at}",) if one.culprit else (), reason="") for at, one in enumerate(sources)
        )
        if (model.name, given) not in self.called:
            named = dict(zip((one.name for one in model.graph.inputs), given, strict=True))
            results = self.model(model, named)
            outputs = model.graph.outputs.refs.values()
            self.called[model.name, given] = tuple(results[ref.node][ref.result] for ref in outputs)
        return tuple(_outside(one, sources, name) for one in self.called[model.name, given])


def _outside(seen: Sight, sources: list[Sight], name: str) -> Sight:
    if not seen.culprit:
        return seen
    if seen.culprit[0].startswith("#"):
        source = sources[int(seen.culprit[0][1:])]
        return replace(seen, culprit=source.culprit, reason=source.reason)
    return replace(seen, culprit=(name, *seen.culprit))


def _layer(node: TypedNode, sources: list[Sight]) -> tuple[Sight, ...]:
    """What the results of a layer see."""
    if any(one.name == "mask" for one in node.node.arguments):
        reason = f"{node.class_name} is given a mask, and is not run step by step with one"
        return tuple(_positional(node, one, reason) if one.reach != "ahead" else one for one in _seen(node, sources))
    return _seen(node, sources)


def _seen(node: TypedNode, sources: list[Sight]) -> tuple[Sight, ...]:
    """The same, whatever mask it is given."""
    count = len(node.outputs)
    seen = _joined(sources)
    if seen.reach == "nothing":
        return (seen,) * count
    if seen.reach == "ahead":
        return _behind(node, sources, seen)
    name = node.class_name
    if name in RECURRENT or name == "Bidirectional":
        return _recurrent(node, sources, seen)
    if name in CONV_LSTM:
        reason = f"{name} is not run step by step"
        return tuple(_positional(node, one, reason) for one in _recurrent(node, sources, seen))
    if name in ATTENTION:
        return _attention(node, sources, seen)
    for at, one in enumerate(sources):
        if one.reach == "last" and seen.reach == "last":
            reason = repeats_last(node, at)
        elif one.reach == "last":
            reason = f"{name} joins steps with what all steps together gave"
        else:
            reason = mixes_steps(node, at) if one.reach != "nothing" else None
        if reason and one.reach != "last" and is_product(node):
            place = _product(node, sources)
            return (_ahead(node, AGAINST_ALL.format(name) if place.paired else reason, place),) * count
        if reason:
            return (_ahead(node, reason, _place(node, at, one, reason)),) * count
    if seen.reach == "last":
        return (seen,) * count
    moving = [at for at, one in enumerate(sources) if one.reach != "nothing"]
    if looks_back(node) and seen.reach == "same":
        seen = seen.reaching("past")
    if name == "LastStep":
        return (seen.reaching("last"),)
    reasons = [reason for reason in (differs_by_step(node, at) for at in moving) if reason]
    return (_positional(node, seen, reasons[0]) if reasons else seen,) * count


def _product(node: TypedNode, sources: list[Sight]) -> Place:
    return product_place(
        node, {at: one.place for at, one in enumerate(sources) if one.reach not in ("nothing", "last")}
    )


def _place(node: TypedNode, at: int, seen: Sight, reason: str) -> Place:
    """Where the steps lie behind the layer that mixes them, or that gives every step what all together gave."""
    thing = cast("Thing", node.node.thing)
    if seen.reach != "last":
        return place_after(node, at, seen.place, reason)
    return UNKNOWN if thing.custom or (thing.section == "ops" and mixes_steps(node, at)) else SURE


def _behind(node: TypedNode, sources: list[Sight], seen: Sight) -> tuple[Sight, ...]:
    """What a layer gives that is given what looks ahead, or has its steps elsewhere. The culprit stays the first layer
    that put them there; but where that only moved them back in time, it is this one, if it looks ahead."""
    count = len(node.outputs)
    if seen.place.sure:
        return (seen,) * count
    places: list[Place] = []
    why: str | None = None
    for at, one in enumerate(sources):
        if one.reach not in ("nothing", "last"):
            reason = mixes_steps(node, at)
            places.append(place_after(node, at, one.place, reason))
            why = why or reason
    if node.class_name in ATTENTION:
        known = [Sight("same") if one.reach == "ahead" and one.place.axis == 1 else one for one in sources]
        there = _attention(node, known, Sight("same"))[0] if seen.place.axis == 1 else Sight("ahead", place=UNKNOWN)
        places = [there.place] if there.reach == "ahead" else [seen.place]
        why = there.reason
    place = _product(node, sources) if is_product(node) else best(places)
    before = seen.place
    if place.paired and not before.paired and not before.ahead:
        return (_ahead(node, AGAINST_ALL.format(node.class_name), place),) * count
    if before.cut is not None and before.cut.group and before.lead <= 0 and (place.lead > 0 or place.sure):
        return (
            _ahead(node, f"{node.class_name} joins the {before.cut.group} steps that Reshape put together", place),
        ) * count
    if place.ahead and not before.ahead and before.axis == 1 and before.rate and before.lead <= 0:
        return (_ahead(node, why or f"{node.class_name} joins the steps", place),) * count
    return (replace(seen, place=place),) * count


def _joined(sources: list[Sight]) -> Sight:
    """The widest reach of several tensors. `last` beside a step of its own is left to the layer, which joins them."""
    reach = ORDER[max(ORDER.index(one.reach) for one in sources)]
    if reach == "last" and any(one.reach in ("same", "past") for one in sources):
        reach = "past"
    if reach == "ahead":
        place = best([one.place for one in sources if one.reach not in ("nothing", "last")])
        blamed = sorted((one for one in sources if one.reach == "ahead"), key=lambda one: not one.ahead)
        return replace(blamed[0], place=place)
    blamed = [one for one in sources if one.positional]
    return blamed[0].reaching(reach) if blamed else Sight(reach)


def _ahead(node: TypedNode, reason: str, place: Place = SURE) -> Sight:
    return Sight("ahead", (node.name,), reason, place=place)


def _positional(node: TypedNode, seen: Sight, reason: str) -> Sight:
    """The first layer that is in the way is the culprit."""
    return seen if seen.positional else Sight(seen.reach, (node.name,), reason, positional=True)


def _recurrent(node: TypedNode, sources: list[Sight], seen: Sight) -> tuple[Sight, ...]:
    """The sequence or its last step, then the states."""
    thing = cast("Thing", node.node.thing)
    count = len(node.outputs)
    states = [sources[at] for at in _positions(node, "initial_state")]
    if any(one.reach != "nothing" for one in states):
        return (_ahead(node, f"the initial state of {node.class_name} comes from later steps"),) * count
    if seen.reach == "last" and sources[0].reach == "last":
        return (seen,) * count
    if any(one.reach == "last" for one in sources):
        return (_ahead(node, f"{node.class_name} joins steps with what all steps together gave"),) * count
    if node.class_name == "Bidirectional":
        return _both_ways(node, thing, seen)
    return _one_way(node, thing, thing, seen, count)


def _one_way(node: TypedNode, thing: Thing, layer: Thing, seen: Sight, count: int) -> tuple[Sight, ...]:
    """`layer` is the recurrent layer, `thing` the node's own, which may wrap it."""
    if layer["go_backwards"]:
        reason = f"{layer.class_name} reads the steps backwards, because of `go_backwards: true`"
        return (_ahead(node, reason),) * count
    last = seen.reaching("last")
    return (seen.reaching("past") if layer["return_sequences"] else last, *(last,) * (count - 1))


def _both_ways(node: TypedNode, thing: Thing, seen: Sight) -> tuple[Sight, ...]:
    """Where the two ways are not merged, what the layer that reads forwards gives has seen earlier steps only; but the
    two run together, so that one step alone cannot be run."""
    count = len(node.outputs)
    ahead = _ahead(node, "Bidirectional reads the steps backwards too")
    layer, backward = cast("Thing", thing["layer"]), thing["backward_layer"]
    seen = _positional(node, seen, "Bidirectional runs both ways at once, and the way backwards begins at the end")
    merged = thing["merge_mode"] is not None
    each = (count - 1) // 2 + 1 if merged else count // 2
    forwards = [ahead] * each if layer["go_backwards"] else list(_one_way(node, thing, layer, seen, each))
    # Keras turns round the sequence that `backward_layer` gives, even where it read forwards.
    backwards = [ahead] * each
    if isinstance(backward, Thing) and not backward["go_backwards"]:
        backwards = list(_one_way(node, thing, backward, seen, each))
        turned = replace(ahead, place=Place(turned=True))
        backwards[0] = turned if backward["return_sequences"] else backwards[0]
    firsts = [ahead] if merged else [forwards[0], backwards[0]]
    return (*firsts, *forwards[1:], *backwards[1:])


def _attention(node: TypedNode, sources: list[Sight], seen: Sight) -> tuple[Sight, ...]:
    """What is attended to, then the scores: (batch, steps, steps), or with heads (batch, heads, steps, steps)."""
    thing = cast("Thing", node.node.thing)
    name, count = node.class_name, len(node.outputs)
    with_heads = "num_heads" in thing.entry.arguments or "num_query_heads" in thing.entry.arguments
    remembered = ("value", "key", "value_mask", "key_mask")
    places = [at for role in remembered for at in _positions(node, role)]
    query = _positions(node, "query")[0]
    steps = node.inputs[query].axes[1]
    looked_at = [at for at in places if sources[at].reach != "nothing"]
    apart = "attention_axes" in thing.entry.arguments and not _attends_steps(thing, node.inputs[query].rank)
    causal = _is_causal(node) and not any(dims.differ(steps, node.inputs[at].axes[1]) for at in places)
    stopped = causal and _attended_axes(thing, node.inputs[query].rank) == 1
    if all(one.reach in ("nothing", "last") for one in sources):
        if sources[query].reach != "last":
            return (_ahead(node, f"{name} gives every step what all steps together gave"),) * count
    elif any(one.reach == "last" for one in sources):
        return (_ahead(node, f"{name} joins steps with what all steps together gave"),) * count
    elif apart and looked_at:
        seen = _positional(node, seen, f"{name} is not run step by step with `attention_axes`")
    elif looked_at and stopped:
        seen = seen.reaching("past")
        if "sliding_window" in thing.entry.arguments and thing["sliding_window"] is not None:
            seen = _positional(node, seen, f"{name} is not run step by step with `sliding_window`")
    elif looked_at:
        mend = "" if _is_causal(node) else "; `use_causal_mask: true` would stop it"
        masked = any(one.name == "attention_mask" for one in node.node.arguments)
        place = UNKNOWN if masked or _is_causal(node) else SURE
        return (_ahead(node, f"{name} looks at all steps{mend}", place),) * count
    if count == 1:
        return (seen,)
    scores = seen if seen.reach == "last" or not looked_at else _positional(node, seen, "scores grow with the steps")
    if with_heads and seen.reach != "last":
        scores = _ahead(node, f"the scores of {name} have heads where the steps were")
    return (seen, *(scores,) * (count - 1))


def _is_causal(node: TypedNode) -> bool:
    return any(one.name == "use_causal_mask" and one.value is True for one in node.node.arguments)


def _attends_steps(thing: Thing, rank: int) -> bool:
    """Whether axis 1 is among the axes over which the attention runs: all but the batch and the last, by default."""
    given = thing["attention_axes"]
    axes = cast("list[int]", given if isinstance(given, list) else [1] if given is None else [given])
    return any(axis % rank == 1 for axis in axes)


def _attended_axes(thing: Thing, rank: int) -> int:
    """Over how many axes the attention runs; Keras's causal mask is made for one."""
    given = thing["attention_axes"] if "attention_axes" in thing.entry.arguments else None
    return len(cast("list[int]", given)) if isinstance(given, list) else 1 if given is not None else rank - 2


def _positions(node: TypedNode, role: str) -> tuple[int, ...]:
    """Which of a node's sources are the argument `role` of its call."""
    if node.node.arguments:
        return next((one.positions for one in node.node.arguments if one.name == role), ())
    order = ("query", "value", "key") if node.class_name in ATTENTION else ("sequences",)
    if role in order:
        at = order.index(role)
        return (at,) if at < len(node.node.sources) else ()
    return tuple(range(1, len(node.node.sources))) if role == "initial_state" else ()
