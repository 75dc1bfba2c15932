"""`make bench`: what archcompiler takes, beside what one would do otherwise, in one run, as ratios."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import warnings
from pathlib import Path

import yaml

import archcompiler
from benchmarks import generating, many
from benchmarks.specs import branched, chain, stamped, written_out
from benchmarks.timing import Row, in_turn, process, seconds, show

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
EXAMPLES = Path(__file__).parent.parent / "examples"
SPEC = EXAMPLES / "word_classifier.yaml"

SAME_MISTAKE_IN_KERAS = """
from keras import Input, layers
x = Input((10,), dtype="int32")
x = layers.Embedding(2000, 64)(x)
x = layers.GRU(512)(x)
x = layers.GRU(128, return_sequences=True)(x)
"""
"""The shortest script that stumbles over a first GRU that returns only its last step."""


def cold_check(folder: Path) -> Row:
    """A new process that finds the mistake, and one of Keras that does."""
    wrong = folder / "wrong.yaml"
    text = SPEC.read_text(encoding="utf-8")
    mended = text.replace("GRU: {units: 512, return_sequences: true}", "GRU: {units: 512}")
    assert mended != text
    wrong.write_text(mended, encoding="utf-8")
    script = folder / "wrong.py"
    script.write_text(SAME_MISTAKE_IN_KERAS, encoding="utf-8")
    ours, theirs = in_turn(
        process([sys.executable, "-m", "archcompiler", "check", str(wrong)], expect=1),
        process([sys.executable, str(script)], expect=1),
        repeats=5,
    )
    return Row("cold check that finds the mistake", ours, theirs, "a Keras script", 20, at_least=True)


def warm_checks() -> list[Row]:
    """One check after another in one process."""
    text = SPEC.read_text(encoding="utf-8")
    mapping = yaml.safe_load(text)
    checked = seconds(lambda: archcompiler.check(io.StringIO(text)), repeats=300, warm_up=30)
    from_mapping = seconds(lambda: archcompiler.check(mapping), repeats=300, warm_up=30)
    return [
        Row("warm check from text", checked, None, "", 2e-3),
        Row("warm check from a mapping", from_mapping, None, "", 1e-3),
    ]


def large_specs() -> list[Row]:
    """A check beside a bare parse of the same text, by PyYAML's C loader and by the reader of archcompiler."""
    from archcompiler.spec.reader import read

    rows: list[Row] = []
    sizes = [("chain", 900, chain), *(("branched graph", n, branched) for n in (1250, 2500, 5000, 10000))]
    for kind, layers, make in sizes:
        text = make(layers)
        assert archcompiler.check(io.StringIO(text)).ok
        ours, theirs = in_turn(
            lambda text=text: archcompiler.check(io.StringIO(text)),
            lambda text=text: yaml.load(text, Loader=yaml.CSafeLoader),
            repeats=5,
        )
        bare = seconds(lambda text=text: read(text, "spec.yaml"), repeats=5)
        what = f"check, {kind} of {layers:,} layers"
        rows.append(Row(what, ours, theirs, "yaml.CSafeLoader alone", 4))
        rows.append(Row(f"  {ours / layers * 1e6:.0f} µs a layer", ours, bare, "our own reader alone", 4))
    return rows


def blocks() -> list[Row]:
    """100 blocks stamped 25 or 100 times each, beside the same graph written out; and the code that is emitted."""
    rows: list[Row] = []
    for copies in (25, 100):
        short, long = stamped(100, copies), written_out(100, copies)
        layers = 200 * copies
        assert all(archcompiler.check(io.StringIO(text)).ok for text in (short, long))
        ours, theirs = in_turn(
            lambda short=short: archcompiler.check(io.StringIO(short)),
            lambda long=long: archcompiler.check(io.StringIO(long)),
            repeats=3,
        )
        rows.append(Row(f"check, blocks of {layers:,} layers", ours, theirs, "the same written out", 1.5))
    emitted = seconds(lambda: archcompiler.emit(io.StringIO(stamped(100, 25))), repeats=3)
    rows.append(Row("emit, blocks of 5,000 layers", emitted, None, "", 2))
    return rows


def single_layers() -> list[Row]:
    """Every recorded layer call as a spec of one layer, checked from a mapping; a few hundred of them made in Keras."""

    from tests.differential import keras_graph
    from tests.differential.case_specs import NotInTheLanguage, cases, spec_of

    specs = []
    for case in (*cases()["accepted"], *cases()["refused"]):
        try:
            specs.append(spec_of(case))
        except NotInTheLanguage:
            continue

    def ours() -> None:
        for spec in specs:
            archcompiler.check(spec)

    sound = [spec for spec in specs if archcompiler.check(spec).ok and not isinstance(spec["layers"][0]["from"], dict)]
    some = sound[:: len(sound) // 300]

    def theirs() -> None:
        for spec in some:
            keras_graph.build(spec)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs_each = seconds(theirs, repeats=3) / len(some)
    each = seconds(ours, repeats=5) / len(specs)
    what = f"a layer of {len(specs):,} alone, {1 / each:,.0f} a second"
    return [
        Row(what, each, theirs_each, "the same in Keras", 1, at_least=True),
        Row("  5,000 a second", each, None, "", 2e-4),
    ]


def builds() -> list[Row]:
    """The model of a spec made in process, beside the same model made by hand."""
    import keras

    from tests import handwritten

    rows: list[Row] = []
    for name in ("word_classifier", "autoencoder"):
        path = EXAMPLES / f"{name}.yaml"
        by_hand = getattr(handwritten, name)

        def ours(path: Path = path) -> None:
            keras.backend.clear_session()
            archcompiler.build(path)

        def theirs(by_hand=by_hand) -> None:
            keras.backend.clear_session()
            by_hand()

        mine, other = in_turn(ours, theirs, repeats=25)
        rows.append(Row(f"build {name} in process, check and all", mine, other, "Keras by hand", 1.05))
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            cold_check(Path(folder)),
            *warm_checks(),
            *large_specs(),
            *blocks(),
            *single_layers(),
            *many.rows(),
            *builds(),
            *generating.rows(),
        ]
    show(rows)


if __name__ == "__main__":
    main()
