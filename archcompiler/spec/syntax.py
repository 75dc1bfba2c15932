"""A syntax error in plain words: what was meant, most likely, and how it is written."""

from __future__ import annotations

import re

from archcompiler.diagnostics import Problem
from archcompiler.source import Lines, shortened

CODE = "ARC001"
_NO_SPACE = re.compile(r"(?:^\s*(?:- +)?|[{,]\s*)([A-Za-z_]\w*):([^\s:/][^\s]*)")
_BARE_ITEM = re.compile(r"\s*- +([A-Za-z_][\w.]*)\s*(?:#.*)?$")
_KEY_VALUE = re.compile(r"(\s*(?:- +)*)([\w.]+):\s+([^\s#].*)$")
_CLOSERS = {"{": "}", "[": "]", "}": "{", "]": "["}


def explain(problem: str, index: int, context: str, context_index: int | None, lines: Lines) -> Problem:
    """The problem for what the parser says (`problem` at `index`, while it was busy with `context`)."""
    text = lines.text
    line, _ = lines.position(index)
    here, char = lines.line_text(line), text[index : index + 1]
    before = _line_before(lines, line)
    if char == "\t" or "tab character" in problem:
        return _at(lines, index, "a tab is not an indentation in YAML", "indent with spaces")
    if text[index - 1 : index + 1] == "${" or (char == "}" and "${" in here[: index - lines.line_start(index)]):
        start = text.rindex("$", 0, index) if char == "}" else index - 1
        written = re.match(r"\$\{[^{}\n]*\}", text[start:])
        shown = written.group() if written else "${…}"
        return _at(lines, start, f"YAML reads the braces of `{shown}` as its own here", f'quote it: "{shown}"')
    if "cannot start any token" in problem:
        word = shortened(re.split(r"[\s,\]}]", text[index:], maxsplit=1)[0])
        sign = "a backtick" if char == "`" else f"`{char}`"
        return _at(lines, index, f"a word cannot begin with {sign} in YAML", f'quote it: "{word}"')
    if "quoted scalar" in context and "end of stream" in problem and context_index is not None:
        return _at(lines, context_index, f"this {text[context_index]} is never closed", "close the quote")
    if "mapping values" in problem:
        return _mapping_values(lines, index, here, before)
    if "could not find expected ':'" in problem and context_index is not None:
        start = lines.position(context_index)[0]
        return _no_space(lines, start) or _at(
            lines, context_index, f"`{shortened(lines.line_text(start).strip())}` has no colon", "write `name: value`"
        )
    if "expected ','" in problem and context_index is not None:
        return _flow(lines, index, context_index)
    if "unknown escape" in problem:
        help = "write the backslash twice, or put the text in single quotes"
        return _at(lines, index, f"`{text[index : index + 2]}` is no escape that YAML knows", help)
    if "Unicode character escape" in problem:
        problem = "a half of a surrogate pair is no character, and neither is what lies beyond U+10FFFF"
        return Problem("ARC004", problem, (), span=lines.span(index, index + 1))
    if "block sequence entries" in problem:
        return _at(lines, index, "a list with dashes begins on a line of its own", "move the `-` to the next line")
    if "alphabetic or numeric" in problem:
        sign = text[context_index] if context_index is not None else char
        meaning = "refers to" if sign == "*" else "names"
        place = index if context_index is None else context_index
        return _at(lines, place, f"`{sign}` at the start of a word {meaning} a value in YAML", "quote it, or name it")
    if "undefined tag handle" in problem:
        return _at(lines, index, "a word that begins with `!` is a tag in YAML", "quote it")
    if "'-' indicator" in problem:
        return _no_space(lines, line) or _at(
            lines, index, "this line belongs neither to the list above nor beside it", "check the indentation"
        )
    if "expected key" in problem:
        return _expected_key(lines, index, line, here)
    if "comment or line break" in problem:
        return _at(lines, index, "the text of a `|` or `>` begins on the next line", "quote it, if it is one word")
    if "node content" in problem:
        return _at(lines, index, "a value is missing here", "a ` #` begins a comment; quote it, if it is meant")
    context = f" {context}" if context else ""
    return _at(lines, index, f"this cannot be read as YAML: {problem}{context}")


