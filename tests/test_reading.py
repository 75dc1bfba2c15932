"""Reading: data as YAML 1.2 has them, the place of each, and every fault of the writing as a problem."""

from __future__ import annotations

import io
import json
import math
import time
from pathlib import Path

import numpy
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from archcompiler.flow import to_flow
from archcompiler.places import MappingPlace, SequencePlace
from archcompiler.source import MAX_DEPTH, Document, document_from_data
from archcompiler.spec.reader import read, read_bytes, read_file, read_stream
from archcompiler.spec.scalars import NumberTooLarge, resolve


def reading(text: str) -> Document:
    document, problems = read(text, "spec.yaml")
    assert problems == []
    assert document is not None
    return document


def cut(document: Document, loc: tuple[str | int, ...], *, on_key: bool = True) -> str:
    span = document.span(loc, on_key=on_key)
    assert span is not None and span.line == span.end_line
    return document.line_text(span.line)[span.column - 1 : span.end_column - 1]


def codes(content: str | bytes) -> list[str]:
    _, problems = read_bytes(content, "x") if isinstance(content, bytes) else read(content, "x")
    return [problem.code for problem in problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", None), ("~", None), ("null", None), ("true", True), ("FALSE", False), ("on", "on"), ("no", "no"),
        ("17", 17), ("017", 17), ("-3", -3), ("+4", 4), ("0x1F", 31), ("0o17", 15), ("1_000", "1_000"),
        ("1e-3", 0.001), ("1.", 1.0), (".5", 0.5), ("-.inf", -math.inf), ("12:30:45", "12:30:45"), ("0b1", "0b1"),
        ("1e5", 1e5), ("2020-01-01", "2020-01-01"), ("\u0661", "\u0661"), ("1²", "1²"), ("'1'", "1"),
        ("!!str 1", "1"), ("!!int '1'", 1), ("!!float 1", 1.0), ("! 1", "1"), ("!!null ''", None),
        ("!!bool true", True),
    ],
)  # fmt: skip
def test_scalars(written: str, value: object) -> None:
    found = reading(f"a: {written}\n").data
    assert found == {"a": value}
    assert isinstance(found, dict) and type(found["a"]) is type(value)


def test_nan() -> None:
    assert math.isnan(resolve(".nan"))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["9" * 10_000, "1e999999", "0x" + "f" * 2000])
def test_numbers_past_all_measure(text: str) -> None:
    with pytest.raises(NumberTooLarge):
        resolve(text)
    assert codes(f"a: {text}\nb: {text}\n") == ["ARC003", "ARC003"]


def test_spans() -> None:
    document = reading(
        "\ufeffname: é😀  # c\r\n"
        "layers:\r\n"
        "  - LSTM: {units: 32, name: '😀'}\r\n"
        "    name: x\r\n"
        "  - Dense:\r\n"
        "      units:\t4\r\n"
        "  - Flatten\r\n"
        "empty:\r\n"
    )
    assert cut(document, ("name",)) == "name"
    assert cut(document, ("name",), on_key=False) == "é😀"
    assert cut(document, ("layers", 0)) == "LSTM"
    assert cut(document, ("layers", 0, "LSTM"), on_key=False) == "{units: 32, name: '😀'}"
    assert cut(document, ("layers", 0, "LSTM", "name"), on_key=False) == "'😀'"
    assert cut(document, ("layers", 0, "LSTM", "lost", "deeper")) == "LSTM"
    assert cut(document, ("layers", 1, "Dense"), on_key=False) == "units:\t4"
    assert cut(document, ("layers", 1, "Dense", "units"), on_key=False) == "4"
    assert cut(document, ("layers", 2)) == "Flatten"
    assert cut(document, ("layers", 9)) == "layers"
    assert cut(document, ("layers",), on_key=False) == "- LSTM: {units: 32, name: '😀'}"
    assert cut(document, ("empty",), on_key=False) == "empty"
    assert cut(document, ()) == "name"
    assert [document.style(loc) for loc in [(), ("layers", 0, "LSTM"), ("name",), ("empty",), ("no",)]] == [
        "block", "flow", "scalar", "missing", "missing",
    ]  # fmt: skip


