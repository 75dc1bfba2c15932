"""A report as a person reads it, as JSON, and as annotations of a GitHub workflow.

Text of a spec reaches a terminal only through `visible`, so that no spec can move the cursor or turn the text around.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from unicodedata import category, combining, east_asian_width

from archcompiler import dims
from archcompiler.diagnostics import Code, Diagnostic, Edit, Loc, Note, Severity, Span
from archcompiler.edits import apply
from archcompiler.source import LINE_BREAK, Document

if TYPE_CHECKING:
    from archcompiler.graph.ir import Ref, TypedGraph, TypedNode
    from archcompiler.report import Report
    from archcompiler.tensors import TensorType

TAB = "    "
WIDEST_EXCERPT = 120
LONGEST_DIFF = 8
MOST_TENSORS = 4
_STYLES = {
    "error": "1;31", "warning": "1;33", "ok": "1;32", "place": "34", "help": "1;36", "bold": "1", "-": "31", "+": "32"
}  # fmt: skip


def as_text(report: Report, color: bool = False) -> str:
    """Every diagnostic with the lines it is about; then what the spec is, where it has no error, and a summary."""
    parts = diagnostics_text(report, color)
    if report.ok:
        parts.append(ok_line(report, color))
    if report.diagnostics or report.ignored or report.fixed:
        parts.append(summary((report,), color))
    return "\n".join(parts)


def diagnostics_text(report: Report, color: bool = False) -> list[str]:
    """One block of text for each diagnostic, an empty line after each."""
    painter = _Painter(color)
    return ["\n".join((*_block(one, report, painter), "")) for one in report.diagnostics]


def ok_line(report: Report, color: bool = False) -> str:
    """`tank.yaml: ok: many_to_one, readings (batch, steps, 2) → forecast (batch, 1), 4,769 parameters`."""
    head = f"{visible(report.path)}: {_Painter(color)('ok', 'ok')}"
    graph = report.graph
    if graph is None:
        return f"{head}, as far as its shapes are known"
    given, made = _tensors(graph.inputs), _tensors(graph.outputs)
    return f"{head}: {graph.topology}, {given} → {made}, {plural(graph.param_count, 'parameter')}"


def summary(reports: Iterable[Report], color: bool = False) -> str:
    """`1 error, 2 warnings`; of several files, also how many were checked."""
    reports = list(reports)
    return summary_line(
        [(one.severity, 1) for report in reports for one in report.diagnostics],
        len(reports),
        ignored=sum(len(report.ignored) for report in reports),
        fixed=sum(report.fixed for report in reports),
        color=color,
    )


def summary_line(
    found: Iterable[tuple[Severity, int]], files: int, *, ignored: int = 0, fixed: int = 0, color: bool = False
) -> str:
    """`1 error, 2 warnings, 1 ignored, fixed 3; 4 files checked`, of how often each severity was found."""
    painter = _Painter(color)
    counts = Counter[str]()
    for severity, count in found:
        counts[severity] += count
    said = [painter(kind, plural(counts[kind], kind)) for kind in ("error", "warning") if counts[kind]]
    said = said or ["no errors"]
    if ignored:
        said.append(f"{ignored:,} ignored")
    if fixed:
        said.append(f"fixed {fixed:,}")
    return ", ".join(said) + (f"; {files:,} files checked" if files > 1 else "")


def count_table(counts: Iterable[tuple[Code, int]], color: bool = False) -> str:
    """`--statistics`: a line for each code, with how often it was found."""
    counts = list(counts)
    painter = _Painter(color)
    wide = max((len(f"{count:,}") for _, count in counts), default=0)
    slugs = max((len(code.slug) for code, _ in counts), default=0)
    return "\n".join(
        f"{count:>{wide},}  {painter(code.severity, code.code)}  {code.slug:<{slugs}}  {code.title}"
        for code, count in counts
    )


def as_json(reports: Iterable[Report]) -> str:
    """What `check --format json` prints."""
    files = [report.to_dict() for report in reports]
    return json.dumps({"version": 1, "files": files}, indent=2, ensure_ascii=False)


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Workflow commands, one a line, which GitHub shows beside the lines of a pull request.

    Source: docs.github.com, "Workflow commands for GitHub Actions"; the escapes are those of `actions/toolkit`.
    """
    return "\n".join(map(_annotation, diagnostics))


