"""What is wrong with a spec's frame: pydantic's findings, in the words of the person who wrote the spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, cast, get_args

from archcompiler.diagnostics import Change, InternalError, Loc, Problem
from archcompiler.flow import to_flow
from archcompiler.spec.frame_words import KINDS, MISSING, PLACES
from archcompiler.spec.models import Policy
from archcompiler.spec.outdated import outdated_key
from archcompiler.spec.params import unknown_key
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.suggest import closest
from archcompiler.wording import described, listed

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong at `loc`, of pydantic's `kind`. It has no problem where that is told elsewhere."""

    problem: Problem | None
    loc: Loc
    kind: str


def mistakes(spelled: dict[str, Any], data: dict[str, Any], misspelt: set[Loc]) -> list[Mistake]:
    """What pydantic finds wrong in `spelled`, which is `data` with its short forms written out.

    `misspelt` are keys that are missing because others are misspelt; those found are added.
    """
    return [
        Mistake(_problem(detail, data), detail["loc"], str(detail["type"]))
        for detail in _plain(_details(spelled), data, misspelt)
    ]


def _details(data: dict[str, Any]) -> list[ErrorDetails]:
    """pydantic's own errors; it is loaded only when there are some."""
    from pydantic import TypeAdapter, ValidationError

    from archcompiler.spec.models import Spec

    try:
        TypeAdapter(Spec).validate_python(data)
    except ValidationError as error:
        return error.errors(include_url=False, include_context=True)
    raise InternalError("a spec fits its models for pydantic, but not for the decoder")


def _plain(details: list[ErrorDetails], data: object, misspelt: set[Loc]) -> list[ErrorDetails]:
    """One error a place: pydantic tells each member of a union, under a place of its own. `misspelt` are keys that are
    missing because others are misspelt; those found are added."""
    kept: dict[Loc, ErrorDetails] = {}
    lacking: dict[Loc, ErrorDetails] = {}
    for detail in details:
        loc = _in_data(detail["loc"], data, lacking=detail["type"] == "missing")
        if detail["type"] == "unexpected_keyword_argument":
            detail["type"] = "extra_forbidden"
        if detail["type"] == "invalid_key" or "[key]" in detail["loc"]:
            detail["type"] = _KEY
        detail["loc"] = loc
        if detail["type"] == "missing":
            detail["ctx"] = lacking.setdefault(loc[:-1], detail).get("ctx") or {"keys": list[str]()}
            detail["ctx"]["keys"].append(str(loc[-1]))
            if lacking[loc[:-1]] is not detail:
                continue
        kept.setdefault(loc, detail)
    for loc in [loc for loc, detail in kept.items() if _is_other_form(detail)]:
        if any(len(other) > len(loc) and other[: len(loc)] == loc for other in kept):
            del kept[loc]
    for detail in kept.values():
        if detail["type"] == "extra_forbidden":
            _take_for_misspelt(detail["loc"], lacking, misspelt)
    for parent, detail in lacking.items():
        keys = _keys(detail)
        keys[:] = [key for key in keys if (*parent, key) not in misspelt]
    return [
        detail for loc, detail in kept.items() if not any(loc != other and loc[: len(other)] == other for other in kept)
    ]


def _is_other_form(detail: ErrorDetails) -> bool:
    """Whether a word was expected as one form of a value, and the other form, a mapping, is given."""
    scalar = detail["type"] == "literal_error" or detail["loc"][:1] in (("data",), ("validation_data",), ("serving",))
    return scalar and isinstance(detail["input"], dict)


def _take_for_misspelt(loc: Loc, lacking: Mapping[Loc, ErrorDetails], misspelt: set[Loc]) -> None:
    """Where a key is unknown and much like one that is missing, that one is not called missing too."""
    if loc[:-1] in lacking:
        near = closest(str(loc[-1]), _keys(lacking[loc[:-1]]))
        if near is not None:
            misspelt.add((*loc[:-1], near))


def _keys(detail: ErrorDetails) -> list[str]:
    """The keys that are missing together."""
    return cast("list[str]", (detail.get("ctx") or {})["keys"])


_KEY = "invalid_key"


def _holds_unknown(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_unknown, cast("dict[object, object]", value).values()))
    return value is UNKNOWN or (isinstance(value, list) and any(map(_holds_unknown, cast("list[object]", value))))


