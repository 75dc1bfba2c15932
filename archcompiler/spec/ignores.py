"""`# archc: ignore[ARC301] reason`: what a comment of a spec lets pass, and what is wrong with such a comment.

Behind something it holds for its line, on a line of its own for the next one, above the first key for the whole file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from archcompiler.codes import CODES, code_of
from archcompiler.diagnostics import Diagnostic, Edit, Fix
from archcompiler.places import AliasPlace, MappingPlace, SequencePlace
from archcompiler.report import position
from archcompiler.source import IGNORE_MARK, LINE_BREAK, Document
from archcompiler.suggest import closest
from archcompiler.wording import listed

CODE = "ARC480"
_DIRECTIVE = re.compile(r"#[ \t]*archc:[ \t]*(?P<word>[\w-]*)[ \t]*(?P<list>\[(?P<codes>[^\]\r\n]*)\])?[^\r\n]*")
_SOMETIMES = ("ARC5", "ARC6")
"""Codes that only some runs can tell: with data, or when the model is built."""


@dataclass
class _Ignore:
    """A comment: the line it holds for (None: all), what it names, and the codes of it that were met."""

    line: int | None
    written: tuple[str, ...]
    match: re.Match[str]
    used: set[str] = field(default_factory=set[str])

    def holds(self, one: Diagnostic) -> bool:
        if self.line is not None and (one.span is None or one.span.line != self.line):
            return False
        return any(code is not None and code.code == one.code for code in map(code_of, self.written))

    @property
    def missed(self) -> list[str]:
        """What it names, could have met, and did not."""
        known = [(one, code.code) for one in self.written if (code := code_of(one)) is not None]
        return [one for one, code in known if code not in self.used and not code.startswith((*_SOMETIMES, CODE))]


def sifted(
    diagnostics: Iterable[Diagnostic], document: Document, *, whole: bool
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """The diagnostics that stay, with those on the comments themselves, and those that are ignored.

    `whole`: nothing was left unchecked, so that a comment which met nothing is one too many.
    """
    found = {one.path: list(_ignores(one)) for one in _documents(document)}
    kept: list[Diagnostic] = []
    ignored: list[Diagnostic] = []
    for one in diagnostics:
        (ignored if _meets(found.get(one.path, ()), one) else kept).append(one)
    unused = whole and all(one.severity != "error" for one in kept)
    for one in _documents(document):
        # What an included file lets pass may be met where another spec includes it.
        for fault in _faults(found[one.path], one, unused=unused and one is document):
            (ignored if _meets(found[one.path], fault) else kept).append(fault)
    return tuple(sorted(kept, key=position)), tuple(ignored)


def _meets(ignores: Iterable[_Ignore], one: Diagnostic) -> bool:
    holding = [ignore for ignore in ignores if ignore.holds(one)]
    for ignore in holding:
        ignore.used.add(one.code)
    return bool(holding)


def _documents(document: Document) -> Iterator[Document]:
    seen: set[str] = set()
    for one in (document, *(included for included, _ in document.included.values())):
        if one.path not in seen:
            seen.add(one.path)
            yield one


def _ignores(document: Document) -> Iterator[_Ignore]:
    text = document.text
    if text is None or document.place is None or IGNORE_MARK not in text:
        return
    scalars = _scalars(text)
    starts = [start for start, _ in scalars]
    first = _start(document)
    for match in _DIRECTIVE.finditer(text):
        at = match.start()
        before = bisect_right(starts, at) - 1
        if before >= 0 and at < scalars[before][1]:
            continue
        line, _ = document.lines.position(at)
        alone = text[document.lines.line_start(at) : at].strip()[:1] in ("", "#")
        written = tuple(one.strip() for one in (match["codes"] or "").split(",") if one.strip())
        holds = match["word"] == "ignore"
        line_held = None if alone and at < first else _next_line(document, line) if alone else line
        yield _Ignore(line_held, written if holds else (), match)


def _scalars(text: str) -> list[tuple[int, int]]:
    """Where scalars stand, in which a `#` is none of a comment; the head of a block scalar is no part of it. What
    stands behind the spec, in a document of its own, may be no YAML."""
    from yaml import YAMLError
    from yaml._yaml import CParser
    from yaml.events import ScalarEvent, StreamEndEvent

    event_of: Callable[[], Any] = CParser(text).get_event
    spans: list[tuple[int, int]] = []
    while True:
        try:
            event = event_of()
        except YAMLError:
            return spans
        if event is None or event.__class__ is StreamEndEvent:
            return spans
        if event.__class__ is ScalarEvent:
            start, end = event.start_mark.index, event.end_mark.index
            if event.style in ("|", ">"):
                head = LINE_BREAK.search(text, start, end)
                start = head.end() if head else end
            spans.append((start, end))


def _start(document: Document) -> int:
    """Where the spec's own text begins, its first key."""
    place = document.place
    if isinstance(place, AliasPlace) or place is None:
        return 0
    return (place.start if isinstance(place, MappingPlace | SequencePlace) else place).start_mark.index


