"""The emitted functions that make a model's arrays of the data: split, scaled, cut into windows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archcompiler.emit.literals import python
from archcompiler.plan.model import TrainingPlan, WindowsPlan


def callbacks_function(training: TrainingPlan) -> dict[str, Any]:
    return {
        "name": "training_callbacks",
        "parameters": [],
        "docstring": "What watches over the training.",
        "lines": [f"return {python(list(training.callbacks))}"],
    }


def _names(names: Iterable[str]) -> str:
    given = [python(name) for name in names]
    return f"({given[0]},)" if len(given) == 1 else f"({', '.join(given)})"


def sequences_function(training: TrainingPlan) -> dict[str, Any]:
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


def split_function(training: TrainingPlan) -> dict[str, Any]:
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


def scale_function(training: TrainingPlan) -> dict[str, Any]:
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
        "docstring": "An offset and a factor for each feature, of the training part: {name: [offsets, factors]}.",
        "lines": lines,
    }


def scaled_function(training: TrainingPlan) -> dict[str, Any]:
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


def windows_function(windows: WindowsPlan, training: TrainingPlan) -> dict[str, Any]:
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


def joined_function(windows: WindowsPlan, training: TrainingPlan) -> dict[str, Any]:
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
        f"    count = (len(sequences[0][{first}]){less}) // {batch} // {length}",
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
        "# Without padding there is nothing to weigh.",
        f'batches["weights"] = weights{"[:, -1]" if windows.one_weight else ""} if (weights != 1).any() else None',
        "return batches, count",
    ]
    return {
        "name": "joined",
        "parameters": ["sequences"],
        "docstring": (
            f"Windows of {length} steps that join up: row n of a batch goes on where row n of the last one ended.\n\n"
            f"    Returns {{name: (windows, {span}, …)}}, batch after batch of {batch}, with `weights`, 0 where\n"
            "    a sequence has ended, and how many batches a sequence lasts.\n    "
        ),
        "lines": lines,
    }
