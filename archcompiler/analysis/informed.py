"""What the rest of a spec tells of a mistake in a layer: the size of a batch, the count of samples, the target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.flow import to_flow
from archcompiler.graph.ir import ArchGraph, TypedNode
from archcompiler.graph.makers import recurrent_layer
from archcompiler.graph.training import Target
from archcompiler.spec.models import Spec


def informed(
    problems: Iterable[Problem],
    spec: Spec,
    graph: ArchGraph,
    nodes: Mapping[str, TypedNode],
    targets: Mapping[str, Target],
) -> list[Problem]:
    """The problems, with mendings that are known only of the whole spec."""
    found: list[Problem] = []
    for one in problems:
        problem = _informed(one, spec, graph, nodes, targets)
        if problem.code != "ARC324" or all((other.code, other.loc) != ("ARC324", problem.loc) for other in found):
            found.append(problem)
    return found


def _informed(
    problem: Problem,
    spec: Spec,
    graph: ArchGraph,
    nodes: Mapping[str, TypedNode],
    targets: Mapping[str, Target],
) -> Problem:
    if problem.code == "ARC304":
        return _fixed_batch(problem, spec)
    if problem.code == "ARC201":
        return _repeated(_counted(problem, spec, graph), graph, nodes, targets)
    return _reshaped(problem, graph, targets) if problem.code == "ARC203" else problem


def _repeated(
    problem: Problem, graph: ArchGraph, nodes: Mapping[str, TypedNode], targets: Mapping[str, Target]
) -> Problem:
    """Every step is to be returned, but the target has another number of steps: then the last one is repeated."""
    change = problem.changes[0] if len(problem.changes) == 1 else None
    node = graph.nodes.get(problem.layer or "")
    target = next(iter(targets.values())) if len(targets) == 1 else None
    typed = target.type if target is not None else None
    if change is None or change.name != "return_sequences" or node is None or typed is None or typed.rank < 3:
        return problem
    above = next(iter(node.sources), None)
    while above is not None and above.node in nodes and recurrent_layer(nodes[above.node].node) is None:
        above = next(iter(nodes[above.node].node.sources), None)
    made = nodes.get(above.node) if above is not None else None
    steps, wanted = (made.inputs[0].axes[1] if made is not None and made.inputs else None), typed.axes[1]
    if not isinstance(steps, int) or not isinstance(wanted, int) or steps == wanted:
        return problem
    help = f"put `RepeatVector: {wanted}` before it: that gives each of the {wanted} steps of the target this vector"
    return replace(problem, help=help, changes=())


def _fixed_batch(problem: Problem, spec: Spec) -> Problem:
    size = spec.training.batch_size if spec.training is not None else None
    if size is None or [(one.kind, one.name) for one in problem.changes] != [("set_key", "batch_size")]:
        return problem
    help = f"write `batch_size: {size}` at the top of the spec: the state has one row for each sample of a batch"
    return replace(problem, help=help, changes=(replace(problem.changes[0], value=size),))


def _counted(problem: Problem, spec: Spec, graph: ArchGraph) -> Problem:
    """An input of a rank too many that begins with the samples, or with a batch."""
    change = problem.changes[0] if len(problem.changes) == 1 else None
    if change is None or change.kind != "remove_entry" or change.loc[:1] != ("inputs",) or len(change.loc) != 4:
        return problem
    name = str(change.loc[1])
    typed = graph.nodes[name].input_type if name in graph.nodes else None
    first = typed.axes[1] if typed is not None and typed.rank > 1 else None
    training = spec.training
    samples = training.samples if training is not None else None
    batch = training.batch_size if training is not None and training.batch_size is not None else spec.batch_size
    if not isinstance(first, int) or first not in (samples, batch):
        return problem
    what = "the samples" if first == samples else "a batch"
    came = f"a shape leaves out the batch axis, but that of `{name}` begins with {first}, {what}"
    layer = graph.nodes.get(problem.layer or "")
    thing = layer.thing if layer is not None else None
    stateful = thing is not None and thing["stateful"] is True and spec.batch_size is None
    help, changes = f"leave the {first} out", problem.changes
    if stateful:
        help += f", and write `batch_size: {first}` at the top of the spec"
        changes = (*changes, Change("set_key", (), first, "batch_size"))
    note = PlacedNote(problem.message, problem.loc, problem.on_key)
    return Problem(
        "ARC324", came, change.loc, False, name, (note,), help, changes, safe=first == samples or not stateful
    )


def _reshaped(problem: Problem, graph: ArchGraph, targets: Mapping[str, Target]) -> Problem:
    """A Reshape whose numbers are as many as the target has."""
    output = next((name for name, ref in graph.outputs.refs.items() if ref.node == problem.layer), None)
    target = targets.get(output or "")
    typed = target.type if target is not None else None
    value = problem.changes[0].value if len(problem.changes) == 1 else None
    if typed is None or not isinstance(value, list):
        return problem
    sizes = cast("list[int]", value)
    wanted = [one for one in typed.axes[1:] if isinstance(one, int)]
    if len(wanted) != typed.rank - 1 or math.prod(wanted) != math.prod(sizes):
        return problem
    help = f"write {to_flow(wanted)}, as the target has it"
    return replace(problem, help=help, changes=(replace(problem.changes[0], value=wanted),))
