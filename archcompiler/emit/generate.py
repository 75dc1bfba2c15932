"""The emitted `generate`: arrays in, the steps that follow out; and the command that calls it."""

from __future__ import annotations

from typing import Any, cast

from archcompiler import dims
from archcompiler.emit.literals import python
from archcompiler.plan.stepping import GenerationPlan, PositionStep
from archcompiler.spec.models import SampleSpec
from archcompiler.tensors import shape_text

DEFAULT_STEPS = 100
"""How many steps are generated where neither spec nor user says."""


def is_random(plan: GenerationPlan) -> bool:
    return isinstance(plan.spec.sample, SampleSpec)


def size_text(dim: dims.Dim) -> str:
    return dims.text(dim)


def result_text(plan: GenerationPlan, results: list[str]) -> str:
    if len(results) == 1:
        return results[0]
    return "{" + ", ".join(f"{python(fed.output)}: {one}" for fed, one in zip(plan.fed, results, strict=True)) + "}"


def generate_function(plan: GenerationPlan) -> dict[str, Any]:
    """The function a user calls: arrays in, arrays out."""
    first = plan.fed[0]
    lines: list[str] = []
    lines.append("if steps < 1:")
    lines.append('    raise ValueError(f"steps is {steps}, but at least one step is generated")')
    lone = len(plan.fed) == 1 and not plan.along and not plan.once
    if plan.spec.start is not None:
        lines += ["if start is None:", "    start = {}"] if lone else []
    if lone:
        lines.append(
            'elif not hasattr(start, "keys"):' if plan.spec.start is not None else 'if not hasattr(start, "keys"):'
        )
        lines.append(f"    start = {{{python(first.input)}: start}}")
    lines += _inputs(plan)
    results = [fed.collected for fed in plan.fed]
    made = results[0] if len(results) == 1 else "generated"
    lines.append(f"{made} = generator_of(model).predict_on_batch(inputs)")
    for fed in plan.fed:
        if len(results) > 1:
            lines.append(f"{fed.collected} = generated[{python(fed.output)}]")
        if fed.scaled and fed.form == "value":
            lines.append(f"offset, factor = model.scale[{python(fed.input)}]")
            lines.append(f"{fed.collected} = {fed.collected} * factor + offset")
    steps = python(plan.spec.steps or DEFAULT_STEPS)
    start = "start=None" if plan.spec.start is not None and not plan.once and not plan.along else "start"
    return {
        "parameters": [
            *("model: keras.Model", start, f"steps: int = {steps}"),
            *(["seed=None"] if is_random(plan) else []),
        ],
        "docstring": _generate_docstring(plan),
        "lines": lines,
        "result": result_text(plan, results),
    }


def _generate_docstring(plan: GenerationPlan) -> str:
    fed = plan.fed[0]
    shape = "(batch, steps)" if fed.form != "value" else shape_text(("batch", "steps", *fed.input_type.axes[2:]))  # pyright: ignore
    lines = [f"The `steps` steps that follow on those known: {shape}.", ""]
    lines.append("start: arrays by name, such as `np.load` gives them:")
    for one in plan.fed:
        rest = "".join(f", {size_text(dim)}" for dim in one.input_type.axes[2:])
        optional = f"; without it, the token {plan.spec.start}" if plan.spec.start is not None else ""
        lines.append(f"    {one.input} (batch, known steps{rest}){optional}")
    if plan.window is None:
        lines.append("    lengths (batch,), where rows know different numbers of steps")
    for name, _, typed in plan.along:
        rest = "".join(f", {size_text(dim)}" for dim in typed.axes[2:])
        lines.append(f"    {name} (batch, known and new steps{rest})")
    for name, _, typed in plan.once:
        lines.append(f"    {name} {typed}")
    if is_random(plan):
        lines.append("seed: makes the draws repeatable; they are the same on every backend.")
    if plan.spec.stop is not None:
        lines.append(f"A row that has drawn the token {plan.spec.stop} has ended: no other follows.")
    return "\n    ".join(lines) + "\n    "


