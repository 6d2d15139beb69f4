"""A head on the embedding of BirdNET, or of another installed model of birds: one layer on top of its network.

The network stays where it is installed: the bundle holds the layer, and the hash of the network that it belongs to.
Calls that are shorter than the windows of that network are heard in the middle of one, with silence around them, so
that events are as long as calls.

The scores of such a network are themselves a layer on its embedding. The few of its species that tell the calls best
from the background are further inputs of the regression, and cost less than others: few clips cannot say which of a
thousand numbers matter, the thousands of recordings behind a species can. They need not be the species that calls. In
the end, everything is one layer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import keras
import numpy as np
from keras import layers
from sklearn.linear_model import LogisticRegression

from whipbird.arrays import Floats, Integers
from whipbird.errors import BundleError
from whipbird.models.bundle import locate, read_card
from whipbird.models.card import Card, TrainingData
from whipbird.models.frontends.raw import RawSettings
from whipbird.models.model import Model
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird.models.runtimes.interpreter import allocate, make_interpreter
from whipbird.models.settings import ModelSettings
from whipbird_train.calls.bundles import based_on, card_of, written
from whipbird_train.calls.plan import Plan
from whipbird_train.calls.sounds import Sounds
from whipbird_train.datasets.clips import fit_length
from whipbird_train.examples.synthetic_noise import make_noises
from whipbird_train.export.convert import convert
from whipbird_train.progress import tracked

__all__ = ["BASE", "Head", "base_here", "species_layer"]

BASE = "birdnet"
CALLS_IN_WINDOW = 2.0  # lengths of a usual call
SHORTEST_S, HOPS = 1.0, 4  # of a window, and hops in one
STEP_S = 0.2  # lengths of windows are multiples of it
SHIFTS = (-0.5, 0.0, 0.5)  # hops between the middles of a call and of a window that is trained on
MOST_WINDOWS = 1000  # of background, and as many of other sounds
NOISES = 40  # synthetic ones
SPECIES = 5  # of the base, for each kind of call
WEIGHT = 10.0  # of a species, relative to a number of the embedding
LEAST_SPREAD = 0.1  # of a species' scores, in log odds
USUAL_LOGIT = 4.0  # of a usual call against background: regularised scores alone would hardly leave the middle
LEAST_MARGIN = 0.05
NEVER = -30.0  # logit of a label that a fold has no clips of
REGULARISATION = 0.01


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
    """

    base: Card
    plan: Plan
    labels: tuple[str, ...]
    name: str
    training: list[TrainingData]
    sounds: Sounds
    seed: int = 1
    folds: ClassVar[int] = 10
    _embedded: Embedded | None = field(default=None, init=False)

    @property
    def kind(self) -> str:
        return f"a layer on {self.base.name}"

    @property
    def rate_hz(self) -> int:
        return self.base.sample_rate_hz

    @property
    def looks(self) -> str:
        window_s = self.window / self.rate_hz
        return f"windows of {window_s:.2g} s every {window_s / HOPS:.2g} s, the band of {self.base.name}"

    @property
    def window(self) -> int:
        """Samples in a window."""
        seconds = min(max(CALLS_IN_WINDOW * self.plan.length_s, SHORTEST_S), self.base.window_s)
        return HOPS * round(STEP_S * round(seconds / STEP_S) * self.rate_hz / HOPS)

    def card(self) -> Card:
        """The card, without measured results."""
        window_s = self.window / self.rate_hz
        base, licence = based_on(self.base)
        return card_of(
            self.name,
            self.labels,
            self.plan,
            [*self.training, *self.base.training],
            licence,
            base=base,
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
        network = _layer(every.vectors[chosen], every.labels[chosen], len(self.labels), self._species)
        parts = {WindowedNetwork.FILE: convert(network, "float32")}
        return written(folder, self.card(), parts, {}, network.count_params())

    @cached_property
    def _species(self) -> Floats:
        weights, _ = species_layer((locate(BASE) / WindowedNetwork.FILE).read_bytes(), len(self.base.labels))
        return weights

    def _all_embedded(self) -> Embedded:
        """Embeddings of all calls, and of some background and other sounds."""
        rng = np.random.default_rng(self.seed)
        sounds, window = self.sounds, self.window
        noises = make_noises(NOISES, window, self.rate_hz, rng)
        windows: list[tuple[Floats, int, str]] = [(noise, 0, "") for noise in noises]
        for call in sounds.calls:
            wave, middle = np.pad(call.wave, window), (call.begin + call.end) // 2
            for shift in SHIFTS:
                start = middle + window // 2 + round(shift * window / HOPS)
                windows.append((wave[start : start + window], call.label, call.source))
        for is_other in (False, True):
            pieces = [
                (one.wave[start : start + window], one.source)
                for one in sounds.pieces(is_other)
                for start in range(0, max(1, len(one.wave) - window // 2), window // 2)
            ]
            some = rng.permutation(len(pieces))[:MOST_WINDOWS]
            windows += [(fit_length(pieces[number][0], window), 0, pieces[number][1]) for number in some]
        network = Model(BASE, settings=ModelSettings(embeds=True)).windowed_network
        vectors = np.stack([network.embedded(wave) for wave, _, _ in tracked(windows, f"listening with {BASE}")])
        return Embedded(
            vectors, np.array([label for _, label, _ in windows]), tuple(source for _, _, source in windows)
        )


def species_layer(network: bytes, labels: int) -> tuple[Floats, Floats]:
    """The last layer of a network whose scores are one layer on its embedding.

    Parameters
    ----------
    network : bytes
        A TFLite file.

    Returns
    -------
    weights, biases : array, shape (labels, size), and array, shape (labels,)

    Raises
    ------
    BundleError
        If its scores are not.
    """
    interpreter = make_interpreter(network)
    allocate(interpreter)
    tensors = interpreter.get_tensor_details()
    matrices = [one for one in tensors if len(one["shape"]) == 2 and one["shape"][0] == labels]
    rows = [one for one in tensors if list(one["shape"]) == [labels]]
    if not matrices or not rows:
        raise BundleError("the scores of this network are not one layer on its embedding")
    return interpreter.get_tensor(matrices[-1]["index"]), interpreter.get_tensor(rows[-1]["index"])


def _layer(vectors: Floats, truth: Integers, labels: int, species: Floats) -> keras.Model:
    """One layer with a softmax over all labels, by logistic regression on standardised vectors and scores of species.

    Parameters
    ----------
    species : array, shape (species, size)
        Weights of the species of the base.
    """
    mean, scale = vectors.mean(axis=0), vectors.std(axis=0) + 1e-3
    directions = np.float32(WEIGHT) * _telling(vectors, truth, species)
    inputs = np.hstack(((vectors - mean) / scale, (vectors - mean) @ directions.T))
    fitted = LogisticRegression(C=REGULARISATION, max_iter=1000, class_weight="balanced")
    fitted.fit(inputs, truth)
    size = vectors.shape[1]
    slopes = fitted.coef_[:, :size] / scale + fitted.coef_[:, size:] @ directions
    own = fitted.classes_ if len(fitted.classes_) > 2 else fitted.classes_[1:]  # two classes have one score
    weights = np.zeros((labels, size))
    bias = np.where(np.isin(np.arange(labels), fitted.classes_), 0.0, NEVER)
    weights[own] = slopes
    bias[own] = fitted.intercept_ - slopes @ mean
    logits = vectors @ weights.T + bias
    of_calls = np.flatnonzero(truth > 0)
    margins = logits[of_calls, truth[of_calls]] - logits[of_calls, 0]
    slope = USUAL_LOGIT / max(float(np.median(margins)), LEAST_MARGIN)
    weights, bias = slope * weights, slope * bias
    given = keras.Input((size,), name="embedding")
    network = keras.Model(given, layers.Dense(labels, activation="softmax", name="scores")(given))
    network.layers[-1].set_weights([weights.T.astype(np.float32), bias.astype(np.float32)])
    return network


def _telling(vectors: Floats, truth: Integers, species: Floats) -> Floats:
    """Weights of the species that tell each kind of call best from background, whose scores have a spread of 1 there.

    Returns
    -------
    array, shape (chosen species, size)
    """
    scores = vectors @ species.T
    quiet = scores[truth == 0]
    spread = np.maximum(quiet.std(axis=0), LEAST_SPREAD)
    chosen: set[int] = set()
    for kind in np.unique(truth[truth > 0]):
        calls = scores[truth == kind]
        apart = (calls.mean(axis=0) - quiet.mean(axis=0)) / np.hypot(
            np.maximum(calls.std(axis=0), LEAST_SPREAD), spread
        )
        chosen.update(np.argsort(-apart)[:SPECIES].tolist())
    rows = sorted(chosen)
    return np.asarray(species[rows] / spread[rows, None], np.float32)
