"""Synthetic speech: words in many voices, and speech without these words, also in other languages.

The voices are those of espeak-ng and, where it is installed, of flite. Synthetic words add voices to a small training
set; the other speech teaches a network what running speech without commands sounds like. There, made-up words are mixed
with real ones, for a greater variety of sounds. Each voice reads numbers in its own language, so that no texts in other
languages are needed. Synthetic speech is never used for validation.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr

from whipbird.arrays import Floats
from whipbird.errors import WhipbirdError
from whipbird_train.datasets.clips import fit_length, recordings_of

__all__ = [
    "common_sentences",
    "foreign_speech",
    "running_speech",
    "speak",
    "spoken_sentences",
    "spoken_words",
    "training_data",
]

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
FLITE_VOICES = ("awb", "kal16", "rms", "slt")
FLITE_SHARE = 0.4  # share of the English speech, where flite is installed
DURATIONS = (0.75, 1.3)  # factor of flite's durations
MADE_UP = 0.4  # share of made-up words in running speech
SYLLABLES = (2, 3)  # of a made-up word
SENTENCE_WORDS = (4, 12)  # of common words: from, and fewer than
ONSETS = (
    "b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sc sh sl sm sn sp st str sw t th tr tw v w y z"
)
NUCLEI = "a ai ar au e ea ee er i igh o oa oi oo or ou ow u ur"
CODAS = "b ck d f ft g k l ld lt m mp n nd ng nk nt p pt r rd rk rn rt s sh sk st t th tch v x z"

# Common words, except commands and words that sound like them ("know", "write").
FILLERS = Path(__file__).with_name("fillers.txt").read_text(encoding="utf-8").split()

training_data = recordings_of("synthetic speech", "espeak-ng, flite", "made for this model")


def speak(text: str, rate_hz: int, rng: np.random.Generator, languages: Sequence[str] = ACCENTS) -> Floats:
    """Speak a text in a random voice, speed and pitch: shape (samples,), without silence at both ends.

    Raises
    ------
    FileNotFoundError
        If espeak-ng is not installed.
    WhipbirdError
        If espeak-ng produces no sound in several attempts, or only silence.
    """
    english = languages is ACCENTS and shutil.which("flite") is not None
    wav = _flite(text, rng) if english and rng.random() < FLITE_SHARE else _espeak(text, rng, languages)
    samples, own_hz = soundfile.read(io.BytesIO(wav), dtype="float32")
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max(initial=0.0))
    if not len(loud):
        raise WhipbirdError(f"silence came out for {text!r}")
    return soxr.resample(samples[loud[0] : loud[-1] + 1], own_hz, rate_hz)


def _espeak(text: str, rng: np.random.Generator, languages: Sequence[str]) -> bytes:
    voice = str(rng.choice(languages)) + str(rng.choice(VARIANTS))
    speed, pitch = rng.integers(*WORDS_PER_MINUTE), rng.integers(*PITCH)
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text]
    for _ in range(ATTEMPTS):  # now and then espeak-ng reports success without sound
        wav = subprocess.run(command, check=True, capture_output=True).stdout
        if wav.startswith(b"RIFF") and len(wav) > WAV_HEADER:
            return wav
    raise WhipbirdError(f"espeak-ng produced no sound for {text!r}")


def _flite(text: str, rng: np.random.Generator) -> bytes:
    duration = f"duration_stretch={rng.uniform(*DURATIONS):.2f}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        command = ["flite", "-voice", str(rng.choice(FLITE_VOICES)), "--setf", duration, "-t", text, "-o", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        return path.read_bytes()


def running_speech(words: Sequence[str], sentences: int, rate_hz: int, seed: int) -> list[Floats]:
    """Sentences of these words and made-up ones, in random order, in many voices: arrays of shape (samples,)."""
    rng = np.random.default_rng((seed, 2))

    def word() -> str:
        return _made_up(rng) if rng.random() < MADE_UP else str(rng.choice(words))

    return [speak(" ".join(word() for _ in range(rng.integers(6, 15))), rate_hz, rng) for _ in range(sentences)]


def common_sentences(rng: np.random.Generator) -> Iterator[list[str]]:
    """Endless sentences of common words in random order, as lists of their words."""
    while True:
        yield rng.choice(FILLERS, rng.integers(*SENTENCE_WORDS)).tolist()


def _made_up(rng: np.random.Generator) -> str:
    """A word that does not exist but sounds English."""

    def syllable() -> str:
        return "".join(str(rng.choice(parts.split())) for parts in (ONSETS, NUCLEI, CODAS))

    return "".join(syllable() for _ in range(rng.integers(SYLLABLES[0], SYLLABLES[1] + 1)))


def spoken_words(word: str, count: int, rate_hz: int, length: int, seed: int) -> Floats:
    """One word in many voices, each in the middle of a clip: shape (count, length)."""
    rng = np.random.default_rng((seed, *word.encode()))
    return np.stack([fit_length(speak(word, rate_hz, rng), length) for _ in range(count)])


def spoken_sentences(words: Sequence[str], count: int, rate_hz: int, length: int, seed: int) -> Floats:
    """Pieces of running speech of these words, in random order, in many voices: shape (count, length)."""
    rng = np.random.default_rng((seed, 0))
    return _pieces(count, length, lambda: speak(" ".join(rng.choice(words, rng.integers(5, 12))), rate_hz, rng))


def foreign_speech(count: int, rate_hz: int, length: int, seed: int) -> Floats:
    """Pieces of speech in other languages, in which voices read numbers: shape (count, length)."""
    rng = np.random.default_rng((seed, 1))

    def number() -> Floats:
        return speak(str(rng.integers(10 ** rng.integers(1, 7))), rate_hz, rng, LANGUAGES)

    return _pieces(count, length, number)


def _pieces(count: int, length: int, speech: Callable[[], Floats]) -> Floats:
    pieces: list[Floats] = []
    while len(pieces) < count:
        spoken = speech()
        starts = range(0, max(1, len(spoken) - length + 1), length // 2)
        pieces += [fit_length(spoken[start : start + length], length) for start in starts]
    return np.stack(pieces[:count]) if count else np.empty((0, length), np.float32)
