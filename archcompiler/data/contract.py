"""All that is said of data in one check: which arrays there are, against inputs, outputs, losses and batches."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from archcompiler import dims
from archcompiler.analysis.contract import contract
from archcompiler.data.at_sizes import problems_at_sizes
from archcompiler.data.given import Given, arranged, shapes_against, values_against
from archcompiler.data.meant_names import set_right
from archcompiler.data.serving import serving_problems
from archcompiler.data.wanted import Wanted, wanted_for_training
from archcompiler.diagnostics import Loc, Problem
from archcompiler.dims import Dim
from archcompiler.graph.data import bound_axes, counted, target_of, unknown_names
from archcompiler.graph.ir import ArchGraph, Ref, TypedGraph, TypedNode
from archcompiler.graph.makers import Typed
from archcompiler.graph.shapes import ShapeReader
from archcompiler.graph.training import KerasObject, Target, Training
from archcompiler.plan.training import training_plan
from archcompiler.spec.models import Spec, TrainingSpec


@dataclass(frozen=True, slots=True)
class Arranged:
    """Data whose shapes are right, and what is wanted of them."""

    given: Given
    wanted: Wanted


def shapes_that_count(spec: Spec, sets: Mapping[str, Given], quiet: ShapeReader, problems: list[Problem]) -> set[Loc]:
    """The inputs and targets whose shapes hold a count of samples, which is told: nothing more is said of them."""
    found: set[Loc] = set()
    for given in sets.values():
        outputs = [name for name in given.data.arrays if name not in spec.inputs]
        targets: dict[str, Loc] = {name: ("targets", name) for name in spec.targets}
        if spec.target is not None and len(outputs) == 1:
            targets[outputs[0]] = ("target",)
        for loc, problem in counted(spec, quiet, given.data, targets):
            if loc not in found:
                found.add(loc)
                problems.append(problem)
    return found


def supplied_targets(
    given: Given, graph: ArchGraph, declared: Mapping[str, Target], spec: Spec, batch: Dim
) -> dict[str, Target]:
    """The targets of which only the data tell. Where sequences are cut, the data do not have the target's shape."""
    if spec.training is not None and spec.training.windows is not None:
        return {}
    data = given.data
    return {
        name: target_of(data.arrays[name], name, batch, data.said, graph.nodes[ref.node].thing_loc)
        for name, ref in graph.outputs.refs.items()
        if ref.node in graph.nodes and name in data.arrays and name not in declared
    }


def target_problems(
    sets: Mapping[str, Given],
    graph: ArchGraph,
    nodes: Mapping[str, TypedNode],
    declared: Mapping[str, Target],
    supplied: Mapping[str, Mapping[str, Target]],
    training: Training | None,
    models: Mapping[str, Typed],
) -> list[Problem]:
    """Outputs against their targets: those that the spec describes, then those that only the data tell of."""
    counts = {array.axes[0] for given in sets.values() for array in given.data.arrays.values() if array.axes}
    problems = contract(graph, nodes, declared, training, models, counts=counts)
    shifted = {target.next_step_of for target in declared.values()}
    for key, targets in supplied.items():
        told = {one.layer for one in problems}
        sizes = bound_axes(graph, nodes, sets[key].data, shifted)
        rest = {name: target for name, target in targets.items() if name not in told}
        other = _misfits(graph, nodes, sets[key], shifted)
        for found in contract(graph, nodes, rest, training, models, sizes):
            as_data = key == "validation_data" and found.layer in supplied.get("data", {})
            problem = replace(found, help="give it as the data have it", changes=()) if as_data else found
            output = graph.outputs.refs[problem.layer or ""]
            typed = nodes[output.node].outputs[output.result].axes
            if not _follows((rest[problem.layer or ""].type or nodes[output.node].outputs[0]).axes, typed, other):
                problems.append(problem)
    return problems


def _misfits(
    graph: ArchGraph, nodes: Mapping[str, TypedNode], given: Given, shifted: Container[str | None]
) -> dict[Dim, Dim]:
    """Sizes that inputs fix, and what the data have instead: that is told where the inputs are."""
    found: dict[Dim, Dim] = {}
    for node in graph.inputs:
        array = given.data.arrays.get(node.name)
        if array is None or node.name not in nodes or node.name in shifted:
            continue
        axes = nodes[node.name].outputs[0].axes
        if len(axes) == len(array.axes):
            pairs = zip(axes[1:], array.axes[1:], strict=True)
            found |= {wanted: size for wanted, size in pairs if isinstance(wanted, int) and dims.differ(wanted, size)}
    return found


def _follows(target: tuple[Dim, ...], output: tuple[Dim, ...], other: Mapping[Dim, Dim]) -> bool:
    """Whether target and output differ only as the data of the inputs differ from the inputs: the axes before the last
    hang on the inputs in some way, the last one does where it has the very sizes. A last axis may be missing, as it is
    of codes."""
    target = target[:-1] if target[-1] == 1 and len(target) > 2 else target
    if not other or len(output) - len(target) not in (0, 1):
        return False
    last = len(output) - 1
    return all(
        not dims.differ(one, made) or (at < last and len(output) > 2) or (made in other and one == other[made])
        for at, (one, made) in enumerate(zip(target[1:], output[1:], strict=False), start=1)
    )


def name_problems(sets: Mapping[str, Given], spec: Spec, outputs: Mapping[str, Ref]) -> dict[str, list[Problem]]:
    """Arrays that nothing takes, by the data in which they are; none where the outputs are not all known."""
    if any(not ref.node for ref in outputs.values()):
        return {}
    return {key: list(unknown_names(given.data, spec.inputs, outputs)) for key, given in sets.items()}


