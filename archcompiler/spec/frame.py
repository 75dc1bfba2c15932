"""From a document to a `Spec`: the header, the params, and the frame around the layers, with every mistake in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.source import Document
from archcompiler.spec.decode import Mismatch, decode
from archcompiler.spec.includes import with_included
from archcompiler.spec.items import bad_name
from archcompiler.spec.params import spec_params
from archcompiler.spec.pasting import Paster
from archcompiler.spec.short_forms import spelled_out
from archcompiler.suggest import closest
from archcompiler.wording import described

if TYPE_CHECKING:
    from archcompiler.spec.models import Spec


@dataclass(frozen=True, slots=True)
class Framed:
    """A spec whose frame could be read: in its layers and blocks, `${…}` stand as they are written.

    `faulty` are the places of inputs and blocks that could not be read, and stand empty; `paster` pastes into layers.
    """

    spec: Spec
    name: str
    params: dict[str, object]
    faulty: frozenset[Loc]
    paster: Paster
    data: dict[str, Any]
    """The spec as it is written, with what it includes."""
    overridden: frozenset[str]
    """The params that are set from outside."""
    frame: dict[str, Any]
    """The same with every `${…}` replaced by its value, but for what stands in layers and blocks."""


def parse(document: Document, overrides: Mapping[str, object], problems: list[Problem]) -> Framed | None:
    """The spec in `document`; None where its frame is too broken to go on. What is wrong is added to `problems`."""
    if not _is_spec(document.data, problems):
        return None
    data, lacking = with_included(document, problems)
    written = data
    paster = Paster(document, problems, lacking)
    params = spec_params(data, paster, overrides)
    if document.has_expressions:
        data = _pasted(data, paster, params)
    frame = data
    spec, faulty = _validated(data, problems)
    if spec is None:
        return None
    for section in ("models", "blocks"):
        for name in getattr(spec, section):
            if not name.isidentifier():
                problems.append(bad_name(name, (section, name), on_key=True))
    for name in spec.blocks:
        if name in spec.models:
            note = PlacedNote("the model is here", ("models", name))
            message = f"`{name}` is the name of a model and of a block"
            help = "give one of them another name"
            problems.append(Problem("ARC106", message, ("blocks", name), notes=(note,), help=help))
    for place, inputs in (
        (("inputs",), spec.inputs),
        *((("models", n, "inputs"), m.inputs) for n, m in spec.models.items()),
    ):
        for name in inputs:
            if not name.isidentifier():
                problems.append(bad_name(name, (*place, name), on_key=True))
    return Framed(
        spec,
        _name(spec, document.path, problems),
        params.values_of_all(),
        faulty,
        paster,
        written,
        frozenset(overrides),
        frame,
    )


RAW = ("params", "layers", "blocks", "custom_layers", "custom_losses")
"""What is pasted later, where it is used."""


def _pasted(data: dict[str, Any], paster: Paster, names: Mapping[str, object], loc: Loc = ()) -> dict[str, Any]:
    """The frame with every `${…}` replaced by its value, less what is pasted item by item."""
    pasted: dict[str, Any] = {}
    for key, value in data.items():
        if key == "models" and not loc and isinstance(value, dict):
            models = cast("dict[str, Any]", value).items()
            pasted[key] = {
                name: _pasted(cast("dict[str, Any]", model), paster, names, ("models", name))
                if isinstance(model, dict)
                else model
                for name, model in models
            }
        elif key in RAW and isinstance(value, (dict, list)):
            pasted[key] = value
        else:
            pasted[key] = paster.paste(value, (*loc, key), names)
    return pasted


def _is_spec(data: object, problems: list[Problem]) -> bool:
    if data is None:
        return False
    if not isinstance(data, dict):
        problems.append(Problem("ARC005", f"a spec is a mapping, but this is {described(data)}", (), on_key=False))
        return False
    version = cast("dict[str, object]", data).get("archcompiler")
    if "archcompiler" not in data:
        near = closest("archcompiler", [str(key) for key in cast("dict[object, object]", data)])
        problems.append(
            Problem(
                "ARC005",
                "a spec begins with `archcompiler: 1`, and this has no such key",
                (near,) if near else (),
                help="write `archcompiler: 1` at the top",
                changes=(Change("replace_key", (near,), "archcompiler"),)
                if near
                else (Change("set_key", (), 1, "archcompiler"),),
            )
        )
        return False
    if version != 1 or isinstance(version, (bool, float)):
        problems.append(
            Problem(
                "ARC104",
                f"the language's version is 1, but {described(version)} is given",
                ("archcompiler",),
                on_key=False,
                help="write `archcompiler: 1`",
                changes=(Change("replace_value", ("archcompiler",), 1),),
                safe=False,
            )
        )
        return False
    return True


def _less(data: Any, loc: Loc) -> Any:
    """`data` without the entry at `loc`; what is not on the way is shared, not copied."""
    if not loc or not isinstance(data, (dict, list)):
        return cast("object", data)
    first, rest, copied = loc[0], loc[1:], cast("Any", data).copy()
    if rest and isinstance(data, dict) and first not in data:
        return cast("object", data)  # gone already, with something else that is wrong in it
    if rest:
        copied[first] = _less(copied[first], rest)
    elif isinstance(data, dict):
        copied.pop(first, None)
    return copied


def _validated(data: dict[str, Any], problems: list[Problem]) -> tuple[Spec | None, frozenset[Loc]]:
    """The frame, less the parts that are wrong, so that the rest is checked all the same."""
    from archcompiler.spec.models import Spec

    faulty: set[Loc] = set()
    misspelt: set[Loc] = set()
    for _ in range(2):
        try:
            return decode(Spec, spelled_out(data)), frozenset(faulty)
        except Mismatch:
            from archcompiler.spec.mistakes import mistakes

            found = mistakes(spelled_out(data), data, misspelt)
        for mistake in found:
            if mistake.problem is not None:
                problems.append(mistake.problem)
            data = _mended(data, mistake.loc, mistake.kind, faulty)
    try:
        return decode(Spec, spelled_out(data)), frozenset(faulty)
    except Mismatch:
        return None, frozenset(faulty)


def _mended(data: dict[str, Any], loc: Loc, kind: str, faulty: set[Loc]) -> dict[str, Any]:
    """`data` without what is wrong at `loc`: the entry itself, or the optional part that it belongs to."""
    if kind == "extra_forbidden" and loc[0] not in ("target", "targets"):
        return _less(data, loc)
    if loc[0] == "blocks" and loc[1:]:
        faulty.add(loc[:2])
        return _replaced(data, loc[:2], {"layers": ["Identity"]})
    depth = 2 if loc[0] == "inputs" else 4 if loc[0] == "models" and "inputs" in loc[2:3] else 0
    if depth and loc[depth - 1 :]:
        faulty.add(loc[:depth])
        return _replaced(data, loc[:depth], {"shape": []})
    if loc[1:] and loc[0] in ("data", "validation_data"):
        faulty.add(loc[:1])
    if loc[1:] and loc[0] in ("training", "targets", "data", "validation_data", "serving", "params", "exports"):
        return _less(data, loc[:2])
    if loc[0] in (
        "name",
        "description",
        "topology",
        "batch_size",
        "dtype",
        "target",
        "targets",
        "data",
        "validation_data",
        "serving",
        "training",
        "exports",
        "generation",
        "params",
        "blocks",
        "custom_layers",
        "custom_losses",
    ):
        return _less(data, loc[:1])
    return data


def _replaced(data: Any, loc: Loc, value: object) -> Any:
    if not loc:
        return value
    copied: Any = data.copy()
    copied[loc[0]] = _replaced(copied[loc[0]], loc[1:], value)
    return copied


def _name(spec: Spec, path: str, problems: list[Problem]) -> str:
    """The model's name: as given, else the file's stem made an identifier."""
    if spec.name is not None:
        if spec.name.isidentifier():
            return spec.name
        problems.append(bad_name(spec.name, ("name",)))
    stem = os.path.splitext(os.path.basename(path))[0]
    name = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in stem).strip("_")
    name = f"_{name}" if name[:1].isdigit() else name
    return name if name.isidentifier() else "model"
