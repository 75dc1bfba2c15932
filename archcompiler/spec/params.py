"""Params, of a spec or of one stamp of a block: their values, what overrides them, and what they may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.spec.items import bad_name
from archcompiler.spec.pasting import EXPRESSION, Paster
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.suggest import closest
from archcompiler.wording import described, listed, shown

_LONG_FORM = frozenset({"value", "min", "max", "choices", "description"})
_WORD = re.compile(r"[^\W\d]\w*")
DEEPEST = 40
"""How many params may wait for each other while one is worked out."""


class Params(Mapping[str, object]):
    """The values of params, worked out on demand, so that one may use another in any order.

    `around` are names that they may use besides. `given_at` is where values are given from outside: the place of a
    block's stamp, or nowhere for those of the command line. A block's param without a value is `required`.
    """

    def __init__(
        self,
        paster: Paster,
        declared: Mapping[str, object],
        overrides: Mapping[str, object],
        loc: Loc = ("params",),
        around: Mapping[str, object] | None = None,
        given_at: Loc | None = None,
    ) -> None:
        self._paster = paster
        self._problems = paster.problems
        self._declared = declared
        self._overrides = overrides
        self._loc = loc
        self._around = around or {}
        self._given_at = given_at
        self._values: dict[str, object] = {}
        self._in_progress: list[str] = []
        for name in declared:
            self._settle(name)

    def __contains__(self, name: object) -> bool:
        return name in self._declared or name in self._around

    def __iter__(self) -> Iterator[str]:
        yield from self._declared
        yield from (name for name in self._around if name not in self._declared)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, name: str) -> object:
        if name in self._values:
            return self._values[name]
        if name not in self._declared:
            return self._around[name]
        if name in self._in_progress:
            return self._circle(name)
        if len(self._in_progress) >= DEEPEST:
            message = f"the params need each other in a circle of more than {DEEPEST}"
            self._problems.append(Problem("ARC109", message, (*self._loc, name), help="give one a value of its own"))
            self._values.update(dict.fromkeys(self._in_progress, UNKNOWN))
            return UNKNOWN
        self._in_progress.append(name)
        value = self._evaluate(name)
        self._in_progress.pop()
        return self._values.setdefault(name, value)

    def values_of_all(self) -> dict[str, object]:
        """Every name that can be used, with its value."""
        return {**self._around, **{name: self[name] for name in self._declared}}

    def _circle(self, name: str) -> object:
        tangle = self._in_progress[self._in_progress.index(name) :]
        declared = list(self._declared)
        first = min(range(len(tangle)), key=lambda index: declared.index(tangle[index]))
        cycle = [*tangle[first:], *tangle[:first], tangle[first]]
        path = " → ".join(cycle if len(cycle) < 12 else [*cycle[:8], "…", *cycle[-2:]])
        together = f"the params {path} need each other's values"
        self._problems.append(
            Problem(
                "ARC109",
                together if len(cycle) > 2 else f"`{name}` needs its own value",
                (*self._loc, cycle[0]),
                help=f"give `{cycle[0]}` a value of its own"
                if len(cycle) > 2 or cycle[0] not in self._around
                else f"the `{cycle[0]}` around it is seen here anyway: leave it out, or call this one otherwise",
            )
        )
        self._values[name] = UNKNOWN
        return UNKNOWN

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
            for match in EXPRESSION.finditer(text) if isinstance(text, str) and "${" in text else ():
                yield from cast("list[str]", _WORD.findall(match.group(1)))

    def _evaluate(self, name: str) -> object:
        declaration, loc = self._declared[name], (*self._loc, name)
        long_form = cast(dict[str, object], declaration) if isinstance(declaration, dict) else None
        if name in self._overrides:
            value = self._overrides[name]
        elif (long_form is not None and "value" not in long_form) or (
            declaration is None and self._given_at is not None
        ):
            self._problems.append(self._missing(name, loc))
            return UNKNOWN
        elif long_form is not None:
            value = self._paster.paste(long_form["value"], (*loc, "value"), self)
        else:
            value = self._paster.paste(cast("object", declaration), loc, self)
        if long_form is not None and value is not UNKNOWN and not self._within(name, value, long_form, loc):
            return UNKNOWN
        return value

    def _missing(self, name: str, loc: Loc) -> Problem:
        if self._given_at is None:
            message = f"the param `{name}` has no `value`"
            return Problem("ARC102", message, loc, help=f"add `value:` or set {name}=…")
        block = self._loc[1]
        return Problem(
            "ARC112",
            f"the block `{block}` needs `{name}`, which has no value of its own",
            self._given_at,
            notes=(PlacedNote("it is declared here", loc),),
            help=f"write `{block}: {{{name}: …}}`",
        )

    def _within(self, name: str, value: object, declaration: dict[str, object], loc: Loc) -> bool:
        """Whether the value is one that the param may have; what is wrong with it or its bounds is told."""
        for key in declaration:
            if key not in _LONG_FORM:
                self._problems.append(unknown_key(key, _LONG_FORM, (*loc, key), f"the param `{name}`"))
        description = declaration.get("description")
        if description is not None and not isinstance(description, str):
            message = f"`description` of the param `{name}` is a string, but {described(description)} is given"
            self._problems.append(Problem("ARC103", message, (*loc, "description"), on_key=False, help="write a text"))
        place, on_key, given = (*loc, "value"), False, ""
        if name in self._overrides and self._given_at is not None:
            place = (*self._given_at, name)
        elif name in self._overrides:
            place, on_key, given = loc, True, " (as set from outside)"
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


def spec_params(data: Mapping[str, object], paster: Paster, overrides: Mapping[str, object]) -> Params:
    """The params of a whole spec; `overrides` are values from outside."""
    given: object = data.get("params", {})
    paster.unreadable = paster.lacking or not isinstance(given, dict)
    declared = declared_params(cast("object", given), ("params",), paster)
    for name in overrides:
        if name not in declared and not paster.lacking:
            paster.problems.append(_unknown_override(name, declared))
    return Params(paster, declared, dict(overrides))


def declared_params(data: object, loc: Loc, paster: Paster) -> dict[str, object]:
    """The params in the mapping at `loc` whose names are names; those of others are told."""
    params: dict[str, object] = {}
    for name, value in cast(dict[object, object], data).items() if isinstance(data, dict) else ():
        if isinstance(name, str) and name.isidentifier():
            params[name] = value
        else:
            paster.misnamed.add(str(name))
            paster.problems.append(bad_name(name, (*loc, cast(str, name)), on_key=True))
    return params


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
