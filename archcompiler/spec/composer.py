"""From the parser's events to plain data and the places of it, in one pass.

Faults are collected and composing goes on; only a syntax error and a passed budget end it. Depth and the number of
nodes are counted as if each alias were written out, so that a bomb of aliases ends here and not in who walks the data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, cast

from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from archcompiler.diagnostics import Edit, PlacedNote, Problem
from archcompiler.places import AliasPlace, Event, MappingPlace, Place, Scalar, SequencePlace, is_absent
from archcompiler.source import MAX_DEPTH, MAX_NODES, MAX_SCALAR, Lines, shortened
from archcompiler.spec.scalars import NUMBER_STARTS, WORDS, NumberTooLarge, number, resolve
from archcompiler.spec.unknown import UNKNOWN

# More faults than one reads are not worth the time of making them.
MAX_PROBLEMS = 200
TAGS = "tag:yaml.org,2002:"
Key = str | int


class Stop(Exception):
    """A budget is passed: the problem is recorded, and there is no use in going on."""


class _Anchor:
    """An anchored node. `height` is None until an alias asks for it; `place` is None while the node is open."""

    __slots__ = ("data", "height", "place", "size")

    def __init__(self) -> None:
        self.data: object = None
        self.place: Place | None = None
        self.size = 1
        self.height: int | None = None


class Composer:
    """Composes the one document of a text. `problems` are those found on the way."""

    def __init__(self, text: str, lines: Lines) -> None:
        self.problems: list[Problem] = []
        self._event: Callable[[], Any] = CParser(text).get_event
        self._lines = lines
        self._left: int = MAX_NODES
        self._path: list[Key] = []
        self._anchors: dict[str, _Anchor] = {}
        # Words come again and again: what each means is looked up once.
        self._meanings: dict[str, object] = dict(WORDS)

    def compose(self) -> tuple[object, Place | None]:
        """The document's data and place, (None, None) where there is none.

        Raises YAMLError at a syntax error, and Stop past a budget.
        """
        self._event()
        event = self._event()
        if event.__class__ is not DocumentStartEvent:
            return None, None
        data, place = self._node(self._event())
        while (event := self._event()) is not None:
            if event.__class__ is DocumentEndEvent or event.__class__ is StreamEndEvent:
                continue
            self._fault(
                "ARC006",
                "a second document begins here; a spec is one document",
                event,
                help="keep each spec in a file of its own, and take out the `---`",
            )
            break
        return data, place

    def _fault(self, code: str, message: str, event: Event, *, help: str | None = None) -> None:
        if len(self.problems) >= MAX_PROBLEMS:
            return
        span = self._lines.span(event.start_mark.index, event.end_mark.index)
        self.problems.append(Problem(code, message, tuple(self._path), help=help, span=span))

    def _stop(self, message: str, event: Event, help: str | None = None) -> NoReturn:
        self._fault("ARC003", message, event, help=help)
        raise Stop

    def _too_many(self, event: Event) -> NoReturn:
        self._stop(
            f"the spec has more than {MAX_NODES:,} values, each alias counted as what it stands for",
            event,
            "a spec says what a model is, and holds no data; let aliases stand for less",
        )

    def _node(self, event: Any) -> tuple[object, Place]:
        kind = event.__class__
        if kind is ScalarEvent:
            return self._scalar(event), event
        if kind is AliasEvent:
            return self._alias(event)
        start: Event = event
        if len(self._path) >= MAX_DEPTH:
            self._stop(f"values are nested more than {MAX_DEPTH} deep here", start)
        anchor = None
        if start.anchor:
            anchor = self._anchors[start.anchor] = _Anchor()
        before = self._left
        data, place = self._mapping(start) if kind is MappingStartEvent else self._sequence(start)
        if anchor:
            anchor.data, anchor.place, anchor.size = data, place, before - self._left + 1
        return data, place

    def _mapping(self, start: Event) -> tuple[dict[Key, object], MappingPlace]:  # noqa: PLR0915
        self._check_tag(start, "map")
        data: dict[Key, object] = {}
        joined: list[str] = []
        keys: dict[Key, Scalar] = {}
        values: dict[Key, Place] = {}
        merges: list[tuple[Scalar, Place, object]] = []
        next_event, meanings, path = self._event, self._meanings, self._path
        left: int = self._left
        while True:
            event = next_event()
            kind = event.__class__
            if kind is MappingEndEvent:
                break
            left -= 2
            if left < 0:
                self._too_many(event)
            key: Any
            # `implicit[0]` is true of a plain scalar without a tag.
            if kind is ScalarEvent and event.implicit[0] and event.anchor is None:
                try:
                    key = meanings[event.value]
                except KeyError:
                    key = self._scalar(event)
                    if ":" in event.value:
                        joined.append(event.value)
                        meanings.pop(event.value)
                    elif event.value[:1] == "-":
                        self._check_dash(event)
                if key == "<<":
                    path.append("<<")
                    self._left = left
                    value, place = self._node(next_event())
                    left = self._left
                    path.pop()
                    merges.append((event, place, value))
                    continue
            else:
                key = self._scalar(event) if kind is ScalarEvent else None
            usable = key.__class__ is str or key.__class__ is int
            if not usable or key in data:
                self._left = left
                self._skip_entry(event, key, repeated=usable)
                left = self._left
                continue
            keys[key] = event
            event = next_event()
            if event.__class__ is ScalarEvent:
                values[key] = event
                if event.implicit[0] and event.anchor is None and event.value in meanings:
                    data[key] = meanings[event.value]
                else:
                    path.append(key)
                    data[key] = self._scalar(event)
                    path.pop()
            else:
                path.append(key)
                self._left = left
                data[key], values[key] = self._node(event)
                left = self._left
                path.pop()
        self._left = left
        place = MappingPlace(start, event, event.end_mark.index > event.start_mark.index, keys, values)
        for text in joined:
            self._check_colon(text, place)
        if merges:
            self._merge(data, place, merges)
        return data, place

    def _sequence(self, start: Event) -> tuple[list[object], SequencePlace]:
        self._check_tag(start, "seq")
        data: list[object] = []
        items: list[Place] = []
        next_event, meanings, path = self._event, self._meanings, self._path
        left: int = self._left
        while True:
            event = next_event()
            kind = event.__class__
            if kind is SequenceEndEvent:
                break
            left -= 1
            if left < 0:
                self._too_many(event)
            if kind is ScalarEvent:
                items.append(event)
                if event.implicit[0] and event.anchor is None and event.value in meanings:
                    data.append(meanings[event.value])
                    continue
            path.append(len(data))
            self._left = left
            value, place = self._node(event)
            left = self._left
            path.pop()
            data.append(value)
            if kind is not ScalarEvent:
                items.append(place)
        self._left = left
        return data, SequencePlace(start, event, event.end_mark.index > event.start_mark.index, items)

    def _scalar(self, event: Scalar) -> object:
        """The value of a scalar, whatever its style and tag; a fault gives None or the text."""
        text = event.value
        if len(text) > MAX_SCALAR:
            self._stop(f"one value has {len(text):,} characters; the limit is {MAX_SCALAR:,}", event)
        value: object = text
        try:
            if event.tag is not None:
                value = self._tagged(event, text)
            elif not event.style:
                value = number(text) if text and text[0] in NUMBER_STARTS and text not in WORDS else resolve(text)
                self._meanings[text] = value
        except NumberTooLarge as error:
            self._fault("ARC003", str(error), event)
            value = UNKNOWN
        if event.anchor:
            anchor = self._anchors[event.anchor] = _Anchor()
            anchor.data, anchor.place = value, event
        return value

    def _tagged(self, event: Scalar, text: str) -> object:
        tag = event.tag or ""
        name = tag.removeprefix(TAGS)
        if tag in ("!", TAGS + "str"):
            return text
        if tag == TAGS + "float":
            value = resolve(text)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return float(value)
        elif tag in (TAGS + "int", TAGS + "bool", TAGS + "null"):
            value = resolve(text)
            if type(value).__name__ == {"null": "NoneType"}.get(name, name):
                return value
        else:
            self._refuse_tag(event, tag)
            return text
        self._fault("ARC006", f"`{shortened(text)}` is not what its tag `!!{name}` says", event)
        return text

    def _check_tag(self, start: Event, name: str) -> None:
        tag: str | None = getattr(start, "tag", None)
        if tag is not None and tag not in ("!", TAGS + name):
            self._refuse_tag(start, tag)

    def _refuse_tag(self, event: Event, tag: str) -> None:
        shown = "!!" + tag.removeprefix(TAGS) if tag.startswith(TAGS) else tag
        self._fault(
            "ARC006",
            f"the tag `{shortened(shown)}` is not part of a spec; a spec is plain data and makes no objects",
            event,
            help="take the tag out, or quote the text if it begins with `!`",
        )

    def _alias(self, event: Event) -> tuple[object, Place]:
        name = event.anchor or ""
        anchor = self._anchors.get(name)
        if anchor is None:
            known = ", ".join(f"`*{shortened(one)}`" for one in list(self._anchors)[:8])
            help = f"known here: {known}" if known else f"write `&{shortened(name)}` at the value that is meant"
            self._fault("ARC006", f"nothing above is anchored as `&{shortened(name)}`", event, help=help)
            return UNKNOWN, AliasPlace(event, cast(Place, event))
        if anchor.place is None:
            self._fault("ARC006", f"`*{shortened(name)}` stands inside what it refers to, which has no end", event)
            return UNKNOWN, AliasPlace(event, cast(Place, event))
        self._left -= anchor.size - 1
        if self._left < 0:
            self._too_many(event)
        if anchor.height is None:
            anchor.height = height(anchor.data)
        if len(self._path) + anchor.height > MAX_DEPTH:
            self._stop(
                f"with what `*{shortened(name)}` stands for, values are nested more than {MAX_DEPTH} deep", event
            )
        if isinstance(anchor.place, MappingPlace | SequencePlace):
            anchor.place.shared = True
        return anchor.data, AliasPlace(event, anchor.place)

    def _merge(self, data: dict[Key, object], place: MappingPlace, merges: list[tuple[Scalar, Place, object]]) -> None:
        """Take over what `<<` names: what is written out wins, then what comes first."""
        merged: set[Key] = set()
        for key, origin, value in merges:
            target = origin.target if isinstance(origin, AliasPlace) else origin
            if isinstance(target, SequencePlace) and isinstance(value, list):
                sources = list(zip(cast("list[object]", value), target.items, strict=True))
            else:
                sources = [(value, target)]
            for source, written in sources:
                source_place = written.target if isinstance(written, AliasPlace) else written
                if source is UNKNOWN:
                    continue
                if not isinstance(source, dict) or not isinstance(source_place, MappingPlace):
                    self._fault("ARC006", "`<<` takes a mapping, or a list of mappings", key)
                    break
                for name, one in cast("dict[Key, object]", source).items():
                    if name not in data:
                        data[name] = one
                        place.keys[name] = source_place.keys[name]
                        place.values[name] = source_place.values[name]
                        merged.add(name)
        place.merged = frozenset(merged)
        place.merges = tuple((key, origin) for key, origin, _ in merges)

    def _skip_entry(self, event: Event, key: object, *, repeated: bool) -> None:
        """Report a key that cannot be one, and read past its value."""
        full = len(self.problems) >= MAX_PROBLEMS
        if not repeated and not full:
            written = shortened(self._lines.text[event.start_mark.index : event.end_mark.index]) or "nothing"
            help = f'quote it, if the word is meant: "{written}"' if event.__class__ is ScalarEvent else None
            self._fault("ARC006", f"a key is a word or a whole number; `{written}` is neither", event, help=help)
        if event.__class__ is MappingStartEvent or event.__class__ is SequenceStartEvent:
            self._node(event)
        self._path.append("")
        _, place = self._node(self._event())
        self._path.pop()
        if repeated and not full:
            name = cast(Key, key)
            loc = (*self._path, name)
            skipped = "" in self._path  # inside what is itself read past, where no loc leads
            self.problems.append(
                Problem(
                    "ARC002",
                    f"the key `{shortened(str(name))}` is given twice; YAML allows it once",
                    loc,
                    notes=() if skipped else (PlacedNote("it was first given here", loc),),
                    help="keep one of the two",
                    safe=False,
                    span=self._lines.span(event.start_mark.index, event.end_mark.index),
                    edits=self._without(event.start_mark.index, place),
                )
            )

    def _without(self, start: int, place: Place) -> tuple[Edit, ...]:
        """The edit that takes away an entry that is not its mapping's first; none where it would take a comment too."""
        text, lines = self._lines.text, self._lines
        last = place.end if isinstance(place, MappingPlace | SequencePlace) else place
        mark = last.event.end_mark if isinstance(last, AliasPlace) else last.end_mark
        end = start + len(text[start : mark.index].rstrip())
        before = text[:start].rstrip(" ")
        if "#" in text[start:end]:
            return ()
        if not text[lines.line_start(start) : start].strip():
            after = lines.line_end(end)
            whole_lines = lines.span(max(lines.line_start(start) - 1, 0), after)
            return () if text[end:after].strip() else (Edit(whole_lines, ""),)
        return (Edit(lines.span(len(before) - 1, end), ""),) if before.endswith(",") else ()

    def _check_colon(self, text: str, place: MappingPlace) -> None:
        """`{units:3}` is valid YAML, a key without a value, and never what was meant."""
        name, _, rest = text.partition(":")
        if text in place.values and is_absent(place.values[text]):
            name = shortened(name)
            help = f"write `{name}: {shortened(rest)}`"
            self._fault("ARC001", f"a space must follow the colon of `{name}:`", place.keys[text], help=help)

    def _check_dash(self, event: Scalar) -> None:
        """`-LSTM: 3` is valid YAML, a key, and never what was meant."""
        if event.value[1:2].isupper() and event.value[1:].isidentifier():
            self._meanings.pop(event.value)
            name = shortened(event.value[1:])
            self._fault("ARC001", f"a space must follow the dash of `-{name}`", event, help=f"write `- {name}:`")


def height(data: object) -> int:
    """How deep collections are nested in `data`: 0 for a scalar."""
    if isinstance(data, dict):
        return 1 + max(map(height, cast("dict[object, object]", data).values()), default=0)
    if isinstance(data, list):
        return 1 + max(map(height, cast("list[object]", data)), default=0)
    return 0
