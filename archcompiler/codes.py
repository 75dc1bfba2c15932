"""Every code that a diagnostic can have. `ARC0…` reading, `ARC1…` the language, `ARC2…` layers and shapes, `ARC3…`
what goes together (targets, losses, state), `ARC4…` hazards, `ARC5…` data, `ARC6…` classes of the user's own.
The manual page of each is `manual/CODE.md`."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.diagnostics import Code

CODES: Mapping[str, Code] = {
    code.code: code
    for code in (
        Code("ARC001", "yaml-syntax", "error", "the text is no YAML"),
        Code("ARC002", "duplicate-key", "error", "a key is given twice"),
        Code("ARC003", "too-large", "error", "the file passes a bound"),
        Code("ARC004", "not-text", "error", "the file is not UTF-8 text"),
        Code("ARC005", "not-a-spec", "error", "the file is no spec"),
        Code("ARC006", "unsupported-yaml", "error", "YAML that a spec cannot have"),
        Code("ARC101", "unknown-key", "error", "a key is not known"),
        Code("ARC102", "missing-key", "error", "a key is missing"),
        Code("ARC103", "wrong-type", "error", "a value is of another type"),
        Code("ARC104", "unknown-version", "error", "the language's version is not known"),
        Code("ARC105", "bad-name", "error", "a name is no identifier"),
        Code("ARC106", "duplicate-name", "error", "a name is given twice"),
        Code("ARC107", "bad-expression", "error", "an expression cannot be computed"),
        Code("ARC108", "unknown-param", "error", "a param is not known"),
        Code("ARC109", "param-cycle", "error", "params need each other"),
        Code("ARC110", "unknown-layer", "error", "a layer or another class is not known"),
        Code("ARC111", "unknown-argument", "error", "an argument is not known"),
        Code("ARC112", "missing-argument", "error", "a required argument is missing"),
        Code("ARC113", "bad-value", "error", "a value is not what is expected"),
        Code("ARC114", "outdated", "error", "older Keras had it, Keras 3 has not"),
        Code("ARC115", "bad-item", "error", "an item of layers is not one layer"),
        Code("ARC116", "unknown-name", "error", "a reference names nothing"),
        Code("ARC117", "cycle", "error", "layers feed each other in a circle"),
        Code("ARC118", "unused-layer", "error", "a layer reaches no output"),
        Code("ARC119", "bad-reference", "error", "a reference cannot be followed"),
        Code("ARC120", "bad-shape", "error", "a shape has an entry that is no size"),
        Code("ARC121", "not-described", "error", "a layer that a spec cannot describe"),
        Code("ARC122", "bad-include", "error", "a file cannot be included"),
        Code("ARC190", "not-yet-built", "error", "a part of the language that this version does not build"),
        Code("ARC201", "wrong-rank", "error", "a layer is given a tensor of another rank"),
        Code("ARC202", "shapes-differ", "error", "tensors that are joined differ in size"),
        Code("ARC203", "reshape-count", "error", "a Reshape to another count of numbers"),
        Code("ARC204", "unknown-size", "error", "a size that must be known is not"),
        Code("ARC205", "input-count", "error", "a layer is given too many or too few tensors"),
        Code("ARC206", "window-too-long", "error", "a window is longer than the axis"),
        Code("ARC207", "no-such-axis", "error", "an axis does not exist"),
        Code("ARC208", "misfit-call", "error", "a model or a layer called again does not fit"),
        Code("ARC209", "arguments-disagree", "error", "arguments exclude each other"),
        Code("ARC210", "wrong-dtype", "error", "a layer is given a tensor of another dtype"),
        Code("ARC211", "cell-alone", "error", "a cell stands where a layer must"),
        Code("ARC301", "target-steps", "error", "target and output differ in having steps"),
        Code("ARC302", "target-size", "error", "target and output differ in a size"),
        Code("ARC303", "target-unknown", "error", "a target or a loss names nothing"),
        Code("ARC304", "stateful-without-batch-size", "error", "state that runs on needs a fixed batch size"),
        Code("ARC305", "wrong-topology", "error", "the topology is another than asserted"),
        Code("ARC306", "loss-and-target", "error", "the loss wants another kind of target"),
        Code("ARC307", "codes-misfit", "error", "codes that do not fit what looks them up or tells them apart"),
        Code("ARC310", "feedback-unknown", "error", "what is fed back names nothing"),
        Code("ARC311", "feedback-misfit", "error", "what is fed back does not fit what it feeds"),
        Code("ARC312", "looks-ahead", "error", "a generator's step would have to see later steps"),
        Code("ARC313", "no-step-function", "error", "a layer cannot be run step by step"),
        Code("ARC314", "sampling", "error", "tokens are drawn from what is no distribution"),
        Code("ARC320", "partial-batch", "error", "state has a row a sample, and a batch is not full"),
        Code("ARC321", "windows", "error", "windows that do not fit the model or the sequences"),
        Code("ARC322", "scale", "error", "scaled numbers where they cannot be scaled back"),
        Code("ARC323", "data-unknown", "error", "data for what the model neither takes nor gives"),
        Code("ARC324", "count-in-shape", "error", "a shape holds the number of samples"),
        Code("ARC401", "stateful-shuffle", "warning", "samples are shuffled while state runs on"),
        Code("ARC402", "unused-input", "warning", "an input that no layer takes"),
        Code("ARC403", "near-miss-axis", "warning", "an axis named almost as a param"),
        Code("ARC404", "mask-lost", "warning", "a mask is made and lost"),
        Code("ARC405", "unused-model", "warning", "a model that is never called"),
        Code("ARC406", "target-seen", "warning", "the next step is predicted by what has seen it"),
        Code("ARC407", "time-distributed-steps", "warning", "TimeDistributed over steps of any number"),
        Code("ARC408", "loose-type", "warning", "a value of another type that Keras takes"),
        Code("ARC409", "taken-otherwise", "warning", "Keras runs it, but not as it reads"),
        Code("ARC410", "padding-counted", "warning", "padding that counts as data"),
        Code("ARC450", "training-overridden", "warning", "a call says of training what fit and predict override"),
        Code("ARC480", "unused-ignore", "warning", "a comment that ignores nothing"),
        Code("ARC501", "data-unreadable", "error", "a data file cannot be read"),
        Code("ARC502", "data-missing", "error", "the data lack an array or a column"),
        Code("ARC503", "data-shape", "error", "the data have another shape"),
        Code("ARC504", "data-dtype", "error", "the data have another dtype"),
        Code("ARC505", "data-values", "error", "the data hold what is no number, or no code"),
        Code("ARC506", "data-too-short", "error", "the data are too short"),
        Code("ARC601", "import-failed", "error", "a class of your own cannot be imported"),
        Code("ARC602", "signature-differs", "error", "a class of your own is not what the spec says of it"),
    )
}


def code_of(written: str) -> Code | None:
    """The code that is meant, by its number or its slug in any case."""
    wanted = written.strip().lower().replace("_", "-")
    return next((one for one in CODES.values() if wanted in (one.code.lower(), one.slug)), None)
