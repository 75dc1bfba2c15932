"""Random graphs over sequences of a fixed length, whose layers mix steps, look back, look ahead, or keep steps apart.

Only what lets changes through is drawn: no dead units, no softmax over an axis of size 1. All specs are sound.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.differential.strategies import RECURRENT, Draw, Growing, Layer, Shape, Spec, Tensor

STEPS = 7
WIDTHS = (3, 4, STEPS)
"""Widths of features; one is the number of steps, so that axes may be mistaken for each other."""
MOST = 400
"""How many numbers a sample of a tensor has at most."""
CODES = 50
SMOOTH = ("tanh", "sigmoid", "elu", "softplus", "linear", "gelu")


def sequence_specs() -> st.SearchStrategy[Spec]:
    return st.randoms(use_true_random=True).map(random_sequence_spec)


def random_sequence_spec(random: Random) -> Spec:
    d = Draw(random)
    models = {f"m{index}": _nested(d) for index in range(d.of((0, 0, 1, 1)))}
    grower = _Growing(d)
    for index in range(d.of((1, 1, 2))):
        grower.sequence(f"x{index}", d.chance(25))
    for _ in range(d.whole(2, 8)):
        grower.step(models)
    called = {key for item in grower.layers for key in item} | {
        str(item.get("TimeDistributed")) for item in grower.layers
    }
    spec: Spec = {"archcompiler": 1, "name": "random", **grower.finish()}
    needed = {name: model["spec"] for name, model in models.items() if name in called}
    return _one_extreme(spec | ({"models": needed} if needed else {}), d.of(("Maximum", "Minimum")))


def _one_extreme(spec: Spec, name: str) -> Spec:
    """Of Maximum and Minimum a graph has one: max(min(a, b), b) is b, and a would not be seen. Beside a pooling that
    takes the largest it is Maximum, as the least of that and of what is pooled is what is pooled."""
    text = json.dumps(spec)
    name = "Maximum" if "MaxPooling1D" in text else name
    return json.loads(text.replace('"Maximum"', f'"{name}"').replace('"Minimum"', f'"{name}"'))


def _nested(d: Draw) -> dict[str, Any]:
    """A model of one or two layers on a sequence."""
    grower = _Growing(d)
    grower.inputs["y0"] = {"shape": [STEPS, d.of(WIDTHS)]}
    grower.start("y0", (None, *grower.inputs["y0"]["shape"]))
    given = grower.tensors[0].shape[1:]
    for _ in range(d.whole(1, 2)):
        grower.step({})
    spec = grower.finish()
    wanted = spec.get("outputs", grower.previous)
    gives = [grower.shapes[name][1:] for name in (wanted if isinstance(wanted, list) else [wanted])]
    return {"spec": spec, "shapes": [given], "gives": gives}


class _Growing(Growing):
    def __init__(self, d: Draw) -> None:
        super().__init__(d, None)
        self.shapes: dict[str, Shape] = {}
        """Of each node's first result."""

    def start(self, name: str, shape: Shape, dtype: str = "float32") -> None:
        self.tensors.append(Tensor(name, shape, dtype))
        self.previous = name if len(self.inputs) == 1 else None

    def sequence(self, name: str, codes: bool) -> None:
        shape = [STEPS] if codes else [STEPS, self.d.of(WIDTHS)]
        self.inputs[name] = {"shape": shape} | ({"dtype": "int32"} if codes else {})
        self.start(name, (None, *shape), "int32" if codes else "float32")

    def add(self, thing: dict[str, Any], sources: list[Tensor], shapes: list[Shape]) -> None:
        """What may be constant is not drawn: a difference of what is the same, a normalized product of it, and a
        softmax of one entry."""
        thing = {"Add" if name == "Subtract" else name: value for name, value in thing.items()}
        if isinstance(thing.get("Dot"), dict):
            thing["Dot"] = {"axes": thing["Dot"]["axes"]}
        if "PReLU" in thing:
            # Slopes show below zero only.
            self.add({"Dense": shapes[0][-1]}, sources, shapes)
            sources = [self.tensors.pop()]
        if "GlobalAveragePooling1D" in thing:
            # The mean of a softmax over the steps is one number, whatever the steps are.
            self.add({"Dense": {"units": shapes[0][-1], "activation": "tanh"}}, sources, [sources[0].shape])
            sources = [self.tensors.pop()]
        super().add(thing, sources, shapes)
        self.shapes[f"n{len(self.layers) - 1}"] = shapes[0]
        self.tensors = [one for one in self.tensors if 1 not in one.shape]
        if "RepeatVector" in thing:
            # Equal steps are made unlike before anything runs along them.
            repeated = self.tensors.pop()
            width = self.d.of(WIDTHS)
            self.add({"LSTM": {"units": width, "return_sequences": True}}, [repeated], [(None, STEPS, width)])

    def step(self, models: dict[str, Any]) -> None:
        """One layer more on some tensor, or on several."""
        d = self.d
        way = d.whole(0, 99)
        codes = [one for one in self.tensors if one.dtype == "int32"]
        self.tensors = [one for one in self.tensors if one.dtype != "int32"]
        several = bool(self.tensors) and (
            (way < 22 and self._merge()) or (way < 29 and self._again()) or (way < 38 and self._model(models))
        )
        self.tensors = codes + self.tensors
        if several:
            return
        source = self.pick()
        if source.dtype == "int32":
            width = d.of(WIDTHS)
            arguments = {"input_dim": CODES, "output_dim": width, "mask_zero": d.chance(50)}
            self.add({"Embedding": arguments}, [source], [(*source.shape, width)])
            return
        for _ in range(20):
            layer = d.of(MAKERS)(d, source.shape)
            if layer is not None and all(1 not in shape and _count(shape) <= MOST for shape in layer.shapes):
                self.add(layer.written, [source], layer.shapes)
                if len(layer.shapes) == 1 and layer.class_name != "PReLU":
                    self.made.append((f"n{len(self.layers) - 1}", layer.class_name, source.shape, layer.shapes))
                return
        self.add({"Dropout": 0.5}, [source], [source.shape])