def test_expressions_are_noticed() -> None:
    assert reading('a: "${x}"').has_expressions
    assert reading('a: "\\x24{x}"').has_expressions
    assert not reading("a: 1  # ${x}\n").has_expressions


def test_anchors_and_merges() -> None:
    document = reading("a: &a {x: 1, y: 2}\nb: *a\nc:\n  y: 3\n  <<: *a\nd: {<<: [{x: 9}, *a], z: 1}\n")
    assert document.data == {
        "a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}, "c": {"y": 3, "x": 1}, "d": {"z": 1, "x": 9, "y": 2}
    }  # fmt: skip
    span = document.span(("c", "x"), on_key=False)
    assert span is not None and (span.line, span.column) == (1, 11)
    assert cut(document, ("b",), on_key=False) == "*a"


def test_a_repeated_key_is_a_problem_with_a_note() -> None:
    document, [problem] = read("a: 1\nb: 2\na: 3\n", "x")
    assert document is not None and document.data == {"a": 1, "b": 2}
    assert problem.code == "ARC002" and problem.span is not None and problem.span.line == 3
    note = document.span(problem.notes[0].loc, on_key=problem.notes[0].on_key)
    assert note is not None and note.line == 1


def test_all_faults_come_in_one_run() -> None:
    assert codes("a: 1\na: 2\nb: !foo 3\n1.5: x\nnull: {k: v}\n? [q]\n: 1\nc: *none\n") == [
        "ARC002", "ARC006", "ARC006", "ARC006", "ARC006", "ARC006",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a:\n\tb: 1\n", 2, 1, "tab"),
        ("a: 1\nname:foo\n", 2, 1, "space must follow the colon"),
        ("name:foo\nx: 1\n", 1, 1, "space must follow the colon"),
        ("a:\n  x:{b: [3]}\n  y: 3\n", 2, 3, "space must follow the colon"),
        ("a: {units:3}\n", 1, 5, "space must follow the colon"),
        ("layers:\n  -LSTM: 3\n", 2, 3, "space must follow the dash"),
        ("a: [1, 2\nb: 3\n", 1, 4, "`[` is never closed"),
        ("a: {b: [1}\n", 1, 10, "cannot close"),
        ("a: 'foo\nb: 3\n", 1, 4, "never closed"),
        ("layers:\n  - Add\n    from: [a, b]\n", 2, 5, "needs a colon"),
        ("layers:\n  - LSTM: 3\n      name: b\n", 3, 7, "already has the value"),
        ("a: @foo\n", 1, 4, "cannot begin with `@`"),
        ("a: `foo`\n", 1, 4, "cannot begin with a backtick"),
        ("é: {units: ${x}}\n", 1, 12, "`${x}`"),
        ("a: [${x}, 2]\n", 1, 5, "`${x}`"),
        ("description: foo: bar\n", 1, 14, "must be quoted"),
        ("a: 'b' c\n", 1, 8, "nothing may follow"),
        ('a: "\\q"\n', 1, 5, "escape"),
        ("layers: - LSTM\n", 1, 9, "line of its own"),
        ("a:\n  b: 1\n c: 2\n", 3, 2, "indented"),
        ("a: *\n", 1, 4, "refers to a value"),
    ],
)
def test_syntax_errors_say_what_was_meant(text: str, line: int, column: int, words: str) -> None:
    _, [problem] = read(text, "x")
    assert problem.code == "ARC001"
    assert problem.span is not None and (problem.span.line, problem.span.column) == (line, column)
    assert words in problem.message


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE: dict[str, str | bytes] = {
    "bomb": BOMB,
    "merge bomb": "a0: &a0 {x: 1}\n" + "".join(
        f"a{i}: &a{i} {{<<: *a{i - 1}, k: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 60)
    ),
    "deep flow": "a: " + "[" * 100_000,
    "deep flow mappings": "{a: " * 100_000,
    "deep block": "".join(" " * i + "a:\n" for i in range(2_000)),
    "deep dashes": "- " * 100_000,
    "deep by aliases": "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 1_000)),
    "ten megabytes": "a: " + "x" * 9_999_000,
    "ten quoted megabytes": 'a: "' + "x" * 9_999_000,
    "too many bytes": b"a" * 10_000_001,
    "too many values": "[" + "a," * 4_000_000 + "]",
    "too many lines": "- \n" * 3_000_000,
    "too many keys": "".join(f"k{i}: 1\n" for i in range(400_000)),
    "many faults": "a: 1\n" * 200_000,
    "binary": bytes(range(256)) * 100,
    "nul": "a: \0",
    "control": "a: \x07",
    "delete": "a: \x7f",
    "noncharacter": "a: \uffff",
    "escaped surrogate": 'a: "\\ud800"',
    "escaped surrogate in JSON": '{"a": "\\ud800"}',
    "raw surrogate": "a: \ud800",
    "latin-1": "a: é".encode("latin-1"),
    "half of utf-16": b"\xff\xfea\0:",
    "empty": "",
    "spaces": "  \n\n",
    "comments": "# a\n# b\n",
    "bare document": "---\n",
    "a list": "- a\n",
    "a word": "word",
    "a cycle": "a: &a [*a]\n",
    "a cycle in a merge": "a: &a {<<: *a}\n",
    "an alias of nothing": "a: *b\n",
    "an alias as a key": "a: &a b\n*a : c\n",
    "python object": "a: !!python/object/apply:os.system [ls]\n",
    "set": "a: !!set {b}\n",
    "wrong tag": "a: !!int b\n",
    "wrong merge": "a: {<<: 3}\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "long key": "a" * 2_000 + ": 1\n",
    "open bracket": "a: [",
    "open brace": "a: {",
    "open quote": "a: '",
    "open double quote": 'a: "',
    "open alias": "*",
    "open tag": "a: !<",
    "open directive": "%",
    "only a colon": ":",
    "only a question": "? ? ? ?",
    "quote and brackets": '"' * 1_001 + "[" * 1_001,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_problems(name: str) -> None:
    started = time.process_time()
    found = codes(HOSTILE[name])
    assert found
    assert time.process_time() - started < 10  # it does not hang: under one where nothing else runs


@given(st.text(alphabet="ab01 \t\n:-?[]{},#&*!|>'\"%@`$\\<~.é😀\r\x85\ud800\0", max_size=40))
def test_no_text_makes_it_fail(text: str) -> None:
    document, problems = read(text, "x")
    assert document is not None
    assert isinstance(document.data, dict) or problems
    for problem in problems:
        assert problem.span is not None
        assert (1, 1) <= (problem.span.line, problem.span.column) <= (problem.span.end_line, problem.span.end_column)


@given(st.binary(max_size=60))
def test_no_bytes_make_it_fail(content: bytes) -> None:
    document, problems = read_bytes(content, "x")
    assert problems or (document is not None and isinstance(document.data, dict))


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff\ufeff"), max_size=12)
FLOATS = st.floats(allow_nan=False)
SCALARS = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | FLOATS | WORDS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
)
DATA = st.dictionaries(WORDS, VALUES, min_size=1, max_size=5)


