"""Arguments of a call by Keras's own names: `from: {sequences: words, initial_state: [encoder.h, encoder.c]}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from archcompiler.diagnostics import Change, Loc, Problem
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.suggest import closest
from archcompiler.wording import described, listed

ATTENTION = ("Attention", "AdditiveAttention", "MultiHeadAttention")
CALLED_BY_NAME: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "RNN"), ("sequences", "initial_state")),
    **dict.fromkeys(ATTENTION, ("query", "value", "key", "use_causal_mask")),
}
"""The call arguments that layers take by name, in the order in which Keras has them."""

REQUIRED = ("sequences", "query", "value")
PLAIN = ("use_causal_mask",)
"""Arguments that are true or false, and no tensors."""


@dataclass(frozen=True, slots=True)
class CallArgument:
    """One argument of a call: the names of its tensors, and whether they are written as a list; or a plain value."""

    name: str
    sources: tuple[str | None, ...]
    listed: bool = False
    value: object = None


def call_arguments(thing: str, given: dict[str, object], loc: Loc, problems: list[Problem]) -> list[CallArgument]:
    """The arguments in `given`, the tensor that the layer is called on first; what is wrong is told."""
    known = CALLED_BY_NAME[thing]
    found: list[CallArgument] = []
    for name, value in given.items():
        place = (*loc, name)
        if name not in known:
            near = closest(name, known)
            change = (Change("replace_key", place, near),) if near else ()
            help = f"did you mean `{near}`?" if near else f"it takes {listed(known)}"
            problems.append(Problem("ARC111", f"{thing} is not called with `{name}`", place, help=help, changes=change))
        if name in PLAIN and name in known:
            if not isinstance(value, bool) and value is not UNKNOWN:
                message = f"`{name}` is true or false, but {described(value)} is given"
                problems.append(Problem("ARC103", message, place, on_key=False, help="write `true` or `false`"))
            found.append(CallArgument(name, (), value=value is True))
            continue
        names = cast("list[object]", value) if isinstance(value, list) else [value]
        sources = [one if isinstance(one, str) else None for one in names]
        for one in names:
            if not isinstance(one, str) and one is not UNKNOWN:
                message = f"`{name}` is a name or a list of names, but {described(one)} stands here"
                problems.append(Problem("ARC103", message, place, on_key=False, help="name an input or a layer"))
                break
        if name in known:
            found.append(CallArgument(name, tuple(sources), isinstance(value, list)))
    for name in REQUIRED:
        if name not in known or name in given:
            continue
        if all(one in known for one in given):
            problems.append(
                Problem(
                    "ARC112",
                    f"{thing} is called on `{name}`, which is missing",
                    loc,
                    help=f"write `from: {{{name}: previous, …}}`",
                    changes=(Change("set_key", loc, "previous", name),),
                )
            )
        found.append(CallArgument(name, (None,)))
    return sorted(found, key=lambda one: known.index(one.name))
