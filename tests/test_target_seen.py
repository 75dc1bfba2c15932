"""What is said to have seen the next step has seen it for certain; what may have is let go."""

from __future__ import annotations

import io

import pytest

import archcompiler

READ = "  - LSTM: {units: 4, return_sequences: true}\n"
HEAD = "archcompiler: 1\ninputs: {x: [50, 8]}\nlayers:\n"
LAST = """
  - Dense: 8
    name: next
target: {next_step_of: x}
training: {loss: mse, optimizer: adam}
"""
GENERATION = "generation: {feedback: {next: x}, steps: 3}\n"
VALID = "\n  - Conv1D: {filters: 8, kernel_size: 3}"
OVER_FEATURES = """  - Reshape: [-1, 8, 1]
  - Conv2D: {filters: 4, kernel_size: [1, 3], padding: same, activation: relu}
  - MaxPooling2D: [1, 2]
  - Reshape: [-1, 16]
  - SeparableConv1D: {filters: 4, kernel_size: 1}
  - DepthwiseConv1D: {kernel_size: 1, padding: same}"""
FLIP = "  - ops.flip: {axis: 1}\n"

LOOKING_BACK = {
    "kernels of one step": (OVER_FEATURES, None),
    "zeros before": ("  - ZeroPadding1D: [2, 0]" + VALID, "ARC313"),
    "zeros behind a convolution": (VALID[1:] + "\n  - ZeroPadding1D: [2, 0]", "ARC313"),
    "zeros by an operation": ("  - ops.pad: {pad_width: [[0, 0], [2, 0], [0, 0]]}" + VALID, "ARC313"),
    "a running sum": ("  - ops.cumsum: {axis: 1}", "ARC313"),
    "a running product of features": ("  - ops.cumprod: {axis: -1}", "ARC313"),
    "a mean of features": ("  - ops.mean: {axis: 2, keepdims: true}", "ARC313"),
    "turned twice": (FLIP + "  - Dense: 4\n" + FLIP.rstrip(), "ARC313"),
    "turned and read backwards": (FLIP + "  - GRU: {units: 4, return_sequences: true, go_backwards: true}", "ARC313"),
    "rolled": ("  - ops.roll: {shift: 1, axis: 1}", "ARC313"),
    "permuted and back": ("  - Permute: [2, 1]\n  - Dropout: 0.1\n  - Permute: [2, 1]", "ARC313"),
    "flat and back": ("  - Flatten\n  - Reshape: [50, 8]", "ARC313"),
    "cut and put together": ("  - Reshape: [10, 40]\n  - ReLU\n  - Reshape: [50, 8]", "ARC313"),
    "groups read forwards": (
        "  - Reshape: [10, 5, 8]\n  - TimeDistributed: {GRU: {units: 8, return_sequences: true}}\n"
        "  - Dense: 8\n  - Reshape: [10, 40]\n  - Reshape: [50, 8]",
        "ARC313",
    ),
    "a causal convolution of each group": (
        "  - ops.reshape: {newshape: [-1, 5, 10, 8]}\n"
        "  - TimeDistributed: {Conv1D: {filters: 8, kernel_size: 3, padding: causal}}\n  - Reshape: [50, 8]",
        "ARC313",
    ),
    "an einsum of features": ("  - EinsumDense: {equation: 'abc,cd->abd', output_shape: [50, 8]}", "ARC313"),
    "strides that look back": (
        "  - Conv1D: {filters: 8, kernel_size: 2, strides: 2, padding: causal}\n  - UpSampling1D: 2",
        "ARC313",
    ),
}

