"""Where the files that travel with the compiler lie: `schemas/` and `templates/`.

In an installed wheel they are inside the package (`archcompiler/_data/`); in a checkout they are beside it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from archcompiler.diagnostics import InternalError


def schema_text(name: str) -> str:
    """The text of the schema file `name`, such as `keras_layers.json`."""
    path = _folder("schemas") / name
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InternalError(f"{path} cannot be read ({error})") from error


def schema_folder() -> Path:
    """The folder of the generated schemas."""
    return _folder("schemas")


def template_folder() -> Path:
    """The folder of the Jinja templates."""
    return _folder("templates")


@cache
def _folder(name: str) -> Path:
    package = Path(__file__).parent
    for folder in (package / "_data" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise InternalError(f"the folder {name}/ did not come with this installation of archcompiler")
