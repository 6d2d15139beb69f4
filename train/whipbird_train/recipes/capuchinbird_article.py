"""The article's detector of Capuchinbird calls: convolutions over a fine spectrogram. The baseline.

Settings after Renotte 2022, "Build a Deep Audio Classifier with Python and Tensorflow": 48,000 samples at 16 kHz,
spectrogram with frames of 320 samples every 32, four epochs, no augmentation.
"""

from __future__ import annotations

from whipbird.events.settings import DebounceSettings
from whipbird.models.frontends.stft import StftSettings
from whipbird_train.datasets.capuchinbird import CAPUCHINBIRD, LABELS
from whipbird_train.examples.unmodified import UnmodifiedExamples, silence_in_front
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.networks.baselines import article_conv2d
from whipbird_train.recipes.capuchinbird import LICENCE, RATE_HZ, read_calls
from whipbird_train.study.protocols import unseen_groups
from whipbird_train.study.recipe import Recipe

__all__ = ["recipe"]

FRONTEND = StftSettings(frame=320, step=32, fft=512)
WINDOW = 1491  # the frames of 48,000 samples
SPAN = (WINDOW - 1) * FRONTEND.step + FRONTEND.fft


def recipe() -> Recipe:
    return Recipe(
        name="capuchinbird-article",
        description="The same calls by a plain network of 6 million parameters, to compare with.",
        limits="A baseline, not for use: a window of three seconds cannot tell calls apart that follow each other, "
        "it takes a hundred times the work of `capuchinbird`, and depends on loudness.",
        licence=LICENCE,
        labels=LABELS,
        reported=(CAPUCHINBIRD,),
        rate_hz=RATE_HZ,
        frontend=FRONTEND,
        window=WINDOW,
        hop_s=1.0,
        reference_s=1.5,
        report="end",
        debounce=DebounceSettings(smooth_s=0.0, on=0.9, off=0.5, release_s=0.5, refractory_s=0.0),
        network=lambda labels: article_conv2d(WINDOW, FRONTEND.fft // 2 + 1),
        settings=FitSettings(epochs=4, batch=16, optimizer="adam", peak_rate=1e-3, warmup_epochs=0, cached_epochs=1),
        read=read_calls,
        examples=lambda folder, sounds, labels, seed: UnmodifiedExamples(
            sounds, SPAN, silence_in_front, [sounds.training(len(sounds))]
        ),
        experiments=lambda sounds: unseen_groups(sounds, "unseen birds and sources, 5 folds", folds=5),
        shipped="fold-1",  # any fold will do for comparison: trainings differ more than folds do
    )
