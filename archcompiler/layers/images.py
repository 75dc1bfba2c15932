"""Images: resized, cropped, rescaled, and changed at random while training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.rows import Call, Result, Row, Rule, Time, floats_fault
from archcompiler.wording import shown

IMAGES = "(batch, height, width, channels), or one image (height, width, channels)"

UNIT, SIGNED = (0, 1), (-1, 1)
Bounds = Mapping[str, tuple[float, float]]
WITHIN_UNIT: Bounds = {"factor": UNIT, "scale": UNIT}
WITHIN_SIGNED: Bounds = {"factor": SIGNED, "height_factor": SIGNED, "width_factor": SIGNED}
FACTORS: Mapping[str, Bounds] = {
    **dict.fromkeys(
        (
            "RandomContrast", "RandomHue", "RandomSharpness", "RandomInvert", "CutMix", "AugMix",
            "RandAugment", "RandomGrayscale", "RandomErasing", "RandomElasticTransform", "RandomPerspective"
        ),
        WITHIN_UNIT
    ),
    **dict.fromkeys(
        (
            "RandomBrightness", "RandomColorDegeneration", "RandomSaturation", "RandomRotation", "RandomTranslation",
            "RandomZoom"
        ),
        WITHIN_SIGNED
    ),
    "RandomPosterization": {"factor": (1, 8)},
    "RandomGaussianBlur": {"factor": UNIT, "sigma": UNIT},
    "RandomShear": {"x_factor": UNIT, "y_factor": UNIT},
    "Solarization": {"addition_factor": UNIT, "threshold_factor": UNIT},
    "RandomColorJitter": {
        "brightness_factor": SIGNED, "contrast_factor": UNIT, "saturation_factor": SIGNED, "hue_factor": UNIT,
    },
}  # fmt: skip
"""Between what the strength of a change lies: a number, or two between which one is drawn."""
BOTH_WITHIN = ("RandomTranslation", "RandomZoom", "RandomShear", "Solarization", "AugMix", "RandAugment")
"""Layers that want both of two numbers within the bounds; others take two that reach into them."""


CHANNELS = {
    **dict.fromkeys(("RandomColorDegeneration", "RandomColorJitter", "RandomHue", "RandomSaturation"), (3,)),
    **dict.fromkeys(("AugMix", "RandAugment", "RandomGrayscale"), (1, 3)),
}
"""How many channels the images have: red, green and blue, or one for grey."""


def augmented(call: Call) -> Result | Problem:
    """The images' own shape, in the layer's dtype."""
    name = call.thing.class_name
    if name == "CutMix" and call.compute_dtype == "bfloat16" and call.input.rank == 4:
        return call.fault("ARC113", "CutMix fails in bfloat16 when it runs", argument="dtype", help="use float32")
    if name in ("RandomContrast", "RandomSaturation"):
        fault = floats_fault(call)
        if fault is not None:
            return fault
    fault = _range_fault(call) or _factor_fault(call) or _blur_fault(call) or _fill_fault(call)
    return fault or _channels_fault(call) or call.gives(*call.input.axes)


def _range_fault(call: Call) -> Problem | None:
    value = call["value_range"]
    if value is None or call.thing.class_name in ANY_RANGE:
        return None
    if isinstance(value, list) and len(cast("list[float]", value)) == 2:
        return None
    return call.fault(
        "ARC113",
        f"`value_range` of {call.thing.class_name} is a list of two numbers, but {shown(call['value_range'])} is given",
        argument="value_range",
        help="write the least and the greatest: `[0, 255]` or `[0, 1]`",
    )


ANY_RANGE = ("RandomGaussianBlur",)
"""Layers that do not look at the range of their values."""


def _blur_fault(call: Call) -> Problem | None:
    if call.thing.class_name != "RandomGaussianBlur" or all(size % 2 for size in call.wholes("kernel_size", 2)):
        return None
    return call.fault(
        "ARC113",
        f"`kernel_size` of RandomGaussianBlur is odd, but {shown(call['kernel_size'])} is given",
        argument="kernel_size",
    )


def _fill_fault(call: Call) -> Problem | None:
    """A RandomErasing fills with one number, or with a colour."""
    value = call["fill_value"]
    if not isinstance(value, list) or len(cast("list[float]", value)) == 3:
        return None
    return call.fault("ARC113", "`fill_value` of RandomErasing is a number or a list of three", argument="fill_value")


def greyed(call: Call) -> Result | Problem:
    """The images' own shape and dtype."""
    return _factor_fault(call) or _channels_fault(call) or call.gives(*call.input.axes, dtype=call.input.dtype)


def equalized(call: Call) -> Result | Problem:
    """The images' own shape. Keras's own says that its input is its result, which no model can hold; within a Pipeline
    it does not, and needs to know the channels."""
    fault = _range_fault(call)
    if fault is not None:
        return fault
    channels = call.known_size(call.input.axes[-3 if call["data_format"] == "channels_first" else -1], "the channels")
    if isinstance(channels, Problem):
        return replace(channels, message=f"Equalization needs to know how many channels its input {call.input} has")
    return call.gives(*call.input.axes)


