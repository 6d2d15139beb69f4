"""The article's classifier of city sounds: mean MFCCs into a dense network. The baseline.

It differs from `urbansound` in its front end, network and training. It is tested as in the article, on a random fifth
of the clips, and on unseen folds. UrbanSound8K has several clips of each recording, and its folds keep them together;
a random split tests on recordings that were also trained on.
"""

from __future__ import annotations

from dataclasses import replace

from whipbird.models.frontends.mfcc import MfccSettings
from whipbird_train.datasets.clips import repeated
from whipbird_train.examples.unmodified import UnmodifiedExamples
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.networks.baselines import article_dense
from whipbird_train.recipes import urbansound
from whipbird_train.study.protocols import at_random, each_split_left_out
from whipbird_train.study.recipe import Recipe

__all__ = ["recipe"]

FRONTEND = MfccSettings(frame=2048, step=512, fft=2048, bands=128, low_hz=0, high_hz=8000, coefficients=40)
WINDOW = 122  # whole frames in four seconds
SPAN = (WINDOW - 1) * FRONTEND.step + FRONTEND.fft


def recipe() -> Recipe:
    return replace(
        urbansound.recipe(),
        name="urbansound-mfcc",
        description="Ten kinds of city sounds by the mean of 40 MFCCs and a dense network, to compare with.",
        limits="A baseline, not for use: it knows recordings, not sounds. On recordings that it has never heard it is "
        "wrong more often than right.",
        frontend=FRONTEND,
        window=WINDOW,
        hop_s=0.512,
        reference_s=2.0,
        network=lambda labels: article_dense(WINDOW, FRONTEND.coefficients, labels),
        members=1,
        settings=FitSettings(epochs=100, batch=32, optimizer="adam", peak_rate=1e-3, warmup_epochs=0, cached_epochs=1),
        examples=lambda folder, sounds, labels, seed: UnmodifiedExamples(
            sounds, SPAN, repeated, [sounds.training(len(sounds))]
        ),
        experiments=lambda sounds: [
            *each_split_left_out(sounds, "unseen folds"),
            *at_random(sounds, "a random fifth, with cuts of the same recordings on both sides", 0.2, times=5),
        ],
    )
