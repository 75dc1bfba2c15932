"""A training plan as the slots of its template."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archcompiler.emit.literals import python
from archcompiler.plan.model import Feed, TrainingPlan, WindowsPlan
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
        functions.append(_callbacks(training))
    if windows is not None:
        functions.append(_sequences(training))
    if training.validation_split is not None:
        functions.append(_split(training))
    if training.scales:
        functions += [_scale_of(training), _scaled(training)]
    if windows is not None:
        functions.append(_joined(windows, training) if windows.joined else _cut(windows, training))
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
    steps = rest[1:] if name in dict(training.feeds) or _with_steps(name, training) else rest
    return f"{name} ({', '.join(['sequences', 'steps', *steps])}), or one sequence ({', '.join(['steps', *steps])})"


def _with_steps(name: str, training: TrainingPlan) -> bool:
    """Whether a supplied target has a step axis of its own, not one row a window."""
    return any(
        feed is not None and feed.array == name and feed.part in ("whole", "all_but_last")
        for _, feed in training.targets
    )


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
            y, weights = "y", "keras.tree.map_structure(lambda _: weights, y)"
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


def _callbacks(training: TrainingPlan) -> dict[str, Any]:
    return {
        "name": "training_callbacks",
        "parameters": [],
        "docstring": "What watches over the training.",
        "lines": [f"return {python(list(training.callbacks))}"],
    }


def _names(names: Iterable[str]) -> str:
    given = [python(name) for name in names]
    return f"({given[0]},)" if len(given) == 1 else f"({', '.join(given)})"


def _sequences(training: TrainingPlan) -> dict[str, Any]:
    first = next(name for name, _ in training.feeds if name in training.stepped)
    rank = dict(training.arrays)[first].rank
    stepped = [name for name, _ in training.arrays if name in training.stepped]
    still = [name for name, _ in training.arrays if name not in training.stepped]
    cut = "array[row, :length]"
    if still:
        cut = f"array[row, :length] if name in {_names(stepped)} else array[row]"
    return {
        "name": "sequences",
        "parameters": ["data"],
        "docstring": "Every sequence by itself, {name: (steps, …)}, without its padding.",
        "lines": [
            f"arrays = {{name: np.asarray(data[name]) for name in {_names(name for name, _ in training.arrays)}}}",
            f"if arrays[{python(first)}].ndim < {rank}:  # one sequence",
            "    arrays = {name: array[None] for name, array in arrays.items()}",
            f"count, longest = arrays[{python(first)}].shape[:2]",
            'lengths = data["lengths"] if "lengths" in data else [longest] * count',
            "return [",
            f"    {{name: {cut} for name, array in arrays.items()}}",
            "    for row, length in enumerate(lengths)",
            "]",
        ],
    }


def _split(training: TrainingPlan) -> dict[str, Any]:
    rest = python(training.validation_split)
    percent = f"{(training.validation_split or 0) * 100:g}%"
    if training.windows is None:
        whole = f" // {training.batch_size} * {training.batch_size}" if training.reset_states else ""
        names = _names(name for name, _ in training.arrays)
        first = python(training.arrays[0][0])
        return {
            "name": "split",
            "parameters": ["data"],
            "docstring": f"All samples but the last {percent}, and those, to validate on.",
            "lines": [
                f"arrays = {{name: np.asarray(data[name]) for name in {names}}}",
                f"parting = int(len(arrays[{first}]) * (1 - {rest})){whole}",
                "return (",
                "    {name: array[:parting] for name, array in arrays.items()},",
                "    {name: array[parting:] for name, array in arrays.items()},",
                ")",
            ],
        }
    stepped = [name for name, _ in training.arrays if name in training.stepped]
    first = next(name for name in stepped)
    still = any(name not in training.stepped for name, _ in training.arrays)
    here = "array[:parting]" if not still else f"array[:parting] if name in {_names(stepped)} else array"
    there = "array[parting:]" if not still else f"array[parting:] if name in {_names(stepped)} else array"
    return {
        "name": "split",
        "parameters": ["sequences"],
        "docstring": f"Of every sequence all steps but the last {percent}, and those, to validate on.",
        "lines": [
            "training, validation = [], []",
            "for sequence in sequences:",
            f"    parting = int(len(sequence[{python(first)}]) * (1 - {rest}))",
            f"    training.append({{name: {here} for name, array in sequence.items()}})",
            f"    validation.append({{name: {there} for name, array in sequence.items()}})",
            "return training, validation",
        ],
    }


def _scale_of(training: TrainingPlan) -> dict[str, Any]:
    windowed = training.windows is not None
    lines = ["scale = {}"]
    for name, kind in training.scales:
        whole = (
            f"np.concatenate([one[{python(name)}] for one in training])"
            if windowed
            else f"np.asarray(training[{python(name)}])"
        )
        lines.append(f"values = {whole}")
        lines.append("values = values.reshape(-1, values.shape[-1])")
        if kind == "standard":
            lines.append("offset, factor = values.mean(axis=0), values.std(axis=0)")
        else:
            lines.append("offset, factor = values.min(axis=0), np.ptp(values, axis=0)")
        lines.append("factor = np.where(factor == 0, 1, factor)  # a feature that never changes")
        lines.append(f"scale[{python(name)}] = [offset.tolist(), factor.tolist()]")
    lines.append("return scale")
    return {
        "name": "scale_of",
        "parameters": ["training"],
        "docstring": "An offset and a factor for each feature, as the training part has them: {name: [offsets, factors]}.",
        "lines": lines,
    }


def _scaled(training: TrainingPlan) -> dict[str, Any]:
    one = [
        "scaled = dict(data)",
        "for name, (offset, factor) in scale.items():",
        '    scaled[name] = ((data[name] - np.array(offset)) / factor).astype("float32")',
        "return scaled",
    ]
    if training.windows is None:
        return {
            "name": "scaled",
            "parameters": ["data", "scale"],
            "docstring": "The arrays with their features scaled.",
            "lines": one,
        }
    return {
        "name": "scaled",
        "parameters": ["sequences", "scale"],
        "docstring": "The sequences with their features scaled.",
        "lines": [
            "found = []",
            "for sequence in sequences:",
            "    found.append(dict(sequence))",
            "    for name, (offset, factor) in scale.items():",
            "        values = (sequence[name] - np.array(offset)) / factor",
            '        found[-1][name] = values.astype("float32")',
            "return found",
        ],
    }


def _cut(windows: WindowsPlan, training: TrainingPlan) -> dict[str, Any]:
    stepped = [name for name, _ in training.arrays if name in training.stepped]
    still = [name for name, _ in training.arrays if name not in training.stepped]
    every = "" if windows.stride == 1 else f"[::{windows.stride}]"
    further = (
        f"{windows.length} steps and the one after" if windows.span > windows.length else f"{windows.length} steps"
    )
    how = "every window" if windows.stride == 1 else f"a window every {windows.stride} steps"
    lines = [
        f"sequences = [one for one in sequences if len(one[{python(stepped[0])}]) >= {windows.span}]",
        "if not sequences:",
        f'    raise ValueError("no sequence has the {windows.span} steps of a window")',
        "cut = {}",
        f"for name in {_names(stepped)}:",
        "    parts = [",
        f"        np.lib.stride_tricks.sliding_window_view(one[name], {windows.span}, axis=0){every}",
        "        for one in sequences",
        "    ]",
        "    cut[name] = np.moveaxis(np.concatenate(parts), -1, 1)",
    ]
    if still:
        lines += [
            "counts = [len(part) for part in parts]",
            f"for name in {_names(still)}:",
            "    cut[name] = np.repeat([one[name] for one in sequences], counts, axis=0)",
        ]
    lines.append("return cut")
    return {
        "name": "windows",
        "parameters": ["sequences"],
        "docstring": f"Of every sequence {how}, {further}: {{name: (windows, {windows.span}, …)}}.",
        "lines": lines,
    }


def _joined(windows: WindowsPlan, training: TrainingPlan) -> dict[str, Any]:
    length, span, batch = windows.length, windows.span, training.batch_size
    further = span - length
    stepped = [name for name, _ in training.arrays if name in training.stepped]
    still = [name for name, _ in training.arrays if name not in training.stepped]
    first = python(stepped[0])
    less = f" - {further}" if further else ""
    more = f" + {further}" if further else ""
    stretch = f"array[start : start + count * {length}{more}]"
    if still:
        stretch = f"{stretch} if name in {_names(stepped)} else array"
    lines = [
        "if len(sequences) == 1:  # parted, so that each row of the batch has its own stretch",
        f"    count = (len(sequences[0][{first}]){less}) // {batch * length if batch else length}",
        f"    starts = [row * count * {length} for row in range({batch})]",
        "    sequences = [",
        f"        {{name: {stretch} for name, array in sequences[0].items()}}",
        "        for start in starts",
        "    ]",
        f"steps = [len(one[{first}]){less} for one in sequences]",
        f"count = -(-max(steps) // {length})  # windows in the longest",
        "if count < 1:",
        f'    raise ValueError("the data are too short for windows of {length} steps")',
        f"rows = -(-len(sequences) // {batch}) * {batch}  # the last batch is filled up",
        f"groups = rows // {batch}",
        "",
        "def in_batches(windows):",
        f"    windows = windows.reshape(groups, {batch}, count, *windows.shape[2:])",
        "    return windows.swapaxes(1, 2).reshape(rows * count, *windows.shape[3:])",
        "",
        "batches = {}",
        f"for name in {_names(stepped)}:",
        f"    shape = (rows, count * {length}{more}, *sequences[0][name].shape[1:])",
        "    padded = np.zeros(shape, sequences[0][name].dtype)",
        "    for row, one in enumerate(sequences):",
        "        padded[row, : len(one[name])] = one[name]",
        f"    cut = [padded[:, at * {length} : at * {length} + {span}] for at in range(count)]",
        "    batches[name] = in_batches(np.stack(cut, axis=1))",
    ]
    if still:
        lines += [
            f"for name in {_names(still)}:",
            "    padded = np.zeros((rows, *np.shape(sequences[0][name])), np.asarray(sequences[0][name]).dtype)",
            "    padded[: len(sequences)] = [one[name] for one in sequences]",
            "    batches[name] = in_batches(np.repeat(padded[:, None], count, axis=1))",
        ]
    lines += [
        "weights = np.zeros((rows, count * " + str(length) + '), "float32")',
        "for row, length in enumerate(steps):",
        "    weights[row, :length] = 1",
        "weights *= weights.size / weights.sum()  # the loss is a mean over what is no padding",
        f"weights = in_batches(weights.reshape(rows, count, {length}))",
        f'batches["weights"] = weights{"[:, -1]" if windows.one_weight else ""}',
        "return batches, count",
    ]
    return {
        "name": "joined",
        "parameters": ["sequences"],
        "docstring": (
            f"Windows of {length} steps that join up: row n of a batch goes on where row n of the last one ended.\n\n"
            f"    Returns {{name: (windows, {span}, …)}}, batch after batch of {batch}, with `weights`, 0 where a sequence\n"
            "    has ended, and how many batches a sequence lasts.\n    "
        ),
        "lines": lines,
    }


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
