"""The plan: a list of steps a model, and how it is compiled and fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from archcompiler.tensors import TensorType

if TYPE_CHECKING:
    from archcompiler.plan.stepping import GenerationPlan


@dataclass(frozen=True, slots=True)
class Make:
    """A Keras object to be made: `MODULE.CLASS(*positional, **keywords)`, defaults left out."""

    module: str
    """The module within keras: `layers`, `optimizers`, …"""
    class_name: str
    positional: tuple[object, ...] = ()
    keywords: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """What an earlier step has put under a name."""

    name: str


@dataclass(frozen=True, slots=True)
class InputStep:
    """`variable = keras.Input(…)`."""

    variable: str
    name: str
    type: TensorType
    batch_size: int | None


@dataclass(frozen=True, slots=True)
class LayerStep:
    """`variable = layers.LSTM(…)`, for a layer that is called more than once."""

    variable: str
    make: Make


@dataclass(frozen=True, slots=True)
class FreezeStep:
    """`variable.trainable = False`, for a nested model."""

    variable: str


@dataclass(frozen=True, slots=True)
class CallStep:
    """`targets = callee(arguments)`; a target is None where a result is not used.

    `groups` says how Keras nests the results, where it does: how many there are in each place.
    """

    targets: tuple[str | None, ...]
    callee: Make | Variable
    arguments: tuple[Variable, ...]
    as_list: bool
    type: TensorType
    groups: tuple[int, ...] = ()


Step = InputStep | LayerStep | FreezeStep | CallStep


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """One `keras.Model`. `models` are the nested ones that it calls, each given to its function."""

    name: str
    variable: str
    function: str
    models: tuple[str, ...]
    steps: tuple[Step, ...]
    inputs: tuple[str, ...]
    outputs: tuple[tuple[str, str], ...]
    """Output name and variable."""
    form: Literal["one", "list", "dict"]
    input_types: tuple[TensorType, ...]
    output_types: tuple[TensorType, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """An array of the data: fed whole, without its last step, or without its first one."""

    array: str
    part: Literal["whole", "all_but_last", "all_but_first"] = "whole"


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What `compile` and `fit` are given. `fits` is false where there is no loss to train with."""

    optimizer: object
    loss: object
    loss_weights: object
    metrics: object
    form: Literal["one", "list", "dict"]
    """That of the model's outputs."""
    fits: bool
    feeds: tuple[tuple[str, Feed], ...]
    targets: tuple[tuple[str, Feed | None], ...]
    """What each output is trained towards; None for one that is not trained."""
    arrays: tuple[tuple[str, TensorType], ...]
    """Every array of the data, with its shape."""
    epochs: int
    batch_size: int | None
    fit_arguments: tuple[tuple[str, object], ...]
    """Further arguments of `fit`."""
    callbacks: tuple[Make, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is emitted, or built, from one spec."""

    name: str
    description: str | None
    source: str
    """The spec's path."""
    models: tuple[ModelPlan, ...]
    """Nested models in the order in which they are built; the main model is the last."""
    training: TrainingPlan | None
    generation: GenerationPlan | None = None

    @property
    def main(self) -> ModelPlan:
        return self.models[-1]

    @property
    def nested(self) -> Mapping[str, ModelPlan]:
        return {model.name: model for model in self.models[:-1]}
