"""Diagnostics as SARIF 2.1.0, which code scanning takes.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", errata 01.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import archcompiler
from archcompiler.codes import CODES
from archcompiler.diagnostics import Code, Diagnostic, Edit, Span
from archcompiler.show.manual import page

if TYPE_CHECKING:
    from archcompiler.report import Report

Object = dict[str, Any]
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def results(report: Report) -> list[Object]:
    """A result for each diagnostic of a report."""
    return [_result(one) for one in report.diagnostics]


def log(found: Sequence[Object], refused: Iterable[str] = ()) -> str:
    """The results of one run, with the rules that they are of; `refused` says what could not be read."""
    codes = sorted({one["ruleId"] for one in found})
    index = {code: number for number, code in enumerate(codes)}
    notes = [{"level": "error", "message": {"text": text}} for text in refused]
    run: Object = {
        "tool": {
            "driver": {
                "name": "archcompiler",
                "version": archcompiler.__version__,
                "rules": [_rule(CODES[code]) for code in codes],
            }
        },
        "invocations": [{"executionSuccessful": not notes, "toolExecutionNotifications": notes}],
        "columnKind": "unicodeCodePoints",
        "results": [{**one, "ruleIndex": index[one["ruleId"]]} for one in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(code: Code) -> Object:
    text = page(code)
    return {
        "id": code.code,
        "name": "".join(word.capitalize() for word in code.slug.split("-")),
        "shortDescription": {"text": f"{code.title[:1].upper()}{code.title[1:]}"},
        "fullDescription": {"text": _section(text, "What it does") or code.title},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": code.severity},
        "properties": {"precision": "very-high" if code.severity == "error" else "high", "tags": ["keras", code.slug]},
    }


def _section(text: str, title: str) -> str:
    """A part of a manual page, in one line."""
    _, _, after = text.partition(f"## {title}\n")
    return " ".join(after.partition("\n## ")[0].split())


def _result(one: Diagnostic) -> Object:
    said = one.message if one.help is None else f"{one.message}\nHelp: {one.help}"
    result: Object = {
        "ruleId": one.code,
        "level": one.severity,
        "message": {"text": said},
        "locations": [_location(one.path, one.span)],
        "partialFingerprints": {"archcompiler/v1": _fingerprint(one)},
    }
    notes = [
        {"id": number, **_location(note.path, note.span), "message": {"text": note.message}}
        for number, note in enumerate(one.notes, 1)
    ]
    if notes:
        result["relatedLocations"] = notes
    if one.fix is not None:
        result["fixes"] = [
            {
                "description": {"text": one.help or f"mend it ({one.fix.applicability})"},
                "artifactChanges": [
                    {
                        "artifactLocation": {"uri": _uri(one.path)},
                        "replacements": [_replacement(edit) for edit in one.fix.edits],
                    }
                ],
            }
        ]
        result["properties"] = {"fix": one.fix.applicability}
    return result


def _location(path: str, span: Span | None) -> Object:
    place: Object = {"artifactLocation": {"uri": _uri(path)}}
    if span is not None:
        place["region"] = _region(span)
    return {"physicalLocation": place}


def _region(span: Span) -> Object:
    return {
        "startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column,
    }  # fmt: skip


def _replacement(edit: Edit) -> Object:
    return {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}


def _uri(path: str) -> str:
    """A path as a reference from the folder that one works in; an absolute one as an address of a file."""
    written = quote(os.fsencode(path.replace(os.sep, "/")))
    if os.path.isabs(path):
        return f"file://{'' if written.startswith('/') else '/'}{written}"
    return written.removeprefix("./")


def _fingerprint(one: Diagnostic) -> str:
    """What stays the same when lines above are added or taken away."""
    told = "\0".join((one.code, one.path, *map(str, one.loc), one.message))
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]
