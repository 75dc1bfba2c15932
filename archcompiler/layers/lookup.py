"""Words and numbers looked up in a vocabulary."""

from __future__ import annotations

from typing import cast

from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.encoding import encoded, salt_fault, sparse_fault
from archcompiler.layers.rows import Call, Result, Row
from archcompiler.tensors import TensorType, shape_text
from archcompiler.wording import shown

CODES = "codes or words, such as (batch, steps)"


def lookup(call: Call) -> Result | Problem:
    """Words or numbers as codes of a vocabulary, or vectors as long as it; `invert` turns codes into words."""
    fault = _vocabulary_fault(call) or salt_fault(call) or _farmhash_fault(call) or sparse_fault(call)
    if fault is not None:
        return fault
    wrong = _words_dtype_fault(call)
    return wrong or encoded(call, _vocabulary_size(call), "int64")


def _words_dtype_fault(call: Call) -> Problem | None:
    """Words are strings; numbers are not looked up among them."""
    texts = call.thing.class_name != "IntegerLookup" and not call.thing.given.get("invert")
    if texts == (call.input.dtype == "string"):
        return None
    wanted, what = ("string", "words") if texts else ("int64", "numbers")
    return call.fault(
        "ARC210",
        f"{call.thing.class_name} takes {what}, but it is given {call.input.dtype} {call.input}",
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


def _farmhash_fault(call: Call) -> Problem | None:
    if call.thing.class_name != "IntegerLookup" or call["salt"] is None or call["oov_method"] == "farmhash":
        return None
    return call.fault("ARC209", "`salt` of IntegerLookup needs `oov_method: farmhash`", argument="salt")


def _words_fault(call: Call, words: list[object]) -> Problem | None:
    name = call.thing.class_name
    if not words:
        return call.fault("ARC113", f"the `vocabulary` of {name} is empty", argument="vocabulary")
    numbers = name == "IntegerLookup"
    kind, what = (int, "whole numbers") if numbers else (str, "words")
    given = [("vocabulary", word) for word in words]
    read = ("mask_token", "oov_token") if call["invert"] else ("mask_token",)
    given += [(one, call[one]) for one in read if call[one] is not None]
    wrong = next((one for one in given if not isinstance(one[1], kind) or isinstance(one[1], bool)), None)
    if wrong is not None:
        argument, word = wrong
        message = f"`{argument}` of {name} holds {what}, but {shown(word)} stands there"
        return call.fault("ARC113", message, argument=argument, help=None if numbers else "put it in quotes")
    special = _special_tokens(call)
    tokens = words[len(special) :] if words[: len(special)] == special else words
    twice = next((word for index, word in enumerate(tokens) if word in tokens[:index]), None)
    if twice is not None:
        return call.fault(
            "ARC113", f"the `vocabulary` of {name} has {shown(twice)} twice", argument="vocabulary", help="remove one"
        )
    reserved = [("mask_token", "" if name == "TextVectorization" else call["mask_token"])]
    reserved += [("oov_token", call["oov_token"])] if call["invert"] else []
    for argument, token in reserved:
        if token is not None and token in tokens:
            return call.fault(
                "ARC209",
                f"`{argument}` of {name}, {shown(token)}, stands within the `vocabulary`",
                argument="vocabulary",
                help="leave it out: it has a code of its own before all words",
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
    fault = _vocabulary_fault(call) or sparse_fault(call)
    if fault is not None:
        return fault
    fault = _words_dtype_fault(call)
    if fault is not None:
        return fault
    if mode == "int" and call["split"] is None and given.rank == 1:
        return call.fault(
            "ARC209",
            f"of {given} with `split: null` Keras says that TextVectorization gives (batch, ?), and it gives (batch,)",
            argument="split",
            help="give it (batch, words), or use `StringLookup`",
        )
    if mode == "int":
        return Result((TensorType((given.axes[0], cast("Dim", length)), "int64"),))
    if call["split"] is not None and given.rank > 1 and given.axes[1] == 1:
        return call.fault(
            "ARC209",
            f"of {given} Keras says that TextVectorization gives {shape_text((*given.axes, _vocabulary_size(call)))}, "
            "and it leaves out the axis of size 1 when it runs",
            help="give it one text a sample: an input of `shape: []`",
        )
    words: tuple[Dim, ...] = given.axes if call["split"] is None else (*given.axes, None)
    if call["split"] is None and given.rank == 1:
        words = (*words, 1)
    if mode == "one_hot" and words[-1] != 1:
        return Result((TensorType((*words, _vocabulary_size(call))),))
    return Result((TensorType((*words[:-1], _vocabulary_size(call))),))


ROWS = (
    Row("IntegerLookup", lookup, (1, None), CODES, time="all"),
    Row("StringLookup", lookup, (1, None), CODES, time="all"),
    Row("TextVectorization", text_vectorization, (1, None), "texts, such as (batch,)", time="none"),
)
