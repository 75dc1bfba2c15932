"""LSTM, GRU, SimpleRNN and their cells, RNN over cells, and Bidirectional."""

from __future__ import annotations

from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import PlacedNote, Problem
from archcompiler.dims import Dim
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType

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
    fault = _not_cells(call, cells) or _unrollable(call, steps) or stateful_batch(call, batch)
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
    if call.flag("return_sequences"):
        output = TensorType((batch, steps, features), dtype, given.mask)
    else:
        output = TensorType((batch, features), dtype)
    return Result((output, *(states if call.flag("return_state") else ())), params)


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
    for cell in cells:
        if cell.class_name.removesuffix("Cell") not in GATES or (
            call.thing.class_name == "RNN" and cell["units"] is None
        ):
            return Problem(
                "ARC113",
                f"RNN steps through cells, but {cell.class_name} is no cell",
                cell.loc,
                layer=call.name,
                help="the cells are `LSTMCell`, `GRUCell` and `SimpleRNNCell`",
            )
    return None


def _unrollable(call: Call, steps: Dim) -> Problem | None:
    if not call.flag("unroll") or isinstance(steps, int):
        return None
    return call.fault(
        "ARC204",
        f"{call.thing.class_name} is unrolled, so the number of steps must be fixed, but it is `{dims.text(steps)}`",
        argument="unroll",
        help="remove `unroll: true`, or give the steps a whole number",
        changes=(call.change("unroll", False),),
    )


def cell_alone(call: Call) -> Result | Problem:
    return call.fault(
        "ARC211",
        f"{call.thing.class_name} is one step of a recurrent layer and cannot stand in a chain",
        help=f"write `RNN: {{{call.thing.class_name}: …}}`, or `{call.thing.class_name.removesuffix('Cell')}`",
    )


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
        backwards = forwards
    if isinstance(backwards, Problem):
        return backwards
    first, states = forwards.outputs[0], (*forwards.outputs[1:], *backwards.outputs[1:])
    other = backwards.outputs[0]
    mode = call["merge_mode"]
    params = forwards.params + backwards.params
    frozen = forwards.frozen_params + backwards.frozen_params
    if mode is None:
        return Result((first, other, *states), params, frozen)
    if mode == "concat":
        merged = first.with_axes(*first.axes[:-1], dims.add(first.axes[-1], other.axes[-1]))
    else:
        merged = first
        if dims.differ(first.axes[-1], other.axes[-1]):
            return call.fault(
                "ARC202",
                f"merge_mode `{mode}` joins entry by entry, but forwards gives {first} and backwards {other}",
                argument="backward_layer",
                help="give both layers the same units, or use `merge_mode: concat`",
            )
    return Result((merged, *states), params, frozen)


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
    Row("LSTM", recurrent, (3, 3), STEPS, mask="own", time="past"),
    Row("GRU", recurrent, (3, 3), STEPS, mask="own", time="past"),
    Row("SimpleRNN", recurrent, (3, 3), STEPS, mask="own", time="past"),
    Row("RNN", recurrent, (3, 3), STEPS, mask="own", time="past"),
    Row("LSTMCell", cell_alone),
    Row("GRUCell", cell_alone),
    Row("SimpleRNNCell", cell_alone),
    Row("StackedRNNCells", cell_alone),
    Row("Bidirectional", bidirectional, (3, 3), STEPS, mask="own", time="all"),
)
