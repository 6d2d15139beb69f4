"""A file in which some bytes are replaced: what a library reads in place of a recording that is wrong somewhere."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["Correction", "Repair", "Spliced"]


@dataclass(frozen=True, slots=True)
class Repair:
    """Bytes ``start`` up to, not including, ``end`` of a file, and what to read in their place."""

    start: int
    end: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Correction:
    """A right header for a recording, and where the sound is that belongs to it.

    Attributes
    ----------
    head : bytes
        What comes before the sound.
    start, end : int
        Position of the sound in the file.
    has_length : bool
        Whether the head says how long the sound is.
    promised : int or None
        Number of samples per channel that there should be, if something else than the head says so.
    repairs : tuple of Repair
        In their order, between ``start`` and ``end``.
    """

    head: bytes
    start: int
    end: int
    has_length: bool = True
    promised: int | None = None
    repairs: tuple[Repair, ...] = ()


class Spliced(io.RawIOBase):
    """A head, and a part of a file after it.

    Parameters
    ----------
    file : str or binary file
        Closed with this; a path is opened.
    correction : Correction

    Attributes
    ----------
    failure : OSError or None
        Why the file could not be read. It is not raised: soundfile reads in a function that libsndfile calls, which
        cannot pass on an exception.
    """

    def __init__(self, file: str | BinaryIO, correction: Correction) -> None:
        self._file = open(file, "rb") if isinstance(file, str) else file  # noqa: SIM115
        self._pieces: list[bytes | int] = []  # contents, or positions in the file
        self._starts: list[int] = []  # of the pieces
        self._size = self._position = 0
        self.failure: OSError | None = None
        self._add(correction.head, len(correction.head))
        position = correction.start
        for repair in correction.repairs:
            self._add(position, repair.start - position)
            self._add(repair.content, len(repair.content))
            position = repair.end
        self._add(position, correction.end - position)

    def _add(self, piece: bytes | int, length: int) -> None:
        if length > 0:
            self._pieces.append(piece)
            self._starts.append(self._size)
            self._size += length

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # typeshed's Buffer is private
        view = memoryview(buffer)[: max(0, self._size - self._position)]
        filled = 0
        try:
            while filled < len(view) and (content := self._next(len(view) - filled)):
                view[filled : filled + len(content)] = content
                filled += len(content)
                self._position += len(content)
        except OSError as error:
            self.failure = error
        return filled

    def _next(self, most: int) -> bytes:
        """Up to this many bytes of the piece at the position; none if the file has become shorter."""
        number = bisect_right(self._starts, self._position) - 1
        piece, place = self._pieces[number], self._position - self._starts[number]
        if isinstance(piece, bytes):
            return piece[place : place + most]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else self._size
        self._file.seek(piece + place)
        return self._file.read(min(most, end - self._position))

    def close(self) -> None:
        self._file.close()
        super().close()
