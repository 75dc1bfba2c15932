"""Params: their values, what overrides them, and the pasting of `${…}` into the rest of the spec."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from archcompiler.diagnostics import Change, Loc, Problem, Span
from archcompiler.flow import to_flow
from archcompiler.source import MAX_NODES, Document
from archcompiler.spec.items import bad_name
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.suggest import closest
from archcompiler.wording import described, listed, shown

if TYPE_CHECKING:
    from archcompiler.spec.expressions import ExpressionError

_EXPRESSION = re.compile(r"\$\{([^{}]*)\}")
_LONG_FORM = frozenset({"value", "min", "max", "choices", "description"})
_NOT_YET_BUILT = ("index", "input", "previous")
_WORD = re.compile(r"[^\W\d]\w*")
LONGEST_TEXT = 10_000
DEEPEST_VALUE = 50
DEEPEST = 40
"""How many params may wait for each other while one is worked out."""


class Params:
    """The values of a spec's params, worked out on demand, so that one may use another in any order."""

    def __init__(self, document: Document, overrides: Mapping[str, object], problems: list[Problem]) -> None:
        self._document = document
        self._problems = problems
        self._misnamed: set[str] = set()
        self._declared = _declared(document.data, self._misnamed, problems)
        data = cast("Mapping[str, object]", document.data or {})
        self._unreadable = not isinstance(data.get("params", {}), dict)
        """Whether what stands under `params` is no mapping, so that it cannot be told which there are."""
        self._overrides = dict(overrides)
        self._values: dict[str, object] = {}
        self._pasted = 0
        self._in_progress: list[str] = []
        for name in overrides:
            if name not in self._declared:
                problems.append(_unknown_override(name, self._declared))
        for name in self._declared:
            self._settle(name)

    def __contains__(self, name: object) -> bool:
        return name in self._declared

    def __iter__(self):
        return iter(self._declared)

    def __getitem__(self, name: str) -> object:
        if name in self._values:
            return self._values[name]
        if name in self._in_progress:
            tangle = self._in_progress[self._in_progress.index(name) :]
            declared = list(self._declared)
            first = min(range(len(tangle)), key=lambda index: declared.index(tangle[index]))
            cycle = [*tangle[first:], *tangle[:first], tangle[first]]
            path = " → ".join(cycle if len(cycle) < 12 else [*cycle[:8], "…", *cycle[-2:]])
            self._problems.append(
                Problem(
                    "ARC109",
                    f"the params {path} need each other's values"
                    if len(cycle) > 2
                    else f"`{name}` needs its own value",
                    ("params", cycle[0]),
                    help=f"give `{cycle[0]}` a value of its own",
                )
            )
            self._values[name] = UNKNOWN
            return UNKNOWN
        if len(self._in_progress) >= DEEPEST:
            message = f"the params need each other in a circle of more than {DEEPEST}"
            self._problems.append(Problem("ARC109", message, ("params", name), help="give one a value of its own"))
            self._values.update(dict.fromkeys(self._in_progress, UNKNOWN))
            return UNKNOWN
        self._in_progress.append(name)
        value = self._evaluate(name)
        self._in_progress.pop()
        return self._values.setdefault(name, value)

    def names(self) -> dict[str, object]:
        return {name: self[name] for name in self._declared}

    def paste(self, data: object, loc: Loc) -> object:
        """`data` with every `${…}` replaced by its value; what cannot be computed becomes `UNKNOWN`."""
        if isinstance(data, str):
            return self._paste_text(data, loc) if "${" in data else data
        if isinstance(data, list):
            entries = cast(list[object], data)
            pasted = [self.paste(entry, (*loc, index)) for index, entry in enumerate(entries)]
            plain = not any(isinstance(entry, (dict, list)) for entry in entries)
            return UNKNOWN if plain and UNKNOWN in pasted else pasted
        if isinstance(data, dict):
            entries = cast(dict[str | int, object], data).items()
            return {key: self.paste(entry, (*loc, key)) for key, entry in entries}
        return data

    def _settle(self, name: str) -> None:
        """Work out a param after those that it uses, however long the chain of them."""
        stack, used = [name], {name: self._uses(name)}
        while stack:
            if stack[-1] in self._values:
                stack.pop()
                continue
            following = next(used[stack[-1]], None)
            if following is None:
                self[stack.pop()]
            elif following in self._declared and following not in used:
                used[following] = self._uses(following)
                stack.append(following)

    def _uses(self, name: str) -> Iterator[str]:
        """The words in the expressions of a param, which may be other params."""
        declaration = self._declared[name]
        value = cast(dict[str, object], declaration).get("value") if isinstance(declaration, dict) else declaration
        texts = [value] if isinstance(value, str) else cast(list[object], value) if isinstance(value, list) else []
        for text in texts:
            for match in _EXPRESSION.finditer(text) if isinstance(text, str) and "${" in text else ():
                yield from cast("list[str]", _WORD.findall(match.group(1)))

    def _evaluate(self, name: str) -> object:
        declaration, loc = self._declared[name], ("params", name)
        long_form = cast(dict[str, object], declaration) if isinstance(declaration, dict) else None
        if name in self._overrides:
            value = self._overrides[name]
        elif long_form is not None:
            if "value" not in long_form:
                self._problems.append(
                    Problem("ARC102", f"the param `{name}` has no `value`", loc, help=f"add `value:` or set {name}=…")
                )
                return UNKNOWN
            value = self.paste(long_form["value"], (*loc, "value"))
        else:
            value = self.paste(self._declared[name], loc)
        if long_form is not None and value is not UNKNOWN and not self._within(name, value, long_form, loc):
            return UNKNOWN
        return value

    def _within(self, name: str, value: object, declaration: dict[str, object], loc: Loc) -> bool:
        """Whether the value is one that the param may have; what is wrong with it or its bounds is told."""
        for key in declaration:
            if key not in _LONG_FORM:
                self._problems.append(unknown_key(key, _LONG_FORM, (*loc, key), f"the param `{name}`"))
        description = declaration.get("description")
        if description is not None and not isinstance(description, str):
            message = f"`description` of the param `{name}` is a string, but {described(description)} is given"
            self._problems.append(Problem("ARC103", message, (*loc, "description"), on_key=False, help="write a text"))
        place, on_key = ((*loc, "value"), False) if name not in self._overrides else (loc, True)
        given = "" if name not in self._overrides else " (as set from outside)"
        choices = declaration.get("choices")
        if choices is not None and not isinstance(choices, list):
            message = f"`choices` of the param `{name}` is a list, but {described(choices)} is given"
            self._problems.append(Problem("ARC103", message, (*loc, "choices"), on_key=False, help="write `[…, …]`"))
        elif choices is not None and not any(_same(value, one) for one in cast(list[object], choices)):
            message = f"`{name}` is {shown(value)}{given}, but its choices are {shown(declaration['choices'])}"
            self._problems.append(Problem("ARC113", message, place, on_key, help="choose one of them, or add it"))
            return False
        for bound in ("min", "max"):
            limit = declaration.get(bound)
            if limit is None:
                continue
            if not _is_number(limit):
                message = f"`{bound}` of the param `{name}` is a number, but {described(limit)} is given"
                self._problems.append(Problem("ARC103", message, (*loc, bound), on_key=False, help="write a number"))
            elif not _is_number(value):
                message = f"`{name}` has a `{bound}`, so its value is a number, but {described(value)} is given{given}"
                self._problems.append(
                    Problem("ARC103", message, place, on_key, help=f"write a number, or no `{bound}`")
                )
                return False
            elif cast(float, value) < cast(float, limit) if bound == "min" else cast(float, value) > cast(float, limit):
                message = f"`{name}` is {shown(value)}{given}, but its `{bound}` is {shown(limit)}"
                self._problems.append(Problem("ARC113", message, place, on_key, help=f"change it, or its `{bound}`"))
                return False
        return True

    def _paste_text(self, text: str, loc: Loc) -> object:
        whole = _EXPRESSION.fullmatch(text.strip())
        if whole is not None:
            return self._value(whole.group(1), text, text.index("${") + 2, loc)
        pieces: list[str] = []
        end = 0
        for match in _EXPRESSION.finditer(text):
            value = self._value(match.group(1), text, match.start(1), loc)
            if value is UNKNOWN:
                return UNKNOWN
            pieces += [text[end : match.start()], value if isinstance(value, str) else to_flow(value)]
            end = match.end()
            if sum(map(len, pieces)) > LONGEST_TEXT:
                self._problems.append(Problem("ARC107", "the text is too long once pasted", loc, on_key=False))
                return UNKNOWN
        if "${" in text[end:]:
            start = text.index("${", end)
            closed = "}" in text[start:]
            message = "braces cannot stand inside `${…}`" if closed else "`${` is opened here and never closed"
            help = "an expression holds no braces" if closed else "close it with `}`"
            self._problems.append(self._inside("ARC107", message, text, start, 2, loc, help))
            return UNKNOWN
        return "".join([*pieces, text[end:]])

    def _value(self, expression: str, text: str, start: int, loc: Loc) -> object:
        plain = expression.strip()
        if plain in self._declared:
            return self._counted(self[plain], text, start, loc)
        if plain in self._misnamed:
            return UNKNOWN
        from archcompiler.spec.expressions import ExpressionError, evaluate

        try:
            value = evaluate(expression, _Unknowable(self))
        except ExpressionError as error:
            problem = self._expression_problem(error, text, start, loc)
            if problem is not None:
                self._problems.append(problem)
            return UNKNOWN
        except _UsesUnknown:
            return UNKNOWN
        return self._counted(value, text, start, loc)

    def _counted(self, value: object, text: str, start: int, loc: Loc) -> object:
        """The value of an expression, unless with it more is pasted than a spec may hold."""
        if self._pasted > MAX_NODES:
            return UNKNOWN
        self._pasted += _count(value, MAX_NODES - self._pasted)
        if self._pasted <= MAX_NODES:
            return value
        message = f"with this, expressions paste more than {MAX_NODES:,} values, or nest them too deeply"
        self._problems.append(self._inside("ARC107", message, text, start - 2, 2, loc, "use a smaller list"))
        return UNKNOWN

    def _expression_problem(self, error: ExpressionError, text: str, start: int, loc: Loc) -> Problem | None:
        name: str | None = error.unknown_name
        if name is not None and self._unreadable:
            return None
        if name is None:
            help = "there are `+ - * / // % **`, comparison, `and or not`, `a if c else b`, `[…]`, min, max, round, …"
            help = help if error.length == 1 else "give the params values that it can be computed with"
            return self._inside("ARC107", str(error), text, start + error.column, error.length, loc, help)
        if name in _NOT_YET_BUILT:
            message = f"`${{{name}}}` is part of the language, but this version of archcompiler does not build it yet"
            help = "write the number itself, or give it as a param"
            return self._inside("ARC190", message, text, start + error.column, len(name), loc, help)
        near = closest(name, self._declared)
        known = f"the params are {listed(self._declared)}"
        guess = f"did you mean `{near}`?" if near else (known if self._declared else "this spec has no params")
        mended = text[: start + error.column] + str(near) + text[start + error.column + len(name) :]
        changes = (Change("replace_value", loc, mended),) if near else ()
        return self._inside("ARC108", str(error), text, start + error.column, len(name), loc, guess, changes)

    def _inside(
        self, code: str, message: str, text: str, start: int, length: int, loc: Loc, help: str | None = None,
        changes: tuple[Change, ...] = (),
    ) -> Problem:  # fmt: skip
        """A problem placed inside the scalar at `loc`, where the scalar stands in the file as it is read."""
        span = self._document.span(loc, on_key=False)
        if span is not None and span.line == span.end_line:
            written = self._document.line_text(span.line)[span.column - 1 : span.end_column - 1]
            at = written.find(text)
            if at >= 0:
                column = span.column + at + start
                span = Span(span.line, column, span.line, column + length)
        return Problem(code, message, loc, on_key=False, help=help, changes=changes, span=span)


