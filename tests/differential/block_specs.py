"""Random specs of the language's means of reuse: blocks in blocks and in models, repeats, branches, expressions."""

from __future__ import annotations

from random import Random
from typing import Any

import yaml

HEAD: dict[str, Any] = {
    "archcompiler": 1,
    "name": "drawn",
    "params": {
        "width": 6, "half": "${width // 2}", "rate": 0.1, "kinds": ["relu", "tanh", "elu"],
        "drop": 0.0, "none": 0, "layers": 2, "gain": 1.5,
    },
    "inputs": {"x": ["steps", "width"]},
}  # fmt: skip
Item = dict[str, Any]


CONDITIONS = ("${rate > 0.05}", "${width > half}", "${rate > 1}")
"""For `when`; the last one leaves its item out everywhere."""


def drawn(random: Random) -> str:
    """A spec with blocks in blocks, repeats, branches and expressions; most are sound."""
    inner, outer = _layers(random, inside=True), _layers(random, inside=True)
    outer.insert(random.randrange(len(outer)), {"small": {"extra": "${2 * scale}"}, "name": "within"})
    inner.append({"Dense": {"units": "${input[-1]}", "use_bias": "${extra > 3}"}})
    spec: dict[str, Any] = {
        **HEAD,
        "blocks": {
            "small": {"params": {"extra": random.choice((1, 4))}, "layers": inner},
            "large": {"params": {"scale": None}, "layers": outer},
        },
    }
    layers = [
        *_layers(random),
        {
            "large": random.choice((3, {"scale": "${half}"})),
            "name": "unit",
            "repeat": random.choice((1, 2, {"scale": [1, 2]})),
        },
        *_layers(random),
        {"small": {}, **random.choice(({}, {"repeat": 2}))},
        {"Add": None, "from": random.choice((["previous", "unit"], ["unit_*"], ["previous", "x"]))},
    ]
    if random.random() < 0.5:
        layers += _gated(random, spec["blocks"])
    if random.random() < 0.5:
        layers += _nested(random, spec)
    for further in random.sample(FURTHER, 3):
        layers += further(random, spec["blocks"])
    return yaml.safe_dump({**spec, "layers": layers}, sort_keys=False)


def _item(random: Random, inside: bool) -> Item:
    size = "${input[-1]}" if inside else random.choice(("${width}", "${previous[-1]}"))
    kinds: list[Item] = [
        {"Dense": {"units": size, "activation": "${kinds[1]}"}},
        {"Dropout": "${rate}"},
        {"LayerNormalization": None},
        {"LSTM": {"units": size, "return_sequences": True}},
        {"Dense": size},
        {"ops.multiply": None, "from": ["previous", 0.5]},
        {"Conv1D": {"filters": size, "kernel_size": 3, "padding": "same"}},
        {"TimeDistributed": {"Dense": size}},
        {"Bidirectional": {"GRU": {"units": "${half}", "return_sequences": True}}},
        {"MultiHeadAttention": {"num_heads": 2, "key_dim": 3}, "from": {"query": "previous", "value": "previous"}},
    ]
    one = random.choice(kinds)
    key = next(iter(one))
    chance = random.random()
    if chance < 0.2 and not key.startswith("ops.") and key not in ("TimeDistributed", "Bidirectional"):
        one["repeat"] = random.choice((2, 3, "${half}"))
    elif chance < 0.3:
        one["when"] = random.choice(CONDITIONS)
        one["name"] = f"maybe_{random.randrange(10**6)}"
    elif chance < 0.5:
        one["name"] = f"named_{random.randrange(10**6)}"
    return one


def _layers(random: Random, inside: bool = False) -> list[Any]:
    found: list[Any] = [_item(random, inside) for _ in range(random.randint(1, 4))]
    if inside and random.random() < 0.5:
        found.append({"Add": None, "from": ["previous", "input"]})
    return found


def _gated(random: Random, blocks: Item) -> list[Any]:
    """A block of two inputs and two outputs, whose second outputs are collected."""
    blocks["gated"] = {
        "inputs": ["signal", "condition"],
        "outputs": ["sum", "skip"],
        "params": {"kernel": 2, "filters": "${width}"},
        "layers": [
            {
                "Conv1D": {"filters": "${filters}", "kernel_size": "${kernel}", "padding": "causal"},
                "name": "filter",
                "from": "signal",
            },
            {"Dense": {"units": "${filters}", "activation": "sigmoid"}, "name": "gate", "from": "condition"},
            {"Multiply": None, "from": ["filter", "gate"], "name": "skip"},
            {"Dense": "${width}"},
            {"Add": None, "from": ["previous", "signal"], "name": "sum"},
        ],
    }
    repeat = random.choice((2, 3, {"kernel": [1, 2, 3]}))
    stamp: Item = {"gated": {"kernel": "${kernel}" if isinstance(repeat, dict) else "${index + 1}"}}
    if random.random() < 0.5:
        stamp["gated"]["filters"] = "${half + 1}"
    return [
        {"Dense": "${width}", "name": "signals"},
        {**stamp, "name": "gates", "repeat": repeat, "from": ["signals", "x"]},
        {"Concatenate": None, "from": ["gates_*.skip"], "name": "skips"},
        {"Concatenate": None, "from": ["gates", "skips"]},
    ]


