"""Every recorded layer call as a spec: archcompiler must say what Keras said.

Where the language differs on purpose, a rule in `EXCEPTIONS` says why; nothing is listed case by case.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import archcompiler
from archcompiler import Report
from archcompiler.layers.catalog import find
from archcompiler.layers.outdated import REMOVED_ARGUMENTS
from archcompiler.layers.refused import REFUSED
from archcompiler.layers.values import mismatch
from tests.differential.case_specs import Case, NotInTheLanguage, cases, spec_of

Exceptional = Callable[[Case, Report], bool]


def _is_of_another_type(case: Case, report: Report) -> bool:
    """Keras takes "yes" for true, a list for a number that it never reads …; the language does not."""
    entry = find("layers", case["layer"])
    assert entry is not None
    known = entry.arguments | entry.base_arguments
    return any(
        mismatch(value, known[name]) and f"`{name}` of {entry.name}" in report.errors[0].message
        for name, value in case["init_kwargs"].items()
        if name in known and known[name].kind in PLAIN_KINDS
    )


PLAIN_KINDS = ("boolean", "number", "size", "sizes", "count", "integer", "fraction", "mapping", "dtype")


def _is_a_leftover(case: Case, report: Report) -> bool:
    """Keras still takes some arguments of Keras 2; the language says today's way of saying it."""
    return report.errors[0].code == "ARC114" and any(
        name in REMOVED_ARGUMENTS["layers"] for name in case["init_kwargs"]
    )


def _has_no_identifier_for_a_name(case: Case, report: Report) -> bool:
    """A layer's name is an identifier, as it is referred to in `from` and becomes a variable."""
    return report.errors[0].code == "ARC105"


def _has_an_argument_that_is_dropped(case: Case, report: Report) -> bool:
    """HashedCrossing takes any argument and drops those that it does not know."""
    return report.errors[0].code == "ARC111" and case["layer"] == "HashedCrossing"


def _is_called_on_a_list(case: Case, report: Report) -> bool:
    """Some layers give a list for a list of tensors; in `from` a list is one argument of the call after another."""
    return report.errors[0].code == "ARC205" and isinstance(case["input_shape"], list)


def _fails_when_it_runs(case: Case, report: Report) -> bool:
    """With open axes Keras was not run; with any size the result has another shape, or there is none."""
    return case["run"].startswith("skipped") and report.errors[0].code in ("ARC112", "ARC201", "ARC204", "ARC207")


EXCEPTIONS: tuple[Exceptional, ...] = (
    _is_of_another_type,
    _is_a_leftover,
    _has_no_identifier_for_a_name,
    _has_an_argument_that_is_dropped,
    _is_called_on_a_list,
    _fails_when_it_runs,
)
"""Why a call that Keras accepts is refused; `docs/differences.md` tells each."""


def _is_keras_own_form(case: Case) -> bool:
    """`{"class_name": "ReLU", "config": {}}` is refused by Keras; in a spec it is `activation: {ReLU: …}`, which is
    made into a layer."""
    return any(
        isinstance(value, dict) and value.get("class_name") == "ReLU" and name.endswith("activation")
        for name, value in case["init_kwargs"].items()
    )


def _is_flattened_when_the_model_runs(case: Case) -> bool:
    """The states of stacked cells come nested when the layer is called alone; in a model they are flat, as said."""
    cell = case["init_kwargs"].get("cell")
    stacked = isinstance(cell, list) or (isinstance(cell, dict) and cell["class_name"] == "StackedRNNCells")
    return case["layer"] == "RNN" and stacked


def _fails_on_this_backend(case: Case) -> bool:
    """What TensorFlow, or TensorFlow without a compiled function, cannot do, and others can."""
    return any(
        words in case["run"]
        for words in ("Flash attention", "Input dims must be <= 5", "Broadcast between", "cannot mix tensors and non-")
    )


def _depends_on_the_batch(case: Case) -> bool:
    """One image without a batch axis, whose first axis stands where the batch does: its size is open."""
    shape = case["input_shape"]
    return case["layer"] == "ContrastLimitedAdaptiveHistogramEqualization" and len(shape) == 3 and shape[0] is None


MEANT = (_is_flattened_when_the_model_runs, _fails_on_this_backend, _depends_on_the_batch)
"""Why a call that fails or differs when it runs is accepted."""


@cache
def checked() -> list[tuple[str, Case, Report]]:
    """Each case that a spec can express, with what archcompiler says of it, as `accepted` or `refused` by Keras."""
    results: list[tuple[str, Case, Report]] = []
    for kind in ("accepted", "refused"):
        for case in cases()[kind]:
            try:
                spec = spec_of(case)
            except NotInTheLanguage:
                continue
            results.append((kind, case, archcompiler.check(spec)))
    return results


def makes_sense(case: Case) -> bool:
    """Whether what Keras accepted also worked when it ran."""
    return case["run"] == "ok" or case["run"].startswith("skipped")


