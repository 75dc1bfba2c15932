"""Blocks, `repeat`, `when`, sizes in expressions, `include`: what they make, and what is said of mistakes in them."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archcompiler
from archcompiler.report import Report
from tests.programs import program_of

HEAD = "archcompiler: 1\ninputs: {x: [steps, 8]}\n"
RESIDUAL = """
blocks:
  residual:
    params: {units: 64}
    layers:
      - Dense: {units: "${units}", activation: relu}
        name: hidden
      - Dense: "${input[-1]}"
      - Add:
        from: [previous, input]
"""
SKIPPING = """
blocks:
  skipping:
    params: {rate: , filters: "${width * 2}"}
    outputs: [result, skip]
    layers:
      - Conv1D: {filters: "${filters}", kernel_size: 3, dilation_rate: "${rate}", padding: causal}
        name: conv
      - Dense: 4
        name: skip
      - Dense: "${input[-1]}"
        from: conv
        name: back
      - Add:
        from: [back, input]
        name: result
params: {width: 8}
"""


def told(text: str) -> Report:
    return archcompiler.check(io.StringIO(text))


def graph(text: str) -> Any:
    report = told(text)
    assert report.ok, str(report)
    return report.graph


def layers(text: str) -> list[str]:
    found = graph(text)
    return [name for name in found.graph.nodes if found.graph.nodes[name].kind != "input"]


def errors(text: str) -> list[tuple[str, int]]:
    report = told(text)
    return [(one.code, one.span.line if one.span else 0) for one in report.errors]


def test_a_block_is_stamped_each_time_anew() -> None:
    text = HEAD + RESIDUAL + "layers: [{residual: {units: 3}}, residual, {residual: 5, name: last}]\n"
    assert layers(text) == [
        *("residual_hidden", "residual_dense", "residual_add"),
        *("residual_1_hidden", "residual_1_dense", "residual_1_add"),
        *("last_hidden", "last_dense", "last_add"),
    ]
    found = graph(text)
    assert [found.nodes[f"{name}_hidden"].outputs[0].shape[-1] for name in ("residual", "residual_1", "last")] == [
        3,
        64,
        5,
    ]
    assert found.param_count == sum(8 * n + n + n * 8 + 8 for n in (3, 64, 5))


def test_repeat_names_its_copies_and_results_are_collected() -> None:
    text = HEAD + SKIPPING + (
        "layers:\n  - skipping: {rate: \"${2 ** index}\"}\n    name: unit\n    repeat: 3\n"
        '  - Add:\n    from: ["unit_*.skip"]\n  - Dense: 3\n'
    )  # fmt: skip
    found = graph(text)
    assert [found.graph.nodes[f"unit_{n}_conv"].thing["dilation_rate"] for n in range(3)] == [1, 2, 4]
    assert [ref.node for ref in found.graph.nodes["add"].sources] == ["unit_0_skip", "unit_1_skip", "unit_2_skip"]
    assert "unit_2_result" not in found.graph.nodes  # no skip comes of it: Keras leaves it out too
    assert found.graph.nodes["unit_1_conv"].sources[0].node == "unit_0_result"


def test_the_one_result_of_a_block_may_be_named() -> None:
    text = HEAD + "blocks: {head: {layers: [{Dense: 2}]}}\nlayers:\n  - head:\n    outputs: [sum]\n  - Dense: 3\n"
    found = graph(text + "    from: head.sum\n")
    assert found.graph.nodes["dense"].sources[0].node == "head_dense"


def test_repeat_over_lists() -> None:
    text = HEAD + (
        "layers:\n  - Conv1D: {filters: \"${filters}\", kernel_size: \"${kernel_size}\"}\n"
        "    repeat: {filters: [4, 6], kernel_size: [3, 5]}\n    name: conv\n  - Dense: 1\n    from: conv\n"
    )  # fmt: skip
    found = graph(text)
    assert [found.nodes[f"conv_{n}"].outputs[0].shape[-1] for n in (0, 1)] == [4, 6]
    assert found.graph.nodes["dense"].sources[0].node == "conv_1"


def test_the_first_copy_takes_from_and_the_others_the_one_before() -> None:
    text = HEAD + (
        "layers:\n  - LSTM: 8\n    name: state\n  - Dense: 8\n    from: x\n"
        "  - Add:\n    from: [previous, x]\n    repeat: 2\n"
        "    name: sum\n  - Add:\n    from: [sum_0, sum]\noutputs: [add, state]\n"
    )  # fmt: skip
    found = graph(text)
    assert [ref.node for ref in found.graph.nodes["sum_1"].sources] == ["sum_0", "x"]
    assert [ref.node for ref in found.graph.nodes["add"].sources] == ["sum_0", "sum_1"]


@pytest.mark.parametrize("leaving", ['when: "${width > 9}"', "repeat: 0"])
def test_an_item_that_is_left_out(leaving: str) -> None:
    text = f"params: {{width: 8}}\n{HEAD}layers:\n  - Dense: 8\n    name: a\n"
    text += f"  - Dense: 8\n    from: x\n    name: b\n    {leaving}\n"
    text += "  - Add:\n    from: [previous, b]\n"
    found = graph(text)
    # `previous` passes it by, and its name stands for what it would take.
    assert [ref.node for ref in found.graph.nodes["add"].sources] == ["a", "x"]


def test_one_of_two_items_of_one_name() -> None:
    text = "params: {wide: %s}\n" + HEAD + (
        'layers:\n  - Dense: 16\n    name: head\n    when: "${wide}"\n'
        '  - Dense: 4\n    name: head\n    when: "${not wide}"\n'
    )  # fmt: skip
    assert graph(text % "true").outputs["head"].shape == (None, None, 16)
    assert graph(text % "false").outputs["head"].shape == (None, None, 4)


def test_blocks_in_blocks_and_in_models() -> None:
    text = HEAD + RESIDUAL + (
        "  stage:\n    params: {depth: 2}\n    layers:\n      - residual: {units: 4}\n        repeat: \"${depth}\"\n"
        "models:\n  encoder:\n    inputs: {y: [steps, 8]}\n    layers: [stage]\n"
        "layers: [encoder, {stage: {depth: 1}}, {Dense: 2}]\n"
    )  # fmt: skip
    found = graph(text)
    # Names count over all models, as Keras's do.
    assert "stage_1_residual_hidden" in found.graph.nodes
    inner = [f"stage_residual{n}_{one}" for n in ("", "_1") for one in ("hidden", "dense", "add")]
    assert list(found.models["encoder"].graph.nodes)[1:] == inner


def test_a_block_of_several_inputs() -> None:
    block = (
        "blocks:\n  gated:\n    inputs: [value, gate]\n    layers:\n      - Multiply:\n        from: [value, gate]\n"
    )
    for given in ("[x, a]", "{gate: a, value: x}"):
        text = HEAD + block + f"layers:\n  - Dense: 8\n    name: a\n  - gated:\n    from: {given}\n"
        assert [ref.node for ref in graph(text).graph.nodes["gated_multiply"].sources] == ["x", "a"]
    assert errors(HEAD + block + "layers: [gated]\n") == [("ARC205", 9)]
    assert errors(HEAD + block + "layers:\n  - gated:\n    from: x\n") == [("ARC205", 11)]


def test_a_frozen_stamp() -> None:
    text = HEAD + RESIDUAL + "layers:\n  - residual: 4\n    trainable: false\n  - Dense: 1\n"
    found = graph(text)
    assert (found.trainable_param_count, found.param_count) == (9, 9 + 8 * 4 + 4 + 4 * 8 + 8)


def test_a_mistake_in_a_block_is_told_once_with_every_stamp() -> None:
    text = HEAD + RESIDUAL.replace("activation: relu", "activaton: relu") + (
        "layers:\n  - residual\n  - residual: {units: 3}\n    repeat: 50\n"
    )  # fmt: skip
    [error] = told(text).errors
    assert error.code == "ARC111" and error.span is not None and error.span.line == 8
    stamps = [note.span.line for note in error.notes if note.span is not None and "stamped" in note.message]
    assert stamps == [14, 15]


def test_a_wrong_shape_in_a_block() -> None:
    text = HEAD + RESIDUAL.replace('"${input[-1]}"', "9") + "layers: [residual, {Dense: 1}]\n"
    [error] = told(text).errors
    assert error.code == "ARC202" and error.span is not None and error.span.line == 11
    assert [note.span.line for note in error.notes if note.span and "stamped" in note.message] == [13]


@pytest.mark.parametrize(
    ("layers", "code", "words"),
    [
        ("[{residual: {unit: 3}}]", "ARC111", "did you mean `units`"),
        ("[{residul: 3}]", "ARC110", "did you mean `residual`"),
        ("[{Dense: 3, repeat: -1}]", "ARC103", "repeat"),
        ("[{Dense: 3, repeat: {a: [1], b: [1, 2]}}]", "ARC103", "`a` has 1 values and `b` has 2"),
        ("[{Dense: 3, repeat: 1000000000}]", "ARC003", "100,000"),
        ('[{Dense: 3, when: "${1}"}]', "ARC103", "true or false"),
        ('[{Dense: "${index}"}]', "ARC108", "repeat"),
        ('[{Dense: "${previous[0]}"}]', "ARC107", "steps"),
        ('[{Dense: 3, from: ["unit_*.skip"]}]', "ARC116", "no item with `repeat`"),
        ("[{residual: 3, outputs: [a, b]}]", "ARC119", "gives 1"),
        ("[{Dense: 3, name: a}, {residual: 2, name: r}, {Add: , from: [r.hidden, a]}]", "ARC116", "no result"),
    ],
)  # fmt: skip
def test_mistakes(layers: str, code: str, words: str) -> None:
    found = told(HEAD + RESIDUAL + f"layers: {layers}\n").errors
    assert [one.code for one in found] == [code]
    assert words in f"{found[0].message} {found[0].help}"
    assert found[0].span is not None


def test_a_required_param_of_a_block() -> None:
    [error] = told(HEAD + SKIPPING + "layers: [skipping]\n").errors
    assert error.code == "ARC112" and "`rate`" in error.message


def test_blocks_that_stamp_each_other() -> None:
    text = HEAD + "blocks:\n  a: {layers: [b]}\n  b: {layers: [a]}\nlayers: [a]\n"
    assert [code for code, _ in errors(text)] == ["ARC117"]
    assert [code for code, _ in errors(HEAD + "blocks: {a: {layers: [a]}}\nlayers: [a]\n")] == ["ARC117"]


def test_as_many_layers_as_a_spec_may_have() -> None:
    many = "  many:\n    layers:\n      - residual: 4\n        repeat: %s\n"
    text = HEAD + RESIDUAL + many + "layers: [{many: , repeat: 20}]\n"
    assert len(layers(text % 50)) == 3_000
    assert [code for code, _ in errors(text % 5000)] == ["ARC003"]


def test_what_is_emitted_and_built_is_one(tmp_path: Path) -> None:
    text = HEAD + RESIDUAL + "layers:\n  - residual: {units: 3}\n    repeat: 2\n  - LSTM: 4\n"
    path = tmp_path / "one.yaml"
    path.write_text(text)
    built = archcompiler.build(path, seed=3)
    module = program_of(text)
    import keras

    keras.utils.set_random_seed(3)
    emitted = module.build_model()
    for one, other in zip(built.get_weights(), emitted.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert built.count_params() == graph(text).param_count


def test_files_are_included(tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "blocks.yaml").write_text("include: deeper.yaml\nparams: {width: 5}\n" + RESIDUAL)
    (tmp_path / "common" / "deeper.yaml").write_text("models: {twice: {inputs: {y: [steps, 8]}, layers: [residual]}}\n")
    spec = tmp_path / "spec.yaml"
    body = 'layers: [twice, {residual: "${width}"}]\n'
    spec.write_text(HEAD + "include: [common/blocks.yaml]\n" + body)
    report = archcompiler.check(spec)
    assert report.ok, str(report)
    assert report.graph is not None and report.graph.nodes["residual_1_hidden"].outputs[0].shape[-1] == 5
    spec.write_text(HEAD + "include: [common/blocks.yaml]\nparams: {width: 6}\n" + body)
    report = archcompiler.check(spec)
    assert report.graph is not None and report.graph.nodes["residual_1_hidden"].outputs[0].shape[-1] == 6


def test_a_mistake_in_an_included_file_is_told_there(tmp_path: Path) -> None:
    (tmp_path / "blocks.yaml").write_text(RESIDUAL.replace("relu", "rellu"))
    spec = tmp_path / "spec.yaml"
    spec.write_text(HEAD + "include: blocks.yaml\nlayers: [residual]\n")
    [error] = archcompiler.check(spec).errors
    assert error.path == str(tmp_path / "blocks.yaml") and error.span is not None and error.span.line == 6
    assert ("it is included here", str(spec), 3) in [
        (note.message, note.path, note.span.line) for note in error.notes if note.span is not None
    ]
    assert "rellu" in str(archcompiler.check(spec))


@pytest.mark.parametrize(
    ("path", "code"),
    [("../outside.yaml", "ARC122"), ("absent.yaml", "ARC122"), ("itself.yaml", "ARC117"), ("/etc/passwd", "ARC122")],
)
def test_what_cannot_be_included(tmp_path: Path, path: str, code: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "outside.yaml").write_text(RESIDUAL)
    spec = folder / "itself.yaml"
    spec.write_text(HEAD + f"include: [{path}]\nlayers: [{{Dense: 1}}]\n")
    [error] = archcompiler.check(spec).errors
    assert error.code == code and error.span is not None and error.span.line == 3


MADE_ELSEWHERE = """
layers:
  - LSTM: {units: "${width}", return_sequences: true}
  - encoder
  - residual: {units: 3}
    name: unit
  - TimeDistributed: encoder
    from: unit.skip
  - Attenuate: 3
  - Dense: "${hours}"
    name: out
