"""From changes of a spec to the smallest edits of its text that keep comments and layout.

In the shorthand `LSTM: 32` the 32 belongs to the class's first argument, whose name only the catalog of layers
knows: who calls gives it as `first_argument_of`, a function from a class's name to that of its first argument.
An edit that would also change what stands elsewhere (an anchored or merged node) is not made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, cast

from archcompiler.diagnostics import Change, Edit, Loc
from archcompiler.flow import to_flow
from archcompiler.places import AliasPlace, Found, MappingPlace, Place, SequencePlace, is_absent
from archcompiler.source import Document, Lines
from archcompiler.stretches import OPENING, Stretches, Unsafe

HEADER = ("archcompiler", "name", "description", "params")
FirstArgument = Callable[[str], str | None]
Arguments = list[tuple[str, object]]
_UNSAFE_IN_FLOW = re.compile(r"[\[\]{},\n\r]|: | #")
_COMMA = re.compile(r"\s*,")


def text_edits(
    document: Document, changes: Iterable[Change], first_argument_of: FirstArgument
) -> tuple[Edit, ...] | None:
    """Edits that make `changes` in the document's text, in the text's order, none upon another.

    None where there is no text, where a place is not found, or where a change cannot be made safely.
    """
    if document.text is None or document.place is None:
        return None
    arguments: dict[Loc, Arguments] = {}
    writer = _Writer(document, document.text)
    try:
        for change in changes:
            if change.kind == "set_argument":
                arguments.setdefault(change.loc, []).append((change.name, change.value))
            elif change.kind == "replace_key":
                writer.replace_key(change.loc, change.value)
            elif change.kind == "replace_value":
                writer.replace_value(change.loc, change.value)
            elif change.kind == "remove_entry":
                writer.remove_entry(change.loc)
            elif change.kind == "insert_item":
                writer.insert_item(change.loc, change.value)
            else:
                writer.set_key(change.loc, change.name, change.value)
        for loc, pairs in arguments.items():
            writer.set_arguments(loc, pairs, first_argument_of)
        return writer.edits()
    except Unsafe:
        return None


def apply(text: str, edits: Iterable[Edit]) -> str:
    """`text` with the edits made; raises ValueError where they overlap or lie outside."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    lines = Lines(text)
    pieces = [mark]
    done = 0
    for edit in sorted(edits, key=lambda one: (one.span.line, one.span.column)):
        start = lines.index(edit.span.line, edit.span.column)
        end = lines.index(edit.span.end_line, edit.span.end_column)
        if not done <= start <= end <= len(text):
            raise ValueError("the edits overlap, or do not belong to this text")
        pieces += [text[done:start], edit.text]
        done = end
    return "".join([*pieces, text[done:]])


