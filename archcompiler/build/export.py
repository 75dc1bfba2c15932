"""Models and steps of generators in forms that servers take: SavedModel and ONNX.

A step is exported with its states in the open: they go in and come out, so that a server can hold those of thousands of
sequences. Layers that are `stateful` keep theirs to themselves, and no export carries them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

import keras as typed_keras

from archcompiler.build.program import program_of
from archcompiler.build.weights import taken_from
from archcompiler.plan.model import Plan
from archcompiler.plan.stepping import GenerationPlan
from archcompiler.tensors import TensorType

keras: Any = typed_keras

FORMATS = {"saved_model": "tf_saved_model", "onnx": "onnx"}
NEW = "new_"
"""Before the name of a state as it is after the step."""


class Step(typed_keras.Model):
    """One step of a generator: {input, states} → {output, `new_` states}, each state under a name of its own."""

    def __init__(self, generator: Any, plan: GenerationPlan) -> None:
        cast("Any", super()).__init__()
        self.generator = generator
        self.fed = tuple(one.input for one in plan.fed)
        self.outputs_by_name = tuple(dict.fromkeys(one.output for one in plan.fed))
        self.along = tuple(name for name, _, _ in plan.along)
        states = generator.begin(1)
        self.names = state_names(states)
        self.template = states

    def build(self, input_shape: Any = None) -> None:
        """All layers are those of a model that is built."""

    def call(self, inputs: Any) -> Any:
        states = keras.tree.pack_sequence_as(self.template, [inputs[name] for name in self.names])
        given = [inputs[name] for name in (*self.fed, *self.along)]
        *outputs, states = self.generator.step(*given, states)
        found = dict(zip(self.outputs_by_name, outputs, strict=True))
        after = zip(self.names, keras.tree.flatten(states), strict=True)
        return found | {f"{NEW}{name}": state for name, state in after}


def state_names(states: dict[str, Any]) -> list[str]:
    """A name for each tensor of the states: `lstm_0`, `lstm_1`, in the order in which Keras flattens them."""
    names = {key: [f"{key}_{at}" for at in range(len(keras.tree.flatten(value)))] for key, value in states.items()}
    return [name for key in sorted(names) for name in names[key]]


def export(
    source: str, plan: Plan, path: Path, form: str, *, step: bool, weights: str | None, seed: int | None
) -> list[str]:
    """Write the model of an emitted program, or one step of its generator; returns the names of the step's states,
    which all begin as zeros. `path` appears whole or not at all.

    Raises:
        ImportError: what writes the format is not installed.
        WeightsError: `weights` is no trained model of this spec.
        OSError: `path` cannot be written.
    """
    program: Any = program_of(source, plan.name)
    if seed is not None:
        keras.utils.set_random_seed(seed)
    model = program.build_model()
    if weights is not None:
        with taken_from(weights):
            model.set_weights(keras.saving.load_model(weights).get_weights())
    with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".archcompiler-") as folder:
        made = Path(folder, path.name)
        names: list[str] = []
        if step and plan.generation is not None:
            exported: Any = Step(program.Generator(model), plan.generation)
            names = exported.names
            signature = _signature(exported, plan.generation)
            exported({name: keras.ops.zeros((1, *one.shape[1:]), dtype=one.dtype) for name, one in signature.items()})
            exported.export(made, format=FORMATS[form], input_signature=[signature], verbose=False)
        else:
            # Keras exports what was called once.
            given = [keras.ops.zeros([size or 1 for size in one.shape], dtype=one.dtype) for one in model.inputs]
            model(given if len(given) > 1 else given[0])
            model.export(made, format=FORMATS[form], verbose=False)
        made.replace(path)
    return names


def _signature(step: Any, plan: GenerationPlan) -> dict[str, Any]:
    signature = {one.input: _spec(one.input, one.input_type) for one in plan.fed}
    signature |= {name: _spec(name, typed) for name, _, typed in plan.along}
    for name, state in zip(step.names, keras.tree.flatten(step.template), strict=True):
        signature[name] = keras.InputSpec(shape=(None, *state.shape[1:]), dtype=state.dtype, name=name)
    return signature


def _spec(name: str, typed: TensorType) -> Any:
    shape = (None, 1, *typed.shape[2:])
    return keras.InputSpec(shape=shape, dtype=typed.dtype, name=name)
