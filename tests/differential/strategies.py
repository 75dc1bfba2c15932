"""Random specs: chains and small graphs over every layer that has a row, about half of them with a mistake.

A graph grows layer by layer. Each kind of layer has a function that draws arguments which suit a tensor and says which
shapes come out, roughly: it need not be right, since Keras is asked later. Once a mistake is in, growing stops.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

SEED = int(os.environ.get("ARCHCOMPILER_SEED", "0"))


def drawing(strategy: Any, count: int) -> Callable[[Callable[[Any], None]], Callable[[], None]]:
    """Makes of a function of one example a function that draws `count` of them, the same ones for the same SEED."""
    fixed = settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return lambda look: seed(SEED)(fixed(given(strategy)(look)))


Shape = tuple[int | None, ...]
Spec = dict[str, Any]
T = TypeVar("T")

SIZES = (1, 2, 3, 4, 6)
ACTIVATIONS = (
    "relu", "tanh", "sigmoid", "softmax", "gelu", "elu", "selu", "softplus", "linear", "exponential", "silu", "relu6",
    "hard_sigmoid", "mish", "log_softmax", "leaky_relu", "softsign", "swish", "hard_silu",
)  # fmt: skip
RECURRENT = ("LSTM", "GRU", "SimpleRNN")
SAME_SHAPE_MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")


class Draw:
    """Drawing evenly: Hypothesis favours small numbers, which would leave most kinds of layers and mistakes rare."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def of(self, values: Sequence[T]) -> T:
        return self.random.choice(values)

    def whole(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def chance(self, percent: int) -> bool:
        return self.whole(0, 99) < percent

    def size(self) -> int:
        return self.of(SIZES)

    def some(self, **choices: Sequence[Any]) -> dict[str, Any]:
        """Each argument, with one chance in five, with one of its values."""
        return {name: self.of(values) for name, values in choices.items() if self.chance(20)}


@dataclass
class Tensor:
    """A tensor that can be used: how it is written in `from`, and roughly what it is."""

    written: str
    shape: Shape
    dtype: str = "float32"

    @property
    def rank(self) -> int:
        return len(self.shape)


@dataclass
class Layer:
    """A layer drawn for a tensor: `class_name: arguments`, and the shapes that come out."""

    class_name: str
    arguments: Any
    shapes: list[Shape]
    dtype: str = "float32"

    @property
    def written(self) -> dict[str, Any]:
        return {self.class_name: self.arguments}


Maker = Callable[[Draw, Shape], "Layer | None"]


# --- Layers on one tensor. Each maker returns None where the shape does not suit it.


def _dense(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) < 2 or shape[-1] is None:
        return None
    units = d.size()
    out = [(*shape[:-1], units)]
    if d.chance(40):
        return Layer("Dense", units, out)
    arguments = {"units": units} | d.some(
        activation=ACTIVATIONS,
        use_bias=(False, True),
        kernel_initializer=("he_normal", "zeros", "orthogonal", {"Constant": 0.5}, {"RandomNormal": {"stddev": 0.1}}),
        kernel_regularizer=("l2", {"L2": 0.01}, {"L1L2": {"l1": 0.1, "l2": 0.2}}),
        bias_constraint=("non_neg", {"MaxNorm": 2.0}),
    )
    if d.chance(5):
        arguments["lora_rank"] = 2
    return Layer("Dense", arguments, out)


def _plain(name: str, **choices: Sequence[Any]) -> Maker:
    def make(d: Draw, shape: Shape) -> Layer:
        return Layer(name, d.some(**choices) or None, [shape])

    return make


def _rated(name: str, values: Sequence[float] = (0.0, 0.1, 0.5), **choices: Sequence[Any]) -> Maker:
    def make(d: Draw, shape: Shape) -> Layer | None:
        if name == "SpatialDropout1D" and len(shape) != 3:
            return None
        first = {"GaussianNoise": "stddev", "Activation": "activation"}.get(name, "rate")
        value = d.of(values)
        return Layer(name, value if d.chance(50) else {first: value} | d.some(**choices), [shape])

    return make


def _prelu(d: Draw, shape: Shape) -> Layer | None:
    open_axes = [axis for axis in range(1, len(shape)) if shape[axis] is None]
    shared = sorted({*open_axes, *(axis for axis in range(1, len(shape)) if d.chance(30))})
    return Layer("PReLU", {"shared_axes": shared} if shared or d.chance(20) else None, [shape])


def _softmax(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) < 2:
        return None
    axis = d.whole(-len(shape), len(shape) - 1)
    axes: Any = [axis, -1] if d.chance(10) and axis not in (-1, len(shape) - 1) else axis
    return Layer("Softmax", d.of((None, axes, {"axis": axes})), [shape])


def _embedding(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) > 3:
        return None
    width = d.size()
    arguments = {"input_dim": d.whole(3, 9), "output_dim": width} | d.some(mask_zero=(True, True, False))
    if d.chance(5):
        arguments["lora_rank"] = 1
    return Layer("Embedding", arguments, [(*shape, width)])


def _masking(d: Draw, shape: Shape) -> Layer | None:
    return Layer("Masking", d.of((None, 0.0, {"mask_value": -1.0})), [shape]) if len(shape) > 2 else None


def _recurrent_flags(d: Draw, shape: Shape) -> dict[str, Any]:
    flags = d.some(go_backwards=(True,), return_state=(True,), zero_output_for_mask=(True, False))
    if d.chance(60):
        flags["return_sequences"] = True
    if d.chance(8) and shape[1] is not None:
        flags["unroll"] = True
    if d.chance(25) and shape[0] is not None:
        flags["stateful"] = True
    return flags


def _states(shape: Shape, flags: dict[str, Any], states: list[int], units: int) -> list[Shape]:
    first = (*shape[:2], units) if flags.get("return_sequences") else (shape[0], units)
    return [first, *((shape[0], width) for width in states if flags.get("return_state"))]


def _recurrent(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) != 3 or shape[2] is None:
        return None
    name, units = d.of(RECURRENT), d.size()
    states = [units] * (2 if name == "LSTM" else 1)
    if d.chance(15):
        return Layer(name, units, _states(shape, {}, states, units))
    flags = _recurrent_flags(d, shape)
    arguments = {"units": units} | flags | d.some(use_bias=(False,), dropout=(0.1,), activation=("relu", "tanh"))
    if name == "GRU":
        arguments |= d.some(reset_after=(False, True))
    if name == "LSTM":
        arguments |= d.some(unit_forget_bias=(False,), recurrent_initializer=("glorot_uniform",))
    return Layer(name, arguments, _states(shape, flags, states, units))


def _cell(d: Draw) -> tuple[dict[str, Any], list[int]]:
    name, units = d.of(RECURRENT), d.size()
    extra = d.some(use_bias=(False,)) | (d.some(reset_after=(False,)) if name == "GRU" else {})
    written = {f"{name}Cell": {"units": units, **extra} if extra else units}
    return written, [units] * (2 if name == "LSTM" else 1)


def _rnn(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) != 3 or shape[2] is None:
        return None
    drawn = [_cell(d) for _ in range(d.of((1, 1, 2, 3)))]
    cells: Any = [cell for cell, _ in drawn]
    form = d.whole(0, 2)
    written = cells[0] if len(cells) == 1 and form else {"StackedRNNCells": {"cells": cells}} if form == 1 else cells
    flags = _recurrent_flags(d, shape)
    flags.pop("stateful", None)
    states = [width for _, widths in drawn for width in widths]
    return Layer("RNN", {"cell": written, **flags}, _states(shape, flags, states, drawn[-1][1][0]))


def _bidirectional(d: Draw, shape: Shape) -> Layer | None:
    inner = _recurrent(d, shape) if d.chance(80) else _rnn(d, shape)
    if inner is None:
        return None
    mode = d.of(("concat", "concat", "sum", "ave", "mul", None))
    outputs = inner.shapes
    first = outputs[0]
    width = first[-1] or 0
    if d.chance(30):
        return Layer("Bidirectional", inner.written, [(*first[:-1], 2 * width), *outputs[1:], *outputs[1:]])
    arguments: dict[str, Any] = {"layer": inner.written, "merge_mode": mode}
    if d.chance(20) and isinstance(inner.arguments, dict):
        forwards = inner.arguments.get("go_backwards", False)
        arguments["backward_layer"] = {inner.class_name: {**inner.arguments, "go_backwards": not forwards}}
    merged = [first, first] if mode is None else [(*first[:-1], 2 * width)] if mode == "concat" else [first]
    return Layer("Bidirectional", arguments, [*merged, *outputs[1:], *outputs[1:]])


def _time_distributed(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) < 3:
        return None
    step = (shape[0], *shape[2:])
    name = d.of([name for name in STEP_LAYERS if name != "_recurrent" or len(step) == 3])
    inner = STEP_LAYERS[name](d, step)
    if inner is None or len(inner.shapes) > 1:
        return None
    wrapped: Any = inner.written if inner.arguments is not None or d.chance(50) else inner.class_name
    out = [(inner.shapes[0][0], shape[1], *inner.shapes[0][1:])]
    return Layer("TimeDistributed", wrapped if d.chance(70) else {"layer": wrapped}, out)


def _repeat_vector(d: Draw, shape: Shape) -> Layer | None:
    n = d.size()
    return Layer("RepeatVector", d.of((n, {"n": n})), [(shape[0], n, shape[1])]) if len(shape) == 2 else None


def _count(shape: Shape) -> int | None:
    count = 1
    for dim in shape[1:]:
        if dim is None:
            return None
        count *= dim
    return count


def _flatten(d: Draw, shape: Shape) -> Layer:
    arguments = d.of((None, None, None, {"data_format": "channels_first"}))
    return Layer("Flatten", arguments, [(shape[0], _count(shape))])


def _reshape(d: Draw, shape: Shape) -> Layer | None:
    count = _count(shape)
    if count is None:
        target = [-1, *(d.of((1, 2, 3)) for _ in range(d.whole(0, 2)))]
        return Layer("Reshape", target, [(shape[0], *(None if one == -1 else one for one in target))])
    target = []
    rest = count
    for _ in range(d.whole(0, 3)):
        factor = d.of([one for one in range(1, rest + 1) if rest % one == 0][:6])
        target.append(factor)
        rest //= factor
    target.append(rest)
    out = tuple(target)
    if d.chance(30):
        target[d.whole(0, len(target) - 1)] = -1
    return Layer("Reshape", d.of((target, {"target_shape": target})), [(shape[0], *out)])


def _permute(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) < 2:
        return None
    order = d.random.sample(range(1, len(shape)), len(shape) - 1)
    return Layer("Permute", d.of((order, {"dims": order})), [(shape[0], *(shape[axis] for axis in order))])


def _window(size: int | None, window: int, stride: int, padding: str) -> int | None:
    if size is None:
        return None
    return (size - window) // stride + 1 if padding == "valid" else -(-size // stride)


def _conv1d(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) != 3 or shape[2] is None:
        return None
    kernel = d.of([one for one in (1, 2, 3) if shape[1] is None or one <= shape[1]])
    groups = d.of([one for one in (1, 1, 2, 3) if shape[2] % one == 0])
    filters = groups * d.of((1, 2))
    arguments: dict[str, Any] = {"filters": filters, "kernel_size": d.of((kernel, [kernel]))}
    if groups > 1:
        arguments["groups"] = groups
    stride, padding = 1, d.of(("valid", "same", "causal"))
    if d.chance(30):
        stride = arguments["strides"] = d.of((1, 2, 3))
    elif d.chance(30) and (padding != "valid" or shape[1] is None or 2 * (kernel - 1) + 1 <= shape[1]):
        arguments["dilation_rate"] = 2
    if padding != "valid" or d.chance(30):
        arguments["padding"] = padding
    window = arguments.get("dilation_rate", 1) * (kernel - 1) + 1
    arguments |= d.some(use_bias=(False,), activation=("relu",))
    return Layer("Conv1D", arguments, [(shape[0], _window(shape[1], window, stride, padding), filters)])


def _pooling(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) != 3:
        return None
    name, pool = d.of(("MaxPooling1D", "AveragePooling1D")), d.of((1, 2, 3))
    padding = "valid" if shape[1] is not None and pool <= shape[1] and d.chance(60) else "same"
    arguments: dict[str, Any] = {"pool_size": pool, "padding": padding}
    stride = pool
    if d.chance(30):
        stride = arguments["strides"] = d.of((1, 2))
    return Layer(name, arguments, [(shape[0], _window(shape[1], pool, stride, padding), shape[2])])


def _global_pooling(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) != 3:
        return None
    name = d.of(("GlobalMaxPooling1D", "GlobalAveragePooling1D"))
    arguments = d.some(keepdims=(True, False), data_format=("channels_first", "channels_last"))
    channels = shape[1] if arguments.get("data_format") == "channels_first" else shape[2]
    out = (shape[0], channels)
    if arguments.get("keepdims"):
        out = (
            (shape[0], channels, 1) if channels is shape[1] and "data_format" in arguments else (shape[0], 1, channels)
        )
    return Layer(name, arguments or None, [out])


def _batch_normalization(d: Draw, shape: Shape) -> Layer | None:
    axes = [axis for axis in range(1, len(shape)) if shape[axis] is not None]
    if not axes:
        return None
    axis = d.of(axes)
    arguments = d.some(center=(False,), scale=(False,), momentum=(0.9,), renorm=(True,))
    if axis != len(shape) - 1 or d.chance(20):
        arguments["axis"] = d.of((axis, axis - len(shape)))
    return Layer("BatchNormalization", arguments or None, [shape])


def _layer_normalization(d: Draw, shape: Shape) -> Layer | None:
    axes = [axis for axis in range(1, len(shape)) if shape[axis] is not None]
    if not axes:
        return None
    axis = d.of(axes)
    arguments = d.some(center=(False,), scale=(False,), epsilon=(1e-5,))
    if len(axes) > 1 and d.chance(20):
        arguments["axis"] = sorted({axis, axes[0]})
    elif axis != len(shape) - 1 or d.chance(20):
        arguments["axis"] = d.of((axis, axis - len(shape)))
    return Layer("LayerNormalization", arguments or None, [shape])


MAKERS: dict[str, Maker] = {
    "Dense": _dense,
    "Activation": _rated("Activation", ACTIVATIONS),  # type: ignore[arg-type]
    "Identity": _plain("Identity"),
    "ActivityRegularization": _plain("ActivityRegularization", l1=(0.1,), l2=(0.2,)),
    "Embedding": _embedding,
    "Masking": _masking,
    "ReLU": _plain("ReLU", max_value=(6.0,), negative_slope=(0.1,), threshold=(0.5,)),
    "LeakyReLU": _plain("LeakyReLU", negative_slope=(0.1, 0.2)),
    "ELU": _plain("ELU", alpha=(0.5,)),
    "PReLU": _prelu,
    "Softmax": _softmax,
    "Dropout": _rated("Dropout", seed=(1,)),
    "AlphaDropout": _rated("AlphaDropout", seed=(1,)),
    "GaussianDropout": _rated("GaussianDropout", seed=(1,)),
    "GaussianNoise": _rated("GaussianNoise", seed=(1,)),
    "SpatialDropout1D": _rated("SpatialDropout1D", seed=(1,)),
    "LSTM": _recurrent,
    "RNN": _rnn,
    "Bidirectional": _bidirectional,
    "TimeDistributed": _time_distributed,
    "RepeatVector": _repeat_vector,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "Conv1D": _conv1d,
    "Pooling1D": _pooling,
    "GlobalPooling1D": _global_pooling,
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
}
"""A maker for every row that takes one tensor; `LSTM`, `Pooling1D` and `GlobalPooling1D` draw which of their kind."""

STEP_LAYERS: dict[str, Maker] = {
    name: MAKERS[name]
    for name in (
        *("Dense", "Activation", "Dropout", "LSTM", "Flatten", "Reshape", "Conv1D", "GlobalPooling1D", "ReLU"),
        *("LayerNormalization", "RepeatVector", "Permute", "BatchNormalization", "Bidirectional", "Pooling1D"),
        "Embedding",
    )
}
FAVOURED = ("Dense", "LSTM", "LSTM", "Bidirectional", "TimeDistributed", "Conv1D", "Embedding", "Masking", "RNN")
DTYPES = ("float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16", "float32")


# --- Graphs.


@dataclass
class Growing:
    """A model while it grows."""

    d: Draw
    batch: int | None
    inputs: dict[str, Any] = field(default_factory=dict)
    layers: list[Any] = field(default_factory=list)
    tensors: list[Tensor] = field(default_factory=list)
    unused: dict[str, None] = field(default_factory=dict)
    made: list[tuple[str, str, Shape, list[Shape]]] = field(default_factory=list)
    previous: str | None = None

    def input(self, name: str, rank: int, dtype: str, dynamic: bool) -> None:
        shape = [self.d.size() if not dynamic or self.d.chance(60) else None for _ in range(rank - 1)]
        words = [("steps" if self.d.chance(60) else None) if size is None else size for size in shape]
        self.inputs[name] = {"shape": words} | ({} if dtype == "float32" else {"dtype": dtype})
        self.tensors.append(Tensor(name, (self.batch, *shape), dtype))

    def add(self, thing: dict[str, Any], sources: list[Tensor], shapes: list[Shape]) -> None:
        """One item, fed by `sources`, that gives `shapes`."""
        d = self.d
        name = f"n{len(self.layers)}"
        written = [source.written for source in sources]
        item: dict[str, Any] = dict(thing)
        if written != [self.previous] or d.chance(20):
            item["from"] = written[0] if len(written) == 1 and d.chance(80) else written
        item["name"] = name
        results = [name]
        if len(shapes) > 1:
            names = [f"r{index}" for index in range(len(shapes))]
            if d.chance(60):
                item["outputs"] = names[: d.whole(1, len(names))]
            given = item.get("outputs", [])
            results += [f"{name}.{given[i] if i < len(given) else i}" for i in range(1, len(shapes))]
        if d.chance(4) and next(iter(thing))[0].isupper():
            item["trainable"] = False
        self.layers.append(item)
        for source in sources:
            self.unused.pop(source.written.partition(".")[0], None)
        self.unused[name] = None
        self.previous = name
        self.tensors += [Tensor(written, shape) for written, shape in zip(results, shapes, strict=True)]

    def pick(self) -> Tensor:
        """A tensor to go on from: mostly the newest, else any."""
        d = self.d
        if d.chance(75) and self.previous is not None:
            newest = [one for one in self.tensors if one.written.partition(".")[0] == self.previous]
            if newest:
                return newest[0] if d.chance(80) else d.of(newest)
        fresh = [one for one in self.tensors if one.written.partition(".")[0] in (*self.inputs, *self.unused)]
        return d.of(fresh or self.tensors)

    def grow(self, models: dict[str, Any]) -> None:
        """One valid step, as far as this module knows."""
        d = self.d
        way = d.whole(0, 99)
        if way < 15 and self._merge():
            return
        if way < 22 and self._again():
            return
        if way < 30 and self._model(models):
            return
        source = self.pick()
        for _ in range(8):
            layer = MAKERS[d.of(FAVOURED if d.chance(45) else tuple(MAKERS))](d, source.shape)
            if layer is not None and all(one is None or one < 200 for shape in layer.shapes for one in shape):
                break
        else:
            layer = Layer("Identity", None, [source.shape])
        if d.chance(5) and layer.class_name not in ("TimeDistributed", "Bidirectional", "RNN"):
            layer = _with_dtype(layer, d.of(DTYPES))
        self.add(layer.written, [source], layer.shapes)
        if len(layer.shapes) == 1:
            self.made.append((f"n{len(self.layers) - 1}", layer.class_name, source.shape, layer.shapes))

    def _merge(self) -> bool:
        d = self.d
        first = self.pick()
        others = [one for one in self.tensors if one.shape == first.shape and one is not first]
        if d.chance(50) and others and first.rank > 1:
            name = d.of((*SAME_SHAPE_MERGES, "Concatenate", "Concatenate"))
            joined = [first, d.of(others)]
            if name != "Subtract" and d.chance(20):
                joined.append(d.of(others))
            if name == "Concatenate":
                axis = d.whole(1, first.rank - 1)
                return self._concatenate(joined, axis)
            self.add({name: None}, joined, [first.shape])
            return True
        same_rank = [
            (one, axis)
            for one in self.tensors
            for axis in range(1, first.rank)
            if one is not first
            and one.rank == first.rank
            and all(a == b for i, (a, b) in enumerate(zip(one.shape, first.shape, strict=True)) if i != axis)
        ]
        if same_rank and d.chance(60):
            one, axis = d.of(same_rank)
            return self._concatenate([first, one], axis)
        broadcastable = [one for one in self.tensors if one is not first and _broadcast(first.shape, one.shape)]
        if broadcastable and d.chance(50):
            one = d.of(broadcastable)
            shape = _broadcast(first.shape, one.shape)
            assert shape is not None
            self.add({d.of(SAME_SHAPE_MERGES): None}, [first, one], [shape])
            return True
        pairs = [
            (one, a, b)
            for one in self.tensors
            for a in range(1, first.rank)
            for b in range(1, one.rank)
            if 2 <= first.rank <= 3 and 2 <= one.rank <= 3 and first.shape[a] == one.shape[b]
        ]
        if not pairs:
            return False
        one, a, b = d.of(pairs)
        kept = [size for i, size in enumerate(first.shape) if i != a]
        kept += [size for i, size in enumerate(one.shape) if i not in (0, b)]
        axes: Any = a if a == b and d.chance(50) else [a, b]
        shape = (*kept, 1) if len(kept) == 1 else tuple(kept)
        arguments = axes if not d.chance(20) else {"axes": axes, "normalize": True}
        self.add({"Dot": arguments}, [first, one], [shape])
        return True

    def _concatenate(self, joined: list[Tensor], axis: int) -> bool:
        sizes = [one.shape[axis] for one in joined]
        total = None if None in sizes else sum(size or 0 for size in sizes)
        shape = joined[0].shape
        arguments = {"axis": self.d.of((axis, axis - len(shape)))}
        if axis == len(shape) - 1 and self.d.chance(60):
            arguments = None
        self.add({"Concatenate": arguments}, joined, [(*shape[:axis], total, *shape[axis + 1 :])])
        return True

    def _again(self) -> bool:
        fitting = [(made, one) for made in self.made for one in self.tensors if one.shape == made[2]]
        if not fitting:
            return False
        (name, _, _, shapes), source = self.d.of(fitting)
        self.add({name: None}, [source], shapes)
        return True

    def _model(self, models: dict[str, Any]) -> bool:
        fitting = []
        for name, model in models.items():
            wanted = [(self.batch, *one) for one in model["shapes"]]
            found = [[one for one in self.tensors if one.shape == shape] for shape in wanted]
            if all(found):
                fitting.append((name, found, model))
        if fitting and self.d.chance(60):
            name, found, model = self.d.of(fitting)
            self.add({name: None}, [self.d.of(one) for one in found], [(self.batch, *one) for one in model["gives"]])
            return True
        steps = [
            (name, one, model)
            for name, model in models.items()
            for one in self.tensors
            if len(model["shapes"]) == len(model["gives"]) == 1
            and one.rank > 2
            and (one.shape[0], *one.shape[2:]) == (self.batch, *model["shapes"][0])
        ]
        if not steps:
            return False
        name, one, model = self.d.of(steps)
        wrapped = {"TimeDistributed": self.d.of((name, {"layer": name}))}
        self.add(wrapped, [one], [(self.batch, one.shape[1], *model["gives"][0])])
        return True

    def finish(self) -> Spec:
        """The spec, whose outputs are what nothing takes."""
        left = list(self.unused)
        spec: Spec = {"inputs": self.inputs, "layers": self.layers}
        if left != [self.previous] or self.d.chance(20):
            spec["outputs"] = left if len(left) > 1 or self.d.chance(50) else left[0]
        return spec


def _with_dtype(layer: Layer, dtype: str) -> Layer:
    if layer.arguments is None:
        return Layer(layer.class_name, {"dtype": dtype}, layer.shapes)
    if isinstance(layer.arguments, dict):
        return Layer(layer.class_name, {**layer.arguments, "dtype": dtype}, layer.shapes)
    return layer


def _broadcast(left: Shape, right: Shape) -> Shape | None:
    if len(left) != len(right):
        return None
    joined = [left[0]]
    for one, other in zip(left[1:], right[1:], strict=True):
        if one != other and 1 not in (one, other):
            return None
        joined.append(other if one == 1 else one)
    return tuple(joined)


# --- Mistakes.


def _misfit(g: Growing, models: dict[str, Any]) -> None:
    """A layer drawn for another shape."""
    d = g.d
    source = g.pick()
    pretended = (g.batch, *(d.size() for _ in range(d.whole(1, 3))))
    for _ in range(8):
        layer = MAKERS[d.of(tuple(MAKERS))](d, pretended)
        if layer is not None:
            g.add(layer.written, [source], layer.shapes)
            return


def _mismatched_merge(g: Growing, models: dict[str, Any]) -> None:
    d = g.d
    joined = [d.of(g.tensors) for _ in range(d.of((1, 2, 2, 2, 3)))]
    name = d.of((*SAME_SHAPE_MERGES, "Concatenate", "Concatenate", "Dot", "Dot"))
    arguments: Any = None
    if name == "Concatenate":
        arguments = d.of((None, {"axis": d.whole(-4, 4)}))
    elif name == "Dot":
        arguments = {"axes": d.of((d.whole(-3, 3), [d.whole(-3, 3), d.whole(-3, 3)]))}
    g.add({name: arguments}, joined, [joined[0].shape])


WRONG_ARGUMENTS: tuple[tuple[str, tuple[dict[str, Any], ...]], ...] = (
    ("Softmax", ({"axis": 4}, {"axis": -5}, {"axis": [0, 7]})),
    ("BatchNormalization", ({"axis": 3}, {"axis": -4}, {"axis": 0})),
    ("LayerNormalization", ({"axis": 3}, {"axis": [-1, -5]}, {"axis": 0}, {"axis": [1, -1]})),
    ("Reshape", ({"target_shape": [5]}, {"target_shape": [7, -1]}, {"target_shape": []}, {"target_shape": [2, 3]})),
    ("Permute", ({"dims": [2, 1]}, {"dims": [1]}, {"dims": [3, 1, 2]}, {"dims": [0, 1]}, {"dims": [1, 3]})),
    ("RepeatVector", ({"n": 3}, {"n": 0})),
    ("Conv1D", ({"filters": 4, "kernel_size": 50}, {"filters": 3, "kernel_size": 2, "groups": 2})),
    ("Conv1D", ({"filters": 4, "kernel_size": 2, "strides": 2, "dilation_rate": 2},)),
    ("Conv1D", ({"filters": 4, "kernel_size": 2, "groups": 4}, {"filters": 4, "kernel_size": [2, 2]})),
    ("Conv1D", ({"filters": 4, "kernel_size": 3, "dilation_rate": 4}, {"filters": 0, "kernel_size": 3})),
    ("Conv1D", ({"filters": 4, "kernel_size": 1, "padding": "full"}, {"filters": 2, "kernel_size": 1, "strides": 0})),
    ("MaxPooling1D", ({"pool_size": 50}, {"pool_size": 7, "strides": 1}, {"padding": "causal"}, {"pool_size": 0})),
    ("AveragePooling1D", ({"pool_size": 9}, {"pool_size": [2, 2]}, {})),
    ("Dense", ({"units": 0}, {"units": -3}, {"activation": "relu"}, {"units": 3, "activation": "rely"})),
    ("Dense", ({"units": 3, "kernel_initializer": "glorot"}, {"units": 3, "unit": 3})),
    ("Dense", ({"units": 3, "bias_initializer": "identity"}, {"units": 3, "bias_initializer": "orthogonal"})),
    ("Dense", ({"units": 3, "kernel_initializer": "identity"},)),
    ("Dropout", ({"rate": 1.5}, {"rate": -0.1}, {"rate": 0.5, "noise_shape": [1, 0]})),
    ("GaussianNoise", ({"stddev": 1.5}, {"stddev": -1})),
    ("Embedding", ({"input_dim": 5}, {"input_dim": 0, "output_dim": 3}, {"output_dim": 3})),
    ("LSTM", ({"units": 0}, {"units": 3, "stateful": True}, {"units": 3, "unroll": True}, {"units": 3, "unknown": 1})),
    ("GRU", ({"return_sequences": True}, {"units": 3, "merge_mode": "sum"}, {"units": 3, "activation": "tan"})),
    (
        "Bidirectional",
        ({"layer": {"Dense": 3}}, {"layer": {"LSTM": 3}, "merge_mode": "add"}, {"layer": {"LSTMCell": 3}}),
    ),
    ("Bidirectional", ({"layer": {"LSTM": 3}, "backward_layer": {"LSTM": 3}},)),
    ("Bidirectional", ({"layer": {"LSTM": 3}, "backward_layer": {"GRU": {"units": 4, "go_backwards": True}}},)),
    (
        "Bidirectional",
        (
            {
                "layer": {"LSTM": 3},
                "backward_layer": {"LSTM": {"units": 4, "go_backwards": True}},
                "merge_mode": "sum",
            },
            {"layer": {"LSTM": 3}, "backward_layer": {"GRU": {"units": 4, "go_backwards": True, "return_state": True}}},
        ),
    ),
    ("RNN", ({"cell": {"LSTM": 3}}, {"cell": [{"LSTMCell": 3}, {"Dense": 3}]}, {"cell": {"GRUCell": 0}})),
    ("LSTMCell", ({"units": 3},)),
    ("GRUCell", ({"units": 3},)),
    ("SimpleRNNCell", ({"units": 3},)),
    ("StackedRNNCells", ({"cells": [{"LSTMCell": 3}]},)),
    ("PReLU", ({}, {"shared_axes": [4]}, {"shared_axes": 1})),
    ("TimeDistributed", ({"layer": {"LSTM": 3}}, {"layer": {"RepeatVector": 3}}, {"layer": {"Conv1D": [3, 3]}})),
    ("TimeDistributed", ({"layer": {"LSTM": {"units": 3, "return_state": True}}}, {"layer": {"Permute": [2, 1]}})),
    ("Activation", ({"activation": "softmaxx"}, {})),
    ("ReLU", ({"max_value": -1.0}, {"negative_slope": -0.1}, {"threshold": -1.0})),
    ("LeakyReLU", ({"negative_slope": -1.0},)),
    ("GlobalMaxPooling1D", ({"pool_size": 2}, {"data_format": "last"})),
)


def _wrong_arguments(g: Growing, models: dict[str, Any]) -> None:
    name, wrong = g.d.of(WRONG_ARGUMENTS)
    g.add({name: g.d.of(wrong) or None}, [g.pick()], [(None,)])


def _misfit_again(g: Growing, models: dict[str, Any]) -> None:
    names = [one[0] for one in g.made] + list(models)
    if names:
        g.add({g.d.of(names): None}, [g.d.of(g.tensors) for _ in range(g.d.of((1, 1, 1, 2)))], [(None,)])
    else:
        _misfit(g, models)


def _no_such_result(g: Growing, models: dict[str, Any]) -> None:
    source = g.pick()
    g.add(
        {"Identity": None}, [Tensor(f"{source.written.partition('.')[0]}.{g.d.whole(1, 4)}", source.shape)], [(None,)]
    )


def _too_many_inputs(g: Growing, models: dict[str, Any]) -> None:
    things = ({"Dense": 3}, {"Flatten": None}, {"Conv1D": [2, 1]}, {"Embedding": {"input_dim": 4, "output_dim": 2}})
    g.add(dict(g.d.of(things)), [g.d.of(g.tensors), g.d.of(g.tensors)], [(None,)])


MISTAKES = (_misfit, _misfit, _mismatched_merge, _mismatched_merge, _wrong_arguments, _wrong_arguments, _misfit_again)
MISTAKES = (*MISTAKES, _no_such_result, _too_many_inputs)


def specs() -> st.SearchStrategy[Spec]:
    """Whole specs of 1 to 10 layers, two thirds of which try to hold a mistake; about half of them do."""
    return st.randoms(use_true_random=True).map(random_spec)


def random_spec(random: Random) -> Spec:
    d = Draw(random)
    batch = d.of((None, None, None, 2, 3))
    wrong = d.chance(65)
    models: dict[str, Any] = {}
    for index in range(d.of((0, 0, 0, 1, 2))):
        models[f"m{index}"] = _nested(d, batch, models)
    main = _model(d, batch, models, d.whole(1, 10), wrong)
    spec: Spec = {"archcompiler": 1, "name": "random", **main}
    if batch is not None:
        spec["batch_size"] = batch
    called = _called(spec["layers"])
    needed = {name for name, model in models.items() if name in called} | {
        inner for name, model in models.items() if name in called for inner in _called(model["spec"]["layers"])
    }
    if needed:
        spec["models"] = {name: model["spec"] for name, model in models.items() if name in needed}
    return spec


def _model(d: Draw, batch: int | None, models: dict[str, Any], length: int, wrong: bool) -> Spec:
    g = Growing(d, batch)
    dynamic = d.chance(40)
    for index in range(d.of((1, 1, 1, 2, 3))):
        codes = d.chance(20)
        g.input(
            f"x{index}",
            d.of((2, 2, 3) if codes else (1, 2, 2, 3, 3, 3, 3, 4)),
            "int32" if codes else "float32",
            dynamic,
        )
    if len(g.inputs) == 1:
        g.previous = next(iter(g.inputs))
    for _ in range(length - 1 if wrong else length):
        g.grow(models)
    if wrong:
        d.of(MISTAKES)(g, models)
    if not g.layers:
        g.add({"Identity": None}, [g.tensors[0]], [g.tensors[0].shape])
    return g.finish()


def _nested(d: Draw, batch: int | None, models: dict[str, Any]) -> dict[str, Any]:
    """A small model, with the shapes it takes and gives, less the batch axis."""
    g = Growing(d, batch)
    for index in range(d.of((1, 1, 2))):
        g.input(f"y{index}", d.of((2, 3, 3)), "float32", d.chance(20))
    if len(g.inputs) == 1:
        g.previous = next(iter(g.inputs))
    taken = [one.shape[1:] for one in g.tensors]
    for _ in range(d.whole(1, 3)):
        g.grow(models)
    spec = g.finish()
    wanted = spec.get("outputs", g.previous)
    by_name = {one.written: one.shape[1:] for one in g.tensors}
    gives = [by_name[name] for name in (wanted if isinstance(wanted, list) else [wanted])]
    return {"spec": spec, "shapes": taken, "gives": gives}


def _called(layers: list[Any]) -> set[str]:
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, str) and value[0] == "m":
            found.add(value)
        elif isinstance(value, list):
            for one in value:
                walk(one)
        elif isinstance(value, dict):
            for key, one in value.items():
                walk(key)
                walk(one)

    walk(layers)
    return found
