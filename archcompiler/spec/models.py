"""The frame of a spec as typed dataclasses; what stands inside `layers` has open keys and is read by `items.py`.

pydantic validates by these (`pydantic.TypeAdapter(Spec)`), and makes the JSON Schema of them. It is asked only where
`decode.py` has found that something is wrong: loading it takes longer than a whole check.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from archcompiler.spec.decode import Limits

LARGEST_SIZE = 2**31 - 1
"""What a backend can count to along an axis."""

FRAME: dict[str, Any] = {"extra": "forbid", "strict": True, "use_attribute_docstrings": True}
"""How pydantic reads the classes below: no key but theirs, no type but theirs."""

ShapeEntry = int | str | None
Shape = list[ShapeEntry]
Thing = str | dict[str, Any]
"""A Keras object: its name, or `{Name: arguments}`."""

Columns = Annotated[list[str], Limits(min_length=1)]
Positive = Annotated[int, Limits(gt=0, le=LARGEST_SIZE)]
Number = Annotated[float, Limits(finite=True)]
Extent = Annotated[list[Number], Limits(min_length=2)]


class Frame:
    """What the classes below have in common: how pydantic reads them."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, Any]] = FRAME

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: Any) -> Any:
        """pydantic's own schema, which takes a mapping too: a spec is one, and strict dataclasses want instances."""
        schema = handler(source)
        handler.resolve_ref_schema(schema)["strict"] = False
        return schema


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec(Frame):
    """One input, or a target supplied by the data: its shape without the batch axis, and its dtype."""

    shape: Shape
    """Sizes without the batch axis: whole numbers, ${…}, null, or the name of an axis."""
    dtype: str | None = None
    """Keras dtype of the numbers; float32 where nothing says otherwise."""
    scale: Literal["standard", "minmax"] | None = None
    """How the numbers are scaled, as the training part of the data has them: mean 0 and deviation 1, or 0 to 1."""
    classes: Positive | None = None
    """The numbers are codes, 0 … classes - 1."""
    range: Extent | None = None
    """The least and the greatest number."""
    one_hot: bool | None = None
    """The last axis holds a 1 in the place of the class, and zeros."""
    lengths: Literal["varying"] | None = None
    """Sequences differ in length, and are padded."""
    columns: Columns | None = None
    """The columns of a table (csv, parquet) that hold the features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSpec(Frame):
    """What an output is trained towards: a shape supplied by the data, an input, or an input one step later."""

    shape: Shape | None = None
    """Shape of the target, without the batch axis."""
    dtype: str | None = None
    """dtype of the target that the data supplies."""
    same_as: str | None = None
    """The input that is to be reproduced: fit(X, X)."""
    next_step_of: str | None = None
    """The input whose next step is predicted: X[:, :-1] is fed, X[:, 1:] is the target."""
    classes: Positive | None = None
    """The numbers are codes, 0 … classes - 1."""
    range: Extent | None = None
    """The least and the greatest number."""
    one_hot: bool | None = None
    """The last axis holds a 1 in the place of the class, and zeros."""
    lengths: Literal["varying"] | None = None
    """Sequences differ in length, and are padded."""
    columns: Columns | None = None
    """The columns of a table (csv, parquet) that hold the features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSpec(Frame):
    """One array of the data: its shape with the batch axis first, as numpy prints it."""

    shape: Shape
    """Sizes, batch axis first: whole numbers, ${…}, null, or the name of an axis."""
    dtype: str | None = None
    """dtype of its numbers."""
    classes: Positive | None = None
    """The numbers are codes, 0 … classes - 1."""
    range: Extent | None = None
    """The least and the greatest number."""
    one_hot: bool | None = None
    """The last axis holds a 1 in the place of the class, and zeros."""
    lengths: Literal["varying"] | None = None
    """Sequences differ in length, and are padded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowsSpec(Frame):
    """Long sequences cut into windows: apart from each other, or joined up where state is carried."""

    length: Positive
    """Steps in a window."""
    stride: Positive | None = None
    """Steps from the start of one window to the start of the next; default 1, or the length where state is carried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSpec(Frame):
    """How the model is compiled and fitted; names and defaults are those of `compile` and `fit`."""

    optimizer: Thing | None = None
    """Optimizer; Keras's default is rmsprop."""
    loss: Thing | None = None
    """A loss, or one for each output by name."""
    loss_weights: dict[str, Number] | None = None
    """Weight of each output's loss."""
    metrics: Thing | list[Thing] | None = None
    """Metrics, or a list for each output by name."""
    class_weight: dict[int, Number] | None = None
    """Weight of each class in the loss."""
    batch_size: Positive | None = None
    """Samples a step; the model's fixed batch, else 32."""
    epochs: Positive | None = None
    """Passes over the data."""
    shuffle: bool | None = None
    """Shuffle samples before each epoch; default true."""
    validation_split: Annotated[float, Limits(ge=0, lt=1)] | None = None
    """Last part of the data kept for validation, 0 to 1."""
    samples: Positive | None = None
    """How many samples the data have, where no file is given to look at."""
    windows: WindowsSpec | None = None
    """How long sequences are cut."""
    reset_states: Literal["epoch", "sequence", "never"] | None = None
    """When a stateful model forgets: at each epoch, before each sequence, or never."""
    callbacks: list[Thing] | None = None
    """Callbacks of fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSpec(Frame):
    """How one token is drawn from a distribution."""

    temperature: Annotated[float, Limits(gt=0, finite=True)] = 1.0
    """Below 1 the likely tokens become likelier, above 1 less so."""
    top_k: Positive | None = None
    """Draw among the k likeliest tokens only."""
    top_p: Annotated[float, Limits(gt=0, le=1)] | None = None
    """Draw among the fewest tokens that together have this probability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationSpec(Frame):
    """How the model goes on alone: what it gives is fed back to it, step by step."""

    feedback: Annotated[dict[str, str], Limits(min_length=1)]
    """The output that becomes the input of the next step."""
    steps: Positive | None = None
    """How many steps are generated where nothing else is asked for."""
    sample: Literal["greedy"] | SampleSpec | None = None
    """The output is a distribution: draw a token, or take the likeliest (greedy). Absent: it is fed back as it is."""
    start: Annotated[int, Limits(ge=0)] | None = None
    """The first token, where nothing is given."""
    stop: Annotated[int, Limits(ge=0)] | None = None
    """The token that ends a sequence."""
    window: Positive | None = None
    """The model sees the last steps only, this many, which slide."""


