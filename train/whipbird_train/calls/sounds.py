"""The sound of clips: each call with where it is, and background, at one rate."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import DataError
from whipbird_train.calls.bands import call_band_hz, loudest_in_band
from whipbird_train.calls.clips import CallClip, ClipFolder
from whipbird_train.datasets.clips import Clip, read_sounds
from whipbird_train.progress import tracked
from whipbird_train.soundscapes.clip_bounds import best_bounds

__all__ = ["ENOUGH_EXACT", "MOST_BACKGROUND_S", "Call", "Quiet", "Sounds", "read_clips"]

log = logging.getLogger(__name__)

LEAST_S = 0.03  # of a call
FEWEST_EXACT = 3  # annotated calls of a kind by which others are found
ENOUGH_EXACT = 8
"""Annotated calls by which others are found for certain: the band of fewer may be that of another sound."""
SHORTEST_S = 1.0  # of a piece of background beside calls
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
    source : str
    is_judged : bool
        Whether a person judged it in a review or a search.
    """

    wave: Floats
    begin: int
    end: int
    label: int
    source: str
    is_judged: bool = False


@dataclass(frozen=True, eq=False)
class Quiet:
    """A piece of background.

    Attributes
    ----------
    wave : array, shape (samples,)
    source : str
    is_other : bool
        Whether it is a chosen other sound.
    is_judged : bool
        Whether a person judged it in a review or a search.
    is_noise : bool
        Whether it is synthetic noise.
    path : str
        Its file; empty for none.
    begin_s : float
        Its start in the file.
    """

    wave: Floats
    source: str
    is_other: bool = False
    is_judged: bool = False
    is_noise: bool = False
    path: str = ""
    begin_s: float = 0.0


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
    def judged(self) -> Sounds:
        """What people judged in reviews and searches."""
        return Sounds(
            [one for one in self.calls if one.is_judged],
            [one for one in self.background if one.is_judged],
            self.rate_hz,
        )

    @property
    def background_s(self) -> float:
        """Seconds of background, without other sounds and synthetic noise."""
        return sum(len(one.wave) for one in self.pieces(is_other=False) if not one.is_noise) / self.rate_hz

    @property
    def noise_s(self) -> float:
        """Seconds of synthetic noise that stands for background."""
        return sum(len(one.wave) for one in self.background if one.is_noise) / self.rate_hz

    def pieces(self, is_other: bool) -> list[Quiet]:
        """The pieces of background, or those of other sounds."""
        return [one for one in self.background if one.is_other == is_other]

    @property
    def sources(self) -> frozenset[str]:
        """The sources of all sounds."""
        return frozenset([one.source for one in self.calls] + [one.source for one in self.background])


@dataclass(frozen=True)
class _Usual:
    """Band of the annotated calls of a kind, and their usual length in samples."""

    band_hz: tuple[float, float]
    length: int


def read_clips(folder: ClipFolder, rate_hz: int) -> Sounds:
    """Read the clips of a folder; damaged and silent ones are named in the log and left out.

    Raises
    ------
    DataError
        If no clip of a kind can be read.
    """
    calls = []
    read = list(_read(tracked(folder.calls, "reading calls"), rate_hz))
    usual = {label: _usual([one for one in read if one[0].label == label], rate_hz) for label in folder.labels}
    for clip, wave in read:
        try:
            begin, end = _bounds(clip, wave, rate_hz, usual[clip.label])
        except DataError as error:
            log.warning("left out %s: %s", clip.path, error)
            continue
        calls.append(Call(wave, begin, end, folder.labels.index(clip.label) + 1, clip.source, clip.is_judged))
    for number, label in enumerate(folder.labels, 1):
        if not any(one.label == number for one in calls):
            raise DataError(f"none of the clips of {label!r} can be used")
    others, quiet = ([one for one in folder.background if one.is_other == is_other] for is_other in (True, False))
    return Sounds(calls, [*_background(others, rate_hz), *_background(quiet, rate_hz)], rate_hz)


def _background(clips: Sequence[CallClip], rate_hz: int) -> list[Quiet]:
    """Up to an hour of background or of other sounds, drawn from all of them."""
    order = np.random.default_rng(0).permutation(len(clips))
    kept: list[Quiet] = []
    left = MOST_BACKGROUND_S * rate_hz
    for number in tracked(order.tolist(), "reading background"):
        if left > 0:
            for clip, wave in _read([clips[number]], rate_hz):
                for begin, end in _parts(clip, len(wave), rate_hz):
                    end = min(end, begin + left)
                    left -= end - begin
                    about = clip.source, clip.is_other, clip.is_judged
                    if end > begin:
                        kept.append(Quiet(wave[begin:end], *about, path=str(clip.path), begin_s=begin / rate_hz))
    if left <= 0:
        log.warning("an hour of background is used; 'whipbird calibrate' chooses thresholds by any number of hours")
    return kept


def _parts(clip: CallClip, length: int, rate_hz: int) -> Iterator[tuple[int, int]]:
    """The parts of background that are used, in samples."""
    begin = 0
    for left_out_s in (*clip.left_out_s, (length / rate_hz, length / rate_hz)):
        first, last = (min(round(one * rate_hz), length) for one in left_out_s)
        if not clip.left_out_s or first - begin >= SHORTEST_S * rate_hz:
            yield begin, first
        begin = last


def _usual(clips: Sequence[tuple[CallClip, Floats]], rate_hz: int) -> _Usual | None:
    """What the annotated calls among some are like; None if there are too few."""
    exact = []
    for clip, wave in clips:
        if clip.bounds_s is not None and clip.is_exact:
            with suppress(DataError):  # it is silent
                exact.append((wave, *_bounds(clip, wave, rate_hz, None)))
    if len(exact) < FEWEST_EXACT:
        return None
    return _Usual(call_band_hz(exact, rate_hz), round(np.median([end - begin for _, begin, end in exact])))


def _bounds(clip: CallClip, wave: Floats, rate_hz: int, usual: _Usual | None) -> tuple[int, int]:
    """Where the call is, in samples.

    That is where people said; within an event, what is like the annotated calls; or else the loudest sound of the event
    or of the clip.
    """
    if clip.bounds_s is None:
        return best_bounds(wave, rate_hz)
    begin, end = (round(one * rate_hz) for one in clip.bounds_s)
    begin = min(max(begin, 0), len(wave) - 1)
    end = min(max(end, begin + round(LEAST_S * rate_hz)), len(wave))
    if not clip.is_exact and usual is not None:
        begin, end = loudest_in_band(wave, rate_hz, slice(begin, end), usual.band_hz, usual.length)
    elif not clip.is_exact:
        begin, end = best_bounds(wave, rate_hz, slice(begin, end))
    if not np.any(wave[begin:end]):
        raise DataError("it is silent where the call is")
    return begin, end


def _read(clips: Iterable[CallClip], rate_hz: int) -> Iterator[tuple[CallClip, Floats]]:
    """The clips that can be read, with their sound."""
    for one in clips:
        for wave in read_sounds([Clip(one.path, one.label, one.source, "")], rate_hz)[1]:
            yield one, wave