def _in_data(loc: Loc, data: Any, *, lacking: bool) -> Loc:
    """`loc` less the steps that are no part of the spec: pydantic names the members of a union there too."""
    found: list[str | int] = []
    for index, part in enumerate(loc):
        last = lacking and index == len(loc) - 1
        if isinstance(data, dict) and part in data:
            data = cast("dict[object, object]", data)[part]
        elif isinstance(data, list) and isinstance(part, int) and part < len(cast("list[object]", data)):
            data = cast("list[object]", data)[part]
        elif not last and not (part == "shape" and isinstance(data, list)):
            continue
        found.append(part)
    return tuple(found)


def _problem(detail: ErrorDetails, data: object) -> Problem | None:
    loc, kind, value = detail["loc"], str(detail["type"]), detail["input"]
    if _holds_unknown(value):
        return None
    if kind == "extra_forbidden":
        return _extra(loc, data)
    where = _owner(loc)
    if kind == "missing":
        keys = _keys(detail)
        if not keys:
            return None
        help = "; ".join(MISSING[key] for key in keys if key in MISSING)
        if loc[0] in ("data", "validation_data"):
            help = "write the sizes, batch axis first, as numpy prints them: `shape: [5000, 24, 2]`"
        return Problem("ARC102", f"{where} needs {listed(keys)}", loc[:-1], help=help or None)
    if kind == "too_short":
        return Problem("ARC102", f"`{loc[-1]}` is empty", loc, help=MISSING.get(str(loc[-1])))
    if kind == _KEY:
        return _wrong_key(loc)
    word = _last_word(loc)
    what = f"`{loc[-1]}`" if isinstance(loc[-1], str) else f"an entry of `{word}`"
    if isinstance(loc[-1], int) and word not in ("shape", "outputs", "metrics", "callbacks"):
        what = f"an entry of the shape of `{word}`"
    expected = _expected(loc, kind, detail.get("ctx") or {})
    change, help = (), None
    choices = _TOPOLOGIES if word == "topology" else POLICIES if loc == ("dtype",) else ()
    near = closest(value, choices) if isinstance(value, str) else None
    if near is not None:
        change, help = (Change("replace_value", loc, near),), f"did you mean `{near}`?"
    if isinstance(value, str) and _as_number(value) is not None and "number" in expected:
        change, help = (Change("replace_value", loc, _as_number(value)),), f"write {value}, without quotes"
    if isinstance(value, str) and value.lower() in _TRUTH and "true" in expected:
        truth = _TRUTH[value.lower()]
        change, help = (Change("replace_value", loc, truth),), f"write {str(truth).lower()}"
    if isinstance(value, str) and "number" in expected and _is_param(value, data):
        written = f"${{{value}}}"
        change, help = (Change("replace_value", loc, written),), f'write `"{written}"` for the param'
    if _is_input(loc) and (isinstance(value, int) or (isinstance(value, str) and value.isidentifier())):
        expected = "a list of sizes, or a mapping with a `shape`"
        if not isinstance(value, bool):
            change, help = (Change("replace_value", loc, [value]),), f"write `[{value}]`"
    if isinstance(value, list) and loc in _BY_OUTPUT:
        change, help = _by_output(cast("list[object]", value), loc, data)
    if loc == ("dtype",):
        expected, help = f"one of {listed(POLICIES)}", help or "it is that of every layer that does not say its own"
    message = f"{what} is {expected}, but {described(cast('object', value))} is given"
    help = help or MISSING.get(word) or MISSING.get(str(loc[0]) if len(loc) == 2 else "")
    return Problem("ARC103", message, loc, on_key=False, help=help, changes=change)


_BY_OUTPUT = (("training", "loss"), ("training", "loss_weights"))


def _by_output(given: list[object], loc: Loc, data: object) -> tuple[tuple[Change, ...], str | None]:
    """A list where Keras takes one in the order of the outputs: here each stands under its output's name."""
    outputs = cast("dict[str, object]", data).get("outputs")
    if isinstance(outputs, (list, dict)) and len(cast("list[object]", outputs)) == len(given):
        by_name = {str(name): one for name, one in zip(cast("list[object]", outputs), given, strict=True)}
        written = ", ".join(f"{name}: {to_flow(one)}" for name, one in by_name.items())
        return (Change("replace_value", loc, by_name),), f"write each under its output's name: `{{{written}}}`"
    if len(given) == 1 and loc[-1] == "loss":
        return (Change("replace_value", loc, given[0]),), f"write `loss: {to_flow(given[0])}`"
    return (), f"write each under its output's name: `{loc[-1]}: {{OUTPUT: …, OUTPUT: …}}`"


