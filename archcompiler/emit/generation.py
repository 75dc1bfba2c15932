"""A generation plan as the slots of its template."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
    State,
    StepOp,
)
from archcompiler.spec.models import SampleSpec
from archcompiler.tensors import TensorType, shape_text

CallLines = Callable[[CallStep], list[str]]
WithShape = Callable[[str, TensorType], list[str]]


def slots(plan: GenerationPlan, name: str, call_lines: CallLines, with_shape: WithShape) -> dict[str, Any]:
    """What the template of a generator is filled with."""
    stepped = plan.window is None
    return {
        "docstring": _docstring(plan),
        "layers": _layers(plan),
        "begin": _begin(plan, call_lines) if stepped else None,
        "step": _step(plan, call_lines, with_shape) if stepped else None,
        "draws": _draws(plan),
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


def _remembers(plan: GenerationPlan) -> bool:
    return any(isinstance(op, AttendStep) for op in plan.step)


def _begin(plan: GenerationPlan, call_lines: CallLines) -> dict[str, Any]:
    lines = [line for call in plan.begin for line in call_lines(call)]
    lines.append("states = {")
    lines += [f"    {python(state.key)}: {_initial(state)}," for state in plan.states]
    lines.append("}")
    once = [variable for _, variable, _ in plan.once]
    also = ", and what is worked out once" if plan.begin else ""
    return {
        "parameters": ["self", "batch", *(["total"] if _remembers(plan) else []), *once],
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
    return _zeros(("batch", *(size_text(dim) for dim in state.type.axes[1:])), state.type.dtype)


def _zeros(sizes: Iterable[str], dtype: str) -> str:
    given = f"({', '.join(sizes)})"
    return f"ops.zeros({given})" if dtype == "float32" else f"ops.zeros({given}, dtype={python(dtype)})"


def _step(plan: GenerationPlan, call_lines: CallLines, with_shape: WithShape) -> dict[str, Any]:
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
            *(["position"] if _remembers(plan) else []),
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


def _draws(plan: GenerationPlan) -> list[dict[str, Any]]:
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


def _call(plan: GenerationPlan) -> dict[str, Any]:
    """The loop over the steps: what goes round in it, and what is gathered."""
    first = plan.fed[0]
    stepped = plan.window is None
    tokens = plan.spec.sample is not None
    given = [*((fed.input, fed.input_variable, fed.input_type) for fed in plan.fed), *plan.along]
    known = {name: f"known_{variable}" if stepped else variable for name, variable, _ in given}
    before = [f"{known[name]} = inputs[{python(name)}]" for name, _, _ in given]
    before += [f"{variable} = inputs[{python(name)}]" for name, variable, _ in plan.once]
    before += ['chance = inputs["chance"]'] if is_random(plan) else []
    if stepped:
        before.append('lengths = inputs["lengths"]')
        before.append(f"batch, total = ops.shape({known[first.input]})[:2]")
    else:
        before.append(f"batch = ops.shape({known[first.input]})[0]")
        before.append('total = ops.shape(inputs["room"])[1]')
    if stepped:
        once = [variable for _, variable, _ in plan.once]
        begun = f"self.begin({', '.join(['batch', *(['total'] if _remembers(plan) else []), *once])})"
        before.append(f"{', '.join(['states', *plan.passed])} = {begun}")
        started = [_zeros(("batch", *_rest(fed.input_type)), fed.input_type.dtype) for fed in plan.fed]
    else:
        started = [known[fed.input] for fed in plan.fed]
    body = _known(plan, known) if stepped else []
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
            started.append(_zeros(("batch", "total", *rest), dtype))
        else:
            started.append(_zeros(("batch", "total"), "int32"))
        if ends:
            carried.append(_ended(fed))
            returned.append(_ended(fed))
            started.append(_zeros(("batch", "1"), "bool"))
    results = [fed.collected for fed in plan.fed]
    after = [f"carried = ({', '.join(started)})"]
    after.append(f"{', '.join(carried)} = ops.fori_loop(0, total, body, carried)" if len(results) > 1 or ends else "")
    if after[-1]:
        after.append(f"return {result_text(plan, results)}")
    else:
        after[-1] = "return ops.fori_loop(0, total, body, carried)[-1]"
    return {
        "docstring": f"The loop over all steps: {'tokens drawn' if tokens else 'what is given'} at each of them.",
        "before": before,
        "carried": carried,
        "carries": [*fed_back, *returned],
        "body": body,
        "after": after,
    }


def _ended(fed: FedPlan) -> str:
    return f"{fed.collected}_ended"  # one for each output, since several may be drawn from


def _rest(typed: TensorType) -> tuple[str, ...]:
    """The sizes of one step, its step axis of 1 included, the batch left out."""
    return ("1", *(size_text(dim) for dim in typed.axes[2:]))


def _slice(array: str, typed: TensorType) -> str:
    """One step of an array, at `t`."""
    rest = _rest(typed)
    return f"ops.slice({array}, (0, t{', 0' * (len(rest) - 1)}), (batch, {', '.join(rest)}))"


def _known(plan: GenerationPlan, known: dict[str, str]) -> list[str]:
    """What comes in at a step: what is known, as long as that goes, then what was fed back."""
    lines: list[str] = []
    for fed in plan.fed:
        comes = _slice(known[fed.input], fed.input_type)
        still = (
            "t < lengths"
            if fed.input_type.rank == 2
            else f"ops.reshape(t < lengths, (-1{', 1' * (fed.input_type.rank - 1)}))"
        )
        lines.append(f"{fed.input_variable} = ops.where({still}, {comes}, {fed.input_variable})")
    for name, variable, typed in plan.along:
        lines.append(f"{variable} = {_slice(known[name], typed)}")
    return lines


def _stepped(plan: GenerationPlan) -> list[str]:
    given = [fed.input_variable for fed in plan.fed] + [variable for _, variable, _ in plan.along]
    given += ["states", *plan.passed, *(["t"] if _remembers(plan) else [])]
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
        stop, ended = plan.spec.stop, _ended(fed)
        lines.append(f"token = ops.where({ended}, {stop}, token)")
        generating = "" if plan.window is not None else " & (t >= lengths - 1)"
        lines.append(
            f"{ended} = {ended} | ((token == {stop}){generating})" if generating else f"{ended} = token == {stop}"
        )
    return lines
