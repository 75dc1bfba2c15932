"""The command line: exit codes, what goes where, and that nothing ever ends in a traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import archcompiler
from archcompiler.cli import main
from archcompiler.cli.commands import COMMANDS
from archcompiler.cli.explain import find, page
from archcompiler.cli.init import STARTS
from archcompiler.cli.specs import is_spec
from archcompiler.codes import CODES

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
SOUND = "archcompiler: 1\nparams: {units: 4}\ninputs: {x: [steps, 2]}\nlayers: [{LSTM: '${units}'}, {Dense: 1}]\n"
FAULTY = SOUND.replace("Dense: 1", "LSTM: 3")
WARNED = SOUND + "models: {spare: {inputs: {x: [3]}, layers: [{Dense: 1}]}}\n"
OK = "ok: many_to_one, x (batch, steps, 2) → dense (batch, 1), 117 parameters"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with a sound spec, a faulty one, and one with a warning."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, text in (("sound", SOUND), ("faulty", FAULTY), ("warned", WARNED)):
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


class Done:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]):
    def one(*arguments: str) -> Done:
        code = main(list(arguments))
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Done(code, out, err)

    return one


def in_process_of_its_own(
    *arguments: str, stdin: bytes = b"", cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "archcompiler", *arguments], input=stdin, capture_output=True, check=False, cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


def test_check_says_what_a_sound_spec_is(run):
    done = run("check", "sound.yaml")
    assert (done.code, done.out, done.err) == (0, f"sound.yaml: {OK}\n", "")


def test_check_says_what_is_wrong_on_standard_output(run):
    done = run("check", "faulty.yaml")
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("error[ARC201] wrong-rank: LSTM needs (batch, steps, features)")
    assert " --> faulty.yaml:4:31\n" in done.out
    assert done.out.endswith("\n\n1 error\n")


def test_warnings_fail_only_where_they_are_asked_to(run):
    assert run("check", "warned.yaml").code == 0
    assert run("check", "--strict", "warned.yaml").code == 1
    assert run("check", "--strict", "sound.yaml").code == 0


def test_quiet_leaves_only_what_is_wrong(run):
    assert run("check", "-q", "sound.yaml").out == ""
    done = run("check", "-q", "sound.yaml", "faulty.yaml")
    assert done.code == 1
    assert "ok:" not in done.out
    assert "1 error" not in done.out
    assert done.out.startswith("error[ARC201]")


def test_several_files_are_all_checked(run):
    done = run("check", "faulty.yaml", "sound.yaml", "warned.yaml", "sound.yaml")
    assert done.code == 1
    assert done.out.count("sound.yaml: ok") == 1
    assert done.out.endswith("1 error, 1 warning; 3 files checked\n")


def test_a_missing_file_is_one_line_and_the_others_are_checked(run):
    done = run("check", "nowhere.yaml", "sound.yaml")
    assert done.code == 2
    assert done.err == "error: cannot read nowhere.yaml: No such file or directory\n"
    assert done.out == f"sound.yaml: {OK}\n"


@pytest.mark.parametrize("command", ["emit", "show", "build"])
def test_a_missing_file_ends_every_command_alike(run, command: str):
    done = run(command, "nowhere.yaml", *(["-o", "m.keras"] if command == "build" else []))
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: cannot read nowhere.yaml: No such file or directory\n"


def test_a_folder_means_its_specs(run, folder: Path):
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "one.yml").write_text(SOUND)
    (folder / "deep" / "flow.yaml").write_text('{"archcompiler": 1, "inputs": {"x": [2]}, "layers": [{"Dense": 1}]}')
    (folder / "deep" / "compose.yaml").write_text("services: {archcompiler: {image: x}}\nx:\n  archcompiler: 1\n")
    (folder / "deep" / "notes.txt").write_text(SOUND)
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "spec.yaml").write_text(FAULTY)
    done = run("check", "deep")
    assert (done.code, done.err) == (0, "")
    assert [line.partition(":")[0] for line in done.out.splitlines()] == ["deep/flow.yaml", "deep/er/one.yml"]
    done = run("check", ".")
    assert done.code == 1
    assert done.out.endswith("5 files checked\n")


def test_a_folder_without_specs_cannot_be_checked(run, folder: Path):
    (folder / "empty").mkdir()
    done = run("check", "empty")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: there is no spec in empty")


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("archcompiler: 1", True), ("\ufeffarchcompiler: 1", True), ("# hello\n'archcompiler' : 1", True),
        ('{"archcompiler": 1}', True), ("a: 1\r\narchcompiler: 1\r\n", True), ("a: {archcompiler: 1}", False),
        ("a:\n  archcompiler: 1", False), ("archcompilers: 1", False), ("", False),
    ],
)  # fmt: skip
def test_a_spec_is_told_by_its_top_level_key(text: str, spec: bool):
    assert is_spec(text.encode()) is spec


def test_standard_input_is_read():
    done = in_process_of_its_own("check", "-", stdin=SOUND.encode())
    assert (done.returncode, done.stdout.decode()) == (0, f"<stdin>: {OK}\n")
    done = in_process_of_its_own("emit", "-", stdin=SOUND.encode())
    assert done.returncode == 0
    compile(done.stdout, "model.py", "exec")


def test_params_are_set_and_typed_as_in_yaml(run):
    assert "4,513 parameters" in run("check", "--set", "units=32", "sound.yaml").out
    assert "4,513 parameters" in run("check", "--set", "units=3", "--set", "units=0x20", "sound.yaml").out
    done = run("check", "--set", "units='32'", "sound.yaml")
    assert done.code == 1
    assert "ARC113" in done.out
    done = run("check", "--set", "unit=32", "sound.yaml")
    assert done.code == 1
    assert "did you mean `units`?" in done.out


@pytest.mark.parametrize("setting", ["units", "=3", "units=[1", "units=1\nother: 2", "units=a: b"])
def test_a_setting_that_is_none_is_refused(run, setting: str):
    done = run("check", "--set", setting, "sound.yaml")
    assert (done.code, done.out) == (2, "")
    assert "Invalid value for '--set'" in done.err


def test_json_has_every_file(run):
    done = run("check", "--format", "json", "sound.yaml", "faulty.yaml")
    assert done.code == 1
    whole = json.loads(done.out)
    assert whole["version"] == 1
    assert [file["path"] for file in whole["files"]] == ["sound.yaml", "faulty.yaml"]
    assert [file["ok"] for file in whole["files"]] == [True, False]
    assert whole["files"][0] == archcompiler.check("sound.yaml").to_dict()
    (diagnostic,) = whole["files"][1]["diagnostics"]
    assert list(diagnostic) == [
        "code", "slug", "severity", "message", "path", "line", "column", "end_line", "end_column", "layer", "notes",
        "help", "fix",
    ]  # fmt: skip
    assert (diagnostic["line"], diagnostic["column"], diagnostic["end_column"]) == (4, 31, 35)


def test_github_annotations_and_nothing_else(run):
    done = run("check", "--format", "github", "sound.yaml", "faulty.yaml")
    assert done.code == 1
    (line,) = done.out.splitlines()
    assert line.startswith("::error file=faulty.yaml,line=4,")
    assert run("check", "--format", "github", "sound.yaml").out == ""


def test_color_is_for_terminals_or_on_request(run, monkeypatch: pytest.MonkeyPatch):
    plain = run("check", "faulty.yaml").out
    assert "\x1b" not in plain
    colored = run("check", "--color", "always", "faulty.yaml").out
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == plain != colored
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert run("check", "faulty.yaml").out == colored
    assert run("check", "--color", "never", "faulty.yaml").out == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert run("check", "faulty.yaml").out == plain
    assert run("check", "--color", "always", "faulty.yaml").out == colored


def test_emit_to_standard_output_and_to_a_file(run, folder: Path):
    done = run("emit", "sound.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out == archcompiler.emit("sound.yaml")
    written = run("emit", "sound.yaml", "-o", "model.py")
    assert (written.code, written.out, written.err) == (0, "", "wrote model.py\n")
    assert (folder / "model.py").read_text() == done.out
    assert run("emit", "sound.yaml", "-q", "-o", "model.py").err == ""
    assert run("emit", "sound.yaml", "--set", "units=7").out == archcompiler.emit("sound.yaml", params={"units": 7})


@pytest.mark.parametrize(
    "arguments", [("emit", "faulty.yaml", "-o", "out.keras"), ("show", "faulty.yaml", "-o", "out.keras"),
                  ("build", "faulty.yaml", "-o", "out.keras")],
)  # fmt: skip
def test_what_has_an_error_is_not_written(run, folder: Path, arguments: tuple[str, ...]):
    (folder / "out.keras").write_text("old")
    before = set(folder.iterdir())
    done = run(*arguments)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error[ARC201]")
    assert (folder / "out.keras").read_text() == "old"
    assert set(folder.iterdir()) == before


def test_warnings_of_what_is_emitted_go_to_standard_error(run):
    done = run("emit", "warned.yaml")
    assert done.code == 0
    assert done.err.startswith("warning[ARC405]")
    assert done.out.startswith('"""')
    assert json.loads(run("emit", "faulty.yaml", "--format", "json").err)["files"][0]["ok"] is False


