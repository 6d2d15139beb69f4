"""A head on the embedding of BirdNET, or of another installed model of birds: one layer on top of its network.

The network stays where it is installed: the bundle holds the layer, and the hash of the network that it belongs to.
Calls that are shorter than the windows of that network are heard in the middle of one, with silence around them, so
that events are as long as calls. Each call is also mixed with background of its own fold, at random levels, so that the
layer learns what does not matter; no fold learns from the sound of another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
from keras import layers
from sklearn.linear_model import LogisticRegression

from whipbird.arrays import Floats, Integers
from whipbird.errors import BundleError
from whipbird.models.bundle import locate, read_card
from whipbird.models.card import Base, Card, TrainingData
from whipbird.models.frontends.raw import RawSettings
from whipbird.models.model import Model
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird.models.settings import ModelSettings
from whipbird_train.calls.bundles import card_of, written
from whipbird_train.calls.plan import Plan
from whipbird_train.calls.sounds import Call, Sounds
from whipbird_train.datasets.clips import fit_length
from whipbird_train.examples.augment import random_piece, rms
from whipbird_train.examples.synthetic_noise import make_noises
from whipbird_train.export.convert import convert
from whipbird_train.progress import tracked

__all__ = ["Head", "base_here"]

BASE = "birdnet"
CALLS_IN_WINDOW = 2.0  # lengths of a usual call
SHORTEST_S, HOPS = 1.0, 4  # of a window, and hops in one
COPIES = 8  # of a call: as it is, and mixed with background
SHIFT = 0.3  # of a call's length, in both directions
SNR_DB = (-6.0, 20.0)
LEVEL_DB = 12.0
MOST_WINDOWS = 1000  # of background
NOISES = 40  # synthetic ones
USUAL_LOGIT = 4.0  # of a usual call against background: regularised scores alone would hardly leave the middle
LEAST_MARGIN = 0.05
NEVER = -30.0  # logit of a label that a fold has no clips of
REGULARISATION = 3e-4  # found best with 20 boobooks; three times as much or as little is hardly worse


def base_here() -> Card | None:
    """The card of the model whose embedding is used; None if it is not installed."""
    try:
        return read_card(locate(BASE))
    except BundleError:
        return None


@dataclass(frozen=True, eq=False)
class Embedded:
    """Embeddings of windows of calls and of background.

    Attributes
    ----------
    vectors : array, shape (n, size)
    labels : array of int, shape (n,)
        0 is background.
    sources : tuple of str
        Of each window; empty for synthetic sound.
    """

    vectors: Floats
    labels: Integers
    sources: tuple[str, ...]


@dataclass(eq=False)
class Head:
    """Trains layers on embeddings.

    Attributes
    ----------
    base : Card
        Of the model that gives the embeddings.
    labels : tuple of str
        Background first.
    folds : sequence of collections of str
        Sources of each fold.
    """

    base: Card
    plan: Plan
    labels: tuple[str, ...]
    name: str
    training: list[TrainingData]
    sounds: Sounds
    folds: Sequence[Collection[str]]
    seed: int = 1
    _embedded: Embedded | None = field(default=None, init=False)

    @property
    def kind(self) -> str:
        return f"a layer on {self.base.name}"

    @property
    def rate_hz(self) -> int:
        return self.base.sample_rate_hz

    @property
    def window(self) -> int:
        """Samples in a window."""
        seconds = min(max(CALLS_IN_WINDOW * self.plan.length_s, SHORTEST_S), self.base.window_s)
        return HOPS * round(seconds * self.rate_hz / HOPS)

    def card(self) -> Card:
        """The card, without measured results."""
        window_s = self.window / self.rate_hz
        network = hashlib.sha256((locate(BASE) / WindowedNetwork.FILE).read_bytes()).hexdigest()
        return card_of(
            self.name,
            self.labels,
            self.plan,
            [*self.training, *self.base.training],
            f"{self.base.licence}, that of {self.base.name}, on whose network it is based; and that of your recordings",
            base=Base(model=self.base.name, sha256=network),
            sample_rate_hz=self.rate_hz,
            window=self.window,
            hop_s=window_s / HOPS,
            reference_s=window_s / 2,
            frontend=RawSettings(),
        )

    def bundle(self, sounds: Sounds, folder: Path, title: str) -> Card:
        """Train on some sounds, and write a bundle into a folder."""
        if self._embedded is None:
            self._embedded = self._all_embedded()
        every, kept = self._embedded, sounds.sources | {""}
        chosen = np.array([source in kept for source in every.sources])
        network = _layer(every.vectors[chosen], every.labels[chosen], len(self.labels))
        parts = {WindowedNetwork.FILE: convert(network, "float32")}
        return written(folder, self.card(), parts, {}, network.count_params())

    def _all_embedded(self) -> Embedded:
        """Embeddings of all calls, each alone and mixed with background of its fold, and of all background."""
        rng = np.random.default_rng(self.seed)
        sounds, window = self.sounds, self.window
        noises = make_noises(NOISES, window, self.rate_hz, rng)
        windows: list[tuple[Floats, int, str]] = [(noise, 0, "") for noise in noises]
        for fold in self.folds:
            own = [one.wave for one in sounds.background if one.source in fold]
            for call in sounds.calls:
                if call.source in fold:
                    windows += [(one, call.label, call.source) for one in self._copies(call, own or noises, rng)]
        pieces = [
            (one.wave[start : start + window], one.source)
            for one in sounds.background
            for start in range(0, max(1, len(one.wave) - window // 2), window // 2)
        ]
        some = rng.permutation(len(pieces))[:MOST_WINDOWS]
        windows += [(fit_length(pieces[number][0], window), 0, pieces[number][1]) for number in some]
        network = Model(BASE, settings=ModelSettings(embeds=True)).windowed_network
        vectors = np.stack([network.embedded(wave) for wave, _, _ in tracked(windows, f"listening with {BASE}")])
        return Embedded(
            vectors, np.array([label for _, label, _ in windows]), tuple(source for _, _, source in windows)
        )

    def _copies(self, call: Call, background: Sequence[Floats], rng: np.random.Generator) -> list[Floats]:
        """Windows around a call: as it is, and over background at random levels."""
        length, window = call.end - call.begin, self.window
        level = rms(call.wave[call.begin : call.end])
        copies = []
        for number in range(COPIES):
            middle = (call.begin + call.end) // 2 + round(rng.uniform(-SHIFT, SHIFT) * length)
            wave = np.pad(call.wave, window)[middle + window // 2 : middle + window // 2 + window]
            if number:
                other = random_piece(background, window, rng)
                wave = wave + other * np.float32(level / rms(other) * 10 ** (-rng.uniform(*SNR_DB) / 20))
            copies.append(np.clip(wave * np.float32(10 ** (rng.uniform(-LEVEL_DB, LEVEL_DB) / 20)), -1, 1))
        return copies


def _layer(vectors: Floats, truth: Integers, labels: int) -> keras.Model:
    """One layer with a softmax over all labels, by logistic regression on standardised vectors."""
    mean, scale = vectors.mean(axis=0), vectors.std(axis=0) + 1e-3
    fitted = LogisticRegression(C=REGULARISATION, max_iter=1000, class_weight="balanced")
    fitted.fit((vectors - mean) / scale, truth)
    own = fitted.classes_ if len(fitted.classes_) > 2 else fitted.classes_[1:]  # two classes have one score
    weights = np.zeros((labels, vectors.shape[1]))
    bias = np.where(np.isin(np.arange(labels), fitted.classes_), 0.0, NEVER)
    weights[own] = fitted.coef_ / scale
    bias[own] = fitted.intercept_ - (fitted.coef_ * mean / scale).sum(axis=1)
    logits = vectors @ weights.T + bias
    of_calls = np.flatnonzero(truth > 0)
    margins = logits[of_calls, truth[of_calls]] - logits[of_calls, 0]
    slope = USUAL_LOGIT / max(float(np.median(margins)), LEAST_MARGIN)
    weights, bias = slope * weights, slope * bias
    inputs = keras.Input((vectors.shape[1],), name="embedding")
    network = keras.Model(inputs, layers.Dense(labels, activation="softmax", name="scores")(inputs))
    network.layers[-1].set_weights([weights.T.astype(np.float32), bias.astype(np.float32)])
    return network
