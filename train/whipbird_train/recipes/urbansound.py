"""Ten kinds of city sounds: log-mel at 16 kHz into four small convolutional networks that vote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from whipbird.events.settings import DebounceSettings
from whipbird.models.frontends.log_mel import LogMelSettings
from whipbird_train.datasets import urbansound8k
from whipbird_train.datasets.clips import repeated
from whipbird_train.datasets.urbansound8k import LABELS
from whipbird_train.examples.environments import EnvironmentExamples
from whipbird_train.examples.labelled_sounds import Sounds, load_sounds
from whipbird_train.fitting.batches import Variation
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.networks.environment import environment_cnn
from whipbird_train.study.protocols import each_split_left_out
from whipbird_train.study.recipe import Recipe

__all__ = ["recipe"]

RATE_HZ = 16_000
CLIP_S = 4
FRONTEND = LogMelSettings(frame=1024, step=512, fft=1024, bands=64, low_hz=50, high_hz=8000)
WINDOW = 96  # frames: 3.1 s
MEMBERS = 4
LICENCE = "CC BY-NC 3.0 (trained on recordings for non-commercial use)"


def recipe() -> Recipe:
    epochs = 30
    return Recipe(
        name="urbansound",
        description="Ten kinds of city sounds: air conditioners, car horns, playing children, barking dogs, drilling, "
        "idling engines, gun shots, jackhammers, sirens, street music.",
        limits="It has no class for anything else, and takes whatever it hears for one of ten: raise the thresholds in "
        "its card, or choose labels with --label. Jackhammers are taken for engines. It "
        "learned from clips that are filled up by repeating them: a single short car horn is often missed.",
        licence=LICENCE,
        labels=LABELS,
        reported=LABELS,
        rate_hz=RATE_HZ,
        frontend=FRONTEND,
        window=WINDOW,
        hop_s=0.224,
        reference_s=1.55,
        report="end",
        debounce=DebounceSettings(smooth_s=1.0, release_s=1.0, refractory_s=0.5),
        network=lambda labels: environment_cnn(WINDOW, FRONTEND.bands, labels),
        members=MEMBERS,
        settings=FitSettings(
            epochs=epochs,
            batch=32,
            optimizer="adam",
            peak_rate=2e-3,
            warmup_epochs=3,
            weight_decay=0.01,
            label_smoothing=0.1,
            cached_epochs=epochs,
            variation=Variation(mixup=0.3, mixup_share=0.5, mixup_powers=True),
        ),
        read=_read,
        examples=lambda folder, sounds, labels, seed: EnvironmentExamples(
            sounds, build_frontend(FRONTEND, RATE_HZ), WINDOW, seed, [sounds.training(len(sounds))]
        ),
        experiments=lambda sounds: each_split_left_out(sounds, "unseen folds"),
    )


def _read(folder: Path) -> Sounds:
    """Read all clips, and repeat those shorter than four seconds to that length."""
    sounds = load_sounds(urbansound8k.read_clips(folder), LABELS, RATE_HZ, folder, urbansound8k.training_data)
    return replace(sounds, waves=[repeated(wave, CLIP_S * RATE_HZ) for wave in sounds.waves])
