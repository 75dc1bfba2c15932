"""Names of variables and functions: legal Python, each used once."""

from __future__ import annotations

import builtins
import keyword
import unicodedata
from collections.abc import Iterable

RESERVED = frozenset(
    {"keras", "layers", "np", "numpy", "argparse", "model", "data", "history", "main", "train", "generate"}
    | {"build_model", "compile_model", "inputs_and_targets"}
    | set(keyword.kwlist)
    | set(keyword.softkwlist)
    | set(dir(builtins))
)
"""Names that mean something in emitted code, or in Python."""


class Names:
    """Hands out names within one function. Python reads an identifier in Unicode's form NFKC: that is what counts."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {unicodedata.normalize("NFKC", name) for name in taken} | RESERVED

    def unique(self, wanted: str) -> str:
        """`wanted`, with `_` or a number behind it where it is taken."""
        stem = unicodedata.normalize("NFKC", wanted)
        name, count = stem, 1
        while name in self._taken:
            name = f"{stem}_" if count == 1 else f"{stem}_{count}"
            count += 1
        self._taken.add(name)
        return name
