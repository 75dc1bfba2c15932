"""YAML in its canonical layout: two spaces a level, one blank line between sections, a line no longer than 120."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from archcompiler.flow import to_flow

WIDTH = 120
SECTION_KEYS = (
    "archcompiler", "name", "description", "include", "params", "topology", "batch_size", "dtype", "inputs",
    "custom_layers", "custom_losses", "blocks", "models", "layers", "outputs", "exports", "target", "targets", "data",
    "validation_data", "serving", "training", "generation",
)  # fmt: skip
"""The order of a spec's keys."""


@dataclass(slots=True)
class Comments:
    """What is written around an entry: whole lines above it (an empty one is a blank line), and beside it."""

    above: list[str] = field(default_factory=list[str])
    beside: str = ""
    column: int = 0
    """Where the comment beside it stands, if it is set apart, as comments that stand in one column are."""

    def after(self, line: str) -> str:
        """The line with the comment beside it: in its column where there is room, else two spaces behind."""
        return f"{line}{' ' * max(2, self.column - len(line))}{self.beside}" if self.beside else line


@dataclass(slots=True)
class Leaf:
    """A scalar or an alias, as it is written. Of several lines, the first stands behind the key."""

    text: str
    lines: tuple[str, ...] = ()
    """Further lines of a block scalar, without their indentation."""


@dataclass(slots=True)
class Entry:
    """An entry of a mapping, with its key as it is written, or of a sequence."""

    value: Tree
    key: str = ""
    comments: Comments = field(default_factory=Comments)


@dataclass(slots=True)
class Branch:
    """A mapping or a sequence. `flow` says that it is written in one line, where it fits in one."""

    is_mapping: bool
    entries: list[Entry]
    flow: bool = False
    prefix: str = ""
    """An anchor or a tag."""
    below: list[str] = field(default_factory=list[str])
    """Comments behind the last entry."""


Tree: TypeAlias = "Leaf | Branch"


def tree_of(value: object, block: int = 0) -> Tree:
    """Plain data as a tree, its outermost `block` levels in lines of their own."""
    if isinstance(value, dict) and value:
        entries = cast("Mapping[str, object]", value).items()
        branch = [Entry(tree_of(one, block - 1), to_flow(key)) for key, one in entries]
        return Branch(True, branch, flow=block <= 0)
    if isinstance(value, list) and value:
        items = [Entry(tree_of(one, block - 1)) for one in cast("list[object]", value)]
        return Branch(False, items, flow=block <= 0)
    return Leaf(to_flow(cast("object", value)))


def written(tree: Tree) -> str:
    """The whole file."""
    if isinstance(tree, Leaf):
        return f"{tree.text}\n"
    lines = _sections(tree) if tree.is_mapping else _block(tree, 0)
    return "\n".join([*lines, ""])


def _sections(tree: Branch) -> list[str]:
    """The outermost entries, with a blank line around those of several lines, and above a comment that has one."""
    lines: list[str] = []
    long_before = False
    for entry in tree.entries:
        own = _entry(entry, 0, True)
        above = entry.comments.above
        long = len(own) > len(above) + 1
        apart = bool(above) and not above[0] and any(above)
        while own and not own[0]:
            own.pop(0)
        if lines and (long_before or long or apart):
            lines.append("")
        lines += own
        long_before = long
    below = list(tree.below)
    while below and not below[-1]:
        below.pop()
    return [*lines, *below]


def _block(branch: Branch, indent: int) -> list[str]:
    lines: list[str] = []
    for index, entry in enumerate(branch.entries):
        own = _entry(entry, indent, branch.is_mapping)
        if index == 0:
            while own and not own[0]:
                own.pop(0)
        lines += own
    return lines + [f"{' ' * indent}{one}" if one else "" for one in branch.below]


def _entry(entry: Entry, indent: int, in_mapping: bool) -> list[str]:
    """The lines of an entry, with its comments."""
    space = " " * indent
    lines = [f"{space}{one}" if one else "" for one in entry.comments.above]
    head = f"{space}{entry.key}:" if in_mapping else f"{space}-"
    value = entry.value
    after = entry.comments.after
    one_line = in_one_line(value)
    absent = isinstance(value, Leaf) and not value.text
    if absent:
        return [*lines, after(head)]
    if one_line is not None and (isinstance(value, Leaf) or len(head) + 1 + len(one_line) <= WIDTH):
        further = [f"{space}  {one}" if one else "" for one in value.lines] if isinstance(value, Leaf) else []
        return [*lines, after(f"{head} {one_line}"), *further]
    branch = cast("Branch", value)
    if in_mapping or branch.prefix:
        prefix = f" {branch.prefix}" if branch.prefix else ""
        return [*lines, after(f"{head}{prefix}"), *_block(branch, indent + 2)]
    inner = _block(branch, indent + 2)
    first = next(index for index, line in enumerate(inner) if line and not line.lstrip().startswith("#"))
    # Comments above the first key stand above the dash.
    above = [f"{space}{line.lstrip()}" for line in inner[:first]]
    return [*lines, *above, after(f"{head} {inner[first].lstrip()}"), *inner[first + 1 :]]


def in_one_line(tree: Tree) -> str | None:
    """The value in one line; None where it must have several, or is written so."""
    if isinstance(tree, Leaf):
        return tree.text
    if not tree.flow and tree.entries:
        return None
    parts: list[str] = []
    for entry in tree.entries:
        value = in_one_line(entry.value)
        if value is None or entry.comments.above or entry.comments.beside or _has_lines(entry.value):
            return None
        parts.append(f"{entry.key}: {value or 'null'}" if tree.is_mapping else value or "null")
    if tree.below:
        return None
    body = ", ".join(parts)
    prefix = f"{tree.prefix} " if tree.prefix else ""
    return f"{prefix}{{{body}}}" if tree.is_mapping else f"{prefix}[{body}]"


def _has_lines(tree: Tree) -> bool:
    return isinstance(tree, Leaf) and bool(tree.lines)
