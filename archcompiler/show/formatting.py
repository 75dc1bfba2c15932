"""A spec's own text in its canonical layout: what is written stays, comments and all; how it is laid out changes."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, cast

from archcompiler.diagnostics import InternalError, Problem
from archcompiler.flow import to_flow
from archcompiler.show.layout import SECTION_KEYS, Branch, Comments, Entry, Leaf, Tree, written
from archcompiler.source import Document
from archcompiler.spec.items import OWN_KEYS

COMMENT = re.compile(r"(?:(?<=[\s,\[\]{}])|^)#[^\n]*", re.MULTILINE)
PLAIN_KEY = re.compile(r"[A-Za-z_][\w.]*\Z")


@dataclass(frozen=True, slots=True)
class _Comment:
    line: int
    column: int
    text: str
    alone: bool
    """Whether nothing else stands on its line."""


@dataclass(slots=True)
class _Placed:
    """An entry, the line and column where it begins, and the branches that it stands in, the outermost first."""

    entry: Entry
    line: int
    column: int
    path: tuple[tuple[Branch, int], ...]


def formatted(document: Document) -> str:
    """The text of `document` in its canonical layout; it says the same, and formatting it again changes nothing.

    Raises:
        InternalError: the formatted text says something else; a bug of the compiler.
    """
    text = (document.text or "").replace("\r\n", "\n").replace("\r", "\n")
    reader = _Reader(text)
    tree = reader.tree()
    if tree is None:
        return text
    if not reader.aliases:
        _order(tree)
    new = written(tree)
    problems: list[Problem] = []
    data, kept = _read_again(new, document.path, problems)
    if problems or data != document.data or kept != sorted(one.text for one in reader.comments):
        raise InternalError(f"the formatted text of {document.path} says something else")
    return new


def _read_again(text: str, path: str, problems: list[Problem]) -> tuple[object, list[str]]:
    from archcompiler.spec.reader import read

    document, found = read(text, path)
    problems += found
    return (document.data if document else None), sorted(one.text for one in _Reader(text).comments)


class _Reader:
    """Makes the tree of a text, and hangs its comments on it."""

    def __init__(self, text: str) -> None:
        import yaml

        self.text = text
        self.aliases = False
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._events = list(cast("Any", yaml).parse(text, Loader=loader))
        self._at = 0
        self._placed: list[_Placed] = []
        self.comments = self._found()

    def tree(self) -> Tree | None:
        """The document's tree; None where it is empty."""
        names = [type(event).__name__ for event in self._events]
        if "DocumentStartEvent" not in names:
            return None
        self._at = names.index("DocumentStartEvent") + 1
        tree = self._node(())
        if isinstance(tree, Branch):
            self._hang(tree)
        return tree

    def _node(self, path: tuple[tuple[Branch, int], ...]) -> Tree:
        event = self._events[self._at]
        self._at += 1
        kind = type(event).__name__
        if kind == "AliasEvent":
            self.aliases = True
            return Leaf(f"*{event.anchor}")
        prefix = " ".join(filter(None, (f"&{event.anchor}" if event.anchor else "", _tag(event))))
        self.aliases = self.aliases or bool(event.anchor)
        if kind == "ScalarEvent":
            return self._scalar(event, prefix)
        branch = Branch(kind == "MappingStartEvent", [], bool(event.flow_style), prefix)
        while not type(self._events[self._at]).__name__.endswith("EndEvent"):
            start = self._events[self._at].start_mark
            column = start.column if branch.is_mapping else self._dash(start.index, branch)
            inner = (*path, (branch, column))
            key = ""
            place = len(self._placed)
            if branch.is_mapping:
                leaf = self._node(inner)
                key = leaf.text if isinstance(leaf, Leaf) else ""
            entry = Entry(Leaf(""), key)
            self._placed.insert(place, _Placed(entry, start.line, column, inner))
            entry.value = self._node(inner)
            branch.entries.append(entry)
        end = self._events[self._at]
        self._at += 1
        if branch.flow and self._commented(event.start_mark.index, end.end_mark.index):
            branch.flow = False
        return branch

    def _dash(self, index: int, branch: Branch) -> int:
        """The column of an item's dash, which may stand on a line above."""
        at = self.text.rfind("-", 0, index) if not branch.flow else index
        return at - self.text.rfind("\n", 0, at) - 1

    def _scalar(self, event: Any, prefix: str) -> Leaf:
        before = f"{prefix} " if prefix else ""
        value = cast("str", event.value)
        if event.style in ("|", ">"):
            return self._block_scalar(event, before)
        if event.style in ("'", '"'):
            return Leaf(before + to_flow(value))
        source = self.text[event.start_mark.index : event.end_mark.index]
        plain = source if "\n" not in source else to_flow(value)
        if prefix and plain.startswith(prefix):
            plain = plain[len(prefix) :].strip(" \t")
        return Leaf((before + plain).rstrip(" \t"))

    def _block_scalar(self, event: Any, before: str) -> Leaf:
        """Its lines as they are, but for their common indentation; as a string where that cannot be done."""
        head, *lines = self.text[event.start_mark.index : event.end_mark.index].split("\n")
        indicator = head.partition("#")[0].strip()
        indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")]
        if (
            not indents
            or re.search(r"[\d+]", indicator)
            or any(line != line.rstrip() for line in lines if line.strip())
        ):
            return Leaf(before + to_flow(event.value))
        least = min(indents)
        body = [line[least:] if line.strip(" ") else "" for line in lines]
        while not body[-1]:
            body.pop()
        return Leaf(f"{before}{indicator}", tuple(body))

    def _found(self) -> list[_Comment]:
        """Every comment: what begins with `#` outside scalars."""
        comments: list[_Comment] = []
        end = 0
        spans = [(one.start_mark.index, one.end_mark.index, one.style) for one in self._events
                 if type(one).__name__ == "ScalarEvent" and one.end_mark.index > one.start_mark.index]  # fmt: skip
        for start, stop, style in [*spans, (len(self.text), len(self.text), None)]:
            for match in COMMENT.finditer(self.text, end, start):
                if match.start() > 0 and self.text[match.start() - 1] not in " \t\n,[]{}":
                    continue
                line = bisect_right(self._starts, match.start()) - 1
                column = match.start() - self._starts[line]
                alone = not self.text[self._starts[line] : match.start()].strip()
                comments.append(_Comment(line, column, match[0].rstrip(), alone))
            if style in ("|", ">"):
                head = self.text[start : self.text.find("\n", start)]
                if "#" in head:
                    line = bisect_right(self._starts, start) - 1
                    at = head.index("#")
                    column = start + at - self._starts[line]
                    comments.append(_Comment(line, column, head[at:].rstrip(), False))
            end = stop
        return comments

    def _commented(self, start: int, end: int) -> bool:
        first, last = bisect_right(self._starts, start) - 1, bisect_right(self._starts, end) - 1
        inside = (self._starts[one.line] + one.column for one in self.comments if first <= one.line <= last)
        return any(start < at < end for at in inside)

    def _hang(self, tree: Branch) -> None:
        """Each comment on the entry that it is about, with the blank lines above entries and comments."""
        shown = [one for one in self._placed if not any(branch.flow for branch, _ in one.path)]
        blank = {line for line in range(len(self._starts)) if not self._line(line).strip()}
        inside = self._scalar_lines()
        taken: set[int] = set()
        lines = {one.line: one for one in self.comments if one.alone}
        for one in (comment for comment in self.comments if not comment.alone):
            before = [place for place in shown if (place.line, place.column) <= (one.line, one.column)]
            apart = self._line(one.line)[: one.column].endswith("   ")
            column = one.column if apart else 0
            _beside(before[-1].entry.comments if before else shown[0].entry.comments, one.text, column)
        previous = -1
        for place in shown:
            above: list[str] = []
            for line in range(previous + 1, place.line):
                comment = lines.get(line)
                if comment is not None and line not in taken:
                    taken.add(line)
                    branch = self._inner(comment, place, shown) if comment.column > place.column else None
                    (branch.below if branch is not None and not above else above).append(comment.text)
                elif line in blank and line not in inside and (not above or above[-1]):
                    above.append("")
            place.entry.comments.above = above + place.entry.comments.above
            previous = max(previous, place.line)
        for line, comment in lines.items():
            if line not in taken:
                branch = self._inner(comment, None, shown)
                (branch or tree).below.append(comment.text)

    def _inner(self, comment: _Comment, following: _Placed | None, shown: list[_Placed]) -> Branch | None:
        """The innermost branch before the comment whose entries stand no further in than it does."""
        before = [one for one in shown if one.line < comment.line]
        if not before or (following is not None and before[-1] is following):
            return None
        fitting = [branch for branch, column in before[-1].path if column <= comment.column and not branch.flow]
        around = [branch for branch, _ in following.path] if following is not None else []
        inner = [branch for branch in fitting if all(branch is not other for other in around)]
        return inner[-1] if inner else None

    def _scalar_lines(self) -> set[int]:
        """Lines within scalars, whose blank lines are their own."""
        found: set[int] = set()
        for event in self._events:
            if type(event).__name__ == "ScalarEvent":
                found.update(range(event.start_mark.line + 1, event.end_mark.line))
        return found

    def _line(self, number: int) -> str:
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        return self.text[self._starts[number] : end]


