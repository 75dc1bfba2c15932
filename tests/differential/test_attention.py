"""Attention layers drawn at random, compared with Keras: shapes, parameters, masks, and what fails when it runs."""

from __future__ import annotations

import io
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archcompiler

SIZES = st.integers(1, 5)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """A spec of one attention on a query, a value and, sometimes, a key of its own, of sizes that may not fit."""
    kind = draw(st.sampled_from(["Attention", "AdditiveAttention", "MultiHeadAttention"]))
    wide = draw(SIZES)
    widths = [wide if draw(st.integers(0, 3)) else draw(SIZES) for _ in range(3)]
    steps = draw(SIZES)
    inputs = {"a": [draw(SIZES), widths[0]], "b": [steps, widths[1]], "c": [steps, widths[2]]}
    arguments: dict[str, Any] = {}
    if kind == "MultiHeadAttention":
        arguments = {"num_heads": draw(st.integers(1, 3)), "key_dim": draw(SIZES), "use_bias": draw(st.booleans())}
        if draw(st.booleans()):
            arguments["value_dim"] = draw(SIZES)
        if draw(st.booleans()):
            arguments["output_shape"] = draw(SIZES)
        if draw(st.booleans()):
            arguments["use_gate"] = True
    else:
        arguments["use_scale"] = draw(st.booleans())
        if kind == "Attention":
            arguments["score_mode"] = draw(st.sampled_from(["dot", "concat"]))
    call: Any = {"query": "a", "value": "b"}
    if draw(st.booleans()):
        call["key"] = "c"
    if draw(st.booleans()):
        call["use_causal_mask"] = draw(st.booleans())
    elif draw(st.booleans()):
        call = ["a", "b", *(["c"] if "key" in call else [])]
    used = {"a", "b"} | ({"c"} if "key" in call or "c" in call else set())
    return {
        "archcompiler": 1,
        "inputs": {name: shape for name, shape in inputs.items() if name in used},
        "layers": [{kind: arguments, "from": call, "name": "out"}],
    }


def by_hand(spec: dict[str, Any]) -> Any:
    inputs = {name: keras.Input(shape) for name, shape in spec["inputs"].items()}
    item = spec["layers"][0]
    kind = next(key for key in item if key[0].isupper())
    layer = getattr(keras.layers, kind)(**item[kind])
    call = item["from"]
    named = call if isinstance(call, dict) else dict(zip(("query", "value", "key"), call, strict=False))
    tensors = [inputs[named[role]] for role in ("query", "value", "key") if role in named]
    causal = {"use_causal_mask": named["use_causal_mask"]} if "use_causal_mask" in named else {}
    output = layer(*tensors, **causal) if kind == "MultiHeadAttention" else layer(tensors, **causal)
    return keras.Model(list(inputs.values()), output)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(specs())
def test_attention_is_what_keras_makes_of_it(spec: dict[str, Any]) -> None:
    report = archcompiler.check(spec)
    data = [np.random.default_rng(0).normal(size=(2, *shape)).astype("float32") for shape in spec["inputs"].values()]
    try:
        model = by_hand(spec)
        result = np.asarray(keras.ops.convert_to_numpy(model(data)))
    except Exception:
        result = None
    if result is None:
        assert not report.ok, "Keras fails, and nothing was said"
        return
    if not report.ok:
        # Widths that differ in one number of 1 are squared by broadcasting: Keras runs, and means nothing by it.
        assert [one.code for one in report.errors] == ["ARC202"]
        assert any(1 in shape for shape in spec["inputs"].values())
        return
    graph = report.graph
    assert graph is not None
    assert graph.outputs["out"].shape == (None, *result.shape[1:])
    assert graph.param_count == model.count_params()
    built = archcompiler.build(spec)
    built.set_weights(model.get_weights())
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(built(data)), result)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("{query: a}", "ARC112"),
        ("{query: a, valve: a}", "ARC111"),
        ("{query: a, value: a, use_causal_mask: yes please}", "ARC103"),
        ("[a]", "ARC205"),
        ("{query: a, value: b}", "ARC202"),
    ],
)
def test_what_is_wrong_with_a_call(call: str, code: str) -> None:
    text = (
        f"archcompiler: 1\ninputs: {{a: [4, 3], b: [4, 5]}}\nlayers:\n  - Attention:\n    from: {call}\n    name: x\n"
    )
    text += "  - LSTM: 2\n    from: b\n    name: y\noutputs: [x, y]\n"
    report = archcompiler.check(io.StringIO(text))
    assert [one.code for one in report.errors] == [code]
    assert report.errors[0].help
