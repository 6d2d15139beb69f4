"""Read recordings from start to end, and find how many samples they should contain.

Recordings are read with libsndfile. Those that it cannot read go through FFmpeg, if PyAV is installed.
"""

from __future__ import annotations

import glob
import os
import re
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
from whipbird.recordings.decoder import Chunks, Decoder, pyav, recorded_blocks
from whipbird.system.address import is_feed, redacted

__all__ = ["DecodedBlocks", "Recording", "promised_frames", "reason"]

# Lengths written by programs that do not know the length when they start, give or take the header.
UNKNOWN_BYTES = (0x7F00_0000, 2**31, 2**32)
HEADER_BYTES = 4096
EXACT = ("PCM_", "FLOAT", "DOUBLE", "ULAW", "ALAW")  # samples that do not depend on where reading started
UNKNOWN_FRAMES = 2**62
# Libsndfile logs how many bytes of sound a header promises, and reads what is there: "data : 96000 (should be 63985)".
# By format: the name of the length in the log, and how many of its bytes are not sound.
LENGTHS = {"AIFF": ("SSND", 8), "AU": ("Data Size", 0), "RF64": ("Data size", 0), "W64": ("data", 24)}
WAV_LENGTH = ("data", 0)
BYTES = {"PCM_S8": 1, "PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8, "ULAW": 1, "ALAW": 1}
MP3_LENGTHS = (b"Xing", b"Info", b"VBRI")  # tags in an MP3's first frame that give its length
MP3_HEAD_BYTES = 8192


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
        Number of samples per channel that it should contain, if its header gives it.
    can_seek : bool
        Whether reading can start anywhere, with samples that are the same bit for bit, and the recording is complete,
        as far as is known without reading it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._opened = self._open()
        except soundfile.LibsndfileError as error:
            self._opened = self._open_with_ffmpeg(error)
        self.rate_hz, self.channels = self._opened.rate_hz, self._opened.channels
        self.promised, self.can_seek = self._opened.promised, self._opened.seek is not None
        try:
            check_format(path, self.rate_hz, self.channels)
        except SourceError:
            self.close()
            raise

    def _open(self) -> _Opened:
        path = self.path
        if is_feed(path):
            raise SourceError(f"{redacted(path)}: not a recording; use 'whipbird listen' for feeds")
        try:
            if os.path.isdir(path):
                raise SourceError(f"{path}: no recordings in this folder")
            if glob.has_magic(path) and not os.path.exists(path):
                raise SourceError(f"{path}: matches no file")
            with open(path, "rb") as file:
                if not file.read(1):
                    raise SourceError(f"{path}: the file is empty")
                offset = _mp3_of_unknown_length(file) if os.name == "posix" else None
            if offset is not None:
                return _by_libsndfile(_Forward(_feed(path, offset)), has_length=False)
            return _by_libsndfile(_Forward(os.fsencode(path)), has_length=True)
        except (OSError, ValueError) as error:
            raise SourceError(f"{path}: {getattr(error, 'strerror', None) or error}") from error

    def _open_with_ffmpeg(self, failure: soundfile.LibsndfileError) -> _Opened:
        text = f"{self.path}: not a recording that can be read ({reason(failure)}"
        try:
            pyav()
        except SourceError as error:
            raise SourceError(f"{text}; every other format {error})") from failure
        try:
            return _by_ffmpeg(Decoder(os.path.abspath(self.path)))
        except SourceError as error:
            raise SourceError(f"{text}; FFmpeg: {error})") from error

    def read(self, count: int) -> Floats:
        """Up to ``count`` more samples, shape (n, channels); none at the end.

        Raises
        ------
        SourceError
            If the recording is damaged here.
        """
        return self._opened.read(count)

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
        except soundfile.LibsndfileError as error:
            raise SourceError(reason(error)) from error

    def close(self) -> None:
        self._opened.close()


@dataclass(frozen=True)
class _Opened:
    """A recording opened by one of the libraries; attributes as in `Recording`. ``seek`` is None if it cannot seek."""

    rate_hz: int
    channels: int
    promised: int | None
    read: Callable[[int], Floats]
    close: Callable[[], None]
    seek: Callable[[int], int] | None = None


def _by_libsndfile(file: soundfile.SoundFile, has_length: bool) -> _Opened:
    promised = promised_frames(file) if has_length else None
    can_seek = file.subtype.startswith(EXACT) and promised == file.frames
    read = DecodedBlocks(file).read
    return _Opened(file.samplerate, file.channels, promised, read, file.close, file.seek if can_seek else None)


def _by_ffmpeg(decoder: Decoder) -> _Opened:
    blocks = recorded_blocks(decoder)
    chunks = Chunks(lambda: next(blocks, None), decoder.channels)
    return _Opened(decoder.rate_hz, decoder.channels, decoder.promised, chunks.read, decoder.close)


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
        except soundfile.LibsndfileError as error:
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


def promised_frames(file: soundfile.SoundFile) -> int | None:
    """Number of samples per channel according to a file's header; None if the header does not give it."""
    if file.format == "RAW" or file.frames >= UNKNOWN_FRAMES:
        return None
    name, no_sound = LENGTHS.get(file.format, WAV_LENGTH)
    note = re.search(rf"^\s*{name}\s*:\s*(\d+)(?:\s*\(should be (\d+)\))?", file.extra_info, re.MULTILINE)
    if note is None:
        return int(file.frames)
    promised = int(note[1]) - no_sound
    if any(abs(promised - unknown) <= HEADER_BYTES for unknown in UNKNOWN_BYTES):
        return None
    frames, held = int(file.frames), int(note[2] or 0) - no_sound
    width = BYTES.get(file.subtype)
    if width is not None:
        return max(frames, promised // (width * int(file.channels)))
    return round(frames * max(1.0, promised / held)) if held > 0 else frames


def reason(error: soundfile.LibsndfileError) -> str:
    """Libsndfile's message, without its full stop."""
    return str(error.error_string).rstrip(".")


def _mp3_of_unknown_length(file: BinaryIO) -> int | None:
    """Offset of the sound in an MP3 of unknown length; None for other files.

    Libsndfile guesses such a length, and stops reading at the guessed end.
    """
    file.seek(0)
    head = file.read(10)
    offset = 0
    if head[:3] == b"ID3" and len(head) == 10:
        size = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9]
        offset = 10 + size + (10 if head[5] & 0x10 else 0)  # and perhaps a footer
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