def _count(shape: Shape) -> int:
    count = 1
    for size in shape[1:]:
        count *= size or 1
    return count


def _dense(d: Draw, shape: Shape) -> Layer:
    units = d.of(WIDTHS)
    activation = d.of((*SMOOTH, "softmax", {"Softmax": {"axis": d.whole(1, len(shape) - 1)}}))
    return Layer("Dense", {"units": units, "activation": activation}, [(*shape[:-1], units)])


def _activation(d: Draw, shape: Shape) -> Layer:
    return Layer("Activation", d.of((*SMOOTH, "softmax", "log_softmax")), [shape])


def _along(name: str) -> Any:
    """A layer that runs along an axis of its choice, the last by default."""

    def make(d: Draw, shape: Shape) -> Layer:
        axis = d.of((None, *range(1, len(shape))))
        return Layer(name, None if axis is None else {"axis": d.of((axis, axis - len(shape)))}, [shape])

    return make


def _prelu(d: Draw, shape: Shape) -> Layer | None:
    """Behind what has numbers below zero; see `_Growing.add`."""
    if len(shape) < 3:
        return None
    shared = [axis for axis in range(1, len(shape)) if d.chance(50)]
    return Layer("PReLU", {"shared_axes": shared} if shared else None, [shape])


def _plain(name: str) -> Any:
    return lambda d, shape: Layer(name, None, [shape])


def _masking(d: Draw, shape: Shape) -> Layer | None:
    return Layer("Masking", None, [shape]) if len(shape) > 2 else None


def _flags(d: Draw) -> dict[str, Any]:
    flags = d.some(go_backwards=(True,), return_state=(True,))
    return flags | ({"return_sequences": True} if d.chance(65) else {})


def _states(shape: Shape, flags: dict[str, Any], widths: list[int]) -> list[Shape]:
    first = (*shape[:2], widths[-1]) if "return_sequences" in flags else (None, widths[-1])
    return [first, *((None, width) for width in widths if "return_state" in flags)]


def _recurrent(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) != 3:
        return None
    name, units, flags = d.of(RECURRENT), d.of(WIDTHS), _flags(d)
    return Layer(name, {"units": units, **flags}, _states(shape, flags, [units] * (2 if name == "LSTM" else 1)))


def _rnn(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) != 3:
        return None
    flags, units = _flags(d), [d.of(WIDTHS), d.of(WIDTHS)]
    cells = [{"GRUCell": units[0]}, {"SimpleRNNCell": units[1]}]
    return Layer("RNN", {"cell": cells, **flags}, _states(shape, flags, units))


