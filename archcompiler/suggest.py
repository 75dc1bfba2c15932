"""Did you mean …?"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest


def closest(word: str | int, candidates: Iterable[str]) -> str | None:
    """The candidate that a slip of the keyboard most likely turned into `word`, or None.

    Case is ignored; a transposition counts as one slip, and up to a third of the letters may be wrong. A whole number
    may stand where a word must, as a key does.
    """
    word = str(word)
    target = word.lower()
    allowed = max(1, len(target) // 3)
    best: tuple[int, int, bool, str] | None = None
    for candidate in candidates:
        lowered = candidate.lower()
        if abs(len(lowered) - len(target)) > allowed:
            continue
        distance = 0 if lowered == target else edit_distance(target, lowered, allowed)
        if distance <= allowed:
            key = (distance, abs(len(candidate) - len(word)), candidate.islower() != word.islower(), candidate)
            best = key if best is None or key < best else best
    return best[3] if best else None


def misspelt(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate of which `word` is a misspelling, or None: a few letters of its words may be wrong, but none of the
    words, nor a number in them, another one. `nsteps` is `n_steps` misspelt; `source_steps` is not `source_words`."""
    likely = [one for one in candidates if _same_words(word.lower(), one.lower())]
    return closest(word, likely)


def _same_words(one: str, other: str) -> bool:
    if one.replace("_", "") == other.replace("_", ""):
        return True
    pairs = list(zip_longest(one.split("_"), other.split("_"), fillvalue=""))
    return all(_one_slip(left, right) for left, right in pairs) and _digits(one) == _digits(other)


def _one_slip(left: str, right: str) -> bool:
    """Whether two words are one, or one misspelt: in four letters one may be wrong, in fewer only the last one more."""
    shorter, longer = sorted((left, right), key=len)
    if len(shorter) < 4:
        return longer == shorter or (len(shorter) > 1 and longer[:-1] == shorter)
    allowed = len(shorter) // 4
    return edit_distance(left, right, allowed) <= allowed


def _digits(word: str) -> str:
    return "".join(letter for letter in word if letter.isdigit())


def edit_distance(left: str, right: str, limit: int) -> int:
    """Optimal string alignment distance (Damerau–Levenshtein without repeated edits); above `limit`, `limit + 1`.

    Source: L. Boytsov, "Indexing methods for approximate dictionary searching", JEA 16 (2011), section 2.1.
    """
    before_previous: list[int] = []
    previous = list(range(len(right) + 1))
    for row, letter in enumerate(left, start=1):
        current = [row]
        for column, other in enumerate(right, start=1):
            cost = min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before_previous[column - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before_previous, previous = previous, current
    return previous[-1]
