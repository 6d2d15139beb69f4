"""Wake words by Picovoice's protocol: misses at 10 dB against false alarms in speech, over all thresholds.

Of a phrase of each model there are recordings of people that nothing here was trained on. They are mixed, each once,
over city sounds of a fold that no model of words was trained on, at a ratio of 10 dB. False alarms are
counted in read speech of readers whom no model was trained on, in orders in a coffee shop and, with bounds of their
own, in Kokoro's sentences in voices that say nothing in training; the phrases occur in none of them. Models of
openWakeWord and microWakeWord run in whipbird, where they have the scores of their own packages. PocketSphinx has a
threshold for each of its rows. The first row of a model is that of its own threshold.

Models are named, or given as folders: by default, "computer" of the model that comes with whipbird, and "alexa" of the
other programs. ``whipbird train word alexa`` makes one of whipbird's.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from rich.table import Table

from benchmarks.common import Measure, Unavailable, data_folder, finish, run
from benchmarks.install import installed
from benchmarks.peers import GAP_S, RATE_HZ, SNR_DB, Peer, judge, listen
from benchmarks.peers import WORD as PEER_WORD
from whipbird.arrays import Floats
from whipbird.errors import BundleError
from whipbird.formats.annotation import Annotation
from whipbird.models.model import Model
from whipbird_train.datasets import read_speech, running_speech
from whipbird_train.datasets.clips import load_clip
from whipbird_train.datasets.running_speech import read_spoken
from whipbird_train.evaluate.curves import THRESHOLDS, Curves, sweep
from whipbird_train.evaluate.intervals import poisson_rate, share
from whipbird_train.evaluate.matching import Matching
from whipbird_train.evaluate.recorded_scores import Annotated, record_scores, record_sound_scores
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.mix import MixSettings, build
from whipbird_train.soundscapes.strangers import kokoro_speech, readers_speech
from whipbird_train.soundscapes.word_streams import unseen_city_sounds

MODELS = ("wake-words", "openwakeword-alexa", "microwakeword-alexa")
MATCHING = Matching(1.0, "overlap")
RATES = {0.5: 10.0, 0.1: 15.0}  # false alarms an hour, and the misses to stay under, in percent
SPHINX = ("1e-5", "1e-10", "1e-15", "1e-20", "1e-30")
SPHINX_PACKAGE = "pocketsphinx==5.1.1"
ROWS = Table(
    "", "allowed per hour", "misses", "false in real speech, per hour", "in synthetic speech", title="wake words"
)
ROWS.columns[0].no_wrap = True


def words_sound(word: str, data: Path) -> tuple[Floats, list[Annotation]]:
    """All recordings of a word over city sounds, and where it is said."""
    paths = sorted((data / "wake-words" / word).glob("*.opus"))
    if not paths:
        raise Unavailable(f"needs recordings in wake-words/{word}; set WHIPBIRD_DATA")
    words = [Sound(load_clip(path, RATE_HZ), word) for path in paths]
    settings = MixSettings(RATE_HZ, gap_s=GAP_S, snr_db=(SNR_DB, SNR_DB))
    return build(words, unseen_city_sounds(data), settings, seed=1)


def recorded_label(model: Model, data: Path) -> str:
    """The phrase of a model of which there are recordings."""
    for label in model.card.debounce:
        if (data / "wake-words" / label.lower()).is_dir():
            return label
    raise Unavailable(f"{model.card.name}: no recordings of {', '.join(model.card.debounce)} in {data / 'wake-words'}")


def curves_of(model: Model, data: Path) -> tuple[Curves, Curves, Curves | None]:
    """Misses of a phrase, false alarms for it in real speech, and in synthetic speech, if there is any."""
    label = recorded_label(model, data)
    card = model.card.model_copy(update={"debounce": {label: model.card.debounce[label]}})
    sound, said = words_sound(label.lower(), data)
    truth = [Annotation(one.begin_s, one.end_s, label) for one in said]
    orders = [one.path for one in read_spoken(data / running_speech.NAME) if one.split == "validation"]
    real: Annotated = [
        one for own in readers_speech(data, model, labels={label.lower(): label}).values() for one in own
    ]
    real += [(record_scores(path, model), []) for path in orders]
    made: Annotated = [one for own in kokoro_speech(data, model).values() for one in own]
    thresholds = sorted({*THRESHOLDS, card.debounce[label].on})
    return (
        sweep([(record_sound_scores(sound, RATE_HZ, model), truth)], card, MATCHING, thresholds),
        sweep(real, card, MATCHING, thresholds),
        sweep(made, card, MATCHING, thresholds) if made else None,
    )


def at_rate(misses: Curves, real: Curves, per_hour: float) -> int | None:
    """The number of the threshold with the fewest misses among those with so few false alarms; None without any."""
    allowed = np.flatnonzero(real.false.sum(axis=1) <= per_hour * real.hours)
    return int(min(allowed, key=lambda number: -int(misses.hits[number].sum()))) if len(allowed) else None


def add_model(name: str, data: Path, measures: list[Measure]) -> dict[str, object]:
    """Rows of a model; returns its curves."""
    model = Model(name)
    misses, real, made = curves_of(model, data)
    total = int(misses.annotations.sum())

    def add_row(allowed: str, number: int) -> float:
        """A row for one threshold; returns the misses in percent."""
        missed = total - int(misses.hits[number].sum())
        ROWS.add_row(
            model.card.name,
            allowed,
            share_text(missed, total),
            rate_text(int(real.false[number].sum()), real.hours),
            "" if made is None else rate_text(int(made.false[number].sum()), made.hours),
        )
        return 100 * missed / total

    (own,) = (model.card.debounce[label].on for label in misses.labels)
    add_row(f"threshold {own:g}", misses.thresholds.index(own))
    for per_hour, most in RATES.items():
        number = at_rate(misses, real, per_hour)
        if number is None:
            ROWS.add_row(model.card.name, f"{per_hour:g}", "at every threshold more false alarms", "", "")
            continue
        title = f"{model.card.name}: missed at {per_hour:g} false alarms an hour"
        measures.append(Measure(title, add_row(f"{per_hour:g}", number), "%", most))
    return {"words": misses.as_dict(), "real": real.as_dict(), "synthetic": None if made is None else made.as_dict()}


def add_sphinx(data: Path, folder: Path) -> None:
    """Rows of PocketSphinx, one for each threshold."""
    python = installed(SPHINX_PACKAGE)
    sound, said = words_sound(PEER_WORD, data)
    read = speech_sound(data)
    paths = [folder / "words.wav", folder / "speech.wav"]
    for path, samples in zip(paths, (sound, read), strict=True):
        soundfile.write(path, samples, RATE_HZ, subtype="PCM_16")
    for threshold in SPHINX:
        found = listen(python, Peer("PocketSphinx", "pocketsphinx", SPHINX_PACKAGE, threshold), paths)
        hits, _ = judge(found["events"][0], said)
        rate = rate_text(len(found["events"][1]), len(read) / RATE_HZ / 3600)
        ROWS.add_row(f"PocketSphinx {threshold}", "", share_text(len(said) - hits, len(said)), rate, "")


def speech_sound(data: Path) -> Floats:
    """The real speech without any phrase, one recording after the other."""
    readings = [one.path for one in read_speech.read_readings(data / read_speech.NAME) if one.split == "validation"]
    orders = [one.path for one in read_spoken(data / running_speech.NAME) if one.split == "validation"]
    return np.concatenate([load_clip(path, RATE_HZ) for path in (*readings, *orders)])


def share_text(count: int, total: int) -> str:
    found = share(count, total)
    return f"{100 * count / total:.1f} % ({100 * (found.low or 0):.1f}-{100 * (found.high or 0):.1f})"


def rate_text(count: int, hours: float) -> str:
    found = poisson_rate(count, hours)
    return f"{count / hours:.2g} ({found.low:.2g}-{found.high:.2g}), {hours:.2f} h"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=MODELS, help="installed models, or folders of models")
    parser.add_argument("--sphinx", action="store_true", help="also PocketSphinx, which takes long")
    options = parser.parse_args()
    data = data_folder("wake-words").parent
    measures: list[Measure] = []
    curves = {}
    for name in known_models(options.models):
        curves[name] = add_model(name, data, measures)
    if options.sphinx:
        with tempfile.TemporaryDirectory() as folder:
            add_sphinx(data, Path(folder))
    if not curves and not options.sphinx:
        raise Unavailable("none of the models is installed")
    finish("wake", "in short", measures, ROWS, curves=curves)


def known_models(names: Sequence[str]) -> list[str]:
    """The models that there are; the others are named."""
    found = []
    for name in names:
        try:
            Model(name)
        except BundleError as error:
            print(f"left out: {error}", file=sys.stderr)
        else:
            found.append(name)
    return found


if __name__ == "__main__":
    run(main)
