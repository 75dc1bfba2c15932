"""Specs of any size, as text."""

from __future__ import annotations


def chain(layers: int) -> str:
    """A chain of Dense layers."""
    lines = ["archcompiler: 1", "inputs: {x: [16]}", "layers:"]
    for index in range(layers):
        lines += [f"  - Dense: {{units: 16, activation: relu}}\n    name: layer_{index}"]
    return "\n".join(lines) + "\n"


def branched(layers: int) -> str:
    """Two branches that meet, over and over: three layers a time, in block style, with names and references."""
    lines = ["archcompiler: 1", "inputs:", "  x:", "    shape: [16]", "layers:"]
    previous = "x"
    for index in range(0, layers - 2, 3):
        lines += [
            "  - Dense:",
            "      units: 16",
            "      activation: relu",
            f"    name: left_{index}",
            f"    from: {previous}",
            "  - Dense: 16",
            f"    name: right_{index}",
            f"    from: {previous}",
            "  - Add:",
            f"    name: sum_{index}",
            f"    from: [left_{index}, right_{index}]",
        ]
        previous = f"sum_{index}"
    return "\n".join(lines) + "\n"


def stamped(blocks: int, copies: int) -> str:
    """As many blocks of two layers, each stamped so often in a row."""
    lines = ["archcompiler: 1", "inputs: {x: [16]}", "blocks:"]
    for index in range(blocks):
        lines += [
            f"  block_{index}:",
            "    params: {units: 16}",
            "    layers:",
            '      - Dense: {units: "${units}", activation: relu}',
            "      - Add:",
            "        from: [previous, input]",
        ]
    lines += ["layers:", *(f"  - block_{index}: {{units: 16}}\n    repeat: {copies}" for index in range(blocks))]
    return "\n".join(lines) + "\n"


def written_out(blocks: int, copies: int) -> str:
    """The same graph as `stamped`, layer by layer."""
    lines = ["archcompiler: 1", "inputs: {x: [16]}", "layers:"]
    previous = "x"
    for index in range(blocks * copies):
        lines += [
            f"  - Dense: {{units: 16, activation: relu}}\n    name: dense_{index}",
            f"  - Add:\n    from: [previous, {previous}]\n    name: add_{index}",
        ]
        previous = f"add_{index}"
    return "\n".join(lines) + "\n"
