"""Keys of `training` that `compile` and `fit` of older Keras had, or that have their place elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.diagnostics import Change, Loc, Problem

RENAMED: Mapping[str, str] = {
    "nb_epoch": "epochs", "nb_epochs": "epochs", "num_epochs": "epochs", "validation_ratio": "validation_split",
}  # fmt: skip
REMOVED: Mapping[str, str] = {
    "show_accuracy": "write `metrics: [accuracy]`",
    "class_mode": "remove it: the loss says what kind of classes there are",
    "sample_weight_mode": "remove it: weights of the steps have the shape of the steps",
    "samples_per_epoch": "remove it: an epoch goes over all data",
    "steps_per_epoch": "remove it: an epoch goes over all data",
    "nb_val_samples": "remove it: validation goes over all data",
    "max_q_size": "remove it: the data are arrays in memory",
    "nb_worker": "remove it: the data are arrays in memory",
    "verbose": "remove it: how much is shown is said where it is run",
}
ELSEWHERE: Mapping[str, str] = {
    "validation_data": "what there is to validate on stands at the top of the spec: `validation_data: …`",
    "lr": "it belongs to the optimizer: `optimizer: {Adam: {learning_rate: 0.001}}`",
    "learning_rate": "it belongs to the optimizer: `optimizer: {Adam: {learning_rate: 0.001}}`",
}


NOTHING: Mapping[str, object] = {}


def outdated_key(key: str, loc: Loc, beside: Mapping[str, object] = NOTHING) -> Problem | None:
    """What is said of a key of `training` that is known to come from elsewhere; `beside` is what is there."""
    if key in RENAMED:
        change = (Change("replace_key", loc, RENAMED[key]),)
        return Problem("ARC114", f"`{key}` was renamed in Keras", loc, help=f"write `{RENAMED[key]}`", changes=change)
    change = (Change("remove_entry", loc),)
    if key == "show_accuracy" and "metrics" not in beside and "crossentropy" in str(beside.get("loss")):
        change = (Change("replace_key", loc, "metrics"), Change("replace_value", loc, ["accuracy"]))
    if key in REMOVED:
        message = f"a spec has no `{key}`, which `fit` or `compile` of Keras has or had"
        return Problem("ARC114", message, loc, help=REMOVED[key], changes=change, safe=False)
    if key in ELSEWHERE:
        message = f"`training` has no key `{key}`"
        return Problem("ARC101", message, loc, help=ELSEWHERE[key], changes=change, safe=False)
    return None
