"""The tag in the first frame of an MP3, which holds no sound: the number of frames, and what an encoder has added.

The tag is Xing's, which LAME calls ``Info`` if the bit rate is constant, or Fraunhofer's VBRI.
"""

from __future__ import annotations

from dataclasses import dataclass

from whipbird.recordings.corrected.mp3_header import HEAD_BYTES, Frame, frame_of, is_mono, side_bytes

__all__ = ["TAG_NAMES", "VBRI_AT", "LengthTag", "length_tag", "made_tag", "tag_place", "with_frames"]

MADE_RATE = {True: 9, False: 8}  # code of the bit rate of a frame with room for a tag, by MPEG 1 or not
XING_FRAMES, XING_BYTES, XING_ALL = 1, 2, 15  # flags: which numbers are in the tag
LAME_AT, LAME_BYTES = 120, 36  # LAME's extension of a tag with all numbers; its last two bytes are a checksum
FFMPEG_CHECKED = 190  # bytes of the checksum by FFmpeg: right for two channels of MPEG 1 alone
DELAY_AT = 21  # in LAME's extension: 12 bits of the samples that the encoder has put before the sound
DECODER_DELAY = 529  # samples that a decoder adds
VBRI_AT = 36
LARGEST = 0xFFFFFFFF
TAG_NAMES = (b"Xing", b"Info")


@dataclass(frozen=True, slots=True)
class LengthTag:
    """The tag in a first frame without sound.

    Attributes
    ----------
    place, bytes_place : int
        Where in the frame the number of frames is, and the number of bytes; 0 if not there.
    frames, bytes : int
        0 if not given.
    is_checked : bool
        Whether it has a checksum that is right.
    left_out : int
        Samples at the start that decoders leave out.
    """

    place: int
    bytes_place: int
    frames: int
    bytes: int
    is_checked: bool
    left_out: int = 0


def tag_place(is_mpeg1: bool, mono: bool) -> int:
    """Where a Xing tag is in a frame: after the side information."""
    return HEAD_BYTES + side_bytes(is_mpeg1, mono)


def length_tag(frame: Frame, content: bytes) -> LengthTag | None:
    """The tag in a first frame; None if there is none, or it does not give the number of frames."""
    if content[VBRI_AT : VBRI_AT + 4] == b"VBRI":
        place = VBRI_AT + 14
        return LengthTag(place, place - 4, _number(content, place), _number(content, place - 4), False)
    place = tag_place(frame.is_mpeg1, is_mono(content[3]))
    if content[place : place + 4] not in TAG_NAMES:
        return None
    flags = _number(content, place + 4)
    frames = _number(content, place + 8) if flags & XING_FRAMES else 0
    bytes_place = place + 12 if flags & XING_BYTES else 0
    is_checked, left_out = False, 0
    checked = place + LAME_AT + LAME_BYTES - 2
    if flags & XING_ALL == XING_ALL and len(content) >= checked + 2:
        by_ffmpeg = content[:checked] + b"\0\0" + content[checked + 2 : FFMPEG_CHECKED]
        is_checked = int.from_bytes(content[checked : checked + 2]) in (_crc(content[:checked]), _crc(by_ffmpeg))
        delay = int.from_bytes(content[place + LAME_AT + DELAY_AT :][:2]) >> 4
        left_out = delay + DECODER_DELAY if is_checked else 0
    size = _number(content, bytes_place) if bytes_place else 0
    return LengthTag(place + 8, bytes_place, frames, size, is_checked, left_out) if flags & XING_FRAMES else None


def _number(content: bytes, place: int) -> int:
    return int.from_bytes(content[place : place + 4])


def with_frames(content: bytes, tag: LengthTag, frames: int, size: int) -> bytes:
    """A first frame whose tag gives another number of frames and of bytes; libmpg123 complains about wrong ones."""
    changed = bytearray(content)
    changed[tag.place : tag.place + 4] = frames.to_bytes(4)
    if tag.bytes_place:
        changed[tag.bytes_place : tag.bytes_place + 4] = min(size, LARGEST).to_bytes(4)
    return bytes(changed)


def made_tag(content: bytes, is_mpeg1: bool, frames: int) -> bytes:
    """A frame without sound, like this one, whose tag gives a number of frames."""
    head = bytes((0xFF, content[1] | 1, MADE_RATE[is_mpeg1] << 4 | content[2] & 0x0C, content[3]))
    frame = frame_of(head[1], head[2])
    assert frame is not None, "the kind of a real frame"
    place = tag_place(is_mpeg1, is_mono(content[3]))
    tag = b"Xing" + XING_FRAMES.to_bytes(4) + frames.to_bytes(4)
    return (head.ljust(place, b"\0") + tag).ljust(frame.bytes, b"\0")


def _crc(content: bytes) -> int:
    """CRC-16/ARC, as LAME uses it."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
