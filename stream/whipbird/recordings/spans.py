"""Read parts of recordings, as samples of all channels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.gap import Gap, is_lost
from whipbird.errors import PartlyReadError, SourceError
from whipbird.recordings.reader import Recording

__all__ = ["length_s", "read_span"]

BLOCK = 1 << 16  # samples read at once


def read_span(path: str, begin_s: float = 0.0, end_s: float | None = None) -> tuple[Floats, int]:
    """Samples of a part of a recording, shape (n, channels), and their rate.

    A part that extends past the end of the recording is shortened. What a triggered recorder left out counts for the
    positions, and is no sound of the part.

    Raises
    ------
    SourceError
        If it cannot be read, or some of it is lost.
    """
    with closing(Recording(path)) as recording:
        rate_hz = recording.rate_hz
        begin = round(begin_s * rate_hz)
        end = None if end_s is None else round(end_s * rate_hz)
        blocks = [np.empty((0, recording.channels), np.float32)]
        for item in _items(recording, begin, end):
            if not isinstance(item, Gap):
                blocks.append(item)
            elif item.end > begin and is_lost(item.reason):
                raise SourceError(f"{path}: {item.reason} at {item.begin / rate_hz:.2f} s")
        return np.concatenate(blocks), rate_hz


def length_s(path: str) -> float:
    """Length of a recording in seconds, as far as it can be read.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    with closing(Recording(path)) as recording:
        samples = recording.promised if recording.can_seek else None
        if samples is None:
            samples = 0
            with suppress(PartlyReadError):  # the length is right nevertheless
                for item in _items(recording, 0, None):
                    samples += len(item)
        return samples / recording.rate_hz


def _items(recording: Recording, begin: int, end: int | None) -> Iterator[Floats | Gap]:
    """The gaps and the samples from ``begin`` to ``end`` as far as they are there, in blocks of shape (n, channels)."""
    position = 0
    if begin and recording.can_seek:
        position = min(begin, recording.promised or 0)
        recording.seek(position)
    while end is None or position < end:
        try:
            item = recording.read(BLOCK if end is None else min(BLOCK, end - position))
        except SourceError as error:
            raise type(error)(f"{recording.path}: {error}") from error
        if not len(item):
            break
        yield item if isinstance(item, Gap) else item[max(0, begin - position) :]
        position += len(item)
