"""The catalog is what the installed Keras says, and the loader gives what the catalog says."""

from __future__ import annotations

import copy
import inspect
import json
import subprocess
import sys
from typing import Any

import pytest

from archcompiler.build.own_layers import own_layer
from archcompiler.layers.catalog import SECTIONS, catalog, find
from archcompiler.layers.own import OWN_LAYERS
from archcompiler.resources import schema_text, template_folder

Raw = dict[str, Any]
RAW: Raw = json.loads(schema_text("keras_layers.json"))


@pytest.fixture(scope="module")
def generator() -> Any:
    pytest.importorskip("keras")
    from archcompiler.build import catalog as module

    return module


@pytest.fixture(scope="module")
def installed(generator: Any) -> Raw:
    return generator.generate()


def test_the_file_is_current(generator: Any, installed: Raw) -> None:
    assert generator.differences(RAW, installed) == []
    assert generator.to_text(installed) == schema_text("keras_layers.json")


def test_the_file_is_small() -> None:
    assert len(schema_text("keras_layers.json")) < 400_000


def test_every_kind_and_every_use_of_one_is_known() -> None:
    from typing import get_args

    from archcompiler.layers.catalog import Kind

    used = {argument["kind"] for section in SECTIONS for argument in _arguments(section)}
    assert used <= set(get_args(Kind))
    for section in SECTIONS:
        for argument in _arguments(section):
            assert (argument["kind"] == "choice") == ("choices" in argument), argument
            assert argument.get("required", False) != ("default" in argument), argument


@pytest.mark.parametrize("section", SECTIONS)
def test_defaults_satisfy_their_own_kinds(section: str) -> None:
    plain: dict[str, tuple[type, ...]] = {"boolean": (bool,), "number": (int, float), "size": (int,), "string": (str,)}
    for argument in _arguments(section):
        default = argument.get("default")
        if argument.get("required"):
            continue
        if default is None:
            assert argument["nullable"], argument
        elif argument["kind"] == "choice":
            assert default in argument["choices"], argument
        elif argument["kind"] in plain:
            assert type(default) in plain[argument["kind"]], argument


@pytest.mark.parametrize("section", SECTIONS)
def test_every_default_is_the_real_one(generator: Any, section: str) -> None:
    import keras

    module: Any = keras.optimizers.schedules if section == "schedules" else getattr(keras, section)
    for name, entry in catalog().sections[section].entries.items():
        thing = own_layer(name) if name in OWN_LAYERS else getattr(module, name)
        signature = inspect.signature(thing.__init__ if inspect.isclass(thing) else thing)
        for argument in entry.arguments.values():
            parameter = signature.parameters.get(argument.name)
            if parameter is None or argument.required:  # passed on to a parent class, or refused where it is left out
                continue
            assert json.loads(json.dumps(parameter.default)) == argument.default, f"{name}.{argument.name}"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_alias_is_that_class(generator: Any, section: str) -> None:
    import keras

    module: Any = keras.optimizers.schedules if section == "schedules" else getattr(keras, section)
    for alias, name in catalog().sections[section].aliases.items():
        assert getattr(module, alias) is getattr(module, name)
        assert name in catalog().sections[section].entries


@pytest.mark.parametrize("section", [section for section in SECTIONS if RAW[section]["strings"]])
def test_keras_accepts_every_string(generator: Any, section: str) -> None:
    import keras

    for string, name in catalog().sections[section].strings.items():
        if string == name and name not in catalog().sections[section].entries:
            assert string in {"accuracy", "acc", "crossentropy", "ce"}
            continue
        got = getattr(keras, section).get(string)
        got_name = getattr(got, "__name__", type(got).__name__)
        assert got_name.replace("_", "").lower() == name.replace("_", "").lower()


def test_arguments_reached_through_kwargs_are_accepted(generator: Any) -> None:
    import keras

    layers: Any = keras.layers
    layers.LSTM(4, zero_output_for_mask=True)
    layers.Conv1D(4, 3, lora_rank=2, lora_alpha=2)
    layers.AdditiveAttention(seed=1)
    layers.RandomContrast(0.2, data_format="channels_last", bounding_box_format="xyxy")
    layers.Dropout(0.5, activity_regularizer="l2", autocast=False)


def test_strings_that_are_often_written() -> None:
    sections = catalog().sections
    assert sections["losses"].strings["mse"] == "MeanSquaredError"
    assert sections["metrics"].strings["acc"] == "acc"
    assert sections["activations"].strings["swish"] == "silu"
    assert sections["initializers"].strings["glorot_uniform"] == "GlorotUniform"
    assert sections["optimizers"].strings["adam"] == sections["optimizers"].strings["Adam"] == "Adam"
    # A function of keras.regularizers, but no string that Keras knows.
    assert sections["regularizers"].aliases["l1_l2"] == "L1L2"
    assert "l1_l2" not in sections["regularizers"].strings


