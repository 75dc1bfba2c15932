"""What is said of a class, an argument or a value that is not right: what came, what was meant, how to mend it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import cast

from archcompiler.diagnostics import Change, Loc, Problem
from archcompiler.flow import to_flow
from archcompiler.layers import outdated
from archcompiler.layers.catalog import Argument, Entry, catalog
from archcompiler.layers.older_forms import batch_beside, older_class, renamed_to, value_today
from archcompiler.layers.values import CHECKS, mismatch
from archcompiler.wording import cut, described, listed, shown

NOUNS: Mapping[str, str] = {
    "layers": "layer", "activations": "activation", "initializers": "initializer", "regularizers": "regularizer",
    "constraints": "constraint", "losses": "loss", "metrics": "metric", "optimizers": "optimizer",
    "schedules": "learning-rate schedule", "callbacks": "callback",
    "ops": "operation",
}  # fmt: skip


NUMBERED: Mapping[str, str] = {"regularizers": "L2", "initializers": "Constant", "constraints": "MaxNorm"}
"""What a mere number probably means."""


_CALLED = re.compile(r"(\w+)\((?:\w+ *= *)?([0-9]+(?:\.[0-9]*)?(?:e-?[0-9]+)?)\)")
"""`l2(0.01)`, as Python writes it."""


def unknown_class(section: str, name: str, loc: Loc, extra: tuple[str, ...] = (), value: object = None) -> Problem:
    from archcompiler.layers import synonyms
    from archcompiler.layers.meant import called_class, meant_class, meant_otherwise

    name = str(name)  # a key may be a number
    noun = NOUNS[section]
    part = catalog().sections[section]
    today = outdated.RENAMED_CLASSES.get(name) if section == "layers" else None
    given = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if today is not None and name in outdated.FURTHER and isinstance(given.get("mode"), str):
        return _merge(given, loc)
    if today is not None:
        return older_class(name, today, given, loc)
    called = called_class(name) if section == "layers" else None
    if called is not None:
        return _called(name, *called, loc)
    near = meant_class(section, name, (*extra, *part.entries, *part.aliases))
    prefix = "ops." if section == "ops" else ""
    otherwise = meant_otherwise(name) if section == "layers" and near is None else None
    instead = near is not None and name in synonyms.CLASSES.get(section, {})
    help = f"`{prefix}{near}` is what Keras calls it" if instead else f"did you mean `{prefix}{near}`?"
    return Problem(
        "ARC110",
        f"there is no {noun} `{prefix}{name}`" + ("" if section != "layers" else " in Keras or in this spec"),
        loc,
        help=help if near else otherwise or f"`archcompiler layers` lists every {noun}",
        changes=(Change("replace_key", loc, f"{prefix}{near}"),) if near else (),
        safe=not instead,
    )


def _merge(value: dict[str, object], loc: Loc) -> Problem:
    """`Merge: {mode: sum}` of Keras 1."""
    mode = str(value["mode"])
    today = outdated.MERGE_MODES.get(mode)
    message = f"Keras 3 has no Merge any more, of which `mode: {mode}` is a layer of its own"
    if today is None:
        return Problem("ARC114", message, loc, help=f"write one of {listed(outdated.MERGE_MODES.values())}")
    axes = {"concat_axis": "axis", "dot_axes": "axes"}
    further = [Change("replace_key", (*loc, old), new) for old, new in axes.items() if old in value]
    changes = (Change("replace_key", loc, today), Change("remove_entry", (*loc, "mode")), *further)
    if len(value) == 1:
        changes = (Change("replace_key", loc, today), Change("replace_value", loc))
    return Problem("ARC114", message, loc, help=f"write `{today}`, without `mode`", changes=changes, safe=False)


def _called(written: str, name: str, arguments: dict[str, object], loc: Loc) -> Problem:
    """A layer written as in Python."""
    item = {name: arguments} if arguments else name
    help = f"write `- {to_flow(item).removeprefix('{').removesuffix('}')}`" if arguments else f"write `- {name}`"
    return Problem(
        "ARC110",
        f"`{shown(written)[1:-1]}` is a call of Python, and an item of `layers` is a name or `Layer: arguments`",
        loc,
        help=help,
        changes=(Change("replace_value", loc, item),) if isinstance(loc[-1:] and loc[-1], int) else (),
    )


def unknown_object(section: str, value: str, loc: Loc) -> Problem:
    from archcompiler.layers.meant import NUMBER, meant_class

    part = catalog().sections[section]
    today = outdated.RENAMED_STRINGS.get(section, {}).get(value)
    if today is not None:
        change = (Change("replace_value", loc, today),)
        message = f"the {NOUNS[section]} `{value}` was renamed in Keras"
        return Problem("ARC114", message, loc, on_key=False, help=f"write `{today}`", changes=change)
    called = _CALLED.fullmatch(value)
    if called is not None and part.strings.get(called[1]) in part.entries:
        meant = {part.strings[called[1]]: float(called[2])}
        message = f"`{value}` is a call, and a spec holds no code"
        change = (Change("replace_value", loc, meant),)
        return Problem("ARC113", message, loc, on_key=False, help=f"write `{shown(meant)}`", changes=change)
    if section == "schedules" and NUMBER.fullmatch(value):
        message, change = (
            f"a learning rate is a number, but {shown(value)} is given",
            Change("replace_value", loc, float(value)),
        )
        return Problem("ARC113", message, loc, on_key=False, help=f"write {value}, without quotes", changes=(change,))
    near = meant_class(section, value, (*part.strings, *part.entries))
    some = ", ".join(f"`{name}`" for name in sorted(part.strings)[:6])
    return Problem(
        "ARC113",
        f"there is no {NOUNS[section]} `{value}`",
        loc,
        on_key=False,
        help=f"did you mean `{near}`?" if near else f"there are {some} …",
        changes=(Change("replace_value", loc, near),) if near else (),
    )


def bad_name(name: str, loc: Loc) -> Problem:
    return Problem(
        "ARC105",
        f"{shown(name)} is no name: a name is letters, digits and `_`, and does not begin with a digit",
        loc,
        on_key=False,
        help="lower_snake_case is the custom, for example `next_word`",
    )


def loose_value(entry: Entry, argument: Argument, raw: object, instead: object, expected: str, loc: Loc) -> Problem:
    return Problem(
        "ARC408",
        f"`{argument.name}` of {entry.name} is {expected}, but {shown(raw)} is given, which Keras takes for "
        f"{shown(instead)}",
        loc,
        on_key=False,
        help=f"write `{shown(instead)}`",
        changes=(Change("replace_value", loc, instead),),
    )


WHOLE = re.compile("-?[0-9]{1,18}")


def bad_value(
    entry: Entry, argument: Argument, raw: object, expected: str, loc: Loc, params: Mapping[str, object]
) -> Problem:
    from archcompiler.layers.meant import choice

    near = choice(argument, raw) if isinstance(raw, str) else None
    help_text = f"did you mean `{near}`?" if near else None
    change = (Change("replace_value", loc, near),) if near else ()
    if isinstance(raw, str) and help_text is None:
        meant = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(raw.lower())
        if argument.kind == "boolean" and meant is not None:
            help_text, change = f"write {str(meant).lower()}, without quotes", (Change("replace_value", loc, meant),)
        elif WHOLE.fullmatch(raw) and mismatch(int(raw), argument) is None:
            help_text, change = f"write {raw}, without quotes", (Change("replace_value", loc, int(raw)),)
    if isinstance(raw, str) and raw in params and argument.kind in CHECKS and mismatch(params[raw], argument) is None:
        written = f"${{{raw}}}"
        help_text, change = f'write `"{written}"` for the param', (Change("replace_value", loc, written),)
    if argument.kind == "fraction" and isinstance(raw, (int, float)) and 1 < raw <= 100:
        help_text = f"write {raw / 100:g} for {raw} %"
    if raw == "None" and argument.nullable:
        help_text, change = "YAML's None is `null`", (Change("replace_value", loc),)
    if raw is None and not argument.required:
        help_text = f"leave it out: it is {shown(argument.default)} by default"
        change = (Change("remove_entry", loc),)
    message = f"`{argument.name}` of {entry.name} is {expected}, but {shown(raw)} is given"
    return Problem("ARC113", message, loc, on_key=False, help=help_text or argument.doc or None, changes=change)


def written_as_call(entry: Entry, text: str, arguments: dict[str, object], loc: Loc) -> Problem:
    """`Dense: 10, softmax`: YAML reads one string where several arguments are meant."""
    return Problem(
        "ARC113",
        f"`{entry.name}: {cut(text)}` gives {entry.name} one string, {shown(text)}",
        loc,
        on_key=False,
        help=f"name the arguments: `{entry.name}: {to_flow(arguments)}`",
        changes=(Change("replace_value", loc, arguments),),
    )


def positional_list(entry: Entry, first: Argument, written: dict[str, object], value: object, loc: Loc) -> Problem:
    """`Embedding: [20000, 128]`; where the arguments in their order do not fit, several layers may be meant."""
    from archcompiler.layers.meant import fits

    window = _window(entry, value)
    if window is not None:
        written = window
    fit = all(fits(entry.arguments[name], one) for name, one in written.items())
    help = "name the arguments: " + ", ".join(f"{name}: {shown(one)}" for name, one in written.items())
    if window is not None:
        help += " (since Keras 2 the third number would be `strides`)"
    if not fit:
        sizes = list(written.values())
        several = all(mismatch(one, first) is None for one in sizes)
        over = "return_sequences" in entry.arguments
        items = [{first.name: one, "return_sequences": True} if over else one for one in sizes[:-1]]
        each = " and ".join(f"`- {entry.name}: {to_flow(one)}`" for one in (*items, sizes[-1]))
        help = f"for {len(sizes)} layers write {each}" if several else f"write `{entry.name}: {{{first.name}: …}}`"
        if several and entry.name == "Dense" and all(isinstance(one, int) for one in sizes):
            count = math.prod(cast("list[int]", sizes))
            help += f"; for {shown(value)} numbers `- Dense: {count}` and `- Reshape: {shown(value)}`"
    return Problem(
        "ARC113",
        f"`{entry.name}: {shown(value)}` gives the whole list to `{first.name}`, as {entry.name}({shown(value)}) does",
        loc,
        on_key=False,
        help=help,
        changes=(Change("replace_value", loc, written),) if fit else (),
        safe=window is None
        and all(
            entry.arguments[name].kind in CHECKS or str(one) in catalog().sections["activations"].strings
            for name, one in written.items()
            if fit
        ),
    )


def _window(entry: Entry, value: object) -> dict[str, object] | None:
    """`Conv2D: [32, 3, 3]`, where Keras 1 took rows and columns of the window as arguments of their own."""
    sizes = cast("list[object]", value) if isinstance(value, list) else []
    names = list(entry.arguments)[:2]
    axes = 3 if "3D" in entry.name else 2
    whole = all(type(one) is int for one in sizes)
    if names != ["filters", "kernel_size"] or "1D" in entry.name or len(sizes) != axes + 1 or not whole:
        return None
    return {"filters": sizes[0], "kernel_size": sizes[1:]}


def unknown_argument(entry: Entry, name: str, raw: object, given: Mapping[str, object], loc: Loc) -> Problem:
    today = renamed_to(entry, name)
    if today is not None and today not in given:
        value = value_today(name, raw)
        return Problem(
            "ARC114",
            f"`{name}` of {entry.name} was renamed in Keras",
            loc,
            help=f"write `{today}`" if value is raw else f"write `{today}: {shown(value)}`",
            changes=(
                Change("replace_key", loc, today),
                *(() if value is raw else (Change("replace_value", loc, value),)),
            ),
        )
    if entry.section == "layers" and name in BESIDE and loc[-2] == entry.name:
        return beside(entry.name, name, raw, loc)
    from archcompiler.layers.meant import meant_argument

    near = meant_argument(entry, name, raw, given)
    removed = outdated.REMOVED_ARGUMENTS.get(entry.section, {}).get(name)
    if entry.section == "layers" and entry.name in outdated.HARMLESS.get(name, ()):
        return Problem(
            "ARC409",
            f"`{name}` of {entry.name} is left over from Keras 2: Keras 3 takes it, and gives the same without it",
            loc,
            help="remove it",
            changes=(Change("remove_entry", loc),),
        )
    if removed is not None:
        classes = outdated.TAKEN.get(entry.section, {}).get(name)
        taken = classes is not None and (not classes or entry.name in classes)
        deprecated = (
            "is deprecated" if name == "rms_scaling" else "is left over from Keras 2, and Keras 3 does not use it"
        )
        return Problem(
            "ARC114",
            f"`{name}` of {entry.name} {deprecated}" if taken else f"Keras 3 has no `{name}` for {entry.name}",
            loc,
            help=removed,
            changes=(Change("remove_entry", loc), *batch_beside(name, raw, given)),
            safe=False,
        )
    return Problem(
        "ARC111",
        f"{entry.name} has no argument `{name}`",
        loc,
        help=f"did you mean `{near}`?" if near else f"its arguments are {listed(entry.arguments) or 'none'}",
        changes=(Change("replace_key", loc, near),) if near else (Change("remove_entry", loc),),
        safe=near is not None,
    )


BESIDE = ("from", "outputs", "repeat", "when")
"""Keys of an item, which stand beside its layer."""


def beside(layer: str, name: str, raw: object, loc: Loc) -> Problem:
    """A key of the item among the layer's arguments, or in their place: `Add: {from: [a, b]}`, `Add: [a, b]`."""
    among = loc[-1] == name
    item = loc[:-2] if among else loc[:-1]
    taken = Change("remove_entry", loc) if among else Change("replace_value", loc)
    came = f"has no argument `{name}`" if among else f"takes no argument, but {shown(raw)} is given"
    return Problem(
        "ARC111",
        f"{layer} {came}: what it is called on stands below it" if name == "from" else f"{layer} {came}",
        loc,
        among,
        help=f"write `{name}: {shown(raw)}` in a line of its own, below `{layer}:`",
        changes=(taken, Change("set_key", item, raw, name)),
        safe=False,
    )


def activation_with_arguments(name: str, arguments: object, loc: Loc) -> Problem:
    """An activation is a function, called on a tensor alone; the layer of its name takes arguments."""
    plain = name.replace("_", "")
    layer = next((one for one in catalog().sections["layers"].entries if one.lower() == plain), None)
    return Problem(
        "ARC113",
        f"the activation `{name}` is a function and takes no arguments here, but {described(arguments)} is given",
        loc,
        help=f"the layer takes them: `activation: {{{layer}: …}}`" if layer else "use another, or a layer of its own",
        changes=(Change("replace_key", loc, layer),) if layer else (),
        safe=False,
    )
