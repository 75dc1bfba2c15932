"""Why a tensor has the rank it has, and what would mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.flow import to_flow
from archcompiler.graph.ir import Node, Ref, TypedNode
from archcompiler.graph.joins import why_unlike
from archcompiler.graph.makers import (
    IMAGE,
    RECURRENT,
    STEPPED,
    Typed,
    image_recurrence,
    last_step_layer,
    layer_before,
    rank_maker,
    recurrent_layer,
)
from archcompiler.graph.open_sizes import with_source
from archcompiler.graph.states import with_given_states, with_states
from archcompiler.graph.trail import used_up, with_trail
from archcompiler.layers import row_of
from archcompiler.layers.catalog import catalog
from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType

JOINING_STEPS = ("Flatten", *(f"Global{kind}Pooling{axes}D" for kind in ("Average", "Max") for axes in (1, 2, 3)))


BY_CODE = {"ARC203": with_trail, "ARC204": with_source, "ARC205": with_states, "ARC206": used_up}


def explained(problem: Problem, done: Mapping[str, TypedNode], node: Node, models: Mapping[str, Typed]) -> Problem:
    """The problem with its cause: the layer, further up, that took the step axis away or kept it, or what each of
    several tensors comes from."""
    if problem.code == "ARC304" and not problem.changes:
        return replace(problem, changes=(Change("set_key", (), 32, "batch_size"),), safe=False)
    with_given = with_given_states(problem, node, done) if problem.code in ("ARC202", "ARC205") else None
    if with_given is not None:
        return with_given
    if problem.code == "ARC202" and not problem.notes:
        notes = tuple(dict.fromkeys(_made(ref, done) for ref in node.sources if ref is not None))
        return why_unlike(replace(problem, notes=notes), node, done)
    if problem.code in BY_CODE:
        return BY_CODE[problem.code](problem, node, done)
    if problem.code == "ARC208" and node.kind == "model":
        from archcompiler.graph.model_calls import with_mending

        return with_mending(problem, node, done, models)
    first = node.sources[0] if node.sources else None
    if problem.code != "ARC201" or problem.notes or first is None:
        return problem
    if len(node.sources) > 1 and (not node.arguments or 0 not in node.arguments[0].positions):
        return problem
    thing, outside = _inside(node)
    row = row_of(thing) if thing and thing.section == "layers" else None
    needed = row.ranks[0] + outside if row is not None else 1
    source = rank_maker(first, done, models)
    if node.thing is not None and node.thing.class_name == "TimeDistributed" and problem.loc != node.thing_loc:
        recurrent = _within(problem, source, node)
        if recurrent is not None:
            return recurrent
    given = done[first.node].outputs[first.result]
    if given.rank < needed:
        last = last_step_layer(source.node) or _last_image_layer(source.node)
        if thing is not None and needed - outside >= IMAGE and (last is None or given.rank + 1 < needed):
            return _no_channels(problem, source, node, thing, given, needed, outside)
        return _too_flat(problem, source, node)
    return _too_deep(problem, source, node, done)


def _made(ref: Ref, done: Mapping[str, TypedNode]) -> PlacedNote:
    typed = done[ref.node]
    on_key = typed.node.kind == "input" or typed.node.thing is not None
    return PlacedNote(f"`{ref.node}` gives {typed.outputs[ref.result]}", typed.node.thing_loc, on_key)


def only_last_step(thing: Thing) -> tuple[PlacedNote, str]:
    """Where and why a recurrent layer returns its last step only, and what mends it."""
    said = "return_sequences" in thing.given
    because = "`return_sequences: false`" if said else "`return_sequences` is false by default"
    note = PlacedNote(
        f"this {thing.class_name} returns only its last step, because {'of ' if said else ''}{because}",
        thing.place("return_sequences"),
    )
    verb = "write `return_sequences: true` in" if said else "add `return_sequences: true` to"
    return note, f"{verb} the {thing.class_name}{{on_line}}"


def return_sequences(thing: Thing, value: bool) -> Change:
    return Change("set_argument", thing.loc, value, "return_sequences")


def _within(problem: Problem, source: TypedNode, node: Node) -> Problem | None:
    """A layer over steps in TimeDistributed, which is given one step at a time."""
    inner = node.thing["layer"] if node.thing is not None else None
    row = row_of(inner) if isinstance(inner, Thing) and inner.section == "layers" else None
    over_steps = isinstance(inner, Thing) and (inner.class_name in RECURRENT or (row and row.ranks == (3, 3)))
    if not isinstance(inner, Thing) or not over_steps or source.outputs[0].rank != 3:
        return None
    given = f"`{source.name}` {'is' if source.node.kind == 'input' else 'gives'} {source.outputs[0]}"
    note = PlacedNote(f"{given}, of which TimeDistributed hands on one step at a time", source.node.thing_loc)
    help = f"{inner.class_name} goes over the steps by itself: write it without TimeDistributed"
    if inner.class_name not in RECURRENT and [source.name] == [ref.node for ref in node.sources if ref]:
        help += ", or give the input parts of several steps: `[parts, steps, features]`"
    return replace(problem, notes=(note,), help=problem.help or help)


def _too_flat(problem: Problem, source: TypedNode, node: Node) -> Problem:
    thing = last_step_layer(source.node) or _last_image_layer(source.node)
    if thing is not None:
        note, help = only_last_step(thing)
        here = source.node.loc[:-1] == node.loc[:-1]
        change = return_sequences(thing, True)
        return replace(problem, notes=(note,), help=help, changes=(change,), safe=here)
    if source.node.kind == "input":
        note = PlacedNote(f"the input is {source.outputs[0]}", source.node.loc)
        size = source.outputs[0].axes[-1] if source.outputs[0].rank == 2 else None
        help = "give the input a step axis, for example `shape: [steps, features]`"
        if source.node.loc[0] == "models" and size is not None:
            help = "`RepeatVector: STEPS` before it gives every step this vector; or let the model take steps"
        elif isinstance(size, int):
            help = f"give the input a step axis: `[{size}, 1]` for {size} steps of one number, or `[steps, {size}]`"
        return replace(problem, notes=(note,), help=help)
    joined = _joined_steps(problem, source)
    if joined is not None:
        return joined
    if source.class_name == "LastStep" and source.inputs[0].rank == 2:
        note = PlacedNote(f"`{source.name}` takes the last of {source.inputs[0]}, which has no steps", source.node.loc)
        change = Change("remove_entry", source.node.loc)
        return replace(problem, notes=(note,), help="remove it", changes=(change,), safe=False)
    note = PlacedNote(f"`{source.name}` gives {source.outputs[0]}", source.node.thing_loc)
    help = "`RepeatVector: STEPS` before it gives every step this vector"
    return replace(problem, notes=(note,), help=help if source.outputs[0].rank == 2 else problem.help)


def _joined_steps(problem: Problem, source: TypedNode) -> Problem | None:
    """A `Flatten`, or a pooling over all steps, that left no steps to go over."""
    if source.class_name not in JOINING_STEPS or not source.inputs or source.inputs[0].rank < STEPPED:
        return None
    given, loc = source.inputs[0], source.node.loc
    note = PlacedNote(f"`{source.name}` makes {given} into {source.outputs[0]}, without steps", source.node.thing_loc)
    if given.rank == STEPPED:
        change = Change("remove_entry", loc)
        return replace(problem, notes=(note,), help="remove it: the steps are to stay", changes=(change,), safe=False)
    if given.rank == IMAGE:
        return replace(problem, notes=(note,), help="`Reshape: [steps, features]` in its place keeps the steps")
    help = f"`TimeDistributed: {source.class_name}` in its place makes one vector of each step"
    change = Change("replace_value", loc, {"TimeDistributed": source.class_name})
    whole = isinstance(loc[-1], int) and source.node.thing_loc == loc
    return replace(problem, notes=(note,), help=help, changes=(change,) if whole else (), safe=False)


def _inside(node: Node) -> tuple[Thing | None, int]:
    """The layer, or the one over images that it goes over steps with, and how many axes of steps there are."""
    thing, outside = node.thing, 0
    while thing is not None and thing.class_name == "TimeDistributed":
        inner = thing["layer"]
        thing, outside = inner if isinstance(inner, Thing) else None, outside + 1
    row = row_of(thing) if thing is not None and thing.section == "layers" else None
    return (thing, outside) if row is not None and row.ranks[0] >= IMAGE else (node.thing, 0)


def _last_image_layer(node: Node) -> Thing | None:
    """The recurrent layer over images that returns its last step only."""
    thing = image_recurrence(node)
    return thing if thing is not None and not thing["return_sequences"] else None


def _no_channels(
    problem: Problem, source: TypedNode, node: Node, thing: Thing, given: TensorType, rank: int, outside: int
) -> Problem:
    """An image, or what has rows and columns, without its axis of channels."""
    first = "data_format" in thing.entry.arguments and thing["data_format"] == "channels_first"
    name = thing.class_name
    flat = f"; `{name[:-2]}1D` goes over (batch, steps, features)" if name.endswith("2D") and given.rank == 3 else ""
    flat = flat if not outside and f"{name[:-2]}1D" in catalog().sections["layers"].entries else ""
    if source.node.kind != "input":
        note = PlacedNote(f"`{source.name}` gives {source.outputs[0]}", source.node.thing_loc)
    else:
        note = PlacedNote(f"the input is {source.outputs[0]}", source.node.loc)
    if given.rank < rank - 1:
        help = "`Reshape: [height, width, channels]` before it makes an image of each" if rank == IMAGE else None
        return replace(problem, notes=(note,), help=help or problem.help)
    axes: list[int | str | None] = [one if one is None or isinstance(one, int) else str(one) for one in given.axes[1:]]
    over_time = name.startswith("ConvLSTM")
    at = outside + over_time if first else len(axes)
    wanted = [*axes[:at], 1, *axes[at:]]
    what = "channels"
    kernel = cast("list[int] | int", thing["kernel_size"])
    if over_time and axes[-1:] == [1] and not outside and not first:
        in_rows = isinstance(kernel, list) and len(kernel) > 1 and kernel[0] == 1
        wanted, what = ([axes[0], 1, *axes[1:]], "rows") if in_rows else (["steps", *axes], "steps")
    if source.node.kind == "input" and given.axes == source.outputs[0].axes:
        help = f"give the input an axis of {what}: `[{', '.join(map(_size, wanted))}]`{flat}"
        change = Change("replace_value", (*source.node.loc, "shape"), wanted)
        return replace(problem, notes=(note,), help=help, changes=(change,), safe=False)
    opened = [index for index, one in enumerate(wanted) if not isinstance(one, int)]
    if what == "steps":
        return replace(problem, notes=(note,), help="give it steps: a sequence of images is what it goes over")
    if len(opened) > 1:
        return replace(problem, notes=(note,), help=f"it needs an axis of {what}{flat}")
    target = [-1 if index in opened else one for index, one in enumerate(wanted)]
    help = f"`Reshape: {to_flow(target)}` before it gives it an axis of {what}{flat}"
    changes = layer_before(node, {"Reshape": target})
    return replace(problem, notes=(note,), help=help, changes=changes, safe=False)


def _size(size: object) -> str:
    return "null" if size is None else str(size)


def _too_deep(problem: Problem, source: TypedNode, node: Node, done: Mapping[str, TypedNode]) -> Problem:
    if recurrent_layer(node) is not None and not problem.help:
        images = _images(problem, source, node, done)
        if images is not None:
            return images
    thing = recurrent_layer(source.node)
    if thing is not None and thing["return_sequences"] and node.thing and node.thing.class_name == "RepeatVector":
        note = PlacedNote(f"this {thing.class_name} returns every step, because of `return_sequences: true`", thing.loc)
        help = f"let the {thing.class_name}{{on_line}} return its last step only: `return_sequences: false`"
        return replace(problem, notes=(note,), help=help, changes=(return_sequences(thing, False),), safe=False)
    if node.thing and node.thing.class_name == "RepeatVector":
        note = PlacedNote(f"`{source.name}` gives {source.outputs[0]}, which has steps already", source.node.thing_loc)
        help = "remove the RepeatVector, or put before it a layer that gives one vector, such as `LSTM: 32`"
        return replace(problem, notes=(note,), help=help, changes=(Change("remove_entry", node.loc),), safe=False)
    if source.class_name in ("Embedding", "ReversibleEmbedding"):
        note = PlacedNote(f"`{source.name}` makes a vector of every number: {source.outputs[0]}", source.node.thing_loc)
        help = f"feed it codes, without the last axis of {source.inputs[0]}; of vectors no Embedding is made"
        above = done.get(source.node.sources[0].node) if source.node.sources[0] is not None else None
        if above is not None and above.class_name == source.class_name:
            twice = PlacedNote(f"`{above.name}` gives vectors already", above.node.thing_loc)
            change = Change("remove_entry", source.node.loc)
            return replace(problem, notes=(note, twice), help="remove one of the two", changes=(change,), safe=False)
        recurrent = recurrent_layer(node)
        if recurrent is not None and source.inputs[0].rank == 3 and source.inputs[0].axes[-1] != 1:
            every = "reads the sequence of each"
            help = f"`TimeDistributed: {{{recurrent.class_name}: …}}` {every}; or feed codes, without the last axis"
        return replace(problem, notes=(note, *_origin(source)), help=problem.help or help)
    if source.node.kind == "input":
        note = PlacedNote(f"the input is {source.outputs[0]}", source.node.loc)
        help = "a shape leaves out the batch axis: if that is what it begins with, take its first size away"
        changes = problem.changes or (Change("remove_entry", (*source.node.loc, "shape", 0)),)
        if node.thing is not None and node.thing.class_name != "TimeDistributed" and _is_of_images(node):
            each = f"`TimeDistributed: {{{node.thing.class_name}: …}}` works on the image of each step"
            named = isinstance(source.outputs[0].axes[1], dims.Size)
            help, changes = (each, ()) if named else (f"{help}; {each}", changes)
        return replace(problem, notes=(note,), help=problem.help or help, changes=changes, safe=False)
    note = PlacedNote(f"`{source.name}` gives {source.outputs[0]}", source.node.thing_loc)
    return replace(problem, notes=(note,))


def _images(problem: Problem, source: TypedNode, node: Node, done: Mapping[str, TypedNode]) -> Problem | None:
    """A recurrent layer that is given an image, or one at each step."""
    first = cast("Ref", node.sources[0])
    above, given = done[first.node], done[first.node].outputs[first.result]
    if source.node.kind == "input" and above is source:
        if given.rank != IMAGE or given.axes[-1] != 1:
            return None
        sizes = [one if isinstance(one, int) else -1 for one in given.axes[1:-1]]
        if sizes.count(-1) > 1:
            return None
        note = PlacedNote(f"the input is {given}", source.node.loc)
        help = f"`Reshape: {to_flow(sizes)}` before it takes the last axis away"
        changes = layer_before(node, {"Reshape": sizes})
        return replace(problem, notes=(note,), help=help, changes=changes, safe=False)
    if given.rank < IMAGE or not _is_of_images(above.node):
        return None
    note = PlacedNote(f"`{above.name}` gives {given}", above.node.thing_loc)
    if given.rank == IMAGE:
        rows, columns, channels = given.axes[1:]
        if not (isinstance(columns, int) and isinstance(channels, int)):
            help = "`Reshape: [rows, columns * channels]` before it makes a step of each row"
            return replace(problem, notes=(note,), help=help)
        sizes = [rows if isinstance(rows, int) else -1, columns * channels]
        help = f"`Reshape: {to_flow(sizes)}` before it makes a step of each row"
        changes = layer_before(node, {"Reshape": sizes})
        return replace(problem, notes=(note,), help=help, changes=changes, safe=False)
    help = "`TimeDistributed: Flatten` before it makes one vector of each step"
    changes = layer_before(node, {"TimeDistributed": "Flatten"})
    return replace(problem, notes=(note,), help=help, changes=changes, safe=False)


def _is_of_images(node: Node) -> bool:
    """Whether a layer gives images, or an image of each step."""
    thing, outside = _inside(node)
    row = row_of(thing) if thing is not None and thing.section == "layers" else None
    return outside > 0 or (row is not None and row.ranks[0] >= IMAGE)


def _origin(node: TypedNode) -> tuple[PlacedNote, ...]:
    """The input that the node is fed, where it is an input."""
    ref = node.node.sources[0]
    return (PlacedNote(f"`{ref.node}` is {node.inputs[0]}", ("inputs", ref.node)),) if ref is not None else ()
