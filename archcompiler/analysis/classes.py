"""What numbers are said to be: codes of so many `classes`, numbers within a `range`, or `one_hot` vectors; held against
the layers that look them up, and against the outputs and losses that tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcompiler.analysis.contract import SPARSE
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.ir import TypedGraph
from archcompiler.graph.training import Target, Training, class_of
from archcompiler.spec.models import Spec, TargetSpec, TensorSpec
from archcompiler.tensors import TensorType

TABLES: Mapping[str, str] = {
    "Embedding": "input_dim",
    "ReversibleEmbedding": "input_dim",
    "CategoryEncoding": "num_tokens",
}
"""Layers that look codes up, and the argument that says how many they know."""


def code_problems(
    spec: Spec, graph: TypedGraph, targets: Mapping[str, Target], training: Training | None
) -> Iterator[Problem]:
    """What does not fit what the spec says of its numbers, one problem an input or a target."""
    for name, given in spec.inputs.items():
        loc: Loc = ("inputs", name)
        wrong = _wrong(given, graph.inputs[name], loc, name)
        yield from wrong or _looked_up(given, graph, name, loc)
    for output, target in targets.items():
        given = spec.target if spec.target is not None else spec.targets.get(output)
        if given is None:
            continue
        wrong = _wrong(given, target.type, target.loc, output)
        yield from wrong or _told_apart(given, graph.outputs[output], target, training)


def _wrong(given: TensorSpec | TargetSpec, typed: TensorType | None, loc: Loc, name: str) -> list[Problem]:
    """What is wrong with what is said itself."""
    if given.range is not None and (len(given.range) != 2 or given.range[0] > given.range[1]):
        message = f"`range` of `{name}` is its least number and its greatest, but {given.range} is given"
        return [Problem("ARC113", message, (*loc, "range"), on_key=False, help="write `range: [0, 255]`")]
    last = typed.axes[-1] if typed is not None and typed.rank > 1 else None
    if given.one_hot and typed is not None and last is None and typed.rank < 2:
        message = f"`{name}` is one-hot, but {typed} has no axis for the classes"
        return [Problem("ARC307", message, (*loc, "one_hot"), help="give it one: `shape: [10]` for ten classes")]
    if given.one_hot and given.classes is not None and isinstance(last, int) and last != given.classes:
        message = f"`{name}` is one-hot over {given.classes} classes, but its last axis has {last}"
        change = Change("replace_value", (*loc, "classes"), last)
        return [Problem("ARC307", message, (*loc, "classes"), False, help=f"write `classes: {last}`, or mend the shape",
                        changes=(change,), safe=False)]  # fmt: skip
    return []


def _extent(given: TensorSpec | TargetSpec) -> tuple[float, float, str] | None:
    """The least and the greatest of the numbers, and the key that says so."""
    if given.range is not None:
        return given.range[0], given.range[1], "range"
    return (0, given.classes - 1, "classes") if given.classes is not None else None


def _looked_up(given: TensorSpec, graph: TypedGraph, name: str, loc: Loc) -> Iterator[Problem]:
    """Layers that look the input up, and know too few codes, or are given vectors."""
    for node in graph.nodes.values():
        thing, sources = node.node.thing, node.node.sources
        if thing is None or node.class_name not in TABLES or sources[0] is None or sources[0].node != name:
            continue
        if given.one_hot:
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


def _told_apart(given: TargetSpec, output: TensorType, target: Target, training: Training | None) -> Iterator[Problem]:
    """An output with too few numbers for the classes of its target."""
    count, last = given.classes, output.axes[-1]
    if count is None or given.one_hot or not isinstance(last, int) or output.rank < 2:
        return
    loss = class_of("losses", training.losses.get(target.output)) if training is not None else None
    place = (*target.loc, "classes")
    if loss == "BinaryCrossentropy" and count > 2 and last == 1:
        message = f"the target has {count} classes, and one number with binary_crossentropy tells two apart"
        help = f"give the output {count} units and a softmax, and take sparse_categorical_crossentropy"
        yield Problem("ARC307", message, place, False, target.output, help=help)
    elif loss in SPARSE and last < count:
        message = f"the target has {count} classes, but the output {output} tells {last} apart"
        yield Problem("ARC307", message, place, False, target.output, help=f"give the last layer {count} units")
