"""From a spec that could be read to all that is found out about it: its graph, types, targets and what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcompiler.analysis.batch_axis import without_batch
from archcompiler.analysis.classes import code_problems, vectors_looked_up
from archcompiler.analysis.contract import contract
from archcompiler.analysis.feedback import with_target
from archcompiler.analysis.generation import stepping
from archcompiler.analysis.scales import with_scales
from archcompiler.analysis.swapped import set_right
from archcompiler.analysis.topology import topology
from archcompiler.analysis.training import training_problems
from archcompiler.diagnostics import Change, PlacedNote, Problem
from archcompiler.graph.causes import only_last_step
from archcompiler.graph.custom import custom_classes
from archcompiler.graph.generation import Stepping, lower_generation
from archcompiler.graph.infer import Inferred, InferredModel, count_params, infer_all
from archcompiler.graph.ir import ArchGraph, TypedGraph
from archcompiler.graph.lower import lower
from archcompiler.graph.makers import last_step_layer, rank_maker
from archcompiler.graph.masks import mask_operations
from archcompiler.graph.names import shadowing
from archcompiler.graph.shapes import ShapeReader
from archcompiler.graph.training import KerasObject, Target, Training, lower_targets, lower_training
from archcompiler.lint import findings
from archcompiler.lint.subject import Subject
from archcompiler.settings import Settings
from archcompiler.spec.frame import Framed

if TYPE_CHECKING:
    from archcompiler.data.contract import Arranged, DataCheck


@dataclass(frozen=True)
class Checked:
    """A spec without errors, and all that was found out about it: what a plan is made from."""

    framed: Framed
    graph: TypedGraph
    targets: Mapping[str, Target]
    training: Training | None
    stepping: Stepping | None
    sound_data: Sequence[Arranged] = ()
    """Data whose shapes are right, and in whose numbers nobody has looked yet."""

    @property
    def losses(self) -> Mapping[str, KerasObject]:
        """The loss of each output that has one."""
        return self.training.losses if self.training is not None else {}


def analysed(
    framed: Framed, problems: list[Problem], settings: Settings, data: Mapping[str, object], path: str, look: bool
) -> Checked | None:
    spec = framed.spec
    shapes = ShapeReader(framed.params, spec.batch_size, framed.faulty, problems, framed.paster.lacking)
    checking = _data_check(framed, shapes, data, path, look, problems)
    if checking is not None:
        shapes.faulty = framed.faulty | checking.counting
    found = _inferred(framed, shapes, problems)
    if found is None:
        return None
    graph, inferred = found
    outputs = graph.outputs.refs
    if spec.training or spec.target or spec.targets or checking is not None:
        scalars = list(without_batch(graph, inferred.main.nodes))
        problems.extend(scalars)
        if scalars:
            return None
    losses = custom_classes(framed, "custom_losses", problems)
    places = {name: (*graph.nodes[ref.node].loc, "name") for name, ref in outputs.items() if ref.node in graph.nodes}
    training = None
    if spec.training:
        training = lower_training(spec.training, outputs, losses, problems, places, framed.paster.lacking)
    targets = lower_targets(spec, outputs, shapes, problems, places)
    if any(one.code in ("ARC201", "ARC203", "ARC304") for one in problems):
        from archcompiler.analysis.informed import informed

        problems[:] = informed(problems, spec, graph, inferred.main.nodes, targets)
    if len(outputs) > 1:

        def compared(some: Mapping[str, Target], as_trained: Training | None) -> list[Problem]:
            return contract(graph, inferred.main.nodes, some, as_trained, inferred.models)

        targets, training = set_right(targets, training, graph, inferred.main.nodes, compared, problems)
    if checking is not None:
        targets = checking.targets(graph, inferred.main.nodes, targets, training, inferred.models)
    else:
        problems.extend(contract(graph, inferred.main.nodes, targets, training, inferred.models))
    if not inferred.complete or any(ref.node not in inferred.main.nodes for ref in outputs.values()):
        return None
    typed = _typed(graph, inferred, spec.batch_size)
    if spec.topology is not None and spec.topology != typed.topology:
        message = f"the topology is asserted to be {spec.topology}, but it is {typed.topology}"
        change = Change("replace_value", ("topology",), typed.topology)
        help = f"write `{typed.topology}`, if that is meant"
        ref = next(iter(outputs.values()))
        maker = rank_maker(ref, typed.nodes, typed.models)
        note = PlacedNote(f"`{maker.name}` gives {maker.outputs[0]}", maker.node.thing_loc)
        last = last_step_layer(maker.node)
        notes = (only_last_step(last)[0] if last is not None else note,)
        problems.append(Problem("ARC305", message, ("topology",), False, None, notes, help, (change,), False))
    spec = with_scales(spec, typed, problems)
    problems.extend(training_problems(spec, typed, targets, training))
    problems.extend(code_problems(spec, typed, targets, training))
    sound_data = checking.arrays(typed, targets, training) if checking is not None else ()
    generation = lower_generation(spec.generation, outputs, spec.inputs, problems, places) if spec.generation else None
    stepped = stepping(typed, generation, training, targets, problems) if generation else None
    problems[:] = [with_target(one, targets) for one in problems]
    told = _told(problems, outputs)
    problems.extend(findings(Subject(spec, typed, training, settings, targets, told, framed.params)))
    return Checked(replace(framed, spec=spec), typed, targets, training, stepped, sound_data)


def _told(problems: list[Problem], outputs: Collection[str]) -> frozenset[str]:
    """The outputs, and other layers, of which a mistake is told."""
    errors = [one for one in problems if not one.is_warning]
    named = {one.layer for one in errors if one.layer is not None}
    named |= {str(one.loc[1]) for one in errors if one.loc[:1] == ("targets",) and len(one.loc) > 1}
    return frozenset((*named, *(outputs if any(one.loc[:1] == ("target",) for one in errors) else ())))


def _data_check(
    framed: Framed, shapes: ShapeReader, data: Mapping[str, object], path: str, look: bool, problems: list[Problem]
) -> DataCheck | None:
    """What holds data against the spec, where there are any."""
    spec = framed.spec
    if all(one is None for one in (spec.data, spec.validation_data, spec.serving, *data.values())):
        return None
    from archcompiler.data.contract import DataCheck
    from archcompiler.data.given import gathered

    quiet = ShapeReader(framed.params, spec.batch_size, framed.faulty, [])
    return DataCheck(spec, gathered(spec, path, data, shapes, problems, look), quiet, shapes, problems)


def _inferred(framed: Framed, shapes: ShapeReader, problems: list[Problem]) -> tuple[ArchGraph, Inferred] | None:
    """The graph and the types of all tensors. Where Keras would give an operation on masks the name of a layer, which
    only types tell, it is all done once more with other names."""
    shadows = list(shadowing(framed.spec))
    problems.extend(shadows)
    if shadows:
        return None  # what stands there may be either
    before, on_masks = list(problems), frozenset[str]()
    while True:
        problems[:] = before
        graph = lower(framed, shapes, problems, on_masks)
        if graph is None:
            return None
        vectors = vectors_looked_up(framed.spec, graph)
        problems.extend(vectors.values())
        inferred = infer_all(graph, problems, vectors)
        clashing = mask_operations(inferred) if inferred.complete and not on_masks else None
        if not clashing:
            return graph, inferred
        on_masks = clashing


def _typed(graph: ArchGraph, inferred: Inferred, batch_size: int | None) -> TypedGraph:
    models: dict[str, TypedGraph] = {}

    def one(graph: ArchGraph, model: InferredModel) -> TypedGraph:
        learnt, held = count_params(model, inferred.models)
        return TypedGraph(
            graph,
            model.nodes,
            models,
            learnt + held,
            learnt,
            topology(graph, model.nodes),
            batch_size,
        )

    for name, nested in graph.models.items():
        models[name] = one(nested, inferred.models[name])
    return one(graph, inferred.main)