def model_fields(graph: TypedGraph) -> dict[str, object]:
    """The `model` of `check --format json`."""
    called: set[str] = set()
    layers: list[dict[str, object]] = []
    for name in graph.graph.nodes:
        typed = graph.nodes[name]
        if typed.node.kind == "input":
            continue
        layers.append(
            {
                "name": name,
                "class": typed.class_name,
                "from": [ref_text(graph, ref) for ref in typed.node.sources if ref is not None],
                "shape": list(typed.outputs[0].shape),
                "dtype": typed.outputs[0].dtype,
                "params": node_params(graph, typed, called),
                "mask": typed.outputs[0].mask,
            }
        )
    return {
        "name": graph.name,
        "topology": graph.topology,
        "batch_size": graph.batch_size,
        "params": graph.param_count,
        "trainable_params": graph.trainable_param_count,
        "inputs": {name: _tensor_fields(tensor) for name, tensor in graph.inputs.items()},
        "outputs": {name: _tensor_fields(tensor) for name, tensor in graph.outputs.items()},
        "layers": layers,
    }


def node_params(graph: TypedGraph, typed: TypedNode, called: set[str]) -> int:
    """The weights of a row: a nested model's are counted where it is called first, which `called` remembers."""
    if typed.node.kind != "model":
        return typed.params
    model = graph.models.get(typed.node.target)
    if model is None or typed.node.target in called:
        return 0
    called.add(typed.node.target)
    return model.param_count


def plural(count: int, noun: str, several: str | None = None) -> str:
    """`1 error`, `4,769 parameters`."""
    return f"{count:,} {noun if count == 1 else several or f'{noun}s'}"


def visible(text: str) -> str:
    """`text` on one line, each character that a terminal would obey replaced by one that it shows."""
    return text if text.isascii() and text.isprintable() else "".join(map(_visible, text))


def loc_text(loc: Loc) -> str:
    """A path into a spec as a person writes it: `layers[2].LSTM.units`."""
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return visible(written.removeprefix("."))


class _Painter:
    """Colours text, where colours are wanted."""

    def __init__(self, color: bool) -> None:
        self._color = color

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._color else text


def _block(one: Diagnostic, report: Report, paint: _Painter) -> Iterator[str]:
    """A diagnostic from its headline to its fix."""
    spans = [one.span, *(note.span for note in one.notes)]
    margin = max((len(str(span.line)) for span in spans if span), default=1)
    yield paint(one.severity, f"{one.severity}[{one.code}]") + paint("bold", f" {one.slug}: {visible(one.message)}")
    yield from _placed(one.path, one.span, one.loc, report.document_at(one.path), margin, paint, one.severity)
    for note in one.notes:
        yield f"{paint('bold', 'note')}: {visible(note.message)}"
        if note.span is not None:
            document = report.document_at(note.path)
            yield from _placed(note.path, note.span, (), document, margin, paint, "place")
    if one.help is not None:
        yield f"{paint('help', 'help')}: {visible(one.help)}"
    if one.fix is not None:
        diff = _diff(report.document_at(one.path), one.fix.edits, margin, paint)
        how = "safe" if one.fix.applicability == "safe" else "unsafe: it may change what is meant"
        yield f"{paint('help', 'fix')} ({how}):" + ("" if diff else f" {plural(len(one.fix.edits), 'edit')}")
        yield from diff


def _placed(
    path: str, span: Span | None, loc: Loc, document: Document | None, margin: int, paint: _Painter, style: str
) -> Iterator[str]:
    """Where something stands, and that line with the stretch marked."""
    arrow = paint("place", " " * margin + "-->")
    if span is None:
        yield f"{arrow} {visible(path)}" + (f": {loc_text(loc)}" if loc else "")
        return
    yield f"{arrow} {visible(path)}:{span.line}:{span.column}"
    if document is None or document.text is None:
        return
    line = document.line_text(span.line)
    end = span.end_column if span.end_line == span.line else len(line) + 1
    shown, indent, carets = _excerpt(line, span.column - 1, max(end, span.column + 1) - 1)
    bar = paint("place", "|")
    yield f"{' ' * margin} {bar}"
    yield f"{paint('place', str(span.line).rjust(margin))} {bar} {shown}".rstrip()
    yield f"{' ' * margin} {bar} {' ' * indent}{paint(style, '^' * carets)}"


