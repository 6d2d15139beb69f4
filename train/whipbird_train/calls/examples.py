"""Training examples for a network of its own: windows of mel powers, changed at random.

A window is of a call if its middle lies within the call. Hard negatives are windows whose middle lies before or after a
call, windows with a part of a call's band alone, and annotated other sounds.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Doubles, Floats
from whipbird.models.card import TrainingData
from whipbird.models.frontends.base import FrontEnd
from whipbird_train.calls.sounds import Sounds
from whipbird_train.examples import mel_augment
from whipbird_train.examples.augment import faster
from whipbird_train.examples.mel_augment import MelAugmenter, Rng, cut
from whipbird_train.examples.synthetic_noise import make_noises

__all__ = ["CallWindows"]

SPEEDS = (1.0, 0.95, 1.05, 0.9, 1.1)  # of calls, and pitch with them
OTHER_SPEEDS = (1.0, 0.8, 1.25)
CALL_SHARE, BESIDE_SHARE = 0.42, 0.14  # of the examples; the others are background
SNR_DB = (-3.0, 27.0)
PLAIN = 0.2  # share of the calls that are not mixed with another background
NOISES, NOISE_S = 28, 6.0  # synthetic ones, where there is little background
INSIDE, OUTSIDE = 0.12, 0.12  # of a call's length: where neither is certain


@dataclass(frozen=True, eq=False)
class _Powers:
    """Mel powers of a call's clip, and where the call is, in frames."""

    powers: Floats
    begin: float
    end: float
    label: int


class CallWindows:
    """Makes examples, as features in decibels.

    Parameters
    ----------
    sounds : Sounds
    frontend : FrontEnd
    window : int
        Length of the window in frames.
    count : int
        Examples in an epoch.
    training : list of TrainingData
        Entries of the card for the recordings.
    """

    makes_features = True

    def __init__(
        self, sounds: Sounds, frontend: FrontEnd, window: int, count: int, training: list[TrainingData]
    ) -> None:
        self._augmenter = augmenter = MelAugmenter(frontend, window, sounds.rate_hz)
        self._count, self.training = count, training
        step = frontend.step
        self._calls: list[list[_Powers]] = [
            [
                _Powers(augmenter.powers(faster(one.wave, v)), one.begin / step / v, one.end / step / v, one.label)
                for v in SPEEDS
            ]
            for one in sounds.calls
            if len(one.wave) >= frontend.frame
        ]
        self._chances = _chances([one.source for one in sounds.calls if len(one.wave) >= frontend.frame])
        span = frontend.span(window)
        background = [one.wave for one in sounds.background if len(one.wave) >= span]
        short = [np.pad(one.wave, (0, span - len(one.wave)), "wrap") for one in sounds.background
                 if frontend.frame <= len(one.wave) < span]  # fmt: skip
        noises = make_noises(NOISES, round(NOISE_S * sounds.rate_hz), sounds.rate_hz, np.random.default_rng(0))
        self._others = [
            [augmenter.powers(faster(wave, v)) for v in OTHER_SPEEDS if len(wave) / v >= span]
            for wave in background + short
        ]
        self._noises = [augmenter.powers(wave) for wave in noises]
        self._weights = np.array([len(one[0]) for one in self._others], float)
        waves = [one.wave.tobytes() for one in sounds.calls] + [one.wave.tobytes() for one in sounds.background]
        code = inspect.getsource(mel_augment) + inspect.getsource(CallWindows)
        labels = [(one.begin, one.end, one.label) for one in sounds.calls]
        self.key = hashlib.sha256(b"".join(waves) + f"{labels} {window} {count} {code}".encode()).hexdigest()

    def __len__(self) -> int:
        return self._count

    def __call__(self, index: int, rng: Rng) -> tuple[Floats, int]:
        chance = rng.random()
        if chance < CALL_SHARE:
            call = self._call(rng)
            edge = INSIDE * (call.end - call.begin)
            return self._finished(
                self._mixed(call, rng.uniform(call.begin + edge, call.end - edge), rng), rng
            ), call.label
        power = self._beside(rng) if chance < CALL_SHARE + BESIDE_SHARE else self._background(rng)
        if rng.random() < 0.3:
            power = power + self._background(rng) * np.float32(10 ** rng.uniform(-2, 1))
        return self._finished(power, rng), 0

    def _call(self, rng: Rng) -> _Powers:
        speeds = self._calls[rng.choice(len(self._calls), p=self._chances)]
        return speeds[0] if rng.random() < 0.4 else speeds[rng.integers(len(speeds))]

    def _beside(self, rng: Rng) -> Floats:
        """A window whose middle is shortly before or after a call."""
        call, half = self._call(rng), self._augmenter.frames / 2
        gap = OUTSIDE * (call.end - call.begin)
        if rng.random() < 0.5:
            middle = call.begin - rng.uniform(gap, max(half, 2 * gap))
        else:
            middle = call.end + rng.uniform(gap, max(half, 2 * gap))
        return self._mixed(call, middle, rng)

    def _mixed(self, call: _Powers, middle: float, rng: Rng) -> Floats:
        """A window of a call's clip around a frame, with a call of power one, over another background."""
        augmenter = self._augmenter
        loud = call.powers[int(max(0, call.begin)) : max(int(call.end), int(call.begin) + 1)].mean()
        power = cut(call.powers / (loud + np.float32(1e-12)), int(middle) - augmenter.frames // 2, augmenter.frames)
        if rng.random() < 0.3:
            power = augmenter.reverberated(power, rng)
        power = power * augmenter.gains(rng, 5)
        if rng.random() >= PLAIN:
            power = power + self._background(rng) * np.float32(10 ** (-rng.uniform(*SNR_DB) / 10))
        return power

    def _background(self, rng: Rng) -> Floats:
        """A sound without a call, of mean power one unless it is silent."""
        augmenter = self._augmenter
        chance = rng.random()
        if self._others and chance < 0.75:
            # Half of the time each clip counts alike, so that short annotated other sounds are seen.
            weights = self._weights if rng.random() < 0.5 else np.ones(len(self._weights))
            speeds = self._others[rng.choice(len(self._others), p=weights / weights.sum())]
            power = speeds[0] if rng.random() < 0.6 else speeds[rng.integers(len(speeds))]
            power = cut(power, int(rng.integers(0, max(1, len(power) - augmenter.frames + 1))), augmenter.frames)
        elif chance < 0.9:
            power = self._noises[rng.integers(len(self._noises))]
            power = cut(power, int(rng.integers(0, len(power) - augmenter.frames + 1)), augmenter.frames)
        else:
            power = augmenter.noise(rng)
        power = power * augmenter.gains(rng, 6)
        return power / (power.mean() + np.float32(1e-12))

    def _finished(self, power: Floats, rng: Rng) -> Floats:
        """Apply a random level, microphone and converter, and convert to decibels."""
        augmenter = self._augmenter
        power = power * augmenter.gains(rng, 4) * np.float32(10 ** rng.uniform(-7.5, 1.5))
        power = power + augmenter.noise(rng, white=True) * np.float32(10 ** rng.uniform(-10, -7))
        decibels = 10 * np.log10(np.maximum(power, np.float32(1e-10)))
        return augmenter.masked(decibels.astype(np.float32), rng, most_frames=6, most_bands=4)


def _chances(sources: Sequence[str]) -> Doubles:
    """Probability of each call: half of the calls are drawn by source, so that many of one bird are not all."""
    counts = {source: sources.count(source) for source in sources}
    by_source = np.array([1 / counts[source] / len(counts) for source in sources])
    chances: Doubles = 0.5 * by_source + 0.5 / len(sources)
    return chances
