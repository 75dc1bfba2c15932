"""What is wrong with a call beside its layer: results that are not there, inputs that a model does not take."""

from __future__ import annotations

from collections.abc import Sequence

from archcompiler import dims
from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.graph.ir import ArchGraph, Node
from archcompiler.graph.makers import recurrent_layer
from archcompiler.layers.recurrent import STATES, cells_of
from archcompiler.layers.rows import Result
from archcompiler.spec.items import Item
from archcompiler.tensors import TensorType
from archcompiler.wording import listed


def on_constants(node: Node) -> Problem:
    """Keras calls such a layer at once, and the model knows nothing of its weights."""
    return Problem(
        "ARC205",
        f"`{node.name}` is called on what no input reaches, so the model would not hold it",
        node.source_locs[0] if node.source_locs else node.thing_loc,
        on_key=False,
        layer=node.name,
        help="let it take something that is made of an input; operations may join both",
    )


def calls_in_a_circle(items: Sequence[Item]) -> Problem:
    """Items that call each other's names, so that none of them makes a layer."""
    first = items[0]
    names = " calls ".join(f"`{one.thing}`" for one in (*items, first))
    several = bool(items[1:])
    return Problem(
        "ARC117",
        f"{names}, and none of them is a layer" if several else f"`{first.thing}` calls itself, and is no layer",
        first.thing_loc,
        notes=tuple(PlacedNote("and this", one.thing_loc) for one in items[1:]),
        help=f"make the layer at one of them, for example `- LSTM: 8` with `name: {first.thing}`"
        if several
        else "write the layer that it is, for example `LSTM: 8`",
    )


def wrong_names(node: Node, result: Result) -> Problem | None:
    if node.names_carry or len(node.result_names) <= len(result.outputs):
        return None
    count = len(result.outputs)
    help, changes = more_results(node, len(node.result_names))
    return Problem(
        "ARC119",
        f"{len(node.result_names)} results are named, but `{node.name}` has {count}",
        (*node.loc, "outputs"),
        on_key=False,
        layer=node.name,
        help=help or f"name {count}",
        changes=changes,
        safe=False,
    )


def more_results(node: Node, wanted: int) -> tuple[str | None, tuple[Change, ...]]:
    """How a recurrent layer comes to have its states as results, where that is what is wanted."""
    thing = recurrent_layer(node)
    states = sum(STATES.get(cell.class_name.removesuffix("Cell"), 0) for cell in cells_of(thing)) if thing else 0
    if thing is None or thing["return_state"] or wanted > 1 + states * (1 + (thing is not node.thing)):
        return None, ()
    change = Change("set_argument", thing.loc, True, "return_state")
    return f"add `return_state: true` to the {thing.class_name}, which gives its states too", (change,)


def misfit(
    graph: ArchGraph, declared: list[TensorType], inputs: tuple[TensorType, ...], loc: Loc, caller: str
) -> Problem | None:
    """What a nested model's inputs forbid: another number of tensors, another rank, another fixed size, or one named
    axis with two sizes."""
    names = [node.name for node in graph.inputs]
    place = PlacedNote(f"`{graph.name}` takes {' and '.join(str(one) for one in declared)}", (*graph.loc, "inputs"))
    if len(inputs) != len(declared):
        return Problem(
            "ARC208",
            f"`{graph.name}` takes {len(declared)} input{'s' * (len(declared) != 1)}, but it is given {len(inputs)}",
            loc,
            True,
            caller,
            (place,),
            f"give it {'one tensor' if len(names) == 1 else f'{len(names)} tensors'}, for {listed(names)}",
        )
    sizes: dict[str, dims.Dim] = {}
    for name, wanted, given in zip(names, declared, inputs, strict=True):
        message = f"`{graph.name}` takes {wanted} as `{name}`, but it is given {given}"
        place = PlacedNote(f"`{graph.name}` takes {wanted}", (*graph.loc, "inputs", name))
        if wanted.rank != given.rank:
            return Problem("ARC208", message, loc, True, caller, (place,))
        for one, other in zip(wanted.axes, given.axes, strict=True):
            if isinstance(one, int) and dims.differ(one, other):
                return Problem("ARC208", f"{message}: {dims.text(other)} is not {one}", loc, True, caller, (place,))
            axis = one.name if isinstance(one, dims.Size) else None
            if axis and dims.differ(sizes.setdefault(axis, other), other):
                both = f"{dims.text(sizes[axis])} and {dims.text(other)}"
                return Problem(
                    "ARC208", f"`{axis}` of `{graph.name}` cannot be both {both}", loc, True, caller, (place,)
                )
    return None
