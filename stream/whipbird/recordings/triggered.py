"""Triggered recordings of AudioMoths, in which sound below a threshold is left out.

The firmware writes sound in blocks of 512 bytes. Blocks below the trigger are counted instead of written, and one block
stands for them: 32 samples of +1 or -1, the bits of their number, lowest first, and zeros. Such a file plays too fast,
with clicks; AudioMoth's own programs expand it to silence. Here, what was left out is a gap of the reason
`BELOW_TRIGGER`, so that times are right, and nobody takes it for silence that was recorded.

Blocks are found wherever they are: other programs change the length of the header, and keep the sound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePath

import numpy as np
import soundfile
from numpy.typing import NDArray

from whipbird.arrays import Floats
from whipbird.audio.gap import BELOW_TRIGGER, Gap
from whipbird.recordings.corrected.plan import StandIn
from whipbird.recordings.corrected.spliced import Correction
from whipbird.recordings.metadata import audiomoth, guano
from whipbird.recordings.metadata.chunks import Header, read_header
from whipbird.recordings.sound_file import Recorded

__all__ = ["BLOCK", "TriggeredPipe", "find_left_out", "says_triggered"]

BITS, BLOCK = 32, 256  # samples of a number, and of a block
FULL_SCALE = 2**15  # of samples as they are in the file
NAME = re.compile(r"\d{8}_\d{6}T", re.ASCII)  # the end of a file name
PIECE = 1 << 20  # samples that are searched at once
SETTINGS = re.compile(r" (?:AMP|FREQ) ")  # of a trigger, in an AudioMoth's GUANO metadata


class TriggeredPipe:
    """Reads a triggered recording that cannot be searched first, such as one from a pipe.

    Parameters
    ----------
    read : callable
        Reads up to a number of samples of the file.
    most : int
        As in `find_left_out`.

    Attributes
    ----------
    left_out : int
        Samples by which the recording is longer than its file, so far.
    """

    def __init__(self, read: Callable[[int], Floats], most: int) -> None:
        self._read = read
        self._most = most
        self._held = np.empty((0, 1), np.float32)  # read, but not passed on
        self._ended = False
        self._position = 0  # samples of the recording
        self.left_out = 0

    def read(self, count: int) -> Floats | Gap:
        """As `whipbird.recordings.stand_ins.StandInReader.read`."""
        while not self._ended and len(self._held) < max(count, BLOCK):
            samples = self._read(count)
            self._ended = not len(samples)
            self._held = np.concatenate((self._held, samples))
        whole = np.round(self._held[:, 0] * FULL_SCALE).astype(np.int16)
        sound = len(self._held) if self._ended else len(self._held) - BLOCK + 1
        for start in _starts(whole):
            length = _number(whole[start : start + BITS]) * BLOCK
            if length > self._most:  # all that follows is sound, as in files
                self._most = 0
            elif start == 0:
                self._most -= length
                self.left_out += length - BLOCK
                self._held = self._held[BLOCK:]
                self._position += length
                return Gap(self._position - length, self._position, BELOW_TRIGGER)
            else:
                sound = min(sound, start)
                break
        samples, self._held = np.split(self._held, [min(sound, count)])
        self._position += len(samples)
        return samples


def find_left_out(path: str, correction: Correction | None, most: int) -> list[StandIn]:
    """The blocks that stand for sound which was left out; none if the recording was not triggered.

    Parameters
    ----------
    path : str
        A file that libsndfile can read.
    correction : Correction or None
        A header to read it with.
    most : int
        Samples that may have been left out in all; blocks that stand for more are sound.
    """
    blocks: list[StandIn] = []
    for begin, count in _numbers(path, correction) if _is_triggered(path) else ():
        most -= (length := count * BLOCK)
        if most < 0:
            break
        blocks.append(StandIn(begin, BLOCK, length, BELOW_TRIGGER))
    return blocks


def _is_triggered(path: str) -> bool:
    """Whether an AudioMoth's trigger was set, by the file's name, its comment or its metadata."""
    if NAME.fullmatch(PurePath(path).stem[-16:]):
        return True
    try:
        with open(path, "rb") as file:
            header = read_header(file)
    except OSError:
        header = Header()
    return says_triggered(header)


def says_triggered(header: Header) -> bool:
    """Whether an AudioMoth's trigger was set, by its comment or its metadata."""
    comment = audiomoth.from_comment(header.comment)
    settings = guano.from_bytes(header.guano or b"").fields.get("OAD|Recording Settings", "")
    return (comment is not None and comment.triggered) or SETTINGS.search(settings) is not None


def _numbers(path: str, correction: Correction | None) -> Iterator[tuple[int, int]]:
    """First sample and number of each block that holds a number."""
    try:
        with Recorded(path, correction) as file:
            if file.channels != 1 or file.subtype != "PCM_16":
                return
            held: NDArray[np.int16] = np.empty(0, np.int16)
            base = 0  # number of the first held sample
            while len(samples := file.read(PIECE, dtype="int16")):
                held = np.concatenate((held, samples))
                for start in _starts(held):
                    yield base + start, _number(held[start : start + BITS])
                kept = max(0, len(held) - BLOCK + 1)
                held, base = held[kept:], base + kept
    except soundfile.LibsndfileError:  # damaged from here on
        return


def _starts(samples: NDArray[np.int16]) -> list[int]:
    """Starts of the blocks that hold a number."""
    ones, zeros = (samples == 1) | (samples == -1), samples == 0
    ends = 1 + np.flatnonzero(ones[:-1] & zeros[1:])  # of 32 ones, perhaps
    ends = ends[(ends >= BITS) & (ends <= len(samples) - (BLOCK - BITS))]
    for offset in (-BITS, -BITS // 2):
        ends = ends[ones[ends + offset]]
    for offset in (BLOCK - BITS - 1, (BLOCK - BITS) // 2):
        ends = ends[zeros[ends + offset]]
    return [
        int(end) - BITS
        for end in ends
        if ones[end - BITS : end].all()
        and zeros[end : end + BLOCK - BITS].all()
        and _number(samples[end - BITS : end]) > 0
    ]


def _number(bits: NDArray[np.int16]) -> int:
    return sum(1 << place for place, bit in enumerate(bits) if bit == 1)
