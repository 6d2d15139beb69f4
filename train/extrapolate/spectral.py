"""Completion by magnitudes: regression from log spectra to log spectra, and nearest neighbours after alignment.

Where takes agree is not in their samples but in how loud which frequency is. Both methods predict that for the frames
to come, and `train.extrapolate.frames` makes a sound of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import librosa
import numpy as np

from train.extrapolate.frames import Frames
from train.extrapolate.regressions import ridge
from train.extrapolate.task import Cut, Floats

__all__ = ["Neighbours", "SpectralRidge"]

RANGE = 1e-4  # of magnitudes, below the loudest of the training takes: 80 dB
STEPS = np.array([[1, 1], [1, 2], [2, 1]])  # of the alignment: from half to twice as fast
COUNTS = (1, 2, 3, 5, 8, 12, 20)  # of neighbours
MOST_ASKED = 20  # training takes by which their number is chosen


class _Spectral:
    """What both have in common: frames, and a floor for magnitudes."""

    chosen: float | None = None

    def _prepare(self, takes: Sequence[Floats], cut: Cut) -> None:
        self._cut = cut
        self._frames = Frames.at(cut.rate_hz)
        self._known = self._frames.known(cut)
        self._floor = RANGE * max(float(np.abs(self._frames.stft(take)).max()) for take in takes)

    def _logs(self, sound: Floats) -> Floats:
        return self._frames.log_magnitudes(sound, self._floor or 1.0)

    def _missing_logs(self, take: Floats) -> Floats:
        return self._logs(take[: self._cut.length])[self._known :]

    def _sound(self, given: Floats, logs: Floats) -> Floats:
        magnitudes = np.exp(logs)
        magnitudes[logs <= np.log(self._floor or 1.0)] = 0
        return self._frames.continued(given, magnitudes, self._cut)


class SpectralRidge(_Spectral):
    """Ridge regression from the log magnitudes of all given frames to those of all missing ones.

    No magnitude becomes larger than the same one was in any training take.
    """

    def fit(self, takes: Sequence[Floats], cut: Cut) -> Self:
        self._prepare(takes, cut)
        given = np.stack([self._logs(take[: cut.provided]).ravel() for take in takes])
        wanted = np.stack([self._missing_logs(take) for take in takes])
        self._highest = wanted.max(axis=0)
        self._regression, self.chosen = ridge(given, wanted.reshape(len(takes), -1))
        return self

    def predict(self, given: Floats) -> Floats:
        logs = self._regression.predict(self._logs(given).ravel())
        return self._sound(given, np.minimum(logs.reshape(self._highest.shape), self._highest))


class Neighbours(_Spectral):
    """What followed in the takes that resemble the given part most, averaged as log magnitudes.

    The given frames are laid along each take by dynamic time warping, which may begin and end anywhere in it; what
    follows there is the continuation. How many takes are averaged is chosen on up to 20 of the training takes, as if
    each were not known.
    """

    def fit(self, takes: Sequence[Floats], cut: Cut) -> Self:
        self._prepare(takes, cut)
        self._takes = [self._logs(take) for take in takes]
        asked = np.unique(np.linspace(0, len(takes) - 1, min(MOST_ASKED, len(takes))).round().astype(int))
        errors = np.zeros(len(COUNTS))
        for number in asked:
            take = takes[number]
            others = [other for place, other in enumerate(self._takes) if place != number]
            ranked = self._ranked(take[: cut.provided], others)
            wanted = self._missing_logs(take)
            errors += [np.mean((ranked[:count].mean(axis=0) - wanted) ** 2) for count in COUNTS]
        self.chosen = COUNTS[int(errors.argmin())]
        return self

    def predict(self, given: Floats) -> Floats:
        ranked = self._ranked(given, self._takes)
        return self._sound(given, ranked[: self.chosen].mean(axis=0))

    def _ranked(self, given: Floats, takes: Sequence[Floats]) -> Floats:
        """Continuations by other takes, the nearest first, shape (at most 20, missing frames, bins)."""
        asked = self._logs(given)[: self._known]
        ends, costs = [], []
        for take in takes:
            total = librosa.sequence.dtw(asked.T, take.T, subseq=True, backtrack=False, step_sizes_sigma=STEPS)[-1]
            ends.append(int(total.argmin()))
            costs.append(float(total.min()))
        nearest = np.argsort(costs, kind="stable")[: COUNTS[-1]]
        return np.stack([self._following(takes[number], ends[number]) for number in nearest])

    def _following(self, take: Floats, end: int) -> Floats:
        wanted = 1 + self._cut.length // self._frames.hop - self._known
        following = take[end + 1 : end + 1 + wanted]
        silent = np.full((wanted - len(following), take.shape[1]), np.log(self._floor or 1.0))
        return np.concatenate((following, silent))
