"""Where the files that travel with the compiler lie: `schemas/` and `templates/`.

In an installed wheel they are inside the package (`archcompiler/_data/`); in a checkout they are beside it.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from archcompiler.diagnostics import InternalError

if TYPE_CHECKING:
    from pathlib import Path  # a check reads one file, for which this is too much to load


def schema_text(name: str) -> str:
    """The text of the schema file `name`, such as `keras_layers.json`."""
    path = os.path.join(_folder("schemas"), name)
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise InternalError(f"{path} cannot be read ({error})") from error


def schema_folder() -> Path:
    """The folder of the generated schemas."""
    from pathlib import Path

    return Path(_folder("schemas"))


def template_folder() -> Path:
    """The folder of the Jinja templates."""
    from pathlib import Path

    return Path(_folder("templates"))


@cache
def own_layer_source(name: str) -> str:
    """The class of a layer that Keras lacks, as emitted code writes it out: its decorator, and what follows."""
    path = os.path.join(_folder("templates"), "own_layers", f"{name}.py")
    with open(path, encoding="utf-8") as file:
        head, mark, body = file.read().partition("@keras.")
    if not mark:
        raise InternalError(f"{path} registers no class; it begins with {head[:40]!r}")
    return mark + body


@cache
def _folder(name: str) -> str:
    package = os.path.dirname(os.path.abspath(__file__))
    for folder in (os.path.join(package, "_data", name), os.path.join(os.path.dirname(package), name)):
        if os.path.isdir(folder):
            return folder
    raise InternalError(f"the folder {name}/ did not come with this installation of archcompiler")
