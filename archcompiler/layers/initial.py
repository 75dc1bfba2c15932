"""How weights are made: what their dtype and their initializers can be."""

from __future__ import annotations

from typing import cast

from archcompiler.diagnostics import Problem
from archcompiler.layers.catalog import catalog
from archcompiler.layers.things import Thing
from archcompiler.tensors import FLOAT_DTYPES

RANDOM_WEIGHTS = (
    "kernel_initializer", "recurrent_initializer", "depthwise_initializer", "pointwise_initializer",
    "embeddings_initializer",
)  # fmt: skip
NOT_DRAWN = ("Zeros", "Ones", "Constant", "Identity")
VECTORS = {
    "bias_initializer": "use_bias", "beta_initializer": "center", "gamma_initializer": "scale",
    "moving_mean_initializer": None, "moving_variance_initializer": None,
}  # fmt: skip
"""Initializers of weights that have one axis, and the argument that can do without these weights."""


def weights_fault(layer: str, thing: Thing) -> Problem | None:
    """What is wrong with how the layer's weights are to be made: their dtype, or an initializer for another rank."""
    return dtype_fault(layer, thing) or vectors_fault(layer, thing) or _kernel_fault(layer, thing)


KERNELS_OF_MORE_AXES = ("Conv", "Depthwise", "Separable", "MultiHead", "GroupQuery")
KERNELS = ("kernel_initializer", "recurrent_initializer", "depthwise_initializer", "pointwise_initializer")


def _kernel_fault(layer: str, thing: Thing) -> Problem | None:
    """`identity` makes a matrix, and the kernels of convolutions and of attention have more axes."""
    name = next((one for one in KERNELS if one in thing.given), None)
    if name is None or not thing.class_name.startswith(KERNELS_OF_MORE_AXES):
        return None
    if initializer_class(thing, name) != "Identity":
        return None
    return Problem(
        "ARC113",
        f"`{name}` of {thing.class_name} is Identity, which makes a matrix, but the kernel has more than two axes",
        thing.place(name),
        on_key=False,
        layer=layer,
        help="use `orthogonal` or `glorot_uniform`",
    )


def dtype_fault(layer: str, thing: Thing) -> Problem | None:
    """Weights are drawn as floating numbers; orthogonal ones in full precision, as no backend has the other."""
    dtype = thing.given.get("dtype")
    if dtype is None or dtype in ("float32", "float64", "mixed_float16", "mixed_bfloat16"):
        return None
    problem = None
    if dtype == "string":
        problem = f"{thing.class_name} computes with numbers, and a string is none"
    for name in RANDOM_WEIGHTS:
        if name not in thing.entry.arguments or initializer_class(thing, name) in NOT_DRAWN:
            continue
        if dtype not in FLOAT_DTYPES:
            problem = f"the weights of {thing.class_name} are floating numbers, but its `dtype` is {dtype}"
        elif dtype == "bfloat16" and initializer_class(thing, name) == "Orthogonal":
            problem = f"`{name}` of {thing.class_name} is orthogonal, which no backend can make in bfloat16"
    if problem is None:
        return None
    help = "`mixed_bfloat16` computes in bfloat16 with weights in float32" if dtype == "bfloat16" else "use float32"
    return Problem("ARC113", problem, thing.place("dtype"), on_key=False, layer=layer, help=help)


def vectors_fault(layer: str, thing: Thing) -> Problem | None:
    """`identity` and `orthogonal` make matrices, which biases, gains and offsets are not."""
    for name, switch in VECTORS.items():
        made = initializer_class(thing, name) if name in thing.given else None
        if (
            made not in ("Identity", "Orthogonal")
            or thing.class_name == "EinsumDense"
            or (switch in thing.entry.arguments and not thing[switch or ""])
        ):
            continue
        axes = cast("list[object]", thing["axis"]) if isinstance(thing["axis"], list) else [0]
        matrix = _is_gru(thing) or len(axes) == 2
        if thing.class_name == "MultiHeadAttention" and isinstance(thing["output_shape"], list):
            matrix = len(cast("list[int]", thing["output_shape"])) == 2
            axes = cast("list[object]", thing["output_shape"])
        if not matrix and (made == "Identity" or len(axes) < 2):
            return Problem(
                "ARC113",
                f"`{name}` of {thing.class_name} is {made}, which makes a matrix, but these weights have one axis",
                thing.place(name),
                on_key=False,
                layer=layer,
                help="use `zeros`, `ones` or `random_normal`",
            )
    return None


def _is_gru(thing: Thing) -> bool:
    """A GRU with `reset_after` has its biases in two rows."""
    return thing.class_name in ("GRU", "GRUCell") and bool(thing["reset_after"])


def initializer_class(thing: Thing, argument: str) -> str | None:
    """The class of the initializer given or by default."""
    value = thing[argument]
    if isinstance(value, Thing):
        return value.class_name
    return catalog().sections["initializers"].strings.get(value) if isinstance(value, str) else None
