"""Headers of MPEG audio frames (ISO/IEC 11172-3 and 13818-3), and frames of silence."""

from __future__ import annotations

import functools
from dataclasses import dataclass

__all__ = ["HEAD_BYTES", "Frame", "Kind", "frame_of", "is_mono", "kind_of", "muted_frame", "side_bytes", "silent_frame"]

HEAD_BYTES = 4
CRC_BYTES = 2
RATES_HZ = (44_100, 48_000, 32_000)
LOW_KBPS = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)  # layers II and III of MPEG 2
KBPS = {  # by MPEG 1 or not, and layer
    (True, 1): tuple(range(32, 449, 32)),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): LOW_KBPS,
    (False, 3): LOW_KBPS,
}
NO_CRC, PADDING = 0x01, 0x02  # bits of the second and the third byte

Kind = tuple[int, int, bool, bool]
"""Rate, layer, whether it is MPEG 1, and whether it is mono: the same for all frames that one decoder can follow."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the header of a frame says."""

    bytes: int
    samples: int
    rate_hz: int
    layer: int
    is_mpeg1: bool


@functools.cache
def frame_of(kind: int, rates: int) -> Frame | None:
    """A frame by the second and third byte of its header; None if they are not allowed, or do not give its length."""
    version, layer = kind >> 3 & 3, 4 - (kind >> 1 & 3)
    bit_rate, rate, padding = rates >> 4, rates >> 2 & 3, rates >> 1 & 1
    if kind & 0xE0 != 0xE0 or version == 1 or layer == 4 or bit_rate in (0, 15) or rate == 3:
        return None
    is_mpeg1 = version == 3
    rate_hz = RATES_HZ[rate] >> {3: 0, 2: 1, 0: 2}[version]
    bits_per_second = 1000 * KBPS[is_mpeg1, layer][bit_rate - 1]
    if layer == 1:
        return Frame((12 * bits_per_second // rate_hz + padding) * 4, 384, rate_hz, layer, is_mpeg1)
    samples = 1152 if layer == 2 or is_mpeg1 else 576
    return Frame(samples // 8 * bits_per_second // rate_hz + padding, samples, rate_hz, layer, is_mpeg1)


def kind_of(head: bytes) -> Kind | None:
    """The kind of the frame that starts with these 4 bytes; None if they are no header."""
    frame = None if len(head) < HEAD_BYTES or head[0] != 0xFF else frame_of(head[1], head[2])
    return None if frame is None else (frame.rate_hz, frame.layer, frame.is_mpeg1, is_mono(head[3]))


def is_mono(mode: int) -> bool:
    """Whether a frame has one channel, by the fourth byte of its header."""
    return mode >> 6 == 3


def side_bytes(is_mpeg1: bool, mono: bool) -> int:
    """Length of the side information, which follows the header in layer III."""
    return (17 if mono else 32) if is_mpeg1 else (9 if mono else 17)


def silent_frame(head: bytes) -> bytes:
    """A frame of silence of the kind and bit rate of this header."""
    own = bytes((0xFF, head[1] | NO_CRC, head[2] & ~PADDING, head[3]))
    frame = frame_of(own[1], own[2])
    assert frame is not None, "the header of a real frame"
    return own.ljust(frame.bytes, b"\0")


def muted_frame(content: bytes) -> bytes:
    """A frame of layer III that decodes to silence, and keeps the data in it that belong to the frames after it.

    It still says how far back its own data begin: decoders keep no more than that for the next frames.
    """
    frame = frame_of(content[1], content[2])
    assert frame is not None, "the header of a real frame"
    crc = 0 if content[1] & NO_CRC else CRC_BYTES
    side = side_bytes(frame.is_mpeg1, is_mono(content[3]))
    own = content[HEAD_BYTES + crc :]
    back = bytes((own[0], own[1] & 0x80 if frame.is_mpeg1 else 0))  # of 9 or 8 bits
    head = bytes((0xFF, content[1] | NO_CRC, content[2], content[3]))
    return head + back + bytes(side + crc - len(back)) + own[side:]
