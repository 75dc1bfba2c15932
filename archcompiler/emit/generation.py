"""A generation plan as the slots of its template: the class, and the loop over the steps."""

from __future__ import annotations

from typing import Any

from archcompiler.emit.generate import (
    DEFAULT_STEPS,
    command_slots,
    generate_function,
    is_random,
    plot_slots,
    result_text,
    size_text,
)
from archcompiler.emit.literals import python
from archcompiler.emit.stepping import CallLines, WithShape, begin_slots, draw_slots, remembers, step_slots, zeros
from archcompiler.plan.stepping import CellStep, FedPlan, GenerationPlan
from archcompiler.tensors import TensorType


def slots(plan: GenerationPlan, name: str, call_lines: CallLines, with_shape: WithShape) -> dict[str, Any]:
    """What the template of a generator is filled with."""
    stepped = plan.window is None
    return {
        "docstring": _docstring(plan),
        "layers": _layers(plan),
        "begin": begin_slots(plan, call_lines) if stepped else None,
        "step": step_slots(plan, call_lines, with_shape) if stepped else None,
        "draws": draw_slots(plan),
        "call": _call(plan),
        "masks": any(isinstance(op, CellStep) and op.mask for op in plan.step),
        "generate": generate_function(plan),
        "steps": plan.spec.steps or DEFAULT_STEPS,
        "random": is_random(plan),
        "plot": plot_slots(plan),
        "command": command_slots(plan, name),
    }


def _docstring(plan: GenerationPlan) -> str:
    if plan.window is None:
        said = " and ".join(f"`{fed.output}` at one step is `{fed.input}` at the next" for fed in plan.fed)
        return (
            f"Goes on alone: {said}.\n\n    It runs on the layers of a trained model, and carries their states "
            "from step to step.\n    "
        )
    said = " and ".join(f"`{fed.output}` becomes the newest step of `{fed.input}`" for fed in plan.fed)
    return f"Goes on alone: {said}.\n\n    The model sees the last {plan.window} steps.\n    "


def _layers(plan: GenerationPlan) -> list[str]:
    if plan.window is not None:
        return ["self.model = model"]
    lines: list[str] = []
    for attribute, path in plan.layers:
        found = "".join(f".get_layer({python(name)})" for name in path)
        lines.append(f"{attribute} = model{found}")
    return lines


def _call(plan: GenerationPlan) -> dict[str, Any]:
    """The loop over the steps: what goes round in it, and what is gathered."""
    first = plan.fed[0]
    stepped = plan.window is None
    tokens = plan.spec.sample is not None
    before = [f"{variable} = inputs[{python(name)}]" for name, variable, _ in plan.once]
    before += ['chance = inputs["chance"]'] if is_random(plan) else []
    if stepped:
        before.append('new = inputs["new"]')
        before.append(f"batch, known = ops.shape(inputs[{python(first.input)}])[:2]")
        before.append("total, lengths = known + ops.shape(new)[1] - 1, new[:, :1]")
    else:
        before.append('batch, total = ops.shape(inputs["room"])')
    if stepped:
        once = [variable for _, variable, _ in plan.once]
        begun = f"self.begin({', '.join(['batch', *(['total'] if remembers(plan) else []), *once])})"
        before.append(f"{', '.join(['states', *plan.passed])} = {begun}")
        started = [zeros(("batch", *_rest(fed.input_type)), fed.input_type.dtype) for fed in plan.fed]
    else:
        started = [f"inputs[{python(fed.input)}]" for fed in plan.fed]
    body = _known(plan) if stepped else []
    body += _stepped(plan) if stepped else _whole(plan)
    started += ["states"] if stepped else []
    carried = [*(fed.input_variable for fed in plan.fed), *(["states"] if stepped else [])]
    ends = tokens and plan.spec.stop is not None
    returned = ["states"] if stepped else []
    fed_back: list[str] = []
    for fed in plan.fed:
        lines, newest = _gathered(plan, fed)
        body += lines
        fed_back.append(newest)
        carried.append(fed.collected)
        returned.append(fed.collected)
        if fed.form == "value":
            rest, dtype = _rest(fed.output_type if fed.has_steps else fed.input_type)[1:], fed.output_type.dtype
            started.append(zeros(("batch", "total", *rest), dtype))
        else:
            started.append(zeros(("batch", "total"), "int32"))
        if ends:
            carried.append(fed.ended)
            returned.append(fed.ended)
            started.append(zeros(("batch", "1"), "bool"))
    results = [fed.collected for fed in plan.fed]
    looped = "ops.fori_loop(0, total, body, carried)"
    lone = len(results) == 1 and not ends
    found = [_new_steps(fed) for fed in plan.fed] if stepped else results
    after = [
        f"carried = ({', '.join(started)})",
        f"{results[0]} = {looped}[-1]" if lone else f"{', '.join(carried)} = {looped}",
        f"return {result_text(plan, found)}",
    ]
    return {
        "docstring": f"The loop over all steps: {'tokens drawn' if tokens else 'what is given'} at each of them.",
        "before": before,
        "carried": carried,
        "carries": [*fed_back, *returned],
        "body": body,
        "after": after,
    }


