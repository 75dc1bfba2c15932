"""Trains the examples and draws what came of them: one picture an example, in `plots/`.

    python examples/figures.py                        # all of them: some minutes
    python examples/figures.py many_to_one finds_faults --runs runs

A run that is already there is not trained again. Scores are printed, and pictures drawn, of samples held out for
validation; of those that go on alone the picture shows known and generated steps, of writes_text the losses.
"""

from __future__ import annotations

import argparse
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import numpy as np

HERE = Path(__file__).parent
Draw = Callable[[Any, Path, datasets.Arrays], str]


def held_out(arrays: datasets.Arrays, share: float = datasets.VALIDATION) -> tuple[datasets.Arrays, datasets.Arrays]:
    """What is trained on, and what is held out."""
    parting = datasets.training_size(len(next(iter(arrays.values()))), share)
    return ({key: one[:parting] for key, one in arrays.items()}, {key: one[parting:] for key, one in arrays.items()})


def mean_error(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.abs(found - wanted).mean())


def loaded(run: Path) -> Any:
    import keras

    # The program that was trained knows the classes that Keras lacks.
    runpy.run_path(str(run / f"{run.name}.py"))
    return keras.models.load_model(run / "model.keras")


# --- one function an example: it draws, and says how good the model is -----------------------------------------------


