"""The plan: a list of steps a model, and how it is compiled and fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from archcompiler.diagnostics import Loc
from archcompiler.tensors import TensorType

if TYPE_CHECKING:
    from archcompiler.plan.stepping import GenerationPlan


OWN = "own"
"""Where a class comes from that Keras lacks: emitted code writes it out."""
CUSTOM = "custom"
"""Where a class of the user's own comes from: it is imported."""


@dataclass(frozen=True, slots=True)
class Make:
    """A Keras object to be made: `MODULE.CLASS(*positional, **keywords)`, defaults left out."""

    module: str
    """The module within keras: `layers`, `optimizers`, …; or `OWN`, or `CUSTOM`."""
    class_name: str
    positional: tuple[object, ...] = ()
    keywords: tuple[tuple[str, object], ...] = ()
    path: str = ""
    """What is imported, where it is a class of the user's own."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A function of the user's own, as it is."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Variable:
    """What an earlier step has put under a name."""

    name: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function of Keras, `keras.MODULE.NAME`."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Believed:
    """What a spec says that a class of the user's own gives: the outputs' types, and how many weights it has, where it
    says that. `loc` is where it says so."""

    class_name: str
    outputs: tuple[TensorType, ...]
    params: int | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Code:
    """A Python expression, where emitted code computes what a plan holds as a value."""

    text: str


@dataclass(frozen=True, slots=True)
class LayerOf:
    """A layer of the model that an export is a part of: `model.get_layer(name)`."""

    name: str


@dataclass(frozen=True, slots=True)
class InputStep:
    """`variable = keras.Input(…)`."""

    variable: str
    name: str
    type: TensorType
    batch_size: int | None
    shape_of: str | None = None
    """Of a part of a model: the layer that gives this in the whole model, and which of its results it is, where it has
    several."""
    result: int | None = None


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

    `groups` says how Keras nests the results, where it does: how many there are in each place. `keys` are the names of
    the results of a model that gives a dict, under `results` while it is taken apart.
    """

    targets: tuple[str | None, ...]
    callee: Make | Variable | Function | LayerOf
    arguments: tuple[object, ...]
    """Variables, lists of them, or plain values."""
    as_list: bool
    type: TensorType
    groups: tuple[int, ...] = ()
    keywords: tuple[tuple[str, object], ...] = ()
    """Further arguments of the call: variables, lists of them, or plain values."""
    note: str | None = None
    """Why the layer is another one than the spec says."""
    believed: Believed | None = None
    """What the spec says of a class of the user's own, which the build verifies."""
    keys: tuple[str, ...] = ()
    results: str = ""


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
    description: str | None = None
    """What the spec says of a nested model."""


Part = Literal["whole", "all_but_last", "all_but_first", "last", "last_but_one"]


@dataclass(frozen=True, slots=True)
class Feed:
    """An array of the data: the whole of it, all steps but the last or the first one, or one step alone."""

    array: str
    part: Part = "whole"


@dataclass(frozen=True, slots=True)
class WindowsPlan:
    """How long sequences are cut: every `stride` steps, `span` steps at a time, of which `length` are fed.

    Windows that are `joined` go on, row by row, where those of the batch before ended; `one_weight` says that each has
    one weight, and not one a step."""

    length: int
    stride: int
    span: int
    joined: bool
    one_weight: bool


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
    stepped: tuple[str, ...]
    """The arrays that go on along the steps."""
    epochs: int
    batch_size: int | None
    fit_arguments: tuple[tuple[str, object], ...]
    """Further arguments of `fit`."""
    callbacks: tuple[Make, ...]
    windows: WindowsPlan | None = None
    scales: tuple[tuple[str, str], ...] = ()
    """The inputs that are scaled, and how."""
    validation_split: float | None = None
    """Where the data are split before they are cut or scaled; else `fit` splits them."""
    reset_states: Literal["epoch", "sequence", "never"] | None = None
    """When state is forgotten; None where none is carried."""

    def goes_along(self, name: str) -> bool:
        """Whether an array has a step axis that is cut, and not one row a window, as many-to-one targets have."""
        targets = (feed for _, feed in self.targets if feed is not None and feed.array == name)
        return name in dict(self.feeds) or any(feed.part in ("whole", "all_but_last") for feed in targets)


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
    exports: tuple[ModelPlan, ...] = ()
    """Parts of the main model; the function of each is given it."""
    classes: tuple[str, ...] = ()
    """The user's own classes, by name."""

    @property
    def main(self) -> ModelPlan:
        return self.models[-1]

    @property
    def nested(self) -> Mapping[str, ModelPlan]:
        return {model.name: model for model in self.models[:-1]}