class _UsesUnknown(Exception):
    """An expression uses a param whose own mistake is already reported."""


class _Unknowable(Mapping[str, object]):
    def __init__(self, params: Params) -> None:
        self._params = params

    def __getitem__(self, name: str) -> object:
        value = self._params[name]
        if value is UNKNOWN:
            raise _UsesUnknown
        return value

    def __contains__(self, name: object) -> bool:
        return name in self._params

    def __iter__(self):
        return iter(self._params)

    def __len__(self) -> int:
        return len(list(self._params))


def unknown_key(key: object, known: frozenset[str] | tuple[str, ...], loc: Loc, where: str) -> Problem:
    """A key that is not known, with the one that was most likely meant."""
    near = closest(str(key), known)
    return Problem(
        "ARC101",
        f"{where} has no key {shown(key)}",
        loc,
        help=f"did you mean `{near}`?" if near else f"the keys are {listed(sorted(known))}",
        changes=(Change("replace_key", loc, near),) if near else (Change("remove_entry", loc),),
        safe=near is not None,
    )


def _declared(data: object, misnamed: set[str], problems: list[Problem]) -> dict[str, object]:
    declared = cast(dict[str, object], data).get("params") if isinstance(data, dict) else None
    if not isinstance(declared, dict):
        return {}
    params: dict[str, object] = {}
    for name, value in cast(dict[object, object], declared).items():
        if isinstance(name, str) and name.isidentifier():
            params[name] = value
        else:
            misnamed.add(str(name))
            problems.append(bad_name(name, ("params", cast(str, name)), on_key=True))
    return params


def _unknown_override(name: str, declared: Mapping[str, object]) -> Problem:
    near = closest(name, declared)
    known = listed(declared)
    return Problem(
        "ARC108",
        f"there is no param `{name}` to set",
        ("params",),
        help=f"did you mean `{near}`?" if near else (f"the params are {known}" if known else "this spec has no params"),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same(one: object, other: object) -> bool:
    """Equality that keeps `true` and 1 apart."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _count(value: object, most: int, depth: int = 0) -> int:
    """How many values there are in `value`; more than `most` where there are more, or where it is too deep."""
    if not isinstance(value, (list, dict)):
        return 1
    if depth >= DEEPEST_VALUE:
        return most + 1
    count, mapping = 1, isinstance(value, dict)
    for entry in cast("dict[object, object]", value).values() if mapping else cast("list[object]", value):
        count += _count(entry, most - count, depth + 1)
        if count > most:
            break
    return count