def _channels_fault(call: Call) -> Problem | None:
    """A RandomColorJitter wants colours for the saturation and the hue, and always in the last axis."""
    jitter = call.thing.class_name == "RandomColorJitter"
    colours = not jitter or call["saturation_factor"] or call["hue_factor"]
    wanted = CHANNELS.get(call.thing.class_name) if colours else None
    channels = call.input.axes[-3 if call["data_format"] == "channels_first" and not jitter else -1]
    if wanted is None or not isinstance(channels, int) or channels in wanted:
        return None
    counts = " or ".join(map(str, wanted))
    return call.fault(
        "ARC202",
        f"{call.thing.class_name} takes images of {counts} channels, but {call.input} has {channels}",
        help="red, green and blue; `data_format` says where the channels are" if wanted == (3,) else None,
    )


def _factor_fault(call: Call) -> Problem | None:
    name = call.thing.class_name
    for argument, (low, high) in FACTORS.get(name, {}).items():
        value = call[argument]
        entries = cast("list[float]", value if isinstance(value, list) else [] if value is None else [value])
        if not isinstance(value, list):
            wrong = any(not low <= one <= high for one in entries)
        elif name in BOTH_WITHIN:
            wrong = len(entries) != 2 or any(not low <= one <= high for one in entries)
        else:
            wrong = len(entries) != 2 or entries[0] > high or entries[1] < low
        if wrong or (name == "RandomZoom" and low in entries):
            return call.fault(
                "ARC113",
                f"`{argument}` of {name} is a number from {low} to {high}, or a list of two, but "
                f"{shown(call[argument])} is given",
                argument=argument,
            )
    return None


def resized(call: Call) -> Result | Problem:
    """(batch, height, width, channels) → the same with the layer's `height` and `width`."""
    axes: list[Dim] = list(call.input.axes)
    first = -3 if call["data_format"] != "channels_first" else -2
    axes[first : first + 2 or None] = [call.whole("height"), call.whole("width")]
    if call.flag("crop_to_aspect_ratio") and call.flag("pad_to_aspect_ratio"):
        return call.fault(
            "ARC209",
            "`crop_to_aspect_ratio` and `pad_to_aspect_ratio` exclude each other",
            argument="pad_to_aspect_ratio",
        )
    result = call.gives(*axes)
    if call.thing.class_name != "RandomCrop" or call.input.axes == tuple(axes):
        return result
    message = f"RandomCrop leaves images as they are where it is not training, so that `predict` gives {call.input}"
    return replace(result, warnings=(call.fault("ARC409", message, help="crop them in the data, or use `CenterCrop`"),))


def equalized_in_tiles(call: Call) -> Result | Problem:
    """The images' own shape; each side is mirrored until the tiles divide it."""
    fault = _range_fault(call)
    if fault is not None or not isinstance(call["tile_grid_size"], list):
        message = "`tile_grid_size` is a list of two: how many tiles up and how many across"
        return fault or call.fault("ARC113", message, argument="tile_grid_size")
    first = -3 if call["data_format"] != "channels_first" else -2
    for tiles, dim in zip(call.wholes("tile_grid_size", 2), call.input.axes[first:], strict=False):
        if isinstance(dim, int) and -dim % tiles > dim:
            return call.fault(
                "ARC206",
                f"{call.thing.class_name} lays {tiles} tiles along an axis of {call.input} that has only {dim} entries",
                argument="tile_grid_size",
                help="use fewer tiles",
            )
    return call.gives(*call.input.axes)


def rescaling(call: Call) -> Result | Problem:
    """x * scale + offset; lists are laid over the last axes."""
    for name in ("scale", "offset"):
        value = call[name]
        size = len(cast("list[object]", value)) if isinstance(value, list) else 1
        last = call.input.axes[-1]
        if size not in (1, last) and (isinstance(last, int) or call.input.rank == 1):
            return call.fault(
                "ARC202",
                f"`{name}` of Rescaling has {size} numbers, but the last axis of {call.input} is {dims.text(last)}",
                argument=name,
                help="one number for all, or one for each entry of the last axis",
            )
    return call.gives(*call.input.axes)


def _row(name: str, rule: Rule, time: Time = "all") -> Row:
    return Row(name, rule, (3, 4), IMAGES, time=time)


ROWS = (
    Row("Rescaling", rescaling, (1, None), mask="keep"),
    *(_row(name, resized, "none") for name in ("Resizing", "CenterCrop", "RandomCrop")),
    _row("ContrastLimitedAdaptiveHistogramEqualization", equalized_in_tiles),
    _row("Equalization", equalized),
    _row("RandomGrayscale", greyed),
    *(
        _row(name, augmented)
        for name in (
            "AugMix", "AutoContrast", "CutMix", "MaxNumBoundingBoxes", "MixUp", "RandAugment", "RandomBrightness",
            "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomElasticTransform",
            "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomHue", "RandomInvert", "RandomPerspective",
            "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
            "RandomTranslation", "RandomZoom", "Solarization"
        )
    ),
)  # fmt: skip
