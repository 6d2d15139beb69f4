"""Synthetic speech from espeak-ng: words in many voices, and sentences that hold none of them.

Synthetic words add voices to a small training set; synthetic sentences teach what running speech sounds like when no
command is in it. Nothing here is used for validation.
"""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from stream.card import TrainingData
from train.datasets.clips import fit_length

__all__ = ["speak", "spoken_sentences", "spoken_words", "training_data"]

ACCENTS = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc")
VARIANTS = ("", *(f"+m{n}" for n in range(1, 9)), *(f"+f{n}" for n in range(1, 6)), "+klatt", "+klatt2", "+croak")
WORDS_PER_MINUTE = (110, 220)
PITCH = (20, 80)  # of 0 to 99

# Common words, none of them a command nor one that sounds the same ("know", "write").
FILLERS = Path(__file__).with_name("fillers.txt").read_text(encoding="utf-8").split()


def speak(text: str, rate_hz: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Speak a text in a random voice, speed and pitch: shape (samples,), without silence at both ends.

    Raises
    ------
    FileNotFoundError
        If espeak-ng is not installed.
    """
    voice = str(rng.choice(ACCENTS)) + str(rng.choice(VARIANTS))
    speed, pitch = rng.integers(*WORDS_PER_MINUTE), rng.integers(*PITCH)
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text]
    wav = subprocess.run(command, check=True, capture_output=True).stdout
    samples, own_hz = soundfile.read(io.BytesIO(wav), dtype="float32")
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    return soxr.resample(samples[loud[0] : loud[-1] + 1], own_hz, rate_hz)


def spoken_words(word: str, count: int, rate_hz: int, length: int, seed: int) -> NDArray[np.float32]:
    """One word in many voices, each in the middle of a clip: shape (count, length)."""
    rng = np.random.default_rng((seed, *word.encode()))
    return np.stack([fit_length(speak(word, rate_hz, rng), length) for _ in range(count)])


def spoken_sentences(count: int, rate_hz: int, length: int, seed: int) -> NDArray[np.float32]:
    """Pieces of running speech in many voices, none with a command in it: shape (count, length)."""
    rng = np.random.default_rng((seed, 0))
    pieces: list[NDArray[np.float32]] = []
    while len(pieces) < count:
        speech = speak(" ".join(rng.choice(FILLERS, rng.integers(5, 12))), rate_hz, rng)
        starts = range(0, len(speech) - length + 1, length // 2)
        pieces += [speech[start : start + length] for start in starts]
    return np.stack(pieces[:count])


def training_data(recordings: int) -> TrainingData:
    """What a model card says of a training on so many pieces of synthetic speech."""
    return TrainingData(
        name="synthetic speech", source="espeak-ng", licence="made for this model", recordings=recordings
    )
