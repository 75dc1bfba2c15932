"""Where the parts of a spec begin and end in its text, lines and comments regarded."""

from __future__ import annotations

import re

from archcompiler.places import AliasPlace, MappingPlace, Place, SequencePlace
from archcompiler.source import LINE_BREAK, Lines

OPENING = re.compile(r" *(- +)*$")


class Unsafe(Exception):
    """The change cannot be made without touching something else."""


class Stretches:
    """The stretches of one text; each method raises Unsafe where something else stands in the way."""

    def __init__(self, text: str, lines: Lines) -> None:
        self._text = text
        self._lines = lines

    def entries_of(self, place: MappingPlace) -> list[tuple[int, int]]:
        """Where each entry that is written in the mapping begins and ends."""
        own = [(key, place.values[name]) for name, key in place.keys.items() if name not in place.merged]
        return [
            (key.start_mark.index, max(key.end_mark.index, self.end(value))) for key, value in [*own, *place.merges]
        ]

    def whole(self, place: Place) -> tuple[int, int]:
        """Where a value's own text begins and ends; an anchor is part of it, and makes it no one's to change."""
        event = place.event if isinstance(place, AliasPlace) else place
        start = event.start if isinstance(event, MappingPlace | SequencePlace) else event
        if start.anchor is not None and not isinstance(place, AliasPlace):
            raise Unsafe
        return start.start_mark.index, max(start.start_mark.index, self.end(place))

    def end(self, place: Place) -> int:
        """Where the text of a value ends; the parser's mark of a block's end is where the next thing begins."""
        if isinstance(place, AliasPlace):
            return place.event.end_mark.index
        if isinstance(place, MappingPlace):
            if place.flow or not (place.keys or place.merges):
                return place.end.end_mark.index
            return max(self.entries_of(place))[1]
        if isinstance(place, SequencePlace):
            return place.end.end_mark.index if place.flow or not place.items else self.end(place.items[-1])
        start, end = place.start_mark.index, place.end_mark.index
        return start + len(self._text[start:end].rstrip()) if place.style in ("|", ">") else end

    def indent(self, index: int) -> str:
        """The spaces that put a line's first character below the one at `index`."""
        opening = self._text[self._lines.line_start(index) : index]
        if not OPENING.match(opening):
            raise Unsafe
        return " " * len(opening)

    def rest_of_line(self, index: int) -> int:
        """The end of the line, where nothing but a comment follows `index`."""
        end = self._lines.line_end(index)
        if not re.fullmatch(r"\s*(#.*)?", self._text[index:end]):
            raise Unsafe
        return end

    def after_break(self, index: int) -> int:
        match = LINE_BREAK.match(self._text, index)
        return match.end() if match else index
