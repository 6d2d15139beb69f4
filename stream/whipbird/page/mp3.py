"""Sound as a stream of MP3, which every browser plays as it comes."""

from __future__ import annotations

import os

import soundfile

from whipbird.arrays import Floats

__all__ = ["KIND", "RATE_HZ", "Mp3Stream"]

KIND = "audio/mpeg"
RATE_HZ = 32_000
LEVEL = 0.8  # of compression: 96 kbit/s
FRAME_BYTES = 432  # of 36 ms


class Mp3Stream:
    """Encodes one channel at `RATE_HZ`."""

    def __init__(self) -> None:
        self._taken = _Taken()
        self._held = b""
        self._file = soundfile.SoundFile(
            self._taken,
            "w",
            RATE_HZ,
            1,
            format="MP3",
            subtype="MPEG_LAYER_III",
            bitrate_mode="CONSTANT",
            compression_level=LEVEL,
        )

    def push(self, samples: Floats) -> bytes:
        """Encode samples, shape (n,), and return the frames that are complete: playing can start at any of them."""
        self._file.write(samples)
        self._held += self._taken.take()
        whole = len(self._held) // FRAME_BYTES * FRAME_BYTES
        frames, self._held = self._held[:whole], self._held[whole:]
        return frames


class _Taken:
    """A file of which only what was written since the last look is kept."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = self._length = 0

    def take(self) -> bytes:
        content, self._pieces = b"".join(self._pieces), []
        return content

    def write(self, content: bytes) -> int:
        self._pieces.append(bytes(content))
        self._position += len(content)
        self._length = max(self._length, self._position)
        return len(content)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, _: int) -> bytes:
        return b""
