"""The parts of an emitted generator that are of one step: what it begins with, the step itself, and drawing a token."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from archcompiler.emit.generate import size_text
from archcompiler.emit.literals import python
from archcompiler.plan.model import CallStep
from archcompiler.plan.stepping import (
    AttendStep,
    CellStep,
    ConvolveStep,
    DistributeStep,
    FedPlan,
    GenerationPlan,
    GivenState,
    MaskStep,
    PositionStep,
    State,
    StepOp,
)
from archcompiler.spec.models import SampleSpec
from archcompiler.tensors import TensorType, shape_text

CallLines = Callable[[CallStep], list[str]]
WithShape = Callable[[str, TensorType], list[str]]


def remembers(plan: GenerationPlan) -> bool:
    return any(isinstance(op, AttendStep | PositionStep) for op in plan.step)


def begin_slots(plan: GenerationPlan, call_lines: CallLines) -> dict[str, Any]:
    lines = [line for call in plan.begin for line in call_lines(call)]
    lines.append("states = {")
    lines += [f"    {python(state.key)}: {_initial(state)}," for state in plan.states]
    lines.append("}")
    once = [variable for _, variable, _ in plan.once]
    also = ", and what is worked out once" if plan.begin else ""
    return {
        "parameters": ["self", "batch", *(["total"] if remembers(plan) else []), *once],
        "docstring": f"The states before the first step{also}.",
        "lines": lines,
        "results": ["states", *plan.passed],
    }


def _initial(state: State | GivenState) -> str:
    if isinstance(state, GivenState):
        given = iter(state.variables)
        cells = [f"[{', '.join(next(given) for _ in range(size))}]" for size in state.sizes]
        return cells[0] if len(cells) == 1 else f"[{', '.join(cells)}]"
    if state.kind == "cell":
        return f"{state.layer}.cell.get_initial_state(batch)"
    return zeros(("batch", *(size_text(dim) for dim in state.type.axes[1:])), state.type.dtype)


def zeros(sizes: Iterable[str], dtype: str) -> str:
    given = f"({', '.join(sizes)})"
    return f"ops.zeros({given})" if dtype == "float32" else f"ops.zeros({given}, dtype={python(dtype)})"


def step_slots(plan: GenerationPlan, call_lines: CallLines, with_shape: WithShape) -> dict[str, Any]:
    fed = [one.input_variable for one in plan.fed]
    along = [variable for _, variable, _ in plan.along]
    outputs = list(dict.fromkeys(one.output_variable for one in plan.fed))
    lines = [line for op in plan.step for line in _op(op, call_lines, with_shape)]
    carried = {state.key: _after(state.key, plan.step) for state in plan.states}
    states = "{" + ", ".join(f"{python(key)}: {variable}" for key, variable in carried.items()) + "}"
    takes = " and ".join(f"{one.input_variable} {_at_step(one.input_type)}" for one in plan.fed)
    gives = " and ".join(f"{one.output_variable} {_output_at_step(one)}" for one in plan.fed)
    return {
        "parameters": [
            *("self", *fed, *along, "states", *plan.passed),
            *(["position"] if remembers(plan) else []),
        ],
        "docstring": f"{takes} → {gives}, and the states after it.",
        "lines": lines,
        "results": [*outputs, states],
    }


def _after(key: str, ops: Iterable[StepOp]) -> str:
    for op in ops:
        if isinstance(op, AttendStep) and key in (op.value[0], op.key[0]):
            return key
    return f"{key}_states"


def _at_step(typed: TensorType) -> str:
    return shape_text((typed.axes[0], 1, *typed.axes[2:]))


def _output_at_step(fed: FedPlan) -> str:
    return _at_step(fed.output_type) if fed.has_steps else str(fed.output_type)


def _op(op: StepOp, call_lines: CallLines, with_shape: WithShape) -> list[str]:
    if isinstance(op, CallStep):
        return call_lines(op)
    if isinstance(op, CellStep):
        return _cell(op, with_shape)
    if isinstance(op, MaskStep):
        return [f"{op.target} = {op.layer}.compute_mask({op.argument})  # (batch, 1)"]
    if isinstance(op, DistributeStep):
        return with_shape(f"{op.target} = {op.layer}.layer({op.argument}[:, 0])[:, None]", op.type)
    if isinstance(op, PositionStep):
        return with_shape(f"{op.target} = {op.argument} + ops.take({op.layer}.positions, position, axis=0)", op.type)
    if isinstance(op, ConvolveStep):
        seen = f"{op.key}_seen"
        return [
            f"{seen} = ops.concatenate([states[{python(op.key)}], {op.argument}], axis=1)",
            *with_shape(f"{op.target} = {op.layer}({seen})[:, -1:]", op.type),
            f"{op.key}_states = {seen}[:, 1:]",
        ]
    return _attend(op, with_shape)


def _cell(op: CellStep, with_shape: WithShape) -> list[str]:
    states = f"{op.key}_states"
    before = f"states[{python(op.key)}]"
    lines: list[str] = []
    cell = f"{op.layer}.cell({op.argument}[:, 0], {before})"
    if op.mask is None:
        lines.append(f"{op.target}, {states} = {cell}")
        output = op.target
    else:
        lines.append(f"_, {states} = {cell}")
        lines.append(f"{states} = where_counted({op.mask}, {states}, {before})")
        output = f"{states}[0]" if len(op.sizes) == 1 else f"{states}[-1][0]"
    if op.every_step:
        lines += with_shape(f"{op.target} = {output}[:, None]", op.type)
    elif op.mask is not None:
        lines += with_shape(f"{op.target} = {output}", op.type)
    if op.states:
        lines.append(f"{', '.join(op.states)}, = keras.tree.flatten({states})")
    return lines


def _attend(op: AttendStep, with_shape: WithShape) -> list[str]:
    lines: list[str] = []
    for key, variable in dict.fromkeys((op.value, op.key)):
        lines.append(f"{key} = ops.slice_update(states[{python(key)}], (0, position, 0), {variable})")
    value, key = op.value[0], op.key[0]
    lines.append(f"so_far = ops.arange(ops.shape({value})[1]) <= position")
    if op.listed:
        given = f"[{op.query}, {value}]" if key == value else f"[{op.query}, {value}, {key}]"
        mask = "[None, so_far[None]]" if key == value else "[None, so_far[None], None]"
        call = f"{op.layer}({given}, mask={mask})"
    else:
        given = value if key == value else f"{value}, {key}"
        call = f"{op.layer}({op.query}, {given}, attention_mask=so_far[None, None])"
    return [*lines, *with_shape(f"{op.target} = {call}", op.type)]


def draw_slots(plan: GenerationPlan) -> list[dict[str, Any]]:
    sample = plan.spec.sample
    if not isinstance(sample, SampleSpec):
        return []
    scaled = "logits" if sample.temperature == 1 else f"logits / {python(sample.temperature)}"
    lines = [f"probabilities = ops.softmax({scaled})"]
    ranked = sample.top_k is not None or sample.top_p is not None
    if ranked:
        count = python(sample.top_k) if sample.top_k is not None else "logits.shape[-1]"
        lines.append(f"probabilities, tokens = ops.top_k(probabilities, {count})")
        if sample.top_k is not None and sample.top_p is not None:
            lines.append("probabilities = probabilities / ops.sum(probabilities, axis=-1, keepdims=True)")
    if sample.top_p is not None:
        lines.append("likelier = ops.cumsum(probabilities, axis=-1) - probabilities")
        lines.append(f"probabilities = ops.where(likelier < {python(sample.top_p)}, probabilities, 0.0)")
    lines.append("reached = ops.cumsum(probabilities, axis=-1)")
    lines.append('passed = ops.cast(reached <= chance * reached[:, -1:], "int32")')
    lines.append(
        "place = ops.minimum(ops.sum(passed, axis=-1, keepdims=True), logits.shape[-1] - 1)"
        if not ranked
        else "place = ops.minimum(ops.sum(passed, axis=-1, keepdims=True), ops.shape(passed)[-1] - 1)"
    )
    return [
        {
            "function": "draw",
            "parameters": ["logits", "chance"],
            "docstring": "The token on which `chance`, 0 to 1, falls: (batch, classes) and (batch, 1) → (batch, 1).",
            "lines": lines,
            "result": "ops.take_along_axis(tokens, place, axis=-1)" if ranked else "place",
        }
    ]
