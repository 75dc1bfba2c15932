"""Classes of the user's own: imported, and held against what the spec says of them."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

from archcompiler.diagnostics import Loc, Problem
from archcompiler.plan.model import Believed
from archcompiler.wording import cut, listed


class Misbelieved(Exception):
    """A class of the user's own cannot be imported, or is not what the spec says of it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@contextmanager
def importable(*folders: str) -> Generator[None]:
    """Within it, Python finds modules in `folders` too, as where a script there is run."""
    before = list(sys.path)
    sys.path[:0] = [folder for folder in folders if folder not in sys.path]
    try:
        yield
    finally:
        sys.path[:] = before


@cache
def imported(path: str) -> Any:
    """What `path` names: a module, and what is in it.

    Raises:
        ImportError: there is no such module, or nothing of that name in it.
    """
    module, _, member = path.rpartition(".")
    found: Any = import_module(module)
    try:
        return getattr(found, member)
    except AttributeError:
        near = [name for name in dir(found) if name.lower() == member.lower()]
        raise ImportError(f"{module} has no `{member}`" + (f", but {listed(near)}" if near else "")) from None


def cannot_import(name: str, path: str, loc: Loc, error: Exception) -> Misbelieved:
    """What is told where a class is not found."""
    return Misbelieved(
        Problem(
            "ARC601",
            f"`{name}` cannot be imported from `{path}`: {_in_short(error)}",
            (*loc, "import"),
            on_key=False,
            help="modules are looked for beside the spec, in the folder that one works in, and where Python finds them",
        )
    )


def _in_short(error: Exception) -> str:
    """What importing raised, in one line: an ImportError says itself what it is."""
    return _told(str(error)) or "ImportError" if isinstance(error, ImportError) else reason(error)


def verify(believed: Believed, layer: Any, results: list[Any]) -> None:
    """Hold what the layer gave against what the spec says.

    Raises:
        Misbelieved: they differ.
    """
    name = believed.class_name
    shapes = [tuple(one.shape) for one in results]
    wanted = [one.shape for one in believed.outputs]
    if len(shapes) != len(wanted) or any(not _agree(one, other) for one, other in zip(wanted, shapes, strict=True)):
        told = " and ".join(str(one) for one in believed.outputs)
        gave = " and ".join(str(one) for one in shapes)
        raise _differs(believed, f"its signature says that {name} gives {told}, but the class gives {gave}")
    masks = getattr(results[0], "_keras_mask", None) is not None
    if masks != believed.outputs[0].mask:
        gives = "passes a mask on" if masks else "gives no mask"
        help = "write `mask: keep`" if masks else "remove `mask: keep`, or set `supports_masking` in the class"
        raise _differs(believed, f"the class of {name} {gives}, and the spec says otherwise", help)
    if not hasattr(layer, "count_params"):
        return
    count = int(layer.count_params())
    if believed.params is not None and count != believed.params:
        message = f"the spec says that {name} has {believed.params} weights here, but the class has {count}"
        raise _differs(replace(believed, loc=(*believed.loc[:-1], "params")), message)
    if believed.params is None and count and type(layer).__name__ == name:
        warnings.warn(f"{name} has {count} weights; say so under `params`, so that a check counts them", stacklevel=2)


def _agree(wanted: tuple[int | None, ...], shape: tuple[int | None, ...]) -> bool:
    """Whether the two may be one shape: a size that one of them does not know agrees with any."""
    return len(wanted) == len(shape) and all(
        one == other or one is None or other is None for one, other in zip(wanted, shape, strict=True)
    )


def _differs(believed: Believed, message: str, help: str | None = None) -> Misbelieved:
    return Misbelieved(
        Problem("ARC602", message, believed.loc, on_key=False, help=help or "mend the signature, or the class")
    )


def failed(believed: Believed, error: Exception) -> Misbelieved:
    """What is told where the class itself raises."""
    message = f"the class of {believed.class_name} fails: {reason(error)}"
    return _differs(believed, message, "it is called as the signature says; mend one of the two")


BOILERPLATE = re.compile(
    r"""exception\ encountered\ when\ calling | ^arguments\ received\ by | ^call\ arguments\ received\ by
    | could\ not\ automatically\ infer\ the\ output\ shape | ^please\ implement | ^•""",
    re.IGNORECASE | re.VERBOSE,
)
"""What Keras writes around the message of an exception that a layer raises."""
ANSI = re.compile(r"\x1b\[[0-9;]*m")
GRAPH_NODE = re.compile(r" for '\{\{node [^']*'")
"""How TensorFlow names an operation of its own graph."""
LONGEST_REASON = 200


def reason(error: BaseException) -> str:
    """The class of an exception and what it says, in one line, without what Keras writes around it."""
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None:
            break
        told = _told(str(seen))
        if told:
            return f"{type(seen).__name__}: {cut(told, LONGEST_REASON)}"
        seen = seen.__cause__ or seen.__context__
    return type(error).__name__


def _told(text: str) -> str:
    """The first line, with what belongs to it where it ends in a colon; nothing where all is Keras's own."""
    lines: list[str] = []
    for line in (GRAPH_NODE.sub("", ANSI.sub("", one)).strip() for one in text.splitlines()):
        if line.lower().startswith(("arguments received by", "call arguments received by")):
            break
        lines += [line] if line and not BOILERPLATE.search(line) else []
    if len(lines) > 1 and lines[0].endswith(":"):
        return f"{lines[0]} {lines[1]}"
    return lines[0] if lines else ""
