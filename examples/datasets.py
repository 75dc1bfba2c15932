"""Real data for the examples, made from files that Python packages ship. Nothing is downloaded.

    python examples/datasets.py --list
    python examples/datasets.py many_to_one -o many_to_one.npz

Each file holds one array an input of the spec, under the input's name, and one a target, under the output's
name. A target that is `same_as` or `next_step_of` an input has no array of its own.

The sources are NOAA's daily weather in Seattle, 2012 to 2015, and hourly temperatures in Seattle and San Francisco
through one year, both as `vega_datasets` ships them (`pip install vega_datasets`), and the English of Python's own
language reference, as the standard library ships it (`pydoc_data.topics`; its text differs a little between versions of Python).

Whoever validates on what was trained on learns nothing, so everywhere here
- the last fifth of the samples (of the words, the last tenth) is for validation, just what `validation_split` takes,
  since Keras cuts it off before it shuffles; samples keep the order of time (one_to_many_repeat, which fills in a year, apart);
- a window that lies across that boundary is dropped, so that no day is on both sides;
- means, deviations, ranges and the vocabulary are those of the training part alone.
"""

from __future__ import annotations

import argparse
import csv
import math
import re
from collections import Counter
from importlib.resources import files

import numpy as np

Arrays = dict[str, np.ndarray]

VALIDATION = 0.2  # `validation_split` of every spec but word_classifier
VALIDATION_WORDS = 0.1  # and of that one
UNKNOWN = 0  # the word for every word outside the vocabulary

FEATURES = ("precipitation", "temp_max", "temp_min", "wind")
TEMP_MAX, TEMP_MIN = 1, 2


# --- sources ---------------------------------------------------------------------------------------------------------


def table(name: str) -> list[dict[str, str]]:
    """The rows of one of vega_datasets' CSV files."""
    with (files("vega_datasets") / "_data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def weather() -> np.ndarray:
    """Daily weather in Seattle, (1461 days, 4 FEATURES): mm, °C, °C, m/s."""
    rows = table("seattle-weather.csv")
    return np.array([[float(row[feature]) for feature in FEATURES] for row in rows])


def seasons() -> np.ndarray:
    """Where in the year each day of `weather` stands, (1461 days, 2): a point on a circle, so that December meets January."""
    days = [row["date"].replace("/", "-") for row in table("seattle-weather.csv")]
    return circle(np.array(days, dtype="datetime64[D]"))


def temperatures(city: str) -> np.ndarray:
    """Hourly temperatures of 2010, (8760 hours,), in °F. The hour that summer time skips repeats the one before."""
    hourly = {row["date"][:13]: float(row["temp"]) for row in table(f"{city}-temps.csv")}
    hours = np.arange("2010-01-01T00", "2011-01-01T00", dtype="datetime64[h]")
    filled: list[float] = []
    for hour in hours:
        filled.append(hourly.get(str(hour).replace("-", "/").replace("T", " ")) or filled[-1])
    return np.array(filled)


def both_cities() -> np.ndarray:
    """Hourly temperatures of Seattle and San Francisco in 2010, (8760 hours, 2), in °F."""
    return np.stack([temperatures("seattle"), temperatures("sf")], axis=-1)


def words() -> list[str]:
    """The words and punctuation marks of Python's language reference, in lower case."""
    from pydoc_data.topics import topics

    text = " ".join(topics[topic] for topic in sorted(topics)).lower()
    return re.findall(r"[a-z]+(?:'[a-z]+)?|[.,;:()]", text)


# --- steps -----------------------------------------------------------------------------------------------------------


def circle(dates: np.ndarray) -> np.ndarray:
    """(days,) dates -> (days, 2): sine and cosine of the time of year."""
    day_of_year = (dates - dates.astype("datetime64[Y]")).astype(int)
    angle = 2 * np.pi * day_of_year / 365.25
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1)


def training_size(samples: int, validation: float = VALIDATION) -> int:
    """How many of the samples Keras keeps for training, by its own formula."""
    return math.floor(samples * (1.0 - validation))


