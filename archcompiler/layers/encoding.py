"""Codes of numbers and words: normalised, put into bins, hashed, looked up, and laid out as vectors."""

from __future__ import annotations

from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim, Verdict
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.tensors import INTEGER_DTYPES, TensorType, shape_text
from archcompiler.wording import listed, shown

CODES = "codes or words, such as (batch, steps)"


def normalization(call: Call) -> Result | Problem:
    """(x - mean) / deviation for each entry of `axis`; without `mean`, the three that `adapt` sets are held fixed."""
    given, mean, variance = call["axis"], call["mean"], call["variance"]
    if (mean is None) != (variance is None):
        missing = "variance" if variance is None else "mean"
        return call.fault(
            "ARC112",
            f"Normalization is given `{'mean' if missing == 'variance' else 'variance'}` without `{missing}`",
            help="give both, or neither and call `adapt` on the data",
        )
    axes = cast("list[int]", given if isinstance(given, list) else [] if given is None else [given])
    count = 1
    for axis in axes:
        if not -call.input.rank <= axis < call.input.rank:
            return call.fault(
                "ARC207", f"the input {call.input} has no axis {axis}", argument="axis", help="the last axis is -1"
            )
        size = call.known_size(call.input.axes[axis], f"axis {axis}")
        if isinstance(size, Problem):
            return size
        count *= size
    frozen = 2 * count + 1 if mean is None else 0
    return call.gives(*call.input.axes, frozen=frozen)


def _encoded(call: Call, depth: Dim, codes: str) -> Result | Problem:
    """Codes as they are (`int`), a vector each (`one_hot`), or one vector for the last axis of them (`multi_hot` …)."""
    axes, mode = call.input.axes, call["output_mode"]
    if mode == "int":
        return Result((TensorType(axes, codes),))
    fault = _merged_fault(call, depth)
    if fault is not None:
        return fault
    dtype = call.compute_dtype if call.thing.class_name in NUMBERED else "float32"
    if mode == "one_hot" and call.thing.class_name == "Hashing":
        axes = (*axes[:-1], 1)
    if mode == "one_hot" and not (len(axes) > 1 and axes[-1] == 1):
        return Result((TensorType((*axes, depth), dtype),))
    return Result((TensorType((*axes[:-1], depth), dtype),))


def _merged_fault(call: Call, depth: Dim) -> Problem | None:
    """Keras says that codes are merged along the last axis, and merges them along the first after the batch axis."""
    axes, name = call.input.axes, call.thing.class_name
    if call["output_mode"] == "one_hot":
        unsqueezed = name == "Hashing" and (call.input.rank == 1 or (isinstance(axes[-1], int) and axes[-1] != 1))
        said, made = (*axes[:-1], depth), (*axes, depth)
    else:
        unsqueezed = call.input.rank > 2 and dims.compare(axes[1], axes[-1]) is not Verdict.EQUAL
        said, made = (*axes[:-1], depth), (axes[0], *axes[2:], depth)
    if not unsqueezed:
        return None
    return call.fault(
        "ARC209",
        f"of {call.input} with `output_mode: {call['output_mode']}` Keras says that {name} gives {shape_text(said)}, and "
        f"gives {shape_text(made)} when it runs",
        argument="output_mode",
        help="give it (batch, 1)" if call["output_mode"] == "one_hot" else "give it (batch, codes)",
    )


NUMBERED = ("CategoryEncoding", "Discretization", "Hashing", "HashedCrossing")
"""Layers whose vectors have the layer's own dtype; those of a lookup are float32."""


def category_encoding(call: Call) -> Result | Problem:
    """(batch, steps) → (batch, num_tokens), or (batch, steps, num_tokens) where `one_hot`."""
    return _encoded(call, call.whole("num_tokens"), "int64")


def discretization(call: Call) -> Result | Problem:
    """The number of the bin that each entry falls into, or a vector for it."""
    bins, boundaries = call["num_bins"], call["bin_boundaries"]
    if (bins is None) == (boundaries is None):
        return call.fault(
            "ARC209",
            f"Discretization takes `bin_boundaries` or `num_bins`, but {'neither' if bins is None else 'both'} is given",
            argument=None if bins is None else "num_bins",
            help="with `num_bins` the boundaries come from `adapt`",
        )
    if boundaries is None:
        return call.fault(
            "ARC209",
            "Discretization cannot be called before `adapt` has found the boundaries of its `num_bins`",
            argument="num_bins",
            help="give them: `bin_boundaries: [0.0, 1.0]`",
        )
    fault = _sparse_fault(call)
    if fault is not None:
        return fault
    depth = len(cast("list[float]", boundaries)) + 1
    axes = call.input.axes
    if call["output_mode"] in ("multi_hot", "count"):
        merged = (axes[0], *axes[2:], depth) if len(axes) > 1 else (depth,)
        return call.gives(*merged)
    return _encoded(call, depth, "int32")


