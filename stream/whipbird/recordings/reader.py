"""Read recordings from start to end, and find how many samples they should contain.

Recordings are read with libsndfile, those whose headers are wrong with a right header (see
`whipbird.recordings.corrected`). Those that it cannot read go through FFmpeg, if PyAV is installed.
"""

from __future__ import annotations

import glob
import os
import stat

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.gap import Gap
from whipbird.audio.limits import check_format
from whipbird.errors import PartlyReadError, SourceError
from whipbird.recordings.corrected.correction import plan_of
from whipbird.recordings.decoder import PADDING, Chunks, Decoder, pyav, recorded_blocks
from whipbird.recordings.libsndfile import LONGEST_S, Opened, believed, reason
from whipbird.recordings.parts import open_parts
from whipbird.system.address import is_feed, redacted
from whipbird.system.address_list import file_of_addresses

__all__ = ["Recording"]

BY_FFMPEG = "decoded by FFmpeg"
NOT_A_FILE = "not a file; to process a pipe, use 'whipbird listen -', or write it to a file first"
PRIMING_FRAMES = 4  # which an encoder puts before the sound, and FFmpeg leaves out
SLACK_S = 0.1  # by which the lengths in the headers of coded recordings may be wrong


class Recording:
    """A recording, open for reading from start to end.

    Parameters
    ----------
    path : str

    Raises
    ------
    SourceError
        If it cannot be read.

    Attributes
    ----------
    rate_hz, channels : int
    format, encoding : str
        Libsndfile's names of the format and the sample format; of other formats, the suffix, and ``decoded by FFmpeg``.
    promised : int or None
        Number of samples per channel that it should contain, if its header gives it. At the end of a recording that is
        as complete as its format can show, this is the number that was read. Includes what a trigger left out.
    can_seek : bool
        Whether reading can start anywhere, with samples that are the same bit for bit, and the recording is complete,
        as far as is known without reading it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._position = 0
        try:
            self._opened = self._open()
        except SourceError:
            raise
        except Exception as error:
            self._opened = self._open_with_ffmpeg(error)
        self.rate_hz, self.channels = self._opened.rate_hz, self._opened.channels
        self.format, self.encoding = self._opened.format, self._opened.encoding
        self.can_seek = self._opened.seek is not None
        try:
            check_format(path, self.rate_hz, self.channels)
        except SourceError:
            self.close()
            raise
        in_file = believed(self._opened.promised, self.rate_hz, self._size)
        self.promised = None if in_file is None else in_file + self._opened.left_out

    def _open(self) -> Opened:
        path = self.path
        if is_feed(path):
            raise SourceError(f"{redacted(path)}: not a recording; use 'whipbird listen' for feeds")
        try:
            if os.path.isdir(path):
                raise SourceError(f"{path}: no recordings in this folder")
            if glob.has_magic(path) and not os.path.exists(path):
                raise SourceError(f"{path}: matches no file")
            if path == "-" or not stat.S_ISREG(os.stat(path).st_mode):
                raise SourceError(f"{path}: {NOT_A_FILE}")
            if (fault := file_of_addresses(path)) is not None:
                raise SourceError(f"{fault} to 'whipbird listen'")
            with open(path, "rb") as file:
                if not file.read(1):
                    raise SourceError(f"{path}: the file is empty")
                self._size = os.fstat(file.fileno()).st_size
                plan = plan_of(file, path)
            return open_parts(path, plan)
        except (OSError, ValueError) as error:
            raise SourceError(f"{path}: {getattr(error, 'strerror', None) or error}") from error

    def _open_with_ffmpeg(self, failure: Exception) -> Opened:
        text = f"{self.path}: not a recording that can be read ({reason(failure)}"
        try:
            pyav()
        except SourceError as error:
            raise SourceError(f"{text}; every other format {error})") from failure
        try:
            return _by_ffmpeg(self.path, Decoder(os.path.abspath(self.path)))
        except Exception as error:
            raise SourceError(f"{text}; FFmpeg: {reason(error)})") from error

    def read(self, count: int) -> Floats | Gap:
        """Up to ``count`` more samples, shape (n, channels), or the next gap as a whole; no samples at the end.

        Raises
        ------
        SourceError
            If the recording is damaged here; a `PartlyReadError` at the end, if something in it could not be read.
        """
        try:
            samples = self._opened.read(count)
        except Exception as error:
            if self._position == self.promised:  # something else follows the sound
                return np.empty((0, self.channels), np.float32)
            raise error if isinstance(error, SourceError) else SourceError(reason(error)) from error
        self._position += len(samples)
        if not len(samples) and self.promised is not None and not self._lacks(self._position):
            self.promised = self._position
        if not len(samples) and (problem := self._opened.problem()):
            raise PartlyReadError(problem)
        return samples

    def is_cut(self) -> bool:
        """Whether the file ends before its header says, as far as is known without decoding or seeking in it.

        Nothing can be read afterwards.

        Raises
        ------
        SourceError
            If the recording is damaged.
        """
        try:
            held = None if self.promised is None else self._opened.held()
            return held is not None and self._lacks(held + self._opened.left_out)
        except Exception as error:
            raise SourceError(f"{self.path}: {reason(error)}") from error

    def _lacks(self, held: int) -> bool:
        """Whether more is missing from the promised samples than rounding and padding, which the format explains."""
        return self.promised is not None and self.promised - held > self._opened.slack

    def seek(self, sample: int) -> None:
        """Continue reading from ``sample``.

        Raises
        ------
        SourceError
            If that is not possible or would change the samples, see `can_seek`.
        """
        if self._opened.seek is None:
            raise SourceError(f"{self.path}: can only be read from its start")
        try:
            self._opened.seek(sample)
        except Exception as error:
            raise SourceError(reason(error)) from error
        self._position = sample

    def close(self) -> None:
        self._opened.close()


def _by_ffmpeg(path: str, decoder: Decoder) -> Opened:
    rate_hz, header_s = decoder.rate_hz, decoder.header_s()
    promised = decoder.promised
    if promised is None and header_s is not None and 0 < header_s < LONGEST_S:
        promised = round(header_s * rate_hz)
    blocks = recorded_blocks(decoder)
    chunks = Chunks(lambda: next(blocks, None), decoder.channels)

    def held() -> int:
        return round(decoder.held_s() * rate_hz)

    slack = max(PADDING, round(SLACK_S * rate_hz), PRIMING_FRAMES * decoder.frame)
    form = os.path.splitext(path)[1][1:].upper() or "?"
    return Opened(rate_hz, decoder.channels, form, BY_FFMPEG, promised, chunks.read, decoder.close, held, slack)