def told(case: Case, report: Report | None = None) -> str:
    """The case in a line."""
    said = f" | {report.errors[0].code} {report.errors[0].message}" if report and report.errors else ""
    keras = case.get("message_first_line") or case.get("run", "")
    return f"{case['id']}: {json.dumps(case['init_kwargs'])} on {case['input_shape']} | Keras: {keras[:120]}{said}"


def test_what_keras_accepts_is_accepted() -> None:
    wrong: list[str] = []
    count: Counter[str] = Counter()
    why: Counter[str] = Counter()
    for kind, case, report in checked():
        if kind == "refused" or not makes_sense(case):
            continue
        count["accepted" if report.ok else "refused"] += 1
        if report.ok:
            continue
        reason = next((rule.__doc__ for rule in EXCEPTIONS if rule(case, report)), None)
        why[reason or "wrong"] += 1
        if reason is None:
            wrong.append(told(case, report))
    print(f"\nof {count.total()} calls that Keras accepts, {count['accepted']} are accepted; refused are")
    for reason, times in why.items():
        print(f"{times:6} {reason}")
    assert not wrong, "\n".join(wrong)


def test_shapes_dtypes_and_parameters_are_those_of_keras() -> None:
    wrong = [
        f"{told(case)}: {difference}"
        for kind, case, report in checked()
        if kind == "accepted" and makes_sense(case) and report.graph is not None
        for difference in _unlike(case, report)
    ]
    assert not wrong, "\n".join(wrong)


def _flat(given: Any) -> list[list[int | None]]:
    """The shapes in what Keras gives, however it nests them."""
    return [one for each in given for one in _flat(each)] if given and isinstance(given[0], list) else [given]


def _unlike(case: Case, report: Report) -> Iterator[str]:
    assert report.graph is not None
    node = list(report.graph.nodes.values())[-1]
    expected = _flat(case["output_shape"])
    shapes = [list(one.shape) for one in node.outputs]
    if shapes != expected:
        yield f"shapes {shapes}, not {expected}"
    dtypes = case.get("output_dtype", "float32")
    dtype = dtypes if isinstance(dtypes, str) else dtypes[0]
    if node.outputs[0].dtype != dtype:
        yield f"dtype {node.outputs[0].dtype}, not {dtype}"
    counts = (report.graph.param_count, report.graph.trainable_param_count)
    if counts != (case["n_params"], case["n_trainable_params"]):
        yield f"parameters {counts}, not {(case['n_params'], case['n_trainable_params'])}"
    if list(next(iter(report.graph.outputs.values())).shape) != expected[0]:
        yield f"the model's output is {report.graph.outputs}"


def test_what_keras_refuses_on_purpose_is_refused() -> None:
    deliberate = [(case, report) for kind, case, report in checked() if kind == "refused" and case["explicit_raise"]]
    accepted = [case for case, report in deliberate if report.ok]
    missed = [told(case) for case in accepted if not _is_keras_own_form(case)]
    print(f"\n{len(deliberate)} deliberate refusals, {len(accepted)} accepted, {len(missed)} of them wrongly")
    assert len(accepted) <= 0.01 * len(deliberate)
    assert not missed, "\n".join(missed)


def test_what_keras_refuses_by_accident_is_refused() -> None:
    accidents = [(case, report) for kind, case, report in checked() if kind == "refused" and not case["explicit_raise"]]
    missed = [told(case) for case, report in accidents if report.ok]
    assert not missed, "\n".join(missed)


def test_what_keras_builds_but_cannot_run_is_refused() -> None:
    senseless = [(case, report) for kind, case, report in checked() if kind == "accepted" and not makes_sense(case)]
    missed = [told(case) for case, report in senseless if report.ok and not any(rule(case) for rule in MEANT)]
    assert senseless
    assert not missed, "\n".join(missed)


def test_a_refusal_names_the_argument_or_the_axis() -> None:
    """What is wrong with an argument names it; what is wrong with a tensor says what came."""
    vague: list[str] = []
    for kind, case, report in checked():
        if kind == "accepted" or report.ok:
            continue
        for error in report.errors:
            names = (*_names_within(case["init_kwargs"]), *_required(case), "cannot stand in a chain", *REFUSED)
            tensors = "(" in error.message or "axis" in error.message
            if not tensors and not any(name in error.message for name in names):
                vague.append(told(case, report))
    assert not vague, "\n".join(vague)


def _names_within(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield str(one) if name == "class_name" else name
            yield from _names_within(one)
    elif isinstance(value, list):
        for one in value:
            yield from _names_within(one)
    elif isinstance(value, str):
        yield value


def _required(case: Case) -> list[str]:
    entry = find("layers", case["layer"])
    assert entry is not None
    return [argument.name for argument in entry.arguments.values() if argument.required]


def test_most_cases_are_in_the_language() -> None:
    skipped: Counter[str] = Counter()
    for kind in ("accepted", "refused"):
        for case in cases()[kind]:
            try:
                spec_of(case)
            except NotInTheLanguage as why:
                skipped[str(why)] += 1
    print(f"\nnot in the language: {dict(skipped)}")
    assert skipped.total() < 0.04 * sum(len(some) for some in (cases()["accepted"], cases()["refused"]))