target: {shape: [hours, 1]}
training: {loss: {Focal: {gamma: 2.0}}, optimizer: adam}
"""


@pytest.mark.parametrize(
    ("path", "content"),
    [("absent.yaml", None), ("../outside.yaml", RESIDUAL), ("bad.yaml", "blocks: [\n"), ("bad.yaml", "blcks: {}\n"),
     ("bad.yaml", "a text"), ("bad.yaml", "params: {a: 1, a: 2}\n"), ("bad.yaml", "blocks: 3\n")],
)  # fmt: skip
def test_nothing_is_said_of_what_an_include_lacks(tmp_path: Path, path: str, content: str | None) -> None:
    """What a file may define that cannot be read is not unknown: one mistake, one report."""
    folder = tmp_path / "project"
    folder.mkdir()
    if content is not None:
        (folder / path).write_text(content)
    spec = folder / "spec.yaml"
    spec.write_text(f"archcompiler: 1\ninclude: [{path}]\ninputs: {{x: [steps, features]}}" + MADE_ELSEWHERE)
    [error] = archcompiler.check(spec, {"rate": 3}).diagnostics
    assert error.code in ("ARC122", "ARC101", "ARC103")
    spec.write_text(HEAD + f"include: [{path}]\nlayers: [encoder, {{Dense: {{unit: 3}}}}]\n")
    assert [one.code for one in archcompiler.check(spec).errors][1:] == ["ARC111"]


NAMED = (
    HEAD.replace("{x: [steps, 8]}", "{x: [steps, 8], y: [steps, 5]}")
    + """
