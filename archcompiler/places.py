"""The tree of places that is kept beside a spec's data: the YAML parser's own events, as they came."""

from __future__ import annotations

from typing import Protocol


class Mark(Protocol):
    """A position; `index` counts characters from 0, a byte order mark not included."""

    index: int


class Event(Protocol):
    """What the YAML parser says of a scalar, an alias, or the start or end of a collection."""

    start_mark: Mark
    end_mark: Mark
    anchor: str | None


class Scalar(Event, Protocol):
    value: str
    style: str
    tag: str | None


class MappingPlace:
    """A mapping: its events, and for each key the key's event and the value's place.

    `merged` names the keys that came from `<<`, `merges` holds the `<<` entries themselves.
    """

    __slots__ = ("end", "flow", "keys", "merged", "merges", "shared", "start", "values")

    def __init__(
        self, start: Event, end: Event, flow: bool, keys: dict[str | int, Scalar], values: dict[str | int, Place]
    ):
        self.start = start
        self.end = end
        self.flow = flow
        self.keys = keys
        self.values = values
        self.merged: frozenset[str | int] = frozenset()
        self.merges: tuple[tuple[Scalar, Place], ...] = ()
        self.shared = False


class SequencePlace:
    """A sequence: its events and the place of each item."""

    __slots__ = ("end", "flow", "items", "shared", "start")

    def __init__(self, start: Event, end: Event, flow: bool, items: list[Place]):
        self.start = start
        self.end = end
        self.flow = flow
        self.items = items
        self.shared = False


class AliasPlace:
    """A `*name`, and the place that it stands for."""

    __slots__ = ("event", "target")

    def __init__(self, event: Event, target: Place):
        self.event = event
        self.target = target


Place = MappingPlace | SequencePlace | AliasPlace | Scalar


class Found:
    """What stands at a loc: its place, its key's event where it is a mapping's value, and how far the loc went.

    `owned` is false where the text at the place also speaks for other places (an anchor in use, an alias, a merge).
    """

    __slots__ = ("depth", "key", "owned", "parent", "place")

    def __init__(self, place: Place, key: Scalar | None, parent: Place | None, depth: int, owned: bool):
        self.place = place
        self.key = key
        self.parent = parent
        self.depth = depth
        self.owned = owned


def is_absent(place: Place) -> bool:
    """Whether nothing is written there: `LSTM:` with nothing after it."""
    return (
        not isinstance(place, MappingPlace | SequencePlace | AliasPlace)
        and place.end_mark.index == place.start_mark.index
    )
