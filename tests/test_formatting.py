"""`fmt`: the layout changes, the data and the comments do not, and a second time nothing does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from archcompiler.show.formatting import formatted
from archcompiler.spec.reader import read
from tests.differential.strategies import SEED, random_spec

ROOT = Path(__file__).parent.parent
FILES = sorted(
    [*(ROOT / "examples").glob("*.yaml"), *(ROOT / "tests").rglob("*.yaml"), *(ROOT / "templates" / "init").iterdir()]
)


def laid_out(text: str) -> str:
    document, problems = read(text, "spec.yaml")
    assert document is not None and not problems, (text, problems)
    return formatted(document)


def data_of(text: str) -> object:
    document, problems = read(text, "spec.yaml")
    assert document is not None and not problems, (text, problems)
    return document.data


def hold(text: str) -> str:
    new = laid_out(text)
    assert data_of(new) == data_of(text)
    assert laid_out(new) == new, f"{text}\n──\n{new}\n──\n{laid_out(new)}"
    assert not re.search(r"[ \t]+$", new, re.M)
    assert "\n\n\n" not in new and new.endswith("\n") and not new.endswith("\n\n")
    return new


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_real_specs(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if read(text, "x")[1]:
        pytest.skip("its own text is at fault, on purpose")
    hold(text)


@pytest.mark.parametrize(
    "path", [*(ROOT / "examples").glob("*.yaml"), *(ROOT / "templates" / "init").iterdir()], ids=lambda path: path.name
)
def test_what_is_shipped_is_laid_out(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert laid_out(text) == text


def with_comments(random: Random, text: str) -> str:
    """The text with comments and blank lines strewn in, each comment told from all others."""
    lines: list[str] = []
    for number, line in enumerate(text.splitlines()):
        indent = random.choice((len(line) - len(line.lstrip()), 0, 2, 4))
        for at in range(random.choice((0, 0, 0, 1, 2))):
            lines.append(f"{' ' * indent}# above {number} {at}")
        lines += [""] * random.choice((0, 0, 0, 0, 1, 3))
        beside = random.random() < 0.2 and line.rstrip()[-1:] not in ("", "|", ">")
        lines.append(f"{line}   # beside {number}" if beside else line)
    return "\n".join(lines) + random.choice(("", "\n", "\n# the end", "\n\n  # the end\n"))


def test_comments_are_kept() -> None:
    random = Random(f"fmt {SEED}")
    for _ in range(120):
        spec = random_spec(random)
        flow = random.choice((None, False, True))
        text = yaml.safe_dump(spec, sort_keys=False, default_flow_style=flow, width=random.choice((40, 80, 10_000)))
        # A comment inside a plain scalar of several lines would end it.
        strewn = with_comments(random, text)
        if read(strewn, "x")[1] or data_of(strewn) != data_of(text):
            continue
        new = hold(strewn)
        found = sorted(re.findall(r"# (?:above|beside) [\d ]+\d|# the end", new))
        assert found == sorted(re.findall(r"# (?:above|beside) [\d ]+\d|# the end", strewn))


WORDS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\u2028\u2029"),
    max_size=12,
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.floats(allow_nan=False), WORDS)
NAMES = st.from_regex(r"\A[a-z_]{1,6}\Z")
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(NAMES, VALUES, min_size=1, max_size=5), st.sampled_from([None, True, False]), st.integers(20, 200)
)
def test_any_data_in_any_style(data: dict[str, object], flow: bool | None, width: int) -> None:
    text = yaml.safe_dump(data, sort_keys=False, default_flow_style=flow, width=width, allow_unicode=True)
    if not read(text, "x")[1]:
        hold(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("archcompiler:   1\nlayers:\n- Dense:   {units: 3}\n", "archcompiler: 1\n\nlayers:\n  - Dense: {units: 3}\n"),
        ("layers: [Flatten]\narchcompiler: 1\n", "archcompiler: 1\nlayers: [Flatten]\n"),
        ("a: 'b'\nc: \"d e\"\ne: '${f}'\ng: \"1\"\n", 'a: b\nc: d e\ne: "${f}"\ng: "1"\n'),
        ("layers:\n - name: x\n   Dense: 3\n", "layers:\n  - Dense: 3\n    name: x\n"),
        ("a: &x [1, 2]\nb: *x\n", "a: &x [1, 2]\nb: *x\n"),
        ("a: |\n    one\n    two\nb: >-\n    one\n    two\n", "a: |\n  one\n  two\n\nb: >-\n  one\n  two\n"),
        ("a: [1, # one\n  2]\n", "a:\n  - 1  # one\n  - 2\n"),
        ("a: {b: , c: 1}\n", "a: {b: null, c: 1}\n"),
        ("a:\n  - - 1\n    - 2\n  - {b: 1}\n", "a:\n  - - 1\n    - 2\n  - {b: 1}\n"),
        ("a: 1     # one\nb:  23   # two\n", "a: 1     # one\nb: 23    # two\n"),
        ("a: 1  # one\nbcd:   'e'   # two\n", "a: 1  # one\nbcd: e       # two\n"),
        ("a:   # all\n- b: '1'  # one\n", 'a:   # all\n  - b: "1"  # one\n'),
        ("# top\n\na: 1\n\n\n# b\nb: 2\n", "# top\n\na: 1\n\n# b\nb: 2\n"),
    ],
)
def test_the_layout(text: str, wanted: str) -> None:
    assert hold(text) == wanted


def test_a_long_line_is_broken() -> None:
    new = hold("a: {" + ", ".join(f"key_{n}: value_{n}" for n in range(20)) + "}\n")
    assert len(new.splitlines()) == 21
    assert max(map(len, new.splitlines())) <= 120


def run(*arguments: str, cwd: Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "archcompiler", "fmt", *arguments], cwd=cwd, input=text,
                          capture_output=True, encoding="utf-8", check=False)  # fmt: skip


def test_the_command(tmp_path: Path) -> None:
    ugly, fine = "archcompiler:   1\ninputs: {x:   [3]}\nlayers: [Flatten]\n", tmp_path / "fine.yaml"
    (tmp_path / "ugly.yaml").write_text(ugly)
    fine.write_text(laid_out(ugly))
    checked = run("--check", ".", cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (1, "would lay out ./ugly.yaml\n".replace("./", ""))
    shown = run("--diff", "ugly.yaml", cwd=tmp_path)
    assert shown.returncode == 1 and "\n-archcompiler:   1\n" in shown.stdout
    assert (tmp_path / "ugly.yaml").read_text() == ugly
    assert run("ugly.yaml", cwd=tmp_path).returncode == 0
    assert (tmp_path / "ugly.yaml").read_text() == fine.read_text()
    assert run("--check", ".", cwd=tmp_path).returncode == 0
    assert run("-", cwd=tmp_path, text=ugly).stdout == fine.read_text()
    (tmp_path / "bad.yaml").write_text("archcompiler: [\n")
    bad = run("bad.yaml", cwd=tmp_path)
    assert bad.returncode == 1 and "ARC001" in bad.stderr and "Traceback" not in bad.stderr
    assert run("absent.yaml", cwd=tmp_path).returncode == 2
