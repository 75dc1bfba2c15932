"""Specs with bytes and keys changed at random: whatever comes, a check gives a report, soon, in words of the spec."""

from __future__ import annotations

import copy
import io
import json
import os
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

import archcompiler
from archcompiler.codes import CODES
from tests.differential.strategies import SEED
from tests.test_hostile_specs import FULL, VALUES

ROOT = Path(__file__).parent.parent
TEXTS = [
    path.read_bytes()
    for folder in (ROOT / "examples", ROOT / "tests" / "architectures", ROOT / "templates" / "init")
    for path in sorted(folder.glob("*.yaml"))
]
DATA = [yaml.safe_load(text) for text in TEXTS] + [FULL]
PIECES = (
    b"${", b"}", b"{", b"[", b"]", b": ", b"- ", b"\n", b"\t", b"&a ", b"*a", b"<<: ", b"|\n", b">", b"'", b'"', b"#",
    b"!!python/object:os.system ", b"---\n", b"...\n", b"\xff", b"\xef\xbb\xbf", b"\x00", b"1e309", b"null", b"-",
    b"999999999999999999999", b"repeat: 999999", b"when: false", b"from: previous", b"name: x", b"include: ../x.yaml",
    b"archc: ignore[ARC201]", b"# archc: ignore", b"\r", b"%", "é".encode(), "\u2028".encode(),
)  # fmt: skip
LONGEST = 10.0
"""Seconds of processor time that one check may take, on a machine that does other things too."""


def checked(source: Any, told: Any) -> None:
    start = time.process_time()
    try:
        report = archcompiler.check(source)
        for one in report.diagnostics:
            assert one.code in CODES and one.message
        assert str(report) and report.to_json()
    except Exception as error:
        raise AssertionError(f"{type(error).__name__} with {told!r}") from error
    took = time.process_time() - start
    assert took < LONGEST, f"{took:.1f} s with {told!r}"


def mutated(random: Random, text: bytes) -> bytes:
    """The text with a few stretches cut out, doubled, swapped or written over."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        at = random.randrange(len(text) + 1)
        end = min(len(text), at + random.choice((0, 1, 1, 2, 5, 20, 200)))
        piece = random.choice((random.choice(PIECES), bytes([random.randrange(256)]), text[at:end] * 2, b""))
        if random.random() < 0.2:
            other = random.choice(TEXTS)
            start = random.randrange(len(other))
            piece = other[start : start + random.choice((1, 10, 100))]
        text = text[:at] + piece + text[end:]
    return text


def places(data: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every container in the data with every key or index of it."""
    for key in list(data) if isinstance(data, dict) else range(len(data)):
        found.append((data, key))
        if isinstance(data[key], (dict, list)):
            places(data[key], found)
    return found


def with_other_keys(random: Random, data: Any) -> Any:
    """The data with a few keys renamed, dropped or moved, and a few values changed for others."""
    data = json.loads(json.dumps(data, default=str))
    for _ in range(random.choice((1, 1, 2, 4))):
        found = places(data, [])
        if not found:
            return data
        (holder, key), (source, other) = random.choice(found), random.choice(found)
        way = random.randrange(5)
        if way == 0:
            holder[key] = copy.deepcopy(random.choice(list(VALUES.values())))
        elif way == 1:
            holder[key] = json.loads(json.dumps(source[other], default=str))
        elif way == 2:
            del holder[key]
        elif isinstance(holder, dict):
            named = str(other) if way == 3 else str(key)[::-1]
            holder[named] = holder.pop(key)
        else:
            holder.insert(key, holder[key])
    return data


def fuzz(count: int, seed: object) -> None:
    random = Random(f"fuzz {seed}")
    for _ in range(count):
        if random.random() < 0.7:
            text = mutated(random, random.choice(TEXTS))
            checked(io.BytesIO(text), text)
        else:
            data = with_other_keys(random, random.choice(DATA))
            checked(data, data)


@pytest.mark.parametrize("part", range(4))
def test_changed_bytes_and_keys(part: int) -> None:
    fuzz(5_000, f"{SEED} {part}")


@pytest.mark.slow
@pytest.mark.parametrize("part", range(100))
def test_very_many_changed_bytes_and_keys(part: int) -> None:
    fuzz(10_000, os.environ.get("ARCHCOMPILER_SEED", f"slow {part}"))