class _Writer:
    """Collects replacements of stretches of the text; each method raises Unsafe where it cannot be done."""

    def __init__(self, document: Document, text: str) -> None:
        self._document = document
        self._text = text
        self._lines = document.lines
        self._stretches = Stretches(text, document.lines)
        self._break = "\r\n" if "\r\n" in text else "\n"
        self._replacements: list[tuple[int, int, str]] = []
        # New entries of one mapping go in together, or they would stand in each other's place.
        self._added: dict[int, tuple[MappingPlace, list[str]]] = {}
        # What goes of one flow collection goes together too, as each would take a comma that is another's.
        self._removed: dict[int, tuple[list[tuple[int, int]], set[int]]] = {}

    def edits(self) -> tuple[Edit, ...]:
        for place, entries in self._added.values():
            self._add_entries(place, entries)
        for entries, removed in self._removed.values():
            self._remove_flow(entries, removed)
        ordered = sorted(self._replacements, key=lambda one: one[:2])
        for (before, end, _), (start, _, _) in pairwise(ordered):
            if start < end or start == before:
                raise Unsafe
        return tuple(Edit(self._lines.span(start, end), text) for start, end, text in ordered)

    def set_arguments(self, loc: Loc, pairs: Arguments, first_argument_of: FirstArgument) -> None:
        found = self._found(loc)
        place, written = found.place, _entries(pairs)
        if found.key is None:
            if not _is_scalar(place) or not isinstance(found.parent, SequencePlace):
                raise Unsafe
            start, end = self._stretches.whole(place)
            if found.parent.flow:
                self._put(start, start, "{")
                self._put(end, end, f": {{{written}}}}}")
            else:
                self._put(end, end, f": {{{written}}}")
        elif isinstance(place, MappingPlace):
            for name, value in pairs:
                if name in place.values:
                    self.replace_value((*loc, name), value)
                else:
                    self._add_entry(place, f"{to_flow(name)}: {to_flow(value)}")
        elif _is_scalar(place) and (is_absent(place) or self._document_value(loc) is None):
            self._put_value(found, f"{{{written}}}")
        else:
            self._shorthand(found, loc, pairs, first_argument_of)

    def _shorthand(self, found: Found, loc: Loc, pairs: Arguments, first_argument_of: FirstArgument) -> None:
        """`LSTM: 32` or `Reshape: [4, 2]`: what is there becomes the first argument."""
        first = first_argument_of(str(loc[-1]))
        if first is None:
            raise Unsafe
        given = dict(pairs)
        if first in given:
            new = given.pop(first)
            whole: object = {first: new, **given}
            if not given and not isinstance(new, dict):
                whole = new
            return self._put_value(found, to_flow(whole))
        start, end = self._stretches.whole(found.place)
        raw = self._text[start:end]
        place = found.place
        if isinstance(place, SequencePlace):
            kept = place.flow
        else:
            kept = "\n" not in raw and (raw[:1] in ("'", '"') or not _UNSAFE_IN_FLOW.search(raw))
        if not kept and "#" in raw:
            raise Unsafe
        if not kept:
            return self._put_value(found, to_flow({first: self._document_value(loc), **given}))
        self._put(start, start, f"{{{first}: ")
        self._put(end, end, f", {_entries(pairs)}}}")

    def replace_key(self, loc: Loc, word: object) -> None:
        found = self._found(loc)
        key = found.key if found.key is not None else found.place
        if not _is_scalar(key):
            raise Unsafe
        self._put(*self._stretches.whole(key), to_flow(word))

    def replace_value(self, loc: Loc, value: object) -> None:
        found = self._found(loc, alias=True)
        block_item = isinstance(found.parent, SequencePlace) and not found.parent.flow
        self._put_value(found, _item(value) if block_item else to_flow(value))

    def _put_value(self, found: Found, text: str) -> None:
        place = found.place
        start, end = self._stretches.whole(place)
        if _is_scalar(place) and is_absent(place):
            if found.key is not None:
                colon = self._text.rfind(":", found.key.end_mark.index, start)
                gap = "" if self._text[start - 1 : start].isspace() else " "
                text = f"{gap}{text}" if colon >= 0 else f": {text}"
            elif found.parent is not None:
                text = f" {text}"
        elif isinstance(place, MappingPlace | SequencePlace) and not place.flow and found.key is not None:
            start = self._text.index(":", found.key.end_mark.index) + 1
            text = f" {text}"
        self._put(start, end, text)

    def remove_entry(self, loc: Loc) -> None:
        found = self._found(loc, alias=True)
        parent = found.parent
        if isinstance(parent, MappingPlace) and found.key is not None:
            start = found.key.start_mark.index
            entries = self._stretches.entries_of(parent)
        elif isinstance(parent, SequencePlace):
            start = self._stretches.whole(found.place)[0]
            entries = [self._stretches.whole(item) for item in parent.items]
        else:
            raise Unsafe
        entries.sort()
        at = next(index for index, entry in enumerate(entries) if entry[0] == start)
        if len(entries) == 1 and not parent.flow:
            if len(loc) == 1:
                raise Unsafe
            return self.replace_value(loc[:-1], {} if isinstance(parent, MappingPlace) else [])
        if parent.flow:
            self._removed.setdefault(id(parent), (entries, set()))[1].add(at)
        else:
            self._remove_block(entries, at, in_list=isinstance(parent, SequencePlace))

    def _remove_flow(self, entries: list[tuple[int, int]], removed: set[int]) -> None:
        """Entries of a flow collection, a run of neighbours at a time."""
        for first in sorted(one for one in removed if one - 1 not in removed):
            last = first
            while last + 1 in removed:
                last += 1
            start, end = entries[first][0], entries[last][1]
            comma = _COMMA.match(self._text, end)
            if last + 1 < len(entries) and "#" not in self._text[end : entries[last + 1][0]]:
                self._put(start, entries[last + 1][0], "")
            elif first and "#" not in self._text[entries[first - 1][1] : start]:
                self._put(entries[first - 1][1], end, "")
            else:
                self._put(start, comma.end() if comma else end, "")

    def _remove_block(self, entries: list[tuple[int, int]], at: int, *, in_list: bool) -> None:
        start, end = entries[at]
        line_start, line_end = self._lines.line_start(start), self._stretches.rest_of_line(end)
        opening = self._text[line_start:start]
        after = self._stretches.after_break(line_end)
        if re.fullmatch(" *- +" if in_list else " *", opening):
            if after == line_end and line_start:  # the last line, without a break
                line_start = len(self._text[:line_start].rstrip("\r\n"))
            self._put(line_start, after, "")
        elif not in_list and OPENING.match(opening) and at + 1 < len(entries):
            following = entries[at + 1][0]
            if self._text[after:following].strip():
                raise Unsafe
            self._put(start, following, "")
        else:
            raise Unsafe

    def insert_item(self, loc: Loc, item: object) -> None:
        """A new item of a list, before the one at `loc`."""
        found = self._found(loc)
        parent, (start, _) = found.parent, self._stretches.whole(found.place)
        if not isinstance(parent, SequencePlace):
            raise Unsafe
        if parent.flow:
            return self._put(start, start, f"{to_flow(item)}, ")
        line_start = self._lines.line_start(start)
        opening = self._text[line_start:start]
        if not re.fullmatch(" *- +", opening):
            raise Unsafe
        self._put(line_start, line_start, f"{opening}{_item(item)}{self._break}")

    def set_key(self, loc: Loc, name: str, value: object) -> None:
        found = self._found(loc)
        place, entry = found.place, f"{to_flow(name)}: {to_flow(value)}"
        if isinstance(place, MappingPlace):
            if name in place.values:
                return self.replace_value((*loc, name), value)
            return self._add_entry(place, entry)
        if not _is_scalar(place):
            raise Unsafe
        if is_absent(place) or self._document_value(loc) is None:
            return self._put_value(found, f"{{{entry}}}")
        if not isinstance(found.parent, SequencePlace):
            raise Unsafe
        start, end = self._stretches.whole(place)
        if found.parent.flow:
            self._put(start, start, "{")
            self._put(end, end, f": {{}}, {entry}}}")
            return
        line = self._stretches.rest_of_line(end)
        self._put(end, line, f":{self._text[end:line]}{self._break}{self._stretches.indent(start)}{entry}")

    def _add_entry(self, place: MappingPlace, entry: str) -> None:
        self._added.setdefault(id(place), (place, []))[1].append(entry)

    def _add_entries(self, place: MappingPlace, entries: list[str]) -> None:
        """New entries at the end of a mapping; in the spec's own, behind its header."""
        if place.flow:
            return self._add_in_flow(place, entries)
        if place is self._document.place and (start := self._below_header(place)) is not None:
            return self._put(start, start, "".join(entry + self._break for entry in entries))
        written = self._stretches.entries_of(place)
        if not written:  # nothing of it could be read
            raise Unsafe
        indent = self._stretches.indent(min(written)[0])
        end = max(written)[1]
        if self._text[end : self._stretches.rest_of_line(end)].strip():  # a comment stays where it is
            end = self._stretches.rest_of_line(end)
        self._put(end, end, "".join(f"{self._break}{indent}{entry}" for entry in entries))

    def _below_header(self, place: MappingPlace) -> int | None:
        """Where the first key begins that is none of the header's, with the comments right above it."""
        starts = [place.keys[name].start_mark.index for name in place.keys if name not in {*HEADER, *place.merged}]
        if not starts:
            return None
        start = min(starts)
        if self._lines.line_start(start) != start:
            raise Unsafe
        line = above = self._lines.position(start)[0]
        while above > 1 and self._lines.line_text(above - 1).startswith("#"):
            above -= 1
        # Comments at the very top speak of the file.
        return self._lines.index(above if above > 1 else line, 1)

    def _add_in_flow(self, place: MappingPlace, entries: list[str]) -> None:
        close = place.end.start_mark.index
        written = self._stretches.entries_of(place)
        if not written:
            opened = self._text.index("{", place.start.start_mark.index) + 1
            return self._put(opened, opened, ", ".join(entries))
        start, end = max(written)
        indent = self._text[self._lines.line_start(start) : start]
        if indent.strip() or self._lines.line_start(start) == 0:
            return self._put(end, end, "".join(f", {entry}" for entry in entries))
        lines = f",{self._break}{indent}".join(entries)
        comma = _COMMA.match(self._text, end)
        line = self._lines.line_end(comma.end() if comma else end)
        if line >= close:
            return self._put(end, end, f",{self._break}{indent}{lines}")
        if not comma:
            self._put(end, end, "," if line > end else f",{self._break}{indent}{lines}")
        if comma or line > end:
            self._put(line, line, f"{self._break}{indent}{lines}{',' if comma else ''}")

    def _found(self, loc: Loc, *, alias: bool = False) -> Found:
        found = self._document.find(loc)
        if found is None or found.depth < len(loc) or not found.owned:
            raise Unsafe
        if isinstance(found.place, AliasPlace) and not alias:
            raise Unsafe
        return found

    def _document_value(self, loc: Loc) -> object:
        value: Any = self._document.data
        for part in loc:
            value = value[part]
        return value

    def _put(self, start: int, end: int, text: str) -> None:
        self._replacements.append((start, end, text))


def _is_scalar(place: Place) -> bool:
    return not isinstance(place, MappingPlace | SequencePlace | AliasPlace)


def _entries(pairs: Arguments) -> str:
    return ", ".join(f"{to_flow(name)}: {to_flow(value)}" for name, value in pairs)


def _item(value: object) -> str:
    """A value as an item of a list in block style, where a mapping of one entry needs no braces."""
    written = to_flow(value)
    return written[1:-1] if isinstance(value, dict) and len(cast("dict[object, object]", value)) == 1 else written
