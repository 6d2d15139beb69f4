"""A file with another head: what a library reads in place of a recording whose header is wrong."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["Correction", "Spliced"]


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
    """

    head: bytes
    start: int
    end: int
    has_length: bool = True
    promised: int | None = None


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
        self._head = correction.head
        self._shift = correction.start - len(correction.head)
        self._size = len(correction.head) + max(0, correction.end - correction.start)
        self._position = 0
        self.failure: OSError | None = None

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
        head = self._head[self._position : self._position + len(view)]
        view[: len(head)] = head
        filled = len(head)
        try:
            if filled < len(view):
                self._file.seek(self._position + filled + self._shift)
                while filled < len(view) and (content := self._file.read(len(view) - filled)):
                    view[filled : filled + len(content)] = content
                    filled += len(content)
        except OSError as error:
            self.failure = error
        self._position += filled
        return filled

    def close(self) -> None:
        self._file.close()
        super().close()
