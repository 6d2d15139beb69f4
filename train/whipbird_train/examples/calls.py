"""Training examples of Capuchinbird calls, made as mel powers.

A call is a hum and then, 1.5 to 2 s later, a loud stack of harmonics some 130 Hz apart between 450 and 1,700 Hz, which
lasts 1.1 to 2.3 s. The stack is what can be counted: an example is a call if its middle lies within a stack. Hard
negatives are the sound just before and after a stack, and its upper half alone, as from a distant bird.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from whipbird.arrays import Doubles, Floats
from whipbird.models.card import TrainingData
from whipbird.models.frontends.base import FrontEnd
from whipbird_train.examples import mel_augment
from whipbird_train.examples.augment import faster
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.examples.mel_augment import MelAugmenter, Rng, cut

T = TypeVar("T")

__all__ = ["CallExamples", "Stack", "find_stack"]

CALL = 1  # number of the label of calls
CALL_SPEEDS = (1.0, 0.8, 0.87, 0.94, 1.07, 1.15, 1.25)  # some recordings are a fifth higher than others
OTHER_SPEEDS = (1.0, 0.8, 1.25, 0.6, 0.45)  # slowed high song has the frequencies of calls
FUNDAMENTAL_HZ = (110.0, 165.0)
STACK_HZ = (480.0, 1750.0)
LOW_HZ, HIGH_HZ = 300.0, 2800.0  # of synthetic chords and whistles

SALIENT = 0.5  # below this, no overtones stand out
LEVEL_STEP_DB = 5.0  # least rise in level at the onset of a stack
STEP_FRAMES = 12  # frames on each side over which the rise is measured
TRIES = 20  # attempts to find a call with sound before or after its stack
USUAL_FRAMES = 105  # length of a stack where it cannot be measured


@dataclass(frozen=True)
class Stack:
    """Position of a stack of harmonics in a clip, in frames: its earliest overtone, its loud onset, its end."""

    first: float
    onset: float
    end: float

    def faster(self, speed: float) -> Stack:
        return Stack(self.first / speed, self.onset / speed, self.end / speed)


def find_stack(samples: Floats, frontend: FrontEnd, rate_hz: int) -> Stack:
    """Find the stack in a clip of a call, by overtones that stand out and by the rise in level at its onset."""
    salience = _salience(samples, frontend, rate_hz)
    level_db = frontend.whole(samples)[:, frontend.width * 9 // 32 : frontend.width // 2].mean(axis=1)  # 1 to 1.6 kHz
    width = STEP_FRAMES
    rise = np.full(len(level_db), -np.inf)
    for frame in range(width, len(level_db) - width + 1):
        rise[frame] = level_db[frame : frame + width].mean() - level_db[frame - width : frame].mean()
    loud = float(np.percentile(salience, 95))
    if loud < SALIENT:
        onset = int(np.argmax(rise))
        return Stack(onset, onset, min(onset + USUAL_FRAMES, len(level_db)))
    start, end = _largest_segment(salience - 0.5 * loud)
    earliest, latest = max(0, start - 15), max(start + 1, end - 45)
    onset = earliest + int(np.argmax(rise[earliest:latest]))
    if rise[onset] <= LEVEL_STEP_DB:
        onset = start
    return Stack(min(start, onset), onset, end)


class CallExamples:
    """Makes examples of calls and of other sounds, as features in decibels.

    Parameters
    ----------
    sounds : Sounds
        Label 1 is a call; the groups are birds and sources.
    extras : sequence of arrays, shape (samples,)
        Further sounds without calls: towns, people.
    frontend : FrontEnd
    window : int
        Length of the window in frames.
    rate_hz : int
    count : int
        Examples in an epoch.
    training : list of TrainingData
        Entries of the card for the recordings.
    """

    makes_features = True

    def __init__(
        self,
        sounds: Sounds,
        extras: Sequence[Floats],
        frontend: FrontEnd,
        window: int,
        rate_hz: int,
        count: int,
        training: list[TrainingData],
    ) -> None:
        self._augmenter = augmenter = MelAugmenter(frontend, window, rate_hz)
        self._count = count
        self.training = training
        self._calls: dict[str, list[list[tuple[Floats, Stack]]]] = {}
        self._others: dict[str, list[list[Floats]]] = {}
        for wave, label, group in zip(sounds.waves, sounds.labels, sounds.groups, strict=True):
            if label == CALL:
                stack = find_stack(wave, frontend, rate_hz)
                made = [(augmenter.powers(faster(wave, speed)), stack.faster(speed)) for speed in CALL_SPEEDS]
                made.append((augmenter.powers(np.clip(4 * wave / np.abs(wave).max(), -1, 1)), stack))  # overdriven
                self._calls.setdefault(group, []).append(made)
            else:
                self._others.setdefault(group, []).append([augmenter.powers(faster(wave, s)) for s in OTHER_SPEEDS])
        self._extras = [augmenter.powers(wave) for wave in extras if len(wave) >= frontend.span(window)]
        code = inspect.getsource(mel_augment) + inspect.getsource(CallExamples) + inspect.getsource(find_stack)
        digest = hashlib.sha256(b"".join(wave.tobytes() for wave in extras)).hexdigest()
        self.key = hashlib.sha256(f"{sounds.key} {digest} {window} {count} {code}".encode()).hexdigest()

    def __len__(self) -> int:
        return self._count

    def __call__(self, index: int, rng: Rng) -> tuple[Floats, int]:
        chance = rng.random()
        if chance < 0.42:
            return self._finished(self._stack(rng), rng), CALL
        if chance < 0.58:
            power = self._beside(rng)
        elif chance < 0.62:
            power = self._upper_half(rng)
        else:
            power = self._background(rng)
            if rng.random() < 0.3:
                power = power + self._background(rng) * np.float32(10 ** rng.uniform(-2, 1))
        return self._finished(power, rng), 0

    def _stack(self, rng: Rng) -> Floats:
        """A window whose middle lies within a stack."""
        power, stack = self._call(rng)
        if rng.random() < 0.15:  # a recorder that cuts low frequencies
            power = power.copy()
            power[:, : rng.integers(1, self._augmenter.bands // 4 + 1)] *= np.float32(10 ** rng.uniform(-4, -1))
        return self._mixed(power, rng.uniform(stack.onset + 5, max(stack.onset + 10, stack.end - 8)), stack, rng)

    def _beside(self, rng: Rng) -> Floats:
        """A window just before or after a stack, with part of the stack at its edge."""
        for _ in range(TRIES):
            power, stack = self._call(rng)
            if rng.random() < 0.6 and stack.onset > 0:
                return self._mixed(power, stack.onset - rng.uniform(16, 50), stack, rng)
            if stack.end < len(power) - 25:
                return self._mixed(power, stack.end + rng.uniform(16, 40), stack, rng)
        return self._background(rng)

    def _upper_half(self, rng: Rng) -> Floats:
        """The rest of a distant stack: the overtones above 1,000 to 1,350 Hz, or two or three of them."""
        power, stack = self._call(rng)
        bands = self._augmenter.bands
        low = rng.integers(bands * 28 // 64, bands * 38 // 64)
        high = bands if rng.random() < 0.6 else low + rng.integers(bands // 13, bands // 4)
        kept = np.full(bands, 10 ** rng.uniform(-6, -2), np.float32)
        kept[low:high] = 1
        kept = np.convolve(np.pad(kept, 1, "edge"), (0.05, 0.9, 0.05), "valid").astype(np.float32)
        return self._mixed(power * kept, rng.uniform(stack.onset - 10, stack.end + 10), stack, rng)

    def _call(self, rng: Rng) -> tuple[Floats, Stack]:
        """A random call; birds with many clips are drawn somewhat more often."""
        clip = _drawn(self._calls, rng)
        return clip[rng.integers(len(clip))]

    def _mixed(self, power: Floats, middle: float, stack: Stack, rng: Rng) -> Floats:
        """A window of a call around a frame, with a stack of power one, over a background."""
        augmenter = self._augmenter
        loud = power[int(max(0, stack.onset)) : int(stack.end)].mean()
        call = cut(power / (loud + 1e-12), int(middle) - augmenter.frames // 2, augmenter.frames)
        if rng.random() < 0.3:
            call = augmenter.reverberated(call, rng)
        call = call * augmenter.gains(rng, 5)
        if rng.random() < 0.85:
            call = call + self._background(rng) * np.float32(10 ** (-rng.uniform(0, 30) / 10))
        return call

    def _background(self, rng: Rng) -> Floats:
        """A sound without a call, of mean power one unless it is silent."""
        augmenter = self._augmenter
        chance = rng.random()
        if chance < 0.75 and (self._others or self._extras):
            if self._others and (chance < 0.55 or not self._extras):
                clip = _drawn(self._others, rng)
                power = clip[rng.integers(len(clip))]
            else:
                power = self._extras[rng.integers(len(self._extras))]
            power = cut(power, int(rng.integers(0, max(1, len(power) - augmenter.frames))), augmenter.frames)
        elif chance < 0.9:
            power = augmenter.noise(rng)
        else:
            power = augmenter.synthetic(rng, LOW_HZ, HIGH_HZ, FUNDAMENTAL_HZ)
        power = power * augmenter.gains(rng, 6)
        if rng.random() < 0.25:
            power = np.roll(power, rng.integers(-30, 13), axis=1)  # another pitch
        return power / (power.mean() + np.float32(1e-12))

    def _finished(self, power: Floats, rng: Rng) -> Floats:
        """Apply a random level, microphone and converter, and convert to decibels."""
        augmenter = self._augmenter
        power = power * augmenter.gains(rng, 4) * np.float32(10 ** rng.uniform(-7.5, 1.5))
        power = power + augmenter.noise(rng, white=True) * np.float32(10 ** rng.uniform(-10, -7))
        decibels = 10 * np.log10(np.maximum(power, np.float32(1e-10)))
        return augmenter.masked(decibels.astype(np.float32), rng, most_frames=6, most_bands=6)


def _drawn(clips: dict[str, list[T]], rng: Rng) -> T:
    """Draw a clip: half of the time from a random group, otherwise from all clips."""
    if rng.random() < 0.5:
        some = [clip for group in clips.values() for clip in group]
    else:
        some = clips[list(clips)[rng.integers(len(clips))]]
    return some[rng.integers(len(some))]


def _salience(samples: Floats, frontend: FrontEnd, rate_hz: int) -> Doubles:
    """Salience in each frame of overtones spaced like those of a stack: shape (frames,), 0 to 1."""
    frame = frontend.frame
    frames = sliding_window_view(samples, frame)[:: frontend.step] * np.hanning(frame)
    bin_hz = rate_hz / (2 * frame)
    low, high = (int(hertz / bin_hz) for hertz in STACK_HZ)
    decibels = 20 * np.log10(np.abs(np.fft.rfft(frames, 2 * frame))[:, low:high] + 1e-6)
    decibels -= np.stack([_running_mean(row, 24) for row in decibels])  # the envelope
    decibels = np.stack([_running_mean(column, 7) for column in decibels.T], axis=1)
    power = np.square(decibels).mean(axis=1) + 1
    lags = range(int(FUNDAMENTAL_HZ[0] / bin_hz), int(FUNDAMENTAL_HZ[1] / bin_hz) + 1)
    return np.maximum(np.max([(decibels[:, k:] * decibels[:, :-k]).mean(axis=1) / power for k in lags], axis=0), 0)


def _running_mean(values: Doubles, width: int) -> Doubles:
    padded = np.pad(values, (width // 2, width - 1 - width // 2), "edge")
    return np.convolve(padded, np.full(width, 1 / width), "valid")


def _largest_segment(values: Doubles) -> tuple[int, int]:
    """Start and end of the segment with the greatest sum."""
    best, total, start, found = 0.0, 0.0, 0, (0, 0)
    for index, value in enumerate(values):
        if total <= 0:
            total, start = 0.0, index
        total += value
        if total > best:
            best, found = total, (start, index + 1)
    return found
