"""A network of its own: a small network for tonal sounds in the calls' band, trained on their clips alone."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import keras

from whipbird.models.card import Card, TrainingData
from whipbird.models.networks.streaming import StreamingNetwork
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird_train.calls.bundles import card_of, written
from whipbird_train.calls.examples import CallWindows
from whipbird_train.calls.plan import FRAMES, HOP_FRAMES, Plan
from whipbird_train.calls.sounds import Sounds
from whipbird_train.export.convert import convert, convert_steps
from whipbird_train.fitting.batches import Batches
from whipbird_train.fitting.epoch_cache import EpochCache
from whipbird_train.fitting.fit import FitSettings, fit
from whipbird_train.frontend_matrices import build_frontend, make_matrices
from whipbird_train.networks.streaming import Time, step_network
from whipbird_train.networks.tonal import tonal_conv2d

__all__ = ["OwnNetwork"]

FEATURES = "features"
EPOCH = 1536  # examples


@dataclass(frozen=True)
class OwnNetwork:
    """Trains networks of its own.

    Attributes
    ----------
    labels : tuple of str
        Background first.
    """

    plan: Plan
    labels: tuple[str, ...]
    name: str
    training: list[TrainingData]
    seed: int = 1
    epochs: int = 10
    folds: ClassVar[int] = 5

    @property
    def kind(self) -> str:
        return "a network of its own"

    @property
    def looks(self) -> str:
        plan = self.plan
        return (
            f"windows of {plan.window_s:.2g} s every {plan.hop_s:.2g} s, {plan.low_hz:.0f} to {plan.high_hz:.0f} Hz "
            "(--window, --band)"
        )

    def card(self) -> Card:
        """The card, without measured results."""
        plan = self.plan
        return card_of(
            self.name,
            self.labels,
            plan,
            self.training,
            "that of your recordings",
            kind="streaming",
            sample_rate_hz=plan.rate_hz,
            window=FRAMES,
            hop_s=plan.hop_s,
            reference_s=plan.window_s / 2,
            frontend=plan.frontend,
        )

    def bundle(self, sounds: Sounds, folder: Path, title: str) -> Card:
        """Train on some sounds, and write a bundle into a folder."""
        network = self._trained(sounds, title)
        steps = step_network(lambda time: self._network(time), network)
        parts = {
            WindowedNetwork.FILE: convert(network, "float32"),
            StreamingNetwork.FILE: convert_steps(steps),
        }
        return written(
            folder, self.card(), parts, make_matrices(self.plan.frontend, self.plan.rate_hz), network.count_params()
        )

    def _network(self, time: Time | None = None) -> keras.Model:
        bands, labels = self.plan.frontend.bands, len(self.labels)
        if time is None:
            return tonal_conv2d(FRAMES, bands, labels, hop=HOP_FRAMES)
        return tonal_conv2d(None, bands, labels, hop=HOP_FRAMES, time=time)

    def _trained(self, sounds: Sounds, title: str) -> keras.Model:
        settings = FitSettings(
            epochs=self.epochs,
            batch=64,
            optimizer="adam",
            peak_rate=3e-3,
            warmup_epochs=1,
            weight_decay=0.01,
            label_smoothing=0.02,
            cached_epochs=(self.epochs + 1) // 2,
        )
        keras.utils.set_random_seed(self.seed)
        network = self._network()
        frontend = build_frontend(self.plan.frontend, self.plan.rate_hz)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            examples = CallWindows(sounds, frontend, FRAMES, EPOCH, self.training)
            cache = EpochCache(folder / "epochs", settings.cached_epochs, examples, {FEATURES: frontend}, self.seed)
            batches = Batches(cache, FEATURES, len(self.labels), settings.batch, settings.variation, self.seed)
            fit(network, batches, None, settings, folder, title)
            shutil.rmtree(cache.folder)
        return network