def many_to_many(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    _, rest = held_out(arrays)
    chance = loaded(run).predict(rest["thermometer"], verbose=0)
    wet = rest["wet"][0, :, 0]
    axes.bar(np.flatnonzero(wet), 1, width=0.9, alpha=0.2, label="it was wet")
    axes.plot(chance[0, :, 0], marker=".", label="chance, by the model")
    axes.set(xlabel="day", ylabel="chance of rain", ylim=(0, 1))
    right = np.mean((chance > 0.5) == (rest["wet"] > 0.5))
    return f"right {right:.3f}; always dry {np.mean(rest['wet'] < 0.5):.3f}"


def many_to_one(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    _, rest = held_out(arrays)
    found = loaded(run).predict(rest["weather"], verbose=0)
    axes.plot(rest["temp_max"][:90, 0], label="it was")
    axes.plot(found[:90, 0], label="foretold the day before")
    axes.set(xlabel="day held out", ylabel="highest temperature\n(deviations)")
    today = rest["weather"][:, -1, [datasets.TEMP_MAX]]
    score = mean_error(found, rest["temp_max"])
    return f"mean error {score:.3f}; as today {mean_error(today, rest['temp_max']):.3f}"


def days_unfolded(axes: Any, found: np.ndarray, wanted: np.ndarray) -> str:
    """Hourly temperatures (samples, 24, 1) of the days held out, of which four are drawn."""
    for place, sample in enumerate((1, 40, 90, 140)):
        hours = np.arange(24) + 25 * place
        axes.plot(hours, wanted[sample, :, 0], color="C0", label="it was" if not place else None)
        axes.plot(hours, found[sample, :, 0], color="C1", linestyle="--", label="the model" if not place else None)
    axes.set(xlabel="hour, of four days held out", ylabel="temperature\n(deviations)")
    return f"mean error {mean_error(found, wanted):.3f}"


def one_to_many_repeat(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    _, rest = held_out(arrays)
    return days_unfolded(axes, loaded(run).predict(rest["day"], verbose=0), rest["temperatures"])


def one_to_many_generated(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    _, rest = held_out(arrays)
    ahead = loaded(run).predict([rest["day"], rest["temperatures"][:, :-1]], verbose=0)
    days = generated("one_to_many_generated", run)["next_hour"]
    score = days_unfolded(axes, days, rest["temperatures"][:, 1:])
    return f"{score}; an hour ahead {mean_error(ahead, rest['temperatures'][:, 1:]):.3f}"


def stateful_next_step(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    """The state runs on from what is trained on into what is held out."""
    hours, model = arrays["temperatures"], loaded(run)
    found = np.concatenate([model.predict_on_batch(hours[i : i + 8, :-1]) for i in range(0, len(hours), 8)])
    parting = datasets.training_size(len(hours))
    hours, found = hours[parting:], found[parting:]
    row = slice(0, 8 * 4, 8)  # four days on end of the first stretch
    axes.plot(hours[row, 1:, 0].ravel(), label="it was")
    axes.plot(found[row, :, 0].ravel(), linestyle="--", label="foretold the hour before")
    axes.set(xlabel="hour held out", ylabel="Seattle's temperature\n(of the range)")
    return (
        f"mean error {mean_error(found, hours[:, 1:]):.3f}; as this hour {mean_error(hours[:, :-1], hours[:, 1:]):.3f}"
    )


def autoencoder(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    _, rest = held_out(arrays)
    weather = rest["weather"]
    found = loaded(run).predict(weather, verbose=0)
    for feature, label in ((datasets.TEMP_MAX, "highest"), (datasets.TEMP_MIN, "lowest")):
        (line,) = axes.plot(weather[60, :, feature], label=f"{label} temperature")
        axes.plot(found[60, :, feature], linestyle="--", color=line.get_color(), label="drawn from 8 numbers")
    axes.set(xlabel="day", ylabel="of the range")
    return f"squared error {np.mean((found - weather) ** 2):.3f}"


def word_classifier(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    _, rest = held_out(arrays, datasets.VALIDATION_WORDS)
    words = rest["words"]
    chances = loaded(run).predict(words[:, :-1], verbose=0)
    rank = (chances > np.take_along_axis(chances, words[:, 1:, None], axis=-1)).sum(axis=-1) + 1
    places = np.arange(1, 101)
    axes.plot(places, [np.mean(rank <= place) for place in places])
    axes.set(xlabel="the true next word is among the likeliest …", ylabel="share of words", ylim=(0, 1))
    return f"right {np.mean(rank == 1):.3f}; among the likeliest ten {np.mean(rank <= 10):.3f}"


def two_inputs(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    _, rest = held_out(arrays)
    found = loaded(run).predict([rest["weather"], rest["season"]], verbose=0)
    week = rest["week_ahead"]
    for place, sample in enumerate((20, 90, 160, 230)):
        days = np.arange(14 + 7) + 23 * place
        past = rest["weather"][sample, :, datasets.TEMP_MAX]
        axes.plot(days, [*past, *week[sample]], color="C0", label="it was" if not place else None)
        axes.plot(days[14:], found[sample], color="C1", linestyle="--", label="the week ahead" if not place else None)
    axes.set(xlabel="day, of four stretches held out", ylabel="highest temperature\n(deviations)")
    return f"mean error {mean_error(found, week):.3f}"


# Faults, each made in its windows (samples, 48, 2) where they stand.


def stuck(windows: np.ndarray, random: np.random.Generator) -> None:
    """A thermometer says the same for twelve hours."""
    for window in windows:
        city, hour = random.integers(2), random.integers(6, 36)
        window[hour : hour + 12, city] = window[hour, city]


def late(windows: np.ndarray, random: np.random.Generator) -> None:
    """A clock is three hours slow."""
    for window in windows:
        city = random.integers(2)
        window[:, city] = np.roll(window[:, city], 3)


def swapped(windows: np.ndarray, random: np.random.Generator) -> None:
    """The two cables are swapped."""
    windows[:] = windows[..., ::-1]


def off(windows: np.ndarray, random: np.random.Generator) -> None:
    """A thermometer shows 6 °F too much, or too little."""
    for window in windows:
        window[:, random.integers(2)] += 6 * random.choice([-1, 1])


def spike(windows: np.ndarray, random: np.random.Generator) -> None:
    """One hour is 15 °F too high, or too low."""
    for window in windows:
        window[random.integers(48), random.integers(2)] += 15 * random.choice([-1, 1])


FAULTS = (stuck, late, swapped, off, spike)


def finds_faults(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    """A window is called faulty where its mean error is above that of 99 in 100 of those trained on."""
    training, rest = (one["temperatures"] for one in held_out(arrays))
    low, high = training.min(axis=(0, 1)), training.max(axis=(0, 1))
    model = loaded(run)

    def scaled(windows: np.ndarray) -> np.ndarray:
        return (windows - low) / (high - low)

    def autoencoder_error(windows: np.ndarray) -> np.ndarray:
        return np.abs(model.predict(scaled(windows), verbose=0, batch_size=256) - scaled(windows)).mean(axis=(1, 2))

    flat = scaled(training).reshape(len(training), -1)
    components = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)[2][:6]

    def components_error(windows: np.ndarray) -> np.ndarray:
        centred = scaled(windows).reshape(len(windows), -1) - flat.mean(axis=0)
        return np.abs(centred - centred @ components.T @ components).mean(axis=1)

    faulty = {}
    for fault in FAULTS:
        faulty[fault.__name__] = rest.copy()
        fault(faulty[fault.__name__], np.random.default_rng(0))
    told, limits = [], []
    for rival, error in (("autoencoder", autoencoder_error), ("6 principal components", components_error)):
        limits.append(limit := np.quantile(error(training), 0.99))
        found = {name: np.mean(error(windows) > limit) for name, windows in {"no fault": rest, **faulty}.items()}
        told.append(f"{rival}: " + ", ".join(f"{name} {share:.3f}" for name, share in found.items()))
    bins = np.geomspace(0.005, 0.5, 60)
    for name, windows in {"no fault": rest, **faulty}.items():
        shape: Any = {"histtype": "stepfilled", "alpha": 0.4} if windows is rest else {"histtype": "step"}
        axes.hist(autoencoder_error(windows), bins=bins, label=name, **shape)
    axes.axvline(limits[0], color="black", linewidth=0.8, linestyle=":")
    axes.set(xscale="log", xlabel="mean error of a window, of the range", ylabel="windows")
    return "called faulty, by " + "; by ".join(told)


# --- reuse and wiring ------------------------------------------------------------------------------------------------


def in_a_row(axes: Any, images: np.ndarray, titles: list[str]) -> None:
    """Images (count, 32, 32, 1) beside each other, each with a title below."""
    axes.imshow(np.concatenate(list(images[..., 0]), axis=1), cmap="gray_r")
    axes.set_xticks([32 * at + 16 for at in range(len(images))], titles)
    axes.set_yticks([])


def resnet20(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    _, rest = held_out(arrays)
    found = loaded(run).predict(rest["images"], verbose=0).argmax(axis=-1)
    some = slice(7, len(found), len(found) // 15)
    in_a_row(axes, rest["images"][some], [f"{code}" for code in found[some]])
    train, _ = held_out(arrays)
    means = np.stack([train["images"][train["digit"] == code].mean(axis=0) for code in range(10)])
    nearest = ((rest["images"][:, None] - means) ** 2).sum(axis=(2, 3, 4)).argmin(axis=1)
    return (
        f"right {np.mean(found == rest['digit']):.3f}; the nearest mean image {np.mean(nearest == rest['digit']):.3f}"
    )


def siamese(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    _, rest = held_out(arrays)
    chance = loaded(run).predict([rest["left"], rest["right"]], verbose=0)
    some = slice(7, len(chance), len(chance) // 12)
    pairs = np.concatenate([rest["left"][some], rest["right"][some]], axis=1)
    in_a_row(axes, pairs, [f"{one:.2f}" for one in chance[some, 0]])
    apart = ((rest["left"] - rest["right"]) ** 2).sum(axis=(1, 2, 3))
    train, _ = held_out(arrays)
    known = ((train["left"] - train["right"]) ** 2).sum(axis=(1, 2, 3))
    limit = max(
        np.quantile(known, np.linspace(0, 1, 101)), key=lambda one: np.mean((known < one) == train["same"][:, 0])
    )
    right = np.mean((chance > 0.5) == rest["same"])
    return f"right {right:.3f}; by the pixels' distance {np.mean((apart < limit) == rest['same'][:, 0]):.3f}"


def wavenet(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    train, rest = held_out(arrays)
    text = rest["text"]
    chances = loaded(run).predict(text[:, :-1], verbose=0)
    right = chances.argmax(axis=-1) == text[:, 1:]
    axes.plot(right.mean(axis=0))
    axes.set(xlabel="characters seen", ylabel="share of next characters that are right", ylim=(0, 1))
    pairs = np.zeros((66, 66))
    np.add.at(pairs, (train["text"][:, :-1], train["text"][:, 1:]), 1)
    return f"right {right.mean():.3f}; the likeliest after the last one {np.mean(pairs.argmax(axis=1)[text[:, :-1]] == text[:, 1:]):.3f}"


def seq2seq_attention(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    """Not by teacher forcing: the two exported halves go on alone, each letter fed back."""
    _, rest = held_out(arrays)
    program = runpy.run_path(str(run / f"{run.name}.py"))
    model = loaded(run)
    read, write = program["reader_of"](model), program["writer_of"](model)
    sequence, h, c = read.predict(rest["written"], verbose=0)
    letters = np.zeros_like(rest["so_far"])
    letters[:, 0] = datasets.START
    for at in range(10):
        told = write.predict([letters, sequence, h, c], verbose=0)[:, at].argmax(axis=-1)
        if at < 9:
            letters[:, at + 1] = told
    found = np.concatenate([letters[:, 1:], told[:, None]], axis=1)
    right = found == rest["next_letter"]
    axes.bar(range(10), right.mean(axis=0))
    axes.set(xticks=range(10), xticklabels=list("YYYY-MM-DD"), ylabel="share of letters that are right", ylim=(0, 1))
    return f"letters right {right.mean():.3f}; whole dates {right.all(axis=1).mean():.3f}"


def transformer_classifier(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    train, rest = held_out(arrays)
    found = loaded(run).predict(rest["words"], verbose=0).argmax(axis=-1)
    right = found == rest["topic"]
    axes.bar(range(8), [right[rest["topic"] == topic].mean() for topic in range(8)])
    axes.set(xlabel="topic", ylabel="share that is right", ylim=(0, 1))
    counts = np.ones((8, 1000))
    np.add.at(counts, (np.repeat(train["topic"], 40), train["words"].ravel()), 1)
    odds = np.log(counts / counts.sum(axis=1, keepdims=True))
    bayes = odds[:, rest["words"]].sum(axis=-1).argmax(axis=0)
    return f"right {right.mean():.3f}; naive Bayes {np.mean(bayes == rest['topic']):.3f}"


def temporal_convolution(axes: Any, run: Path, arrays: datasets.Arrays) -> str:
    _, rest = held_out(arrays)
    found = loaded(run).predict(rest["temperatures"], verbose=0)
    for city, label in enumerate(("Seattle", "San Francisco")):
        (line,) = axes.plot(rest["later"][:96, city], label=f"{label}, six hours on")
        axes.plot(found[:96, city], linestyle="--", color=line.get_color(), label="foretold")
    axes.set(xlabel="hour", ylabel="deviations")
    now, day_before = rest["temperatures"][:, -1], rest["temperatures"][:, -18 - 1]
    return (
        f"mean error {mean_error(found, rest['later']):.3f}; as now {mean_error(now, rest['later']):.3f}; "
        f"as a day before {mean_error(day_before, rest['later']):.3f}"
    )


DRAWN: dict[str, Draw] = {
    draw.__name__: draw
    for draw in (
        many_to_many,
        many_to_one,
        one_to_many_repeat,
        one_to_many_generated,
        stateful_next_step,
        autoencoder,
        word_classifier,
        two_inputs,
        finds_faults,
        resnet20,
        wavenet,
        seq2seq_attention,
        transformer_classifier,
        siamese,
        temporal_convolution,
    )
}
GENERATED = ("goes_on_alone", "goes_on_alone_stateful")
"""What `archcompiler generate --plot` draws."""
TRAINED = ("writes_text",)
"""Whose losses are drawn, as `archcompiler train` draws them."""


# --- the commands, as a person gives them ----------------------------------------------------------------------------


def archcompiler(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "archcompiler", *map(str, arguments)], check=True)


def train(name: str, run: Path) -> None:
    if (run / "model.keras").is_file():
        return
    data = run.parent / f"{name}.npz"
    run.parent.mkdir(parents=True, exist_ok=True)
    np.savez(data, **datasets.load(name))
    archcompiler("train", HERE / f"{name}.yaml", "--data", data, "-o", run, "--seed", "1")


def generated(name: str, run: Path, *options: str | Path) -> datasets.Arrays:
    """What the run's model goes on with, from the start that datasets.py gives."""
    start, answer = run.parent / f"{name}_start.npz", run.parent / f"{name}_generated.npz"
    np.savez(start, **datasets.as_stored(datasets.start_of(name)))
    archcompiler("generate", run, "--start", start, "-o", answer, *options)
    with np.load(answer) as arrays:
        return dict(arrays)


def draw(name: str, run: Path, picture: Path) -> None:
    if name in GENERATED:
        generated(name, run, "--plot", picture)
        return
    if name in TRAINED:
        shutil.copy(run / "loss.png", picture)
        return
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 3.2), layout="constrained")
    score = DRAWN[name](axes, run, datasets.load(name))
    axes.set_title(name, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(picture, dpi=80)
    print(f"{name}: {score}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the examples and draw what came of them.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="the examples (default: all)")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where the trained models are kept")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "plots", help="where the pictures go")
    options = parser.parse_args()
    known = (*DRAWN, *GENERATED, *TRAINED)
    if unknown := set(options.names) - set(known):
        parser.error(f"there is no example {', '.join(sorted(unknown))}")
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.names or known:
        train(name, options.runs / name)
        draw(name, options.runs / name, options.output / f"{name}.png")


if __name__ == "__main__":
    main()
