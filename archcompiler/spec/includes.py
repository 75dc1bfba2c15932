"""`include`: the models, blocks, custom classes and params of other files, each with the file it comes from."""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import Any, cast

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.source import Document
from archcompiler.suggest import closest
from archcompiler.wording import described, listed

SECTIONS = ("params", "models", "blocks", "custom_layers", "custom_losses")
"""What is taken from an included file; all else in it is its own affair."""

ALONE = ("archcompiler", "description", "include", *SECTIONS)
"""The keys of a file that is there to be included, and is no spec by itself."""

MOST_FILES = 100
OUTSIDE: ContextVar[bool] = ContextVar("OUTSIDE", default=False)
"""Whether files outside the folder of the spec may be included."""


def with_included(document: Document, problems: list[Problem]) -> tuple[dict[str, Any], bool]:
    """The data of `document` with those of the files that it includes, and whether any of that is lacking; what is its
    own wins over a param of the same name, and may not meet a model, block or class of the same name."""
    data = cast("dict[str, Any]", document.data)
    if "include" not in data:
        return data, False
    including = _Including(document, problems)
    including.files(document, data, (), [])
    return including.data, including.lacking


class _Including:
    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self.document = document
        self.data = {key: value for key, value in cast("dict[str, Any]", document.data).items() if key != "include"}
        self.problems = problems
        self.lacking = False
        """Whether a file, or a part of one, could not be read, so that not all names are known."""
        self.top = _folder(document.path)
        self.seen: set[str] = {os.path.realpath(document.path)}

    def files(self, document: Document, data: dict[str, Any], within: tuple[str, ...], chain: list[str]) -> None:
        """What `document` includes, and what that includes. `within` are the places, from the spec down to it."""
        given = data.get("include")
        written = cast("list[object]", given) if isinstance(given, list) else [given]
        chain = [*chain, os.path.realpath(document.path)]
        for index, path in enumerate(written):
            loc: Loc = ("include", index) if isinstance(given, list) else ("include",)
            if within:  # told at the place of the spec itself that led there
                loc = cast("Loc", within)
            if not isinstance(path, str) or not path:
                message = f"`include` names files, but {described(path)} is given"
                self._tell("ARC103", message, loc, "write `include: [common/blocks.yaml]`")
                continue
            self._file(document, path, loc, chain)

    def _file(self, document: Document, path: str, loc: Loc, chain: list[str]) -> None:
        full = os.path.realpath(os.path.join(_folder(document.path), path))
        if not OUTSIDE.get() and os.path.commonpath((self.top, full)) != self.top:
            message = f"`{path}` lies outside the folder of the spec, and is not included"
            help = "put the file beside the spec or below it, or allow it with --allow-outside"
            return self._tell("ARC122", message, loc, help)
        if full in chain:
            names = [os.path.basename(one) for one in [*chain[chain.index(full) :], full]]
            message = f"the files include each other in a circle: {' → '.join(names)}"
            return self._tell("ARC117", message, loc, "a file cannot include itself")
        if full in self.seen:
            return None
        self.seen.add(full)
        if len(self.seen) > MOST_FILES:
            return self._tell("ARC003", f"more than {MOST_FILES} files are included", loc, "put them together")
        from archcompiler.spec.reader import read_file

        shown = os.path.normpath(os.path.join(os.path.dirname(document.path), path))
        try:
            included, found = read_file(full)
        except OSError as error:
            near = near_file(full)
            help = f"did you mean `{os.path.join(os.path.dirname(path), near)}`?" if near else "is the path right?"
            message = f"`{path}` cannot be read: {error.strerror or error}"
            return self._tell("ARC122", message, loc, help)
        note = PlacedNote("it is included here", loc, on_key=False)
        if included is None or not _is_mapping(included.data):
            first = found[0].message if found else "it holds no mapping"
            line = f", line {found[0].span.line}" if found and found[0].span else ""
            return self._tell("ARC122", f"`{path}` cannot be used{line}: {first}", loc, "mend that file first")
        included.path = shown
        data = cast("dict[str, Any]", included.data)
        if "layers" not in data:
            for key in (key for key in data if key not in ALONE):
                near = closest(str(key), ALONE)
                help = f"did you mean `{near}`?" if near else f"what is included has {listed(ALONE)}"
                self._place((str(key),), included, note)
                message = f"an included file has no key `{key}`"
                self.problems.append(Problem("ARC101", message, (str(key),), help=help))
                self.lacking = True
        for problem in found:
            line = f", line {problem.span.line}" if problem.span else ""
            self._tell("ARC122", f"`{path}` cannot be used as it is{line}: {problem.message}", loc, "mend that file")
        for section in SECTIONS:
            self._merge(section, data.get(section), included, note)
        if "include" in data:
            self.files(included, data, cast("tuple[str, ...]", loc), chain)
        return None

    def _merge(self, section: str, entries: object, included: Document, note: PlacedNote) -> None:
        if entries is None:
            return
        if not isinstance(entries, dict):
            message = f"`{section}` of `{included.path}` is a mapping of names, but {described(entries)} stands there"
            return self._tell("ARC103", message, note.loc, "write `name: …` below it")
        own = self.data.get(section)
        if own is None:
            self._place((section,), included, note)
        if own is not None and not isinstance(own, dict):
            return
        merged: dict[str, Any] = dict(cast("dict[str, Any]", own or {}))
        for name, entry in cast("dict[str, Any]", entries).items():
            if name not in merged:
                merged[name] = entry
                self._place((section, name), included, note)
            elif section != "params":
                there = PlacedNote("the other is here", (section, name))
                message = f"`{name}` is defined twice: in `{section}` here, and in `{included.path}`"
                self.problems.append(
                    Problem("ARC106", message, note.loc, False, notes=(there,), help="give one of them another name")
                )
        self.data[section] = merged

    def _place(self, loc: Loc, included: Document, note: PlacedNote) -> None:
        self.document.included[loc] = (included, note)
        self.document.has_expressions = self.document.has_expressions or included.has_expressions

    def _tell(self, code: str, message: str, loc: Loc, help: str) -> None:
        self.lacking = self.lacking or code != "ARC117"
        change = (Change("remove_entry", loc),) if code == "ARC117" else ()
        self.problems.append(Problem(code, message, loc, on_key=False, help=help, changes=change, safe=False))


def _is_mapping(data: object) -> bool:
    return isinstance(data, dict)


def _folder(path: str) -> str:
    """The folder of a spec's file; of a spec that is no file, the one that one works in."""
    return os.path.dirname(os.path.realpath(path)) if os.path.exists(path) else os.path.realpath(".")


def near_file(full: str) -> str | None:
    """A file in the same folder with a similar name."""
    try:
        return closest(os.path.basename(full), os.listdir(os.path.dirname(full)))
    except OSError:
        return None
