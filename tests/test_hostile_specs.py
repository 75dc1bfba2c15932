"""Whatever a spec holds, a check gives a report: it raises nothing, hangs nowhere, and speaks in words of the spec."""

from __future__ import annotations

import copy
import io
import math
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import archcompiler
from archcompiler.codes import CODES
from archcompiler.flow import to_flow
from archcompiler.report import Report

Loc = tuple[str | int, ...]

FULL: dict[str, Any] = {
    "archcompiler": 1,
    "name": "whole",
    "description": "Every section of a spec.",
    "params": {
        "width": 8,
        "half": "${width // 2}",
        "units": {"value": 4, "min": 1, "max": 64, "description": "How wide."},
        "mode": {"value": "sum", "choices": ["sum", "concat"]},
    },
    "topology": "many_to_many",
    "batch_size": 4,
    "inputs": {
        "words": {"shape": ["steps"], "dtype": "int32"},
        "readings": ["steps", 3],
    },
    "models": {
        "encoder": {
            "inputs": {"signal": {"shape": ["hours", 8]}},
            "layers": [{"LSTM": {"units": 6, "return_sequences": True}}, {"Dense": 8}],
            "outputs": "dense",
        },
    },
    "layers": [
        {"Embedding": {"input_dim": 50, "output_dim": "${width}"}, "from": "words", "name": "embedded"},
        {"Dense": {"units": 8, "activation": {"ReLU": {"max_value": 6}}}, "from": "readings", "name": "lifted"},
        {"Add": {}, "from": ["embedded", "lifted"], "name": "both", "trainable": False},
        "encoder",
        {"Bidirectional": {"layer": {"LSTM": {"units": "${half}", "return_sequences": True}}, "merge_mode": "${mode}"}},
        {
            "LSTM": {"units": 4, "return_sequences": True, "return_state": True, "kernel_regularizer": {"L2": 0.01}},
            "name": "memory",
            "outputs": ["sequence", "h", "c"],
        },
        {"RNN": {"cell": [{"LSTMCell": 4}, {"GRUCell": 4}], "return_sequences": True}, "from": "memory.sequence"},
        {"TimeDistributed": {"Dense": "${units}"}, "from": "previous", "name": "forecast"},
        {"Conv1D": {"filters": 8, "kernel_size": [3], "padding": "same"}, "from": "both"},
        {"Dense": {"units": 5, "activation": "softmax", "kernel_initializer": "he_normal"}, "name": "kind"},
    ],
    "outputs": ["forecast", "kind"],
    "targets": {"forecast": {"shape": ["steps", 4], "dtype": "float32"}, "kind": {"same_as": "words"}},
    "training": {
        "optimizer": {
            "Adam": {
                "learning_rate": {
                    "ExponentialDecay": {"initial_learning_rate": 0.01, "decay_steps": 100, "decay_rate": 0.9}
                }
            }
        },
        "loss": {"forecast": {"Huber": {"delta": 2.0}}, "kind": "sparse_categorical_crossentropy"},
        "loss_weights": {"forecast": 1.0, "kind": 0.5},
        "metrics": {"forecast": ["mae"]},
        "batch_size": 4,
        "epochs": 3,
        "shuffle": True,
        "validation_split": 0.1,
        "callbacks": [{"EarlyStopping": {"patience": 3, "restore_best_weights": True}}],
    },
}


def deep(depth: int) -> object:
    value: object = []
    for _ in range(depth):
        value = [value]
    return value


