"""A plan carried out: the `keras.Model` itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, cast

import keras as typed_keras

from archcompiler.build.custom import Misbelieved, cannot_import, failed, importable, imported, verify
from archcompiler.build.own_layers import own_layer
from archcompiler.plan.model import (
    CUSTOM,
    OWN,
    CallStep,
    FreezeStep,
    Function,
    Imported,
    InputStep,
    LayerOf,
    LayerStep,
    Make,
    ModelPlan,
    Plan,
    Variable,
)

keras: Any = typed_keras
"""Keras says the types of few of its functions; none of them is asked for here."""


MODEL = "model"
"""What the model is called of which an export is a part."""


def model_of(plan: Plan, seed: int | None = None) -> typed_keras.Model:
    """The main model of `plan`, compiled where the plan says how.

    With a `seed`, weights are those of the emitted code after `keras.utils.set_random_seed(seed)`: both make the same
    objects in the same order.
    """
    if seed is not None:
        keras.utils.set_random_seed(seed)
    models: dict[str, Any] = {}
    folders = (".", os.path.dirname(plan.source) or ".")
    with importable(*(os.path.abspath(folder) for folder in folders)):
        return _models(plan, models)


def exports_of(plan: Plan, model: typed_keras.Model) -> dict[str, typed_keras.Model]:
    """The exports of the spec, on the weights of `model`, which was made of the same plan."""
    return {export.name: _model(export, {MODEL: model}) for export in plan.exports}


def _models(plan: Plan, models: dict[str, Any]) -> typed_keras.Model:
    for nested in plan.models[:-1]:
        models[nested.variable] = _model(nested, models)
    model: Any = _model(plan.main, models)
    training = plan.training
    if training is not None:
        keywords: dict[str, Any] = {}
        for name in ("optimizer", "loss", "loss_weights", "metrics"):
            value = getattr(training, name)
            if value is not None:
                keywords[name] = _value(value, models)
        model.compile(**keywords)
    return model


def _model(plan: ModelPlan, models: Mapping[str, Any]) -> typed_keras.Model:
    known: dict[str, Any] = {name: models[name] for name in plan.models}
    if MODEL in models:
        known[MODEL] = models[MODEL]
    for step in plan.steps:
        if isinstance(step, InputStep):
            known[step.variable] = keras.Input(
                step.type.shape[1:], batch_size=step.batch_size, dtype=step.type.dtype, name=step.name
            )
        elif isinstance(step, LayerStep):
            known[step.variable] = _value(step.make, known)
        elif isinstance(step, FreezeStep):
            known[step.variable].trainable = False
        else:
            _call(step, known)
    inputs: Any = [known[name] for name in plan.inputs]
    outputs: Any = [known[variable] for _, variable in plan.outputs]
    if plan.form == "dict":
        outputs = {name: known[variable] for name, variable in plan.outputs}
    return keras.Model(
        inputs if len(inputs) > 1 else inputs[0], outputs[0] if plan.form == "one" else outputs, name=plan.name
    )


def _call(step: CallStep, known: dict[str, Any]) -> None:
    try:
        callee = _value(step.callee, known)
        arguments = [_value(argument, known) for argument in step.arguments]
        keywords = {name: _value(value, known) for name, value in step.keywords}
        results = callee(arguments, **keywords) if step.as_list else callee(*arguments, **keywords)
    except (Misbelieved, ImportError):
        raise
    except Exception as error:
        if step.believed is None:
            raise
        raise failed(step.believed, error) from error
    # A dict is flattened in the order of its sorted keys.
    results = [results[key] for key in step.keys] if step.keys else keras.tree.flatten(results)
    if step.believed is not None:
        verify(step.believed, callee, results)
    for target, result in zip(step.targets, results, strict=True):
        if target is not None:
            known[target] = result


def _class(made: Make) -> Any:
    if made.module == OWN:
        return own_layer(made.class_name)
    if made.module == CUSTOM:
        return _imported(made.class_name, made.path, "custom_layers")
    home = keras
    for part in made.module.split("."):
        home = getattr(home, part)
    return getattr(home, made.class_name)


def _imported(name: str, path: str, section: str) -> Any:
    try:
        return imported(path)
    except Exception as error:  # whatever the user's module raises while it is imported
        raise cannot_import(name, path, (section, name), error) from error


def _value(value: object, known: Mapping[str, Any]) -> Any:
    """A value of the plan as Python has it, objects made."""
    if isinstance(value, Make):
        # In the order of the emitted code: making a layer draws its seed.
        positional = [_value(one, known) for one in value.positional]
        keywords = {name: _value(one, known) for name, one in value.keywords}
        return _class(value)(*positional, **keywords)
    if isinstance(value, Imported):
        return _imported(value.name, value.path, "custom_losses")
    if isinstance(value, LayerOf):
        return known[MODEL].get_layer(value.name)
    if isinstance(value, Function):
        return getattr(getattr(keras, value.module), value.name)
    if isinstance(value, Variable):
        return known[value.name]
    if isinstance(value, list):
        return [_value(one, known) for one in cast("list[object]", value)]
    if isinstance(value, dict):
        return {key: _value(one, known) for key, one in cast("dict[object, object]", value).items()}
    return value