def data_problems(
    sets: Mapping[str, Given],
    spec: Spec,
    graph: TypedGraph,
    targets: Mapping[str, Target],
    declared: Mapping[str, Target],
    training: Training | None,
    told: set[str | None],
    unclear: set[str],
) -> tuple[list[Problem], list[Arranged]]:
    """What is wrong with the shapes of data, and the data in whose numbers one may look. Of arrays that are `told` of
    already, and of data with names that are `unclear`, not all is said."""
    problems: list[Problem] = []
    sound: list[Arranged] = []
    losses: Mapping[str, KerasObject] = training.losses if training is not None else {}
    for key, given in sets.items():
        plan = training_plan(graph, spec, targets, training or Training(TrainingSpec()))
        wanted = _wanted(wanted_for_training(plan, spec, graph, losses, declared), key, spec, losses)
        if "validation_data" in sets:
            wanted = replace(wanted, split=None, validation_split=None)
        if key in unclear:
            wanted = replace(wanted, arrays=tuple(replace(one, optional=True) for one in wanted.arrays))
        before = len(problems)
        whole = arranged(given, wanted, problems)
        if whole is None:
            continue
        problems += [one for one in shapes_against(whole, wanted) if one.layer is None or one.layer not in told]
        told |= {one.layer for one in problems[before:]} - {None}
        if len(problems) == before:
            sound.append(Arranged(whole, wanted))
    return problems, sound


def _wanted(wanted: Wanted, key: str, spec: Spec, losses: Mapping[str, KerasObject]) -> Wanted:
    """What is wanted of data to train on, or to validate on: those are not parted, and without a loss none need be."""
    if not losses:
        wanted = replace(wanted, arrays=tuple(replace(one, optional=True) for one in wanted.arrays))
    if spec.training is not None and spec.training.samples is not None and key == "data":
        return replace(wanted, whole_batches=None)
    return wanted if key == "data" else replace(wanted, split=None, validation_split=None, joined_rows=None)


def number_problems(sound: Sequence[Arranged]) -> list[Problem]:
    """What is wrong with the numbers of data whose shapes are right."""
    return [problem for one in sound for problem in values_against(one.given, one.wanted)]


class DataCheck:
    """The data of one check: what is found out about them before the graph is made, on it, and after it."""

    def __init__(
        self, spec: Spec, sets: Mapping[str, Given], quiet: ShapeReader, shapes: ShapeReader, problems: list[Problem]
    ) -> None:
        self.spec, self.sets, self.shapes, self.problems = spec, dict(sets), shapes, problems
        self.declared: Mapping[str, Target] = {}
        self.told: set[str | None] = set()
        self.unclear: set[str] = set()
        self.counting = shapes_that_count(spec, sets, quiet, problems)
        """The inputs and targets whose shapes count samples."""

    def targets(
        self,
        graph: ArchGraph,
        nodes: Mapping[str, TypedNode],
        declared: dict[str, Target],
        training: Training | None,
        models: Mapping[str, Typed],
    ) -> dict[str, Target]:
        """The targets that the spec describes, under `targets` or as data; each is held against its output."""
        inputs, batch = self.spec.inputs, self.shapes.batch
        self.sets, misnamed = set_right(self.sets, inputs, graph, nodes, declared, training, models, batch)
        self.problems.extend(misnamed)
        self.declared = declared = {name: one for name, one in declared.items() if one.loc not in self.counting}
        outputs = graph.outputs.refs
        supplied = {
            key: supplied_targets(given, graph, declared, self.spec, self.shapes.batch)
            for key, given in self.sets.items()
        }
        found = target_problems(self.sets, graph, nodes, declared, supplied, training, models)
        windows = training is not None and training.spec.windows is not None
        if not found and not windows and len(nodes) == len(graph.nodes):
            found = self._at_sizes(graph, nodes, supplied, training, models)
        self.problems.extend(found)
        self.told = {one.layer for one in found}
        for key, problems in name_problems(self.sets, self.spec, outputs).items():
            self.problems.extend(problems)
            if problems:
                self.unclear.add(key)
        in_spec = "data" in self.sets and self.sets["data"].data.in_spec
        return declared | (supplied["data"] if in_spec else {})

    def _at_sizes(
        self,
        graph: ArchGraph,
        nodes: Mapping[str, TypedNode],
        supplied: Mapping[str, Mapping[str, Target]],
        training: Training | None,
        models: Mapping[str, Typed],
    ) -> list[Problem]:
        """What does not fit at the sizes of the first set of data that tells of it."""
        shifted = {target.next_step_of for target in self.declared.values()}
        for key, given in self.sets.items():
            if not _misfits(graph, nodes, given, shifted):
                targets = {**supplied.get(key, {}), **self.declared}
                found = problems_at_sizes(given.data, graph, nodes, targets, training, models, shifted)
                if found:
                    return found
        return []

    def arrays(self, graph: TypedGraph, targets: Mapping[str, Target], training: Training | None) -> list[Arranged]:
        """The data whose shapes are right; what is wrong with the others, and with what is served, is told."""
        found, sound = data_problems(
            self.sets, self.spec, graph, targets, self.declared, training, self.told, self.unclear
        )
        self.problems.extend(found)
        served = serving_problems(self.spec, graph, self.shapes)
        self.problems.extend(one for one in served if one.layer is None or one.layer not in self.told)
        return sound
