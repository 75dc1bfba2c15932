"""LSTM, GRU, SimpleRNN and their cells, and RNN over cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Change, Problem
from archcompiler.dims import Dim
from archcompiler.layers.initial import dtype_fault, vectors_fault
from archcompiler.layers.rows import Call, Result, Row, floats_fault
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
        fault = (
            fault or dtype_fault(call.name, cell) or vectors_fault(call.name, cell) or no_bias_initializer(call, cell)
        )
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


HOW_MANY = "an LSTM has two states, h and c; a GRU and a SimpleRNN have one"
BOTH_WAYS = f"it begins with the states of the layer that runs forwards, then with those of the other one; {HOW_MANY}"


def _takes_first(call: Call) -> bool:
    """Whether Keras leaves out all states that are given but the first."""
    return call.thing.class_name == "GRU"


def _listed(types: Sequence[TensorType]) -> str:
    return " and ".join(str(one) for one in types)


def initial_state_fault(call: Call, states: list[TensorType], argument: str = "initial_state") -> Problem | None:
    """What is wrong with the tensors that the states begin with: Keras takes any, and fails when it runs."""
    given = call.further.get(argument)
    if given is None:
        return None
    wanted = " and ".join(str(one) for one in dict.fromkeys(states)) if _takes_first(call) else _listed(states)
    name = call.thing.class_name
    whole = next((one for one in given if one.rank > states[0].rank), None)
    if whole is not None and argument == "initial_state":
        return call.fault(
            "ARC202",
            f"{name} begins with {wanted}, but a whole sequence {whole} is given as a state",
            help="give it what the layer before has after its last step: write `return_state: true` there, name its "
            "results with `outputs`, and take the states",
        )
    if len(given) != len(states):
        return call.fault(
            "ARC205",
            f"{name} begins with {wanted}, but `{argument}` has {len(given)} "
            f"tensor{'s' if len(given) > 1 else ''}: {' and '.join(str(one) for one in given)}",
            help=BOTH_WAYS if name == "Bidirectional" else _states_help(name, len(given), states),
        )
    for one, other in zip(given, states, strict=True):
        if one.rank != other.rank or any(dims.differ(a, b) for a, b in zip(one.axes, other.axes, strict=True)):
            return call.fault(
                "ARC202",
                f"{name} begins with {wanted}, but a state of {one} is given",
                argument="units" if "units" in call.thing.given else None,
                help="give both layers the same units, or put a Dense between them",
                changes=_same_units(call, given),
                safe=False,
            )
    return None


def _states_help(name: str, count: int, states: list[TensorType]) -> str:
    units = states[0].axes[-1] if states else None
    if name in STATES and count == 2 * len(states) and isinstance(units, int):
        each = "h of both directions, and c of both" if len(states) > 1 else "the states of both directions"
        article = "an" if name == "LSTM" else "a"
        joined = f"join {each}, with `Concatenate`, and write `units: {2 * units}`"
        of_lstm = "" if len(states) > 1 else "; of an LSTM's h and c take h"
        return f"of {article} {name} in Bidirectional {joined}{of_lstm}"
    return HOW_MANY


def _same_units(call: Call, given: tuple[TensorType, ...]) -> tuple[Change, ...]:
    """The units that a layer has to have for the states that it is given, where those agree."""
    widths = {one.axes[-1] for one in given if one.rank == 2}
    (width,) = widths if len(widths) == 1 and len(given) == sum(one.rank == 2 for one in given) else (None,)
    return (call.change("units", width),) if isinstance(width, int) and "units" in call.thing.given else ()


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


def no_bias_initializer(call: Call, cell: Thing) -> Problem | None:
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
        fault = dtype_fault(call.name, cell) or vectors_fault(call.name, cell) or no_bias_initializer(call, cell)
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
)