def _rest(typed: TensorType) -> tuple[str, ...]:
    """The sizes of one step, its step axis of 1 included, the batch left out."""
    return ("1", *(size_text(dim) for dim in typed.axes[2:]))


def _new_steps(fed: FedPlan) -> str:
    """Of all steps gathered, those behind what is known: what comes out of one step stands in the next's place."""
    rank = fed.input_type.rank if fed.form == "value" else 2
    index = "new - 1" if rank == 2 else f"(new - 1)[{', '.join([':', ':', *['None'] * (rank - 2)])}]"
    return f"ops.take_along_axis({fed.collected}, {index}, axis=1)"


def _slice(name: str, typed: TensorType, at: str = "t") -> str:
    """One step of an input."""
    rest = _rest(typed)
    return f"ops.slice(inputs[{python(name)}], (0, {at}{', 0' * (len(rest) - 1)}), (batch, {', '.join(rest)}))"


def _known(plan: GenerationPlan) -> list[str]:
    """What comes in at a step: what is known, as long as that goes, then what was fed back."""
    lines: list[str] = []
    for fed in plan.fed:
        comes = _slice(fed.input, fed.input_type, "ops.minimum(t, known - 1)")
        still = (
            "t < lengths"
            if fed.input_type.rank == 2
            else f"ops.reshape(t < lengths, (-1{', 1' * (fed.input_type.rank - 1)}))"
        )
        lines.append(f"{fed.input_variable} = ops.where({still}, {comes}, {fed.input_variable})")
    for name, variable, typed in plan.along:
        lines.append(f"{variable} = {_slice(name, typed)}")
    return lines


def _stepped(plan: GenerationPlan) -> list[str]:
    given = [fed.input_variable for fed in plan.fed] + [variable for _, variable, _ in plan.along]
    given += ["states", *plan.passed, *(["t"] if remembers(plan) else [])]
    outputs = list(dict.fromkeys(fed.output_variable for fed in plan.fed))
    return [f"{', '.join([*outputs, 'states'])} = self.step({', '.join(given)})"]


def _whole(plan: GenerationPlan) -> list[str]:
    """The whole model on the window."""
    given = plan.order[0] if len(plan.order) == 1 else f"[{', '.join(plan.order)}]"
    if plan.form == "one":
        return [f"{plan.fed[0].output_variable} = self.model({given})"]
    lines = [f"outputs = self.model({given})"]
    names = [name for name, _ in plan.outputs]
    for fed in plan.fed:
        key = python(fed.output) if plan.form == "dict" else str(names.index(fed.output))
        lines.append(f"{fed.output_variable} = outputs[{key}]")
    return lines


def _gathered(plan: GenerationPlan, fed: FedPlan) -> tuple[list[str], str]:
    """How what a step gives is gathered, and what of it is fed back to the next."""
    output, given = fed.output_variable, fed.input_variable
    lines: list[str] = []
    if fed.form == "value":
        newest = output
        if not fed.has_steps:
            newest = f"{output}[:, None]"
        elif plan.window is not None:
            newest = f"{output}[:, -1:]"
        if newest != output:
            lines.append(f"{output} = {newest}")
        zeros = ", 0" * (fed.input_type.rank - 2)
        lines.append(f"{fed.collected} = ops.slice_update({fed.collected}, (0, t{zeros}), {output})")
        fed_back = output
        if fed.output_type.dtype != fed.input_type.dtype:
            fed_back = f"ops.cast({output}, {python(fed.input_type.dtype)})"
    else:
        lines += _drawn(plan, fed)
        lines.append(f"{fed.collected} = ops.slice_update({fed.collected}, (0, t), token)")
        fed_back = "token"
        if fed.form == "one_hot":
            fed_back = f"ops.one_hot(token, {fed.classes}, dtype={python(fed.input_type.dtype)})"
        elif fed.input_type.dtype != "int32":
            fed_back = f"ops.cast(token, {python(fed.input_type.dtype)})"
    if plan.window is not None:
        fed_back = f"ops.concatenate([{given}[:, 1:], {fed_back}], axis=1)"
    return lines, fed_back


def _drawn(plan: GenerationPlan, fed: FedPlan) -> list[str]:
    output = fed.output_variable
    last = f"{output}[:, {0 if plan.window is None else -1}]" if fed.has_steps else output
    if is_random(plan):
        logits = last if fed.logits else f"ops.log({last})"
        lines = [f"token = self.draw({logits}, ops.slice(chance, (0, t), (batch, 1)))"]
    else:
        lines = [f'token = ops.cast(ops.argmax({last}, axis=-1, keepdims=True), "int32")']
    if plan.spec.stop is not None:
        stop, ended = plan.spec.stop, fed.ended
        lines.append(f"token = ops.where({ended}, {stop}, token)")
        generating = "" if plan.window is not None else " & (t >= lengths - 1)"
        lines.append(
            f"{ended} = {ended} | ((token == {stop}){generating})" if generating else f"{ended} = token == {stop}"
        )
    return lines
