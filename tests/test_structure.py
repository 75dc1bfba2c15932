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
from tests.differential.block_specs import CONDITIONS, drawn
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
    random, kept, all_of_them = Random(f"structure {SEED}"), 0, 0
    while all_of_them < 50:
        text = drawn(random)
        if CONDITIONS[-1] in text or not archcompiler.check(io.StringIO(text)).ok:
            continue  # what is nowhere made cannot be written, and the code is flat
        all_of_them += 1
        code, flat = archcompiler.emit(io.StringIO(text)), archcompiler.emit(io.StringIO(text), flat=True)
        if code == flat:
            continue
        kept += 1
        if kept > 15:
            continue
        program: Any = program_of(code, "drawn")
        same_models(program.build_model, program_of(flat, "drawn").build_model)
        other = archcompiler.check(io.StringIO(text), {"width": 8})
        if other.ok:
            wider: Any = program_of(archcompiler.emit(io.StringIO(text), {"width": 8}, flat=True), "drawn")
            same_models(lambda program=program: program.build_model(width=8), wider.build_model)
    assert kept > all_of_them * 0.7, f"only {kept} of {all_of_them} keep their structure"


def test_code_that_does_something_else_is_never_emitted(monkeypatch: pytest.MonkeyPatch) -> None:
    path = EXAMPLES / "wavenet.yaml"
    flat = archcompiler.emit(path, flat=True)
    original = structure.Writer.program

    def spoilt(old: str, new: str) -> Any:
        def program(self: Any, slots: Any) -> Any:
            found = original(self, slots)
            blocks = [[line.replace(old, new) for line in block] for block in found.blocks]
            assert blocks != found.blocks
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
        monkeypatch.setattr(structure.Writer, "program", spoilt(old, new))
        assert archcompiler.emit(path) == flat, (old, new)
    monkeypatch.setattr(structure.Writer, "program", original)
    assert archcompiler.emit(path) != flat


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
    assert archcompiler.emit(io.StringIO(text)) == archcompiler.emit(io.StringIO(text), flat=True)


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
