"""Files that libsndfile reads, from start to end."""

from __future__ import annotations

import os

import soundfile

from whipbird.recordings.corrected.spliced import Correction, Spliced

__all__ = ["Forward", "Recorded"]


class Forward(soundfile.SoundFile):  # type: ignore[misc]
    """A file without seeking: soundfile seeks after each read, which fails on FLAC that was written to a pipe."""

    def seekable(self) -> bool:
        return False


class Recorded(Forward):
    """A recording, with another header if its own is wrong."""

    def __init__(self, path: str, correction: Correction | None) -> None:
        self._spliced = None if correction is None else Spliced(path, correction)
        try:
            super().__init__(os.fsencode(path) if self._spliced is None else self._spliced)
        except BaseException:
            self._close_spliced()
            raise

    @property
    def failure(self) -> OSError | None:
        """Why the file could not be read to its end, if libsndfile cannot tell."""
        return None if self._spliced is None else self._spliced.failure

    def close(self) -> None:
        super().close()
        self._close_spliced()

    def _close_spliced(self) -> None:
        if self._spliced is not None:
            self._spliced.close()
