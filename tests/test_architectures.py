"""Public architectures as specs: each checks clean, and is built and emitted with the weights that were told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archcompiler
from tests.programs import program_of

FOLDER = Path(__file__).parent / "architectures"
COUNTS = {
    "a3c": 587_429, "alexnet": 7_830_248, "attunet": 546_556, "autoint": 7_169, "bahdanau": 64_040, "bert": 52_130,
    "bidaf": 13_570, "byol": 20_392, "cae": 12_193, "capsnet": 960_848, "cbhg": 16_256, "charcnn": 109_220,
    "conformer": 52_734, "convlstm": 12_697, "crnn": 432_596, "cyclegan": 632_040, "dagmm": 692, "dcn": 6_416,
    "deepfm": 12_681, "deepsets": 5_208, "densenet": 8_062_504, "din": 18_786, "dlrm": 13_329,
    "efficientnet": 5_330_564, "elmo": 31_366, "esim": 23_219, "espcn_shuffle": 21_746, "fpn": 878_456, "gan": 42_329,
    "gcn": 760, "googlenet": 10_610_780, "highway": 65_260, "inception_time": 31_716, "infersent": 78_323,
    "informer": 9_111, "ladder": 15_648, "lenet": 61_706, "linformer": 8_338, "lstm_ae": 3_011, "lstm_fcn": 267_981,
    "lstnet": 1_634, "luong_general": 80_016, "malstm": 46_200, "mdn_rnn": 9_658, "memn2n": 24_750,
    "mlp_mixer": 88_010, "mmoe": 3_234, "mobilenetv2": 3_538_984, "nbeats": 18_440, "neumf": 62_761, "node": 315,
    "perceiver": 85_189, "pix2pix": 3_407_427, "pointer": 4_500, "pointnet": 748_979, "ppo": 13_833, "relnet": 2_522,
    "resnet56v2": 1_673_738, "resnext": 873_418, "s2s": 718_173, "sasrec": 6_880, "set_transformer": 7_477,
    "show_tell": 99_023, "shufflenet": 1_025_308, "simcse": 9_184, "squeezenet": 727_626, "srgan": 34_003,
    "ssd": 423_910, "stateful_stack": 17_777, "tabnet": 3_675, "tagger": 31_743, "tcn": 3_385, "textcnn": 10_492,
    "tft": 14_067, "tied_dae": 4_356, "tied_rnn": 1_041, "triplet": 3_240, "ts_resnet": 33_043,
    "ts_transformer": 3_882, "two_tower": 119_648, "video": 76_972, "vqa": 167_756, "wavenet": 103_296,
    "waveunet": 30_338, "widedeep": 876,
}  # fmt: skip
"""How many weights the same architecture has where it is written by hand in Keras."""


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_architecture(path: Path) -> None:
    report = archcompiler.check(path)
    assert report.diagnostics == (), str(report)
    graph = report.graph
    assert graph is not None
    built: Any = archcompiler.build(path)
    assert built.count_params() == graph.param_count == COUNTS.get(path.stem, graph.param_count)
    for typed in graph.nodes.values():
        if typed.node.kind == "layer" and typed.class_name[:4] != "ops.":
            layer = built.get_layer(typed.name)
            assert layer.count_params() == typed.params, typed.name
            given = layer.output if len(typed.outputs) > 1 else [layer.output]
            assert [one.shape for one in given] == [one.shape for one in typed.outputs], typed.name
    emitted: Any = program_of(path.read_text()).build_model()
    assert [one.shape for one in emitted.weights] == [one.shape for one in built.weights]
