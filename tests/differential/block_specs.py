"""Random specs of the language's means of reuse: blocks in blocks and in models, repeats, branches, expressions."""

from __future__ import annotations

from random import Random
from typing import Any

import yaml

HEAD: dict[str, Any] = {
    "archcompiler": 1,
    "name": "drawn",
    "params": {"width": 6, "half": "${width // 2}", "rate": 0.1, "kinds": ["relu", "tanh", "elu"]},
    "inputs": {"x": ["steps", "width"]},
}
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