def _sparse_fault(call: Call) -> Problem | None:
    if not call.flag("sparse") or call["output_mode"] != "int":
        return None
    return call.fault(
        "ARC209",
        f"`sparse` of {call.thing.class_name} needs vectors, and `output_mode: int` gives codes",
        argument="sparse",
        help="remove it, or write `output_mode: one_hot`, `multi_hot` or `count`",
    )


def hashing(call: Call) -> Result | Problem:
    """Each word or number as a code from 0 to num_bins - 1, or a vector for it."""
    return _salt_fault(call) or _sparse_fault(call) or _encoded(call, call.whole("num_bins"), _code_dtype(call))


def _code_dtype(call: Call) -> str:
    """Codes are int64 unless the layer's `dtype` says otherwise."""
    given = call.thing.given.get("dtype")
    return str(given) if given in INTEGER_DTYPES else "int64"


def _salt_fault(call: Call) -> Problem | None:
    salt = call["salt"]
    if not isinstance(salt, list) or len(cast("list[int]", salt)) == 2:
        return None
    return call.fault(
        "ARC113",
        f"`salt` of {call.thing.class_name} is a whole number or a list of two, but {shown(cast(object, salt))} is given",
        argument="salt",
    )


def hashed_crossing(call: Call) -> Result | Problem:
    """Two or more tensors of one shape, (batch,) or (batch, 1), crossed into one code a sample."""
    first = call.inputs[0]
    if len(call.inputs) != 2 or first.rank > 2 or (first.rank == 2 and first.axes[1] != 1):
        return call.fault(
            "ARC201",
            f"HashedCrossing takes two tensors (batch,) or (batch, 1), but it is given {listed(call.inputs)}",
            help="write `from: [a, b]`",
        )
    if call.inputs[1].axes != first.axes:
        return call.fault(
            "ARC202", f"HashedCrossing takes tensors of one shape, but it is given {first} and {call.inputs[1]}"
        )
    wrong = next((one.dtype for one in call.inputs if one.dtype not in (*INTEGER_DTYPES, "string")), None)
    if wrong is not None:
        return call.fault(
            "ARC210",
            f"HashedCrossing takes codes or words, but it is given {wrong}",
            help="give the inputs `dtype: int64` or `dtype: string`",
        )
    return _sparse_fault(call) or _encoded(call, call.whole("num_bins"), _code_dtype(call))


def lookup(call: Call) -> Result | Problem:
    """Words or numbers as codes of a vocabulary, or vectors as long as it; `invert` turns codes into words."""
    fault = _vocabulary_fault(call) or _salt_fault(call) or _sparse_fault(call)
    if fault is not None:
        return fault
    wrong = _words_dtype_fault(call)
    return wrong or _encoded(call, _vocabulary_size(call), "int64")


def _words_dtype_fault(call: Call) -> Problem | None:
    """Words are strings; numbers are not looked up among them."""
    texts = call.thing.class_name != "IntegerLookup" and not call.thing.given.get("invert")
    if texts == (call.input.dtype == "string"):
        return None
    wanted = "string" if texts else "int64"
    return call.fault(
        "ARC210",
        f"{call.thing.class_name} takes {'words' if texts else 'numbers'}, but it is given {call.input.dtype} {call.input}",
        help=f"give the input `dtype: {wanted}`",
    )


def _vocabulary_size(call: Call) -> Dim:
    """The words, and the codes for what is unknown and, with codes as a result, for what is masked."""
    if call.flag("pad_to_max_tokens"):
        return call.whole("max_tokens")
    words = cast("list[object]", call["vocabulary"])
    special = _special_tokens(call)
    given_too = words[: len(special)] == special
    return len(words) + (0 if given_too else len(special))


def _special_tokens(call: Call) -> list[object]:
    text = call.thing.class_name == "TextVectorization"
    unknown = [call["oov_token"]] * call.whole("num_oov_indices") if not text else ["[UNK]"]
    mask = "" if text else call["mask_token"]
    return ([mask] if mask is not None and call["output_mode"] == "int" else []) + unknown


