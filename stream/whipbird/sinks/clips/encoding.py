"""A clip as the bytes of a file: FLAC, or WAV of 32-bit floating point for sound that goes above full scale."""

from __future__ import annotations

import io
import struct

from whipbird.recordings.metadata.guano import Guano
from whipbird.sinks.clips.clip import Clip
from whipbird.sinks.pcm24 import MOST_CHANNELS, as_24_bit

__all__ = ["encoded"]

PIECE = 1 << 14  # samples that are converted for FLAC at once
FLOAT = 3  # format tag of WAV
SAMPLE_BYTES = 4


def encoded(clip: Clip, guano: Guano) -> bytes:
    """A clip as a file with GUANO metadata.

    It is encoded in memory, because libsndfile does not report a full disk.

    Raises
    ------
    ValueError
        If FLAC cannot hold it.
    """
    return _wav(clip, guano) if clip.is_loud else _flac(clip, guano)


def _flac(clip: Clip, guano: Guano) -> bytes:
    """FLAC of 24 bits; the metadata is its Vorbis comment."""
    import soundfile

    if clip.samples.shape[1] > MOST_CHANNELS:
        raise ValueError(f"a clip of {clip.samples.shape[1]} channels; FLAC holds {MOST_CHANNELS} at most")
    file = io.BytesIO()
    try:
        with soundfile.SoundFile(file, "w", clip.rate_hz, clip.samples.shape[1], "PCM_24", format="FLAC") as flac:
            flac.comment = guano.as_text()
            for begin in range(0, len(clip.samples), PIECE):
                flac.write(as_24_bit(clip.samples[begin : begin + PIECE]))
    except soundfile.SoundFileError as error:
        raise ValueError(f"FLAC cannot hold a clip of {clip.rate_hz} Hz") from error
    return file.getvalue()


def _wav(clip: Clip, guano: Guano) -> bytes:
    """WAV of 32-bit floating point; the metadata is its chunk ``guan``. (Libsndfile adds the time of writing.)"""
    count, channels = clip.samples.shape
    frame = SAMPLE_BYTES * channels
    form = struct.pack("<HHIIHHH", FLOAT, channels, clip.rate_hz, clip.rate_hz * frame, frame, 8 * SAMPLE_BYTES, 0)
    body = b"WAVE" + b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
        for name, content in (
            (b"fmt ", form),
            (b"fact", struct.pack("<I", count)),
            (b"data", clip.samples.astype("<f4").tobytes()),
            (b"guan", guano.as_text().encode()),
        )
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body
