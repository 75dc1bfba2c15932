"""One mistake, one report: specs that are right, with one thing in them changed, as a slip of hand or mind does.

A mutation changes the text of one line. Where that leaves a spec without an error it is not counted; every other one
must give exactly one error, which names the changed line, as its place or in a note.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

import archcompiler

EXAMPLES = Path(__file__).parent.parent / "examples"
SEED = 6
EACH = 6
"""How many places of a spec a kind of mutation is tried at."""

SMALL = {
    "a classifier": """archcompiler: 1
inputs:
  words: {shape: [24], dtype: int32}
layers:
  - Embedding: {input_dim: 500, output_dim: 16}
    name: vectors
  - LSTM: {units: 32, return_sequences: true}
  - LSTM: 16
    name: memory
  - Dense: {units: 5, activation: softmax}
    name: topic
targets:
  topic: {shape: [], classes: 5}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {Adam: {learning_rate: 0.001}}
  metrics: [accuracy]
  epochs: 3
""",
    "a one_hot": """archcompiler: 1
inputs:
  readings: [24, 2]
layers:
  - GRU: 16
  - Dense: {units: 4, activation: softmax}
    name: state
targets:
  state: {shape: [4], one_hot: true}
training:
  loss: categorical_crossentropy
  optimizer: adam
""",
    "a every_step": """archcompiler: 1
inputs:
  readings: [steps, 3]
layers:
  - LSTM: {units: 16, return_sequences: true}
  - Dropout: 0.2
  - TimeDistributed: {Dense: 1}
    name: level
targets:
  level: {shape: [steps, 1]}
training:
  loss: mse
  optimizer: rmsprop
""",
    "a autoencoder": """archcompiler: 1
inputs:
  readings: [12, 3]
layers:
  - LSTM: 8
    name: code
  - RepeatVector: 12
  - LSTM: {units: 16, return_sequences: true}
  - Dense: 3
    name: again
targets:
  again: {same_as: readings}
training:
  loss: mae
""",
    "a next_step": """archcompiler: 1
inputs:
  readings: [steps, 4]
layers:
  - GRU: {units: 16, return_sequences: true}
  - GRU: {units: 4, return_sequences: true}
    name: later
targets:
  later: {next_step_of: readings}
training:
  loss: {Huber: {delta: 2.0}}
""",
    "a stateful": """archcompiler: 1
batch_size: 8
inputs:
  readings: [24, 2]
layers:
  - LSTM: {units: 8, stateful: true, return_sequences: true}
  - Dense: 2
    name: later
targets:
  later: {shape: [24, 2]}
training:
  loss: mse
  shuffle: false
  samples: 80
""",
    "a convolutions": """archcompiler: 1
inputs:
  readings: [32, 2]
layers:
  - Conv1D: {filters: 16, kernel_size: 5, activation: relu}
  - MaxPooling1D: 2
  - Conv1D: {filters: 8, kernel_size: 5, activation: relu}
  - Flatten
  - Dense: {units: 1, activation: sigmoid}
    name: alarm
targets:
  alarm: {shape: [1]}
training:
  loss: binary_crossentropy
  metrics: [accuracy]
""",
    "a two_inputs": """archcompiler: 1
inputs:
  left: [10, 2]
  right: [10, 3]
layers:
  - Concatenate: {axis: -1}
    name: both
    from: [left, right]
  - Bidirectional: {LSTM: 8}
    name: memory
  - Dense: {units: 4, activation: relu}
    name: hidden
  - Dense: 2
    name: forecast
targets:
  forecast: {shape: [2]}
training:
  loss: mse
""",
    "a two_outputs": """archcompiler: 1
inputs:
  readings: [24, 2]
layers:
  - LSTM: 16
    name: memory
  - Dense: 1
    name: level
    from: memory
  - Dense: {units: 3, activation: softmax}
    name: state
    from: memory
outputs: [level, state]
targets:
  level: {shape: [1]}
  state: {shape: [], classes: 3}
training:
  loss:
    level: mse
    state: sparse_categorical_crossentropy
  loss_weights:
    level: 0.5
""",
    "a states": """archcompiler: 1
inputs:
  source: [steps, 3]
  so_far: [later_steps, 3]
