"""Make ``examples/demo.flac``: synthetic voices say the commands over faint noise.

Needs an environment with the extras ``train`` and ``voices``, and Kokoro's voices (``whipbird train download
kokoro-voices``). No model of the project learned from these voices.

    python examples/make_demo.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from whipbird_train.datasets.data_folders import data_root
from whipbird_train.datasets.kokoro_voices import VOICES, check_voices, read_voices
from whipbird_train.synthesis.kokoro import Kokoro, Said

RATE_HZ = 16_000
LEVEL_DBFS = -24.0  # of each word
NOISE_DBFS = -62.0
PAUSE_S = 0.66
SPEED = 1.1
ACCENTS = {"a": "en-us", "b": "en-gb"}  # by the first letter of a voice's name

# (voice, word)
SCRIPT = [
    ("af_sarah", "yes"),
    ("af_sarah", "no"),
    ("am_echo", "left"),
    ("am_echo", "right"),
    ("bf_lily", "happy"),  # not a command
    ("am_echo", "up"),
    ("af_sarah", "down"),
    ("bm_lewis", "stop"),
    ("am_echo", "go"),
    ("bm_lewis", "seven"),  # not a command
    ("bm_lewis", "on"),
    ("bm_lewis", "off"),
    ("bf_lily", "yes"),
    ("bf_lily", "yes"),
]


def speak(kokoro: Kokoro, voice: str, word: str) -> np.ndarray:
    """Return a spoken word, shape (samples,), without silence around it, at a level of `LEVEL_DBFS`."""
    samples = kokoro.speak(Said(f"{word}.", ACCENTS[voice[0]], ((voice, 1.0),), SPEED), RATE_HZ)
    return samples * 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(samples**2))


def main() -> None:
    data = data_root()
    check_voices(data)
    kokoro = Kokoro(read_voices(data / VOICES))
    pause = np.zeros(round(PAUSE_S * RATE_HZ))
    pieces = [pause]
    for voice, word in SCRIPT:
        pieces += [speak(kokoro, voice, word), pause]
    sound = np.concatenate(pieces)
    rng = np.random.default_rng(1)
    sound += rng.standard_normal(len(sound)) * 10 ** (NOISE_DBFS / 20)
    path = Path(__file__).with_name("demo.flac")
    soundfile.write(path, np.clip(sound, -1, 1), RATE_HZ, subtype="PCM_16")
    print(f"{path}: {len(sound) / RATE_HZ:.1f} s")


if __name__ == "__main__":
    main()
