"""Bidirectional: a recurrent layer forwards over the steps, and one backwards."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.layers.recurrent import GATES, STATES, STEPS, cells_of, initial_state_fault
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.layers.things import Thing
from archcompiler.tensors import TensorType

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


ROWS = (Row("Bidirectional", bidirectional, (3, 3), STEPS, mask="own", time="all"),)
