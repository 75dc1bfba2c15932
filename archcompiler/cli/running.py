"""What training and generating have in common: the program of a sound spec, and data that were checked."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from archcompiler.cli.options import CannotRun, Settings, tell, unreadable

if TYPE_CHECKING:
    from archcompiler.data.wanted import Wanted
    from archcompiler.pipeline import Program


BACKENDS = ("keras", "tensorflow", "jax", "torch")
EXPORTERS = ("tf2onnx", "onnx", "onnxscript")


def program_for(file: str | IO[bytes], settings: Settings, form: str, color: str) -> Program:
    """The program of a sound spec; classes of the user's own are held against what the spec says of them."""
    from archcompiler import pipeline

    program = pipeline.program(file, params=settings)
    spec = program.checked.framed.spec
    if spec.custom_layers or spec.custom_losses:
        # As `python FILE` does, so that the emitted program finds them too.
        sys.path[:0] = [os.path.abspath(os.path.dirname(program.plan.source)), os.path.abspath(".")]
        with needing_keras("import classes"), telling(form, color):
            pipeline.verified(program)
    return program


@contextmanager
def telling(form: str, color: str) -> Generator[None]:
    """What is only found out while a model is built is told as all else is, and ends the command."""
    from archcompiler.report import CompileError

    try:
        yield
    except CompileError as error:
        tell([error.report], form, color, False, err=True)
        raise click.exceptions.Exit(1) from error


@contextmanager
def needing_keras(what: str) -> Generator[None]:
    """Where Keras or a backend is missing, say what to install."""
    try:
        yield
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in (*BACKENDS, *EXPORTERS, "numpy"):
            raise
        install = "`pip install 'archcompiler[tensorflow]'` (or jax, or torch)"
        if missing in EXPORTERS:
            install = "`pip install 'archcompiler[onnx]'`"
        message = f"Keras and a backend are needed to {what}, and {error.name} cannot be imported: {install}"
        raise CannotRun(message) from error


def read_checked(program: Program, path: str, wanted: Wanted, form: str, color: str) -> dict[str, Any]:
    """The arrays of a data file that fits the spec; what is wrong with it is told, and ends the command."""
    from archcompiler.data.checks import converted, data_problems

    arrays = _read(program, path, wanted, form, color)
    problems = data_problems(arrays, wanted, os.path.basename(path))
    if problems:
        tell([program.report_of(problems)], form, color, False, err=True)
        raise click.exceptions.Exit(1)
    return converted(arrays, wanted)


def read_for_training(
    program: Program,
    file: str,
    settings: Settings,
    paths: tuple[str, str | None],
    wanted: Wanted,
    form: str,
    color: str,
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The arrays to train and to validate on, held against the spec as a check with these data holds them."""
    from archcompiler.data.checks import converted
    from archcompiler.data.given import Loaded
    from archcompiler.pipeline import check
    from archcompiler.report import Report

    found = [
        Loaded(os.path.basename(path), _read(program, path, wanted, form, color)) if path else None for path in paths
    ]
    report = check(file, settings, *found)
    if not report.ok:
        tell([Report(report.path, report.errors, None, report.document)], form, color, False, err=True)
        raise click.exceptions.Exit(1)
    data, validation = (None if one is None else converted(dict(one), wanted) for one in found)
    return data or {}, validation


def _read(program: Program, path: str, wanted: Wanted, form: str, color: str) -> dict[str, Any]:
    from archcompiler.data.files import read_arrays
    from archcompiler.diagnostics import Problem

    problems: list[Problem] = []
    try:
        arrays = read_arrays(path, wanted, problems)
    except OSError as error:
        raise CannotRun(unreadable(path, error)) from error
    if arrays is None:
        tell([program.report_of(problems)], form, color, False, err=True)
        raise click.exceptions.Exit(1)
    return arrays
