"""Write `schemas/keras_layers.json` from the installed Keras, or say how the two differ.

    python -m archcompiler.build.catalog            # write
    python -m archcompiler.build.catalog --check    # exit 1 and name every difference

Names, order and defaults are read from Keras's signatures, texts from its docstrings, string identifiers from its own
registers. What a signature does not say is in the tables below: the *kind* of each argument (what the kinds mean is in
`layers/catalog.py`) and the words it may be. A kind never forbids what Keras takes and runs, strict types apart. An
argument that is new in Keras and in no table stops the generator, so that a person decides.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from archcompiler.build.catalog_tables import (
    ABSTRACT,
    ANY_CASE,
    BASE_DOCS,
    BASES,
    CHOICES,
    INHERITED,
    KINDS,
    NULLABLE,
    OPERATION_CHOICES,
    OPERATION_KINDS,
    RANKS,
    REQUIRED,
    SKIPPED_LAYERS,
    SUFFIXES,
)
from archcompiler.build.own_layers import own_layers
from archcompiler.layers.catalog import SECTIONS
from archcompiler.resources import schema_folder, schema_text

keras: Any = import_module("keras")  # by name, as it ships no types
Raw = dict[str, Any]

FILE = "keras_layers.json"


def generate() -> Raw:
    """The whole catalog of the installed Keras, as it stands in the JSON file."""
    base: list[Raw] = []
    for argument in _arguments("layers", "Layer", keras.layers.Layer, {}):
        base.append({**argument, "doc": BASE_DOCS[argument["name"]]})
    raw: Raw = {"keras": keras.__version__, "base_arguments": base}
    for section in SECTIONS:
        things, aliases = _things(section)
        entries = {name: _entry(section, name, things[name]) for name in sorted(things)}
        _share_docs(entries)
        raw[section] = {"entries": entries, "aliases": aliases, "strings": _strings(section, entries)}
    return cast(Raw, json.loads(json.dumps(raw)))


def _things(section: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What Keras exports in `section`, and its second names."""
    if section == "ops":
        operations = import_module("archcompiler.layers.operations").OPERATIONS
        return {name: getattr(keras.ops, name) for name in operations}, {}
    if section == "activations":
        register: Any = import_module("keras.src.activations").ALL_OBJECTS
        return {item.__name__: item for item in register}, {"swish": "silu", "hard_swish": "hard_silu"}
    module: Any = keras.optimizers.schedules if section == "schedules" else getattr(keras, section)
    base: Any = getattr(module, BASES[section])
    exports = cast(Raw, vars(module))
    public = {name: item for name, item in sorted(exports.items()) if inspect.isclass(item) and issubclass(item, base)}
    things: dict[str, Any] = {}
    aliases: dict[str, str] = {}
    if section == "layers":
        things.update(own_layers())
    for name, item in public.items():
        # A class goes by its own name, unless Keras exports it under another only.
        own = item.__name__ if public.get(item.__name__) is item else min(n for n in public if public[n] is item)
        if name == own:
            things[name] = item
        else:
            aliases[name] = own
    return things, aliases


def _entry(section: str, name: str, thing: Any) -> Raw:
    parts = inspect.cleandoc(thing.__doc__ or "")
    entry: Raw = {"doc": _sentence(parts.split("\n\n")[0])}
    if name in ABSTRACT:
        entry["abstract"] = True
    if section == "layers":
        parameters = _signature(thing)
        if not any(item.kind is item.VAR_KEYWORD for item in parameters.values()):
            refused = [word for word in BASE_DOCS if word not in parameters]
            if refused:
                entry["refuses"] = refused
    entry["arguments"] = [] if name == "Layer" else _arguments(section, name, thing, _argument_docs(parts))
    return entry


def _arguments(section: str, name: str, thing: Any, docs: dict[str, str]) -> list[Raw]:
    skipped = SKIPPED_LAYERS if section == "layers" and name != "Layer" else set[str]()
    found: list[Raw] = []
    for parameter in _parameters(section, thing):
        if parameter.name in skipped or (section == "activations" and parameter.name == "x"):
            continue
        owner = f"ops.{name}" if section == "ops" else name
        found.append(_argument(owner, parameter, docs.get(parameter.name, "")))
    return found


def _parameters(section: str, thing: Any) -> Iterator[inspect.Parameter]:
    """The parameters of `thing`'s own signature, then those of its parents that **kwargs reaches."""
    own = _signature(thing)
    for parameter in own.values():
        operands = section == "ops" and parameter.kind == parameter.VAR_POSITIONAL
        if operands or parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            yield parameter
    if section != "layers":
        return
    for parent in thing.__mro__[1:]:
        for name in INHERITED.get(parent.__name__, ()):
            if name not in own:
                yield _signature(parent)[name]