Inputs = Annotated[dict[str, TensorSpec], Limits(min_length=1)]
Outputs = str | Annotated[list[str], Limits(min_length=1)] | Annotated[dict[str, str], Limits(min_length=1)]
Layers = Annotated[list[Any], Limits(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec(Frame):
    """A nested `keras.Model`, named, with weights of its own."""

    inputs: Inputs
    """What the model takes, by name."""
    layers: Layers
    """Each item feeds the next one, unless it says `from`."""
    description: str | None = None
    """One sentence; it becomes the docstring of the model's function."""
    outputs: Outputs | None = None
    """A name, a list, or {output_name: layer}."""


Names = Annotated[list[str], Limits(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSpec(Frame):
    """Layers that are stamped where the block's name stands, each time with new weights."""

    layers: Layers
    """Each item feeds the next one, unless it says `from`; `input` is what the block is given."""
    description: str | None = None
    """One sentence; it becomes the function's docstring."""
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    """Named values, given where the block is stamped; one without a value must be."""
    inputs: str | Names | None = None
    """The names of what it takes, where that is more than `input`."""
    outputs: Outputs | None = None
    """The names of what it gives; the first is its value. Default: the last item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSpec(Frame):
    """A part of the model as a `keras.Model` of its own, on the same weights."""

    inputs: str | Names
    """What it takes: inputs of the model, or what its layers give."""
    outputs: Outputs
    """What it gives: a name, a list, or {output_name: layer}."""


Data = str | dict[str, DataSpec]
Policy = Literal["float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec(Frame):
    """A whole spec file."""

    archcompiler: Literal[1]
    """The language's version; also what makes a file a spec."""
    name: str | None = None
    """A Python identifier; default: the file's stem."""
    description: str | None = None
    """One sentence; it becomes the code's docstring."""
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    """Named values, used as ${name}."""
    include: str | Names | None = None
    """Other files, whose models, blocks and params are used here."""
    topology: Literal["one_to_one", "one_to_many", "many_to_one", "many_to_many"] | None = None
    """Asserted; it is always inferred and reported."""
    batch_size: Positive | None = None
    """Fixes the batch axis of every input."""
    dtype: Policy | None = None
    """The dtype, or mixed-precision policy, of every layer that does not say its own."""
    inputs: Inputs
    """What the model takes, by name."""
    models: dict[str, ModelSpec] = field(default_factory=dict[str, ModelSpec])
    """Nested models, named, with weights of their own."""
    blocks: dict[str, BlockSpec] = field(default_factory=dict[str, BlockSpec])
    """Layers to be stamped, by the name of the block."""
    custom_layers: dict[str, Any] = field(default_factory=dict[str, Any])
    """Layer classes of your own: what is imported, their arguments, and the shapes that they take and give."""
    custom_losses: dict[str, Any] = field(default_factory=dict[str, Any])
    """Losses of your own: what is imported, and their arguments."""
    layers: Layers
    """Each item feeds the next one, unless it says `from`."""
    outputs: Outputs | None = None
    """A name, a list, or {output_name: layer}."""
    exports: dict[str, ExportSpec] = field(default_factory=dict[str, ExportSpec])
    """Parts of the model to have beside it, on the same weights."""
    target: TargetSpec | None = None
    """The target of a model of one output."""
    targets: dict[str, TargetSpec] = field(default_factory=dict[str, TargetSpec])
    """What each output is trained towards, under the output's name."""
    data: Data | None = None
    """What there is to train on: the shape of each input and target, batch axis first, or the path of a file."""
    validation_data: Data | None = None
    """The same to validate on."""
    serving: dict[str, Positive | DataSpec] | None = None
    """What predict will be given, where that differs: `batch_size`, and shapes of inputs."""
    training: TrainingSpec | None = None
    """How the model is compiled and fitted."""
    generation: GenerationSpec | None = None
    """How the model goes on alone."""
