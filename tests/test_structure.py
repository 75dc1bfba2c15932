"""Emitted code keeps the structure of a spec: blocks are functions, repeats loops, params arguments."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import archcompiler
from archcompiler.build.program import program_of
from archcompiler.emit import structure
from benchmarks.specs import stamped
from tests.differential import other_params
from tests.differential.block_specs import drawn
from tests.differential.strategies import SEED
from tests.test_examples import assert_as_ruff_wants_it, without_registration

ROOT = Path(__file__).parent.parent
EXAMPLES, ARCHITECTURES = ROOT / "examples", ROOT / "tests" / "architectures"
KEPT = {
    EXAMPLES / "resnet20.yaml": (["residual", "build_model"], {"width": 8, "classes": 4}),
    EXAMPLES / "wavenet.yaml": (["gated", "build_model"], {"filters": 8, "depth": 3}),
    EXAMPLES / "transformer_classifier.yaml": (["transformer", "build_model"], {"width": 16, "heads": 4, "depth": 3}),
    EXAMPLES / "temporal_convolution.yaml": (["temporal", "build_model"], {"filters": 2, "blocks": 2}),
    EXAMPLES / "siamese.yaml": (["build_encoder", "build_model"], {"code": 5}),
    EXAMPLES / "seq2seq_attention.yaml": (["build_model"], {"units": 5}),
    EXAMPLES / "word_classifier.yaml": (["build_model"], {"width": 7, "steps": 3}),
    ARCHITECTURES / "resnet20.yaml": (["residual", "build_model"], {"classes": 3}),
    ARCHITECTURES / "u_net.yaml": (["double_conv", "down", "up", "build_model"], {"base": 4}),
    ARCHITECTURES / "gates.yaml": (["gate", "build_model"], {}),
    ARCHITECTURES / "transformer.yaml": (["transformer", "build_model"], {"width": 8, "depth": 1}),
    ARCHITECTURES / "policy.yaml": (["mlp", "build_model"], {}),
}


def functions(code: str) -> list[str]:
    return [one.name for one in ast.parse(code).body if isinstance(one, ast.FunctionDef)]


def same_models(one: Any, other: Any) -> None:
    """The two build functions give models of one configuration, and of the same weights."""
    import keras

    models = []
    for build in (one, other):
        keras.backend.clear_session()
        keras.utils.set_random_seed(5)
        models.append(build())
    first, second = models
    assert without_registration(first.get_config()) == without_registration(second.get_config())
    weights = zip(first.get_weights(), second.get_weights(), strict=True)
    assert all(np.array_equal(left, right) for left, right in weights)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_structured_code_does_what_flat_code_does(path: Path, tmp_path: Path) -> None:
    wanted, params = KEPT[path]
    code, flat = archcompiler.emit(path), archcompiler.emit(path, flat=True)
    assert functions(code)[-len(functions(code)) :][: len(wanted) + 5] and set(wanted) <= set(functions(code))
    assert code != flat
    program: Any = program_of(code, path.stem)
    same_models(program.build_model, program_of(flat, path.stem).build_model)
    (tmp_path / "code.py").write_text(code, encoding="utf-8")
    assert_as_ruff_wants_it(tmp_path / "code.py")
    if params:
        smaller: Any = program_of(archcompiler.emit(path, params, flat=True), path.stem)
        same_models(lambda: program.build_model(**params), smaller.build_model)
        again: Any = program_of(archcompiler.emit(path, params), path.stem)
        same_models(again.build_model, smaller.build_model)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_flat_code_of_every_example(path: Path) -> None:
    flat = program_of(archcompiler.emit(path, flat=True), path.stem)
    same_models(program_of(archcompiler.emit(path), path.stem).build_model, flat.build_model)


def test_random_specs_with_blocks() -> None:
    random, kept, all_of_them, built, changed = Random(f"structure {SEED}"), 0, 0, 0, 0
    while all_of_them < 40:
        text = drawn(random)
        if not archcompiler.check(io.StringIO(text)).ok:
            continue
        all_of_them += 1
        code, flat = archcompiler.emit(io.StringIO(text)), archcompiler.emit(io.StringIO(text), flat=True)
        if code == flat:
            continue
        found, checked = other_params.kept(io.StringIO(text))
        blocks = len({one.block for one in checked.graph.graph.stamps})
        kept += found is not None and len(found.blocks) >= blocks
        assert found is not None
        for params in other_params.others(found, checked.framed.params):
            differs = other_params.differs(found, lambda text=text: io.StringIO(text), params)
            assert not differs, (text, params)
            changed += differs is not None
        if built == 8:
            continue
        built += 1
        program: Any = program_of(code, "drawn")
        same_models(program.build_model, program_of(flat, "drawn").build_model)
        other = archcompiler.check(io.StringIO(text), {"width": 8})
        if other.ok:
            wider: Any = program_of(archcompiler.emit(io.StringIO(text), {"width": 8}, flat=True), "drawn")
            same_models(lambda program=program: program.build_model(width=8), wider.build_model)
    assert kept > all_of_them * 0.95, f"only {kept} of {all_of_them} keep all of their structure"
    assert changed > 150


def test_code_that_does_something_else_is_never_emitted(monkeypatch: pytest.MonkeyPatch) -> None:
    path = EXAMPLES / "wavenet.yaml"
    flat = archcompiler.emit(path, flat=True)
    original = structure.Writer.program

    def spoil(old: str, new: str) -> Any:
        def program(self: Any, slots: Any) -> Any:
            found = original(self, slots)
            blocks = [[line.replace(old, new) for line in block] for block in found.blocks]
            spoilt.append(blocks != found.blocks)
            return structure.Structured(blocks, found.models, found.has_params)

        return program

    for old, new in (
        ("dilation_rate=dilation", "dilation_rate=1"),
        ('"tanh"', '"relu"'),
        ('_gate"', '_gates"'),
        ("[filter_, gate]", "[gate, filter_]"),
        ("kernel_size=1", "kernel_size=[1, 2]"),
        ("return sum_, skip", "return skip, sum_"),
        ("(multiply)", "(filter_)"),
        ("sum_ =", "sum_ = 1 +"),
    ):
        spoilt: list[bool] = []
        monkeypatch.setattr(structure.Writer, "program", spoil(old, new))
        code = archcompiler.emit(path)
        assert spoilt[0] and "def gated(" not in code, (old, new)
        same_models(program_of(code, "spoilt").build_model, program_of(flat, "flat").build_model)
    monkeypatch.setattr(structure.Writer, "program", original)
    assert "def gated(" in archcompiler.emit(path)


def test_what_a_spec_with_a_generator_computes_stays_constant() -> None:
    code = archcompiler.emit(EXAMPLES / "writes_text.yaml")
    assert "def build_model() -> keras.Model:" in code


def test_the_command(tmp_path: Path) -> None:
    path = EXAMPLES / "wavenet.yaml"
    for arguments, wanted in (([], archcompiler.emit(path)), (["--flat"], archcompiler.emit(path, flat=True))):
        done = subprocess.run(
            [sys.executable, "-m", "archcompiler", "emit", str(path), *arguments],
            capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.stdout == wanted


SPECS = ROOT / "tests" / "structure"
WRITTEN = {
    "many_ways": (
        ["mlp_block", "sized", "shortcut", "two", "build_tower", "build_model"],
        (
            "def mlp_block(inputs, units=8, double=None, name=1, *, g, l2, name_):",
            "double = units * 2",
            "kernel_initializer=keras.initializers.Orthogonal(gain=g)",
            "def sized(p, q, *, width, tower, name):",
            "shared_call_2 = shared_layer(p)",
            "add_ = add\n",
            'trainable=False, name="shortcut_1"',
            'name=f"dense_{depth + 2}"',
            "[cs[0], cs[2]]",
            "[*ks, h]",
            "newshape=[-1, width * 6]",
            "layers_=2, mlp=16, name=3",
        ),
    ),
    "left_out": (
        ["inner", "outer", "build_model"],
        (
            "def build_model(width=8)",
            'name=f"{name}_inner_{n}" if n else f"{name}_inner"',
            'raise ValueError("written without its Dropout")',
        ),
    ),
    "one_in_place": (
        ["plain", "build_model"],
        ("for index in range(depth):", 'name="apart_dense"', "units=4, depth=2", 'name=f"plain_{depth}"'),
    ),
    "stacked_cells": (
        ["reader", "build_model"],
        (
            'layers.LSTMCell(units, name=f"{name}_lstm_cell")',
            "for index in range(depth):",
            'units=8, depth=2, kind="tanh"',
        ),
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written(name: str) -> None:
    path = SPECS / f"{name}.yaml"
    wanted, lines = WRITTEN[name]
    code, flat = archcompiler.emit(path), archcompiler.emit(path, flat=True)
    assert set(wanted) <= set(functions(code))
    assert not [line for line in lines if line not in code]
    same_models(program_of(code, name).build_model, program_of(flat, name).build_model)
    found, checked = other_params.kept(path)
    assert found is not None
    for params in other_params.others(found, checked.framed.params):
        assert not other_params.differs(found, lambda: path, params), params


def test_names_that_end_in_a_number_themselves() -> None:
    """`block_0_1` is the second stamp of `block_0`, and `block_1` the first of `block_1`."""
    text = """\