def _signature(thing: Any) -> dict[str, inspect.Parameter]:
    """The parameters by name; of a class, its constructor's (Keras's `__new__` says nothing)."""
    if not inspect.isclass(thing):
        return dict(inspect.signature(thing).parameters)
    parameters = inspect.signature(cast(Any, thing).__init__).parameters
    return {name: item for name, item in parameters.items() if name != "self"}


def _argument(owner: str, parameter: inspect.Parameter, doc: str) -> Raw:
    name = parameter.name
    required = parameter.default is parameter.empty or f"{owner}.{name}" in REQUIRED
    kind = _kind(owner, parameter)
    raw: Raw = {"name": name, "kind": kind}
    if required:
        raw["required"] = True
    else:
        raw["default"] = parameter.default
    listed = _named(owner, name, NULLABLE) if not owner.startswith("ops.") else ""
    if (not required and parameter.default is None) or listed or kind in _OBJECTS:
        raw["nullable"] = True
    if kind == "choice":
        raw["choices"] = OPERATION_CHOICES[name] if owner.startswith("ops.") else CHOICES[_named(owner, name, CHOICES)]
        case_matters = name == "data_format" and owner.startswith("Adaptive")
        if _named(owner, name, ANY_CASE) and not case_matters:
            raw["any_case"] = True
    if kind in ("sizes", "counts", "margins"):
        digit = re.search(r"([123])D", owner)
        key = _named(owner, name, RANKS)
        raw["rank"] = RANKS[key] if key else int(digit[1]) if digit else None
    raw["doc"] = doc
    return raw


_OBJECTS = ("activation", "initializer", "regularizer", "constraint")
_KIND_OF = {word: kind for kind, words in KINDS.items() for word in words.split()}


def _named(owner: str, name: str, table: Any) -> str:
    """The key of `table` that means this argument: `Class.argument`, else `argument`, else nothing."""
    return next((key for key in (f"{owner}.{name}", name) if key in table), "")


def _kind(owner: str, parameter: inspect.Parameter) -> str:
    name = parameter.name
    full = f"{owner}.{name}"
    if owner.startswith("ops."):
        return OPERATION_KINDS.get(full.removeprefix("ops.")) or OPERATION_KINDS[name]
    if full in _KIND_OF:
        return _KIND_OF[full]
    if _named(owner, name, CHOICES):
        return "choice"
    if name in _KIND_OF:
        return _KIND_OF[name]
    for suffix, kind in SUFFIXES.items():
        if name.endswith(suffix):
            return kind
    default: object = parameter.default
    by_default = {"bool": "boolean", "float": "number", "str": "string"}.get(type(default).__name__)
    if by_default is None:
        raise SystemExit(f"{full} (default {default!r}) has no kind: add it to a table in {__file__}")
    return by_default


def _sentence(text: str, limit: int = 110) -> str:
    """The first sentence of `text` on one line, cut at a word's end where it is long."""
    text = " ".join(text.split())
    text = re.split(r"(?<!e\.g)(?<!i\.e)(?<=[.!?])\s+(?=[A-Z`\"'(])", text)[0]
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " …"


def _argument_docs(docstring: str) -> dict[str, str]:
    """One sentence for each argument that the docstring's `Args:` describes."""
    section = re.search(r"^(?:Args|Arguments|Init arguments):\n(.*?)(?=^\S|\Z)", docstring, re.MULTILINE | re.DOTALL)
    found: dict[str, str] = {}
    if section:
        lines = inspect.cleandoc(section[1]).splitlines()
        for item in re.split(r"\n(?=\S)", "\n".join(lines)):
            head = re.match(r"`?(\w+)`?\s*(?:\([^)]*\))?:\s*(.*)", item, re.DOTALL)
            if head:
                found[head[1]] = _sentence(head[2])
    return found


def _share_docs(entries: Raw) -> None:
    """Where a docstring leaves an argument out, say what a sibling says of the argument of that name."""
    arguments: list[Raw] = [argument for entry in entries.values() for argument in entry["arguments"]]
    known = {(each["name"], each["kind"]): each["doc"] for each in reversed(arguments) if each["doc"]}
    for each in arguments:
        each["doc"] = each["doc"] or known.get((each["name"], each["kind"]), "")


