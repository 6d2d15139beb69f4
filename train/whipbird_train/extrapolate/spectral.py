"""Completion by magnitudes: regression from log spectra to log spectra, and nearest neighbours after alignment.

Takes of a sound have similar magnitudes of frequencies, but not similar samples. Both methods predict the magnitudes of
the missing frames, from which `whipbird_train.extrapolate.frames` makes a sound.
"""

from __future__ import annotations

from collections.abc import Sequence

import librosa
import numpy as np

from whipbird.arrays import Doubles
from whipbird_train.extrapolate.frames import Frames
from whipbird_train.extrapolate.regressions import ridge
from whipbird_train.extrapolate.task import Cut

__all__ = ["neighbours", "spectral_ridge"]

RANGE = 1e-4  # lowest magnitude relative to the loudest of the training takes: -80 dB
STEPS = np.array([[1, 1], [1, 2], [2, 1]])  # of the alignment: from half to double speed
COUNTS = (1, 2, 3, 5, 8, 12, 20)  # of neighbours
MOST_TRIED = 20  # training takes used to choose the number of neighbours


class _Spectra:
    """Log magnitudes of takes, with a floor, and sounds made from them."""

    def __init__(self, takes: Sequence[Doubles], cut: Cut) -> None:
        self._cut = cut
        self._frames = Frames.at(cut.rate_hz)
        self.known = self._frames.known(cut)
        self._floor = RANGE * max(float(np.abs(self._frames.stft(take)).max()) for take in takes) or 1.0

    def logs(self, sound: Doubles) -> Doubles:
        return self._frames.log_magnitudes(sound, self._floor)

    def missing(self, take: Doubles) -> Doubles:
        return self.logs(take[: self._cut.length])[self.known :]

    def following(self, logs: Doubles, end: int) -> Doubles:
        """As many frames as are missing, after frame ``end`` of a take; silent beyond the take's end."""
        wanted = 1 + self._cut.length // self._frames.hop - self.known
        following = logs[end + 1 : end + 1 + wanted]
        return np.pad(following, ((0, wanted - len(following)), (0, 0)), constant_values=np.log(self._floor))

    def sound(self, given: Doubles, logs: Doubles) -> Doubles:
        magnitudes = np.where(logs <= np.log(self._floor), 0, np.exp(logs))
        return self._frames.continued(given, magnitudes, self._cut)


def spectral_ridge(takes: Sequence[Doubles], given: Sequence[Doubles], cut: Cut) -> tuple[list[Doubles], float | None]:
    """Ridge regression from the log magnitudes of all given frames to those of all missing frames.

    Each magnitude is limited to its largest value in the training takes.
    """
    spectra = _Spectra(takes, cut)
    before = np.stack([spectra.logs(take[: cut.provided]).ravel() for take in takes])
    after = np.stack([spectra.missing(take) for take in takes])
    highest = after.max(axis=0)
    regression, chosen = ridge(before, after.reshape(len(takes), -1))
    completed = []
    for one in given:
        logs = regression.predict(spectra.logs(one).ravel()).reshape(highest.shape)
        completed.append(spectra.sound(one, np.minimum(logs, highest)))
    return completed, chosen


def neighbours(takes: Sequence[Doubles], given: Sequence[Doubles], cut: Cut) -> tuple[list[Doubles], int]:
    """Average, as log magnitudes, of the continuations of the takes that resemble the given part most.

    Dynamic time warping aligns the given frames with a part of each take, which may start and end anywhere; the frames
    after that part are the continuation. The number of takes averaged is chosen on up to 20 training takes, each
    completed from the others.
    """
    spectra = _Spectra(takes, cut)
    known = [spectra.logs(take) for take in takes]
    tried = np.unique(np.linspace(0, len(takes) - 1, min(MOST_TRIED, len(takes))).round().astype(int))
    errors = np.zeros(len(COUNTS))
    for number in tried:
        ranked = _ranked(takes[number][: cut.provided], known[:number] + known[number + 1 :], spectra)
        wanted = spectra.missing(takes[number])
        errors += [np.mean((ranked[:count].mean(axis=0) - wanted) ** 2) for count in COUNTS]
    chosen = COUNTS[int(errors.argmin())]
    return [spectra.sound(one, _ranked(one, known, spectra)[:chosen].mean(axis=0)) for one in given], chosen


def _ranked(given: Doubles, known: Sequence[Doubles], spectra: _Spectra) -> Doubles:
    """Continuations of the known takes, nearest first, shape (up to 20, missing frames, bins)."""
    query = spectra.logs(given)[: spectra.known]
    ends, costs = [], []
    for take in known:
        total = librosa.sequence.dtw(query.T, take.T, subseq=True, backtrack=False, step_sizes_sigma=STEPS)[-1]
        ends.append(int(total.argmin()))
        costs.append(float(total.min()))
    nearest = np.argsort(costs, kind="stable")[: COUNTS[-1]]
    return np.stack([spectra.following(known[number], ends[number]) for number in nearest])
