"""`exports`: parts of a model as models of their own, on the same weights."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

import archcompiler
from archcompiler.build.program import program_of

TRANSLATOR: dict[str, Any] = {
    "archcompiler": 1,
    "name": "translator",
    "inputs": {"source": {"shape": ["steps"], "dtype": "int32"}, "target": {"shape": ["out"], "dtype": "int32"}},
    "models": {"head": {"inputs": {"decoded": ["out", 6]}, "layers": [{"Dense": 9}]}},
    "layers": [
        {"Embedding": {"input_dim": 7, "output_dim": 5}, "from": "source"},
        {"LSTM": {"units": 6, "return_state": True}, "name": "encoder", "outputs": ["last", "h", "c"]},
        {"Embedding": {"input_dim": 9, "output_dim": 5}, "from": "target", "name": "target_embedding"},
        {
            "LSTM": {"units": 6, "return_sequences": True},
            "name": "decoder",
            "from": {"sequences": "previous", "initial_state": ["encoder.h", "encoder.c"]},
        },
        {"ops.multiply": None, "from": ["decoder", 0.5]},
        {"head": None, "name": "words"},
    ],
    "exports": {
        "encoder_model": {"inputs": "source", "outputs": ["encoder.h", "encoder.c"]},
        "decoder_model": {"inputs": ["target", "encoder.h", "encoder.c"], "outputs": {"logits": "words"}},
    },
}


def test_the_parts_together_give_what_the_model_gives() -> None:
    model: Any = archcompiler.build(TRANSLATOR, seed=2)
    parts: dict[str, Any] = archcompiler.exports(TRANSLATOR, model)
    program: Any = program_of(archcompiler.emit(TRANSLATOR), "translator")
    from keras import ops

    random = np.random.default_rng(0)
    source, target = random.integers(0, 7, (3, 5)), random.integers(0, 9, (3, 4))
    wanted = np.asarray(model([ops.convert_to_tensor(source), ops.convert_to_tensor(target)]))
    for encoder, decoder in (
        (parts["encoder_model"], parts["decoder_model"]),
        (program.encoder_model_of(model), program.decoder_model_of(model)),
    ):
        h, c = encoder(source)
        np.testing.assert_array_equal(np.asarray(decoder([ops.convert_to_tensor(target), h, c])["logits"]), wanted)
        assert all(any(weight is other for other in model.weights) for weight in (*encoder.weights, *decoder.weights))
        assert (encoder.name, decoder.name) == ("encoder_model", "decoder_model")


@pytest.mark.parametrize(
    ("export", "code", "said"),
    [
        ({"inputs": ["source"], "outputs": "words"}, "ARC119", "needs `target`"),
        ({"inputs": ["source", "target"], "outputs": "encoder"}, "ARC119", "takes `target`"),
        ({"inputs": ["sauce"], "outputs": "encoder"}, "ARC116", "sauce"),
        ({"inputs": ["source", "source"], "outputs": "encoder"}, "ARC106", "twice"),
        ({"inputs": ["source"], "outputs": "encoder.d"}, "ARC116", "`d`"),
        ({"inputs": ["source"]}, "ARC102", "outputs"),
        ({"inputs": ["source"], "outputs": "encoder", "weights": 1}, "ARC101", "weights"),
        ("source", "ARC103", "`part` is"),
    ],
)
def test_a_wrong_export_is_told_once(export: Any, code: str, said: str) -> None:
    report = archcompiler.check({**TRANSLATOR, "exports": {"part": export}})
    assert [one.code for one in report.diagnostics] == [code], str(report)
    assert said in report.diagnostics[0].message


OF_PARAMS = """\
archcompiler: 1
params: {units: 4}
inputs: {x: [5, 3]}
layers:
  - LSTM: {units: "${units}", return_state: true}
    name: reader
    outputs: [last, h, c]
  - Dense: 6
    from: reader.h
  - Dense: 2
    name: head
exports: {said: {inputs: [reader.h], outputs: head}}
"""


def test_a_part_of_a_model_of_other_sizes() -> None:
    """Where `build_model` takes params, a part has the sizes of the model that it is given."""
    program: Any = program_of(archcompiler.emit(io.StringIO(OF_PARAMS)), "of_params")
    part = program.said_of(program.build_model(units=7))
    assert part.input_shape == (None, 7)
    # Where params decide which layers there are, the part is written for those: they are constants.
    deeper = OF_PARAMS.replace("  - Dense: 6\n", '  - Dense: 6\n    repeat: "${units}"\n')
    assert "def build_model() -> keras.Model:" in archcompiler.emit(io.StringIO(deeper))
