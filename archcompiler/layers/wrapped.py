"""Arguments of a wrapping layer and of the layer within it, one in the other's place."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from archcompiler.diagnostics import Change, Loc, Problem
from archcompiler.flow import to_flow
from archcompiler.layers.catalog import Argument, Entry
from archcompiler.wording import listed

Find = Callable[[str, str], Entry | None]


def misplaced(
    entry: Entry, first: Argument, value: dict[str, object], loc: Loc, find: Find, unknown: object
) -> Problem | None:
    """`TimeDistributed: {Dense: 10, activation: softmax}`, `Bidirectional: {LSTM: 8, merge_mode: sum}`,
    `Bidirectional: {layer: {LSTM: 8}, return_sequences: true}`."""
    own = {**entry.arguments, **entry.base_arguments}
    beside = [name for name in value if name not in own and find("layers", str(name)) is not None]
    if first.name in value:
        held = value[first.name]
        beside = list(cast("dict[str, object]", held)) if isinstance(held, dict) and not beside else []
    if len(beside) != 1 or len(value) < 2:
        return None
    (layer,) = beside
    inner = find("layers", str(layer))
    strange = [name for name in value if name not in own and name != layer]
    meant = {} if inner is None else {name: near for name in strange if (near := _meant(entry, inner, name, value))}
    value = {meant.get(name, name): one for name, one in value.items()}
    rest = [name for name in value if name not in (layer, first.name)]
    moved = [name for name in rest if name not in own]
    if inner is None or any(name not in inner.arguments for name in moved) or (first.name in value and not moved):
        return None
    held = cast("dict[str, object]", value[first.name])[layer] if first.name in value else value[layer]
    known = not _has(value, unknown)
    if not moved:
        whole = {first.name: {layer: held}, **{name: value[name] for name in rest}}
        message = f"beside {listed(rest)} the layer that {entry.name} wraps is named `{first.name}`"
        return Problem(
            "ARC111",
            f"{entry.name} has no argument {listed(meant)}, and {message}" if meant else message,
            (*loc, layer),
            help=f"write `{entry.name}: {to_flow(whole)}`" if known else f"write `{first.name}: {{{layer}: …}}`",
            changes=(Change("replace_value", loc, whole),) if known else (),
        )
    written = {near: name for name, near in meant.items()}
    place = (*loc, written.get(moved[0], moved[0]))
    message = f"{listed(moved)} belong{'s' if len(moved) == 1 else ''} to {layer}, within {entry.name}"
    if not known or not isinstance(held, (dict, int, str, type(None))):
        return Problem("ARC111", message, place, help=f"write `{{{layer}: {{{moved[0]}: …}}}}`")
    given = cast("dict[str, object]", held) if isinstance(held, dict) else _shorthand(inner, held)
    within = {layer: {**given, **{name: value[name] for name in moved}}}
    left = {name: value[name] for name in rest if name in own}
    short = not left and first.name not in value
    whole = within if short else {first.name: within, **left}
    help = f"write it inside: `{to_flow(whole)}`"
    return Problem("ARC111", message, place, help=help, changes=(Change("replace_value", loc, whole),))


def _meant(entry: Entry, inner: Entry, name: str, value: dict[str, object]) -> str | None:
    """The argument that is meant by a name that neither the wrapper nor the layer within has."""
    from archcompiler.layers.meant import meant_argument

    if name in inner.arguments:
        return None
    return meant_argument(entry, name, value[name], value) or meant_argument(inner, name, value[name], value)


def _shorthand(inner: Entry, held: object) -> dict[str, object]:
    first = next(iter(inner.arguments), None)
    return {first: held} if first is not None and held is not None else {}


def _has(value: object, unknown: object) -> bool:
    """Whether there is a part of the value whose own mistake is told already."""
    if isinstance(value, dict):
        return any(_has(one, unknown) for one in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return any(_has(one, unknown) for one in cast("list[object]", value))
    return value is unknown and value is not None
