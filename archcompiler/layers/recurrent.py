"""LSTM, GRU, SimpleRNN and their cells, RNN over cells, and Bidirectional."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.dims import Dim
from archcompiler.layers.rows import Call, Result, Row, dtype_fault, floats_fault, vectors_fault
from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType, shape_text

STEPS = "(batch, steps, features)"

GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
"""Weight matrices a cell: input, forget, cell, output; update, reset, candidate; one."""

STATES = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}
"""State tensors a cell carries: h and c; h; h."""


def cell_params(cell: Thing, features: int) -> int:
    """gates * (features * units + units * units + biases); a GRU with `reset_after` has two biases a unit."""
    kind = cell.class_name.removesuffix("Cell")
    units = cast(int, cell["units"])
    biases = 0
    if cell["use_bias"]:
        biases = 2 * units if kind == "GRU" and cell["reset_after"] else units
    return GATES[kind] * (features * units + units * units + biases)


def cells_of(thing: Thing) -> list[Thing]:
    """The cells that a recurrent layer steps through, in order."""
    if thing.class_name in GATES:
        return [thing]
    if thing.class_name == "StackedRNNCells":
        return [one for cell in cast(list[Thing], thing["cells"]) for one in cells_of(cell)]
    if thing.class_name == "RNN":
        cell = thing["cell"]
        cells = cast(list[Thing], cell) if isinstance(cell, list) else [cast(Thing, cell)]
        return [one for given in cells for one in cells_of(given)]
    return [thing]


def recurrent(call: Call) -> Result | Problem:
    """(batch, steps, features) → (batch, units), or (batch, steps, units) with `return_sequences`; then the states."""
    given = call.input
    batch, steps, last = given.axes[0], given.axes[1], given.axes[2]
    cells = cells_of(call.thing)
    fault = _not_cells(call, cells) or _lone_cell(call) or stateful_batch(call, batch) or mask_fault(call)
    for cell in cells:
        fault = fault or dtype_fault(call, cell) or vectors_fault(call, cell) or _no_bias_initializer(call, cell)
        if cell["dropout"] and call.thing.class_name != "RNN":
            fault = fault or floats_fault(call, " with `dropout`")
    if fault is not None:
        return fault
    features = call.known_size(last, "the last axis (features)")
    if isinstance(features, Problem):
        return features
    params = 0
    states: list[TensorType] = []
    dtype = call.compute_dtype
    for cell in cells:
        params += cell_params(cell, features)
        units = features = cast(int, cell["units"])
        states += [TensorType((batch, units), dtype)] * STATES[cell.class_name.removesuffix("Cell")]
    surplus = _surplus_states(call)
    fault = initial_state_fault(call, states * (1 + len(surplus)))
    if fault is not None:
        return fault
    if call.flag("return_sequences"):
        output = TensorType((batch, steps, features), dtype).masked_as(given)
    else:
        output = TensorType((batch, features), dtype)
    return Result((output, *(states if call.flag("return_state") else ())), params, warnings=surplus)


def _surplus_states(call: Call) -> tuple[Problem, ...]:
    """A warning for each state beyond the one that a GRU has, which Keras leaves out."""
    count = len(call.further.get("initial_state", ())) if call.thing.class_name == "GRU" else 0
    message = "a GRU has one state; Keras begins with the first of those in `initial_state` and leaves the others out"
    return (call.fault("ARC409", message, help="give it one"),) * (count - 1)


def initial_state_fault(call: Call, states: list[TensorType], argument: str = "initial_state") -> Problem | None:
    """What is wrong with the tensors that the states begin with: Keras takes any, and fails when it runs."""
    given = call.further.get(argument)
    if given is None:
        return None
    wanted = " and ".join(str(one) for one in states)
    name = call.thing.class_name
    if len(given) != len(states):
        return call.fault(
            "ARC205",
            f"{name} begins with {wanted}, but `{argument}` has {len(given)} "
            f"tensor{'s' if len(given) > 1 else ''}: {' and '.join(str(one) for one in given)}",
            help="an LSTM has two states, h and c; a GRU and a SimpleRNN have one",
        )
    for one, other in zip(given, states, strict=True):
        if one.rank != other.rank or any(dims.differ(a, b) for a, b in zip(one.axes, other.axes, strict=True)):
            return call.fault(
                "ARC202",
                f"{name} begins with {wanted}, but a state of {one} is given",
                argument="units" if "units" in call.thing.given else None,
                help="give both layers the same units, or put a Dense between them",
            )
    return None


def stateful_batch(call: Call, batch: Dim) -> Problem | None:
    """State that runs on from batch to batch has a row for each sample of a batch, so their number must be fixed."""
    if not call.flag("stateful") or isinstance(batch, int):
        return None
    return call.fault(
        "ARC304",
        f"{call.thing.class_name} is stateful, so the batch size must be fixed, but the batch axis is open",
        argument="stateful",
        help="write `batch_size: …` at the top of the spec: the state has one row for each sample of a batch",
    )


def _not_cells(call: Call, cells: list[Thing]) -> Problem | None:
    if not cells:
        return call.fault("ARC113", "RNN steps through cells, but none is given", argument="cell")
    for cell in cells:
        if cell.class_name.removesuffix("Cell") not in GATES or (cell is not call.thing and cell.class_name in GATES):
            change = Change("replace_key", cell.loc, f"{cell.class_name}Cell") if cell.class_name in GATES else None
            return Problem(
                "ARC113",
                f"RNN steps through cells, but {cell.class_name} is no cell",
                cell.loc,
                layer=call.name,
                help="the cells are `LSTMCell`, `GRUCell` and `SimpleRNNCell`",
                changes=(change,) if change else (),
            )
    return None


def mask_fault(call: Call) -> Problem | None:
    """A recurrent layer reads a mask (batch, steps); another one is left over from what the steps were made of."""
    given = call.input
    if not given.mask or (len(given.mask_shape) == 2 and not _unlike_steps(given)):
        return None
    if len(given.mask_shape) == 3 and given.mask_shape[2] == 1 and not _unlike_steps(given):
        return None
    return call.fault(
        "ARC202",
        f"{call.thing.class_name} reads a mask (batch, steps), but with the input {given} travels the mask "
        f"{shape_text(given.mask_shape)}",
        help="let the layer that makes the mask do without: `mask_zero: false`, or no Masking",
    )


def _unlike_steps(given: TensorType) -> bool:
    return any(dims.differ(one, other) for one, other in zip(given.mask_shape[:2], given.axes[:2], strict=True))


def _lone_cell(call: Call) -> Problem | None:
    """Keras unwraps the state of a stack of one cell, which then no longer matches: JAX refuses it, TensorFlow with a
    mask."""
    if call.thing.class_name != "RNN":
        return None
    cell = call["cell"]
    if isinstance(cell, Thing) and cell.class_name == "StackedRNNCells":
        cell = cell["cells"]
    if not isinstance(cell, list) or len(cast("list[Thing]", cell)) != 1:
        return None
    return call.fault(
        "ARC113",
        "RNN over a stack of one cell fails in Keras when it runs",
        argument="cell",
        help="give the cell itself: `cell: {LSTMCell: …}`",
    )


def _no_bias_initializer(call: Call, cell: Thing) -> Problem | None:
    if cell["bias_initializer"] is not None or not cell["use_bias"] or not cell["unit_forget_bias"]:
        return None
    return Problem(
        "ARC113",
        f"`bias_initializer` of {cell.class_name} is null, but `unit_forget_bias` needs one",
        cell.place("bias_initializer"),
        on_key=False,
        layer=call.name,
        help="write `zeros`, or `unit_forget_bias: false`",
    )


def cell_step(call: Call) -> Result | Problem:
    """One step: (batch, features) and the states → the output (batch, units), then the states."""
    name = call.thing.class_name
    if "states" not in call.further:
        return call.fault(
            "ARC211",
            f"{name} is one step of a recurrent layer and cannot stand in a chain",
            help=f"write `RNN: {{{name}: …}}`, or `{name.removesuffix('Cell')}`",
        )
    cells = cells_of(call.thing)
    for cell in cells:
        fault = dtype_fault(call, cell) or vectors_fault(call, cell) or _no_bias_initializer(call, cell)
        if fault is not None:
            return fault
    given = call.input
    if given.rank != 2:
        return call.fault("ARC201", f"{name} takes one step, (batch, features), but it is given {given}")
    features = call.known_size(given.axes[1], "the last axis (features)")
    if isinstance(features, Problem):
        return features
    params = cell_params(call.thing, features)
    state = TensorType((given.axes[0], call.whole("units")), call.compute_dtype)
    states = (state,) * STATES[name.removesuffix("Cell")]
    rows = call.further["states"][0].axes[0]
    if len(states) == 2 and len(call.further["states"]) == 1 and isinstance(rows, int) and rows > 1:
        message = (
            "LSTMCell is given one tensor for its two states, and takes the first sample's row for h and the second's "
            "for c, for all samples"
        )
        warning = call.fault("ARC409", message, help="give it two: `states: [h, c]`")
        return initial_state_fault(call, [state], "states") or Result((state, *states), params, warnings=(warning,))
    return initial_state_fault(call, list(states), "states") or Result((state, *states), params)


COMMON = ("stateful", "return_sequences", "return_state")


def bidirectional(call: Call) -> Result | Problem:
    """One layer forwards and one backwards over the steps, joined by `merge_mode`; twice the parameters."""
    inner, backward = call["layer"], call["backward_layer"]
    if not isinstance(inner, Thing) or inner.class_name not in (*GATES, "RNN"):
        came = inner.class_name if isinstance(inner, Thing) else "a model"
        return call.fault(
            "ARC113",
            f"Bidirectional wraps a recurrent layer, but {came} is given",
            argument="layer",
            help="wrap an `LSTM`, a `GRU`, a `SimpleRNN` or an `RNN`",
        )
    forwards = call.inner(inner, call.inputs)
    if isinstance(forwards, Problem):
        return forwards
    if isinstance(backward, Thing):
        fault = _unlike(call, inner, backward)
        backwards = fault or call.inner(backward, call.inputs)
    else:
        if inner["go_backwards"]:
            return call.fault(
                "ARC209",
                "Bidirectional runs a copy of its layer backwards, but the layer itself has `go_backwards: true`",
                argument="layer",
                help=f"remove `go_backwards` of the {inner.class_name}",
                changes=(Change("set_argument", inner.loc, False, "go_backwards"),),
            )
        backwards = forwards
    if isinstance(backwards, Problem):
        return backwards
    if [one.axes for one in forwards.outputs] != [one.axes for one in backwards.outputs]:
        return _unlike_results(call, forwards, backwards)
    if inner["stateful"] and inner["return_state"]:
        return call.fault(
            "ARC209",
            f"Keras cannot call Bidirectional over a {inner.class_name} that is stateful and returns its state",
            argument="layer",
            help="remove `return_state: true` or `stateful: true`",
            notes=(PlacedNote("the layer is here", inner.loc),),
        )
    batch, dtype = call.input.axes[0], call.compute_dtype
    begun = [
        TensorType((batch, cast(int, cell["units"])), dtype)
        for way in (inner, backward if isinstance(backward, Thing) else inner)
        for cell in cells_of(way)
        for _ in range(STATES[cell.class_name.removesuffix("Cell")])
    ]
    fault = initial_state_fault(call, begun)
    if fault is not None:
        return fault
    first = replace(forwards.outputs[0], dtype=dtype)
    states = tuple(replace(one, dtype=dtype) for one in (*forwards.outputs[1:], *backwards.outputs[1:]))
    mode = call["merge_mode"]
    params = forwards.params + backwards.params
    frozen = forwards.frozen_params + backwards.frozen_params
    if mode is None:
        return Result((first, first, *states), params, frozen)
    if mode == "concat":
        first = replace(first.with_axes(*first.axes[:-1], dims.multiply(first.axes[-1], 2))).masked_as(first)
    return Result((first, *states), params, frozen)


def _unlike_results(call: Call, forwards: Result, backwards: Result) -> Problem:
    """Keras works out the shapes from the layer that runs forwards and then trips over the other's."""
    came = [" and ".join(str(one) for one in result.outputs) for result in (forwards, backwards)]
    return call.fault(
        "ARC202",
        f"the two layers of Bidirectional must give alike, but forwards gives {came[0]} and backwards {came[1]}",
        argument="backward_layer",
        help="give both layers the same units",
    )


