"""What kind of numbers a target holds, as far as the spec says so: classes, or any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcompiler.graph.training import Target
from archcompiler.spec.models import DataSpec, Spec, TargetSpec, TensorSpec
from archcompiler.tensors import FLOAT_DTYPES


def said_of(spec: Spec, targets: Mapping[str, Target], name: str) -> Iterator[TensorSpec | TargetSpec | DataSpec]:
    """All that the spec says of the target of an output: there, in the data, and at the input that it is made of."""
    target = targets.get(name)
    source = (target.same_as or target.next_step_of) if target is not None else None
    data = [one.get(name) for one in (spec.data, spec.validation_data) if isinstance(one, dict)]
    for one in (spec.target, spec.targets.get(name), *data, spec.inputs.get(source) if source is not None else None):
        if one is not None:
            yield one


def are_classes(spec: Spec, targets: Mapping[str, Target], name: str) -> bool:
    """Whether something says that the targets are classes, or no more than 0 and 1."""
    target = targets.get(name)
    if target is not None and target.type is not None and target.type.dtype not in FLOAT_DTYPES:
        return True
    return any(
        one.classes is not None or one.one_hot or (one.range is not None and _narrow(one.range))
        for one in said_of(spec, targets, name)
    )


def _narrow(extent: list[float]) -> bool:
    return extent[0] >= -1 and extent[-1] <= 1


def is_one_hot(spec: Spec, targets: Mapping[str, Target], name: str) -> bool:
    return any(one.one_hot for one in said_of(spec, targets, name))


def classes_of(spec: Spec, targets: Mapping[str, Target], name: str) -> int | None:
    """How many classes the target is said to have."""
    return next((one.classes for one in said_of(spec, targets, name) if one.classes is not None), None)