archcompiler: 1
params: {depth: 3}
inputs: {x: [8]}
blocks:
  block_0:
    layers: [{Dense: 8}, {Add: , from: [previous, input]}]
  block_1:
    layers: [block_0, {block_0: , repeat: 2}]
layers:
  - block_0:
    repeat: "${depth}"
  - block_1:
    repeat: 2
  - block_0
  - block_1:
    name: last
"""
    code, flat = archcompiler.emit(io.StringIO(text)), archcompiler.emit(io.StringIO(text), flat=True)
    assert functions(code)[:3] == ["block_0", "block_1", "build_model"]
    built = code[code.index("def build_model") : code.index("return keras.Model")]
    assert "layers." not in built and built.count("for index in range(") == 2
    assert 'name=f"block_0_{index}" if index else "block_0"' in built
    program: Any = program_of(code, "numbers")
    same_models(program.build_model, program_of(flat, "numbers").build_model)
    found, checked = other_params.kept(io.StringIO(text))
    assert found is not None
    for params in other_params.others(found, checked.framed.params):
        assert not other_params.differs(found, lambda: io.StringIO(text), params), params


def test_a_param_that_a_blocks_own_one_hides() -> None:
    """A block sees the spec's params, not those of the block around it: its function is given the spec's one."""
    text = """\
