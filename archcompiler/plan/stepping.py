"""The plan of a generator: what is worked out once, the states before the first step, and what a step does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archcompiler.graph.generation import FedForm
from archcompiler.plan.model import CallStep
from archcompiler.spec.models import GenerationSpec
from archcompiler.tensors import TensorType

# In all of these `layer` is an attribute of the emitted class, such as `self.lstm`; types are those at one step.


@dataclass(frozen=True, slots=True)
class CellStep:
    """A recurrent layer's cell on one step: `target, states = layer.cell(argument, states)`.

    `sizes` says how many tensors each of its cells carries; with `mask`, a step that is padding changes nothing.
    """

    target: str
    states: tuple[str, ...]
    layer: str
    argument: str
    key: str
    every_step: bool
    sizes: tuple[int, ...]
    mask: str | None
    type: TensorType


@dataclass(frozen=True, slots=True)
class ConvolveStep:
    """A causal convolution on this step and those before it that it sees."""

    target: str
    layer: str
    argument: str
    key: str
    type: TensorType


@dataclass(frozen=True, slots=True)
class AttendStep:
    """A causal attention: `query` looks at all steps so far. `value` and `key` are what is remembered of a step, and
    under which name."""

    target: str
    layer: str
    query: str
    value: tuple[str, str]
    key: tuple[str, str]
    listed: bool
    type: TensorType


@dataclass(frozen=True, slots=True)
class PositionStep:
    """A `PositionEmbedding` on one step: the vector of its position is added. There are `longest` vectors."""

    target: str
    layer: str
    argument: str
    longest: int
    type: TensorType


@dataclass(frozen=True, slots=True)
class DistributeStep:
    """What a `TimeDistributed` wraps, on one step."""

    target: str
    layer: str
    argument: str
    type: TensorType


@dataclass(frozen=True, slots=True)
class MaskStep:
    """Whether a step counts: the mask that an `Embedding` or a `Masking` makes."""

    target: str
    layer: str
    argument: str


StepOp = CallStep | CellStep | ConvolveStep | AttendStep | PositionStep | DistributeStep | MaskStep


@dataclass(frozen=True, slots=True)
class State:
    """What is carried from step to step, before the first one: a cell's own zeros, zeros for the steps that a
    convolution looks back at, or room for all steps that an attention remembers."""

    key: str
    kind: Literal["cell", "zeros", "memory"]
    layer: str
    type: TensorType


@dataclass(frozen=True, slots=True)
class GivenState:
    """A state that begins as what other layers give, as many tensors a cell as `sizes` says."""

    key: str
    variables: tuple[str, ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FedPlan:
    """One output fed back: `output_variable` at one step is `input_variable` at the next."""

    output: str
    input: str
    output_variable: str
    input_variable: str
    collected: str
    """Where all steps of it are gathered."""
    ended: str
    """Which rows have drawn the token that ends them."""
    input_type: TensorType
    output_type: TensorType
    form: FedForm
    has_steps: bool
    logits: bool
    classes: int
    scaled: bool


@dataclass(frozen=True, slots=True)
class GenerationPlan:
    """A generator. `along` are inputs given for every step, `once` those given once: name, variable, type. `passed` are
    variables of `begin` that steps use. With a `window` there are no steps of layers: the whole model is called."""

    spec: GenerationSpec
    fed: tuple[FedPlan, ...]
    along: tuple[tuple[str, str, TensorType], ...]
    once: tuple[tuple[str, str, TensorType], ...]
    order: tuple[str, ...]
    """The variables of the inputs in the model's order."""
    layers: tuple[tuple[str, tuple[str, ...]], ...]
    begin: tuple[CallStep, ...]
    states: tuple[State | GivenState, ...]
    step: tuple[StepOp, ...]
    passed: tuple[str, ...]
    window: int | None
    form: Literal["one", "list", "dict"]
    outputs: tuple[tuple[str, str], ...]
