"""A synthetic forest: recordings with made calls, and the database of what was heard in them."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import soundfile

from whipbird.database.writer import Database
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Listener, Opening, Summary

ZONE = timezone(timedelta(hours=10))
FIRST = datetime(2026, 5, 2, tzinfo=ZONE)
RATE_HZ = 24_000
LENGTH_S = 60.0
BIRDS = {  # first and last frequency in Hz, notes, length of a note in seconds, hours in which it sings
    "Eastern Whipbird": (1500, 8000, 2, 0.7, range(5, 11)),
    "Australian Boobook": (700, 560, 2, 0.45, (0, 1, 2, 3, 4, 19, 20, 21, 22, 23)),
    "Laughing Kookaburra": (900, 1800, 7, 0.16, (5, 6, 17, 18)),
    "Eurasian Blackbird": (2200, 3600, 5, 0.25, range(6, 19)),
    "Pied Currawong": (1200, 2400, 3, 0.35, range(5, 18)),
}
MODEL = "forest-birds"


def call(bird, rng):
    """A call as samples."""
    low, high, notes, length_s, _ = BIRDS[bird]
    pieces = []
    for note in range(notes):
        t = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
        rising = t / length_s
        frequency = low + (high - low) * (rising if note % 2 == 0 else 1 - rising) + 40 * np.sin(2 * np.pi * 9 * t)
        wave = np.sin(2 * np.pi * np.cumsum(frequency) / RATE_HZ)
        wave += 0.3 * np.sin(4 * np.pi * np.cumsum(frequency) / RATE_HZ)
        pieces += [wave * np.hanning(len(t)), np.zeros(round(0.06 * RATE_HZ))]
    return np.concatenate(pieces) * rng.uniform(0.15, 0.5)


def make_forest(folder, days=2, seed=1, every_h=1):
    """Write recordings, a minute of each hour, and the database; returns its path."""
    rng = np.random.default_rng(seed)
    sounds = folder / "garden"
    sounds.mkdir(parents=True, exist_ok=True)
    database = Database(folder / "forest.sqlite", "Tallowwood")
    listener = Listener(MODEL, "1", tuple(BIRDS))
    for hour in range(0, 24 * days, every_h):
        start = FIRST + timedelta(hours=hour)
        path = sounds / f"{start:%Y%m%d_%H%M%S}.flac"
        database.write(_recording(path, start, listener, rng, is_cut=hour % 24 == 14))
    database.close()
    return folder / "forest.sqlite"


def _recording(path, start, listener, rng, is_cut):
    samples = rng.normal(0, 0.012, round(LENGTH_S * RATE_HZ))
    events, at_s = [], rng.uniform(1, 8)
    singing = [bird for bird, own in BIRDS.items() if start.hour in own[4]]
    while singing and at_s < LENGTH_S - 8:
        bird = singing[rng.integers(len(singing))]
        sound = call(bird, rng)
        first = round(at_s * RATE_HZ)
        samples[first : first + len(sound)] += sound
        end_s = at_s + len(sound) / RATE_HZ
        events.append(
            Detection(
                label=bird,
                begin_s=at_s,
                peak_s=(at_s + end_s) / 2,
                end_s=end_s,
                reported_s=end_s + 0.2,
                score=round(float(rng.beta(6, 1.2)), 3),
                source=str(path),
                model=MODEL,
                begin_sample=first,
                time=start + timedelta(seconds=at_s),
                time_from="name",
            )
        )
        at_s = end_s + rng.uniform(2, 9)
    soundfile.write(path, np.clip(samples, -1, 1), RATE_HZ)
    opened = datetime(2026, 5, 20, tzinfo=UTC)
    reports = [Opening(str(path), str(path), RATE_HZ, 1, None, start, "name", opened, (listener,)), *events]
    lost_s = 12.0 if is_cut else 0.0
    if is_cut:
        reports.append(GapReport(str(path), LENGTH_S - lost_s, LENGTH_S, "overflow"))
    return [*reports, Summary(str(path), LENGTH_S - lost_s, lost_s, len(events), 1.0, None, None)]
