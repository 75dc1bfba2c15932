"""Names of variables and functions: legal Python, each used once."""

from __future__ import annotations

import builtins
import keyword
import unicodedata
from collections.abc import Iterable

from archcompiler.graph.ir import Node
from archcompiler.layers.own import OWN_LAYERS

RESERVED = frozenset(
    {"keras", "layers", "np", "numpy", "argparse", "model", "data", "history", "main", "train", "generate"}
    | {"build_model", "compile_model", "inputs_and_targets", "ops", "functools", "Generator", "generator_of"}
    | {"sequences", "split", "scale_of", "scaled", "windows", "joined", "ResetStates", "CarriesStates", "carrying"}
    | {"recurrent_states", "training_callbacks", "save_model", "load_model", "where_counted", "plot", "json", "zipfile"}
    | set(OWN_LAYERS)
    | set(keyword.kwlist)
    | set(keyword.softkwlist)
    | set(dir(builtins))
)
"""Names that mean something in emitted code, or in Python."""

MODEL_ATTRIBUTES = frozenset(
    (
        "add_loss", "add_metric", "add_variable", "add_weight", "activity_regularizer", "autocast", "build",
        "build_from_config", "built", "call", "call_signature_parameters", "compile", "compile_from_config", "compiled",
        "compiled_loss", "compiled_metrics", "compute_dtype", "compute_loss", "compute_mask", "compute_metrics",
        "compute_output_shape", "compute_output_spec", "count_params", "distribute_reduction_method",
        "distribute_strategy", "dtype", "dtype_policy", "evaluate", "export", "fit", "from_config", "get_build_config",
        "get_compile_config", "get_config", "get_layer", "get_metrics_result", "get_quantization_layer_structure",
        "get_state_tree", "get_weights", "input", "input_dtype", "input_spec", "jit_compile", "layers",
        "load_own_variables", "load_weights", "loss", "losses", "make_predict_function", "make_test_function",
        "make_train_function", "metrics", "metrics_names", "metrics_variables", "name", "non_trainable_variables",
        "non_trainable_weights", "optimizer", "output", "path", "predict", "predict_function", "predict_on_batch",
        "predict_step", "quantization_mode", "quantize", "quantized_build", "quantized_call", "rematerialized_call",
        "reset_metrics", "run_eagerly", "save", "save_own_variables", "save_weights", "set_state_tree", "set_weights",
        "stateless_call", "stateless_compute_loss", "steps_per_execution", "stop_training", "summary", "supports_jit",
        "supports_masking", "symbolic_call", "test_function", "test_on_batch", "test_step", "to_json", "train_function",
        "train_on_batch", "train_step", "trainable", "trainable_variables", "trainable_weights",
        "unrolled_steps_per_execution", "variable_dtype", "variables", "weights", "begin", "step", "draw", "model",
    )
)  # fmt: skip
"""What a `keras.Model` with a step has already: no layer is kept under such a name."""


class Names:
    """Hands out names within one function. Python reads an identifier in Unicode's form NFKC: that is what counts."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {unicodedata.normalize("NFKC", name) for name in taken} | RESERVED

    def unique(self, wanted: str) -> str:
        """`wanted`, with `_` or a number behind it where it is taken."""
        stem = unicodedata.normalize("NFKC", wanted).replace(".", "_")
        name, count = stem, 1
        while name in self._taken:
            name = f"{stem}_" if count == 1 else f"{stem}_{count}"
            count += 1
        self._taken.add(name)
        return name


def first_variable(node: Node, name: str, count: int) -> str:
    """What the first of `count` results of the node `name` is to be called; a model's own name is the model's."""
    if node.kind != "model" or name != node.target:
        return name
    return f"{name}_{node.result_names[0]}" if count > 1 and node.result_names else f"{name}_output"
