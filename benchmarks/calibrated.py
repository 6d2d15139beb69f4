"""Wake words of other programs at their own thresholds, and after calibration as ``whipbird calibrate`` does it.

Half of the recordings of people who say the word, over rain at 0 to 20 dB, and read speech calibrate a model; the other
half, over other rain, and other readers judge it. No reader says the word.

Calibration may only trade words for false alarms. So the model's own smoothing and refractory times and those that were
found are also compared at equal false alarms: each with the threshold that detects the most words with no more false
alarms than the model's own threshold has.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.common import Measure, Unavailable, data_folder, finish, run
from benchmarks.peers import GAP_S, RATE_HZ
from benchmarks.wake import MATCHING, MODELS, known_models, rate_text, share_text
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird_train.datasets import esc10
from whipbird_train.datasets.clips import load_clip
from whipbird_train.evaluate.calibration import calibrated
from whipbird_train.evaluate.curves import outcomes, sweep
from whipbird_train.evaluate.recorded_scores import Annotated, hours_of, record_sound_scores
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.mix import MixSettings, build
from whipbird_train.soundscapes.strangers import readers_speech

TARGET_PER_HOUR = 1.0
SNR_DB = (0.0, 20.0)
NOISE = "rain"
HALVES = {"train": 160.0, "validation": 210.0}  # split of the readers that calibrate and judge: seconds of each
SEED = 27


def half(model: Model, split: str, data: Path, most_clips: int | None, most_s: float) -> Annotated:
    """What calibrates (``train``) or judges (``validation``) a model, scored."""
    (label,) = model.card.debounce
    number = list(HALVES).index(split)
    clips = sorted((data / "wake-words" / label.lower()).glob("*.opus"))[number::2][:most_clips]
    rain = sorted((data / esc10.NAME / NOISE).glob("*.opus"))[number::2]
    if not clips or not rain:
        raise Unavailable(f"needs recordings in wake-words/{label.lower()} and {esc10.NAME}/{NOISE}; set WHIPBIRD_DATA")
    words = [Sound(load_clip(path, RATE_HZ), label) for path in clips]
    settings = MixSettings(RATE_HZ, gap_s=GAP_S, snr_db=SNR_DB)
    sound, truth = build(words, [load_clip(path, RATE_HZ) for path in rain], settings, SEED + number)
    readers = readers_speech(data, model, split, {label.lower(): label}, min(HALVES[split], most_s))
    if not readers:
        raise Unavailable("needs read speech; set WHIPBIRD_DATA")
    return [(record_sound_scores(sound, RATE_HZ, model), truth), *(one for own in readers.values() for one in own)]


def rows_of(card: Card, chosen_on: Annotated, judged: Annotated, target: float) -> list[tuple[str, int, int]]:
    """Settings, the words that they detect and their false alarms: before and after calibration, then at equal ones."""
    after = calibrated(card, chosen_on, MATCHING, target)
    rows = []
    for title, one in (("own threshold", card), (f"calibrated for {target:g} per hour", after)):
        found = outcomes(judged, one, one.debounce, MATCHING)
        rows.append((title, int(found.hits.sum()), int(found.false.sum())))
    limit = rows[0][2]
    for title, one in (("own times", card), ("calibrated times", after)):
        curve = sweep(judged, one, MATCHING)
        hits, false = curve.hits.sum(axis=1), curve.false.sum(axis=1)
        if len(allowed := np.flatnonzero(false <= limit)):
            best = allowed[np.argmax(hits[allowed])]
            rows.append((f"{title}, no more false alarms", int(hits[best]), int(false[best])))
    return rows


def add_rows(model: Model, chosen_on: Annotated, judged: Annotated, target: float, table: Table) -> list[Measure]:
    """Rows of a model, and its measures."""
    rows, hours = rows_of(model.card, chosen_on, judged, target), hours_of(judged)
    total = sum(len(truth) for _, truth in judged)
    measures = []
    for title, hits, false in rows:
        table.add_row(model.card.name, title, share_text(hits, total), rate_text(false, hours))
        measures.append(Measure(f"{model.card.name}, {title}: recall", 100 * hits / total, "%"))
        measures.append(Measure(f"{model.card.name}, {title}: false alarms per hour", false / hours))
    return measures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibrated", description=__doc__)
    parser.add_argument("models", nargs="*", default=MODELS, help="installed models, or folders of models")
    parser.add_argument("--target", type=float, default=TARGET_PER_HOUR, help="false alarms per hour (default 1)")
    parser.add_argument("--clips", type=int, help="how many clips of the word in each half (default: all)")
    parser.add_argument("--reader-seconds", type=float, default=np.inf, help="of each reader, at most")
    options = parser.parse_args()
    data = data_folder("wake-words").parent
    table = Table("", "settings", "words detected", "false alarms per hour", title="before and after calibration")
    table.columns[0].no_wrap = True
    measures: list[Measure] = []
    for name in known_models(options.models):
        model = Model(name)
        chosen_on, judged = (half(model, split, data, options.clips, options.reader_seconds) for split in HALVES)
        measures += add_rows(model, chosen_on, judged, options.target, table)
    if not measures:
        raise Unavailable("none of the models is installed")
    finish("calibrated", "in short", measures, table)


if __name__ == "__main__":
    run(main)
