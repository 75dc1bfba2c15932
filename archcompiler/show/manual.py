"""The manual page of each diagnostic, and `docs/codes/`, where all of them lie for reading.

python -m archcompiler.show.manual            # write
python -m archcompiler.show.manual --check    # exit 1 where the files are not current
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path

from archcompiler.codes import CODES, code_of
from archcompiler.diagnostics import Code
from archcompiler.output import write_whole

FOLDER = Path(__file__).parents[2] / "docs" / "codes"
INDEX = "README.md"
_TITLE = re.compile(r"\((ARC\d{3}), [a-z0-9-]+\)\s*$")
_GROUPS = {
    "ARC0": "Reading", "ARC1": "The language", "ARC2": "Layers and shapes",
    "ARC3": "What goes together: targets, losses, state", "ARC4": "Hazards: what runs, and is likely not meant",
    "ARC5": "Data", "ARC6": "Classes of your own",
}  # fmt: skip

find = code_of


def page(code: Code) -> str:
    """The manual page, of which a lint's is its module's docstring; where there is none, what is known of the code."""
    written = files("archcompiler") / "manual" / f"{code.code}.md"
    if written.is_file():
        return written.read_text(encoding="utf-8").rstrip()
    return _lint_pages().get(code.code) or (
        f"# {code.title[:1].upper()}{code.title[1:]} ({code.code}, {code.slug})\n\nKind: {code.severity}."
    )


@cache
def _lint_pages() -> dict[str, str]:
    """The lints' docstrings by code, read without importing what the lints need."""
    pages: dict[str, str] = {}
    for file in (files("archcompiler") / "lint").iterdir():
        if file.name.endswith(".py"):
            text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
            title = _TITLE.search(text.partition("\n")[0])
            if title is not None:
                pages[title[1]] = f"# {text}"
    return pages


def documents() -> dict[str, str]:
    """The files of `docs/codes/`, by name."""
    return {INDEX: _index(), **{f"{code.code}.md": _document(code) for code in CODES.values()}}


def _document(code: Code) -> str:
    return f"{page(code)}\n\n---\n{code.severity.capitalize()} · [all codes]({INDEX})\n"


def _index() -> str:
    lines = [
        "# Every diagnostic", "",
        "`archcompiler explain CODE` shows the same pages. An error ends a check with exit code 1, a warning only with",
        "`--strict`.",
    ]  # fmt: skip
    for start, title in _GROUPS.items():
        lines += ["", f"## {title}", "", "| code | name | | what |", "| --- | --- | --- | --- |"]
        lines += [
            f"| [{code.code}]({code.code}.md) | {code.slug} | {code.severity} | {code.title} |"
            for code in CODES.values()
            if code.code.startswith(start)
        ]
    return "\n".join([*lines, ""])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m archcompiler.show.manual", description="Write docs/codes/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the files are not current")
    check = parser.parse_args(arguments).check
    wanted = documents()
    there = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.md")}
    changed = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    if check and changed:
        print(
            f"docs/codes/ is not current ({', '.join(changed)}): run `python -m archcompiler.show.manual`",
            file=sys.stderr,
        )
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in changed if not check else ():
        if name in wanted:
            write_whole(FOLDER / name, wanted[name])
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
