"""`resolve`: what comes out is a spec, means the same, and is resolved already."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import yaml

import archcompiler
from tests.differential.block_specs import drawn
from tests.differential.strategies import SEED, random_spec

ROOT = Path(__file__).parent.parent
FILES = sorted([*(ROOT / "examples").glob("*.yaml"), *(ROOT / "tests" / "architectures").glob("*.yaml")])


def hold(source: str, params: dict[str, Any] | None = None) -> str:
    """Check that the spec in the text `source`, resolved, is what it was; gives the resolved text."""
    was = archcompiler.check(io.StringIO(source), params)
    assert was.ok and was.graph is not None
    resolved = archcompiler.resolve(io.StringIO(source), params)
    now = archcompiler.check(io.StringIO(resolved))
    assert now.ok and now.graph is not None, f"{source}\n{resolved}\n{now}"
    # Comments are not kept, nor what they let pass.
    assert sorted(one.code for one in now.warnings) == sorted(one.code for one in (*was.warnings, *was.ignored))
    assert archcompiler.resolve(io.StringIO(resolved)) == resolved
    for key in ("params", "blocks", "include"):
        assert f"\n{key}:" not in resolved
    assert "${" not in resolved
    assert [(name, one.outputs, one.params) for name, one in now.graph.nodes.items()] == [
        (name, one.outputs, one.params) for name, one in was.graph.nodes.items()
    ]
    emitted = archcompiler.emit(io.StringIO(source), params, flat=True)
    assert archcompiler.emit(io.StringIO(resolved), flat=True) == emitted
    return resolved


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_real_specs(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    hold(
        source if "\nname:" in source else source.replace("archcompiler: 1\n", f"archcompiler: 1\nname: {path.stem}\n")
    )


def test_random_specs() -> None:
    random, held = Random(f"resolve {SEED}"), 0
    for _ in range(400):
        spec = {**random_spec(random), "name": "drawn"}
        text = yaml.safe_dump(spec, sort_keys=False)
        if not archcompiler.check(io.StringIO(text)).ok:
            continue
        hold(text)
        held += 1
        if held == 60:
            return
    pytest.fail(f"only {held} draws are sound")


def test_random_specs_with_blocks() -> None:
    random, held = Random(f"resolve blocks {SEED}"), 0
    for _ in range(100):
        text = drawn(random)
        if archcompiler.check(io.StringIO(text)).ok:
            hold(text)
            held += 1
    assert held > 30, f"only {held} draws are sound"


@pytest.mark.slow
def test_many_random_specs() -> None:
    random = Random(f"resolve slowly {SEED}")
    for _ in range(4000):
        text = yaml.safe_dump({**random_spec(random), "name": "drawn"}, sort_keys=False)
        if archcompiler.check(io.StringIO(text)).ok:
            hold(text)


EVERYTHING = """\
archcompiler: 1
name: everything
params: {width: 6, depth: {value: 2, min: 1}, names: [relu, tanh, elu]}
batch_size: 4
dtype: float32
inputs: {x: [steps, width], y: {shape: [steps, "${width * 2}"]}}
custom_layers:
  Own:
    import: tests.custom_classes.layers.Gather
    arguments: {units: "${width}", return_sequences: true}
    signature: "(b, t, f) -> (b, t, units)"
    params: "${f * units}"
    mask: keep
models:
  head:
    inputs: {values: {shape: [steps, width]}}
    layers: [{Dense: "${width}"}, {TimeDistributed: {Dense: 3}}]
blocks:
  both:
    inputs: [a, b]
    outputs: [sum, part]
    params: {units: , kind: relu}
    layers:
      - Dense: {units: "${units}", activation: "${kind}"}
        name: part
        from: b
      - Add:
        name: sum
        from: [a, part]
layers:
  - Own: {units: 6}
    name: own
    from: x
  - both: {units: "${width}", kind: "${names[index]}"}
    name: unit
    repeat: "${depth}"
    from: {a: own, b: y}
    outputs: [total, rest]
  - head:
    trainable: false
  - Dropout: 0.1
    when: "${depth > 5}"
  - Bidirectional: {GRU: {units: 2, return_sequences: true}}
    name: two_ways
  - RNN: {cell: [{LSTMCell: 3}, {GRUCell: 2}], return_sequences: true, return_state: true}
  - ops.multiply:
    from: [previous, 0.5]
  - ops.split: {indices_or_sections: 2, axis: -1}
    outputs: [left, right]
    name: halves
  - ops.add:
    from: [halves.left, halves.right]
    name: done
outputs: [done, unit.rest]
exports: {part: {inputs: [x, y], outputs: unit}}
targets: {done: {shape: [steps, "${1}"]}, unit.rest: {shape: [steps, width]}}
training:
  optimizer: {Adam: {learning_rate: 1e-3}}
  loss: {done: mse, unit.rest: mae}
  loss_weights: {unit.rest: 0.5}
"""


def test_everything_at_once() -> None:
    source = EVERYTHING
    was = archcompiler.check(io.StringIO(source))
    assert was.ok, str(was)
    resolved = archcompiler.resolve(io.StringIO(source), {"depth": 3})
    again = archcompiler.check(io.StringIO(resolved))
    assert again.ok, f"{resolved}\n{again}"
    assert archcompiler.resolve(io.StringIO(resolved)) == resolved
    first: Any = archcompiler.build(io.StringIO(source), {"depth": 3}, seed=1)
    second: Any = archcompiler.build(io.StringIO(resolved), seed=1)
    random = np.random.default_rng(0)
    given = [random.normal(size=(4, 5, 6)).astype("float32"), random.normal(size=(4, 5, 12)).astype("float32")]
    for one, other in zip(first(given), second(given), strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
    assert [one.path for one in first.weights] == [one.path for one in second.weights]


def test_included_files_are_taken_in(tmp_path: Path) -> None:
    (tmp_path / "common.yaml").write_text("blocks:\n  pair: {layers: [{Dense: 3}, {Dense: 4}]}\nparams: {a: 2}\n")
    text = 'archcompiler: 1\ninclude: common.yaml\ninputs: {x: [2]}\nlayers: [pair, {Dense: "${a}"}]\n'
    (tmp_path / "s.yaml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "archcompiler", "resolve", str(tmp_path / "s.yaml"), "--set", "a=7"],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["layers"] == [
        {"Dense": 3, "name": "pair_dense"},
        {"Dense": 4, "name": "pair_dense_1"},
        {"Dense": 7, "name": "dense"},
    ]


def test_what_is_wrong_is_told() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "archcompiler", "resolve", "-"],
        input="archcompiler: 1\ninputs: {x: [2]}\nlayers: [Dens]\n",
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 1 and done.stdout == "" and "ARC110" in done.stderr
