"""Search by example: a boobook's call in a hundred hours of other sound, and the time that search takes.

* The sound is made: pairs of clips and recordings of speech, cities, a forest, weather and machines are mixed at
  random levels into ``--hours`` of files of ten minutes. Calls of the Australian Boobook from recordings other than
  that of the example are mixed into it at random places, each 0 to 10 dB above the sound around it.
* BirdNET's embedding of all of it is computed by ``whipbird scan --embeddings``. It takes 35 ms of processor time for
  three seconds, so that the rest of the hundred hours is made of vectors: weighted means of two random windows without
  a call, each of unit length.
* ``whipbird search`` looks for the call of the example. A hit is right if it overlaps a call by a tenth of a second.
* For time, vectors are made in the same way up to 1,000 hours; 100,000 hours are calculated from them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from whipbird.arrays import Floats
from whipbird.formats.annotation import Annotation
from whipbird_train.datasets.clips import load_clip

RATE_HZ = 24_000
FILE_S = 600.0
WINDOW_S = 3.0
CALLS = 40
CALL_DB = (0.0, 10.0)  # above the sound around it
MIX_DB = (-15.0, 0.0)  # of the second sound of a pair
MARGIN_S = 0.3  # of sound around a call
FADE_S = 0.05
LEAST_OVERLAP_S = 0.1
FOUND = 20  # hits that are looked at


@dataclass(frozen=True)
class Hidden:
    """A call that was mixed into a file."""

    file: str
    begin_s: float
    end_s: float


def other_sounds(data: Path) -> list[Path]:
    """Recordings and clips without boobooks."""
    owls = data / "birds" / "qut-boobook"
    with (owls / "recordings.csv").open(newline="", encoding="utf-8") as file:
        negative = {row["recording"] for row in csv.DictReader(file) if row["kind"] == "negative"}
    found = [path for path in (owls / "recordings").iterdir() if path.name in negative]
    folders = ("urbansound8k", "capuchinbird/forest", "capuchinbird/clips", "noise", "read-speech", "birds")
    suffixes = {".wav", ".flac", ".ogg", ".opus", ".mp3"}
    for folder in folders:
        found += [
            path for path in sorted((data / folder).rglob("*")) if path.suffix in suffixes and owls not in path.parents
        ]
    return sorted(found)


def calls_of(data: Path) -> dict[str, list[Annotation]]:
    """Boobook calls by recording."""
    calls: dict[str, list[Annotation]] = {}
    with (data / "birds" / "qut-boobook" / "annotations.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["label"] == "boobook":
                one = Annotation(float(row["begin_s"]), float(row["end_s"]), "boobook")
                calls.setdefault(row["recording"], []).append(one)
    return calls


def long_sound(paths: list[Path], rng: np.random.Generator) -> Iterator[Floats]:
    """Sounds in random order, one after the other, without end."""
    while True:
        for number in rng.permutation(len(paths)):
            yield load_clip(paths[number], RATE_HZ)


def taken(sounds: Iterator[Floats], samples: int) -> Floats:
    """The next samples, at a common level."""
    parts: list[Floats] = []
    while sum(map(len, parts)) < samples:
        sound = next(sounds)
        level = float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0
        if level > 0:
            parts.append(sound[:samples] * np.float32(0.03 / level))
    return np.concatenate(parts)[:samples]


def make_archive(folder: Path, hours: float, data: Path, example: str, seed: int = 1) -> list[Hidden]:
    """Write the files; returns the calls in them."""
    rng = np.random.default_rng(seed)
    sounds, others = long_sound(other_sounds(data), rng), long_sound(other_sounds(data), rng)
    calls = [(name, one) for name, own in calls_of(data).items() if name != example for one in own]
    files, samples = round(hours * 3600 / FILE_S), round(FILE_S * RATE_HZ)
    places = rng.integers(files, size=CALLS)
    hidden = []
    for number in range(files):
        sound = taken(sounds, samples) + taken(others, samples) * np.float32(10 ** (rng.uniform(*MIX_DB) / 20))
        name = f"archive-{number:04}.flac"
        for _ in range(int((places == number).sum())):
            source, call = calls[rng.integers(len(calls))]
            recording = load_clip(data / "birds" / "qut-boobook" / "recordings" / source, RATE_HZ)
            begin, end = (
                max(0, round((call.begin_s - MARGIN_S) * RATE_HZ)),
                round((call.end_s + MARGIN_S) * RATE_HZ),
            )
            cut = recording[begin:end] * _faded(len(recording[begin:end]))
            at = int(rng.integers(samples - len(cut)))
            around = sound[at : at + len(cut)]
            gain = np.sqrt(np.mean(around**2) / max(float(np.mean(cut**2)), 1e-12)) * 10 ** (rng.uniform(*CALL_DB) / 20)
            sound[at : at + len(cut)] += cut * np.float32(gain)
            first_s = at / RATE_HZ + call.begin_s - begin / RATE_HZ
            hidden.append(Hidden(name, first_s, first_s + call.end_s - call.begin_s))
        soundfile.write(folder / name, np.clip(sound, -1, 1), RATE_HZ)
    (folder.parent / "hidden.json").write_text(json.dumps([one.__dict__ for one in hidden]))
    return hidden


def _faded(samples: int) -> Floats:
    ramp = np.minimum(1.0, np.arange(1, samples + 1) / (FADE_S * RATE_HZ))
    faded: Floats = (ramp * ramp[::-1]).astype(np.float32)
    return faded
