"""Sound: waves made into frequencies, window by window."""

from __future__ import annotations

from archcompiler import dims
from archcompiler.diagnostics import Problem
from archcompiler.layers.convolution import join_axes, split_axes, windows
from archcompiler.layers.rows import Call, Result, Row


def stft_spectrogram(call: Call) -> Result | Problem:
    """(batch, steps, channels) → (batch, windows, frequencies * channels), by a convolution with waves that are learnt.

    There are fft_length // 2 + 1 frequencies, twice as many with `mode: stft`.
    """
    length = call.whole("frame_length")
    step, transform = call["frame_step"], call["fft_length"]
    if isinstance(step, int) and not 0 < step <= length:
        return call.fault(
            "ARC209", f"`frame_step` is from 1 to `frame_length`, {length}, but {step} is given", argument="frame_step"
        )
    if isinstance(transform, int) and transform < length:
        return call.fault(
            "ARC209",
            f"`fft_length` is at least `frame_length`, {length}, but {transform} is given",
            argument="fft_length",
        )
    if call.compute_dtype == "bfloat16":
        return call.fault("ARC113", "STFTSpectrogram takes any floating numbers but bfloat16", argument="dtype")
    spatial, channels, last = split_axes(call)
    size = call.known_size(channels, "the channels")
    if isinstance(size, Problem):
        return size
    stride = step if isinstance(step, int) else length // 2
    if stride == 0:
        message = "STFTSpectrogram moves on by half of `frame_length`, which is 1, so that it stands still"
        return call.fault("ARC209", message, argument="frame_length", help="give a `frame_step`, or longer frames")
    counts = windows(call, spatial, (length,), (stride,), "frame_length")
    if isinstance(counts, Problem):
        return counts
    points = transform if isinstance(transform, int) else 2 ** max(length - 1, 0).bit_length()
    frequencies = points // 2 + 1
    mode = call["mode"]
    kernels = 1 if mode in ("real", "imag") else 2
    params = kernels * length * frequencies
    frequencies *= 2 if mode == "stft" else 1
    if call.flag("expand_dims"):
        batch, steps = call.input.axes[0], counts[0]
        axes = (batch, steps, frequencies, size) if last else (batch, size, steps, frequencies)
        return call.gives(*axes, params=params)
    return call.gives(*join_axes(call.input.axes[0], counts, frequencies * size, last), params=params)


def mel_spectrogram(call: Call) -> Result | Problem:
    """(batch, samples) → (batch, num_mel_bins, windows)."""
    transform, length = call.whole("fft_length"), call["sequence_length"]
    if isinstance(length, int) and transform < length:
        return call.fault(
            "ARC209",
            f"`fft_length` is at least `sequence_length`, {length}, but it is {transform}",
            argument="sequence_length",
        )
    if call.compute_dtype == "float64":
        return call.fault(
            "ARC113", "MelSpectrogram fails in float64 when it runs", argument="dtype", help="use float32"
        )
    samples, stride = call.input.axes[-1], call.whole("sequence_stride")
    if isinstance(samples, int) and samples <= transform // 2:
        return call.fault(
            "ARC206",
            f"MelSpectrogram reflects {transform // 2} samples at both ends, but {call.input} has only {samples}",
            argument="fft_length",
            help="use a smaller `fft_length`",
        )
    if call.input.rank == 1 and not isinstance(samples, int):
        return call.fault(
            "ARC201",
            f"MelSpectrogram takes {call.input}, the batch axis, for the samples",
            help="write the samples as an axis of the input: `shape: [16000]`",
        )
    if isinstance(samples, int) and (samples + 1) % stride == 0:
        return call.fault(
            "ARC209",
            f"of {samples} samples and a stride of {stride} Keras says that there are {(samples + 1) // stride + 1} "
            f"windows, and makes {(samples + 1) // stride}",
            argument="sequence_stride",
            help="use a sample more or fewer, or another stride",
        )
    count = dims.floor_divide(dims.add(samples, stride + 1), stride)
    return call.gives(*call.input.axes[:-1], call.whole("num_mel_bins"), count)


ROWS = (
    Row(
        "STFTSpectrogram",
        stft_spectrogram,
        (3, 3),
        "(batch, samples, channels)",
        time="none",
        floats=True,
        weights="2 * frame_length * (fft_length // 2 + 1)",
    ),
    Row("MelSpectrogram", mel_spectrogram, (1, 2), "(batch, samples)", time="none"),
)
