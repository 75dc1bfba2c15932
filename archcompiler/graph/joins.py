"""Why tensors do not fit together where they are joined: borders that convolutions cut off, and steps that stayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.ir import Node, Ref, TypedNode
from archcompiler.graph.makers import RECURRENT
from archcompiler.graph.supposing import ancestors, supposed
from archcompiler.layers import row_of
from archcompiler.layers.things import Thing
from archcompiler.tensors import shape_text
from archcompiler.wording import listed


def why_unlike(problem: Problem, node: Node, done: Mapping[str, TypedNode]) -> Problem:
    """A join that does not fit, with the layer that makes the difference and what would mend it."""
    if problem.changes or any(ref is None for ref in node.sources):
        return problem
    ranks = {done[ref.node].outputs[ref.result].rank for ref in node.sources if ref is not None}
    return (borders(problem, node, done) if len(ranks) == 1 else _steps(problem, node, done)) or problem


def borders(problem: Problem, node: Node, done: Mapping[str, TypedNode]) -> Problem | None:
    """Convolutions without padding, which make each axis shorter."""
    above = [ancestors(ref, done) for ref in node.sources]
    every, common = set[str]().union(*above), set(above[0]).intersection(*above)
    for among in (every - common, every):
        cutting = {thing.loc: (done[name], thing) for name in done if name in among and (thing := cuts(done[name]))}
        filled = {loc: replace(one, given={**one.given, "padding": "same"}) for loc, (_, one) in cutting.items()}
        if cutting and supposed(node, done, filled) is not None:
            return padded(problem, cutting)
    return _halved(problem, every, done) or _shortcut(problem, node, done, above)


def cuts(typed: TypedNode) -> Thing | None:
    """The layer, where it makes an axis shorter for lack of padding and would not with it."""
    thing = typed.node.thing
    name = thing.class_name if thing is not None else ""
    if thing is None or thing.section != "layers" or not thing.entry.arguments.get("padding"):
        return None
    if str(thing["padding"]).lower() != "valid" or not ("Conv" in name or "Pooling" in name):
        return None
    window = thing["kernel_size"] if "Conv" in name else thing["pool_size"]
    if window in (1, [1], [1, 1], [1, 1, 1]):
        return None
    strides = thing["strides"] if thing["strides"] is not None else window
    return thing if "Transpose" in name or strides in (1, [1], [1, 1], [1, 1, 1]) else None


def padded(problem: Problem, cutting: Mapping[Loc, tuple[TypedNode, Thing]]) -> Problem:
    changes = tuple(Change("set_argument", loc, "same", "padding") for loc in cutting)
    notes = [
        PlacedNote(
            f"`{typed.name}` makes {_sizes(typed.inputs[0].axes)} into {_sizes(typed.outputs[0].axes)}, "
            f"as {thing.class_name} does without padding",
            thing.place("padding"),
        )
        for typed, thing in cutting.values()
    ]
    names = [typed.name for typed, _ in cutting.values()]
    kept = tuple(one for one in problem.notes if one.loc not in {note.loc for note in notes})
    help = f"write `padding: same` in {listed(names)}: then the sizes agree"
    return replace(problem, notes=(*kept, *notes), help=help, changes=changes, safe=False)


def _sizes(axes: tuple[object, ...]) -> str:
    return shape_text(tuple(axes[1:-1])) if len(axes) > 3 else str(axes[1])  # type: ignore[arg-type]


def _halved(problem: Problem, every: set[str], done: Mapping[str, TypedNode]) -> Problem | None:
    """What was halved and rounded down, and doubled again."""
    names = {name: done[name].class_name for name in done if name in every}
    doubling = [name for name, one in names.items() if one.startswith("UpSampling") or "Transpose" in one]
    halving = [name for name, one in names.items() if "Pooling" in one]
    odd = [
        name
        for name in halving
        if any(type(size) is int and size % 2 for size in done[name].inputs[0].axes[1:-1]) and done[name].inputs
    ]
    if not doubling or not odd:
        return None
    first = done[odd[0]]
    note = PlacedNote(f"`{first.name}` is given {first.inputs[0]}, and rounds an odd size down", first.node.thing_loc)
    multiple = 2 ** len(halving)
    help = (
        f"an axis that is halved {len(halving)} times must be a multiple of {multiple} to come back: pad or cut it so"
    )
    return replace(problem, notes=(*problem.notes, note), help=help)


def _shortcut(problem: Problem, node: Node, done: Mapping[str, TypedNode], above: list[set[str]]) -> Problem | None:
    """A sum of an image and of what convolutions made of it, which have other channels or another step."""
    if len(node.sources) != 2 or node.thing is None or node.thing.class_name == "Concatenate":
        return None
    one, other = (ref for ref in node.sources if ref is not None)
    if one.node in above[1]:
        source, made = one, other
    elif other.node in above[0]:
        source, made = other, one
    else:
        return None
    before, after = (done[ref.node].outputs[ref.result].axes[1:] for ref in (source, made))
    rank = len(before) - 1
    if not 1 <= rank <= 3 or not any("Conv" in done[name].class_name for name in above[0] | above[1]):
        return None
    pairs = list(zip(before[:-1], after[:-1], strict=True))
    strides = {-(-size // less) for size, less in pairs if isinstance(size, int) and isinstance(less, int) and less > 0}
    if not isinstance(after[-1], int) or len(strides) != 1 or not all(type(size) is int for size in before):
        return None
    (stride,) = strides
    if stride < 1 or any(-(-size // stride) != less for size, less in pairs if isinstance(size, int)):
        return None
    moved = f", strides: {stride}" if stride > 1 else ""
    written = f"Conv{rank}D: {{filters: {after[-1]}, kernel_size: 1{moved}}}"
    return replace(problem, help=f"`{written}` on `{source.node}` makes it as `{made.node}` is; join that one")


def _steps(problem: Problem, node: Node, done: Mapping[str, TypedNode]) -> Problem | None:
    """A recurrent layer that returns every step, joined with what has no steps."""
    vectors = [ref for ref in node.sources if ref is not None and done[ref.node].outputs[ref.result].rank == 2]
    with_steps = [ref for ref in node.sources if ref is not None and done[ref.node].outputs[ref.result].rank == 3]
    if not vectors or not with_steps or len(vectors) + len(with_steps) != len(node.sources):
        return None
    steps = done[with_steps[0].node].outputs[with_steps[0].result].axes[1]
    ones = [ref for ref in with_steps if done[ref.node].outputs[ref.result].axes[1] == 1]
    if len(ones) == len(with_steps):
        return replace(problem, help=f"`Flatten` after {listed([one.node for one in ones])} takes the axis of 1 away")
    of_steps = next((ref for ref in vectors if done[ref.node].outputs[ref.result].axes[1] == steps), None)
    if of_steps is not None:  # a number for each step, as weights are
        return replace(problem, help=f"`ops.expand_dims: -1` after `{of_steps.node}` makes it (batch, {steps}, 1)")
    found = [_returning(ref, done) for ref in with_steps]
    things = [one for one in found if one is not None]
    if len(things) != len(found):
        return None
    notes = tuple(
        PlacedNote(
            f"this {one.class_name} returns every step, because of `return_sequences: true`",
            one.place("return_sequences"),
        )
        for one in things
    )
    last = {one.loc: replace(one, given={**one.given, "return_sequences": False}) for one in things}
    changes = tuple(Change("set_argument", one.loc, False, "return_sequences") for one in things)
    fits = supposed(node, done, last) is not None
    also = f", or give `{vectors[0].node}` steps: `RepeatVector: {steps}` after it" if isinstance(steps, int) else ""
    help = f"let the {things[0].class_name}{{on_line}} return its last step only: `return_sequences: false`{also}"
    if not fits:
        help = help.replace("{on_line}", "")
    kept = tuple(one for one in problem.notes if one.loc not in {note.loc for note in notes})
    return replace(problem, notes=(*kept, *notes), help=help, changes=changes if fits else (), safe=False)


def _returning(ref: Ref, done: Mapping[str, TypedNode]) -> Thing | None:
    """The recurrent layer above a tensor that returns every step, with nothing between that needs them."""
    while True:
        node = done[ref.node].node
        thing = node.thing
        if thing is not None and thing.class_name in RECURRENT:
            inner = thing["layer"] if thing.class_name == "Bidirectional" else thing
            return inner if isinstance(inner, Thing) and inner["return_sequences"] else None
        row = row_of(thing) if thing is not None and thing.section == "layers" else None
        if row is None or row.time != "same" or len(node.sources) != 1 or node.sources[0] is None:
            return None
        ref = node.sources[0]
