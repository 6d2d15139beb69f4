"""The sound of clips: each call with where it is, and background, at one rate."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import DataError
from whipbird_train.calls.clips import CallClip, ClipFolder
from whipbird_train.datasets.clips import Clip, read_sounds
from whipbird_train.progress import tracked
from whipbird_train.soundscapes.clip_bounds import best_bounds

__all__ = ["Call", "Quiet", "Sounds", "read_clips"]

log = logging.getLogger(__name__)

LEAST_S = 0.03  # of a call
MOST_BACKGROUND_S = 3600  # that is read


@dataclass(frozen=True, eq=False)
class Call:
    """A clip of a call.

    Attributes
    ----------
    wave : array, shape (samples,)
    begin, end : int
        Of the call, in samples.
    label : int
        Number of its kind, from 1 on: 0 is background.
    """

    wave: Floats
    begin: int
    end: int
    label: int
    source: str


@dataclass(frozen=True, eq=False)
class Quiet:
    """A piece of background, shape (samples,), its source, and whether it is a chosen other sound."""

    wave: Floats
    source: str
    is_other: bool = False


@dataclass(frozen=True, eq=False)
class Sounds:
    """All calls and all background with other sounds, at one rate."""

    calls: Sequence[Call]
    background: Sequence[Quiet]
    rate_hz: int

    def without(self, sources: Collection[str]) -> Sounds:
        """What is not of some sources."""
        return Sounds(
            [one for one in self.calls if one.source not in sources],
            [one for one in self.background if one.source not in sources],
            self.rate_hz,
        )

    def of(self, sources: Collection[str]) -> Sounds:
        """What is of some sources."""
        return self.without(self.sources - set(sources))

    @property
    def background_s(self) -> float:
        """Seconds of background, without other sounds."""
        return sum(len(one.wave) for one in self.pieces(is_other=False)) / self.rate_hz

    def pieces(self, is_other: bool) -> list[Quiet]:
        """The pieces of background, or those of other sounds."""
        return [one for one in self.background if one.is_other == is_other]

    @property
    def sources(self) -> frozenset[str]:
        """The sources of all sounds."""
        return frozenset([one.source for one in self.calls] + [one.source for one in self.background])


def read_clips(folder: ClipFolder, rate_hz: int) -> Sounds:
    """Read the clips of a folder; damaged and silent ones are named in the log and left out.

    Raises
    ------
    DataError
        If no clip of a kind can be read.
    """
    calls = []
    for clip, wave in _read(tracked(folder.calls, "reading calls"), rate_hz):
        try:
            begin, end = _bounds(clip, wave, rate_hz)
        except DataError as error:
            log.warning("left out %s: %s", clip.path, error)
            continue
        calls.append(Call(wave, begin, end, folder.labels.index(clip.label) + 1, clip.source))
    for number, label in enumerate(folder.labels, 1):
        if not any(one.label == number for one in calls):
            raise DataError(f"none of the clips of {label!r} can be used")
    others, quiet = ([one for one in folder.background if one.is_other == is_other] for is_other in (True, False))
    return Sounds(calls, [*_background(others, rate_hz), *_background(quiet, rate_hz)], rate_hz)


def _background(clips: Sequence[CallClip], rate_hz: int) -> list[Quiet]:
    """An hour of background or of other sounds, drawn from all of them."""
    order = np.random.default_rng(0).permutation(len(clips))
    kept: list[Quiet] = []
    left = MOST_BACKGROUND_S * rate_hz
    for number in tracked(order.tolist(), "reading background"):
        if left > 0:
            for clip, wave in _read([clips[number]], rate_hz):
                kept.append(Quiet(wave[:left], clip.source, clip.is_other))
                left -= len(wave)
    if left <= 0:
        log.warning("an hour of background is used; 'whipbird calibrate' chooses thresholds by any number of hours")
    return kept


def _bounds(clip: CallClip, wave: Floats, rate_hz: int) -> tuple[int, int]:
    """Where the call is, in samples: where people said, or the loudest sound of the clip or of its event."""
    if clip.bounds_s is None:
        return best_bounds(wave, rate_hz)
    begin, end = (round(one * rate_hz) for one in clip.bounds_s)
    begin = min(max(begin, 0), len(wave) - 1)
    end = min(max(end, begin + round(LEAST_S * rate_hz)), len(wave))
    if not clip.is_exact:
        begin, end = best_bounds(wave, rate_hz, slice(begin, end))
    if not np.any(wave[begin:end]):
        raise DataError("it is silent where the call is")
    return begin, end


def _read(clips: Iterable[CallClip], rate_hz: int) -> Iterator[tuple[CallClip, Floats]]:
    """The clips that can be read, with their sound."""
    for one in clips:
        for wave in read_sounds([Clip(one.path, one.label, one.source, "")], rate_hz)[1]:
            yield one, wave
