"""A plan filled into the template, formatted, and read once more by Python itself."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import PurePath
from typing import Any

from archcompiler.diagnostics import InternalError
from archcompiler.emit import generation, training
from archcompiler.emit.classes import imports, written_out
from archcompiler.emit.literals import docstring, python
from archcompiler.emit.structure import structured
from archcompiler.graph.ir import TypedGraph
from archcompiler.plan.model import CallStep, FreezeStep, Function, InputStep, LayerStep, ModelPlan, Plan, Step
from archcompiler.resources import own_layer_source
from archcompiler.spec.frame import Framed
from archcompiler.tensors import TensorType

LINE_WIDTH = 88
"""Of `ruff format` with its default rules."""


def source_of(plan: Plan, framed: Framed | None = None, graph: TypedGraph | None = None) -> str:
    """One Python file: a function a model, and, where the plan says how, compiling, fitting and a small program. Where
    the spec is given too, its blocks are functions, its repeats loops and its params arguments; else all is flat.

    Raises:
        InternalError: what came out is no Python; a bug of the compiler.
    """
    own = written_out(plan)
    models = [_model(model, model is plan.main, plan) for model in plan.models]
    kept = structured(framed, graph, plan, models) if framed is not None and graph is not None else None
    text = _template().render(
        name=plan.name,
        heading=_heading(plan),
        title=plan.description or f"The model {plan.name}.",
        models=kept.models if kept is not None else models,
        blocks=kept.blocks if kept is not None else [],
        compile=training.compile_arguments(plan.training) if plan.training else None,
        fit=training.slots(plan.training) if plan.training and plan.training.fits else None,
        operations=bool(own)
        or any(
            isinstance(step, CallStep) and isinstance(step.callee, Function)
            for model in plan.models
            for step in model.steps
        ),
        imports=imports(plan),
        exports=[_model(model, False, plan, kept is not None and kept.has_params) for model in plan.exports],
        classes=[own_layer_source(name).strip() for name in own],
        generation=generation.slots(plan.generation, plan.name, flat_call, _with_shape) if plan.generation else None,
    )
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise InternalError(f"emitted code is no Python (line {error.lineno}: {error.msg})") from error
    return formatted(text)


def formatted(text: str) -> str:
    """Python source as `ruff format` leaves it, with its default rules."""
    from ruff.__main__ import find_ruff_bin

    command = [find_ruff_bin(), "format", "--isolated", "--no-cache", "--stdin-filename", "model.py", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise InternalError(f"ruff cannot format emitted code: {done.stderr.strip()}")
    return done.stdout


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from archcompiler.resources import template_folder

    environment = Environment(
        loader=FileSystemLoader(template_folder()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Python is emitted, not HTML; the filters below do the escaping
    )
    filters: dict[str, Any] = {"python": python, "docstring": docstring}
    environment.filters.update(filters)  # pyright: ignore[reportUnknownMemberType]
    return environment.get_template("keras_model.py.jinja")


def _heading(plan: Plan) -> str:
    title = plan.description or f"The model {plan.name}."
    source = PurePath(plan.source).name if not plan.source.startswith("<") else "a spec"
    return f"{title}\n\nWritten by archcompiler from {source}."


def _model(model: ModelPlan, is_main: bool, plan: Plan, follows: bool = False) -> dict[str, object]:
    takes = " and ".join(f"{name} {typed}" for name, typed in zip(model.inputs, model.input_types, strict=True))
    gives = " and ".join(str(typed) for typed in model.output_types)
    builds: list[str] = []
    if is_main:
        for nested in plan.models[:-1]:
            builds.append(f"{nested.variable} = {nested.function}({', '.join(nested.models)})")
    inputs = model.inputs[0] if len(model.inputs) == 1 else f"[{', '.join(model.inputs)}]"
    return {
        "name": model.name,
        "function": model.function,
        "parameters": [] if is_main else [f"{name}: keras.Model" for name in model.models],
        "docstring": _docstring(model.description, f"{takes} → {gives}"),
        "lines": [*builds, *(line for step in model.steps for line in _step(step, follows))],
        "inputs": inputs,
        "outputs": _outputs(model),
    }


def _docstring(description: str | None, shapes: str) -> str:
    return f"{description}\n\n    {shapes}\n    " if description else shapes


def _outputs(model: ModelPlan) -> str:
    variables = [variable for _, variable in model.outputs]
    if model.form == "one":
        return variables[0]
    if model.form == "list":
        return f"[{', '.join(variables)}]"
    return "{" + ", ".join(f"{python(name)}: {variable}" for name, variable in model.outputs) + "}"


def _step(step: Step, follows: bool = False) -> list[str]:
    """The lines of a step. Where it `follows` a model that was built with other params, it takes its sizes from it."""
    if isinstance(step, InputStep):
        given = [f"shape={python(step.type.shape[1:])}"]
        if follows and step.shape_of is not None and any(isinstance(one, int) for one in step.type.axes[1:]):
            output = f"model.get_layer({python(step.shape_of)}).output"
            given = [f"shape={output if step.result is None else f'{output}[{step.result}]'}.shape[1:]"]
        if step.batch_size is not None:
            given.append(f"batch_size={step.batch_size}")
        if step.type.dtype != "float32":
            given.append(f"dtype={python(step.type.dtype)}")
        given.append(f"name={python(step.name)}")
        return _with_shape(f"{step.variable} = keras.Input({', '.join(given)})", step.type)
    if isinstance(step, LayerStep):
        return [f"{step.variable} = {python(step.make)}"]
    if isinstance(step, FreezeStep):
        return [f"{step.variable}.trainable = False"]
    return flat_call(step)


def flat_call(step: CallStep) -> list[str]:
    targets = ", ".join(_grouped(step))
    given = ", ".join(map(python, step.arguments))
    given = f"[{given}]" if step.as_list else given
    arguments = ", ".join([*([given] if given else []), *(f"{name}={python(value)}" for name, value in step.keywords)])
    note = [f"# {step.note}"] if step.note else []
    call = f"{python(step.callee)}({arguments})"
    if step.keys:
        return _by_key(step, call)
    return [*note, *_with_shape(f"{targets} = {call}", step.type)]


def _by_key(step: CallStep, call: str) -> list[str]:
    """The call of a model that gives a dict, and what is used of it."""
    used = {target: key for target, key in zip(step.targets, step.keys, strict=True) if target is not None}
    if not step.results:
        return [f"{target} = {call}[{python(key)}]" for target, key in used.items()]
    entries = [f"{target} = {step.results}[{python(key)}]" for target, key in used.items()]
    return [f"{step.results} = {call}", *entries]


def _grouped(step: CallStep) -> list[str]:
    """The targets, in parentheses where their results come together; `_` for what is not used."""
    if len(step.targets) == 1 and step.groups == (1,):
        return [f"[{step.targets[0] or '_'}]"]
    targets = iter(step.targets)
    groups = [[next(targets) for _ in range(size)] for size in step.groups or (1,) * len(step.targets)]
    return [
        "_" if not any(group) else group[0] or "_" if len(group) == 1 else f"({', '.join(one or '_' for one in group)})"
        for group in groups
    ]


def _with_shape(code: str, typed: TensorType) -> list[str]:
    """A line and its shape beside it, or above it where beside it there is no room."""
    beside = f"{code}  # {typed}"
    return [beside] if len(beside) + 4 <= LINE_WIDTH else [f"# {typed}", code]
