"""Accuracy of the keyword models in noise that training never heard, and at any loudness.

The validation clips of Speech Commands (speakers that training never heard), as they are, mixed with city sounds
(UrbanSound8K: street music, air conditioners, playing children, idling engines and so on, the same mixture for every
model) at a ratio of levels, and scaled. The level of a clip is that of its loudest tenth of a second, so that pauses
around a word do not count; silent clips stay as they are and have the noise at -50 dBFS. Twelve labels, classified as
``whipbird classify`` does.
"""

from __future__ import annotations

import numpy as np
from rich.table import Table

from benchmarks.common import Floats, Measure, data_folder, finish, run
from stream.classify import classify
from stream.model import Model
from train.datasets import speech_commands
from train.datasets.clips import fit_length, load_clips
from train.evaluate.word_streams import unseen_city_sounds
from train.judgement import wilson_interval

RATE_HZ = 16_000
MODELS = ("commands", "commands-lecture")
SNR_DB = (20, 10, 5, 0)
LEVELS_DBFS = (-60, -50, -40, -30, -20, -10, 0, 12)  # of the clip's loudest sample; above 0 it is clipped
SILENCE_DBFS = -50.0


def main() -> None:
    listed = [c for c in speech_commands.read_clips(data_folder("speech-commands")) if c.split == "validation"]
    clips, waves = load_clips(listed, RATE_HZ, RATE_HZ)
    rng = np.random.default_rng(1)
    noises = unseen_city_sounds(data_folder("urbansound8k").parent)
    backgrounds = [fit_length(noises[number], RATE_HZ) for number in rng.integers(len(noises), size=len(clips))]
    conditions = {"as recorded": list(waves)}
    for snr_db in SNR_DB:
        mixed = zip(waves, backgrounds, clips, strict=True)
        conditions[f"{snr_db} dB over city sounds"] = [_mixed(w, b, c.label, snr_db) for w, b, c in mixed]
    for level in LEVELS_DBFS:
        conditions[f"loudest sample at {level} dBFS"] = [_scaled(wave, level) for wave in waves]

    models = {name: Model(name) for name in MODELS}
    table = Table("", *MODELS, title=f"right of {len(clips)} clips, twelve labels")
    measures = []
    for condition, sounds in conditions.items():
        shares = []
        for name, model in models.items():
            right = sum(classify(model, w, RATE_HZ).label == c.label for w, c in zip(sounds, clips, strict=True))
            low, high = wilson_interval(right, len(clips))
            measures.append(Measure(f"{name}, {condition}", 100 * right / len(clips), "%"))
            shares.append(f"{right / len(clips):.1%} ({low:.1%} to {high:.1%})")
        table.add_row(condition, *shares)
    finish("noise", "accuracy", measures, table)


def _level(samples: Floats) -> float:
    """Root mean square of the loudest tenth of a second."""
    frames = samples[: len(samples) // 1600 * 1600].reshape(-1, 1600)
    return float(np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1)).max()) + 1e-9


def _mixed(wave: Floats, noise: Floats, label: str, snr_db: float) -> Floats:
    wanted = 10 ** (SILENCE_DBFS / 20) if label == speech_commands.SILENCE else _level(wave) * 10 ** (-snr_db / 20)
    return np.clip(wave + noise * np.float32(wanted / _level(noise)), -1, 1)


def _scaled(wave: Floats, peak_dbfs: float) -> Floats:
    return np.clip(wave * np.float32(10 ** (peak_dbfs / 20) / (np.abs(wave).max() + 1e-9)), -1, 1)


if __name__ == "__main__":
    run(main)