archcompiler: 1
params: {units: 3, wide: 4}
inputs: {x: [8]}
blocks:
  inner:
    layers: [{Dense: "${units}"}]
  default:
    params: {size: "${units * 2}", wide: "${units}"}
    layers: [{Dense: "${size}"}, {Dense: "${wide}"}]
  outer:
    params: {units: , wide: 7}
    layers: [inner, {Dense: "${units}"}, default, {default: 5}]
layers:
  - outer: 6
    repeat: 2
  - inner
  - Dense: "${wide}"
"""
    code, flat = archcompiler.emit(io.StringIO(text)), archcompiler.emit(io.StringIO(text), flat=True)
    assert functions(code)[:4] == ["inner", "default", "outer", "build_model"]
    assert "layers.Dense(units_" not in code and "build_model(units=3, wide=4)" in code
    program: Any = program_of(code, "hidden")
    same_models(program.build_model, program_of(flat, "hidden").build_model)
    other: Any = program_of(archcompiler.emit(io.StringIO(text), {"units": 5}, flat=True), "hidden")
    same_models(lambda: program.build_model(units=5), other.build_model)


def test_a_hundred_blocks_are_a_hundred_functions_and_loops() -> None:
    code = archcompiler.emit(io.StringIO(stamped(100, 3)))
    assert functions(code)[:101] == [*(f"block_{index}" for index in range(100)), "build_model"]
    built = code[code.index("def build_model") : code.index("return keras.Model")]
    assert "layers." not in built and built.count("for index in range(3)") == 100


def test_what_nothing_takes_of_the_last_copy_is_left_out() -> None:
    """Its layers draw numbers, so that to make them all the same would change those made later."""
    text = """\
archcompiler: 1
params: {depth: 3}
inputs: {x: [9, 4]}
blocks:
  unit:
    outputs: [on, skip]
    layers:
      - Conv1D: {filters: 4, kernel_size: 2, padding: causal}
        name: skip
      - Dense: "${input[-1]}"
        name: on
layers:
  - unit:
    name: unit
    repeat: "${depth}"
  - Add:
    from: ["unit_*.skip"]
  - Dense: 2
"""
    code, flat = archcompiler.emit(io.StringIO(text)), archcompiler.emit(io.StringIO(text), flat=True)
    assert "if not last:" in code and "last=index == depth - 1" in code
    same_models(program_of(code, "last").build_model, program_of(flat, "last").build_model)


LEFT_OUT = (
    "__import__('os').getpid()",
    "(lambda: 1)()",
    "width.real",
    "[one for one in [1]][0]",
    "open('x')",
    "nothing",
)


@pytest.mark.parametrize("expression", LEFT_OUT)
def test_only_expressions_of_the_language_get_into_code(expression: str) -> None:
    """What is never computed is told where it is looked at, and is no code where it is not."""
    text = f"""\
archcompiler: 1
params: {{width: 4}}
inputs: {{x: [3]}}
layers:
  - Dense: "${{4 if width > 1 else {expression}}}"
"""
    assert [one.code[:5] for one in archcompiler.check(io.StringIO(text)).diagnostics] == ["ARC10"]
    text = f"""\
archcompiler: 1
params: {{width: 4}}
inputs: {{x: [3]}}
layers:
  - Dense: "${{width}}"
  - Dense: "${{{expression}}}"
    when: "${{width > 9}}"
"""
    assert archcompiler.check(io.StringIO(text)).ok
    code = archcompiler.emit(io.StringIO(text))
    assert expression not in code.split('"""')[-1] and code.count("Dense(") == 1


def test_a_models_description_is_its_docstring() -> None:
    """In structured and in flat code, and kept where the spec is resolved."""
    text = (
        "archcompiler: 1\nparams: {width: 3}\ninputs: {x: [4]}\nmodels:\n  encoder:\n"
        "    description: 'Writes \"${width}\" numbers.'\n    inputs: {seen: [4]}\n    layers: [{Dense: '${width}'}]\n"
        "layers: [encoder]\n"
    )
    for code in (archcompiler.emit(io.StringIO(text)), archcompiler.emit(io.StringIO(text), flat=True)):
        functions = {one.name: one for one in ast.parse(code).body if isinstance(one, ast.FunctionDef)}
        said = ast.get_docstring(functions["build_encoder"])
        assert said == 'Writes "3" numbers.\n\nseen (batch, 4) → (batch, 3)'
    assert 'description: "Writes \\"3\\" numbers."' in archcompiler.resolve(io.StringIO(text))