def _nested(random: Random, spec: Item) -> list[Any]:
    """A nested model with a block and a repeat in it, called twice."""
    spec["models"] = {
        "tower": {
            "inputs": {"values": ["steps", "width"]},
            "layers": [
                {"small": {"extra": random.choice((1, "${half}"))}, "repeat": random.choice((1, 2))},
                *_layers(random),
                {"Dense": "${width}"},
            ],
        }
    }
    return [
        {"Dense": "${width}", "name": "given"},
        {"tower": None, "name": "first", "from": "given"},
        {"tower": None, "name": "second", "from": "x", **random.choice(({}, {"trainable": False}))},
        {"Average": None, "from": ["first", "second"]},
    ]


def _left_out(random: Random, blocks: Item) -> list[Any]:
    """Items that the params leave out, and an automatic name that they would have shifted."""
    first: list[Any] = [
        {"Dropout": "${drop}", "when": "${drop > 0}"},
        {"Dense": "${width}", "repeat": "${none}"},
        {"BatchNormalization": None, "when": False},
    ]
    return [*random.sample(first, 2), {"Dense": "${width}"}, {"Dropout": 0.5}]


def _shifted(random: Random, blocks: Item) -> list[Any]:
    """Automatic names that hang on what stands before them in each stamp."""
    blocks["projected"] = {
        "params": {"wide": 0, "deep": "${wide + 1}", "kept": True},
        "layers": [
            {"Dense": {"units": "${input[-1] * wide}", "use_bias": False}, "when": "${wide > 0}"},
            {"LayerNormalization": None, "when": "${wide > 0}"},
            {"Dense": "${width}", "repeat": "${deep}"},
            {"LayerNormalization": None},
            {"Dense": {"units": "${width}", "kernel_initializer": {"Orthogonal": {"gain": "${gain}"}}}},
            {"Add": None, "from": ["previous", "input"], "when": "${kept and input[-1] == width}"},
        ],
    }
    return [
        {"Dense": "${width + 1}"},
        {"projected": {"wide": random.choice((0, 2)), "deep": 1}},
        {"projected": {"wide": 2}, "trainable": random.choice((True, False))},
        {"projected": {"wide": "${index}", "kept": "${index == 1}"}, "repeat": 2},
    ]


def _alternatives(random: Random, blocks: Item) -> list[Any]:
    """A shortcut that is projected or not, in two branches; a block of several inputs; a layer called again."""
    blocks["shortcut"] = {
        "inputs": ["p", "q"],
        "params": {"units": "${width}"},
        "layers": [
            {"Dense": "${units}", "name": "main", "from": "p"},
            {"Dense": "${units}", "from": "q", "name": "side", "when": "${input[-1] != units}"},
            {"Add": None, "from": ["main", "main"], "when": "${input[-1] != units}"},
            {"Add": None, "from": ["main", "p"], "when": "${input[-1] == units}"},
            {"Dense": {"units": "${units}", "kernel_regularizer": {"L2": "${rate}"}}, "name": "shared"},
            {"shared": None, "from": "main"},
            {"Add": None, "from": ["previous", "side", "shared"]},
        ],
    }
    first: Item = {"shortcut": None, "from": ["previous", "x"], "name": "cut"}
    return [
        {"Dense": "${width}"},
        first,
        {"shortcut": {"units": "${width + layers}"}, "from": {"q": "cut", "p": random.choice(("x", "cut"))}},
    ]


def _skipping(random: Random, blocks: Item) -> list[Any]:
    """What goes on from one copy to the next is made by a layer, of which the last copy has none."""
    blocks["skipping"] = {
        "outputs": ["on", "skip"],
        "params": {"rate": 1},
        "layers": [
            {
                "Conv1D": {"filters": 4, "kernel_size": 2, "padding": "causal", "dilation_rate": "${rate}"},
                "name": "skip",
            },
            {"Dense": "${input[-1]}"},
            {"Add": None, "from": ["previous", "input"], "name": "on"},
        ],
    }
    blocks["stacked"] = {
        "outputs": ["on", "total"],
        "layers": [
            {"skipping": {"rate": "${2 ** index}"}, "name": "unit", "repeat": "${layers}"},
            {"Add": None, "from": ["unit_*.skip"], "name": "total"},
            {"ReLU": None, "from": "unit", "name": "on"},
        ],
    }
    name = random.choice(("skipping", "stacked"))
    result = "skip" if name == "skipping" else "total"
    return [
        {name: None, "name": "wave", "repeat": random.choice((1, 2, 3, "${layers}"))},
        {"Concatenate": None, "from": [f"wave_*.{result}", "x"]},
    ]


def _numbered(random: Random, blocks: Item) -> list[Any]:
    """Copies with names of their own, some left out, and numbers among operands."""
    return [
        {"Dense": "${width}", "name": "tap_${index}", "repeat": 3},
        {"Add": None, "from": ["tap_0", "tap_2"]},
        {"ops.multiply": None, "from": ["previous", "${half ** -0.5}"]},
        {"Dense": "${width}", "name": "some", "repeat": 3, "when": random.choice(("${index != 1}", "${layers > 1}"))},
        {"ops.tile": [1, 1, "${layers}"]},
    ]


FURTHER = (_left_out, _shifted, _alternatives, _skipping, _numbered)
