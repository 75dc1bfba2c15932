"""The route: `check` reads, parses, lowers, infers, analyses and lints; `emit` and `build` go on from there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from os import PathLike, fspath
from typing import IO, TYPE_CHECKING, Any, cast

from archcompiler.analysing import Checked, analysed
from archcompiler.collecting import paused
from archcompiler.consequences import without_consequences
from archcompiler.diagnostics import Problem
from archcompiler.graph.ir import TypedGraph
from archcompiler.layers.catalog import find
from archcompiler.report import CompileError, Report, placed
from archcompiler.settings import Backend, Settings
from archcompiler.source import IGNORE_MARK, Document, plain_values
from archcompiler.spec.frame import parse
from archcompiler.spec.used_params import with_params

if TYPE_CHECKING:
    import keras

    from archcompiler.plan import Plan

Source = str | PathLike[str] | Mapping[str, Any] | IO[str] | IO[bytes]
"""A path, a spec as a mapping, or an open text."""


@dataclass(frozen=True)
class Program:
    """A sound spec as an emitted program: its plan, its source, and the spec with all params as they were set."""

    plan: Plan
    source: str
    resolved: str
    checked: Checked
    report: Report

    def report_of(self, problems: list[Problem]) -> Report:
        """The report on what is wrong with data for the spec."""
        document = self.report.document
        return Report(self.report.path, placed(problems, document, self.report.path, first_argument), None, document)


def check(
    source: Source,
    params: Mapping[str, object] | None = None,
    data: object = None,
    validation_data: object = None,
    *,
    backend: Backend | None = None,
    select: Collection[str] = (),
) -> Report:
    """What is wrong with the spec at `source`, and its typed graph where that could be worked out.

    Args:
        source: a path, a mapping, or an open text stream.
        params: values for the spec's params, as `--set` gives them.
        data: what the model is to be trained on: a file's path, or arrays or their shapes by name.
        validation_data: the same for what it is to be validated on.
        backend: the Keras backend that the model is to run on, for hazards that only some of them have.
        select: codes of rules that are looked for only where they are asked for, such as `ARC417`.

    Raises:
        OSError: the file cannot be opened. A faulty spec is reported, never raised.
    """
    with paused():
        given = {"data": data, "validation_data": validation_data}
        return _check(source, params, given, Settings(backend, frozenset(select)), look=True)[0]


def emit(source: Source, params: Mapping[str, object] | None = None, flat: bool = False) -> str:
    """Keras source code for the spec at `source`. Its blocks become functions, its repeats loops and its params
    arguments, unless `flat` code is asked for.

    Raises:
        CompileError: the spec has errors; `.report` says which.
        OSError: the file cannot be opened.
    """
    from archcompiler.emit import source_of

    with paused():
        report, checked = _sound(source, params)
        plan = _planned(checked, report)
        return source_of(plan) if flat else source_of(plan, checked.framed, checked.graph)


def build(source: Source, params: Mapping[str, object] | None = None, seed: int | None = None) -> keras.Model:
    """The `keras.Model` of the spec at `source`, compiled where the spec has `training`.

    With a `seed` its weights are those that the emitted code gives with the same seed.

    Raises:
        CompileError: the spec has errors; `.report` says which.
        OSError: the file cannot be opened.
    """
    report, checked = _sound(source, params)
    return _built(_planned(checked, report), report, seed)


def verified(program: Program) -> None:
    """Build the model once, so that classes of the user's own are held against what the spec says of them.

    Raises:
        CompileError: one of them cannot be imported, or is another than the spec says.
    """
    _built(program.plan, program.report, None)


def exports(source: Source, model: keras.Model, params: Mapping[str, object] | None = None) -> dict[str, keras.Model]:
    """The `exports` of the spec at `source` by name: parts of `model`, which was built from it, on the same weights.

    Raises:
        CompileError: the spec has errors; `.report` says which.
        OSError: the file cannot be opened.
    """
    from archcompiler.build import exports_of

    return exports_of(_plan(source, params), model)


def _built(plan: Plan, report: Report, seed: int | None) -> keras.Model:
    from archcompiler.build import Misbelieved, model_of

    try:
        return model_of(plan, seed)
    except Misbelieved as error:
        document = report.document
        raise CompileError(Report(report.path, placed([error.problem], document, report.path, first_argument), None,
                                  document)) from error  # fmt: skip


def resolve(source: Source, params: Mapping[str, object] | None = None) -> str:
    """The spec at `source` with everything in it expanded, as YAML: a spec that means the same.

    Raises:
        CompileError: the spec has errors; `.report` says which.
        OSError: the file cannot be opened.
    """
    from archcompiler.show.resolve import resolved_spec

    _, checked = _sound(source, params)
    return resolved_spec(checked.framed, checked.graph.graph, checked.targets)


def program(source: Source, params: Mapping[str, object] | None = None) -> Program:
    """The program of the spec at `source`, to be run in process.

    Raises:
        CompileError: the spec has errors; `.report` says which.
        OSError: the file cannot be opened.
    """
    from archcompiler.emit import source_of
    from archcompiler.spec.resolved import resolved

    report, checked = _sound(source, params)
    plan = _planned(checked, report)
    spec = resolved(checked.framed.data, checked.framed.name, params or {})
    return Program(plan, source_of(plan, checked.framed, checked.graph), spec, checked, report)


def _plan(source: Source, params: Mapping[str, object] | None) -> Plan:
    report, checked = _sound(source, params)
    return _planned(checked, report)


def _sound(source: Source, params: Mapping[str, object] | None) -> tuple[Report, Checked]:
    with paused():
        report, checked = _check(source, params, {}, Settings(), look=False)
    if checked is None:
        raise CompileError(replace(report, diagnostics=(*report.diagnostics, *report.ignored), ignored=()))
    return report, checked


def _planned(checked: Checked, report: Report) -> Plan:
    from archcompiler.plan import make_plan

    return make_plan(checked.framed, checked.graph, checked.targets, checked.training, checked.stepping, report.path)


def _check(
    source: Source, params: Mapping[str, object] | None, data: Mapping[str, object], settings: Settings, look: bool
) -> tuple[Report, Checked | None]:
    """The report and what was found out. `data` are by their key in a spec; one may `look` into files that it names."""
    document, path, problems = _read(source)
    checked: Checked | None = None
    graph: TypedGraph | None = None
    if document is not None and document.data is not None:
        framed = parse(document, plain_values(params or {}), problems)
        if framed is not None:
            checked = analysed(framed, problems, settings, data, path, look)
            graph = checked.graph if checked else None
            problems = with_params(problems, document) if problems else problems
    problems = without_consequences(problems)
    report = _reported(problems, document, path, graph)
    usable = checked is not None and report.ok and not report.in_the_way
    if usable and checked is not None and checked.sound_data:
        from archcompiler.data.contract import number_problems

        problems += number_problems(checked.sound_data)
        report = _reported(problems, document, path, graph)
    return report, checked if usable and report.ok else None


def _reported(problems: list[Problem], document: Document | None, path: str, graph: TypedGraph | None) -> Report:
    """The report on all problems, less those that the spec itself lets pass."""
    found, ignored = placed(problems, document, path, first_argument), ()
    if document is not None and _has_ignores(document):
        from archcompiler.spec.ignores import sifted

        found, ignored = sifted(found, document, whole=graph is not None)
    return Report(path, found, graph, document, ignored)


def _has_ignores(document: Document) -> bool:
    """Whether it is worth while to look for such comments."""
    texts = (document.text, *(one.text for one, _ in document.included.values()))
    return any(text is not None and IGNORE_MARK in text for text in texts)


def first_argument(class_name: str) -> str | None:
    """The name of a layer's first argument."""
    for section in ("layers", "optimizers", "losses", "metrics"):
        entry = find(section, class_name)
        if entry is not None:
            return next(iter(entry.arguments), None)
    return None


def _read(source: Source) -> tuple[Document | None, str, list[Problem]]:
    if isinstance(source, Mapping):
        from archcompiler.source import document_from_data

        document, problems = document_from_data(source)
        return document, "<mapping>", problems
    from archcompiler.spec.reader import read_file, read_stream

    if not isinstance(source, (str, PathLike)) and not hasattr(source, "read"):
        raise TypeError(f"a spec is a path, a mapping or an open text, but {type(source).__name__} is given")
    if isinstance(source, (str, PathLike)):
        path = fspath(source)
        document, problems = read_file(path)
        return document, path, problems
    path = str(getattr(source, "name", "<stream>"))
    document, problems = read_stream(cast("IO[str]", source), path)
    return document, path, problems
