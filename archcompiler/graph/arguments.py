"""The arguments that an item gives by name, held against those that its layer is called with."""

from __future__ import annotations

from dataclasses import replace

from archcompiler.diagnostics import Change, Problem
from archcompiler.graph.ir import Argument
from archcompiler.layers.call_arguments import PLAIN, REQUIRED, call_arguments_of
from archcompiler.spec.arguments import CallArgument
from archcompiler.spec.items import Item
from archcompiler.suggest import closest
from archcompiler.wording import described, listed


def settled(item: Item, class_name: str, problems: list[Problem], custom: bool = False) -> Item:
    """The item, a call of a layer of the class, with the call's arguments in the order in which Keras has them, and all
    of their tensors as sources.

    What does not fit the layer is told, and stands as a source that cannot be followed.
    """
    if not item.arguments or custom:  # of a class of the user's own, the names are not known
        return item
    loc = (*item.loc, "from")
    known = call_arguments_of(class_name)
    given = {one.name: one for one in item.arguments}
    fitting = {name: fitted(item, one, problems) for name, one in given.items() if name in known}
    for name in given:
        if name not in known:
            near = closest(name, known)
            change = (Change("replace_key", (*loc, name), near),) if near else ()
            help = f"did you mean `{near}`?" if near else f"it takes {listed(known)}"
            message = f"{item.thing} is not called with `{name}`"
            problems.append(Problem("ARC111", message, (*loc, name), help=help, changes=change))
    for name in (name for name in REQUIRED if name in known and name not in given):
        fitting[name] = CallArgument(name, (None,))
        if set(given) <= set(known):  # else it may be what is misspelt
            problems.append(
                Problem(
                    "ARC112",
                    f"{item.thing} is called on `{name}`, which is missing",
                    loc,
                    help=f"write `from: {{{name}: previous, …}}`",
                    changes=(Change("set_key", loc, "previous", name),),
                )
            )
    arguments = tuple(fitting[name] for name in known if name in fitting)
    return replace(item, arguments=arguments, sources=tuple(source for one in arguments for source in one.sources))


def fitted(item: Item, one: CallArgument, problems: list[Problem]) -> CallArgument:
    """The argument, or what cannot be followed where a tensor stands for a plain value, or the reverse."""
    plain = one.name in PLAIN
    if plain and isinstance(one.value, int | float):
        one = replace(one, value=bool(one.value))
    if None in one.sources:  # told where it was read
        return CallArgument(one.name, (), value=False) if plain else one
    if plain == (not one.sources and (not plain or isinstance(one.value, bool))):
        return one
    wanted = "true or false" if plain else "a name or a list of names"
    came = described(one.value if not one.sources else one.sources[0])
    problems.append(
        Problem(
            "ARC103",
            f"`{one.name}` is {wanted}, but {came} is given",
            (*item.loc, "from", one.name),
            on_key=False,
            help="write `true` or `false`" if plain else "name an input or a layer",
        )
    )
    return CallArgument(one.name, (), value=False) if plain else CallArgument(one.name, (None,))


def graph_arguments(item: Item) -> tuple[Argument, ...]:
    """The call's arguments by name, each with the places of its tensors among all of them."""
    found: list[Argument] = []
    first = 0
    for one in item.arguments:
        found.append(Argument(one.name, tuple(range(first, first + len(one.sources))), one.listed, one.value))
        first += len(one.sources)
    return tuple(found)
