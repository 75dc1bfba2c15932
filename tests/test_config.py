"""`[tool.archcompiler]`, `--select`, `--ignore`, `--statistics` and `--specs-only`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import archcompiler
from archcompiler import lint
from archcompiler.checking.config import forget
from archcompiler.cli import main
from archcompiler.lint.subject import Rule, Subject

SPEC = """\
archcompiler: 1
inputs: {x: [steps, 2], y: [3]}
layers:
  - LSTM: 3
    from: x
  - Dense: 1
target: {shape: [steps, 1]}
"""
"""A hazard (ARC402), and an error (ARC301)."""


class Done:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def codes(self) -> list[str]:
        return [one["code"] for file in json.loads(self.out)["files"] for one in file["diagnostics"]]


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    forget()
    Path("spec.yaml").write_text(SPEC)

    def one(*arguments: str, command: str = "check", form: str = "json") -> Done:
        forget()
        code = main([command, *arguments, "--format", form])
        return Done(code, *capsys.readouterr())

    return one


def configure(text: str, folder: str = ".") -> None:
    Path(folder, "pyproject.toml").write_text(f"[tool.archcompiler]\n{text}\n")


def test_without_a_table_all_is_told(run: Run) -> None:
    assert run("spec.yaml").codes == ["ARC402", "ARC301"]
    Path("pyproject.toml").write_text("[tool.other]\nname = 'archcompiler'\n")
    assert run("spec.yaml").codes == ["ARC402", "ARC301"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('select = ["ARC4"]', ["ARC402"]), ('ignore = ["ARC4"]', ["ARC301"]), ('ignore = ["arc402"]', ["ARC301"]),
        ('ignore = ["target-steps"]', ["ARC402"]), ('select = ["ARC"]\nignore = ["ARC4", "ARC30"]', []),
        ('per-file-ignores = {"*.yaml" = ["ARC3"]}', ["ARC402"]), ('per-file-ignores = {"old/*" = ["ARC3"]}', None),
        ('per-file-ignores = {"spec.yaml" = ["ARC3"], "sp*" = ["ARC4"]}', []), ("select = []", []),
        ('keras = "3.15"\nstrict = false\nbackend = "jax"', None),
    ],
)  # fmt: skip
def test_what_is_told(run: Run, text: str, told: list[str] | None) -> None:
    configure(text)
    done = run("spec.yaml")
    assert done.codes == (["ARC402", "ARC301"] if told is None else told)
    assert done.code == (1 if "ARC301" in done.codes else 0)
    assert run("--no-config", "spec.yaml").codes == ["ARC402", "ARC301"]


def test_the_nearest_table_above_the_file_counts(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure('ignore = ["ARC4"]')
    Path("a/b").mkdir(parents=True)
    Path("a/pyproject.toml").write_text("[project]\nname = 'archcompiler-specs'\n")
    Path("a/b/spec.yaml").write_text(SPEC)
    assert run("a/b/spec.yaml").codes == ["ARC301"]
    configure('ignore = ["ARC3"]', "a/b")
    assert run("a/b/spec.yaml", "spec.yaml").codes == ["ARC402", "ARC301"]
    monkeypatch.chdir(tmp_path / "a")
    assert run("b/spec.yaml", "../spec.yaml").codes == ["ARC402", "ARC301"]
    configure('per-file-ignores = {"b/*.yaml" = ["ARC3", "ARC4"]}')
    Path("b/pyproject.toml").unlink()
    assert run("b/spec.yaml").codes == []


def test_the_command_line_wins(run: Run) -> None:
    configure('select = ["ARC4"]\nper-file-ignores = {"spec.yaml" = ["ARC301"]}')
    assert run("--select", "ARC3,ARC402", "spec.yaml").codes == ["ARC402"]
    assert run("--no-config", "--select", "ARC3", "spec.yaml").codes == ["ARC301"]
    assert run("--ignore", "ARC402", "--ignore", "ARC1", "spec.yaml").codes == []
    done = run("--select", "ARC9", "spec.yaml")
    assert done.code == 2 and "with which no code begins" in done.err


def test_strict(run: Run) -> None:
    configure('ignore = ["ARC3"]\nstrict = true')
    assert run("spec.yaml").code == 1
    configure('ignore = ["ARC3", "ARC4"]\nstrict = true')
    assert run("spec.yaml").code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('selct = ["ARC4"]', "`selct` under [tool.archcompiler] is not known; did you mean `select`?"),
        ("unheard = 1", "known are `select`, `ignore`"),
        ('select = "ARC4"', 'is a list of codes, such as ["ARC4", "ARC301"], but the string "ARC4" is given'),
        ("ignore = [4]", "holds codes, which are words, but the number 4 is among them"),
        ('ignore = ["mask-lots"]', "did you mean `mask-lost`?"),
        ('ignore = ["ARC9"]', "names `ARC9`, with which no code begins"),
        ('per-file-ignores = ["ARC4"]', "is a table"),
        ('per-file-ignores = {"*" = "ARC4"}', "`*` is a list of codes"),
        ('backend = "tenserflow"', "did you mean `tensorflow`?"),
        ("backend = 1", "is `tensorflow`, `jax` or `torch`, but the number 1 is given"),
        ('keras = "3.12"', "is 3.12, but this archcompiler knows the layers of Keras 3.15"),
        ("keras = 3.15", "write it in quotes"),
        ("strict = 1", "is true or false, but the number 1 is given"),
        ("select = [", "pyproject.toml is no TOML: "),
        ("[[tool.x]]\n[tool]\narchcompiler = 1", "is no TOML"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_line(run: Run, text: str, said: str) -> None:
    configure(text)
    for command in ("check", "emit"):
        done = run("spec.yaml", command=command)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("error: pyproject.toml") and said in done.err
        assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "text",
    [
        "[tool.archcompiler]\nignore=['ARC4']",
        "[ tool . 'archcompiler' ]\nignore=['ARC4']",
        "tool.archcompiler.ignore=['ARC4']",
        "[tool]\narchcompiler = {ignore=['ARC4']}",
        "tool = {archcompiler = {ignore=['ARC4']}}",
        "\"tool\".archcompiler={ignore=['ARC4']}",
    ],
)
def test_every_way_to_write_it(run: Run, text: str) -> None:
    Path("pyproject.toml").write_text(text)
    assert run("spec.yaml").codes == ["ARC301"]


def test_a_table_that_is_none(run: Run) -> None:
    Path("pyproject.toml").write_text("[tool]\narchcompiler = 1\n")
    assert "is a table, but it is the number 1" in run("spec.yaml").err


def test_other_commands_take_only_warnings_from_it(run: Run) -> None:
    configure('ignore = ["ARC3", "ARC4"]')
    done = run("spec.yaml", command="emit", form="text")
    assert done.code == 1 and done.err.startswith("error[ARC301]") and "ARC402" not in done.err


def test_the_library_reads_no_configuration(run: Run) -> None:
    configure('ignore = ["ARC"]')
    assert [one.code for one in archcompiler.check("spec.yaml").diagnostics] == ["ARC402", "ARC301"]


def test_the_backend_reaches_the_lints(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def find(subject: Subject) -> list[Any]:
        seen.append(subject.settings.backend)
        return []

    monkeypatch.setattr(lint, "RULES", (Rule("ARC401", find),))  # type: ignore[arg-type]
    run("spec.yaml")
    configure('backend = "jax"')
    run("spec.yaml")
    archcompiler.check("spec.yaml", backend="torch")
    assert seen == [None, "jax", "torch"]


def test_statistics(run: Run) -> None:
    Path("other.yaml").write_text(SPEC.replace(", y: [3]", ""))
    done = run("--statistics", "spec.yaml", "other.yaml", form="text")
    assert done.code == 1
    assert done.out == (
        "2  ARC301  target-steps  target and output differ in having steps\n"
        "1  ARC402  unused-input  an input that no layer takes\n"
        "2 errors, 1 warning; 2 files checked\n"
    )
    whole = json.loads(run("--statistics", "spec.yaml", "other.yaml").out)
    assert whole["statistics"] == [
        {"code": "ARC301", "slug": "target-steps", "severity": "error", "count": 2},
        {"code": "ARC402", "slug": "unused-input", "severity": "warning", "count": 1},
    ]
    assert len(whole["files"]) == 2


def test_what_is_no_spec_is_passed_over(run: Run) -> None:
    Path("compose.yaml").write_text("services: {}\n")
    done = run("--specs-only", "compose.yaml", form="text")
    assert (done.code, done.out, done.err) == (0, "", "")
    done = run("--specs-only", "compose.yaml", "spec.yaml")
    assert done.code == 1 and len(json.loads(done.out)["files"]) == 1
    assert run("--specs-only", "compose.yaml").code == 0
    assert run("--specs-only", "gone.yaml").code == 2
    assert main(["fmt", "--specs-only", "--check", "compose.yaml"]) == 0
    assert run("compose.yaml").code == 1