layers:
  - LSTM: {units: 8, return_state: true}
    name: encoder
    from: source
    outputs: [last, h, c]
  - LSTM: {units: 8, return_sequences: true}
    name: decoder
    from: {sequences: so_far, initial_state: [encoder.h, encoder.c]}
  - Dense: 3
    name: later
targets:
  later: {next_step_of: so_far}
training:
  loss: mse
""",
    "a nested": """archcompiler: 1
params:
  steps: 12
  width: 8
inputs:
  readings: [steps, 2]
models:
  encoder:
    inputs:
      series: [steps, 2]
    layers:
      - LSTM: {units: "${width * 2}", return_sequences: true}
      - LSTM: "${width}"
layers:
  - encoder
  - Reshape: [4, 2]
  - GRU: 4
  - Dense: 1
    name: forecast
target: {shape: [1]}
training:
  loss: mse
""",
}


@dataclass(frozen=True)
class Mutation:
    kind: str
    spec: str
    line: int
    before: str
    after: str
    text: str


Edit = Callable[[str], Iterator[str]]
"""What one line may become."""


def replacing(pattern: str, *instead: str | Callable[[re.Match[str]], str]) -> Edit:
    """Each place in the line where the pattern is, replaced."""

    def edit(line: str) -> Iterator[str]:
        for match in re.finditer(pattern, line):
            for one in instead:
                text = one(match) if callable(one) else match.expand(one)
                yield line[: match.start()] + text + line[match.end() :]

    return edit


def slip(word: str) -> str:
    """Two letters in the middle, the wrong way round; or one too few."""
    middle = len(word) // 2
    turned = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
    return turned if turned != word else word[:middle] + word[middle + 1 :]


def group(number: int, change: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    """The match with one group of it changed."""

    def edit(match: re.Match[str]) -> str:
        start, end = match.start(number) - match.start(), match.end(number) - match.start()
        return match[0][:start] + change(match[number]) + match[0][end:]

    return edit


def more(text: str) -> str:
    return str(int(text) + 1)


LOSSES = ("mse", "mae", "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy")
KINDS: dict[str, Edit] = {
    "return_sequences is left out": replacing(r", return_sequences: true", ""),
    "return_sequences is false": replacing(r"return_sequences: true", "return_sequences: false"),
    "return_sequences is added": replacing(r"(LSTM|GRU): (\d+)", r"\1: {units: \2, return_sequences: true}"),
    "other units": replacing(r"(?:units: |Dense: |LSTM: |GRU: )(\d+)", group(1, more)),
    "a window too long": replacing(r"(?:kernel_size: |Pooling1D: )(\d+)", group(1, lambda _: "99")),
    "another number of repeats": replacing(r"RepeatVector: (\d+)", group(1, more)),
    "another size in a shape": replacing(r"(?<!input)\[[^\]${}]*?\b(\d+)\b[^\]]*\]", group(1, more)),
    "a batch axis in a shape": replacing(r"(readings|words|left|so_far): \[", r"\1: [null, "),
    "an axis less": replacing(r"(shape: \[)[a-z_0-9]+, ", r"\1"),
    "an axis more": replacing(r"(shape: \[[^\]]+)\]", r"\1, 7]"),
    "another axis": replacing(r"\[(steps|hours|days)\b", "[minutes"),
    "another loss": replacing(r"(?<=loss: )[a-z_]+$", *LOSSES),
    "a layer's class is misspelt": replacing(r"(?<=- )([A-Z]\w{3,})", group(1, slip)),
    "an argument is misspelt": replacing(r"(?<=[{,] )?(?<=[{ ])([a-z_]{5,})(?=: )", group(1, slip)),
    "a value is misspelt": replacing(r"(?:activation|padding|dtype|optimizer): ([a-z0-9]{3,})", group(1, slip)),
    "a name in from is misspelt": replacing(r"from: \[?([a-z_]{4,})", group(1, slip)),
    "another from": replacing(r"from: ([a-z_]+)$", "from: nowhere"),
    "an output is misspelt": replacing(r"^  ([a-z_]{4,})(?=: \{(?:shape|same_as|next_step_of))", group(1, slip)),
    "a source is misspelt": replacing(r"(?:same_as|next_step_of): ([a-z_]{4,})", group(1, slip)),
    "a param's own name is misspelt": replacing(r"^  ([a-z_]{4,})(?=: [0-9])", group(1, slip)),
    "a param is misspelt": replacing(r"\$\{([a-z_]{4,})", group(1, slip)),
    "a word for a number": replacing(r"(?:units|epochs|input_dim|filters|samples): (\d+)", group(1, lambda _: "many")),
    "a number in quotes": replacing(r"(?:units|Dense|LSTM|epochs): (\d+)", group(1, lambda one: f'"{one}"')),
    "a truth value in quotes": replacing(r": (true|false)", group(1, lambda one: f'"{one}"')),
    "a fraction for a whole number": replacing(r"(?:units|Dense|LSTM|GRU): (\d+)", group(1, lambda one: f"{one}.5")),
    "below nothing": replacing(r"(?:units|Dense|LSTM|GRU|filters): (\d+)", group(1, lambda one: f"-{one}")),
    "no space": replacing(r"(units|return_sequences|activation): ", r"\1:"),
    "a brace is left open": replacing(r"\}$", ""),
    "an old argument": replacing(r"learning_rate: ", "lr: "),
    "an old argument of a layer": replacing(r"\{units: ", "{output_dim: "),
    "a shape at the layer": replacing(r"(LSTM|GRU|Conv1D): \{", r"\1: {input_shape: [24, 2], "),
    "state without a batch": replacing(r"(LSTM|GRU): \{units", r"\1: {stateful: true, units"),
    "other samples": replacing(r"samples: 80", "samples: 81"),
    "a wrapped layer without steps": replacing(r"- Dense: (\d+)$", r"- TimeDistributed: {LSTM: \1}"),
    "an axis that is not there": replacing(r"axis: -1", "axis: 5"),
    "another key twice": replacing(r"\{units: (\d+)", r"{units: \1, units: \1"),
    "a name that is none": replacing(r"name: ([a-z_]{4,})$", r"name: my-\1"),
    "a name twice": replacing(r"name: ([a-z_]{4,})$", "name: INPUT"),
    "a layer that is none": replacing(r"- (Flatten|encoder)$", "- 64"),
}  # fmt: skip


def specs() -> dict[str, str]:
    found = {path.stem: path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*.yaml"))}
    return {**SMALL, **found}


def mutations() -> Iterator[Mutation]:
    random = Random(SEED)
    for name, text in specs().items():
        lines = text.split("\n")
        first = next(at for at, line in enumerate(lines) if line.startswith("archcompiler"))
        taken = next(iter(yaml.safe_load(text)["inputs"]))
        for kind, edit in KINDS.items():
            found = [
                Mutation(kind, name, at + 1, line, after, "\n".join([*lines[:at], after, *lines[at + 1 :]]))
                for at, line in enumerate(lines[first:], start=first)
                for after in (one.replace("INPUT", taken) for one in edit(line.split("#")[0].rstrip()))
                if after != line.split("#")[0].rstrip()
            ]
            yield from random.sample(found, min(EACH, len(found)))


def told(mutation: Mutation) -> tuple[list[str], bool]:
    """The errors, and whether the changed line is among their places."""
    report = archcompiler.check(io.StringIO(mutation.text))
    places = [place for one in report.errors for place in (one.span, *(note.span for note in one.notes))]
    hit = any(place is not None and place.line <= mutation.line <= place.end_line for place in places)
    return [f"{one.code} line {one.span.line if one.span else 0}: {one.message}" for one in report.errors], hit


def test_the_specs_are_right() -> None:
    for name, text in specs().items():
        report = archcompiler.check(io.StringIO(text))
        assert report.diagnostics == (), f"{name}: {report}"


def test_one_mutation_gives_one_error_at_its_line() -> None:
    wrong: list[str] = []
    missed: list[str] = []
    kinds: Counter[str] = Counter()
    for mutation in mutations():
        errors, hit = told(mutation)
        if not errors:
            continue
        kinds[mutation.kind] += 1
        shown = f"{mutation.spec}:{mutation.line} {mutation.kind}: {mutation.after.strip()}\n      " + "\n      ".join(
            errors
        )
        if len(errors) > 1:
            wrong.append(shown)
        elif not hit:
            missed.append(shown)
    count = sum(kinds.values())
    assert count >= 300
    assert kinds.keys() == KINDS.keys()
    assert not wrong, f"{len(wrong)} of {count} give more than one error:\n" + "\n".join(wrong)
    assert len(missed) <= count * 0.05, f"{len(missed)} of {count} are told elsewhere:\n" + "\n".join(missed)