def training_steps(steps: int, length: int) -> int:
    """Where to part a series, so that the windows of both parts together are split by `validation_split` right there."""
    return training_size(steps - 2 * (length - 1)) + length - 1


def windows(series: np.ndarray, length: int) -> np.ndarray:
    """(steps, features) -> (samples, length, features): every window that lies wholly before or wholly after the parting."""
    parting = training_steps(len(series), length)
    parts = (series[:parting], series[parting:])
    cut = [np.lib.stride_tricks.sliding_window_view(part, length, axis=0) for part in parts]
    return np.concatenate(cut).swapaxes(1, 2)


def standardise(values: np.ndarray, training: int) -> np.ndarray:
    """Mean 0 and deviation 1 in the first `training` rows."""
    return (values - values[:training].mean(axis=0)) / values[:training].std(axis=0)


def into_unit_range(values: np.ndarray, training: int) -> np.ndarray:
    """-1 to 1 in the first `training` rows: what the tanh of an LSTM can give."""
    low, high = values[:training].min(axis=0), values[:training].max(axis=0)
    return 2 * (values - low) / (high - low) - 1


# --- one function an example -----------------------------------------------------------------------------------------


def many_to_many(days: int = 28) -> Arrays:
    """thermometer (1407, 28, 2): the day's highest and lowest temperature; wet (1407, 28, 1): 1 where it rained or snowed."""
    raw = weather()
    wet = (raw[:, :1] > 0).astype(float)
    thermometer = standardise(raw[:, [TEMP_MAX, TEMP_MIN]], training_steps(len(raw), days))
    return {"thermometer": windows(thermometer, days), "wet": windows(wet, days)}


def many_to_one(days: int = 14) -> Arrays:
    """weather (1433, 14, 4): two weeks; temp_max (1433, 1): the highest temperature of the day after, standardised alike."""
    raw = weather()
    cut = windows(standardise(raw, training_steps(len(raw), days + 1)), days + 1)
    return {"weather": cut[:, :-1], "temp_max": cut[:, -1, [TEMP_MAX]]}


def one_to_many_repeat() -> Arrays:
    """day (730, 3): time of year (2) and city (0 Seattle, 1 San Francisco); temperatures (730, 24, 1): that day's, by the hour.

    Every fifth day is for validation, and stands at the end: the year is filled in, not foretold.
    """
    dates = circle(np.arange("2010-01-01", "2011-01-01", dtype="datetime64[D]"))
    held_out = np.arange(365) % 5 == 4
    order = np.concatenate([np.flatnonzero(~held_out), np.flatnonzero(held_out)])
    city = np.broadcast_to(np.array([0.0, 1.0])[None, :, None], (365, 2, 1))
    day = np.concatenate([np.repeat(dates[:, None], 2, axis=1), city], axis=-1)
    hourly = np.stack([temperatures("seattle").reshape(365, 24), temperatures("sf").reshape(365, 24)], axis=1)
    day, hourly = day[order].reshape(730, 3), hourly[order].reshape(730, 24, 1)
    training = hourly[: training_size(730)]
    return {"day": day, "temperatures": (hourly - training.mean()) / training.std()}


def one_to_many_generated() -> Arrays:
    """day (730, 3) as in one_to_many_repeat; temperatures (730, 25, 1): a zero for "nothing yet", then that day's hours."""
    same = one_to_many_repeat()
    hours = same["temperatures"]
    return {"day": same["day"], "temperatures": np.concatenate([np.zeros_like(hours[:, :1]), hours], axis=1)}