SEEN = {
    "too few zeros before": "  - ZeroPadding1D: [1, 1]" + VALID,
    "a mean of all steps": "  - ops.mean: {axis: 1, keepdims: true}\n    name: m\n  - Subtract:\n    from: [x, m]",
    "turned": FLIP.rstrip(),
    "turned and read": FLIP + READ + FLIP.rstrip(),
    "a sum, and behind it": "  - ops.cumsum: {axis: 1}\n  - Conv1D: {filters: 4, kernel_size: 3, padding: same}",
    "steps as features": "  - Permute: [2, 1]\n  - Dense: 50\n  - Permute: [2, 1]",
    "flat, and joined": "  - Flatten\n  - Dense: 400\n  - Reshape: [50, 8]",
    "an einsum over steps": "  - EinsumDense: {equation: 'btf,ts->bsf', output_shape: [50, 8]}",
    "a rectangle": "  - Reshape: [50, 8, 1]\n"
    + "  - Conv2D: {filters: 1, kernel_size: 3, padding: same}\n  - Reshape: [-1, 8]",
    "pooled and stretched": "  - AveragePooling1D: 2\n" + READ + "  - UpSampling1D: 2",
    "patches": "  - Conv1D: {filters: 4, kernel_size: 5, strides: 5}\n"
    + "  - Conv1DTranspose: {filters: 4, kernel_size: 5, strides: 5}",
    "groups of steps as features": "  - Reshape: [10, 40]\n  - Dense: 40\n  - Reshape: [50, 8]",
    "groups of steps, in order": "  - Reshape: [25, 16]\n" + READ + "  - Dense: 16\n  - Reshape: [50, 8]",
    "groups read both ways": "  - Reshape: [5, 10, 8]\n  - LayerNormalization\n"
    + "  - TimeDistributed: {Bidirectional: {LSTM: {units: 4, return_sequences: true}}}\n  - Reshape: [50, 8]",
    "the last of each group": "  - Reshape: [10, 5, 8]\n  - TimeDistributed: {LSTM: 40}\n  - Reshape: [50, 8]",
    "a rectangle of groups": "  - Reshape: [5, 10, 8]\n  - Conv2D: {filters: 8, kernel_size: [1, 3], padding: same}\n"
    + "  - Reshape: [50, 8]",
    "cut, put together, and read both ways": "  - Reshape: [5, 10, 8]\n  - Dense: 4\n  - Reshape: [50, 4]\n"
    + "  - Bidirectional: {GRU: {units: 4, return_sequences: true}}",
    "flat and back, and read both ways": "  - Flatten\n  - Reshape: [50, 8]\n"
    + "  - Bidirectional: {GRU: {units: 4, return_sequences: true}}",
    "permuted and back, and read both ways": "  - Permute: [2, 1]\n  - Dropout: 0.1\n  - Permute: [2, 1]\n"
    + "  - Bidirectional: {GRU: {units: 4, return_sequences: true}}",
    "rolled, and all attended to": "  - ops.roll: {shift: 1, axis: 1}\n    name: r\n  - Attention:\n    from: [r, r]",
    "rolled back": "  - ops.roll: {shift: -1, axis: 1}",
    "a running sum of later steps": FLIP + "  - ops.cumsum: {axis: 1}\n" + FLIP.rstrip(),
    "a transposed convolution": "  - Conv1DTranspose: {filters: 4, kernel_size: 3, padding: same}",
    "products of all steps": "  - ops.einsum: 'bsd,bsm->bdm'\n    from: [x, x]\n    name: all\n"
    + "  - ops.einsum: 'btd,bdm->btm'\n    from: [x, all]",
    "normalized with all steps": "  - GroupNormalization: {groups: 4}",
}

DOT = "  - Dot: {axes: 2}\n    from: [x, x]\n"
WEIGHTED = "\n    name: weights\n  - Dot: {axes: [2, 1]}\n    from: [weights, x]"
MASKED = {
    "a triangle": DOT + "  - ops.tril:" + WEIGHTED,
    "a mask added": DOT + "  - Add:\n    from: [previous, mask]\n  - Softmax:" + WEIGHTED,
    "a mask of the softmax": DOT + "  - Softmax:\n    from: {inputs: previous, mask: allowed}" + WEIGHTED,
    "a mask by an operation": DOT + "  - ops.where:\n    from: [allowed, previous, -1e9]\n  - ops.softmax:" + WEIGHTED,
    "a mask behind": DOT + "  - ops.exp\n  - Multiply:\n    from: [previous, mask]" + WEIGHTED,
    "weights of another sequence": "  - Dot: {axes: [2, 1]}\n    from: [mask, x]",
    "made weights, masked": "  - Dense: 50\n    from: x\n  - Multiply:\n    from: [previous, mask]" + WEIGHTED,
    "features against features": "  - Reshape: [50, 8, 1]\n    from: x\n    name: c\n"
    + "  - Permute: [1, 3, 2]\n    name: t\n"
    + "  - ops.matmul:\n    from: [c, t]\n  - Softmax\n  - ops.matmul:\n    from: [previous, c]\n  - Reshape: [50, 8]",
    "a triangle of made weights": "  - Dense: 50\n    from: x\n  - Multiply:\n    from: [previous, mask]\n    name: w\n"
    + "  - Dot: {axes: [1, 1]}\n    from: [w, x]",
    "one's own layer": DOT + "  - Masked:" + WEIGHTED,
}
HEADS = "  - Reshape: [50, 2, 4]\n  - Permute: [2, 1, 3]\n    name: h\n"
UNMASKED = {
    "a softmax": DOT + "  - Softmax:" + WEIGHTED,
    "an activation": DOT + "  - Activation: softmax" + WEIGHTED,
    "no softmax": "  - Dot: {axes: 2}\n    from: [x, x]" + WEIGHTED,
    "scaled and dropped": DOT
    + "  - Rescaling: 0.5\n  - ops.multiply:\n    from: [previous, 2]\n  - ops.softmax\n"
    + "  - Dropout: 0.1"
    + WEIGHTED,
    "operations": "  - ops.swapaxes: {axis1: 1, axis2: 2}\n    name: t\n  - ops.matmul:\n    from: [x, t]\n"
    + "  - ops.softmax:\n    name: w\n  - ops.matmul:\n    from: [w, x]",
    "an einsum": "  - ops.einsum: 'btd,bsd->bts'\n    from: [x, x]\n  - ops.softmax:\n    name: w\n"
    + "  - ops.einsum: 'bts,bsd->btd'\n    from: [w, x]",
    "heads": HEADS
    + "  - ops.transpose: [0, 1, 3, 2]\n    name: t\n  - ops.matmul:\n    from: [h, t]\n  - Softmax\n"
    + "  - ops.matmul:\n    from: [previous, h]\n  - Permute: [2, 1, 3]\n  - Reshape: [50, 8]",
}