blocks:
  both:
    inputs: [left, right]
    params: {scale: 2}
    layers:
      - Dense: "${left[-1] * scale}"
        from: right
      - Dense: {units: "${right[-1] + len(left)}", name: last}
      - Concatenate:
        from: [previous, left]
  one:
    inputs: given
    layers:
      - Dense: "${given[-1] + input[-1]}"
layers:
  - both:
    from: [x, y]
    name: first
  - both: {scale: 1}
    from: [first, x]
    name: second
  - one
"""
)


def test_sizes_of_a_blocks_inputs_by_name(tmp_path: Path) -> None:
    found = graph(NAMED)
    sizes = {name: node.outputs[0].shape[-1] for name, node in found.nodes.items()}
    assert sizes["first_dense"] == 16 and sizes["first_last"] == 7
    assert sizes["second_dense"] == 15 and sizes["second_last"] == 10
    assert sizes["one_dense"] == 50
    path = tmp_path / "named.yaml"
    path.write_text(NAMED)
    resolved = archcompiler.resolve(path)
    assert graph(resolved).param_count == found.param_count
    assert archcompiler.build(path).count_params() == found.param_count
    assert program_of(NAMED).build_model().count_params() == found.param_count


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ('  - Dense: "${w[-1]}"\n', "the params are `s`"),
        ('  - Dense: "${y[-1]}"\n    from: x\n', "`${input[-1]}` one of what is taken"),
        ('  - Dense: 3\n    name: z\n    from: y\n  - Dense: "${z[-1]}"\n', "`${previous[-1]}`"),
    ],
)
def test_a_tensor_is_no_param(layers: str, said: str) -> None:
    text = "archcompiler: 1\nparams: {s: 3}\ninputs: {x: [3], y: [4]}\nlayers:\n" + layers
    [found] = told(text).errors
    assert found.code == "ARC108" and found.fix is None and found.help is not None and said in found.help


def test_a_run_folder_keeps_what_was_included(tmp_path: Path) -> None:
    """The spec as resolved stands alone: it is checked again where the included files are not."""
    from archcompiler.pipeline import program

    (tmp_path / "blocks.yaml").write_text("params: {width: 5}\n" + RESIDUAL)
    spec = tmp_path / "spec.yaml"
    spec.write_text(HEAD + 'include: blocks.yaml\nlayers: [{residual: "${width}"}]\n')
    resolved = program(spec).resolved
    assert "include" not in resolved
    assert (
        told(resolved).graph is not None and told(resolved).graph.param_count == archcompiler.build(spec).count_params()
    )


def test_a_faulty_included_file_is_told_where_it_is_included(tmp_path: Path) -> None:
    (tmp_path / "blocks.yaml").write_text("params: {a: 1, a: 2}\n")
    spec = tmp_path / "spec.yaml"
    spec.write_text(HEAD + "include: blocks.yaml\nlayers: [{Dense: 1}]\n")
    [error] = archcompiler.check(spec).errors
    assert (error.code, error.path, error.span.line if error.span else 0) == ("ARC122", str(spec), 3)
    assert "line 1" in error.message


@pytest.mark.parametrize(
    ("items", "code", "words"),
    [
        # What cannot be followed is told, and never taken for something else.
        ("  - LSTM: {units: 4, return_state: true}\n  - residual: 2\n    from: previous.1\n", "ARC116", "first result"),
        (
            "  - Dense: 4\n    name: b\n    from: absent\n    when: false\n  - Dense: 1\n    from: b\n",
            "ARC116",
            "left out",
        ),
        ("  - Dense: 4\n    name: b\n    when: false\n  - b\n", "ARC110", "left out"),
        ("  - b\n  - Dense: 4\n    name: b\n    when: false\n", "ARC110", "left out"),
        ('  - Dense: "${input[-1]}"\n    from: later\n  - Dense: 8\n    from: x\n    name: later\n', "ARC107", "later"),
        ('  - Dense: 3\n    from: absent\n  - Dense: "${previous[-1]}"\n', "ARC116", "absent"),
        ('  - Conv1D: {filters: 4, kernel_size: 0}\n  - Dense: "${previous[-1]}"\n', "ARC113", "kernel_size"),
    ],
)
def test_one_mistake_is_one_report(items: str, code: str, words: str) -> None:
    found = told(HEAD + RESIDUAL + "layers:\n" + items).errors
    assert [one.code for one in found] == [code], [one.message for one in found]
    assert words in f"{found[0].message} {found[0].help}"


def test_a_model_and_a_block_of_one_name() -> None:
    text = HEAD + RESIDUAL + "models: {residual: {inputs: {y: [8]}, layers: [{Dense: 1}]}}\nlayers: [{Dense: 1}]\n"
    assert [code for code, _ in errors(text)] == ["ARC106"]


def test_copies_that_name_themselves() -> None:
    text = (
        HEAD
        + 'layers:\n  - Dense: 4\n    name: "head_${index + 1}"\n    repeat: 2\n  - Add:\n    from: [head_1, head_2]\n'
    )
    assert layers(text) == ["head_1", "head_2", "add"]


def test_a_stamp_that_reaches_no_output_is_told_as_one() -> None:
    text = """\
archcompiler: 1
inputs: {x: [5, 4]}
blocks:
  pair: {layers: [{Dense: 4}, {Dense: 4}]}
layers:
  - pair:
    name: kept
  - Dense: 4
    name: between
  - pair:
    name: lost
  - Add:
    from: [kept, x]
"""
    (found,) = told(text).diagnostics
    assert (found.code, found.layer, found.span.line if found.span else 0) == ("ARC118", "lost", 10)


def test_files_outside_are_included_where_that_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("blocks: {pair: {layers: [{Dense: 4}, {Dense: 2}]}}\n")
    (tmp_path / "specs").mkdir()
    spec = tmp_path / "specs" / "s.yaml"
    spec.write_text("archcompiler: 1\ninclude: ../outside.yaml\ninputs: {x: [3]}\nlayers: [pair]\n")
    for allowed, code in (([], 1), (["--allow-outside"], 0)):
        command = [sys.executable, "-m", "archcompiler", "check", str(spec), *allowed]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        assert (done.returncode, "ARC122" in done.stdout) == (code, code == 1)