def _bidirectional(d: Draw, shape: Shape) -> Layer | None:
    inner = _recurrent(d, shape)
    if inner is None:
        return None
    backwards = inner.arguments.pop("go_backwards", False)
    mode = d.of(("concat", "sum", None, None))
    arguments: dict[str, Any] = {"layer": {inner.class_name: dict(inner.arguments)}, "merge_mode": mode}
    if backwards or d.chance(30):
        arguments["layer"][inner.class_name]["go_backwards"] = backwards
        arguments["backward_layer"] = {inner.class_name: {**inner.arguments, "go_backwards": not backwards}}
    first, *states = inner.shapes
    merged = [first, first] if mode is None else [(*first[:-1], (first[-1] or 0) * (2 if mode == "concat" else 1))]
    return Layer("Bidirectional", arguments, [*merged, *states, *states])


def _convolution(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) != 3 or (shape[1] or 0) < 5:
        return None
    kernel, dilation, stride = d.of((1, 2, 3)), d.of((1, 1, 2)), d.of((1, 1, 1, 2))
    arguments: dict[str, Any] = {"filters": d.of(WIDTHS), "kernel_size": d.of((kernel, [kernel]))}
    if d.chance(80):
        arguments["padding"] = d.of(("same", "causal", "causal"))
    if stride > 1:
        arguments["strides"] = stride
    elif dilation > 1:
        arguments["dilation_rate"] = dilation
    window = (kernel - 1) * (dilation if stride == 1 else 1) + 1
    steps = shape[1] or 0
    out = -(-steps // stride) if "padding" in arguments else (steps - window) // stride + 1
    return Layer("Conv1D", arguments, [(None, out, arguments["filters"])])


def _pooling(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) != 3 or (shape[1] or 0) < 5:
        return None
    pool, stride = d.of((1, 2, 3)), d.of((1, 2))
    arguments = {"pool_size": pool, "strides": stride, "padding": "same"}
    name = d.of(("MaxPooling1D", "AveragePooling1D"))
    return Layer(name, arguments, [(None, -(-(shape[1] or 0) // stride), shape[2])])


def _global_pooling(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) != 3:
        return None
    first = d.chance(50)
    arguments = {"data_format": "channels_first"} if first else None
    # Keras cannot use a mask along another axis, which the average would.
    name = "GlobalMaxPooling1D" if first else d.of(("GlobalAveragePooling1D", "GlobalMaxPooling1D"))
    return Layer(name, arguments, [(None, shape[1] if first else shape[2])])


def _flatten(d: Draw, shape: Shape) -> Layer:
    return Layer("Flatten", None, [(None, _count(shape))])


def _reshape(d: Draw, shape: Shape) -> Layer | None:
    rest = _count((None, *shape[2:]))
    splits = [one for one in range(2, rest) if rest % one == 0]
    kept = [[shape[1], one, rest // one] for one in splits] + [[-1, one, rest // one] for one in splits]
    moved = [[_count(shape)], [rest, shape[1]]] if rest > 1 else []
    target = d.of([*kept, *moved]) if kept or moved else None
    if target is None or d.chance(40):
        return None
    sizes = tuple(shape[1] if one == -1 else one for one in target)
    return Layer("Reshape", {"target_shape": target}, [(None, *sizes)])


def _permute(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) < 3:
        return None
    order = d.random.sample(range(1, len(shape)), len(shape) - 1)
    return Layer("Permute", {"dims": order}, [(None, *(shape[axis] for axis in order))])


def _repeat(d: Draw, shape: Shape) -> Layer | None:
    return Layer("RepeatVector", STEPS, [(None, STEPS, shape[1])]) if len(shape) == 2 else None


def _time_distributed(d: Draw, shape: Shape) -> Layer | None:
    if len(shape) < 3:
        return None
    inner = d.of((_dense, _flatten, _activation, _recurrent))(d, (None, *shape[2:]))
    if inner is None or len(inner.shapes) > 1:
        return None
    return Layer("TimeDistributed", {"layer": inner.written}, [(None, shape[1], *inner.shapes[0][1:])])


MAKERS: tuple[Any, ...] = (
    *(_dense, _dense, _activation, _prelu, _plain("LeakyReLU"), _plain("ActivityRegularization"), _masking),
    *(_along("Softmax"), _along("BatchNormalization"), _along("LayerNormalization")),
    *(_recurrent, _recurrent, _recurrent, _rnn, _bidirectional, _bidirectional, _convolution, _convolution),
    *(_pooling, _global_pooling, _flatten, _reshape, _reshape, _permute, _repeat, _time_distributed),
)