VALUES: dict[str, object] = {
    "null": None,
    "true": True,
    "-1": -1,
    "0": 0,
    "1.5": 1.5,
    "10**30": 10**30,
    "empty text": "",
    "long text": "x" * 100_000,
    "opened": "${",
    "import": "${__import__('os').system('true')}",
    "class": "${().__class__}",
    "power": "${9**9**9}",
    "long product": "${'a'*10**9}",
    "list product": "${[1]*10**9}",
    "deep": deep(90),
    "{}": {},
    "[]": [],
    "mapping": {"a": {"b": 1}},
    "list": ["a", 1, None],
    "nan": math.nan,
    "inf": math.inf,
    "word": "steps",
    "number key": {1: 2},
    "list of mappings": [{"a": 1}, {"Dense": 1}],
}
LEAK = re.compile(
    r"<class|<[a-z_.]+ object|pydantic|\bNoneType\b|Traceback|\bstr\b|\bdict\b|\bint\b(?!\d)|Input should|\bunhashable"
    r"|__\w+__(?!')|not subscriptable|_Unknown|\bUNKNOWN\b|Unknown object|TypeError|ValueError|KeyError"
)
PERMITTED = re.compile(
    r"`[^`]*`|\"[^\"]*\"|\{.*\}|\[.*\]|there are min, max, round, abs, int, float, len|int(, the| or tuple/list)"
)
"""What is quoted from the spec or from Keras's own documentation."""