def same_in_yaml_1_1(data: object) -> bool:
    """Whether PyYAML's writer, which has YAML 1.1 in mind, writes the strings of `data` so that 1.2 reads strings."""
    if isinstance(data, dict):
        if any(key[:1] == "-" and key[1:].isidentifier() for key in data):
            return False  # `-Dense: 3` is a slip to us
        return all(same_in_yaml_1_1(key) and same_in_yaml_1_1(value) for key, value in data.items())
    if isinstance(data, list):
        return all(map(same_in_yaml_1_1, data))
    try:
        return not isinstance(data, str) or resolve(data) == data
    except NumberTooLarge:
        return False


@given(DATA.filter(same_in_yaml_1_1), st.booleans(), st.sampled_from([None, '"', "'"]))
def test_what_pyyaml_writes_is_read(data: object, unicode: bool, style: str | None) -> None:
    text = yaml.safe_dump(data, allow_unicode=unicode, default_style=style)
    assert reading(text).data == data


@given(DATA, st.booleans(), st.sampled_from([None, 2, "\t"]))
def test_json_is_read(data: object, ascii: bool, indent: int | str | None) -> None:
    text = json.dumps(data, ensure_ascii=ascii, indent=indent).replace("-Infinity", "-.inf").replace("Infinity", ".inf")
    if "Infinity" in repr(data) or (not ascii and any(mark in text for mark in "\u2028\u2029\x85")):
        return
    assert reading(text).data == data


