"""Make ``examples/demo.flac``: synthetic voices say the commands over faint noise.

Needs flite (Debian package ``flite``) and an environment with whipbird installed:

    python examples/make_demo.py
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr

RATE_HZ = 16_000
LEVEL_DBFS = -24.0  # of each word
NOISE_DBFS = -62.0
PAUSE_S = 0.75

# (voice, word)
SCRIPT = [
    ("slt", "yes"),
    ("slt", "no"),
    ("rms", "left"),
    ("rms", "right"),
    ("slt", "happy"),  # not a command
    ("slt", "up"),
    ("slt", "down"),
    ("awb", "stop"),
    ("rms", "go"),
    ("rms", "seven"),  # not a command
    ("awb", "on"),
    ("awb", "off"),
    ("slt", "yes"),
    ("slt", "yes"),
]


def speak(voice: str, word: str) -> np.ndarray:
    """Return a spoken word, shape (samples,), without silence around it, at a level of `LEVEL_DBFS`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word.wav"
        subprocess.run(["flite", "-voice", voice, "-t", word, "-o", path], check=True)
        samples, rate_hz = soundfile.read(path)
    samples = soxr.resample(samples, rate_hz, RATE_HZ)
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    samples = samples[loud[0] : loud[-1] + 1]
    return samples * 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(samples**2))


def main() -> None:
    pause = np.zeros(round(PAUSE_S * RATE_HZ))
    pieces = [pause]
    for voice, word in SCRIPT:
        pieces += [speak(voice, word), pause]
    sound = np.concatenate(pieces)
    rng = np.random.default_rng(1)
    sound += rng.standard_normal(len(sound)) * 10 ** (NOISE_DBFS / 20)
    path = Path(__file__).with_name("demo.flac")
    soundfile.write(path, np.clip(sound, -1, 1), RATE_HZ, subtype="PCM_16")
    print(f"{path}: {len(sound) / RATE_HZ:.1f} s")


if __name__ == "__main__":
    main()
