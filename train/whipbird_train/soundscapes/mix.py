"""Streams for evaluation: short sounds placed at known times in a long background.

Times are in seconds, levels are root mean squares in decibels relative to full scale (dBFS), sound has shape
(samples,) at one rate. An annotation gives the bounds of the sound itself, without the silence around it in its clip.

* The background has one level for the whole stream, chosen so that a sound at the middle of the range of
  signal-to-noise ratios has the level that is drawn. Every sound gets the level that its own ratio to the background at
  its position requires. Without background, every sound has its own level, and a faint noise is added throughout.
* Order and times depend only on the seed: with the same seed, another level or ratio gives the same sequence.
* Gaps are measured from the end of a sound to the start of the next one. The silence around sounds may overlap.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import DataError
from whipbird.formats.annotation import Annotation
from whipbird_train.examples.augment import rms
from whipbird_train.soundscapes.clip_bounds import FRAMES_PER_S, best_bounds
from whipbird_train.soundscapes.clip_order import ClipOrder, Sound
from whipbird_train.soundscapes.crossfade import add_at, faded, joined

__all__ = ["CUT_LABEL", "MixSettings", "build", "mixed"]

Range = tuple[float, float]

CUT_LABEL = "_cut_"
FAINT_DBFS = -70.0  # noise added throughout: no real room has digital silence
FADE_S = 0.01  # at both ends of a clip
CUT_FADE_S = 0.005
RUN_GAP_S = (0.1, 0.3)
MOST_IN_RUN = 4
# In a pause of the background, the level of a sound is computed as if the background were this far below its own level.
DEEPEST_PAUSE_DB = 10.0
LONGEST_S = 4 * 3600.0


@dataclass(frozen=True)
class MixSettings:
    """Settings of a stream.

    Attributes
    ----------
    gap_s : (float, float)
        Range of the time from the end of a sound to the start of the next one.
    level_dbfs : (float, float)
        Range of a sound's level; with a background, drawn once for the stream.
    snr_db : (float, float) or None
        Range of the ratio of a sound to the background at its position; None leaves the background out.
    runs : float
        Share of the placed items that are two to four sounds in quick succession, with the same label or with
        different ones.
    cut : float
        Share of the placed items that are half a sound, labelled ``_cut_``.
    count : int or None
        Number of sounds placed.
    seconds : float or None
        Length of the stream. If neither this nor a count is given, every clip is placed once; runs and halves may
        repeat some clips.

    Raises
    ------
    DataError
        If a value is out of range.
    """

    rate_hz: int = 16_000
    gap_s: Range = (0.5, 3.0)
    level_dbfs: Range = (-35.0, -15.0)
    snr_db: Range | None = (10.0, 10.0)
    runs: float = 0.0
    cut: float = 0.0
    count: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        _check_range("gap", self.gap_s, 0, 3600, "s")
        _check_range("level", self.level_dbfs, -100, 0, "dBFS")
        if self.snr_db is not None:
            _check_range("signal-to-noise ratio", self.snr_db, -100, 100, "dB")
        if not (self.runs >= 0 and 0 <= self.cut < 1 and self.runs + self.cut <= 1):
            raise DataError(
                f"runs {self.runs:g} and cut {self.cut:g}: shares must be 0 to 1 together, with cut below 1"
            )
        if self.rate_hz < FRAMES_PER_S:
            raise DataError(f"rate {self.rate_hz} Hz: must be at least {FRAMES_PER_S} Hz")
        if self.count is not None and self.seconds is not None:
            raise DataError("give the number of clips or the length of the stream, not both")
        if self.count is not None and self.count < 1:
            raise DataError(f"{self.count} clips: must be at least one")
        if self.seconds is not None and not 0 < self.seconds <= LONGEST_S:
            raise DataError(f"{self.seconds:g} s: must be more than 0 and up to {LONGEST_S:g} s")


def build(
    clips: Sequence[Sound], backgrounds: Sequence[Floats], settings: MixSettings, seed: int
) -> tuple[Floats, list[Annotation]]:
    """A stream and its annotations, see `mixed`."""
    stream, truth, _ = mixed(clips, backgrounds, settings, seed)
    return stream, truth


def mixed(
    clips: Sequence[Sound], backgrounds: Sequence[Floats], settings: MixSettings, seed: int
) -> tuple[Floats, list[Annotation], float]:
    """Make a stream.

    Parameters
    ----------
    backgrounds : sequence of arrays, shape (samples,)
        Used in pieces of up to 30 s, all at one level. Without any, the stream has no background, whatever the ratio.

    Returns
    -------
    stream : array, shape (samples,)
        Between -1 and 1: if the sum exceeds that, the whole stream is attenuated.
    annotations : list of Annotation
        Sorted, without overlaps.
    attenuation_db : float
        By which the whole stream is quieter than the settings say; usually 0.

    Raises
    ------
    DataError
        If there are no clips, one is silent, or the stream is too short for any of them.
    """
    if not clips:
        raise DataError("no clips to place in a stream")
    order_rng, level_rng, noise_rng = np.random.default_rng(seed).spawn(3)
    words, length = _place(clips, settings, order_rng)
    stream = noise_rng.standard_normal(length, dtype=np.float32) * np.float32(10 ** (FAINT_DBFS / 20))
    snr_db = settings.snr_db if len(backgrounds) else None
    if snr_db is not None:
        level_dbfs = level_rng.uniform(*settings.level_dbfs) - sum(snr_db) / 2
        stream += joined(backgrounds, length, settings.rate_hz, level_dbfs, noise_rng)
        quietest = 10 ** ((level_dbfs - DEEPEST_PAUSE_DB) / 20)
        # Measured before any sound is added.
        background_rms = [max(rms(stream[word.start : word.end]), quietest) for word in words]
        gains = [level * 10 ** (level_rng.uniform(*snr_db) / 20) for level in background_rms]
    else:
        gains = [10 ** (level_rng.uniform(*settings.level_dbfs) / 20) for _ in words]
    for word, gain in zip(words, gains, strict=True):
        add_at(stream, word.samples * np.float32(gain / rms(word.sound)), word.start - word.lead)
    peak = max(1.0, float(np.abs(stream).max()))
    stream /= np.float32(peak)
    rate = settings.rate_hz
    truth = [Annotation(word.start / rate, word.end / rate, word.label) for word in words]
    return stream, truth, 20 * math.log10(peak)


@dataclass(frozen=True)
class _Word:
    """A clip with faded ends and its position; all in samples.

    Its sound is ``length`` long, ``lead`` after the start of the clip; in the stream, the sound starts at ``start``.
    """

    samples: Floats
    label: str
    lead: int
    length: int
    start: int = 0

    @property
    def end(self) -> int:
        return self.start + self.length

    @property
    def sound(self) -> Floats:
        return self.samples[self.lead : self.lead + self.length]


def _draw(
    clips: Sequence[Sound], settings: MixSettings, rng: np.random.Generator
) -> Iterator[tuple[int, int | None, Range]]:
    """Index of a clip, which half of it (None: all), and the range of the gap before it."""
    clip_order = ClipOrder(clips, rng)
    once = settings.count is None and settings.seconds is None
    while True:
        kind = rng.random()
        if kind < settings.cut:
            yield int(rng.integers(len(clips))), int(rng.integers(2)), settings.gap_s
        else:
            index = clip_order.next_clip()
            yield index, None, settings.gap_s
            if kind < settings.cut + settings.runs:
                follow = (clip_order.another_take, clip_order.another_label)[rng.integers(2)]
                for _ in range(rng.integers(1, MOST_IN_RUN)):
                    index = follow(index)
                    yield index, None, RUN_GAP_S
        if once and not clip_order.remaining:
            return


def _place(clips: Sequence[Sound], settings: MixSettings, rng: np.random.Generator) -> tuple[list[_Word], int]:
    """The words with their positions, and the length of the stream in samples."""
    rate = settings.rate_hz
    length = None if settings.seconds is None else round(settings.seconds * rate)
    bounds: dict[int, tuple[int, int]] = {}
    words: list[_Word] = []
    for index, half, gap_s in islice(_draw(clips, settings, rng), settings.count):
        clip = clips[index]
        if index not in bounds:
            bounds[index] = best_bounds(clip.samples, rate)
        word = _cut(clip, *bounds[index], half, rate)
        gap = round(rng.uniform(*gap_s) * rate)
        word = replace(word, start=words[-1].end + gap if words else max(gap, word.lead))
        rest = round(settings.gap_s[0] * rate)
        if length is not None and word.end + rest > length:
            break
        words.append(word)
    if not words:
        raise DataError(f"no clip fits into {settings.seconds:g} s with its gaps")
    if length is None:
        last = words[-1]
        tail = len(last.samples) - last.lead - last.length
        length = last.end + max(tail, round(rng.uniform(*settings.gap_s) * rate))
    return words, length


def _cut(clip: Sound, start: int, end: int, half: int | None, rate_hz: int) -> _Word:
    """A clip, or its first (0) or last (1) half, with faded ends."""
    samples = faded(clip.samples, FADE_S, rate_hz)
    if half is None:
        return _Word(samples, clip.label, start, end - start)
    middle = (start + end) // 2
    fade = np.linspace(0, 1, min(round(CUT_FADE_S * rate_hz), (end - start) // 2), dtype=np.float32)
    if half == 0:
        samples = samples[:middle]
        samples[len(samples) - len(fade) :] *= fade[::-1]
        return _Word(samples, CUT_LABEL, start, middle - start)
    samples = samples[middle:]
    samples[: len(fade)] *= fade
    return _Word(samples, CUT_LABEL, 0, end - middle)


def _check_range(name: str, limits: Range, lowest: float, highest: float, unit: str) -> None:
    low, high = limits
    if not low <= high:
        raise DataError(f"{name} {low:g}:{high:g}: give the lower end first")
    if not lowest <= low <= high <= highest:
        raise DataError(f"{name} {low:g}:{high:g}: must be within {lowest:g} to {highest:g} {unit}")
