"""`generation` with its names followed: which output feeds which input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from archcompiler.diagnostics import Change, Loc, PlacedNote, Problem
from archcompiler.spec.models import GenerationSpec
from archcompiler.suggest import closest
from archcompiler.wording import listed

PLACE: Loc = ("generation", "feedback")


@dataclass(frozen=True, slots=True)
class Generation:
    """How the model goes on alone: `feedback` maps an output to the input of the next step."""

    spec: GenerationSpec
    feedback: Mapping[str, str]


def lower_generation(
    spec: GenerationSpec,
    outputs: Iterable[str],
    inputs: Iterable[str],
    problems: list[Problem],
    places: Mapping[str, Loc],
) -> Generation | None:
    """The feedback of `spec`; None where it names what is not there, which is told."""
    outputs, inputs = list(outputs), list(inputs)
    sound = True
    taken: dict[str, str] = {}
    for output, given in spec.feedback.items():
        if output not in outputs:
            sound = False
            near = closest(output, outputs)
            place = places.get(near or outputs[0]) if near or len(outputs) == 1 else None
            problems.append(
                Problem(
                    "ARC310",
                    f"`{output}` is fed back, but the model gives {listed(outputs)}",
                    (*PLACE, output),
                    about=output,
                    notes=(PlacedNote(f"`{near or outputs[0]}` is here", place, False),) if place else (),
                    help=f"did you mean `{near}`?" if near else f"write `feedback: {{{outputs[0]}: {given}}}`",
                    changes=(Change("replace_key", (*PLACE, output), near or outputs[0]),),
                    safe=near is not None,
                )
            )
        if given not in inputs:
            sound = False
            near = closest(given, inputs)
            problems.append(
                Problem(
                    "ARC310",
                    f"`{output}` is fed back to `{given}`, but the model takes {listed(inputs)}",
                    (*PLACE, output),
                    on_key=False,
                    about=given,
                    notes=(PlacedNote(f"`{near}` is here", ("inputs", near)),) if near else (),
                    help=f"did you mean `{near}`?" if near else f"write `feedback: {{{output}: {inputs[0]}}}`",
                    changes=(Change("replace_value", (*PLACE, output), near or inputs[0]),),
                    safe=near is not None,
                )
            )
        elif given in taken:
            sound = False
            problems.append(
                Problem(
                    "ARC310",
                    f"`{given}` can be fed by one output, but `{taken[given]}` and `{output}` are both fed to it",
                    (*PLACE, output),
                    on_key=False,
                    help="feed each output to an input of its own",
                )
            )
        else:
            taken[given] = output
    return Generation(spec, dict(spec.feedback)) if sound else None


FedForm = Literal["value", "code", "one_hot"]
"""What is fed back: the output itself, the code of a token drawn from it, or that token one-hot."""


@dataclass(frozen=True, slots=True)
class Fed:
    """One output that is fed back. `has_steps` says whether it has a step axis or is of the last step alone."""

    output: str
    input: str
    form: FedForm
    has_steps: bool
    logits: bool = False
    """Whether the output is to be taken as logits, where a token is drawn from it."""


@dataclass(frozen=True, slots=True)
class Stepping:
    """A sound generator: what is fed back, and how. `along` are inputs given for every step, known and new; all other
    inputs that are not fed are given once. With a `window` the whole model is run on the last steps."""

    spec: GenerationSpec
    fed: tuple[Fed, ...]
    along: tuple[str, ...] = ()
    window: int | None = None
