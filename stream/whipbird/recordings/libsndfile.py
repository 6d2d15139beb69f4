"""Open recordings with libsndfile, and find how many samples their headers promise."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import soundfile

from whipbird.arrays import Floats
from whipbird.audio.gap import Gap
from whipbird.errors import SourceError
from whipbird.recordings.corrected.flac import flac_end
from whipbird.recordings.corrected.plan import Part
from whipbird.recordings.corrected.spliced import Spliced
from whipbird.recordings.sound_file import Recorded
from whipbird.recordings.stand_ins import StandInReader
from whipbird.recordings.triggered import find_left_out

__all__ = [
    "LONGEST_S",
    "DecodedBlocks",
    "Opened",
    "believed",
    "by_libsndfile",
    "frame_bytes",
    "promised_frames",
    "reason",
]

# Lengths written by programs that do not know the length when they start, give or take the header.
UNKNOWN_BYTES = (0x7F00_0000, 2**31, 2**32)
HEADER_BYTES = 4096
PADDED_BYTES = 8  # multiples to which sizes are rounded up in the log
EXACT = ("PCM_", "FLOAT", "DOUBLE", "ULAW", "ALAW")  # samples that do not depend on where reading started
UNKNOWN_FRAMES = 2**62
MP3_FRAMES = 2 * 1152 - 1  # samples; encoders count frames and their padding in different ways
# A header that promises more than this is not believed: no recording lasts longer, and none is cut to a smaller part.
LONGEST_S = 30 * 24 * 3600
MOST_PER_BYTE = 2**16  # samples for each byte that is there
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


@dataclass(frozen=True)
class Opened:
    """A recording opened by one of the libraries; attributes as in `whipbird.recordings.reader.Recording`.

    The promised number does not include what a trigger left out.

    Attributes
    ----------
    format, encoding : str
        Libsndfile's names of the format and the sample format.
    held : callable
        Gives the number of samples per channel that the file holds; None if that is not known without decoding.
    slack : int
        By how many samples the promised number may be wrong though the file is complete.
    seek : callable or None
        None if it cannot seek.
    left_out : int
        Samples per channel by which the recording is longer than its file.
    problem : callable
        Gives, at the end, what is not known of the recording, in one line; empty if all is.
    """

    rate_hz: int
    channels: int
    format: str
    encoding: str
    promised: int | None
    read: Callable[[int], Floats | Gap]
    close: Callable[[], None]
    held: Callable[[], int | None]
    slack: int
    seek: Callable[[int], int] | None = None
    left_out: int = 0
    problem: Callable[[], str] = str


def by_libsndfile(path: str, part: Part) -> Opened:
    """Open a recording or a part of one, corrected where it is wrong.

    Raises
    ------
    Exception
        Whatever soundfile raises if libsndfile cannot read it.
    """
    correction = part.correction
    file = Recorded(path, correction)
    if correction is None or not correction.head:
        promised = promised_frames(file)
    else:
        promised = int(file.frames) if correction.has_length else correction.promised
    stand_ins = part.stand_ins or find_left_out(path, correction, LONGEST_S * file.samplerate)
    can_seek = file.subtype.startswith(EXACT) and promised == file.frames and not stand_ins
    blocks = DecodedBlocks(file)

    def read(count: int) -> Floats:
        samples = blocks.read(count)
        if not len(samples) and file.failure is not None:
            raise file.failure
        return samples

    return Opened(
        file.samplerate,
        file.channels,
        file.format,
        file.subtype,
        promised,
        StandInReader(read, stand_ins).read if stand_ins else read,
        file.close,
        lambda: _held_frames(file, path, part, promised),
        MP3_FRAMES if file.subtype.startswith("MPEG") else 0,
        file.seek if can_seek else None,
        sum(stand_in.length - stand_in.held for stand_in in stand_ins),
    )


def _held_frames(file: soundfile.SoundFile, path: str, part: Part, promised: int | None) -> int | None:
    """Number of samples per channel in a file; None if that is not known without decoding it."""
    if promised is None or file.format == "OGG":  # libsndfile takes its length from the last page that is there
        return None
    if file.subtype.startswith("MPEG"):
        return round(promised * part.held_share)
    if file.format != "FLAC":
        return int(file.frames)
    own = part.correction
    with open(path, "rb") as content:
        return flac_end(content if own is None else io.BufferedReader(Spliced(content, own)))


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
    width = frame_bytes(file)
    if width is not None:
        return frames if promised - frames * width < PADDED_BYTES else promised // width
    return round(frames * max(1.0, promised / held)) if held > 0 else frames


def frame_bytes(file: soundfile.SoundFile) -> int | None:
    """Bytes of one sample of all channels; None if that depends on the sound."""
    width = BYTES.get(file.subtype)
    return None if width is None else width * int(file.channels)


def _nist_frames(path: str | bytes) -> int:
    """Number of samples per channel in the header of a NIST SPHERE file; 0 if it is not given."""
    with open(path, "rb") as file:
        found = NIST_COUNT.search(file.read(NIST_HEAD_BYTES))
    return int(found[1]) if found else 0


def reason(error: Exception) -> str:
    """The message of libsndfile, without its full stop, or of any other error in reading."""
    text = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return str(text).rstrip(".") or type(error).__name__
