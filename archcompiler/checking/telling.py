"""Outcomes told in the form that was asked for: one after the other where that can be, else all at the end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from archcompiler.checking.outcome import Options, Outcome
from archcompiler.codes import CODES


class Teller:
    """Tells of outcomes through `say`, and counts them."""

    def __init__(self, options: Options, say: Callable[[str], object]) -> None:
        self.options = options
        self.counts: Counter[str] = Counter()
        self.files = self.ignored = self.fixed = 0
        self.fixable: Counter[str] = Counter()
        self.refused: list[str] = []
        self._say = say
        self._kept: list[Any] = []

    def one(self, outcome: Outcome) -> None:
        """One file."""
        if outcome.refused is not None:
            self.refused.append(outcome.refused)
            return
        self.files += 1
        self.counts += outcome.counts
        self.fixable += outcome.fixable
        self.ignored += outcome.ignored
        self.fixed += outcome.fixed
        if self.options.form in ("json", "sarif"):
            self._kept.append(outcome.told)
        elif outcome.told:
            self._say(outcome.told)

    def end(self) -> None:
        """What is said of all files together."""
        form = self.options.form
        if form == "json":
            whole: dict[str, Any] = {"version": 1, "files": self._kept}
            if self.options.statistics:
                whole["statistics"] = [
                    {"code": code, "slug": CODES[code].slug, "severity": CODES[code].severity, "count": count}
                    for code, count in self._sorted()
                ]
            self._say(json.dumps(whole, indent=2, ensure_ascii=False))
        elif form == "sarif":
            from archcompiler.show.sarif import log

            self._say(log([one for results in self._kept for one in results], self.refused))
        elif form == "text" and self.files:
            self._end_of_text()

    def _end_of_text(self) -> None:
        from archcompiler.rendering import count_table, plural, summary_line

        if self.options.statistics:
            table = count_table([(CODES[code], count) for code, count in self._sorted()], self.options.painted)
            if table:
                self._say(table)
        if self.options.quiet:
            return
        if self.counts or self.ignored or self.fixed or self.options.statistics:
            self._say(
                summary_line(
                    [(CODES[code].severity, count) for code, count in self.counts.items()],
                    self.files,
                    ignored=self.ignored,
                    fixed=self.fixed,
                    color=self.options.painted,
                )
            )
        if self.options.count_fixes:
            safe, unsafe = self.fixable["safe"], self.fixable["unsafe"]
            self._say(f"{plural(safe, 'safe fix', 'safe fixes')}, {plural(unsafe, 'unsafe fix', 'unsafe fixes')}")

    def _sorted(self) -> list[tuple[str, int]]:
        """The codes, the most frequent first."""
        return sorted(self.counts.items(), key=lambda one: (-one[1], one[0]))