def _unlike(call: Call, inner: Thing, backward: Thing) -> Problem | None:
    """Keras refuses two layers that do not return alike or that run the same way."""
    for name in COMMON:
        if bool(inner[name]) != bool(backward[name]):
            return call.fault(
                "ARC209",
                f"the two layers of Bidirectional differ in `{name}`",
                argument="backward_layer",
                help=f"give both the same `{name}`",
                notes=(PlacedNote("the forward layer is here", inner.loc),),
            )
    if bool(inner["go_backwards"]) == bool(backward["go_backwards"]):
        return call.fault(
            "ARC209",
            "both layers of Bidirectional run the same way",
            argument="backward_layer",
            help="give the backward layer `go_backwards: true`",
        )
    return None


ROWS = (
    Row(
        "LSTM",
        recurrent,
        (3, 3),
        STEPS,
        mask="own",
        time="past",
        weights="4 * (features * units + units * units + units)",
    ),
    Row(
        "GRU",
        recurrent,
        (3, 3),
        STEPS,
        mask="own",
        time="past",
        weights="3 * (features * units + units * units + 2 * units)",
    ),
    Row(
        "SimpleRNN",
        recurrent,
        (3, 3),
        STEPS,
        mask="own",
        time="past",
        weights="features * units + units * units + units",
    ),
    Row("RNN", recurrent, (3, 3), STEPS, mask="own", time="past"),
    Row("LSTMCell", cell_step),
    Row("GRUCell", cell_step),
    Row("SimpleRNNCell", cell_step),
    Row("StackedRNNCells", cell_step),
    Row("Bidirectional", bidirectional, (3, 3), STEPS, mask="own", time="all"),
)
