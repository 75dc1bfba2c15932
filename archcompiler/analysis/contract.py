"""Outputs against their targets: steps, features, and the kind of target that the loss wants."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from archcompiler import dims
from archcompiler.analysis.losses import of_words, other_loss, snake_case, with_softmax
from archcompiler.analysis.target_causes import unlike, with_cause
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.copies import of_copies
from archcompiler.graph.ir import ArchGraph, TypedNode
from archcompiler.graph.makers import Typed
from archcompiler.graph.steps import lacks_steps
from archcompiler.graph.training import KerasObject, Target, Training, class_of, loss_place
from archcompiler.layers.things import Thing
from archcompiler.tensors import FLOAT_DTYPES, INTEGER_DTYPES, TensorType, shape_text

SPARSE = frozenset({"SparseCategoricalCrossentropy"})
REPEATING = frozenset(
    (
        "MeanSquaredError", "MeanAbsoluteError", "MeanSquaredLogarithmicError", "MeanAbsolutePercentageError", "Huber",
        "LogCosh", "CosineSimilarity", "KLDivergence", "Poisson", "Hinge", "SquaredHinge",
    )
)  # fmt: skip
"""Losses that compare unlike shapes without a word, by repeating one along the other."""
OF_NUMBERS = REPEATING | {"BinaryCrossentropy", "BinaryFocalCrossentropy"}
"""Losses that compare number by number."""
FREE = frozenset({"CTC", "CategoricalGeneralizedCrossEntropy", "Circle"})
"""Losses whose targets have a form of their own, about which nothing is said here."""


def contract(
    graph: ArchGraph,
    nodes: Mapping[str, TypedNode],
    targets: Mapping[str, Target],
    training: Training | None,
    models: Mapping[str, Typed],
    sizes: Mapping[str, dims.Dim] | None = None,
    counts: Collection[dims.Dim] = (),
) -> list[Problem]:
    """What keeps a target from being compared with its output, one problem an output.

    `sizes` are those that the data have of named axes; they count where the data supply the target too. `counts` are
    how many samples there are.
    """
    problems: list[Problem] = []
    for name, target in targets.items():
        ref = graph.outputs.refs[name]
        typed = target_type(target, nodes)
        given = training.losses.get(name) if training else None
        loss = class_of("losses", given)
        if typed is None or ref.node not in nodes or loss in FREE or _is_free(given):
            continue
        output = nodes[ref.node].outputs[ref.result]
        if target.supplied:
            output = output.with_axes(*(dims.substitute(axis, sizes or {}) for axis in output.axes))
        windowed = training is not None and training.spec.windows is not None
        if target.next_step_of is not None and windowed and lacks_steps(output, typed):
            typed = typed.with_axes(typed.axes[0], *typed.axes[2:])  # the step after the window
        thing = nodes[ref.node].node.thing
        softmax = thing is not None and thing.given.get("activation") == "softmax"
        problem = _compare(target, typed, output, loss, name, training, softmax)
        if loss == "BinaryCrossentropy" and typed.dtype != "string":
            problem = with_softmax(problem, nodes[ref.node], output)
        counting = _counting(target, typed, output, name, training, counts) if problem is not None else None
        if counting is not None:
            problems.append(counting)
        elif problem is not None and not any(_is_same_loss(problem, one) for one in problems):
            problem = of_copies(with_cause(problem, nodes, models, ref, typed, output), graph.nodes.values())
            problem = _with_loss(_with_source(problem, target, typed), typed, output, training, name)
            notes = tuple(note for note in problem.notes if note.loc != problem.loc)
            _add(problems, replace(problem, notes=notes), name)
    return problems


def _counting(
    target: Target,
    typed: TensorType,
    output: TensorType,
    name: str,
    training: Training | None,
    counts: Collection[dims.Dim],
) -> Problem | None:
    """A target whose shape begins with the samples, or with a batch, where without that axis it would fit."""
    first = typed.axes[1] if typed.rank > 1 else None
    if target.type is None or target.supplied or not isinstance(first, int) or first == 1:
        return None
    rest = typed.with_axes(typed.axes[0], *typed.axes[2:])
    if _difference(rest, output.axes) is not None and _code_difference(rest, output) is not None:
        return None
    spec = training.spec if training is not None else None
    samples = {*counts, spec.samples if spec is not None else None}
    batches = {output.axes[0], spec.batch_size if spec is not None else None}
    if first not in samples and (first not in batches or typed.rank == output.rank):
        return None
    place: Loc = (*target.loc, "shape", 0)
    what = "the samples" if first in samples else "a batch"
    came = f"a shape leaves out the batch axis, but that of the target begins with {first}, {what}"
    change = Change("remove_entry", place)
    return Problem("ARC324", came, place, False, name, (), f"leave the {first} out", (change,))


def _add(problems: list[Problem], problem: Problem, name: str) -> None:
    """Add a problem, but to another one with the same mending, or of the same input as target, a note alone."""
    same = next((at for at, one in enumerate(problems) if _is_one(one, problem)), None)
    if same is None:
        problems.append(problem)
        return
    first = problems[same]
    note = PlacedNote(f"the target of `{name}` does not fit either", problem.loc, problem.on_key)
    changes = (*first.changes, *(one for one in problem.changes if one not in first.changes))
    notes = (*first.notes, note, *(one for one in problem.notes if one not in first.notes))
    problems[same] = replace(first, notes=notes, changes=changes if first.changes and problem.changes else ())


def _is_one(one: Problem, other: Problem) -> bool:
    """Whether two outputs do not fit for one reason."""
    if one.changes and one.changes == other.changes:
        return True
    source, sizes = one.notes[-1:], one.message.rpartition(": ")[2]
    made = bool(source) and source[0].loc[:1] == ("inputs",) and source == other.notes[-1:]
    return one.code == other.code == "ARC302" and made and sizes == other.message.rpartition(": ")[2]


def _with_loss(
    problem: Problem, typed: TensorType, output: TensorType, training: Training | None, name: str
) -> Problem:
    """With a note of the loss, where it is the loss that makes the difference."""
    given = training.losses.get(name) if training is not None else None
    loss = class_of("losses", given)
    if training is None or loss is None or problem.code == "ARC306":
        return problem
    fits = _difference(typed, output.axes) if loss in SPARSE else _code_difference(typed, output)
    if fits is not None or output.rank < 2 or output.axes[-1] == 1:
        return problem
    loc, on_key = loss_place(training, name)
    takes = "one code for each vector" if loss in SPARSE else "a number for each of the output's"
    problem = replace(problem, notes=(*problem.notes, PlacedNote(f"{loss} takes {takes}", loc, on_key)))
    if loss in SPARSE or problem.changes:
        return problem
    return replace(problem, help="`loss: sparse_categorical_crossentropy` takes one code for each vector")


def _is_same_loss(problem: Problem, other: Problem) -> bool:
    """Whether one loss of several outputs is wrong for both, which is one mistake."""
    return problem.code == "ARC306" == other.code and problem.loc == other.loc


def _with_source(problem: Problem, target: Target, typed: TensorType) -> Problem:
    """With a note of the input that a target is made from."""
    source = target.same_as or target.next_step_of
    if source is None:
        return problem
    return replace(problem, notes=(*problem.notes, PlacedNote(f"`{source}` is {typed}", ("inputs", source))))


def _is_free(loss: KerasObject | None) -> bool:
    """Whether nothing is said here of the loss: it takes its classes along another axis than the last, or is a class of
    the user's own."""
    return isinstance(loss, Thing) and (loss.custom is not None or loss.given.get("axis", -1) != -1)