def _next_line(document: Document, line: int) -> int:
    """The next line that says something."""
    last = document.text.count("\n") + 1 if document.text else 1
    for number in range(line + 1, last + 1):
        if document.line_text(number).strip()[:1] not in ("", "#"):
            return number
    return line


def _faults(ignores: Iterable[_Ignore], document: Document, *, unused: bool) -> Iterator[Diagnostic]:
    """What is wrong with the comments; those that met nothing only where `unused` ones can be known."""
    for one in ignores:
        word = one.match["word"]
        if word != "ignore":
            near = closest(word, ("ignore",))
            help = (
                "did you mean `ignore`?" if near else "write `# archc: ignore[ARC301]`, with the codes that are meant"
            )
            yield _fault(f"`archc: {word}` is not known, and ignores nothing", help, one, document)
        elif not one.written:
            message = "`ignore` names no code, and ignores nothing"
            yield _fault(message, "write `ignore[ARC301]`, with the codes that are meant", one, document)
        unknown = [name for name in one.written if code_of(name) is None] if word == "ignore" else []
        if unknown:
            swaps = {name: closest(name, (*CODES, *(code.slug for code in CODES.values()))) for name in unknown}
            near = next(filter(None, swaps.values()), None)
            help = f"did you mean `{near}`?" if near else "take it out; `archcompiler explain CODE` tells of each code"
            said = f"{listed(unknown)} {'is' if len(unknown) == 1 else 'are'} no diagnostic's code"
            yield _fault(said, help, one, document, swaps)
        if unused and one.missed:
            where = "in this file" if one.line is None else "on this line"
            codes = dict.fromkeys(code.code for code in map(code_of, one.missed) if code is not None)
            message = f"there is no {' and no '.join(codes)} {where} to ignore"
            yield _fault(message, "take it out", one, document, dict.fromkeys(one.missed))


def _fault(
    message: str, help: str, ignore: _Ignore, document: Document, swaps: Mapping[str, str | None] | None = None
) -> Diagnostic:
    """A fault of a comment; `swaps` says what stands for which of its codes, None: nothing."""
    code = CODES[CODE]
    span = document.lines.span(ignore.match.start(), ignore.match.start() + len(ignore.match[0].rstrip()))
    fix = None
    if swaps is not None:
        safe = not any(swaps.values())
        fix = Fix("safe" if safe else "unsafe", (_swapped(ignore, swaps, document),))
    return Diagnostic(code.code, code.slug, code.severity, message, document.path, span, help=help, fix=fix)


def _swapped(ignore: _Ignore, swaps: Mapping[str, str | None], document: Document) -> Edit:
    """The edit that changes the codes of a comment, and takes the comment away where nothing is left of it."""
    text, lines, match = document.text or "", document.lines, ignore.match
    swapped = [swaps.get(one, one) for one in ignore.written]
    left = [one for one in swapped if one is not None]
    if left:
        return Edit(lines.span(*match.span("codes")), ", ".join(left))
    start, end = match.span()
    line_start = lines.line_start(start)
    if text[line_start:start].strip():
        return Edit(lines.span(len(text[:start].rstrip(" \t")), end), "")
    following = LINE_BREAK.match(text, end)
    return Edit(lines.span(line_start, following.end() if following else end), "")