def _inputs(plan: GenerationPlan) -> list[str]:
    first = plan.fed[0]
    lines: list[str] = []
    stepped = plan.window is None
    if plan.spec.start is not None:
        others = [name for name, _, _ in plan.once]
        rows = f"len(start[{python(others[0])}])" if others else "1"
        for fed in plan.fed:
            token = f"np.full(({rows}, 1), {plan.spec.start})"
            if fed.form == "one_hot":
                token = f"np.eye({fed.classes})[{token}]"
            lines.append(f"if {python(fed.input)} not in start:")
            lines.append(f"    start = {{**start, {python(fed.input)}: {token}}}")
    for fed in plan.fed:
        lines.append(f"{fed.input_variable} = np.asarray(start[{python(fed.input)}], {python(fed.input_type.dtype)})")
        if fed.scaled:
            dtype = python(fed.input_type.dtype)
            lines.append(f"offset, factor = model.scale[{python(fed.input)}]")
            lines.append(f"{fed.input_variable} = (({fed.input_variable} - offset) / factor).astype({dtype})")
    lines.append(f"batch, known = {first.input_variable}.shape[:2]")
    entries: list[str] = []
    if stepped:
        lines.append('lengths = np.array(start["lengths"] if "lengths" in start else [known] * batch)')
        lines.append("if lengths.min() < 1 or lengths.max() > known:")
        lines.append('    raise ValueError(f"lengths are {lengths}, but must be from 1 to the {known} steps known")')
        lines += _as_long(plan)
        lines.append("# Each row goes on where what it knows ends.")
        lines.append("new = lengths[:, None] + np.arange(steps)")
    else:
        lines.append(f"if known < {plan.window}:")
        message = f'f"{{known}} steps are known, but the model sees the last {plan.window}"'
        lines.append(f"    raise ValueError({message})")
    for fed in plan.fed:
        value = fed.input_variable if stepped else f"{fed.input_variable}[:, -{plan.window} :]"
        entries.append(f"{python(fed.input)}: {value}")
    for name, _, typed in plan.along:
        total = "known + steps - 1"
        entries.append(f"{python(name)}: np.asarray(start[{python(name)}], {python(typed.dtype)})[:, : {total}]")
    for name, _, typed in plan.once:
        entries.append(f"{python(name)}: np.asarray(start[{python(name)}], {python(typed.dtype)})")
    if stepped:
        entries.append('"new": new.astype("int32")')
    else:
        entries.append('"room": np.zeros((batch, steps), "float32")')
    if is_random(plan):
        total = "known + steps - 1" if stepped else "steps"
        entries.append(f'"chance": np.random.default_rng(seed).random((batch, {total}), "float32")')
    lines.append("inputs = {" + ", ".join(entries) + "}")
    return lines


def _as_long(plan: GenerationPlan) -> list[str]:
    """Arrays that are too short are refused: a compiled loop would read their last step again and say nothing."""
    lines: list[str] = []
    longest = min((op.longest for op in plan.step if isinstance(op, PositionStep)), default=None)
    if longest is not None:
        lines.append(f"if known + steps - 1 > {longest}:")
        message = f"{{known}} steps are known and {{steps}} generated, but the model has positions for {longest}"
        lines.append(f"    raise ValueError(f{python(message)})")
    for fed in plan.fed[1:]:
        lines.append(f"if {fed.input_variable}.shape[1] != known:")
        message = f"{fed.input} knows {{{fed.input_variable}.shape[1]}} steps, but {plan.fed[0].input} {{known}}"
        lines.append(f"    raise ValueError(f{python(message)})")
    for name, _, _ in plan.along:
        lines.append(f"if np.shape(start[{python(name)}])[1] < known + steps - 1:")
        message = f"{name} has too few steps: {{known + steps - 1}} are known or generated"
        lines.append(f"    raise ValueError(f{python(message)})")
    return lines


def plot_slots(plan: GenerationPlan) -> dict[str, str] | None:
    fed = plan.fed[0]
    if fed.form != "value":
        return None
    generated = "generated" if len(plan.fed) == 1 else f"generated[{python(fed.output)}]"
    return {"input": fed.input, "generated": generated}


def command_slots(plan: GenerationPlan, name: str) -> dict[str, str]:
    scaled = any(fed.scaled for fed in plan.fed)
    names = ", ".join(
        [*(fed.input for fed in plan.fed), *(one for one, _, _ in plan.along), *(one for one, _, _ in plan.once)]
    )
    optional = plan.spec.start is not None and not plan.once
    return {
        "help": "go on alone from steps that are known",
        "start": f"npz file with the arrays {names}",
        "nargs": 'nargs="?", ' if optional else "",
        "read": "np.load(arguments.start) if arguments.start else None" if optional else "np.load(arguments.start)",
        "load": "load_model" if scaled else "keras.saving.load_model",
        "arguments": cast(Any, ["model", "start", "arguments.steps", *(["arguments.seed"] if is_random(plan) else [])]),
        "save": f"{plan.fed[0].output}=generated" if len(plan.fed) == 1 else "**generated",
    }