def target_type(target: Target, nodes: Mapping[str, TypedNode]) -> TensorType | None:
    """The target's type: as the data supply it, or the input's that it is made from."""
    source = target.same_as or target.next_step_of
    if source is None:
        return target.type
    return nodes[source].outputs[0] if source in nodes else None


def _compare(
    target: Target,
    typed: TensorType,
    output: TensorType,
    loss: str | None,
    name: str,
    training: Training | None,
    softmax: bool,
) -> Problem | None:
    """`softmax`: whether the output tells classes apart."""
    if loss is None:
        as_values = _difference(typed, output.axes)
        as_codes = _code_difference(typed, output)
        return None if as_values is None or as_codes is None else _problem(target, typed, output, as_values, None, name)
    if typed.dtype == "string":
        return of_words(target, loss, name, training)
    if loss in SPARSE:
        if _holds_vectors(target, typed, output):
            return _one_hot(target, typed, output, training, name)
        return _problem(target, typed, output, _code_difference(typed, output), loss, name)
    several = output.axes[-1] != 1
    whole = typed.dtype in INTEGER_DTYPES
    sure = whole if target.dtype_given else (whole or target.supplied) and several
    of_labels = loss == "BinaryCrossentropy" and several
    of_classes = loss.startswith("Categorical") or of_labels or (softmax and several and loss in OF_NUMBERS)
    if of_classes and sure and _code_difference(typed, output) is None:
        return _codes(target, typed, output, training, name, loss)
    return _problem(target, typed, output, _difference(typed, output.axes), loss, name)


def _holds_vectors(target: Target, typed: TensorType, output: TensorType) -> bool:
    """Whether the target has the shape of the output and is no code: a one-hot vector."""
    if typed.rank < 2 or output.axes[-1] == 1 or _difference(typed, output.axes) is not None:
        return False
    plain = typed.dtype in FLOAT_DTYPES and (target.dtype_given or not target.supplied)
    return target.one_hot or plain or (target.supplied and not target.dtype_given)


