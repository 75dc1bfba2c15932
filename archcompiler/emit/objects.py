"""Layers as the spec writes them: with names that hang on a block's or a loop's own, and values that are computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard, cast

from archcompiler.emit.copies import Copies, counted_up
from archcompiler.emit.counting import Count, counted
from archcompiler.emit.expressions import NotStructured, Sight, has_expression, value_of
from archcompiler.layers.things import Thing
from archcompiler.plan.model import Code, Make
from archcompiler.plan.objects import AS_TUPLES


@dataclass(frozen=True, slots=True)
class Naming:
    """How layers are called: `prefix` is that of the stamp that is looked at, for which the variable `label` stands.
    `count` says how an automatic name is counted, `own` is the item's own name, where it has one."""

    prefix: str
    label: str | None
    copies: Copies | None
    count: Callable[[str], tuple[str, Count]]
    own: str | None = None
    wrapped: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What wrapped layers are called in every copy, by what they are called in the first."""
    whole: frozenset[str] = frozenset()
    """Automatic names that end in a number by themselves."""

    def of(self, name: str) -> object:
        """The name of a layer that the plan calls `name`."""
        local = name.removeprefix(self.prefix)
        if self.copies is not None and local == self.copies.locals[0]:
            return Code(self.copies.name(self.label))
        if self.copies is None and local == self.own:
            return Code(f'f"{{{self.label}}}_{local}"') if self.label else name
        stem, count = self.count(local)
        if self.copies is not None:
            counted_up([one.removeprefix(self.prefix) for one in self.wrapped[name]], self.whole)
            return Code(self.copies.counted(stem, count, self.label))
        return Code(counted(stem, count, self.label)) if self.label or count.terms else name


def written_object(made: Make, thing: Thing, raw: object, naming: Naming, sight: Sight) -> Make:
    """The object of the plan with its name, and with what the spec computes, as code. `raw` is what the spec writes.

    Raises:
        NotStructured: it holds layers of which it is not known how the spec writes them.
    """
    inside = thing.given.get("layer")
    if made.class_name != thing.class_name and isinstance(inside, Thing):
        # A TimeDistributed that is left out: its layer does so at every step.
        return written_object(made, inside, _only(_arguments(thing, raw).get("layer")), naming, sight)
    keywords: dict[str, object] = dict(made.keywords)
    positional = list(made.positional)
    if "name" in keywords:
        keywords["name"] = naming.of(str(keywords["name"]))
    arguments = _arguments(thing, raw)
    required = [one.name for one in thing.entry.arguments.values() if one.required]
    for name, inner in thing.given.items():
        said = arguments.get(name)
        if isinstance(inner, Thing) and inner.section == "layers":
            holder, at = _place(positional, keywords, name)
            holder[at] = written_object(cast("Make", holder[at]), inner, _only(said), naming, sight)
        elif _are_layers(inner) and _is_list(said):
            holder, at = _place(positional, keywords, name)
            holder[at] = _listed(holder[at], inner, said, naming, sight)
        elif has_expression(said):
            first = name not in keywords and bool(positional) and (required == [name] or len(thing.given) == 1)
            made_of = positional[0] if first else keywords.get(name)
            if isinstance(inner, Thing) and isinstance(said, dict):
                if not isinstance(made_of, Make) or has_expression(list(cast("dict[str, object]", said))):
                    raise NotStructured
                value: object = written_object(made_of, inner, _only(cast("object", said)), naming, sight)
            elif isinstance(inner, Thing) or isinstance(made_of, Make) or _holds_things(inner):
                raise NotStructured
            else:
                kind = thing.entry.arguments[name].kind if name in thing.entry.arguments else ""
                value = value_of(said, sight, kind in AS_TUPLES)
            if first:
                positional[0] = value
            else:
                keywords[name] = value
        elif (naming.label or naming.copies is not None) and _holds_things(inner):
            raise NotStructured
    order = [*thing.entry.arguments, *thing.entry.base_arguments]
    places = {name: at for at, name in enumerate(one for one in order if one != "name")}
    named = sorted(keywords.items(), key=lambda one: places.get(one[0], len(places)))
    return replace(made, positional=tuple(positional), keywords=tuple(named))


def _listed(made: Any, things: list[Thing], said: list[object], naming: Naming, sight: Sight) -> object:
    """Layers in a list, such as the cells of an RNN, of which Keras makes a layer that is named too."""
    if isinstance(made, Make):
        cells = _listed(made.positional[0], things, said, naming, sight)
        named = {key: naming.of(str(one)) if key == "name" else one for key, one in made.keywords}
        return replace(made, positional=(cells,), keywords=tuple(named.items()))
    if not len(made) == len(things) == len(said):
        raise NotStructured  # what `when` leaves out
    return [
        written_object(one, thing, _only(raw), naming, sight)
        for one, thing, raw in zip(cast("list[Make]", made), things, said, strict=True)
    ]


def _place(positional: list[object], keywords: dict[str, object], name: str) -> tuple[Any, Any]:
    """Where the layer that is wrapped stands among the arguments."""
    if isinstance(keywords.get(name), (Make, list)):
        return keywords, name
    at = next((at for at, one in enumerate(positional) if isinstance(one, (Make, list))), None)
    if at is None:
        raise NotStructured
    return positional, at


def _only(said: object) -> object:
    """What stands behind the only key of a mapping: the arguments of `{Dense: …}`."""
    values = list(cast("dict[str, object]", said).values()) if isinstance(said, dict) else []
    return values[0] if len(values) == 1 else None


def _arguments(thing: Thing, raw: object) -> dict[str, object]:
    """The arguments as they are written, by name."""
    if raw is None:
        return {}
    first = next(iter(thing.entry.arguments), "")
    if isinstance(raw, dict):
        mapping = cast("dict[str, object]", raw)
        known = {*thing.entry.arguments, *thing.entry.base_arguments}
        return mapping if all(key in known for key in mapping) else {first: raw}
    return {first: raw}


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _are_layers(value: object) -> TypeGuard[list[Thing]]:
    entries = cast("list[object]", value) if isinstance(value, list) else []
    return bool(entries) and all(isinstance(one, Thing) and one.section == "layers" for one in entries)


def _holds_things(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(one, Thing) for one in cast("list[object]", value))
