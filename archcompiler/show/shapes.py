"""What a layer makes of a few shapes: the rule of its row, asked with the arguments of its example."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archcompiler.diagnostics import Problem
from archcompiler.dims import BATCH, Dim, axis
from archcompiler.layers import LAYERS
from archcompiler.layers.catalog import Entry
from archcompiler.layers.refused import REFUSED
from archcompiler.layers.rows import Call, Result, Row, infer
from archcompiler.layers.thing_reader import ThingReader
from archcompiler.layers.things import Thing
from archcompiler.show.samples import layer_example
from archcompiler.tensors import TensorType

STEPS = axis("steps")
AXES: dict[int, tuple[Dim, ...]] = {
    1: (BATCH,), 2: (BATCH, 8), 3: (BATCH, STEPS, 8), 4: (BATCH, 32, 32, 3), 5: (BATCH, 16, 16, 16, 3),
    6: (BATCH, STEPS, 16, 16, 16, 3),
}  # fmt: skip
"""An example of a shape of each rank."""
OF_CLASS: dict[str, tuple[tuple[Dim, ...], ...]] = {
    "ConvLSTM1D": ((BATCH, STEPS, 32, 3),), "ConvLSTM2D": ((BATCH, STEPS, 16, 16, 3),),
    "Embedding": ((BATCH,), (BATCH, STEPS)), "ReversibleEmbedding": ((BATCH,), (BATCH, STEPS)),
    "CategoryEncoding": ((BATCH,), (BATCH, STEPS)), "HashedCrossing": ((BATCH, 1),), "TextVectorization": ((BATCH,),),
    "STFTSpectrogram": ((BATCH, 16000, 1),), "MelSpectrogram": ((BATCH, 16000),), "Permute": ((BATCH, STEPS, 8),),
    "Reshape": ((BATCH, 8),), "GroupNormalization": ((BATCH, 32, 32, 64),), "TimeDistributed": ((BATCH, STEPS, 8),),
    "Cropping1D": ((BATCH, STEPS, 8), (BATCH, 24, 8)), "Pipeline": ((BATCH, 32, 32, 3),), "Dot": ((BATCH, 8),),
    "LSTMCell": (), "GRUCell": (), "SimpleRNNCell": (), "StackedRNNCells": (), "Masking": ((BATCH, STEPS, 8),),
    "AdaptiveMaxPooling1D": ((BATCH, 24, 8),), "AdaptiveAveragePooling1D": ((BATCH, 24, 8),),
    "EinsumDense": ((BATCH, STEPS, 8),), "Attention": ((BATCH, STEPS, 8),), "AdditiveAttention": ((BATCH, STEPS, 8),),
    "IntegerLookup": ((BATCH, STEPS),), "StringLookup": ((BATCH, STEPS),), "Hashing": ((BATCH, STEPS),),
}  # fmt: skip
"""Shapes of layers whose rank says too little."""
WORDS = ("StringLookup", "TextVectorization")
CODES = ("Embedding", "ReversibleEmbedding", "CategoryEncoding", "Hashing", "HashedCrossing", "IntegerLookup")


@dataclass(frozen=True, slots=True)
class Example:
    """A layer on tensors of one shape: what it is given, what it gives, and how many numbers it holds."""

    given: tuple[TensorType, ...]
    result: Result

    @property
    def params(self) -> int:
        return self.result.params + self.result.frozen_params


def example_thing(entry: Entry) -> Thing | None:
    """The layer as its example has it."""
    if entry.name in REFUSED or entry.abstract:
        return None
    name, arguments = layer_example(entry)
    return ThingReader([]).read("layers", name, arguments, ())


def examples(entry: Entry) -> Iterator[Example]:
    """The layer on a few shapes that it takes."""
    thing, row = example_thing(entry), LAYERS.get(entry.name)
    if thing is None or row is None:
        return
    dtype = "string" if entry.name in WORDS else "int32" if entry.name in CODES else "float32"
    for axes in OF_CLASS.get(entry.name, _of_rank(row)):
        given = (TensorType(axes, dtype),) * (1 if row.inputs == "one" else 2)
        result = _inferred(thing, given)
        if isinstance(result, Result):
            yield Example(given, result)


def _of_rank(row: Row) -> tuple[tuple[Dim, ...], ...]:
    low, high = row.ranks
    return tuple(axes for rank, axes in AXES.items() if max(low, 2) <= rank <= (high or 4))


def _inferred(thing: Thing, given: tuple[TensorType, ...]) -> Result | Problem:
    def inner(wrapped: object, inputs: tuple[TensorType, ...]) -> Result | Problem:
        assert isinstance(wrapped, Thing)
        return _inferred(wrapped, inputs)

    return infer(Call(thing, LAYERS[thing.class_name], given, thing.class_name, inner, len(given) > 1))