@pytest.mark.parametrize("output", ["faulty.yaml/model.py", "nowhere/model.py", "."])
def test_a_file_that_cannot_be_written_is_one_line(run, folder: Path, output: str):
    before = set(folder.iterdir())
    done = run("emit", "sound.yaml", "-o", output)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: cannot write {output}: ")
    assert done.err.count("\n") == 1
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize("command", ["emit", "show", "resolve"])
def test_a_spec_is_not_written_over_by_what_is_made_of_it(run, folder: Path, command: str):
    (folder / "link.yaml").symlink_to("sound.yaml")
    for output in ("sound.yaml", "./sound.yaml", "link.yaml"):
        done = run(command, "sound.yaml", "-o", output)
        assert (done.code, done.out) == (2, "")
        assert done.err == f"error: cannot write {output}: it is what is read; name another file with -o\n"
    assert (folder / "sound.yaml").read_text() == SOUND


@pytest.mark.parametrize(("closed", "code"), [("<&-", 1), (">&-", 0), ("2>&-", 0)])
def test_a_stream_may_be_closed(folder: Path, closed: str, code: int):
    given = "-" if closed == "<&-" else "sound.yaml"
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m archcompiler check {given} {closed}', sys.executable],
        capture_output=True, check=False, cwd=folder, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, "")
    assert ("this file is empty" in done.stdout) == (code == 1)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("-o", "model.h5"), "the suffix is how Keras tells its formats apart"),
        (("-o", "model"), "cannot save to model"),
        (("-o", "nowhere/model.keras"), "there is no folder nowhere"),
        ((), "say where to save the model"),
        (("-o", "model.keras", "--seed", "-1"), "--seed"),
    ],
)
def test_build_refuses_before_keras_is_loaded(run, arguments: tuple[str, ...], why: str):
    done = run("build", "sound.yaml", *arguments)
    assert (done.code, done.out) == (2, "")
    assert why in done.err


