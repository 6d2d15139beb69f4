"""Batches for Keras: each example of a cached epoch once, shuffled, masked and mixed differently in every epoch."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from whipbird.arrays import Floats
from whipbird_train.examples.augment import mask
from whipbird_train.fitting.answers import Answers
from whipbird_train.fitting.epoch_cache import Epochs

__all__ = ["Batches", "Variation"]


@dataclass(frozen=True)
class Variation:
    """Random changes to the features, drawn again in each epoch.

    Attributes
    ----------
    masks : int
        Number of segments of time, and of frequency, that are replaced by the mean; 0 for features without such axes.
    mask_frames, mask_bands : int
        Greatest width of a mask.
    mixup : float
        Parameter of the beta distribution of the mixing weight of two examples (arXiv 1710.09412); 0 mixes none.
    mixup_share : float
        Share of the examples that are mixed.
    mixup_powers : bool
        Whether features are decibels, whose powers are added, as those of sounds are.
    """

    masks: int = 0
    mask_frames: int = 10
    mask_bands: int = 4
    mixup: float = 0.0
    mixup_share: float = 1.0
    mixup_powers: bool = False


class Batches(keras.utils.PyDataset):
    """Shuffled batches of features, targets and weights.

    Parameters
    ----------
    frontend : str
        Name of the features in the cache.
    labels : int
        Number of labels.
    seed : int
        The same seed gives the same batches in every run; batches differ between epochs.
    balanced : bool
        Whether rare labels weigh as much as frequent ones.
    teacher : Answers, optional
        Its answers are the targets instead of the labels, and its hints are a second input.
    truth : float
        Share of the labels in the targets where there is a teacher.
    """

    def __init__(
        self,
        cache: Epochs,
        frontend: str,
        labels: int,
        batch_size: int,
        variation: Variation,
        seed: int,
        balanced: bool = False,
        teacher: Answers | None = None,
        truth: float = 0.0,
    ) -> None:
        super().__init__(workers=1, max_queue_size=6)
        self._cache = cache
        self._frontend = frontend
        self._labels = labels
        self._batch_size = batch_size
        self._variation = variation
        self._seed = seed
        self.teacher = teacher
        self._truth = truth
        if teacher is not None and variation.mixup:
            raise ValueError("hints of a teacher cannot be mixed")
        counts = np.bincount(cache.labels(0), minlength=labels)
        self._weights = counts.mean() / np.where(counts, counts, counts.mean()) if balanced else np.ones(labels)
        self.start_epoch(0)

    def __len__(self) -> int:
        return -(-len(self._cache) // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[Floats | tuple[Floats, Floats], Floats, Floats]:
        chosen = self._order[batch * self._batch_size : (batch + 1) * self._batch_size]
        features, targets = self._features[chosen], self._targets[chosen]
        weights = self._weights[self._numbers[chosen]].astype(np.float32)
        rng = np.random.default_rng((self._seed, self._epoch, batch))
        variation = self._variation
        for example in features if variation.masks else ():
            mask(example, rng, variation.masks, variation.mask_frames, variation.mask_bands)
        if variation.mixup:
            features, targets, weights = self._mixed(features, targets, weights, rng)
        return features if self.teacher is None else (features, self._hints[chosen]), targets, weights

    def start_epoch(self, epoch: int) -> None:
        """Load an epoch. (Keras' own hooks do not pass its number, and are called once too often.)"""
        self._epoch = epoch
        number = epoch % self._cache.count
        self._features = self._cache.features(number, self._frontend)
        self._numbers = self._cache.labels(number)
        self._targets = np.eye(self._labels, dtype=np.float32)[self._numbers]
        if self.teacher is not None:
            answers, self._hints = self.teacher.targets(number), self.teacher.hints(number)
            self._targets = self._truth * self._targets + (1 - self._truth) * answers
        self._order = np.random.default_rng((self._seed, epoch)).permutation(len(self._cache))

    def _mixed(
        self, features: Floats, targets: Floats, weights: Floats, rng: np.random.Generator
    ) -> tuple[Floats, Floats, Floats]:
        variation, count = self._variation, len(features)
        drawn = rng.beta(variation.mixup, variation.mixup, count)
        mixes = rng.random(count) < variation.mixup_share
        share = np.where(mixes, np.maximum(drawn, 1 - drawn), 1.0).astype(np.float32)
        other = rng.permutation(count)
        wide = share.reshape(-1, *(1,) * (features.ndim - 1))
        if variation.mixup_powers:
            powers = wide**2 * 10 ** (features / 10) + (1 - wide) ** 2 * 10 ** (features[other] / 10)
            features = 10 * np.log10(powers + np.float32(1e-12))
        else:
            features = wide * features + (1 - wide) * features[other]
        targets = share[:, None] * targets + (1 - share[:, None]) * targets[other]
        return features, targets, share * weights + (1 - share) * weights[other]