def test_the_loader_gives_what_the_file_says() -> None:
    assert catalog().keras_version == RAW["keras"]
    for section in SECTIONS:
        entries = catalog().sections[section].entries
        assert list(entries) == list(RAW[section]["entries"])
        for name, raw in RAW[section]["entries"].items():
            entry = entries[name]
            assert (entry.name, entry.section, entry.doc) == (name, section, raw["doc"])
            assert list(entry.arguments) == [argument["name"] for argument in raw["arguments"]]
            for argument in raw["arguments"]:
                made = entry.arguments[argument["name"]]
                assert made.kind == argument["kind"]
                assert made.default == argument.get("default")
                assert made.choices == tuple(argument.get("choices", ()))


def test_find() -> None:
    dense = find("layers", "Dense")
    assert dense is not None
    assert next(iter(dense.arguments)) == "units"
    assert dense.arguments["units"].required
    assert list(dense.base_arguments) == ["activity_regularizer", "trainable", "dtype", "autocast", "name"]
    assert find("layers", "Convolution1D") is find("layers", "Conv1D")
    assert find("layers", "Dens") is None
    padding = {name: find("layers", name) for name in ("Conv1D", "MaxPooling1D")}
    assert padding["Conv1D"] is not None and padding["MaxPooling1D"] is not None
    assert "causal" in padding["Conv1D"].arguments["padding"].choices
    assert "causal" not in padding["MaxPooling1D"].arguments["padding"].choices
    wrapper = find("layers", "Wrapper")
    assert wrapper is not None and wrapper.abstract


def test_the_loader_makes_an_entry_only_when_asked() -> None:
    from archcompiler.layers.catalog import from_raw

    raw = copy.deepcopy(RAW)
    raw["layers"]["entries"]["LSTM"] = "would fail if it were read"
    entries = from_raw(raw).sections["layers"].entries
    assert "LSTM" in entries
    assert entries["GRU"].name == "GRU"


def test_the_loader_needs_no_keras() -> None:
    code = (
        "import sys; from archcompiler.layers.catalog import find; find('layers', 'GRU'); print('keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_drift_is_named(generator: Any) -> None:
    new = copy.deepcopy(RAW)
    new["keras"] = "9.9.9"
    entries = new["layers"]["entries"]
    del entries["Dropout"]
    entries["Brand"] = {"doc": "New.", "arguments": []}
    units = entries["Dense"]["arguments"][0]
    assert units["name"] == "units"
    units["kind"] = "count"
    entries["GRU"]["arguments"].pop()
    entries["LSTM"]["arguments"][:2] = reversed(entries["LSTM"]["arguments"][:2])
    new["losses"]["strings"]["brand"] = "Hinge"
    said = "\n".join(generator.differences(RAW, new))
    assert f"read from Keras {RAW['keras']}, installed is Keras 9.9.9" in said
    assert "layers: Dropout was removed" in said
    assert "layers: Brand was added" in said
    assert 'layers Dense.units: kind was "size", is "count"' in said
    assert "layers GRU: zero_output_for_mask was removed" in said
    assert "layers LSTM: its arguments are in another order" in said
    assert "losses strings: brand was added" in said
    assert len(said.splitlines()) == 7


def test_check_exits_with_1_and_says_why(
    generator: Any, installed: Raw, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generator, "generate", lambda: copy.deepcopy(installed))
    assert generator.main(["--check"]) == 0
    changed = copy.deepcopy(installed)
    del changed["callbacks"]["entries"]["EarlyStopping"]
    monkeypatch.setattr(generator, "generate", lambda: changed)
    assert generator.main(["--check"]) == 1
    assert "callbacks: EarlyStopping was removed" in capsys.readouterr().out


def test_an_argument_of_no_known_kind_stops_the_generator(generator: Any) -> None:
    parameter = inspect.Parameter("brand_new", inspect.Parameter.KEYWORD_ONLY, default=None)
    with pytest.raises(SystemExit, match=r"Dense\.brand_new .* has no kind"):
        generator._kind("Dense", parameter)


def test_no_table_names_an_argument_that_is_gone(generator: Any, installed: Raw) -> None:
    entries = [item for section in SECTIONS for item in installed[section]["entries"].items()]
    known = {f"{name}.{argument['name']}" for name, entry in entries for argument in entry["arguments"]}
    known |= {full.split(".")[1] for full in known} | {"name", "dtype", "trainable", "autocast"}
    words = {word for text in generator.KINDS.values() for word in text.split()}
    tables = (generator.CHOICES, generator.NULLABLE, generator.REQUIRED, generator.RANKS, generator.ANY_CASE)
    assert words.union(*tables) - known == set()


def test_templates_lie_where_resources_says() -> None:
    assert template_folder().is_dir()


def _arguments(section: str) -> list[Raw]:
    return [argument for entry in RAW[section]["entries"].values() for argument in entry["arguments"]]
