"""What was probably meant by a class or an argument that Keras does not have, and by what is written as a call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from archcompiler.layers import synonyms
from archcompiler.layers.catalog import Argument, Entry, catalog, find
from archcompiler.layers.values import CHECKS, mismatch
from archcompiler.suggest import closest

AFFIXES = re.compile(r"^(?:\w+\.)+|(?:_?Layer|_?layer|_?\d+)$")
"""What people write around a class's name: `keras.layers.Dense`, `LSTMLayer`, `Dense_1`."""
LONGEST_CALL = 300
NUMBER = re.compile(r"[-+]?([0-9]{1,18}|[0-9]{0,18}\.[0-9]{1,18}|[0-9]{1,18}\.?)([eE][-+]?[0-9]{1,2})?")
WORDS: Mapping[str, object] = {"true": True, "false": False, "none": None, "null": None}
SHORTEST = 4
"""Letters of a beginning that is taken for the whole."""


def meant_class(section: str, name: str, known: Iterable[str]) -> str | None:
    """The one of the names in `known` that `name` probably means."""
    entries = catalog().sections[section].entries
    usable = [one for one in known if one not in entries or not entries[one].abstract]
    other = synonyms.CLASSES.get(section, {})
    for written in (name, AFFIXES.sub("", name)):
        same = [one for one in usable if one.lower() == written.lower()]
        if written != name:  # a class, and no block, by its capital letter
            same = [one for one in same if one[:1].isupper() == written[:1].isupper()]
        if same:
            return closest(written, same)
        if section == "layers" and written in catalog().sections["ops"].entries:
            return f"ops.{written}"
        folded = next((one for one in other if one.lower() == written.lower()), None)
        if folded is not None:
            return other[folded]
    if section == "layers" and meant_otherwise(name) is not None:
        return None
    return closest(name, usable) or _only(one for one in usable if _begins(one, name))


def _begins(one: str, other: str) -> bool:
    """Whether one of the two is the beginning of the other."""
    shorter, longer = sorted((one.lower(), other.lower()), key=len)
    return len(shorter) >= SHORTEST and longer.startswith(shorter)


def _only(found: Iterable[str]) -> str | None:
    every = list(found)
    return every[0] if len(every) == 1 else None


def meant_otherwise(name: str) -> str | None:
    """What to write for a layer that Keras has under no other name, in words."""
    if name in synonyms.INSTEAD:
        return synonyms.INSTEAD[name]
    strings = catalog().sections["activations"].strings
    if any(name.lower() == one.lower() for one in synonyms.ACTIVATIONS):
        plain = next((one for one in strings if one.replace("_", "") == name.lower()), None)
        return f"write `Activation: {plain}`, or `activation: {plain}` in the layer before" if plain else None
    return None


def meant_argument(entry: Entry, name: str | int, raw: object, given: Mapping[str, object]) -> str | None:
    """The argument that `name` probably means: a misspelling, another word for it, or a part of its name that leaves
    no choice for the value `raw`."""
    name = str(name)
    known = {key: one for key, one in {**entry.arguments, **entry.base_arguments}.items() if key not in given}
    of_class = synonyms.ARGUMENTS_OF.get(entry.name, {}).get(name)
    found = next((one for one in (of_class, closest(name, known), synonyms.ARGUMENTS.get(name)) if one in known), None)
    if found is not None:
        return found
    lowered = name.lower()
    parts = [one for one in known if one.startswith(f"{lowered}_") or one.endswith(f"_{lowered}")]
    longer = [one for one in known if len(lowered) >= SHORTEST and one.startswith(lowered)]
    fitting = [known[one] for one in dict.fromkeys((*parts, *longer)) if fits(known[one], raw)]
    return _only(one.name for one in fitting) or _only(one.name for one in fitting if one.required)


def fits(argument: Argument, raw: object) -> bool:
    if argument.kind in CHECKS:
        return mismatch(raw, argument) is None
    return isinstance(raw, (str, dict)) or (raw is None and argument.nullable)


def as_call(entry: Entry, text: str) -> dict[str, object] | None:
    """The arguments of `10, softmax` or `(10, activation=softmax)` by name, where the text can be read so."""
    if len(text) > LONGEST_CALL:
        return None
    inner = text.strip().removeprefix("(").removesuffix(")")
    names = [key for key, one in entry.arguments.items() if not one.is_tensor]
    found: dict[str, object] = {}
    for position, written in enumerate(re.split(r",(?![^\[(]*[\])])", inner)):
        key, equals, value = written.partition("=")
        name = key.strip() if equals else names[position] if position < len(names) else ""
        if name not in names or name in found or not (value if equals else written).strip():
            return None
        found[name] = _scalar((value if equals else written).strip())
    return found if all(fits(entry.arguments[key], one) for key, one in found.items()) else None


def _scalar(text: str) -> object:
    if text[:1] in ("[", "(") and text[-1:] in ("]", ")"):
        return [_scalar(one.strip()) for one in text[1:-1].split(",") if one.strip()]
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    if NUMBER.fullmatch(text):
        return float(text) if set(text) & set(".eE") else int(text)
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def called_class(name: str) -> tuple[str, dict[str, object]] | None:
    """The layer and its arguments where they are written as in Python: `Dense(10, activation="relu")`."""
    match = re.fullmatch(r"(?:\w+\.)*(\w+)\((.*)\)", name.strip(), re.DOTALL)
    entry = find("layers", match[1]) if match else None
    if match is None or entry is None:
        return None
    arguments = as_call(entry, match[2]) if match[2].strip() else {}
    return None if arguments is None else (entry.name, arguments)


def choice(argument: Argument, raw: str) -> str | None:
    """The choice that is meant by a string that is none."""
    meant = synonyms.CHOICES.get(argument.name, {}).get(raw)
    return meant if meant in argument.choices else closest(raw, (str(one) for one in argument.choices))