@pytest.mark.parametrize("layers", MASKED.values(), ids=list(MASKED))
def test_attention_by_hand_that_may_be_masked_is_let_go(layers: str) -> None:
    inputs = "inputs:\n  x: [50, 8]\n  mask: [50, 50]\n  allowed: {shape: [50, 50], dtype: bool}\n"
    own = "custom_layers: {Masked: {import: a.B, signature: '(b, t, s) -> (b, t, s)'}}\n" * ("Masked" in layers)
    report = archcompiler.check(io.StringIO(f"archcompiler: 1\n{inputs}{own}layers:\n{layers}{LAST}"))
    assert {one.code for one in report.diagnostics} <= {"ARC402"}


@pytest.mark.parametrize("layers", UNMASKED.values(), ids=list(UNMASKED))
def test_attention_by_hand_without_a_mask_is_told_once(layers: str) -> None:
    assert codes(layers, False) == ["ARC406"]
    assert codes(layers, True) == ["ARC312"]


def codes(layers: str, generation: bool) -> list[str]:
    report = archcompiler.check(io.StringIO(HEAD + layers + LAST + (GENERATION if generation else "")))
    return [one.code for one in report.diagnostics if one.code in ("ARC406", "ARC312", "ARC313") or not report.ok]


@pytest.mark.parametrize("name", LOOKING_BACK)
def test_what_looks_back_is_let_go(name: str) -> None:
    layers, unsteady = LOOKING_BACK[name]
    assert codes(layers, False) == []
    assert codes(layers, True) == ([] if unsteady is None else [unsteady])


@pytest.mark.parametrize("name", SEEN)
def test_what_has_seen_the_next_step_is_told_once(name: str) -> None:
    assert codes(SEEN[name], False) == ["ARC406"]
    assert codes(SEEN[name], True) == ["ARC312"]


OPEN = ("turned", "turned and read", "rolled back", "patches", "a mean of all steps", "too few zeros before",
        "a transposed convolution", "products of all steps", "pooled and stretched")  # fmt: skip


@pytest.mark.parametrize("axis", ["null", "steps"])
@pytest.mark.parametrize("name", OPEN)
def test_steps_of_any_number_are_told_too(name: str, axis: str) -> None:
    text = (HEAD + SEEN[name] + LAST).replace("[50, 8]", f"[{axis}, 8]", 1)
    assert [one.code for one in archcompiler.check(io.StringIO(text)).diagnostics] == ["ARC406"]


@pytest.mark.parametrize("axis", ["null", "steps"])
@pytest.mark.parametrize("name", [name for name, (layers, _) in LOOKING_BACK.items() if "50" not in layers])
def test_open_steps_that_look_back_are_let_go(name: str, axis: str) -> None:
    text = (HEAD + LOOKING_BACK[name][0] + LAST).replace("[50, 8]", f"[{axis}, 8]", 1)
    assert [one.code for one in archcompiler.check(io.StringIO(text)).diagnostics] == []


ONE_NUMBER = """
archcompiler: 1
inputs: {{series: {shape}}}
layers:
{expand}{reads}  - Dense: 1
{squeeze}    name: next
target: {{next_step_of: series}}
training: {{loss: mse, optimizer: adam{windows}}}
"""


@pytest.mark.parametrize("windows", ["", ", windows: {length: 30}"])
@pytest.mark.parametrize("squeeze", ["", "  - ops.squeeze: {axis: -1}\n"])
@pytest.mark.parametrize("shape", ["[steps]", "[null]", "[30]", "[steps, 1]", "[null, 1]", "[30, 1]"])
@pytest.mark.parametrize("both", [False, True])
def test_one_number_a_step_is_a_sequence(shape: str, squeeze: str, windows: str, both: bool) -> None:
    """(batch, steps), (batch, steps, 1), and the one against the other."""
    if shape == "[30]" and windows:
        return  # a vector, to `windows`
    reads = "  - LSTM: {units: 4, return_sequences: true}\n"
    if both:
        reads = "  - Bidirectional: {LSTM: {units: 4, return_sequences: true}}\n"
    expand = "" if "1" in shape else "  - ops.expand_dims: {axis: -1}\n"
    text = ONE_NUMBER.format(shape=shape, expand=expand, reads=reads, squeeze=squeeze, windows=windows)
    report = archcompiler.check(io.StringIO(text))
    assert [one.code for one in report.diagnostics] == (["ARC406"] if both else [])


def test_a_number_for_all_steps_is_the_step_after_the_window() -> None:
    text = ONE_NUMBER.format(shape="[30, 1]", expand="", reads="  - Bidirectional: {LSTM: 4}\n", squeeze="",
                             windows=", windows: {length: 30}")  # fmt: skip
    assert archcompiler.check(io.StringIO(text)).diagnostics == ()
