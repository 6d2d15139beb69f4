"""The lecture's keyword model: one-dimensional convolutions over raw sound at 8 kHz. The baseline."""

from __future__ import annotations

from whipbird.models.frontends.raw import RawSettings
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.networks.baselines import lecture_conv1d
from whipbird_train.recipes.commands import command_examples, commands, unseen_speakers, words_alone
from whipbird_train.study.protocols import at_random
from whipbird_train.study.recipe import Recipe

__all__ = ["recipe"]

RATE_HZ = 8_000
SAMPLES = 8_000  # one second


def recipe() -> Recipe:
    return commands(
        name="commands-lecture",
        licence="MIT",
        description="The same ten commands by a plain network over raw sound, to compare with: it mishears often.",
        limits="A baseline, not for use: it takes nearly any sound for a command. Use `commands` instead.",
        eight_bit=False,  # a plain network, to compare with other file formats and with what layers inside it give
        rate_hz=RATE_HZ,
        frontend=RawSettings(),
        window=SAMPLES,
        network=lambda labels: lecture_conv1d(SAMPLES, labels),
        settings=FitSettings(epochs=40, optimizer="adam", peak_rate=1e-3, patience=15),
        examples=lambda folder, sounds, labels, seed: command_examples(sounds, labels, seed, RATE_HZ),
        experiments=lambda sounds: [
            *unseen_speakers(sounds),
            *(words_alone(one) for one in unseen_speakers(sounds)),
            *(words_alone(one) for one in at_random(sounds, "a random fifth, of known speakers", 0.2, times=1)),
        ],
    )