def _strings(section: str, entries: Raw) -> dict[str, str]:
    """Each string that `keras.SECTION.get` takes, with the entry it stands for."""
    if section in ("layers", "schedules", "callbacks", "ops"):
        return {}
    register: dict[str, Any] = import_module(f"keras.src.{section}").ALL_OBJECTS_DICT
    get: Callable[[str], Any] = getattr(keras, section).get
    by_word = {_word(name): name for name in entries}
    found: dict[str, str] = {}
    for string, item in register.items():
        entry = by_word.get(_word(item.__name__))
        if entry is None or entries[entry].get("abstract"):
            continue
        # Keras lower-cases an optimizer's name before it looks.
        for spelling in {string, entry} if section == "optimizers" else {string}:
            if _accepts(get, spelling):
                found[spelling] = entry
    chosen_by_shape = {"metrics": ("accuracy", "acc"), "losses": ("crossentropy", "ce")}.get(section, ())
    return dict(sorted({**found, **{word: word for word in chosen_by_shape}}.items()))


def _word(name: str) -> str:
    return name.replace("_", "").lower()


def _accepts(get: Callable[[str], Any], string: str) -> bool:
    try:
        return callable(found := get(string)) or isinstance(found, keras.optimizers.Optimizer)
    except (KeyError, TypeError, ValueError):  # no such name, or a class that cannot be made without arguments
        return False


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def to_text(raw: Raw) -> str:
    """`raw` as JSON, one line an argument, an alias or a string, so that a change of Keras reads well in a diff."""

    def block(opening: str, lines: list[str], closing: str) -> str:
        return "\n".join([opening, ",\n".join(lines), closing]) if lines else opening + closing

    def entry(name: str, item: Raw) -> str:
        head = _json({key: value for key, value in item.items() if key != "arguments"})[:-1]
        return block(f'{_json(name)}: {head}, "arguments": [', [_json(each) for each in item["arguments"]], "]}")

    parts = [f'"keras": {_json(raw["keras"])}']
    parts.append(block('"base_arguments": [', [_json(each) for each in raw["base_arguments"]], "]"))
    for section in SECTIONS:
        tables = [block('"entries": {', [entry(name, each) for name, each in raw[section]["entries"].items()], "}")]
        for table in ("aliases", "strings"):
            pairs = [f"{_json(key)}: {_json(value)}" for key, value in raw[section][table].items()]
            tables.append(block(f'"{table}": {{', pairs, "}"))
        parts.append(block(f'"{section}": {{', tables, "}"))
    return block("{", parts, "}") + "\n"


def differences(old: Raw, new: Raw) -> list[str]:
    """What changed from `old` to `new`, a line a change, each named: `layers Dense.units: kind size, now count`."""
    found: list[str] = []
    if old["keras"] != new["keras"]:
        found.append(f"the file was read from Keras {old['keras']}, installed is Keras {new['keras']}")
    found += _changed("base_arguments", _by_name(old["base_arguments"]), _by_name(new["base_arguments"]))
    for section in SECTIONS:
        for table in ("aliases", "strings"):
            found += _changed(f"{section} {table}", old[section][table], new[section][table])
        before, after = old[section]["entries"], new[section]["entries"]
        found += _changed(section, dict.fromkeys(before), dict.fromkeys(after))
        for name in sorted(before.keys() & after.keys()):
            found += _changed(f"{section} {name}", _flat(before[name]), _flat(after[name]))
            old_order, new_order = (list(_by_name(item[name]["arguments"])) for item in (before, after))
            if old_order != new_order and sorted(old_order) == sorted(new_order):
                found.append(f"{section} {name}: its arguments are in another order")
    return found


def _flat(entry: Raw) -> Raw:
    """An entry with its arguments as keys, and what else it says in brackets."""
    return {**_by_name(entry["arguments"]), **{f"({key})": value for key, value in entry.items() if key != "arguments"}}


def _by_name(arguments: list[Raw]) -> dict[str, Raw]:
    return {argument["name"]: argument for argument in arguments}


def _changed(where: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    found = [f"{where}: {key} was removed" for key in sorted(old.keys() - new.keys())]
    found += [f"{where}: {key} was added" for key in sorted(new.keys() - old.keys())]
    for key in sorted(old.keys() & new.keys()):
        before, after = old[key], new[key]
        if isinstance(before, dict) and isinstance(after, dict):
            found += _changed(f"{where}.{key}", cast(Raw, before), cast(Raw, after))
        elif _json(before) != _json(after):
            found.append(f"{where}: {key} was {_json(before)}, is {_json(after)}")
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m archcompiler.build.catalog", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the file is not current")
    options = parser.parse_args(arguments)
    new = generate()
    path: Path = schema_folder() / FILE
    if not options.check:
        path.write_text(to_text(new), encoding="utf-8")
        print(f"{path}: {sum(len(new[section]['entries']) for section in SECTIONS)} entries of Keras {new['keras']}")
        return 0
    found = differences(json.loads(schema_text(FILE)), new)
    for each in found:
        print(each)
    if found:
        print(f"{FILE} is not what the installed Keras says; run `python -m archcompiler.build.catalog`")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