def test_build_says_when_keras_is_not_there(run, folder: Path, monkeypatch: pytest.MonkeyPatch):
    def missing(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")

    monkeypatch.setattr("archcompiler.pipeline.build", missing)
    done = run("build", "sound.yaml", "-o", "model.keras")
    assert done.code == 2
    assert "tensorflow cannot be imported: `pip install" in done.err
    assert not (folder / "model.keras").exists()


def test_build_saves_a_model_that_loads(folder: Path):
    done = in_process_of_its_own("build", "sound.yaml", "-o", "m.keras", "--seed", "1", "--summary", cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    assert "lstm (LSTM)" in done.stdout.decode()
    assert "wrote m.keras: sound, 117 parameters" in done.stderr.decode()
    code = "import keras; print(keras.saving.load_model('m.keras').count_params())"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False)
    assert loaded.stdout.strip() == "117", loaded.stderr
    assert {path.name for path in folder.iterdir()} == {"sound.yaml", "faulty.yaml", "warned.yaml", "m.keras"}


def test_show_has_every_layer_and_the_totals(run):
    done = run("show", str(EXAMPLES / "autoencoder.yaml"))
    assert (done.code, done.err) == (0, "")
    rows = [line.split() for line in done.out.splitlines()]
    assert ["repeat_vector", "RepeatVector", "code", "(batch,", "14,", "8)", "float32", "0"] in rows
    assert ["encoder", "model", "encoder", "weather", "(batch,", "8)", "float32", "31,392"] in rows
    assert "decoder, a nested model: one_to_many" in done.out
    assert done.out.endswith("62,576 parameters, all learnt\n")
    assert "\x1b" in run("show", "--color", "always", "sound.yaml").out


def test_show_as_json_and_to_a_file(run, folder: Path):
    whole = json.loads(run("show", "--format", "json", str(EXAMPLES / "autoencoder.yaml")).out)
    assert whole["model"]["params"] == 62_576
    assert whole["model"]["models"]["decoder"]["layers"][0]["name"] == "repeat_vector"
    assert run("show", "sound.yaml", "-o", "graph.txt").out == ""
    assert (folder / "graph.txt").read_text() == run("show", "sound.yaml").out


def test_what_has_no_known_shapes_is_neither_shown_nor_emitted(run, folder: Path, monkeypatch: pytest.MonkeyPatch):
    report = archcompiler.Report("sound.yaml", ())
    monkeypatch.setattr("archcompiler.pipeline.check", lambda *_, **__: report)
    for command in ("show", "emit"):
        done = run(command, "sound.yaml")
        assert (done.code, done.out) == (1, "")
        assert "not all shapes are known" in done.err


@pytest.mark.parametrize("start", STARTS)
def test_every_start_is_sound_without_a_warning(run, folder: Path, start: str):
    done = run("init", start.replace("_", "-"), "-o", "start.yaml")
    assert (done.code, done.out) == (0, "")
    assert run("check", "--strict", "start.yaml").code == 0
    assert run("init", start).out == (folder / "start.yaml").read_text()
    compile(run("emit", "start.yaml").out, "start.py", "exec")
    topology = archcompiler.check("start.yaml").graph.topology
    assert topology == start or start in ("autoencoder", "stateful", "text")


def test_init_replaces_nothing_unasked(run, folder: Path):
    (folder / "mine.yaml").write_text("mine")
    done = run("init", "text", "-o", "mine.yaml")
    assert done.code == 2
    assert "is there already" in done.err
    assert (folder / "mine.yaml").read_text() == "mine"
    assert run("init", "text", "-o", "mine.yaml", "--force").code == 0
    assert (folder / "mine.yaml").read_text().startswith("# Text")
    done = run("init", "many_to_on")
    assert (done.code, done.err) == (2, "error: there is no start 'many_to_on'; did you mean many_to_one?\n")


def test_layers(run):
    listed = run("layers").out
    for name in ("LSTM", "Dense", "Conv3D", "EarlyStopping", "GlorotUniform"):
        assert re.search(rf"\b{name}\b", listed)
    one = run("layers", "LSTM").out
    assert one.startswith("LSTM: a layer\n")
    assert "  units: a positive whole number; required\n" in one
    assert "Takes    (batch, steps, features); one tensor" in one
    assert "  - LSTM: {units: 32, return_sequences: true}" in one
    assert run("layers", "Convolution1D").out.startswith("Conv1D: a layer\n")
    both = run("layers", "mse").out
    assert "MeanSquaredError: a loss" in both
    assert "MeanSquaredError: a metric" in both
    done = run("layers", "Dnese")
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: Keras has nothing called 'Dnese'; did you mean Dense?\n"


@pytest.mark.parametrize("written", ["ARC401", "arc401", "stateful-shuffle", "Stateful_Shuffle"])
def test_explain_takes_a_code_or_a_slug(run, written: str):
    done = run("explain", written)
    assert done.code == 0
    assert "(ARC401, stateful-shuffle)" in done.out.splitlines()[0]
    assert "## Right" in done.out


def test_every_code_can_be_explained(run):
    for code in CODES.values():
        assert find(code.slug) is code
        assert code.code in page(code).splitlines()[0]
    done = run("explain", "wrong-rnak")
    assert (done.code, done.err) == (2, "error: there is no diagnostic 'wrong-rnak'; did you mean wrong-rank?\n")


def test_schema_is_printed(run):
    assert json.loads(run("schema").out)["$schema"].startswith("https://json-schema.org/")


def test_help_lists_every_command_and_every_command_has_help(run):
    done = run("--help")
    assert done.code == 0
    for command in COMMANDS:
        assert re.search(rf"^  {command.name} +{re.escape(command.help)}$", done.out, re.MULTILINE)
        assert run(command.name, "--help").out.startswith(f"Usage: archcompiler {command.name} ")
    files = {path.stem for path in (ROOT / "archcompiler" / "cli").glob("*.py")} - {
        "__init__",
        "commands",
        "options",
        "running",
        "specs",
    }
    assert files == {command.module.rpartition(".")[2] for command in COMMANDS}
    assert run("--version").out == f"archcompiler {archcompiler.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chekc", "x"), "did you mean check?"), (("--nonsense",), "No such option"), (("check",), "Missing argument"),
        (("check", "--format", "xml", "x"), "xml"), (("emit", "sound.yaml", "extra.yaml"), "unexpected extra"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_explained(run, arguments: tuple[str, ...], said: str):
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_bug_of_ours_asks_for_a_report(run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object, **__: object) -> None:
        raise KeyError("lstm")

    monkeypatch.setattr("archcompiler.pipeline.check", broken)
    monkeypatch.delenv("ARCHCOMPILER_DEBUG", raising=False)
    done = run("check", "sound.yaml")
    assert (done.code, done.out) == (70, "")
    assert done.err.startswith("internal error in archcompiler: KeyError: 'lstm'; please report it")
    monkeypatch.setenv("ARCHCOMPILER_DEBUG", "1")
    assert main(["check", "sound.yaml"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_is_quiet(run, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("archcompiler.pipeline.check", interrupted)
    done = run("check", "sound.yaml")
    assert (done.code, done.out, done.err) == (130, "", "")


@pytest.mark.parametrize("arguments", [("schema",), ("--help",), ("check", "examples")])
def test_a_reader_that_goes_away_is_no_error(arguments: tuple[str, ...]):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "archcompiler", *arguments],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        cwd=ROOT,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_disk_behind_standard_output_is_one_line():
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "archcompiler", "schema"],
            stdout=full, stderr=subprocess.PIPE, check=False, cwd=ROOT, text=True,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "error: cannot write to standard output: No space left on device\n"


def test_output_is_utf8_wherever_it_goes(folder: Path):
    done = in_process_of_its_own(
        "check", "sound.yaml", cwd=folder, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii"
    )
    assert done.stdout.decode("utf-8") == f"sound.yaml: {OK}\n"
    name = b"caf\xe9.yaml"
    (Path(os.fsdecode(bytes(folder) + b"/" + name))).write_text(SOUND)
    done = subprocess.run(
        [os.fsencode(sys.executable), b"-m", b"archcompiler", b"check", b"--format", b"json", name],
        capture_output=True, check=False, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"][0]["ok"] is True
