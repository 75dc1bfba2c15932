"""Public architectures as specs: each checks clean, and is built and emitted with the weights that were told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archcompiler
from tests.programs import program_of

FOLDER = Path(__file__).parent / "architectures"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_architecture(path: Path) -> None:
    report = archcompiler.check(path)
    assert report.diagnostics == (), str(report)
    graph = report.graph
    assert graph is not None
    built: Any = archcompiler.build(path)
    assert built.count_params() == graph.param_count
    for typed in graph.nodes.values():
        if typed.node.kind == "layer" and typed.class_name[:4] != "ops.":
            layer = built.get_layer(typed.name)
            assert layer.count_params() == typed.params, typed.name
            given = layer.output if len(typed.outputs) > 1 else [layer.output]
            assert [one.shape for one in given] == [one.shape for one in typed.outputs], typed.name
    emitted: Any = program_of(path.read_text()).build_model()
    assert [one.shape for one in emitted.weights] == [one.shape for one in built.weights]
