"""Synthetic speech from espeak-ng: words in many voices, and speech that holds none of them, also in other languages.

Synthetic words add voices to a small training set; the rest teaches what running speech sounds like when no command is
in it. A voice reads numbers in its own language, so that no texts in other languages are needed. Nothing here is used
for validation.
"""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from stream.card import TrainingData
from stream.errors import WhipbirdError
from train.datasets.clips import fit_length

__all__ = ["foreign_speech", "speak", "spoken_sentences", "spoken_words", "training_data"]

ACCENTS = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc")
VARIANTS = ("", *(f"+m{n}" for n in range(1, 9)), *(f"+f{n}" for n in range(1, 6)), "+klatt", "+klatt2", "+croak")
LANGUAGES = (
    "ar", "cmn", "cs", "de", "el", "es", "fi", "fr", "hi", "hu", "id",
    "it", "ja", "nl", "pl", "pt", "ru", "sv", "sw", "ta", "tr", "vi",
)  # fmt: skip
WORDS_PER_MINUTE = (110, 220)
PITCH = (20, 80)  # of 0 to 99
WAV_HEADER = 44  # bytes
ATTEMPTS = 5

# Common words, none of them a command nor one that sounds the same ("know", "write").
FILLERS = Path(__file__).with_name("fillers.txt").read_text(encoding="utf-8").split()


def speak(text: str, rate_hz: int, rng: np.random.Generator, languages: Sequence[str] = ACCENTS) -> NDArray[np.float32]:
    """Speak a text in a random voice, speed and pitch: shape (samples,), without silence at both ends.

    Raises
    ------
    FileNotFoundError
        If espeak-ng is not installed.
    WhipbirdError
        If it says nothing, however often it is asked.
    """
    voice = str(rng.choice(languages)) + str(rng.choice(VARIANTS))
    speed, pitch = rng.integers(*WORDS_PER_MINUTE), rng.integers(*PITCH)
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text]
    for _ in range(ATTEMPTS):  # now and then it says nothing that is sound, and calls that a success
        wav = subprocess.run(command, check=True, capture_output=True).stdout
        if wav.startswith(b"RIFF") and len(wav) > WAV_HEADER:
            break
    else:
        raise WhipbirdError(f"espeak-ng says nothing where it should say {text!r}")
    samples, own_hz = soundfile.read(io.BytesIO(wav), dtype="float32")
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    return soxr.resample(samples[loud[0] : loud[-1] + 1], own_hz, rate_hz)


def spoken_words(word: str, count: int, rate_hz: int, length: int, seed: int) -> NDArray[np.float32]:
    """One word in many voices, each in the middle of a clip: shape (count, length)."""
    rng = np.random.default_rng((seed, *word.encode()))
    return np.stack([fit_length(speak(word, rate_hz, rng), length) for _ in range(count)])


def spoken_sentences(words: Sequence[str], count: int, rate_hz: int, length: int, seed: int) -> NDArray[np.float32]:
    """Pieces of running speech, of these words in any order, in many voices: shape (count, length)."""
    rng = np.random.default_rng((seed, 0))
    return _pieces(count, length, lambda: speak(" ".join(rng.choice(words, rng.integers(5, 12))), rate_hz, rng))


def foreign_speech(count: int, rate_hz: int, length: int, seed: int) -> NDArray[np.float32]:
    """Pieces of speech in other languages, numbers read out: shape (count, length)."""
    rng = np.random.default_rng((seed, 1))

    def number() -> NDArray[np.float32]:
        return speak(str(rng.integers(10 ** rng.integers(1, 7))), rate_hz, rng, LANGUAGES)

    return _pieces(count, length, number)


def _pieces(count: int, length: int, speech: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
    pieces: list[NDArray[np.float32]] = []
    while len(pieces) < count:
        spoken = speech()
        starts = range(0, max(1, len(spoken) - length + 1), length // 2)
        pieces += [fit_length(spoken[start : start + length], length) for start in starts]
    return np.stack(pieces[:count]) if count else np.empty((0, length), np.float32)


def training_data(recordings: int) -> TrainingData:
    """What a model card says of a training on so many pieces of synthetic speech."""
    return TrainingData(
        name="synthetic speech", source="espeak-ng", licence="made for this model", recordings=recordings
    )
