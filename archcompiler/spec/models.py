"""The frame of a spec as pydantic models; what stands inside `layers` has open keys and is read by `items.py`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

LARGEST_SIZE = 2**31 - 1
"""What a backend can count to along an axis."""

ShapeEntry = int | str | None
Shape = list[ShapeEntry]
Thing = str | dict[str, Any]
"""A Keras object: its name, or `{Name: arguments}`."""

Positive = Annotated[int, Field(gt=0, le=LARGEST_SIZE)]
Number = Annotated[float, Field(allow_inf_nan=False)]


def _spell_out(value: object) -> object:
    """`x: [10, 5]` is short for `x: {shape: [10, 5]}`."""
    return {"shape": value} if isinstance(value, list) else value


def _classes(value: object) -> object:
    """JSON has no keys but strings, so that `"0"` is a class too."""
    if not isinstance(value, dict):
        return value
    entries = cast("dict[object, object]", value).items()
    return {int(key) if isinstance(key, str) and key.isdecimal() and len(key) < 9 else key: one for key, one in entries}


class Frame(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class TensorSpec(Frame):
    """One input, or a target supplied by the data: its shape without the batch axis, and its dtype."""

    shape: Shape = Field(description="Sizes without the batch axis: whole numbers, ${…}, null, or the name of an axis.")
    dtype: str | None = Field(
        default=None, description="Keras dtype of the numbers; float32 where nothing says otherwise."
    )


class TargetSpec(Frame):
    """What an output is trained towards: a shape supplied by the data, an input, or an input one step later."""

    shape: Shape | None = Field(default=None, description="Shape of the target, without the batch axis.")
    dtype: str | None = Field(default=None, description="dtype of the target that the data supplies.")
    same_as: str | None = Field(default=None, description="The input that is to be reproduced: fit(X, X).")
    next_step_of: str | None = Field(
        default=None, description="The input whose next step is predicted: X[:, :-1] is fed, X[:, 1:] is the target."
    )


class TrainingSpec(Frame):
    """How the model is compiled and fitted; names and defaults are those of `compile` and `fit`."""

    optimizer: Thing | None = Field(default=None, description="Optimizer; Keras's default is rmsprop.")
    loss: Thing | None = Field(default=None, description="A loss, or one for each output by name.")
    loss_weights: dict[str, Number] | None = Field(default=None, description="Weight of each output's loss.")
    metrics: Thing | list[Thing] | None = Field(default=None, description="Metrics, or a list for each output by name.")
    class_weight: Annotated[dict[int, Number], BeforeValidator(_classes)] | None = Field(
        default=None, description="Weight of each class in the loss."
    )
    batch_size: Positive | None = Field(default=None, description="Samples a step; the model's fixed batch, else 32.")
    epochs: Positive | None = Field(default=None, description="Passes over the data.")
    shuffle: bool | None = Field(default=None, description="Shuffle samples before each epoch; default true.")
    validation_split: Annotated[float, Field(ge=0, lt=1)] | None = Field(
        default=None, description="Last part of the data kept for validation, 0 to 1."
    )
    callbacks: list[Thing] | None = Field(default=None, description="Callbacks of fit.")


Inputs = dict[str, Annotated[TensorSpec, BeforeValidator(_spell_out)]]
Outputs = str | Annotated[list[str], Field(min_length=1)] | Annotated[dict[str, str], Field(min_length=1)]
Layers = Annotated[list[Any], Field(min_length=1, description="Each item feeds the next one, unless it says `from`.")]


class ModelSpec(Frame):
    """A nested `keras.Model`, named, with weights of its own."""

    inputs: Inputs = Field(min_length=1, description="What the model takes, by name.")
    layers: Layers
    outputs: Outputs | None = Field(default=None, description="A name, a list, or {output_name: layer}.")


class Spec(Frame):
    """A whole spec file."""

    archcompiler: Literal[1] = Field(description="The language's version; also what makes a file a spec.")
    name: str | None = Field(default=None, description="A Python identifier; default: the file's stem.")
    description: str | None = Field(default=None, description="One sentence; it becomes the code's docstring.")
    params: dict[str, Any] = Field(default={}, description="Named values, used as ${name}.")
    topology: Literal["one_to_one", "one_to_many", "many_to_one", "many_to_many"] | None = Field(
        default=None, description="Asserted; it is always inferred and reported."
    )
    batch_size: Positive | None = Field(default=None, description="Fixes the batch axis of every input.")
    inputs: Inputs = Field(min_length=1, description="What the model takes, by name.")
    models: dict[str, ModelSpec] = Field(default={}, description="Nested models, named, with weights of their own.")
    layers: Layers
    outputs: Outputs | None = Field(default=None, description="A name, a list, or {output_name: layer}.")
    target: TargetSpec | None = Field(default=None, description="The target of a model of one output.")
    targets: dict[str, Annotated[TargetSpec, BeforeValidator(_spell_out)]] = Field(
        default={}, description="What each output is trained towards, under the output's name."
    )
    training: TrainingSpec | None = Field(default=None, description="How the model is compiled and fitted.")


NOT_YET_BUILT = {
    (): ("include", "blocks", "custom_layers", "custom_losses", "exports", "data", "validation_data", "serving")
    + ("generation",),
    ("training",): ("windows", "reset_states", "samples"),
    ("inputs", "*"): ("classes", "range", "one_hot", "scale", "lengths", "batch_size"),
    ("targets", "*"): ("classes", "range", "one_hot", "lengths"),
    ("target",): ("classes", "range", "one_hot", "lengths"),
}
"""Keys of the language that this version does not build, by the place they stand in. They are refused, never ignored."""