def _mapping_values(lines: Lines, index: int, here: str, before: int) -> Problem:
    """A colon where none may be: below something that already has its value, or inside a value."""
    above = lines.line_text(before)
    column = index - lines.line_start(index)
    if "- " not in here[:column]:
        bare = _BARE_ITEM.match(above)
        if bare and _indent(here) > _indent(above):
            name = bare[1]
            start = lines.index(before, bare.start(1) + 1)
            message = f"`{name}` has keys below it, and so needs a colon"
            return _at(lines, start, message, f"write `{name}:`", len(name))
        if problem := _no_space(lines, before):
            return problem
    if re.search(r":\s", here[:column]):
        start = lines.line_start(index) + here.index(":") + 1
        start += len(lines.text[start:]) - len(lines.text[start:].lstrip(" "))
        message = "a value that holds a colon and a space must be quoted"
        return _at(lines, start, message, "put the whole value in quotes", lines.line_end(index) - start)
    valued = _KEY_VALUE.match(above)
    if valued and _indent(here) > len(valued[1]):
        key, value = here[:column].strip(), shortened(valued[3])
        message = f"`{key}` is indented below `{valued[2]}`, which already has the value `{value}`"
        help = f"indent it as far as `{valued[2]}`, or write both inside the braces"
        return _at(lines, index - len(here[:column].lstrip()), message, help, len(key))
    return _at(lines, index, "a `key: value` cannot stand here", "check the indentation, or quote the text")


def _flow(lines: Lines, index: int, opened: int) -> Problem:
    """A bracket that is not closed, closed by another one, or lacks a comma."""
    bracket = lines.text[opened]
    closer, char = _CLOSERS.get(bracket, "]"), lines.text[index : index + 1]
    if char in _CLOSERS and char in "]}":
        return _at(lines, index, f"`{char}` cannot close this `{bracket}`", f"write `{closer}`")
    if not char or lines.position(index)[0] > lines.position(opened)[0]:
        return _at(lines, opened, f"this `{bracket}` is never closed", f"close it with `{closer}`")
    return _at(lines, index, f"a comma or `{closer}` is missing before this")


def _expected_key(lines: Lines, index: int, line: int, here: str) -> Problem:
    if problem := _no_space(lines, line):
        return problem
    char, before = lines.text[index : index + 1], here[: index - lines.line_start(index)]
    if char in ("]", "}"):
        return _at(lines, index, f"this `{char}` closes nothing")
    if before.rstrip().endswith(("'", '"', "]", "}")):
        return _at(lines, index, "nothing may follow here", "quote the whole value", len(here) - len(before))
    if char == "-":
        return _at(lines, index, "a list item stands where a key is expected", "check the indentation")
    return _at(lines, index, "this line is indented as none above it is", "check the indentation")


def _no_space(lines: Lines, line: int) -> Problem | None:
    text = lines.line_text(line)
    match = _NO_SPACE.search(text)
    if not match:
        return None
    name, value = match[1], shortened(match[2])
    start = lines.index(line, match.start(1) + 1)
    return _at(lines, start, f"a space must follow the colon of `{name}:`", f"write `{name}: {value}`", len(name) + 1)


def _line_before(lines: Lines, line: int) -> int:
    """The nearest line above that says something."""
    line -= 1
    while line > 1 and (not (text := lines.line_text(line).strip()) or text.startswith("#")):
        line -= 1
    return line


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _at(lines: Lines, index: int, message: str, help: str | None = None, length: int = 1) -> Problem:
    start = min(index, len(lines.text))
    end = max(start, min(start + length, lines.line_end(start)))
    return Problem(CODE, message, (), help=help, span=lines.span(start, end))
