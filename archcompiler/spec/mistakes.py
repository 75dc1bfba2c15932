"""What is wrong with a spec's frame: pydantic's findings, in the words of the person who wrote the spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, cast, get_args

from archcompiler.diagnostics import Change, InternalError, Loc, Problem
from archcompiler.spec.models import Policy
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
        help = "; ".join(_MISSING[key] for key in keys if key in _MISSING)
        return Problem("ARC102", f"{where} needs {listed(keys)}", loc[:-1], help=help or None)
    if kind == "too_short":
        return Problem("ARC102", f"`{loc[-1]}` is empty", loc, help=_MISSING.get(str(loc[-1])))
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
    if loc == ("dtype",):
        expected, help = f"one of {listed(POLICIES)}", help or "it is that of every layer that does not say its own"
    message = f"{what} is {expected}, but {described(value)} is given"
    help = help or _MISSING.get(word) or _MISSING.get(str(loc[0]) if len(loc) == 2 else "")
    return Problem("ARC103", message, loc, on_key=False, help=help, changes=change)


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
_MISSING = {
    "layers": "list the layers: `layers: [{LSTM: 32}, {Dense: 1}]`",
    "inputs": "name what the model takes: `inputs: {readings: [steps, 2]}`",
    "shape": "write the sizes without the batch axis: `shape: [steps, 2]`",
    "outputs": "name what the model gives: `outputs: [forecast, kind]`",
    "models": "write `models: {encoder: {inputs: …, layers: …}}`",
    "blocks": "write `blocks: {residual: {params: {units: 64}, layers: […]}}`",
    "params": "write `params: {units: 64}`, or remove it",
    "name": "write a word, for example `name: next_word`",
    "description": "write one sentence",
    "batch_size": "write for example `batch_size: 32`",
    "targets": "write `targets: {forecast: {shape: [steps, 1]}}`",
    "target": "write `target: {shape: [1]}`",
    "same_as": "name an input",
    "next_step_of": "name an input",
    "dtype": "write for example `dtype: int32`",
    "topology": "write for example `topology: many_to_one`",
    "training": "write `training: {optimizer: adam, loss: mse}`",
    "data": "write `data: {readings: [5000, 24, 2]}`, batch axis first, or the path of a file",
    "validation_data": "write `validation_data: {readings: [500, 24, 2]}`, batch axis first, or the path of a file",
    "serving": "write for example `serving: {batch_size: 1}`",
    "optimizer": "write `optimizer: adam`, or `optimizer: {Adam: {learning_rate: 0.001}}`",
    "loss": "write `loss: mse`, or `loss: {Huber: {delta: 2.0}}`",
    "loss_weights": "write `loss_weights: {forecast: 1.0}`",
    "metrics": "write `metrics: [mae]`",
    "generation": "write `generation: {feedback: {forecast: readings}, steps: 48}`",
    "feedback": "write `feedback: {OUTPUT: INPUT}`, for example `feedback: {forecast: readings}`",
    "sample": "write `sample: greedy`, or `sample: {temperature: 0.8}`",
    "temperature": "write a number above 0, for example `temperature: 0.8`; `sample: greedy` takes the likeliest token",
    "top_p": "write a share of the probability, for example `top_p: 0.9`",
    "windows": "write for example `windows: {length: 24, stride: 1}`",
    "length": "write for example `windows: {length: 24}`",
    "reset_states": "write `epoch`, `sequence` or `never`",
    "scale": "write `standard` (mean 0, deviation 1) or `minmax` (0 to 1)",
    "columns": "list the columns, for example `columns: [temp_max, temp_min]`",
    "class_weight": "write `class_weight: {0: 1.0, 1: 20.0}`",
    "epochs": "write for example `epochs: 20`",
    "shuffle": "write `shuffle: false` where state runs on from batch to batch",
    "validation_split": "write for example `validation_split: 0.1`",
    "callbacks": "write `callbacks: [{EarlyStopping: {patience: 3}}]`",
}
_PLACES: Mapping[str, str] = {
    "temperature": "a number above 0", "top_p": "a number above 0, 1 at most",
    "feedback": "a mapping of outputs to inputs", "generation": "a mapping", "windows": "a mapping with a `length`",
    "sample": "`greedy` or a mapping",
    "shape": "a list of sizes", "inputs": "a mapping of names to shapes", "layers": "a list of layers",
    "outputs": "a name, a list of names, or a mapping of names to layers", "models": "a mapping of names to models",
    "blocks": "a mapping of names to blocks",
    "params": "a mapping of names to values", "targets": "a mapping of outputs to targets",
    "data": "a mapping of names to shapes, or the path of a file",
    "validation_data": "a mapping of names to shapes, or the path of a file",
    "serving": "a mapping of `batch_size` and names of inputs",
    "training": "a mapping", "optimizer": "a name or `Name: arguments`", "loss": "a name or `Name: arguments`",
    "metrics": "a list of metrics", "callbacks": "a list of callbacks", "target": "a mapping",
    "topology": "one of one_to_one, one_to_many, many_to_one and many_to_many", "dtype": "the name of a dtype",
    "class_weight": "a mapping of classes to numbers", "loss_weights": "a mapping of outputs to numbers",
}  # fmt: skip
_KINDS: Mapping[str, str] = {
    "int_type": "a whole number", "float_type": "a number", "bool_type": "true or false", "string_type": "a string",
    "list_type": "a list", "dict_type": "a mapping", "greater_than": "a positive whole number",
    "less_than_equal": "a positive whole number of at most 2,147,483,647",
    "greater_than_equal": "a number from 0 to 1, 1 not included", "less_than": "a number from 0 to 1, 1 not included",
    "model_type": "a mapping", "finite_number": "a number",
}  # fmt: skip


def _expected(loc: Loc, kind: str, context: Mapping[str, Any]) -> str:
    if isinstance(loc[-1], str) and loc[-1] in _PLACES:
        return _PLACES[loc[-1]]
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
    return _KINDS.get(kind, "something else")


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

    old = {"nb_epoch": "epochs", "nb_epochs": "epochs", "num_epochs": "epochs", "validation_ratio": "validation_split"}
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
    if key in old and parent is models.TrainingSpec:
        change = (Change("replace_key", loc, old[key]),)
        return Problem("ARC114", f"`{key}` was renamed in Keras", loc, help=f"write `{old[key]}`", changes=change)
    if key[:1].isupper() and parent in (models.Spec, models.ModelSpec, models.BlockSpec):
        return Problem(
            "ARC101", f"{where} has no key `{key}`", loc, help=f"a layer is an item of `layers`: `- {key}: …`"
        )
    return unknown_key(key, tuple(one.name for one in fields(parent)), loc, where)