def stateful_next_step(batch_size: int = 8, hours: int = 24) -> Arrays:
    """temperatures (360, 25, 2): Seattle and San Francisco, hour by hour, a day and the hour after, from -1 to 1.

    The year is parted into 8 stretches, one a row of the batch, and sample i + 8 goes on where sample i ends.
    """
    rows = both_cities().reshape(batch_size, -1, 2)  # (8 stretches, 1095 hours, 2)
    steps = (rows.shape[1] - 1) // hours  # batches in an epoch
    training = rows[:, : training_size(steps) * hours].reshape(-1, 2)
    rows = into_unit_range(np.concatenate([training, rows.reshape(-1, 2)]), len(training))[len(training) :].reshape(
        rows.shape
    )
    cut = [rows[:, step * hours : (step + 1) * hours + 1] for step in range(steps)]
    return {"temperatures": np.concatenate(cut)}


def autoencoder(days: int = 14) -> Arrays:
    """weather (1435, 14, 4): two weeks, from -1 to 1."""
    raw = weather()
    return {"weather": windows(into_unit_range(raw, training_steps(len(raw), days)), days)}


def word_classifier(steps: int = 10, vocabulary: int = 2000) -> Arrays:
    """words (7939, 11): codes of the words in the order of the text; 0 is every word that is not among the most frequent."""
    text = words()
    samples = (len(text) - 1) // steps
    training = text[: training_size(samples, VALIDATION_WORDS) * steps]
    frequent = [word for word, _ in Counter(training).most_common(vocabulary - 1)]
    code = {word: number for number, word in enumerate(frequent, start=UNKNOWN + 1)}
    codes = np.array([code.get(word, UNKNOWN) for word in text])
    return {"words": np.stack([codes[i * steps : (i + 1) * steps + 1] for i in range(samples)]).astype("int32")}


def two_inputs(days: int = 14, ahead: int = 7) -> Arrays:
    """weather (1421, 14, 4): two weeks; season (1421, 2): time of year of their last day; week_ahead (1421, 7): the next seven temp_max."""
    raw = weather()
    length = days + ahead
    cut = windows(standardise(raw, training_steps(len(raw), length)), length)
    season = windows(seasons(), length)[:, days - 1]
    return {"weather": cut[:, :days], "season": season, "week_ahead": cut[:, days:, TEMP_MAX]}


def finds_faults(hours: int = 48, stride: int = 3) -> Arrays:
    """temperatures (2889, 48, 2): two days in Seattle and San Francisco, every third hour, in °F."""
    return {"temperatures": windows(both_cities(), hours)[::stride]}


def goes_on_alone() -> Arrays:
    """temperatures (8760, 2): Seattle and San Francisco, hour by hour through a year, in °F."""
    return {"temperatures": both_cities()}


def goes_on_alone_stateful() -> Arrays:
    """temperatures (8760, 2): as goes_on_alone."""
    return goes_on_alone()


ALPHABET = "\n !\"#%&'()*+,-./0123456789:;<=>?@[]^_`abcdefghijklmnopqrstuvwxyz{|"
"""The characters of writes_text, each a code by its place; all others are left out."""


def characters(text: str) -> np.ndarray:
    """The codes of a text, in lower case, spaces taken together."""
    plain = re.sub(r" +", " ", re.sub(r"\n\s*\n+", "\n", text.lower()))
    return np.array([ALPHABET.index(letter) for letter in plain if letter in ALPHABET])


def writes_text(length: int = 200_000) -> Arrays:
    """text (200000,): codes of the characters of Python's language reference."""
    from pydoc_data.topics import topics

    return {"text": characters("".join(topics[topic] for topic in sorted(topics)))[:length]}


FONTS = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique", "DejaVuSansDisplay",
    "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic", "DejaVuSerif-BoldItalic", "DejaVuSerifDisplay",
    "cmr10", "cmb10", "cmss10", "STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta",
    "DejaVuSansMono", "DejaVuSansMono-Bold", "cmtt10", "DejaVuSansMono-Oblique", "DejaVuSansMono-BoldOblique",
)  # fmt: skip
"""Fonts that matplotlib ships; the last fifth of them, the typewriters, is held out."""


