"""A training plan as the slots of its template."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archcompiler.emit.literals import python
from archcompiler.emit.preparing import (
    callbacks_function,
    joined_function,
    scale_function,
    scaled_function,
    sequences_function,
    split_function,
    windows_function,
)
from archcompiler.plan.model import Feed, TrainingPlan
from archcompiler.plan.names import Names
from archcompiler.tensors import shape_text

PARTS = {
    "whole": "",
    "all_but_last": "[:, :-1]",
    "all_but_first": "[:, 1:]",
    "last": "[:, -1]",
    "last_but_one": "[:, -2]",
}
FUNCTION_NAMES = ("sequences", "split", "scale_of", "scaled", "windows", "joined", "inputs_and_targets")
LOCALS = ("x", "y", "weights", "verbose", "epochs", "validation_data", "training", "validation", "data", "scale")


def compile_arguments(training: TrainingPlan) -> list[str]:
    """What `model.compile` is given."""
    given: list[str] = []
    for name in ("optimizer", "loss", "loss_weights", "metrics"):
        value = getattr(training, name)
        if value is not None:
            given.append(f"{name}={python(value)}")
    return given


def slots(training: TrainingPlan) -> dict[str, Any]:
    """What the template of a training is filled with."""
    windows = training.windows
    own = bool(windows or training.scales or training.reset_states)
    functions = [_inputs_and_targets(training)]
    if training.callbacks:
        functions.append(callbacks_function(training))
    if windows is not None:
        functions.append(sequences_function(training))
    if training.validation_split is not None:
        functions.append(split_function(training))
    if training.scales:
        functions += [scale_function(training), scaled_function(training)]
    if windows is not None:
        functions.append(joined_function(windows, training) if windows.joined else windows_function(windows, training))
    return {
        "epochs": training.epochs,
        "arrays": _array_lines(training),
        "lines": _own_lines(training) if own else _plain_lines(),
        "trained": "carrying(model)" if training.reset_states else "model",
        "arguments": _fit_arguments(training),
        "functions": functions,
        "states": _states(training),
        "scaled": bool(training.scales),
        "data_help": f"npz file with the arrays {', '.join(name for name, _ in training.arrays)}",
    }


def _array_lines(training: TrainingPlan) -> list[str]:
    lines = [f"{name} {shape_text(typed.axes)}" for name, typed in training.arrays]
    if training.windows is not None:
        lines = [_series(name, training) for name, _ in training.arrays]
        lines.append("lengths (sequences,), where they are not all as long; what is beyond is padding")
    return lines


def _series(name: str, training: TrainingPlan) -> str:
    typed = dict(training.arrays)[name]
    if name not in training.stepped:
        return f"{name} {shape_text(typed.axes)}"
    rest = shape_text(typed.axes)[1:-1].rstrip(",").split(", ")[1:]
    steps = rest[1:] if training.goes_along(name) else rest
    return f"{name} ({', '.join(['sequences', 'steps', *steps])}), or one sequence ({', '.join(['steps', *steps])})"


def _plain_lines() -> list[str]:
    return [
        "x, y = inputs_and_targets(data)",
        "if validation_data is not None:",
        "    validation_data = inputs_and_targets(validation_data)",
    ]


def _own_lines(training: TrainingPlan) -> list[str]:
    """How the data are split, scaled and cut, in this order, before they are fitted."""
    windowed, split = training.windows is not None, training.validation_split is not None
    taken = "sequences({})" if windowed else "{}"
    lines: list[str] = []
    if split:
        lines.append(f"training, validation = split({taken.format('data')})")
        lines.append("if validation_data is not None:")
        lines.append(f"    training, validation = {taken.format('data')}, {taken.format('validation_data')}")
    else:
        lines.append(f"training, validation = {taken.format('data')}, validation_data")
        if windowed:
            lines.append("if validation is not None:")
            lines.append("    validation = sequences(validation)")
    if training.scales:
        lines.append("model.scale = scale_of(training)")
    prepared = "scaled({}, model.scale)" if training.scales else "{}"
    joined = windowed and training.windows is not None and training.windows.joined
    if joined:
        prepared = f"joined({prepared})"
    elif windowed:
        prepared = f"windows({prepared})"
    results = "x, y, weights" if joined else "x, y"
    if joined:
        lines.append(f"training, batches = {prepared.format('training')}")
        prepared_validation = f"validation, validation_batches = {prepared.format('validation')}"
        lines.append(f"{results} = inputs_and_targets(training)")
        if not split:
            lines.append("validation_batches = 1")
            lines.append("if validation is not None:")
        lines.append(("" if split else "    ") + prepared_validation)
        lines.append(("" if split else "    ") + "validation = inputs_and_targets(validation)")
        return lines
    lines.append(f"{results} = inputs_and_targets({prepared.format('training')})")
    if split:
        lines.append(f"validation = inputs_and_targets({prepared.format('validation')})")
    else:
        lines.append("if validation is not None:")
        lines.append(f"    validation = inputs_and_targets({prepared.format('validation')})")
    return lines


def _fit_arguments(training: TrainingPlan) -> list[str]:
    own = bool(training.windows or training.scales or training.reset_states)
    arguments = ["x", "y"]
    if training.windows is not None and training.windows.joined:
        arguments.append("sample_weight=weights")
    if training.batch_size is not None:
        arguments.append(f"batch_size={training.batch_size}")
    arguments += ["epochs=epochs", "initial_epoch=initial_epoch"]
    arguments += [f"{name}={python(value)}" for name, value in training.fit_arguments]
    arguments.append(f"validation_data={'validation' if own else 'validation_data'}")
    if own and training.reset_states and training.batch_size is not None:
        arguments.append(f"validation_batch_size={training.batch_size}")
    ours = ["*training_callbacks()"] if training.callbacks else []
    if training.reset_states is not None:
        joined = training.windows is not None
        given = ""
        if training.reset_states == "sequence":
            given = "batches, validation_batches" if joined else "1, 1"
        ours.insert(0, f"ResetStates({given})")
    given = ", ".join([*ours, "*callbacks"])
    arguments.append("callbacks=callbacks" if given == "*callbacks" else f"callbacks=[{given}]")
    arguments.append("verbose=verbose")
    return arguments


def _inputs_and_targets(training: TrainingPlan) -> dict[str, Any]:
    names = Names(LOCALS)
    used = {feed.array for _, feed in (*training.feeds, *training.targets) if feed is not None}
    variables = {name: names.unique(name) for name, _ in training.arrays}
    lines = [f"{variables[name]} = data[{python(name)}]" for name, _ in training.arrays if name in used]
    if training.reset_states and training.windows is None:
        first = next(variables[name] for name, _ in training.arrays if name in used)
        message = f'f"{{len({first})}} samples are no whole number of batches of {training.batch_size}, as states need"'
        lines += [f"if len({first}) % {training.batch_size}:", f"    raise ValueError({message})"]
    x = _fed(training.feeds, variables, as_dict=len(training.feeds) > 1)
    y = _targets(training, variables)
    if training.windows is not None and training.windows.joined:
        lines.append('weights = data["weights"]')
        weights = "weights"
        if training.form != "one":
            lines.append(f"y = {y}")
            y, weights = "y", "None if weights is None else keras.tree.map_structure(lambda _: weights, y)"
        lines.append(f"return {x}, {y}, {weights}")
    else:
        lines.append(f"return {x}, {y}")
    return {
        "name": "inputs_and_targets",
        "parameters": ["data"],
        "docstring": "What the model is fed, and what it is trained towards, out of the arrays of `data`.",
        "lines": lines,
    }


def _targets(training: TrainingPlan, variables: dict[str, str]) -> str:
    """The targets in the form in which the model gives its outputs, None for an output that is not trained."""
    if training.form == "list":
        return f"[{', '.join(_part(feed, variables) for _, feed in training.targets)}]"
    return _fed(training.targets, variables, as_dict=training.form == "dict")


def _fed(feeds: Iterable[tuple[str, Feed | None]], variables: dict[str, str], *, as_dict: bool) -> str:
    parts = [(name, _part(feed, variables)) for name, feed in feeds]
    if not as_dict:
        return parts[0][1]
    return "{" + ", ".join(f"{python(name)}: {part}" for name, part in parts) + "}"


def _part(feed: Feed | None, variables: dict[str, str]) -> str:
    return "None" if feed is None else variables[feed.array] + PARTS[feed.part]


def _states(training: TrainingPlan) -> dict[str, str] | None:
    when = training.reset_states
    if when is None:
        return None
    said = {
        "epoch": "Forgets at the start of every epoch.",
        "sequence": "Forgets where a sequence begins.",
        "never": "Never forgets while training.",
    }
    return {"when": when, "docstring": f"{said[when]} What is validated on begins afresh, and leaves no trace."}
