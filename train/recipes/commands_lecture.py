"""The lecture's keyword model: one-dimensional convolutions over raw sound at 8 kHz. The baseline."""

from __future__ import annotations

from stream.card import RawSettings
from train.fit import Settings
from train.keywords import KeywordRecipe
from train.networks import lecture_conv1d

__all__ = ["recipe"]

SAMPLES = 8_000  # one second


def recipe() -> KeywordRecipe:
    return KeywordRecipe(
        name="commands-lecture",
        description="The same ten commands by a plain network over raw sound, to compare with: it mishears often.",
        limits="A baseline, not for use: it needs far more recordings than the some 3,000 it was trained on, and takes "
        "nearly any sound for a command. Use `commands` instead.",
        rate_hz=8_000,
        frontend=RawSettings(),
        window=SAMPLES,
        network=lambda labels: lecture_conv1d(SAMPLES, labels),
        settings=Settings(epochs=100, optimizer="adam", peak_rate=1e-3),
        mask=False,
        synthetic=False,
    )
