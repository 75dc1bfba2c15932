"""Edits: a change of the spec is the smallest change of its text, and of nothing else."""

from __future__ import annotations

import copy

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from archcompiler.diagnostics import Change, Edit, Span
from archcompiler.edits import apply, text_edits
from archcompiler.source import Document, document_from_data
from archcompiler.spec.reader import read

FIRST = {"LSTM": "units", "Dense": "units", "Reshape": "target_shape"}
Loc = tuple[str | int, ...]


def change(text: str, *changes: Change) -> str | None:
    document, _ = read(text, "x")
    assert document is not None
    edits = text_edits(document, changes, FIRST.get)
    return None if edits is None else apply(text, edits)


def add(text: str, loc: Loc = ("layers", 0, "LSTM"), name: str = "name", value: object = 1) -> str | None:
    return change(text, Change("set_argument", loc, value, name))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("LSTM: 32  # c", "LSTM: {units: 32, name: 1}  # c"),
        ("LSTM: ${width}", 'LSTM: {units: "${width}", name: 1}'),
        ('LSTM: "${width}"', 'LSTM: {units: "${width}", name: 1}'),
        ("LSTM: {units: 32}", "LSTM: {units: 32, name: 1}"),
        ("LSTM: { units: 32 }  # c", "LSTM: { units: 32, name: 1 }  # c"),
        ("LSTM: {}", "LSTM: {name: 1}"),
        ("LSTM: {units: 32,}", "LSTM: {units: 32, name: 1,}"),
        ("LSTM: {name: 3, units: 2}", "LSTM: {name: 1, units: 2}"),
        ("LSTM: {name: , units: 2}", "LSTM: {name: 1, units: 2}"),
        ("LSTM:   # c", "LSTM: {name: 1}   # c"),
        ("LSTM: ~", "LSTM: {name: 1}"),
        ("LSTM: {a: 1,\n      b: 2}", "LSTM: {a: 1,\n      b: 2,\n      name: 1}"),
        ("LSTM: {\n      a: 1,\n      b: 2  # c\n    }",
         "LSTM: {\n      a: 1,\n      b: 2,  # c\n      name: 1\n    }"),
        ("LSTM: {\n      a: 1,\n      b: 2,  # c\n    }",
         "LSTM: {\n      a: 1,\n      b: 2,  # c\n      name: 1,\n    }"),
        ("LSTM:\n      units: 3  # c\n    trainable: true",
         "LSTM:\n      units: 3  # c\n      name: 1\n    trainable: true"),
        ("LSTM:\n      units:\n        - 3\n      # end",
         "LSTM:\n      units:\n        - 3\n      name: 1\n      # end"),
        ("LSTM:\n      name:\n        - 3\n      a: 1", "LSTM:\n      name: 1\n      a: 1"),
        ("LSTM:\n      a: |\n        x\n\n      # c", "LSTM:\n      a: |\n        x\n      name: 1\n\n      # c"),
        ("LSTM: [1, 2]", "LSTM: {units: [1, 2], name: 1}"),
        ("LSTM:\n      - 1\n      - 2", "LSTM: {units: [1, 2], name: 1}"),
        ("LSTM: &a 3", None),
        ("LSTM: &a {units: 3}\n  - LSTM: *a", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_set_argument(before: str, after: str | None, line_break: str, end: str) -> None:
    text = f"# é😀\nlayers:\n  - {before}{end}".replace("\n", line_break)
    expected = after and f"# é😀\nlayers:\n  - {after}{end}".replace("\n", line_break)
    assert add(text) == expected


def test_set_argument_of_a_bare_item() -> None:
    assert add("layers:\n  - Flatten  # c\n", ("layers", 0)) == "layers:\n  - Flatten: {name: 1}  # c\n"
    assert add("layers: [Flatten, x]", ("layers", 0)) == "layers: [{Flatten: {name: 1}}, x]"
    assert add("layers:\n  - &a Flatten\n", ("layers", 0)) is None


def test_set_argument_to_the_shorthand_itself() -> None:
    assert add("layers:\n  - LSTM: 3\n", name="units", value=4) == "layers:\n  - LSTM: 4\n"
    assert add("layers:\n  - LSTM: 3\n", name="units", value={"a": 1}) == "layers:\n  - LSTM: {units: {a: 1}}\n"


def test_two_arguments_at_once() -> None:
    two = (Change("set_argument", ("LSTM",), 1, "x"), Change("set_argument", ("LSTM",), True, "w"))
    assert change("LSTM: 3\n", *two) == "LSTM: {units: 3, x: 1, w: true}\n"
    assert change("LSTM: {units: 3}\n", *two) == "LSTM: {units: 3, x: 1, w: true}\n"
    assert change("LSTM: {}\n", *two) == "LSTM: {x: 1, w: true}\n"
    assert change("LSTM: {\n  units: 3,\n  }\n", *two) == "LSTM: {\n  units: 3,\n  x: 1,\n  w: true,\n  }\n"
    assert change("LSTM:\n  units: 3\n", *two) == "LSTM:\n  units: 3\n  x: 1\n  w: true\n"


@pytest.mark.parametrize(
    ("text", "loc", "word", "expected"),
    [
        ("a:\n  - LSMT: 3  # c\n", ("a", 0, "LSMT"), "LSTM", "a:\n  - LSTM: 3  # c\n"),
        ("a: ['LSMT', b]", ("a", 0), "LSTM", "a: [LSTM, b]"),
        ("a: {b: 1, &x c: 2}", ("a", "c"), "d", None),
        ("a: 1", ("b",), "c", None),
    ],
)
def test_replace_key(text: str, loc: Loc, word: str, expected: str | None) -> None:
    assert change(text, Change("replace_key", loc, word)) == expected


@pytest.mark.parametrize(
    ("text", "loc", "value", "expected"),
    [
        ("a: 'x'  # c\n", ("a",), [1, "b c", None], "a: [1, b c, null]  # c\n"),
        ("a:\nb: 1\n", ("a",), 2, "a: 2\nb: 1\n"),
        ("a:\n  b: 1\n  c: 2\n\n# d\ne: 1\n", ("a",), 2, "a: 2\n\n# d\ne: 1\n"),
        ("a:\n-\n- 1\n", ("a", 0), 2, "a:\n- 2\n- 1\n"),
        ("a: {b}", ("a", "b"), 2, "a: {b: 2}"),
        ("a: &a 1\nb: *a\n", ("b",), 2, "a: &a 1\nb: 2\n"),
        ("a: &a 1\nb: *a\n", ("a",), 2, None),
        ("a: &a {x: 1}\nb: {<<: *a}\n", ("b", "x"), 2, None),
        ("a: &a {x: 1}\nb: *a\n", ("b", "x"), 2, None),
        ("a: &a {x: 1}\nb: 1\n", ("a", "x"), "yes", 'a: &a {x: "yes"}\nb: 1\n'),
    ],
)
def test_replace_value(text: str, loc: Loc, value: object, expected: str | None) -> None:
    assert change(text, Change("replace_value", loc, value)) == expected


@pytest.mark.parametrize(
    ("text", "loc", "expected"),
    [
        ("a: 1\nb: 2  # c\nc: 3\n", ("b",), "a: 1\nc: 3\n"),
        ("a: 1\nb:\n  - 1\n  - 2\n# c\nc: 3\n", ("b",), "a: 1\n# c\nc: 3\n"),
        ("a: 1\nb: 2", ("b",), "a: 1"),
        ("a: {b: 1, c: 2, d: 3}", ("a", "b"), "a: {c: 2, d: 3}"),
        ("a: {b: 1, c: 2, d: 3}", ("a", "d"), "a: {b: 1, c: 2}"),
        ("a: {b: 1}", ("a", "b"), "a: {}"),
        ("a: {b: 1,}", ("a", "b"), "a: {}"),
        ("a: [b, c]", ("a", 1), "a: [b]"),
        ("a:\n  - b: 1\n    c: 2\n", ("a", 0, "b"), "a:\n  - c: 2\n"),
        ("a:\n  - b: 1\n    c: 2\n", ("a", 0, "c"), "a:\n  - b: 1\n"),
        ("a:\n  - b: 1\n    c: 2\n  - d\n", ("a", 0), "a:\n  - d\n"),
        ("a:\n- b\n- c: |\n    x\n\n- d\n", ("a", 1), "a:\n- b\n\n- d\n"),
        ("a:\n  - b\n", ("a", 0), "a: []\n"),
        ("a:\n  b: 1\n", ("a", "b"), "a: {}\n"),
        ("a: 1\n", ("a",), None),
        ("a: &a 1\nb: *a\n", ("b",), "a: &a 1\n"),
    ],
)
def test_remove_entry(text: str, loc: Loc, expected: str | None) -> None:
    assert change(text, Change("remove_entry", loc)) == expected


@pytest.mark.parametrize(
    ("text", "loc", "expected"),
    [
        ("archcompiler: 1\nname: x\n\n# in\ninputs: {}\n", (), "archcompiler: 1\nname: x\n\nk: 5\n# in\ninputs: {}\n"),
        ("# file\ninputs: {}\n", (), "# file\nk: 5\ninputs: {}\n"),
        ("name: x", (), "name: x\nk: 5"),
        ("{name: x}", (), "{name: x, k: 5}"),
        ("a:\n  - LSTM: 3\n  - b\n", ("a", 0), "a:\n  - LSTM: 3\n    k: 5\n  - b\n"),
        ("a:\n  - LSTM:\n      units: 3 # c\n", ("a", 0), "a:\n  - LSTM:\n      units: 3 # c\n    k: 5\n"),
        ("a:\n  - Flatten  # c\n  - b\n", ("a", 0), "a:\n  - Flatten:  # c\n    k: 5\n  - b\n"),
        ("a: [Flatten]", ("a", 0), "a: [{Flatten: {}, k: 5}]"),
        ("a: {k: 1}", ("a",), "a: {k: 5}"),
        ("a:\nb: 1\n", ("a",), "a: {k: 5}\nb: 1\n"),
        ("a: 3\n", ("a",), None),
        ("? a\n: 3\n", (), None),
    ],
)
def test_set_key(text: str, loc: Loc, expected: str | None) -> None:
    assert change(text, Change("set_key", loc, 5, "k")) == expected


@pytest.mark.parametrize(
    ("text", "item", "expected"),
    [
        ("a: [b, c]", "d", "a: [b, d, c]"),
        ("a: [b, c]", {"d": 1}, "a: [b, {d: 1}, c]"),
        ("a:\n  - b\n  # on c\n  - c # c\n", "d", "a:\n  - b\n  # on c\n  - d\n  - c # c\n"),
        ("a:\r\n- b\r\n- c:\r\n    e: 1\r\n", {"d": [1, 2]}, "a:\r\n- b\r\n- d: [1, 2]\r\n- c:\r\n    e: 1\r\n"),
        ("a:\n  - b\n  - c", {"d": 1, "e": 2}, "a:\n  - b\n  - {d: 1, e: 2}\n  - c"),
        ("a: [\n  b,\n  c,\n]", "d", "a: [\n  b,\n  d, c,\n]"),
        ("a: &a [b, c]\nx: *a\n", "d", None),
        ("a: {b: 1, c: 2}", "d", None),
    ],
)
def test_insert_item(text: str, item: object, expected: str | None) -> None:
    """Comments above an item are of what stands there: the new item comes right before the old one."""
    assert change(text, Change("insert_item", ("a", "c" if "{b" in text else 1), item)) == expected


def test_no_text_no_edits() -> None:
    document, _ = document_from_data({"a": 1})
    assert document is not None
    assert text_edits(document, (Change("replace_value", ("a",), 2),), FIRST.get) is None
    assert text_edits(Document("x", "a: [", None), (Change("replace_value", ("a",), 2),), FIRST.get) is None


def test_conflicting_changes_are_not_made() -> None:
    both = (Change("replace_value", ("a",), 1), Change("replace_value", ("a",), 2))
    assert change("a: 3\n", *both) is None


def test_new_keys_go_in_together() -> None:
    two = (Change("set_key", (), 1, "x"), Change("set_key", (), 2, "y"))
    assert change("name: a\ninputs: {}\n", *two) == "name: a\nx: 1\ny: 2\ninputs: {}\n"


def test_apply_refuses_what_overlaps() -> None:
    edit = Edit(Span(1, 1, 1, 3), "")
    with pytest.raises(ValueError, match="overlap"):
        apply("abc", [edit, edit])
    with pytest.raises(ValueError, match="overlap"):
        apply("a", [edit])
    assert apply("\ufeffabc", [edit]) == "\ufeffc"


WORDS = st.text("abcé😀 :#,'\"-1", max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


FLOW = st.sampled_from([None, True, False])


@given(st.lists(st.dictionaries(st.sampled_from("pqr"), VALUES, max_size=3), min_size=1, max_size=3), st.data())
def test_only_the_argument_changes(items: list[object], draw: st.DataObject) -> None:
    data = {"layers": [{"Thing": item, "name": "x"} for item in items], "last": 1}
    text = yaml.safe_dump(
        data, sort_keys=False, allow_unicode=True, default_flow_style=draw.draw(st.sampled_from([None, True, False]))
    )
    document, _ = read(text, "x")
    assert document is not None
    assume(document.data == data and "&" not in text)
    at = draw.draw(st.integers(0, len(items) - 1))
    name, value = draw.draw(st.sampled_from("pqs")), draw.draw(VALUES)
    kind = draw.draw(st.sampled_from(["set_argument", "set_key", "remove_entry", "replace_value"]))
    expected = copy.deepcopy(data)
    thing: dict[str, object] = expected["layers"][at]["Thing"]  # type: ignore[index]
    if kind in ("remove_entry", "replace_value"):
        assume(name in thing)
        result = change(text, Change(kind, ("layers", at, "Thing", name), value))
    else:
        result = change(text, Change(kind, ("layers", at, "Thing"), value, name))
    if kind == "remove_entry":
        del thing[name]
    else:
        thing[name] = value
    assert result is not None
    again, problems = read(result, "x")
    assert problems == [] and again is not None and again.data == expected