@given(DATA)
def test_flow_is_read(data: object) -> None:
    assert reading(to_flow(data)).data == data


@given(DATA.filter(same_in_yaml_1_1))
def test_each_span_cuts_out_what_is_written(data: object) -> None:
    document = reading(yaml.safe_dump(data, allow_unicode=False))

    def walk(value: object, loc: tuple[str | int, ...]) -> None:
        found = document.find(loc)
        assert found is not None and found.depth == len(loc)
        if isinstance(value, dict):
            assert isinstance(found.place, MappingPlace)
            for key, item in value.items():
                walk(item, (*loc, key))
        elif isinstance(value, list):
            assert isinstance(found.place, SequencePlace)
            for index, item in enumerate(value):
                walk(item, (*loc, index))
        else:
            span = document.span(loc, on_key=False)
            assert span is not None and document.text is not None
            start, end = (
                document.lines.index(line, column)
                for line, column in [(span.line, span.column), (span.end_line, span.end_column)]
            )
            again = yaml.load(document.text[start:end], yaml.CSafeLoader)
            assert again == value or isinstance(value, float | int) or "\n" in document.text[start:end]

    walk(data, ())


def test_files_and_streams(tmp_path: Path) -> None:
    path = tmp_path / "é.yaml"
    for encoding in ["utf-8", "utf-8-sig", "utf-16", "utf-32"]:
        path.write_bytes("a: é😀\n".encode(encoding))
        document, problems = read_file(path)
        assert document is not None and document.data == {"a": "é😀"} and problems == []
    with pytest.raises(IsADirectoryError):
        read_file(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none.yaml")
    document, _ = read_stream(io.StringIO("a: 1"), "-")
    assert document is not None and document.data == {"a": 1} and document.path == "-"
    _, [problem] = read_bytes(b"a: 1\nb: \xe9", "x")
    assert problem.span is not None and (problem.span.line, problem.span.column) == (2, 4)


def test_mappings() -> None:
    data = {"a": (1, numpy.int64(2), numpy.float32(0.5), numpy.str_("x"), numpy.bool_(True)), 0: None}
    document, problems = document_from_data(data)
    assert problems == [] and document is not None
    assert document.data == {"a": [1, 2, 0.5, "x", True], 0: None}
    assert document.span(("a",)) is None
    assert isinstance(document.data, dict)
    assert [type(item) for item in document.data["a"]] == [int, int, float, str, bool]
    document, [problem] = document_from_data({"a": [1, {"b": object()}]})
    assert document is not None and problem.code == "ARC006" and problem.loc == ("a", 1, "b")


def test_hostile_mappings() -> None:
    cycle: dict[str, object] = {}
    cycle["a"] = [cycle]
    deep: object = 1
    for _ in range(5_000):
        deep = [deep]
    wide: object = [1] * 10
    for _ in range(9):
        wide = [wide] * 10
    for data, code in [
        (cycle, "ARC006"), ({"a": deep}, "ARC003"), ({"a": wide}, "ARC003"), ({None: 1}, "ARC006"), ([1], "ARC005"),
        ({True: 1}, "ARC006"), ({"a": "\ud800"}, "ARC004"), ({"a": 10**5000}, "ARC003"), ({"a": b"x"}, "ARC006"),
        ({"a": numpy.zeros(3)}, "ARC006"), ({"a": "x" * 1_000_001}, "ARC003"), ({"a": {1, 2}}, "ARC006"),
    ]:  # fmt: skip
        _, problems = document_from_data(data)
        assert [problem.code for problem in problems] == [code]
    assert document_from_data({"a": [[]] * 3})[1] == []
    assert MAX_DEPTH == 100
