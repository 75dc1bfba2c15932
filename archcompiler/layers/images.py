"""Images: resized, cropped, rescaled, and changed at random while training."""

from __future__ import annotations

from typing import cast

from archcompiler.diagnostics import Problem
from archcompiler.dims import Dim
from archcompiler.layers.rows import Call, Result, Row, floats_fault
from archcompiler.wording import shown

IMAGES = "(batch, height, width, channels), or one image (height, width, channels)"

FACTORS = {
    **dict.fromkeys(
        ("RandomContrast", "RandomHue", "RandomSharpness", "RandomErasing", "RandomGaussianBlur", "RandomInvert",
         "RandomPerspective", "CutMix", "RandAugment", "AugMix", "RandomElasticTransform", "RandomGrayscale"),
        (0, 1),
    ),
    **dict.fromkeys(("RandomBrightness", "RandomColorDegeneration", "RandomSaturation"), (-1, 1)),
    "RandomPosterization": (1, 8),
}  # fmt: skip
"""Between what `factor` lies."""


CHANNELS = {
    **dict.fromkeys(("RandomColorDegeneration", "RandomColorJitter", "RandomHue", "RandomSaturation"), (3,)),
    **dict.fromkeys(("AugMix", "RandAugment", "RandomGrayscale"), (1, 3)),
}
"""How many channels the images have: red, green and blue, or one for grey."""


def augmented(call: Call) -> Result | Problem:
    """The images' own shape, in the layer's dtype."""
    name = call.thing.class_name
    if name in ("RandomContrast", "RandomSaturation"):
        fault = floats_fault(call)
        if fault is not None:
            return fault
    return factor_fault(call) or _channels_fault(call) or call.gives(*call.input.axes)


def equalization(call: Call) -> Result | Problem:
    """The images' own shape and dtype."""
    return call.gives(*call.input.axes, dtype=call.input.dtype)


def _channels_fault(call: Call) -> Problem | None:
    wanted = CHANNELS.get(call.thing.class_name)
    channels = call.input.axes[-3 if call["data_format"] == "channels_first" else -1]
    if wanted is None or not isinstance(channels, int) or channels in wanted:
        return None
    return call.fault(
        "ARC202",
        f"{call.thing.class_name} takes images of {' or '.join(map(str, wanted))} channels, but {call.input} has {channels}",
        help="red, green and blue; `data_format` says where the channels are" if wanted == (3,) else None,
    )


def factor_fault(call: Call) -> Problem | None:
    """What is wrong with `factor`: a number within bounds, or two between which one is drawn."""
    bounds = FACTORS.get(call.thing.class_name)
    value = call["factor"]
    if bounds is None or value is None:
        return None
    low, high = bounds
    entries = cast("list[float]", value if isinstance(value, list) else [value])
    outside = (
        not low <= entries[0] <= high
        if not isinstance(value, list)
        else len(entries) != 2 or entries[0] > high or entries[1] < low
    )
    if not outside:
        return None
    return call.fault(
        "ARC113",
        f"`factor` of {call.thing.class_name} is a number from {low} to {high}, or a list of two, but {shown(value)} is "
        "given",
        argument="factor",
    )


def resized(call: Call) -> Result | Problem:
    """(batch, height, width, channels) → the same with the layer's `height` and `width`."""
    axes: list[Dim] = list(call.input.axes)
    first = -3 if call["data_format"] != "channels_first" else -2
    axes[first : first + 2 or None] = [call.whole("height"), call.whole("width")]
    return call.gives(*axes)


def rescaling(call: Call) -> Result | Problem:
    """x * scale + offset; lists are laid over the last axes."""
    for name in ("scale", "offset"):
        value = call[name]
        size = len(cast("list[object]", value)) if isinstance(value, list) else 1
        last = call.input.axes[-1]
        if isinstance(last, int) and size not in (1, last) and last != 1:
            return call.fault(
                "ARC202",
                f"`{name}` of Rescaling has {size} numbers, but the last axis of {call.input} has {last}",
                argument=name,
                help="one number for all, or one for each entry of the last axis",
            )
    return call.gives(*call.input.axes)


def _rows(*names: str) -> tuple[Row, ...]:
    return tuple(
        Row(name, equalization if name == "Equalization" else augmented, (3, 4), IMAGES, time="all") for name in names
    )


ROWS = (
    Row("Rescaling", rescaling, (1, None), mask="keep"),
    *(Row(name, resized, (3, 4), IMAGES, time="none") for name in ("Resizing", "CenterCrop", "RandomCrop")),
    *_rows(
        "AugMix", "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "CutMix", "Equalization",
        "MaxNumBoundingBoxes", "MixUp", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
        "RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing", "RandomFlip",
        "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective",
        "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
        "RandomTranslation", "RandomZoom", "Solarization",
    ),
)  # fmt: skip