def _is_param(word: str, data: object) -> bool:
    params = cast("dict[str, object]", data).get("params")
    return isinstance(params, dict) and word in params


def _is_input(loc: Loc) -> bool:
    """Whether it is the place of one input of a model."""
    return (len(loc) == 2 and loc[0] == "inputs") or (len(loc) == 4 and loc[0] == "models" and loc[2] == "inputs")


def _owner(loc: Loc) -> str:
    """What the last key of `loc` stands in, for a message."""
    return f"`{loc[-2]}`" if len(loc) > 1 else "a spec"


def _wrong_key(loc: Loc) -> Problem | None:
    if loc[0] == "params":
        return None  # told where params are read
    word = _last_word(loc[:-1])
    where = f"`{word}`" if loc[:-1] else "a spec"
    expected = "the number of a class" if word == "class_weight" else "a word"
    help = "write for example `{0: 1.0, 1: 20.0}`" if word == "class_weight" else None
    return Problem("ARC103", f"a key of {where} is {expected}, but {described(loc[-1])} is given", loc, help=help)


POLICIES = get_args(Policy)
_TOPOLOGIES = ("one_to_one", "one_to_many", "many_to_one", "many_to_many")
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _expected(loc: Loc, kind: str, context: Mapping[str, Any]) -> str:
    if isinstance(loc[-1], str) and loc[-1] in PLACES:
        return PLACES[loc[-1]]
    if len(loc) == 2 and loc[0] in ("data", "validation_data", "serving"):
        return "a list of sizes, or a mapping with a `shape`"
    if isinstance(loc[-1], int):
        entry = {"outputs": "a name", "metrics": "a name or `Name: arguments`"}
        entry["callbacks"] = entry["metrics"]
        return entry.get(_last_word(loc), "a whole number, null or a name")
    if kind == "literal_error":
        return f"one of {context.get('expected', '')}"
    if len(loc) == 2 and loc[0] == "exports":
        return "`{inputs: [NAME], outputs: NAME}`"
    return KINDS.get(kind, "something else")


def _last_word(loc: Loc) -> str:
    return next((str(part) for part in reversed(loc) if isinstance(part, str)), "the spec")


def _as_number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


_FRAMES = {"windows": "WindowsSpec", "sample": "SampleSpec"}
"""The frames that stand deeper, by their keys."""


def _extra(loc: Loc, data: object) -> Problem:
    from archcompiler.spec import models

    parent = {"training": models.TrainingSpec, "target": models.TargetSpec, "generation": models.GenerationSpec}.get(
        str(loc[0]), models.Spec
    )
    if len(loc) == 3 and loc[0] == "blocks":
        parent = models.BlockSpec
    inside = bool(loc[2:])
    if inside and loc[-2] in _FRAMES:
        parent = getattr(models, _FRAMES[str(loc[-2])])
    elif inside and loc[0] in ("data", "validation_data", "serving"):
        parent = models.DataSpec
    elif inside and loc[0] == "targets":
        parent = models.TargetSpec
    elif inside and "inputs" in loc[:-1]:
        parent = models.TensorSpec
    elif inside and loc[0] == "exports":
        parent = models.ExportSpec
    elif inside and loc[0] == "models":
        parent = models.ModelSpec
    where = _owner(loc)
    key = str(loc[-1])
    keys = cast("dict[str, object]", data).get("training") if parent is models.TrainingSpec else None
    beside = cast("dict[str, object]", keys) if isinstance(keys, dict) else {}
    outdated = outdated_key(key, loc, beside) if parent is models.TrainingSpec else None
    if outdated is not None:
        return outdated
    if key[:1].isupper() and parent in (models.Spec, models.ModelSpec, models.BlockSpec):
        return Problem(
            "ARC101", f"{where} has no key `{key}`", loc, help=f"a layer is an item of `layers`: `- {key}: …`"
        )
    if key == "batch_size" and parent is models.TensorSpec:
        help = "write `batch_size: 32` at the top of the spec: the batch axis is one for all inputs"
        change = Change("remove_entry", loc)
        return Problem("ARC101", f"{where} has no key `{key}`", loc, help=help, changes=(change,), safe=False)
    return unknown_key(key, tuple(one.name for one in fields(parent)), loc, where)
