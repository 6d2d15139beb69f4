"""Triggered recordings as AudioMoths write them, with blocks that stand for sound which was left out."""

import struct

import numpy as np

BLOCK = 256  # samples
COMMENT = (
    "Recorded at 06:00:00 01/05/2024 (UTC) by AudioMoth 24E144055DA1DC61 at medium gain while battery was 4.1V and "
    "temperature was 18.5C. Amplitude threshold was 512 with 1s minimum trigger duration."
)


def counter(blocks):
    """The block that stands for this many."""
    samples = np.zeros(BLOCK, np.int16)
    samples[:32] = [1 if blocks & 1 << bit else -1 for bit in range(32)]
    return samples


def write_wav(path, rate_hz, *parts, comment=""):
    """Write arrays of 16-bit samples as a WAV file; whole numbers are blocks that were left out."""
    content = b"".join((counter(part) if isinstance(part, int) else part).astype("<i2").tobytes() for part in parts)
    note = comment.encode().ljust(384, b"\0")
    info = b"INFOICMT" + struct.pack("<I", len(note)) + note if comment else b"INFO"
    chunks = [
        (b"fmt ", struct.pack("<HHIIHH", 1, 1, rate_hz, 2 * rate_hz, 2, 16)),
        (b"LIST", info),
        (b"data", content),
    ]
    body = b"WAVE" + b"".join(name + struct.pack("<I", len(inside)) + inside for name, inside in chunks)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path