def _beside(comments: Comments, text: str, column: int) -> None:
    """A comment beside an entry; where there is one already, it goes above."""
    if comments.beside:
        comments.above.append(text)
    else:
        comments.beside, comments.column = text, column


def _tag(event: Any) -> str:
    tag = event.tag or ""
    implicit = event.implicit
    if not tag or implicit is True or (isinstance(implicit, tuple) and any(cast("tuple[bool, ...]", implicit))):
        return ""
    return tag.replace("tag:yaml.org,2002:", "!!")


def _order(tree: Tree) -> None:
    """The spec's keys, and the keys of items, in their usual order."""
    if not isinstance(tree, Branch) or not tree.is_mapping:
        return
    _sort(tree, SECTION_KEYS)
    for entry in tree.entries:
        if entry.key == "layers":
            _order_items(entry.value)
        elif entry.key in ("models", "blocks") and isinstance(entry.value, Branch):
            for one in entry.value.entries:
                for section in one.value.entries if isinstance(one.value, Branch) else ():
                    if section.key == "layers":
                        _order_items(section.value)


def _order_items(layers: Tree) -> None:
    for item in layers.entries if isinstance(layers, Branch) and not layers.is_mapping else ():
        if isinstance(item.value, Branch) and item.value.is_mapping:
            _sort(item.value, ("", *OWN_KEYS))


def _sort(branch: Branch, keys: tuple[str, ...]) -> None:
    """The entries in the order of `keys`; those that are not among them stand where an empty one is, else last."""
    other = keys.index("") if "" in keys else len(keys)
    branch.entries.sort(key=lambda entry: keys.index(entry.key) if entry.key in keys else other)
