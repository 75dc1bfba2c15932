"""`[tool.archcompiler]` of a pyproject.toml: what a project wants told of its specs, and how it uses them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast

from archcompiler.codes import CODES, code_of
from archcompiler.diagnostics import Diagnostic
from archcompiler.report import Report
from archcompiler.settings import BACKENDS, Backend
from archcompiler.suggest import closest
from archcompiler.wording import described, listed

FILE = "pyproject.toml"
_TABLE = rb"""\btool["']?[ \t]*(\.[ \t]*["']?archcompiler|\]|=)"""
"""What a file with a table for archcompiler has somewhere, in one of the ways in which TOML can say it."""

Codes = tuple[str, ...]
"""Codes, or beginnings of codes such as `ARC4`."""


class ConfigError(Exception):
    """A configuration that cannot be used; the message says where, and why."""


@dataclass(frozen=True, slots=True)
class Config:
    """`path` is the file it came from; `per_file` are globs below its folder, and what is ignored there."""

    path: str | None = None
    select: Codes = ("ARC",)
    ignore: Codes = ()
    per_file: tuple[tuple[str, Codes], ...] = ()
    backend: Backend | None = None
    strict: bool = False

    def wants(self, one: Diagnostic) -> bool:
        """Whether a diagnostic is to be told."""
        if not one.code.startswith(self.select) or one.code.startswith(self.ignore):
            return False
        return not any(one.code.startswith(codes) and self._matches(glob, one.path) for glob, codes in self.per_file)

    def _matches(self, glob: str, path: str) -> bool:
        """Whether a file is one of a glob's: the whole path below the folder of the configuration, or its last part."""
        from fnmatch import fnmatchcase

        folder = os.path.dirname(os.path.realpath(self.path or FILE))
        below = os.path.relpath(os.path.realpath(path), folder).replace(os.sep, "/")
        whole = fnmatchcase(below, glob.removeprefix("./"))
        return whole or ("/" not in glob and fnmatchcase(os.path.basename(path), glob))


def told(report: Report, config: Config, *, errors_too: bool = True) -> Report:
    """The report with what is to be told; what a command cannot go on with stays, where `errors_too` is false."""
    kept = tuple(one for one in report.diagnostics if config.wants(one) or (one.severity == "error" and not errors_too))
    if len(kept) == len(report.diagnostics):
        return report
    return replace(report, diagnostics=kept)


def config_for(path: str) -> Config:
    """The configuration nearest above a file; the default one where there is none.

    Raises:
        ConfigError: it cannot be read, or says what is not known.
    """
    return _above(os.path.dirname(os.path.realpath(path)))


def forget() -> None:
    """Read configurations again from now on."""
    _above.cache_clear()


@cache
def _above(folder: str) -> Config:
    try:
        with open(os.path.join(folder, FILE), "rb") as file:
            content = file.read()
    except OSError:
        content = b""
    # A look at the text first: reading TOML takes as long as checking a spec.
    may_have = b"archcompiler" in content and re.search(_TABLE, content, re.MULTILINE)
    config = _read(os.path.join(folder, FILE), content) if may_have else None
    if config is not None:
        return config
    parent = os.path.dirname(folder)
    return Config() if parent == folder else _above(parent)


def _read(path: str, content: bytes) -> Config | None:
    """What a file says under `[tool.archcompiler]`; None where it has no such table."""
    import tomllib

    shown = os.path.relpath(path)
    try:
        whole: Any = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{shown} is no TOML: {error}") from error
    tool: Any = whole.get("tool")
    if not isinstance(tool, dict) or "archcompiler" not in tool:
        return None
    table: Any = cast("dict[str, Any]", tool)["archcompiler"]
    if not isinstance(table, dict):
        raise ConfigError(f"{shown}: `tool.archcompiler` is a table, but it is {described(table)}")
    config = Config(path)
    for key, value in cast("dict[str, Any]", table).items():
        where = f"{shown}: `{key}` under [tool.archcompiler]"
        reader = _KEYS.get(key)
        if reader is None:
            near = closest(key, _KEYS)
            why = f"did you mean `{near}`?" if near else f"known are {listed(_KEYS)}"
            raise ConfigError(f"{where} is not known; {why}")
        config = reader(config, value, where)
    return config


def codes_of(value: object, where: str) -> Codes:
    """A list of codes, beginnings of codes, or names of diagnostics."""
    if not isinstance(value, list | tuple):
        raise ConfigError(f'{where} is a list of codes, such as ["ARC4", "ARC301"], but {described(value)} is given')
    return tuple(_code(one, where) for one in cast("Iterable[object]", value))


def _code(written: object, where: str) -> str:
    if isinstance(written, str):
        code = code_of(written)
        if code is not None:
            return code.code
        start = written.strip().upper()
        if start.startswith("ARC") and any(code.startswith(start) for code in CODES):
            return start
        near = closest(written, (*CODES, *(code.slug for code in CODES.values())))
        why = f"did you mean `{near}`?" if near else "a code is ARC301, a beginning of some is ARC3"
        raise ConfigError(f"{where} names `{written}`, with which no code begins; {why}")
    raise ConfigError(f"{where} holds codes, which are words, but {described(written)} is among them")


def _select(config: Config, value: object, where: str) -> Config:
    return replace(config, select=codes_of(value, where))


def _ignore(config: Config, value: object, where: str) -> Config:
    return replace(config, ignore=codes_of(value, where))


def _per_file(config: Config, value: object, where: str) -> Config:
    if not isinstance(value, dict):
        raise ConfigError(f'{where} is a table such as {{"old/*.yaml" = ["ARC4"]}}, but {described(value)} is given')
    globs = cast("dict[str, object]", value).items()
    return replace(config, per_file=tuple((glob, codes_of(codes, f"{where}, `{glob}`")) for glob, codes in globs))


def _backend(config: Config, value: object, where: str) -> Config:
    known = next((one for one in BACKENDS if one == value), None)
    if known is None:
        near = closest(value, BACKENDS) if isinstance(value, str) else None
        why = f"; did you mean `{near}`?" if near else ""
        raise ConfigError(f"{where} is {listed(BACKENDS, 'or')}, but {described(value)} is given{why}")
    return replace(config, backend=known)


def _keras(config: Config, value: object, where: str) -> Config:
    """The version of Keras that the project uses: it must be the one whose layers are known."""
    from archcompiler.layers.catalog import catalog

    version = catalog().keras_version
    if not isinstance(value, str):
        raise ConfigError(f'{where} is a version such as "3.15", but {described(value)} is given; write it in quotes')
    asked = value.strip().removesuffix(".*").split(".")
    if version.split(".")[: len(asked)] != asked:
        raise ConfigError(f"{where} is {value}, but this archcompiler knows the layers of Keras {version}")
    return config


def _strict(config: Config, value: object, where: str) -> Config:
    if not isinstance(value, bool):
        raise ConfigError(f"{where} is true or false, but {described(value)} is given")
    return replace(config, strict=value)


_KEYS: Mapping[str, Callable[[Config, object, str], Config]] = {
    "select": _select,
    "ignore": _ignore,
    "per-file-ignores": _per_file,
    "backend": _backend,
    "keras": _keras,
    "strict": _strict,
}