def digits(copies: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Images (samples, 32, 32, 1) from 0 to 1 of the ten digits in every font, turned and moved, and which digit each is."""
    from matplotlib import get_data_path
    from PIL import Image, ImageDraw, ImageFont

    random = np.random.default_rng(0)
    images, codes = [], []
    for name in FONTS:
        font = ImageFont.truetype(f"{get_data_path()}/fonts/ttf/{name}.ttf", 24)
        for digit in range(10):
            for _ in range(copies):
                image = Image.new("L", (32, 32))
                place = (16 + random.uniform(-3, 3), 16 + random.uniform(-3, 3))
                ImageDraw.Draw(image).text(place, str(digit), fill=255, font=font, anchor="mm")
                images.append(np.asarray(image.rotate(random.uniform(-20, 20), Image.Resampling.BILINEAR)) / 255)
                codes.append(digit)
    return np.array(images)[..., None], np.array(codes)


def resnet20() -> Arrays:
    """images (5280, 32, 32, 1): digits in 22 fonts; digit (5280,): which. The last fifth are fonts for validation."""
    images, codes = digits()
    return {"images": images, "digit": codes}


def siamese() -> Arrays:
    """left, right (5280, 32, 32, 1): two digits, the last fifth in fonts for validation; same (5280, 1): 1 where they are one."""
    images, codes = digits()
    random = np.random.default_rng(1)
    parting = training_size(len(images))
    partner = np.empty(len(images), int)
    for part in (np.arange(parting), np.arange(parting, len(images))):
        for at in part:
            alike = random.random() < 0.5
            partner[at] = random.choice(part[(codes[part] == codes[at]) == alike])
    return {"left": images, "right": images[partner], "same": (codes == codes[partner])[:, None].astype(float)}


def wavenet(length: int = 128) -> Arrays:
    """text (1562, 129): pieces of Python's language reference, a code a character, each a character longer than is fed."""
    whole = writes_text()["text"]
    count = (len(whole) - 1) // length
    return {"text": np.stack([whole[at * length : (at + 1) * length + 1] for at in range(count)])}


LETTERS = " ,-0123456789ADFJMNOSTWabcdeghilmnoprstuvy"
START = len(LETTERS) + 1


def spelled(text: str, steps: int) -> np.ndarray:
    """The codes of a text, from 1, filled up with 0."""
    codes = [LETTERS.index(letter) + 1 for letter in text]
    return np.array(codes + [0] * (steps - len(codes)))


def seq2seq_attention() -> Arrays:
    """written (5844, 30): dates as people write them, in four ways; so_far (5844, 10): a mark, then all but the last character
    of the same as computers do; next_letter (5844, 10): all of it. Every fifth day is for validation, and stands at the end."""
    dates = np.arange("2012-01-01", "2016-01-01", dtype="datetime64[D]").astype(object)
    order = [*(day for day in range(len(dates)) if day % 5 != 4), *(day for day in range(len(dates)) if day % 5 == 4)]
    forms = (
        "{0:%A}, {0.day} {0:%B} {0.year}",
        "{0:%b} {0.day}, {0.year}",
        "{0.day} {0:%b} {0.year}",
        "{0:%A}, {0:%B} {0.day}, {0.year}",
    )
    pairs = [(form.format(dates[day]), dates[day].isoformat()) for day in order for form in forms]
    iso = np.array([spelled(one, 10) for _, one in pairs])
    so_far = np.concatenate([np.full((len(pairs), 1), START), iso[:, :-1]], axis=1)
    return {"written": np.array([spelled(one, 30) for one, _ in pairs]), "so_far": so_far, "next_letter": iso}


def transformer_classifier(steps: int = 40, vocabulary: int = 1000, count: int = 8) -> Arrays:
    """words (400, 40): stretches of the 8 longest topics, a code a word, 0 for rare ones; topic (400,): which.

    The last fifth of every topic is for validation, and stands at the end.
    """
    from pydoc_data.topics import topics

    texts = sorted((re.findall(r"[a-z]+", text.lower()) for text in topics.values()), key=len, reverse=True)[:count]
    size = len(texts[-1]) // steps
    cut = [[text[at * steps : (at + 1) * steps] for at in range(size)] for text in texts]
    parting = training_size(size)
    seen = Counter(word for samples in cut for sample in samples[:parting] for word in sample)
    code = {word: number for number, (word, _) in enumerate(seen.most_common(vocabulary - 1), start=UNKNOWN + 1)}
    rows = [(at >= parting, [code.get(word, UNKNOWN) for word in sample], topic)
            for topic, samples in enumerate(cut) for at, sample in enumerate(samples)]  # fmt: skip
    rows.sort(key=lambda row: row[0])
    return {"words": np.array([row[1] for row in rows]), "topic": np.array([row[2] for row in rows])}


def temporal_convolution(hours: int = 72, ahead: int = 6) -> Arrays:
    """temperatures (8606, 72, 2): three days in Seattle and San Francisco, standardised; later (8606, 2): six hours on."""
    both = both_cities()
    length = hours + ahead
    cut = windows(standardise(both, training_steps(len(both), length)), length)
    return {"temperatures": cut[:, :hours], "later": cut[:, -1]}


# --- what a generator is started from --------------------------------------------------------------------------------


def start_of(name: str) -> Arrays:
    """What is known where `name` goes on alone: ten days of autumn, the days held out, or the beginning of a sentence."""
    if name == "one_to_many_generated":
        whole = one_to_many_generated()
        held_out = training_size(len(whole["day"]))
        return {"day": whole["day"][held_out:], "temperatures": whole["temperatures"][held_out:, :1]}
    if name == "writes_text":
        return {"text": characters("the statement ")[None]}
    whole = DATASETS[name]()["temperatures"]
    parting = training_size(len(whole))
    return {"temperatures": whole[None, parting - 240 : parting]}


DATASETS = {
    make.__name__: make
    for make in (
        many_to_many,
        many_to_one,
        one_to_many_repeat,
        one_to_many_generated,
        stateful_next_step,
        autoencoder,
        word_classifier,
        two_inputs,
        finds_faults,
        goes_on_alone,
        goes_on_alone_stateful,
        writes_text,
        resnet20,
        wavenet,
        seq2seq_attention,
        transformer_classifier,
        siamese,
        temporal_convolution,
    )
}


def load(name: str, **sizes: int) -> Arrays:
    """The arrays of one example: whole numbers as int32, all else as float32."""
    return as_stored(DATASETS[name](**sizes))


def as_stored(arrays: Arrays) -> Arrays:
    return {key: array.astype("int32" if array.dtype.kind == "i" else "float32") for key, array in arrays.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the data of an example as one .npz file.")
    parser.add_argument("name", nargs="?", choices=DATASETS, help="the example")
    parser.add_argument("-o", "--output", help="the file to write (default: NAME.npz)")
    parser.add_argument("--vocabulary", type=int, help="how many words word_classifier knows (as in its spec: 2000)")
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--start", action="store_true", help="write what a generator is started from")
    parser.add_argument("--read", metavar="FILE", help="print the text that writes_text has written")
    options = parser.parse_args()
    if options.list:
        for name, make in DATASETS.items():
            print(f"{name:20}{(make.__doc__ or '').splitlines()[0]}")
        return
    if options.name is None:
        parser.error("give the name of an example, or --list")
    if options.vocabulary is not None and options.name != "word_classifier":
        parser.error("--vocabulary is for word_classifier")
    if options.read is not None:
        written = np.load(options.read)["next_character"][0]
        print("".join(ALPHABET[code] for code in written))
        return
    sizes = {} if options.vocabulary is None else {"vocabulary": options.vocabulary}
    arrays = as_stored(start_of(options.name)) if options.start else load(options.name, **sizes)
    path = options.output or f"{options.name}.npz"
    np.savez_compressed(path, **arrays)
    print(f"{path}: " + ", ".join(f"{key} {array.shape} {array.dtype}" for key, array in arrays.items()))


if __name__ == "__main__":
    main()