def _excerpt(line: str, start: int, end: int) -> tuple[str, int, int]:
    """A line as shown, cut where it is long; how far to indent the carets, and how many there are."""
    head, marked, tail = (_shown(part) for part in (line[:start], line[start:end], line[end:]))
    if len(line) > WIDEST_EXCERPT:
        kept = WIDEST_EXCERPT // 4
        head = head if len(head) <= kept else "…" + head[-kept:]
        marked = marked if len(marked) <= 2 * kept else marked[: 2 * kept - 1] + "…"
        tail = tail if len(tail) <= kept else tail[:kept] + "…"
    return head + marked + tail, _width(head), max(_width(marked), 1)


def _diff(document: Document | None, edits: tuple[Edit, ...], margin: int, paint: _Painter) -> list[str]:
    """The lines that a fix changes, old and new; nothing where they are many."""
    if document is None or document.text is None:
        return []
    numbers = sorted({n for edit in edits for n in range(edit.span.line, edit.span.end_line + 1)})
    if len(numbers) > LONGEST_DIFF // 2 or numbers[-1] - numbers[0] >= len(numbers):
        return []
    lines, mended = LINE_BREAK.split(document.text), LINE_BREAK.split(apply(document.text, edits))
    first, last = numbers[0] - 1, numbers[-1]
    old, new = lines[first:last], mended[first : last + len(mended) - len(lines)]
    while old and new and old[0] == new[0]:
        old, new, first = old[1:], new[1:], first + 1
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    if len(old) + len(new) > LONGEST_DIFF:
        return []
    return [
        f"{paint('place', str(first + 1 + at).rjust(margin))} {paint(sign, f'{sign} {_clipped(text)}'.rstrip())}"
        for sign, changed in (("-", old), ("+", new))
        for at, text in enumerate(changed)
    ]


def _clipped(line: str) -> str:
    shown = _shown(line)
    return shown if len(shown) <= WIDEST_EXCERPT else shown[: WIDEST_EXCERPT - 1] + "…"


def _shown(text: str) -> str:
    return visible(text.replace("\t", TAB))


def _visible(letter: str) -> str:
    if letter.isprintable():
        return letter
    code = ord(letter)
    if code < 0x20:
        return chr(0x2400 + code)
    kind = category(letter)
    if kind == "Zs":
        return letter
    return letter if letter in "\u200d\u200c\ufe0f" else "\u2421" if code == 0x7F else "\ufffd"


def _width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if combining(letter) or category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(letter) in "WF" else 1


def _tensors(tensors: dict[str, TensorType]) -> str:
    shown = [f"{name} {tensor}" for name, tensor in list(tensors.items())[:MOST_TENSORS]]
    more = len(tensors) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def ref_text(graph: TypedGraph, ref: Ref) -> str:
    """`lstm`, `encoder.h`: the result is said where it is not the first."""
    if ref.result == 0:
        return ref.node
    names = graph.nodes[ref.node].node.result_names
    return f"{ref.node}.{names[ref.result] if ref.result < len(names) else ref.result}"


def _tensor_fields(tensor: TensorType) -> dict[str, object]:
    return {"shape": list(tensor.shape), "axes": [dims.text(dim) for dim in tensor.axes], "dtype": tensor.dtype}


def _annotation(one: Diagnostic) -> str:
    place: dict[str, object] = {"file": one.path}
    if one.span is not None:
        place |= {"line": one.span.line, "endLine": one.span.end_line}
        if one.span.line == one.span.end_line:  # GitHub takes columns only within one line
            place |= {"col": one.span.column, "endColumn": one.span.end_column}
    place["title"] = f"{one.code} {one.slug}"
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
    where = f"{loc_text(one.loc)}: " if one.span is None and one.loc else ""
    said = [f"{where}{one.message}", *(f"note: {note.message}{_where(note, one.path)}" for note in one.notes)]
    if one.help is not None:
        said.append(f"help: {one.help}")
    return f"::{one.severity} {properties}::{_data(chr(10).join(map(visible, said)))}"


def _where(note: Note, path: str) -> str:
    """` (line 5)`, with the file's path where it is another."""
    if note.span is None:
        return ""
    return f" ({'' if note.path == path else f'{note.path}, '}line {note.span.line})"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