def places(data: object, loc: Loc = ()) -> Iterator[Loc]:
    """Every place in a spec, parents first."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield (*loc, key)
        yield from places(value, (*loc, key))


PLACES = list(places(FULL))


def parent_of(data: Any, loc: Loc) -> Any:
    for part in loc[:-1]:
        data = data[part]
    return data


HANGS = 10.0
"""Seconds of processor time after which a check hangs: some fifty times what the slowest takes on a quiet machine."""


def checked(source: Any) -> Report:
    start = time.process_time()
    report = archcompiler.check(source)
    took = time.process_time() - start
    assert isinstance(report, Report)
    assert took < HANGS, f"{took:.2f} s"
    for one in report.diagnostics:
        assert one.code in CODES
        assert one.message
        assert len(one.message) < 1_500, one.message[:300]
        for text in (one.message, one.help or "", *(note.message for note in one.notes)):
            assert not LEAK.search(PERMITTED.sub("", text)), text
            assert "\n" not in text
            assert len(text) < 4_000
    return report


def dumped(data: object) -> str:
    return str(yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False))


def both(data: object, write: Callable[[object], str] = dumped) -> tuple[Report, Report]:
    """The reports of a spec as a mapping and as a text, which must tell the same."""
    text = write(data)
    first, second = checked(data), checked(io.StringIO(text))
    told = [{(one.code, one.message) for one in report.diagnostics} for report in (first, second)]
    if not any(one.code in ("ARC002", "ARC003", "ARC006") for one in second.diagnostics):
        assert told[0] == told[1]
    return first, second


def test_the_whole_spec_is_right() -> None:
    for report in both(FULL):
        assert report.diagnostics == ()
        assert report.graph is not None


SURELY_WRONG = ("opened", "import", "class", "power", "long product", "list product", "deep", "mapping", "list",
                "list of mappings")  # fmt: skip
UNREAD = {("params", "mode", "choices", 1), ("params", "units", "description")}
"""A choice that is not taken may be anything, and a description any text."""


@pytest.mark.parametrize("value", VALUES)
def test_any_value_at_any_place(value: str) -> None:
    for loc in PLACES:
        data = copy.deepcopy(FULL)
        parent_of(data, loc)[loc[-1]] = copy.deepcopy(VALUES[value])
        try:
            mapping, text = both(data)
        except Exception as error:
            raise AssertionError(f"{value} at {loc}") from error
        assert mapping.ok == text.ok, loc
        if value in SURELY_WRONG and loc not in UNREAD:
            assert not mapping.ok, f"{value} at {loc} is taken"


@pytest.mark.parametrize("loc", PLACES, ids=lambda loc: ".".join(map(str, loc)))
def test_any_entry_taken_out_or_renamed(loc: Loc) -> None:
    data = copy.deepcopy(FULL)
    value = parent_of(data, loc).pop(loc[-1])
    both(data)
    parent = parent_of(data, loc)
    if isinstance(parent, dict):
        for name in ("zzz", f"{loc[-1]}s", "a b", 7, "${width}"):
            renamed = {name if key == loc[-1] else key: one for key, one in parent_of(FULL, loc).items()}
            whole = copy.deepcopy(FULL)
            if len(loc) == 1:
                whole = renamed
            else:
                parent_of(whole, loc[:-1])[loc[-2]] = renamed
            both(whole)
    else:
        parent.insert(loc[-1], value)
        parent.append(value)
        both(data)


WORDS = st.sampled_from(
    ["layers", "inputs", "x", "shape", "LSTM", "Dense", "units", "from", "name", "outputs", "models", "training",
     "targets", "loss", "optimizer", "params", "TimeDistributed", "layer", "RNN", "Concatenate", "previous", "x.0",
     "dtype", "int32", "${x}", "${x + 1}", "steps", "adam", "mse", "target", "same_as", "batch_size", "Reshape"]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 40), st.integers(), st.floats(), WORDS, st.text(max_size=8)
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(WORDS, st.text(max_size=5), st.integers(-2, 9)), inner, max_size=4),
    ),
    max_leaves=14,
)
TOP = ("name", "description", "params", "topology", "batch_size", "inputs", "models", "layers", "outputs", "target",
       "targets", "training")  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.one_of(st.sampled_from(TOP), WORDS), DATA, max_size=8))
def test_random_data(entries: dict[str, Any]) -> None:
    data = {"archcompiler": 1, **entries}
    both(data, write=to_flow)  # PyYAML writes the word `0E0` as YAML 1.2 has a number


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(PLACES), DATA)
def test_random_data_in_the_whole_spec(loc: Loc, value: object) -> None:
    data = copy.deepcopy(FULL)
    parent_of(data, loc)[loc[-1]] = value
    both(data, write=to_flow)


def spec(**entries: Any) -> dict[str, Any]:
    return {"archcompiler": 1, "inputs": {"x": ["steps", 2]}, "layers": [{"LSTM": 4}], **entries}


def codes(report: Report) -> list[str]:
    return [one.code for one in report.diagnostics]


@pytest.mark.parametrize("key", [1, -1, 0, True, None, 1.5, math.nan, ("a", "b"), b"layers", object])
def test_keys_that_are_no_words(key: object) -> None:
    for loc in ((), ("inputs",), ("inputs", "x"), ("layers", 0), ("layers", 0, "LSTM"), ("training",), ("models",),
                ("targets",), ("params",), ("outputs",), ("training", "loss"), ("training", "metrics")):  # fmt: skip
        data: Any = spec(inputs={"x": {"shape": [3, 2]}}, layers=[{"LSTM": {"units": 3}}], training={}, models={},
                         targets={}, params={}, outputs={"y": "lstm"})  # fmt: skip
        if len(loc) == 2 and loc[0] == "training":
            data["training"][loc[1]] = {}
        whole = data
        for part in loc:
            data = data[part]
        data[key] = 3
        report = checked(whole)
        assert not report.ok, loc


def test_a_key_of_a_million_letters() -> None:
    for loc in ((), ("inputs",), ("layers", 0), ("layers", 0, "LSTM"), ("training",), ("params",)):
        data: Any = spec(layers=[{"LSTM": {"units": 3}}], training={}, params={})
        whole = data
        for part in loc:
            data = data[part]
        data["k" * 1_000_000] = 3
        both(whole)


def test_ten_thousand_layers() -> None:
    report = checked(spec(layers=[{"Dense": 4}] * 10_000))
    assert report.ok and report.graph is not None
    assert report.graph.param_count == 2 * 4 + 4 + 9_999 * 20
    assert list(report.graph.outputs) == ["dense_9999"]
    wrong = checked(spec(layers=[{"LSTM": 4}] * 10_000))
    assert codes(wrong) == ["ARC201"]


def test_a_thousand_inputs() -> None:
    inputs = {f"x{index}": [3] for index in range(1_000)}
    report = checked(spec(inputs=inputs, layers=[{"Concatenate": {}, "from": list(inputs)}]))
    assert report.ok and report.graph is not None
    assert report.graph.outputs["concatenate"].shape == (None, 3_000)
    assert codes(checked(spec(inputs=inputs))) == ["ARC119"]
    assert codes(checked(spec(inputs=inputs, layers=[{"Dense": 3, "from": list(inputs)}]))) == ["ARC205"]
    inputs["x500"] = [4, 2]
    assert codes(checked(spec(inputs=inputs, layers=[{"Concatenate": {}, "from": list(inputs)}]))) == ["ARC202"]


def test_a_circle_of_a_thousand_layers() -> None:
    layers = [{"Dense": 2, "name": f"d{index}", "from": f"d{(index + 1) % 1_000}"} for index in range(1_000)]
    assert codes(checked(spec(layers=layers))) == ["ARC117"]


def test_a_thousand_mistakes() -> None:
    report = checked(spec(layers=[{"LSMT": 4}] * 1_000))
    assert set(codes(report)) == {"ARC110"}
    report = checked(spec(layers=[{"LSTM": {f"argument_{index}": 1 for index in range(1_000)}}]))
    assert set(codes(report)) == {"ARC111"}


def test_models_that_contain_themselves() -> None:
    def model(*layers: object) -> dict[str, Any]:
        return {"inputs": {"y": [5, 2]}, "layers": list(layers)}

    itself = both(spec(models={"m": model("m")}, layers=["m"]))
    assert codes(itself[0]) == ["ARC117"]
    wrapped = both(spec(models={"m": model({"TimeDistributed": "m"})}, layers=["m"]))
    assert codes(wrapped[0]) == ["ARC117"]
    ring = both(spec(models={"a": model("b"), "b": model("c"), "c": model("a")}, layers=["a"]))
    assert codes(ring[0]) == ["ARC117"]
    many = {f"m{index}": model(f"m{index + 1}") for index in range(300)} | {"m300": model({"Dense": 2})}
    assert checked(spec(inputs={"x": [5, 2]}, models=many, layers=["m0"])).ok


def test_models_that_call_each_other_twice() -> None:
    """Calls double at each of thirty floors, so that whoever walks them all is never done."""
    models: dict[str, Any] = {
        f"m{index}": {"inputs": {"y": ["steps", 2]}, "layers": [f"m{index + 1}", f"m{index + 1}"]}
        for index in range(30)
    }
    models["m30"] = {"inputs": {"y": ["steps", 2]}, "layers": [{"Dense": 2}]}
    assert checked(spec(models=models, layers=["m0"])).ok


def test_params_that_need_each_other() -> None:
    for params in ({"a": "${a}"}, {"a": "${b}", "b": "${a}"}, {"a": "${b + 1}", "b": "${c + 1}", "c": "${a + 1}"},
                   {"a": {"value": "${a * 2}", "min": 1}}):  # fmt: skip
        mapping, _ = both(spec(params=params, layers=[{"LSTM": "${a}"}]))
        assert codes(mapping) == ["ARC109"]
    ring = {f"p{index}": f"${{p{(index + 1) % 2_000} + 1}}" for index in range(2_000)}
    assert codes(checked(spec(params=ring, layers=[{"LSTM": "${p0}"}]))) == ["ARC109"]
    chain = {f"p{index}": f"${{p{index + 1} + 1}}" for index in range(2_000)} | {"p2000": 1}
    report = checked(spec(params=chain, layers=[{"LSTM": "${p0}"}]))
    assert report.graph is not None and report.graph.outputs["lstm"].shape == (None, 2_001)


@pytest.mark.parametrize(
    "expression",
    [
        "1" + "+1" * 499, "1" + "+1" * 600, "-" * 900 + "1", "(" * 450 + "1" + ")" * 450, "[" * 450 + "]" * 450,
        "not " * 240 + "1", "a" * 1_000, "a" * 100_000, "9**9**9**9", "2**64**64", "10**18*10**18", "-(2**64)**64",
        "1 if 1 else " * 80 + "1", "'" + "a" * 990 + "'", "[" + "1," * 490 + "]", "max(" * 90 + "1" + ")" * 90,
        "1.0e308*10", "1e400", "1/0", "1//0", "1%0", "0**-1", "(-8)**0.5", "int('9'*9999)", "int(1e308)",
        "float('nan')", "int('1'*100)", "round(1.5, -400)", "round(2.5, 10**9)", "abs('a')", "len(1)", "min()",
        "max([])", "min(1, 'a')", "[1,2,3][9]", "'abc'['a']", "[][0][0]", "lambda: 1", "[x for x in [1]]", "f'{1}'",
        "{1: 2}", "{1}", "x := 1", "__import__('os')", "().__class__.__mro__", "open('/etc/passwd')", "1 if", "1;2",
        "a b", "\x00", "'\\ud800'", "1j", "...", "b'a'", "*[1]", "yield", "await x", "1 is 1", "1 in [1]",
        "1 << 4000", "~1", "1 @ 2", "'a' % 1", "'a' * 9", "[1] * 9", "[1] + [2]", "'a' < 1", "[1] < [2]", "None",
        "True", "null", "true", "nan", "inf", "print(1)", "int(real=1)", "int(*[1])", "''.join([])", "10**18 + 1",
        "0x10", "1_000", "\n1", "#", "1 # 2",
    ],
)  # fmt: skip
def test_expressions(expression: str) -> None:
    for data in (
        spec(layers=[{"LSTM": f"${{{expression}}}"}]),
        spec(params={"p": f"${{{expression}}}"}),
        spec(description=f"{{ {expression} ${{{expression}}} "),
        spec(inputs={"x": [f"${{{expression}}}", 2]}),
    ):
        both(data)


def test_expressions_that_are_many() -> None:
    text = "${1+1}" * 3_000
    both(spec(description=text))
    both(spec(description="${" * 10_000))
    both(spec(params={"a": "x" * 9_000}, description="${a}" * 1_000))
    params: dict[str, Any] = {"a0": "ha"} | {f"a{n}": f"${{a{n - 1} + a{n - 1}}}" for n in range(1, 40)}
    assert "ARC107" in codes(both(spec(params=params))[0])
    params = {"a0": [1, 2]} | {f"a{n}": f"${{[a{n - 1}, a{n - 1}]}}" for n in range(1, 40)}
    checked(spec(params=params, layers=[{"LSTM": "${a39}"}]))


def test_what_overrides_params() -> None:
    data = spec(params={"units": {"value": 4, "min": 1, "max": 9}}, layers=[{"LSTM": "${units}"}])
    for value in VALUES.values():
        report = archcompiler.check(data, params={"units": value, "unknown": value})
        assert not report.ok
    for name in (1, None, "", "a" * 100_000):
        assert not archcompiler.check(data, params={name: 1}).ok  # type: ignore[dict-item]


@pytest.mark.parametrize("source", [{}, {1: 2}, {"archcompiler": True}, {"archcompiler": "1"}, {"archcompiler": 1.0},
                                    {"archcompiler": None}, {"archcompiler": 2}, {"archcompiler": [1]},
                                    {"archcompiler": 1}, {"layers": []}])  # fmt: skip
def test_what_is_no_spec(source: Any) -> None:
    report = checked(source)
    assert len(report.errors) == 1


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n", "# nothing", "null", "1", "a", "[]", "{}", "- a", "---", "---\n---", "{", "]", "\t", "a: b: c",
     "archcompiler: 1", "archcompiler:1", "archcompiler", "&a *a", "*a", "!!python/object:os.system x", "%YAML 3.0",
     "archcompiler: 1\ninputs: {x: [2]}\nlayers: [{Dense: 2}]\n<<: 3", "\x00", "a: \x07", "\ud800"],
)  # fmt: skip
def test_what_is_no_text_of_a_spec(text: str) -> None:
    report = checked(io.StringIO(text))
    assert len(report.errors) == 1


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=200))
def test_random_text(text: str) -> None:
    assert not checked(io.StringIO(text)).ok
    checked(io.StringIO("archcompiler: 1\ninputs: {x: [3]}\nlayers:\n  - Dense: 2\n" + text))


def test_many_calls_without_a_name() -> None:
    repeated = {"blocks": {"unit": None}, "layers": [{"unit": None, "repeat": 20_000}]}
    assert codes(checked(spec(**repeated))) == ["ARC103"]
    models = {"m": {"inputs": {"x": [2]}, "layers": [{"Dense": 2}]}}
    assert checked(spec(inputs={"x": [2]}, models=models, layers=[{"m": None, "repeat": 10_000}])).ok


def test_a_second_document_that_is_no_yaml() -> None:
    text = "archcompiler: 1\ninputs: {x: [2]}  # archc: ignore[ARC201]\nlayers: [Flatten]\n---\na: b: [\n"
    assert codes(checked(io.StringIO(text))) == ["ARC006"]


def test_an_expression_that_python_would_warn_of(recwarn: pytest.WarningsRecorder) -> None:
    assert checked(spec(layers=[{"Dense": "${1if 2 else 3}"}])).ok
    assert not recwarn.list


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 10**30, 1e308])
def test_arguments_of_optimizers_beyond_all_bounds(value: float) -> None:
    for optimizer in (
        {"SGD": {"momentum": value}},
        {"Adam": {"beta_1": value, "clipnorm": value, "ema_momentum": value}},
    ):
        checked(spec(layers=[{"Dense": 2}], training={"loss": "mse", "optimizer": optimizer}))


def test_boundaries_that_are_no_numbers() -> None:
    rates = {"PiecewiseConstantDecay": {"boundaries": [100, []], "values": [0.1, [0.01], 0.001]}}
    training = {"loss": "mse", "optimizer": {"SGD": {"learning_rate": rates}}}
    assert codes(checked(spec(layers=[{"Dense": 2}], training=training))) == ["ARC113", "ARC113"]


def test_a_layer_among_the_arguments_of_a_list() -> None:
    assert codes(checked(spec(layers=[{"LSTM": [20, {"LSTM": 4}]}]))) == ["ARC113"]


def test_a_window_over_what_comes_of_a_single_number() -> None:
    layers = [
        {"Embedding": {"input_dim": 7, "output_dim": 4}},
        {"RepeatVector": 1},
        {"Conv1D": {"filters": 4, "kernel_size": 50}},
    ]
    assert codes(checked(spec(inputs={"x": []}, layers=layers))) == ["ARC206"]


@pytest.mark.parametrize(
    "operation",
    [
        {"ops.split": {"indices_or_sections": 10**30, "axis": 1}},
        {"ops.split": {"indices_or_sections": 10**9, "axis": 2}},
        {"ops.unstack": {"axis": 2}},
        {"ops.unstack": {"num": 10**9, "axis": 1}},
    ],
)
def test_cut_into_more_parts_than_there_may_be(operation: dict[str, Any]) -> None:
    assert codes(checked(spec(inputs={"x": ["steps", 10**9]}, layers=[operation]))) == ["ARC203"]


def test_many_copies_of_what_is_no_layer() -> None:
    blocks = {"unit": {"layers": [{"Dense": 3}, {"repeat": 999_999}]}}
    assert codes(checked(spec(blocks=blocks, layers=["unit"])))[:1] == ["ARC115"]


def test_a_param_of_five_thousand_digits_in_quotes() -> None:
    assert codes(checked(spec(params={"n": "1" * 5_000}, layers=[{"Dense": "${n}"}]))) == ["ARC113"]
