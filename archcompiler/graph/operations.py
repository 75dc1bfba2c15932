"""What an operation is called on: its tensors and numbers, by the names that `keras.ops` has for them."""

from __future__ import annotations

from dataclasses import replace

from archcompiler.diagnostics import Change, Loc, Problem
from archcompiler.graph.ir import Argument
from archcompiler.layers.operations.rows import Constant, Operand
from archcompiler.layers.things import Thing
from archcompiler.spec.arguments import CallArgument
from archcompiler.spec.items import Item
from archcompiler.suggest import closest
from archcompiler.tensors import TensorType
from archcompiler.wording import listed


def with_operands(item: Item, thing: Thing, problems: list[Problem]) -> Item:
    """The item with its tensors and numbers by name, in the order of the operation's signature; what is missing or too
    much is told, and stands as a source that cannot be followed."""
    kinds = {one.name: one.kind for one in thing.entry.arguments.values() if one.is_tensor}
    names = list(kinds)
    said = f"`ops.{thing.class_name}`"
    loc: Loc = (*item.loc, "from")
    found: dict[str, CallArgument] = {}
    if item.arguments:
        for one in item.arguments:
            if one.name in kinds:
                found[one.name] = one
                continue
            near = closest(one.name, [name for name in names if name not in found])
            change = (Change("replace_key", (*loc, one.name), near),) if near else ()
            help = f"did you mean `{near}`?" if near else f"its tensors are {listed(names)}"
            message = f"{said} is not called with `{one.name}`"
            problems.append(Problem("ARC111", message, (*loc, one.name), help=help, changes=change))
    elif names:
        sources = ("previous",) if item.sources is None else item.sources
        if kinds[names[0]] == "tensors":
            found[names[0]] = CallArgument(names[0], sources, listed=True)
        else:
            free = [name for name in names if name not in thing.given]
            if len(sources) > len(free):
                message = f"{said} takes {listed(free) or 'no tensor'}, but {len(sources)} are given"
                problems.append(Problem("ARC205", message, loc, help="remove what is too much"))
            found = {name: CallArgument(name, (one,)) for name, one in zip(free, sources, strict=False)}
    elif item.sources:
        problems.append(Problem("ARC205", f"{said} takes no tensor", loc, help="remove `from`"))
    missing: list[str] = []
    for name in names:
        if name in thing.given and name not in found:
            found[name] = CallArgument(name, (), value=thing.given[name])
        one = found.get(name)
        none = one is not None and kinds[name] == "tensors" and not one.sources and one.value is None
        if none or (one is None and thing.entry.arguments[name].required):
            found[name] = CallArgument(name, (None,))
            missing.append(name)
    if missing and all(one.name in kinds for one in item.arguments):  # else one may be misspelt
        example = ", ".join(names) if kinds[names[0]] != "tensors" else "a, b"
        help = f"write `from: [{example}]` below it"
        problems.append(Problem("ARC112", f"{said} needs {listed(missing)}", item.thing_loc, help=help))
    arguments = tuple(_plain(found[name]) for name in names if name in found)
    places = tuple(_place(item, one, index) for one in arguments for index in range(len(one.sources)))
    sources = tuple(source for one in arguments for source in one.sources)
    return replace(item, arguments=arguments, sources=sources, source_places=places)


def _plain(one: CallArgument) -> CallArgument:
    """A number among the sources is a value, and no name."""
    alone = one.sources[0] if len(one.sources) == 1 and not one.listed else None
    return CallArgument(one.name, (), value=alone) if isinstance(alone, (int, float)) else one


def _place(item: Item, one: CallArgument, index: int) -> Loc:
    if item.sources is None:
        return item.thing_loc
    if item.arguments:
        place = (*item.loc, "from", one.name)
        return (*place, index) if one.listed else place
    first = next((at for at, source in enumerate(item.sources) if source == one.sources[index]), index)
    return (*item.loc, "from", first) if item.sources_are_list else (*item.loc, "from")


def operands_of(arguments: tuple[Argument, ...], inputs: tuple[TensorType, ...]) -> dict[str, tuple[Operand, ...]]:
    """The operands by name, with the types of those that are tensors."""
    found: dict[str, tuple[Operand, ...]] = {}
    for one in arguments:
        tensors = tuple(inputs[at] for at in one.positions)
        found[one.name] = tensors if one.positions or one.listed else (Constant(one.value),)
    return found