def _difference(typed: TensorType, wanted: tuple[dims.Dim, ...]) -> str | None:
    """How the target differs from the output's shape, or None.

    Where one of them has a last axis of 1 that the other lacks, Keras takes it away, and the two match exactly
    (`keras.src.losses.loss.squeeze_or_expand_to_same_rank`).
    """
    axes = typed.axes
    squared = True
    if len(axes) == len(wanted) + 1 and axes[-1] == 1:
        axes = axes[:-1]
    elif len(axes) == len(wanted) - 1 and wanted[-1] == 1:
        wanted = wanted[:-1]
    else:
        squared = False
    # What is left of (batch, steps, 1) and (batch, 1) would be matched by broadcasting, silently.
    if squared and any((one == 1) != (other == 1) for one, other in zip(axes, wanted, strict=True)):
        return "rank"
    return unlike(axes, wanted)


def _code_difference(typed: TensorType, output: TensorType) -> str | None:
    """How a target of codes differs from one code a vector of the output, or None; it may end in an axis of 1."""
    wanted = output.axes[:-1]
    axes = typed.axes[:-1] if len(typed.axes) == len(wanted) + 1 and typed.axes[-1] == 1 else typed.axes
    return unlike(axes, wanted)


def _problem(
    target: Target, typed: TensorType, output: TensorType, difference: str | None, loss: str | None, name: str
) -> Problem | None:
    if difference is None:
        return None
    wanted = shape_text(output.axes[:-1]) if loss in SPARSE else str(output)
    demand = f"the output `{name}` is {output}"
    if loss in SPARSE and output.rank == 1:
        demand = f"{loss} wants a number for each class, and `{name}` is {output}"
    elif loss in SPARSE:
        demand = f"{loss} wants one code for each vector of `{name}` {output}, so {wanted}"
    where, key = _where(target), not target.described or not target.supplied
    silent = (
        "; Keras would repeat one to match, without a word" if loss in REPEATING and _repeats(typed, output) else ""
    )
    if difference == "rank":
        return Problem("ARC301", f"{target.said} is {typed}, but {demand}{silent}", where, key, name)
    return Problem(
        "ARC302",
        f"{target.said} is {typed}, but {demand}: {difference}{silent}",
        where,
        key,
        layer=name,
        help=f"make the last layer give {shape_text(typed.axes)}" if loss not in SPARSE else None,
    )


def _repeats(typed: TensorType, output: TensorType) -> bool:
    """Whether Keras would compare the two by repeating one of them along an axis, for every size of the batch."""
    shorter, longer = sorted((typed.axes, output.axes), key=len)
    if len(shorter) == 1 and len(longer) > 2 and longer[-1] == 1:
        return True  # every number of the one against every number of the other
    if len(shorter) == len(longer) - 1:
        shorter = (*shorter, 1)  # as `squeeze_or_expand_to_same_rank` has it
    if len(shorter) != len(longer):
        return False
    pairs = list(zip(shorter, longer, strict=True))
    return any((one == 1) != (other == 1) for one, other in pairs) and all(
        one == other or 1 in (one, other) for one, other in pairs
    )


def _where(target: Target) -> Loc:
    for key in ("same_as", "next_step_of"):
        if getattr(target, key) is not None:
            return (*target.loc, key)
    return (*target.loc, "shape") if target.described else target.loc


def _target_note(target: Target) -> tuple[PlacedNote, ...]:
    """Where the spec says what the target is."""
    if target.supplied and not target.described:
        return ()
    return (PlacedNote("the target is here", _where(target), not target.supplied),)


def _one_hot(target: Target, typed: TensorType, output: TensorType, training: Training | None, name: str) -> Problem:
    message = (
        f"SparseCategoricalCrossentropy wants codes {shape_text(output.axes[:-1])}, but {target.said} is {typed}"
        f"{f' of {typed.dtype}' if target.dtype_given else ''}"
        + (" of one-hot vectors" if target.one_hot else ", as one-hot vectors are")
    )
    return _other_loss(message, target, training, name, "CategoricalCrossentropy", "which takes one-hot targets")


def _codes(
    target: Target, typed: TensorType, output: TensorType, training: Training | None, name: str, loss: str
) -> Problem:
    demand = "one-hot targets" if loss not in OF_NUMBERS else "a number for each of"
    message = (
        f"{loss} wants {demand} {output}, but {target.said} is {typed}"
        f"{f' of {typed.dtype}' if target.dtype_given else ''}: codes"
    )
    return _other_loss(message, target, training, name, "SparseCategoricalCrossentropy", "which takes codes")


def _other_loss(
    message: str, target: Target, training: Training | None, name: str, wanted: str, because: str
) -> Problem:
    """Another loss is wanted, written as this one is: by its string, or as a thing."""
    given = training.losses.get(name) if training else None
    thing = given if isinstance(given, Thing) else None
    loc, on_key = loss_place(training, name) if training else (target.loc, False)
    written = f"{{{wanted}: …}}" if thing is not None else snake_case(wanted)
    return Problem(
        "ARC306",
        message,
        loc,
        on_key=on_key,
        layer=name,
        notes=_target_note(target),
        help=f"write `loss: {written}`, {because}",
        changes=other_loss(training, name, thing, wanted) if training else (),
        safe=False,
    )
