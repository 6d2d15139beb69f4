"""Read recordings from start to end, and find how many samples they should contain.

Recordings are read with libsndfile. Those that it cannot read go through FFmpeg, if PyAV is installed.
"""

from __future__ import annotations

import glob
import os
import re
import stat
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from whipbird.arrays import Floats
from whipbird.audio.limits import check_format
from whipbird.errors import SourceError
from whipbird.recordings.decoder import PADDING, Chunks, Decoder, pyav, recorded_blocks
from whipbird.recordings.held import MP3_HEAD_BYTES, MP3_LENGTHS, flac_end, mp3_bytes, mp3_offset
from whipbird.system.address import is_feed, redacted
from whipbird.system.address_list import file_of_addresses

__all__ = ["DecodedBlocks", "Recording", "believed", "promised_frames", "reason"]

NOT_A_FILE = "not a file; to process a pipe, use 'whipbird listen -', or write it to a file first"
# Lengths written by programs that do not know the length when they start, give or take the header.
UNKNOWN_BYTES = (0x7F00_0000, 2**31, 2**32)
HEADER_BYTES = 4096
EXACT = ("PCM_", "FLOAT", "DOUBLE", "ULAW", "ALAW")  # samples that do not depend on where reading started
UNKNOWN_FRAMES = 2**62
# A header that promises more than this is not believed: no recording lasts longer, and none is cut to a smaller part.
LONGEST_S = 30 * 24 * 3600
MOST_PER_BYTE = 2**16  # samples for each byte that is there
SLACK_S = 0.1  # by which the lengths in the headers of coded recordings may be wrong
# Libsndfile logs how many bytes of sound a header promises, and reads what is there: "data : 96000 (should be 63985)".
# By format: the name of the length in the log, and how many of its bytes are not sound.
LENGTHS = {
    "AIFF": ("SSND", 8),
    "AU": ("Data Size", 0),
    "CAF": ("data", 4),
    "RF64": ("Data size", 0),
    "SVX": ("BODY", 0),
    "VOC": ("Extended II", 12),
    "W64": ("data", 24),
    "WVE": ("Data length", 0),
}
WAV_LENGTH = ("data", 0)
COUNTS = {"AVR": "Frames", "MPC2K": "Frames"}  # the log gives the number of samples per channel
NIST_COUNT = re.compile(rb"\nsample_count -i (\d{1,18})\s")
NIST_HEAD_BYTES = 1024
BYTES = {"PCM_S8": 1, "PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8, "ULAW": 1, "ALAW": 1}


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
    promised : int or None
        Number of samples per channel that it should contain, if its header gives it. At the end of a recording that is
        as complete as its format can show, this is the number that was read.
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
        self.promised, self.can_seek = self._opened.promised, self._opened.seek is not None
        try:
            check_format(path, self.rate_hz, self.channels)
        except SourceError:
            self.close()
            raise
        self.promised = believed(self.promised, self.rate_hz, self._size)

    def _open(self) -> _Opened:
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
                offset = _mp3_of_unknown_length(file) if os.name == "posix" else None
            if offset is not None:
                return _by_libsndfile(_Forward(_feed(path, offset)), has_length=False)
            return _by_libsndfile(_Forward(os.fsencode(path)), has_length=True)
        except (OSError, ValueError) as error:
            raise SourceError(f"{path}: {getattr(error, 'strerror', None) or error}") from error

    def _open_with_ffmpeg(self, failure: Exception) -> _Opened:
        text = f"{self.path}: not a recording that can be read ({reason(failure)}"
        try:
            pyav()
        except SourceError as error:
            raise SourceError(f"{text}; every other format {error})") from failure
        try:
            return _by_ffmpeg(Decoder(os.path.abspath(self.path)))
        except Exception as error:
            raise SourceError(f"{text}; FFmpeg: {reason(error)})") from error

    def read(self, count: int) -> Floats:
        """Up to ``count`` more samples, shape (n, channels); none at the end.

        Raises
        ------
        SourceError
            If the recording is damaged here.
        """
        try:
            samples = self._opened.read(count)
        except SourceError:
            raise
        except Exception as error:
            raise SourceError(reason(error)) from error
        self._position += len(samples)
        if not len(samples) and self.promised is not None and not self._lacks(self._position):
            self.promised = self._position
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
            return self.promised is not None and self._lacks(self._opened.held())
        except Exception as error:
            raise SourceError(f"{self.path}: {reason(error)}") from error

    def _lacks(self, held: int | None) -> bool:
        """Whether more is missing from the promised samples than rounding and padding, which the format explains."""
        slack = 0 if self._opened.is_exact else max(PADDING, round(SLACK_S * self.rate_hz))
        return held is not None and self.promised is not None and self.promised - held > slack

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


@dataclass(frozen=True)
class _Opened:
    """A recording opened by one of the libraries; attributes as in `Recording`.

    Attributes
    ----------
    held : callable
        Gives the number of samples per channel that the file holds; None if that is not known without decoding.
    is_exact : bool
        Whether the promised number is exact if the file is complete.
    seek : callable or None
        None if it cannot seek.
    """

    rate_hz: int
    channels: int
    promised: int | None
    read: Callable[[int], Floats]
    close: Callable[[], None]
    held: Callable[[], int | None]
    is_exact: bool
    seek: Callable[[int], int] | None = None


def _by_libsndfile(file: soundfile.SoundFile, has_length: bool) -> _Opened:
    promised = promised_frames(file) if has_length else None
    is_exact = file.format == "MP3" or not file.subtype.startswith("MPEG")  # MP3 in WAV: its padding counts as sound
    can_seek = file.subtype.startswith(EXACT) and promised == file.frames
    read = DecodedBlocks(file).read
    return _Opened(
        file.samplerate,
        file.channels,
        promised,
        read,
        file.close,
        lambda: _held_frames(file),
        is_exact,
        file.seek if can_seek else None,
    )


def _held_frames(file: soundfile.SoundFile) -> int | None:
    """Number of samples per channel in a file; None if that is not known without decoding it."""
    if file.format == "OGG":  # libsndfile takes its length from the last page that is there
        return None
    if file.format == "FLAC":
        return flac_end(file.name)
    if file.format == "MP3":
        there, promised = mp3_bytes(file.name)
        return round(file.frames * min(1.0, there / promised)) if promised else None
    return int(file.frames)


def _by_ffmpeg(decoder: Decoder) -> _Opened:
    rate_hz, header_s = decoder.rate_hz, decoder.header_s()
    promised = decoder.promised
    if promised is None and header_s is not None and 0 < header_s < LONGEST_S:
        promised = round(header_s * rate_hz)
    blocks = recorded_blocks(decoder)
    chunks = Chunks(lambda: next(blocks, None), decoder.channels)

    def held() -> int:
        return round(decoder.held_s() * rate_hz)

    return _Opened(rate_hz, decoder.channels, promised, chunks.read, decoder.close, held, is_exact=False)


class DecodedBlocks:
    """Reads a sound file up to its end, or to where it is damaged."""

    def __init__(self, file: soundfile.SoundFile) -> None:
        self._file = file
        self._failure: SourceError | None = None

    def read(self, count: int) -> Floats:
        """Up to ``count`` more samples, shape (n, channels).

        Raises
        ------
        SourceError
            If the file is damaged here; everything before has been returned.
        """
        if self._failure is not None:
            raise self._failure
        block = np.full((count, self._file.channels), np.nan, np.float32)  # NaN stays where decoding fails
        try:
            samples: Floats = self._file.read(out=block)
        except Exception as error:  # whatever libsndfile and NumPy raise for a damaged file
            self._failure = SourceError(reason(error))
            decoded = np.flatnonzero(~np.isnan(block).all(axis=1))
            if not len(decoded):
                raise self._failure from error
            return block[: decoded[-1] + 1]
        return samples


class _Forward(soundfile.SoundFile):  # type: ignore[misc]
    """A file without seeking: soundfile seeks after each read, which fails on FLAC that was written to a pipe."""

    def seekable(self) -> bool:
        return False


def believed(promised: int | None, rate_hz: int, size: int = sys.maxsize) -> int | None:
    """The number of samples that a header promises; None if a file of this size (in bytes) cannot be their start."""
    return promised if promised is None or promised <= min(LONGEST_S * rate_hz, MOST_PER_BYTE * size) else None


def promised_frames(file: soundfile.SoundFile) -> int | None:
    """Number of samples per channel according to a file's header; None if the header does not give it."""
    if file.format == "RAW" or file.frames >= UNKNOWN_FRAMES:
        return None
    if file.format == "NIST" and isinstance(file.name, str | bytes):
        return max(int(file.frames), _nist_frames(file.name))
    count = COUNTS.get(file.format)
    name, no_sound = LENGTHS.get(file.format, WAV_LENGTH) if count is None else (count, 0)
    note = re.search(rf"^\s*{name}\s*:?\s*(\d+)(?:\s*\(?should be (\d+))?", file.extra_info, re.MULTILINE)
    if note is None:
        return int(file.frames)
    if count is not None:
        return max(int(file.frames), int(note[1]))
    promised = int(note[1]) - no_sound
    if any(abs(promised - unknown) <= HEADER_BYTES for unknown in UNKNOWN_BYTES):
        return None
    frames, held = int(file.frames), int(note[2] or 0) - no_sound
    width = BYTES.get(file.subtype)
    if width is not None:
        return max(frames, promised // (width * int(file.channels)))
    return round(frames * max(1.0, promised / held)) if held > 0 else frames


def _nist_frames(path: str | bytes) -> int:
    """Number of samples per channel in the header of a NIST SPHERE file; 0 if it is not given."""
    with open(path, "rb") as file:
        found = NIST_COUNT.search(file.read(NIST_HEAD_BYTES))
    return int(found[1]) if found else 0


def reason(error: Exception) -> str:
    """The message of libsndfile, without its full stop, or of any other error in reading."""
    text = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return str(text).rstrip(".") or type(error).__name__


def _mp3_of_unknown_length(file: BinaryIO) -> int | None:
    """Offset of the sound in an MP3 of unknown length; None for other files.

    Libsndfile guesses such a length, and stops reading at the guessed end.
    """
    offset = mp3_offset(file)
    file.seek(offset)
    frames = file.read(MP3_HEAD_BYTES)
    is_mp3 = len(frames) > 1 and frames[0] == 0xFF and frames[1] & 0xE6 == 0xE2  # layer III
    return offset if is_mp3 and not any(tag in frames for tag in MP3_LENGTHS) else None


def _feed(path: str, offset: int) -> int:
    """A pipe through which a thread feeds the file, from ``offset`` to its real end."""
    out, into = os.pipe()

    def run() -> None:
        try:
            with os.fdopen(into, "wb") as pipe, Path(path).open("rb") as file:
                file.seek(offset)
                while block := file.read(1 << 16):
                    pipe.write(block)
        except OSError:  # the reader has stopped
            pass

    threading.Thread(target=run, name="feed", daemon=True).start()
    return out
