"""What numbers are said to be: codes of so many `classes`, numbers within a `range`, or `one_hot` vectors; held against
the layers that look them up, and against the outputs and losses that tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcompiler.analysis.contract import SPARSE
from archcompiler.analysis.heads import head_of
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.ir import ArchGraph, TypedGraph
from archcompiler.graph.training import Target, Training, class_of
from archcompiler.spec.models import DataSpec, Spec, TargetSpec, TensorSpec
from archcompiler.tensors import TensorType

TABLES: Mapping[str, str] = {
    "Embedding": "input_dim",
    "ReversibleEmbedding": "input_dim",
    "CategoryEncoding": "num_tokens",
}
"""Layers that look codes up, and the argument that says how many they know."""


Described = TensorSpec | TargetSpec | DataSpec


def code_problems(
    spec: Spec, graph: TypedGraph, targets: Mapping[str, Target], training: Training | None
) -> Iterator[Problem]:
    """What does not fit what the spec says of its numbers, one problem an input or a target."""
    told: set[str] = set()
    for model, inputs, place in _models(spec, graph):
        for name, given in inputs.items():
            loc: Loc = (*place, name)
            wrong = _wrong(given, model.inputs[name], loc, name) or list(_looked_up(given, model, name, loc))
            yield from wrong
            if wrong and model is graph:
                told.add(name)
    for output, target in targets.items():
        given = spec.target if spec.target is not None else spec.targets.get(output)
        if given is None:
            continue
        wrong = _wrong(given, target.type, target.loc, output)
        wrong = wrong or list(_told_apart(given, graph, output, target.loc, training))
        source = target.same_as or target.next_step_of
        said = spec.inputs.get(source) if source is not None and source not in told else None
        if not wrong and said is not None and source is not None and given.classes is None and given.range is None:
            wrong = list(_told_apart(said, graph, output, ("inputs", source), training))
        yield from wrong
        if wrong:
            told.add(output)
    for name, given, loc in _of_data(spec):
        if name in told:
            continue
        wrong = _of_one(name, given, loc, spec, graph, training)
        yield from wrong
        if wrong:
            told.add(name)


def _models(spec: Spec, graph: TypedGraph) -> Iterator[tuple[TypedGraph, Mapping[str, TensorSpec], Loc]]:
    """The model and its nested models, each with its inputs and the place of those."""
    yield graph, spec.inputs, ("inputs",)
    for name, model in graph.models.items():
        yield model, spec.models[name].inputs, ("models", name, "inputs")


def _of_data(spec: Spec) -> Iterator[tuple[str, DataSpec, Loc]]:
    for key, data in (("data", spec.data), ("validation_data", spec.validation_data)):
        for name, given in data.items() if isinstance(data, dict) else ():
            yield name, given, (key, name)


def _of_one(
    name: str, given: DataSpec, loc: Loc, spec: Spec, graph: TypedGraph, training: Training | None
) -> list[Problem]:
    """What does not fit what is said of one array of the data."""
    typed = graph.inputs.get(name) or graph.outputs.get(name)
    wrong = _wrong(given, None, loc, name)
    if wrong or typed is None:
        return wrong
    said, place = spec.inputs.get(name), ("inputs", name)
    extent, wider = _extent(said) if said is not None else None, _extent(given)
    if extent is not None and wider is not None and (wider[0] < extent[0] or wider[1] > extent[1]):
        message = (
            f"`{name}` goes from {wider[0]:g} to {wider[1]:g}, but is said to go from {extent[0]:g} to {extent[1]:g}"
        )
        note = (PlacedNote("it is said here", (*place, extent[2]), False),)
        return [Problem("ARC307", message, (*loc, wider[2]), False, name, note, "mend one of them")]
    if name in graph.inputs:
        return list(_looked_up(given, graph, name, loc))
    return list(_told_apart(given, graph, name, loc, training))


def _wrong(given: Described, typed: TensorType | None, loc: Loc, name: str) -> list[Problem]:
    """What is wrong with what is said itself."""
    if given.range is not None and (len(given.range) != 2 or given.range[0] > given.range[1]):
        message = f"`range` of `{name}` is its least number and its greatest, but {given.range} is given"
        return [Problem("ARC113", message, (*loc, "range"), on_key=False, help="write `range: [0, 255]`")]
    last = typed.axes[-1] if typed is not None and typed.rank > 1 else None
    columns = None if isinstance(given, DataSpec) else given.columns
    if columns is not None and typed is not None:
        wanted = 1 if typed.rank == 1 else last
        if isinstance(wanted, int) and len(columns) not in (wanted, 1 if typed.rank == 2 else wanted):
            message = f"`columns` of `{name}` names {len(columns)} columns, but {typed} has {wanted} numbers in a row"
            return [Problem("ARC113", message, (*loc, "columns"), help="name one for each, or mend the shape")]
    if given.one_hot and typed is not None and last is None and typed.rank < 2:
        message = f"`{name}` is one-hot, but {typed} has no axis for the classes"
        return [Problem("ARC307", message, (*loc, "one_hot"), help="give it one: `shape: [10]` for ten classes")]
    if given.one_hot and given.classes is not None and isinstance(last, int) and last != given.classes:
        message = f"`{name}` is one-hot over {given.classes} classes, but its last axis has {last}"
        change = Change("replace_value", (*loc, "classes"), last)
        return [Problem("ARC307", message, (*loc, "classes"), False, help=f"write `classes: {last}`, or mend the shape",
                        changes=(change,), safe=False)]  # fmt: skip
    return []


def _extent(given: Described) -> tuple[float, float, str] | None:
    """The least and the greatest of the numbers, and the key that says so."""
    if given.range is not None:
        return given.range[0], given.range[1], "range"
    return (0, given.classes - 1, "classes") if given.classes is not None else None


def vectors_looked_up(spec: Spec, graph: ArchGraph) -> dict[str, Problem]:
    """Layers that look up what the spec says are one-hot vectors, by their names. What such a layer gives has an axis
    too many, so this is told before shapes are."""
    found: dict[str, Problem] = {}
    for node in graph.nodes.values():
        ref = node.sources[0] if node.sources else None
        given = spec.inputs.get(ref.node) if ref is not None else None
        if node.thing is None or node.thing.class_name not in TABLES or given is None or not given.one_hot or not ref:
            continue
        message = f"{node.thing.class_name} looks codes up, but `{ref.node}` is one-hot"
        note = (PlacedNote("it is said to be here", ("inputs", ref.node, "one_hot")),)
        help = "give it the codes, without the last axis; or put a Dense without bias in its place"
        found[node.name] = Problem("ARC307", message, node.thing_loc, layer=node.name, notes=note, help=help)
    return found


def _looked_up(given: Described, graph: TypedGraph, name: str, loc: Loc) -> Iterator[Problem]:
    """Layers that look the input up, and know too few codes, or are given vectors."""
    for node in graph.nodes.values():
        thing, sources = node.node.thing, node.node.sources
        if thing is None or node.class_name not in TABLES or sources[0] is None or sources[0].node != name:
            continue
        if given.one_hot:
            if len(given.shape or ()) > graph.inputs[name].rank:
                return  # that the array has an axis too many is told where shapes are
            message = f"{node.class_name} looks codes up, but `{name}` is one-hot"
            note = (PlacedNote("it is said to be here", (*loc, "one_hot")),)
            help = "give it the codes, without the last axis; or put a Dense without bias in its place"
            yield Problem("ARC307", message, node.node.thing_loc, layer=node.name, notes=note, help=help)
            return
        extent, known = _extent(given), thing[TABLES[node.class_name]]
        if extent is None or not isinstance(known, int) or node.class_name == "CategoryEncoding":
            continue
        least, most, key = extent
        if least >= 0 and most < known:
            continue
        argument = TABLES[node.class_name]
        wanted = int(most) + 1
        note = (PlacedNote(f"`{name}` goes from {least:g} to {most:g}", (*loc, key), False),)
        few = f"knows the codes 0 … {known - 1}, but `{name}` goes up to {most:g}"
        message = (
            f"{node.class_name} {few if least >= 0 else f'looks up codes from 0 on, but `{name}` begins at {least:g}'}"
        )
        change = (Change("set_argument", thing.loc, wanted, argument),) if least >= 0 else ()
        help = f"write `{argument}: {wanted}`" if change else "shift the numbers, so that they begin at 0"
        yield Problem("ARC307", message, thing.place(argument), thing.shorthand, node.name, note, help, change, False)
        return


def _told_apart(
    given: Described, graph: TypedGraph, name: str, loc: Loc, training: Training | None
) -> Iterator[Problem]:
    """An output with too few numbers for the classes of its target."""
    output, maker = graph.outputs[name], graph.nodes[graph.graph.outputs.refs[name].node]
    head = head_of(graph, graph.graph.outputs.refs[name])
    place = head.thing.place("units") if head is not None else maker.node.thing_loc
    notes = (PlacedNote(f"`{maker.name}` gives {output}", place),)
    count, last = given.classes, output.axes[-1]
    loss = class_of("losses", training.losses.get(name)) if training is not None else None
    if given.one_hot or not isinstance(last, int) or output.rank < 2:
        return
    if count is None and given.range is not None and loss in SPARSE:
        least, most = given.range
        if least < 0 or most >= last:
            message = f"the codes go from {least:g} to {most:g}, but the output {output} tells 0 … {last - 1} apart"
            help = f"give the last layer {int(most) + 1} units"
            if most - least < last:
                shift = f"take {least:g} from each, or {help}" if least > 0 else f"add {-least:g} to each"
                help = f"codes begin at 0: {shift}"
            yield Problem("ARC307", message, (*loc, "range"), False, name, notes, help)
    if count is None:
        return
    place = (*loc, "classes")
    if loss == "BinaryCrossentropy" and count > 2 and last == 1:
        message = f"the target has {count} classes, and one number with binary_crossentropy tells two apart"
        help = f"give the output {count} units and a softmax, and take sparse_categorical_crossentropy"
        yield Problem("ARC307", message, place, False, name, notes, help)
    elif loss in SPARSE and last < count:
        message = f"the target has {count} classes, but the output {output} tells {last} apart"
        fits = head is not None and head.thing.given.get("units") == last
        change = (Change("set_argument", head.thing.loc, count, "units"),) if head and fits and last > 1 else ()
        help = f"give the last layer {count} units"
        if last == 1 and count == 2:
            help = "take `binary_crossentropy` with `activation: sigmoid`, or give the last layer 2 units and a softmax"
        yield Problem("ARC307", message, place, False, name, notes, help, change, False)
