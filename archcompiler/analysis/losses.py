"""Another loss in the place of one that is wrong, and targets of which none can be computed."""

from __future__ import annotations

from dataclasses import replace

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.ir import TypedNode
from archcompiler.graph.training import Target, Training, loss_place
from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType

ALIKE = frozenset(("from_logits", "label_smoothing", "reduction", "name", "dtype", "axis", "gamma", "alpha"))
"""Arguments that losses of classes have in common."""


def other_loss(training: Training, name: str, thing: Thing | None, wanted: str) -> tuple[Change, ...]:
    """The loss `wanted` for an output, where the one that is there is written for this output alone."""
    loc = training.loss_locs[name]
    if sum(one == loc for one in training.loss_locs.values()) > 1:
        return ()
    if thing is None:
        return (Change("replace_value", loc, snake_case(wanted)),)
    keeps = all(name in ALIKE for name in thing.given) and (
        wanted[:6] != "Sparse" or "label_smoothing" not in thing.given
    )
    return (Change("replace_key", thing.loc, wanted),) if keeps else ()


def snake_case(class_name: str) -> str:
    """`categorical_crossentropy` of `CategoricalCrossentropy`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in class_name).lstrip("_")


def of_words(target: Target, loss: str, name: str, training: Training | None) -> Problem:
    """Strings, of which no loss can be computed."""
    place: Loc = (*target.loc, "dtype")
    loc, on_key = loss_place(training, name) if training else (target.loc, False)
    note = (PlacedNote("the loss is here", loc, on_key),)
    help = "give the codes of the classes, `classes: …`; a `StringLookup` finds them, before training"
    change = (Change("replace_value", place, "int32"),) if target.described else ()
    message = f"{loss} is computed of numbers, but {target.said} holds strings"
    return Problem("ARC306", message, place, False, name, note, help, change, False)


def with_softmax(problem: Problem | None, node: TypedNode, output: TensorType) -> Problem | None:
    """Where the loss is to be of classes, and not of labels of which several may hold: they share one softmax, and of
    two of them one number tells too."""
    if problem is None or problem.code != "ARC306":
        return problem
    head = node.node.thing
    note = PlacedNote(f"`{node.name}` gives {output}", node.node.thing_loc)
    problem = replace(problem, notes=(*problem.notes, note))
    if head is None or head.given.get("activation") != "sigmoid":
        return problem
    if output.axes[-1] == 2 and head.given.get("units") == 2:
        change = Change("set_argument", head.loc, 1, "units")
        help = f"write `units: 1` in the {head.class_name}{{on_line}}: one number tells two classes; or {problem.help}"
        return replace(problem, help=f"{help}, and `activation: softmax`", changes=(change,))
    change = Change("set_argument", head.loc, "softmax", "activation")
    return replace(problem, help=f"{problem.help}, and `activation: softmax`", changes=(*problem.changes, change))