def _vocabulary_fault(call: Call) -> Problem | None:
    name, words, mode = call.thing.class_name, call["vocabulary"], call["output_mode"]
    limit = call["max_tokens"]
    if isinstance(limit, int) and limit <= 1:
        return call.fault("ARC113", f"`max_tokens` of {name} is 2 or more, but {limit} is given", argument="max_tokens")
    if call.flag("pad_to_max_tokens") and limit is None:
        return call.fault(
            "ARC112", f"`pad_to_max_tokens` of {name} needs `max_tokens`", argument="pad_to_max_tokens",
            help="say how many there are at most: `max_tokens: 1000`",
        )  # fmt: skip
    if "invert" in call.thing.given and call.flag("invert") and mode != "int":
        return call.fault(
            "ARC209", f"`invert` of {name} turns codes into words, which needs `output_mode: int`", argument="invert"
        )
    if call["idf_weights"] is not None and mode != "tf_idf":
        return call.fault(
            "ARC209", f"`idf_weights` of {name} belong to `output_mode: tf_idf`", argument="idf_weights",
            help="remove them, or write `output_mode: tf_idf`",
        )  # fmt: skip
    if not isinstance(words, list):
        what = "is the name of a file, which a spec does not read" if isinstance(words, str) else "is missing"
        return call.fault(
            "ARC112" if words is None else "ARC113",
            f"{name} looks words up in its `vocabulary`, which {what}",
            argument="vocabulary",
            help="write the words: `vocabulary: [a, b]`",
        )
    return _words_fault(call, cast("list[object]", words))


def _words_fault(call: Call, words: list[object]) -> Problem | None:
    name = call.thing.class_name
    if not words:
        return call.fault("ARC113", f"the `vocabulary` of {name} is empty", argument="vocabulary")
    special = _special_tokens(call)
    tokens = words[len(special) :] if words[: len(special)] == special else words
    twice = next((word for index, word in enumerate(tokens) if word in tokens[:index]), None)
    if twice is not None:
        return call.fault(
            "ARC113", f"the `vocabulary` of {name} has {shown(twice)} twice", argument="vocabulary", help="remove one"
        )
    limit = call["max_tokens"]
    if isinstance(limit, int) and len(tokens) + len(special) > limit:
        return call.fault(
            "ARC209",
            f"the `vocabulary` of {name} has {len(tokens) + len(special)} entries, special ones included, but "
            f"`max_tokens` is {limit}",
            argument="max_tokens",
            help="raise it, or leave it out",
        )
    weights = call["idf_weights"]
    if call["output_mode"] == "tf_idf" and (
        not isinstance(weights, list) or len(cast("list[float]", weights)) != len(words)
    ):
        return call.fault(
            "ARC112" if weights is None else "ARC202",
            f"`output_mode: tf_idf` of {name} needs a weight for each of the {len(words)} words",
            argument="idf_weights",
            help="write `idf_weights`, as long as `vocabulary`",
        )
    return None


def text_vectorization(call: Call) -> Result | Problem:
    """(batch,) or (batch, 1) of texts → (batch, words) of codes, or (batch, size of the vocabulary)."""
    length, mode = call["output_sequence_length"], call["output_mode"]
    given = call.input
    if call.flag("ragged") and mode != "int":
        return call.fault("ARC209", "`ragged` of TextVectorization needs `output_mode: int`", argument="ragged")
    if length is not None and mode != "int":
        return call.fault(
            "ARC209",
            "`output_sequence_length` of TextVectorization needs `output_mode: int`",
            argument="output_sequence_length",
            help="remove it: a vector is as long as the vocabulary",
        )
    if call["split"] is not None and given.rank > 1 and (given.rank > 2 or given.axes[1] not in (1, None)):
        return call.fault(
            "ARC201",
            f"TextVectorization splits texts, one a sample, (batch,) or (batch, 1), but it is given {given}",
            help="write `split: null` where the words stand apart already",
        )
    fault = _vocabulary_fault(call)
    if fault is not None:
        return fault
    fault = _words_dtype_fault(call)
    if fault is not None:
        return fault
    if mode == "int":
        return Result((TensorType((given.axes[0], cast("Dim", length)), "int64"),))
    if call["split"] is not None and given.rank > 1 and given.axes[1] == 1:
        return call.fault(
            "ARC209",
            f"of {given} Keras says that TextVectorization gives {shape_text((*given.axes, _vocabulary_size(call)))}, and "
            "leaves out the axis of size 1 when it runs",
            help="give it one text a sample: an input of `shape: []`",
        )
    words: tuple[Dim, ...] = given.axes if call["split"] is None else (*given.axes, None)
    if call["split"] is None and given.rank == 1:
        words = (*words, 1)
    if mode == "one_hot" and words[-1] != 1:
        return Result((TensorType((*words, _vocabulary_size(call))),))
    return Result((TensorType((*words[:-1], _vocabulary_size(call))),))


ROWS = (
    Row("Normalization", normalization, (1, None), "(batch, …, features)", mask="drop"),
    Row("CategoryEncoding", category_encoding, (1, None), CODES, time="all"),
    Row("Discretization", discretization, (1, None), "numbers, such as (batch, steps)", time="all"),
    Row("Hashing", hashing, (1, None), CODES, time="all"),
    Row("HashedCrossing", hashed_crossing, (1, 2), CODES, inputs="several", time="all"),
    Row("IntegerLookup", lookup, (1, None), CODES, time="all"),
    Row("StringLookup", lookup, (1, None), CODES, time="all"),
    Row("TextVectorization", text_vectorization, (1, None), "texts, such as (batch,)", time="none"),
)
