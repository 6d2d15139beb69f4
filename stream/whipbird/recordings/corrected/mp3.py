"""Where the sound in an MP3 starts, how long it is, and a header that says so.

The sound is a sequence of frames (ISO/IEC 11172-3 and 13818-3). ID3 tags, padding, or the rest of a frame may come
before it. The first frame may hold no sound, but a tag with the number of frames: Xing's, which LAME calls ``Info`` if
the bit rate is constant, or Fraunhofer's VBRI. Without such a tag, libmpg123 guesses the number from the size of the
first frame, and stops there.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import BinaryIO

from whipbird.recordings.corrected.chunked import TAGS, end_of_content
from whipbird.recordings.corrected.spliced import Correction

__all__ = ["mp3_correction", "mp3_held_share"]

SYNC = re.compile(rb"\xff[\xe2-\xff]")
SEARCH_BYTES = 1 << 24  # in which the first frame is sought
BLOCK_BYTES = 1 << 16
HEAD_BYTES = 4  # of a frame
LEAST_RUN = 4  # frames in a row that cannot be anything else
TAIL_BYTES = 4096  # of tags at the end of a file
ENDLESS = 0x7FFFFFFF  # frames: more than any file has

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
MADE_RATE = {True: 9, False: 8}  # code of the bit rate of a frame with room for a tag, by MPEG 1 or not
XING_FRAMES, XING_BYTES, XING_ALL = 1, 2, 15  # flags: which numbers are in the tag
LAME_AT, LAME_BYTES = 120, 36  # LAME's extension of a tag with all numbers; its last two bytes are a checksum
VBRI_AT = 36


@dataclass(frozen=True, slots=True)
class Frame:
    """What the header of a frame says."""

    bytes: int
    samples: int
    rate_hz: int
    layer: int
    is_mpeg1: bool


@dataclass(frozen=True, slots=True)
class LengthTag:
    """The tag in a first frame without sound.

    Attributes
    ----------
    place : int
        Where in the frame the number of frames is.
    frames, bytes : int
        0 if not given.
    is_checked : bool
        Whether it has a checksum that is right.
    """

    place: int
    frames: int
    bytes: int
    is_checked: bool


def mp3_correction(file: BinaryIO, begin: int, end: int) -> Correction | None:
    """The right header of an MP3 that is this part of a file; None if it is right, or this is no MP3.

    A tag that is wrong, in one way or the other, is made right. A tag by which more should be there stays if its
    checksum is right or the size of the file agrees: then the sound is cut.
    """
    first = _first_frame(file, begin, end)
    if first is None:
        return None
    frame, content = _frame_at(file, first)
    if frame is None:
        return None
    tag = _length_tag(frame, content)
    if tag is not None:
        start = first + frame.bytes
        if not _is_trusted(tag, end - first):
            held = _count_frames(file, start, end)
            if abs(held - tag.frames) > 1 and not _is_cut(tag, held, end - first):
                return Correction(_with_frames(content, tag, held), start, end)
    if tag is not None or frame.layer != 3:  # layers I and II have no tag, and a constant bit rate
        return None if first == 0 else Correction(b"", first, end)
    return Correction(_made_tag(content, frame.is_mpeg1), first, end, has_length=False)


def mp3_held_share(file: BinaryIO, begin: int, end: int) -> float:
    """How much of the sound that its tag promises an MP3 holds, from 0 to 1; 1 if the tag is not believed."""
    first = _first_frame(file, begin, end)
    frame, content = (None, b"") if first is None else _frame_at(file, first)
    tag = None if frame is None else _length_tag(frame, content)
    if first is None or frame is None or tag is None or _is_trusted(tag, end - first):
        return 1.0
    held = _count_frames(file, first + frame.bytes, end)
    return held / tag.frames if _is_cut(tag, held, end - first) else 1.0


def _is_trusted(tag: LengthTag, held: int) -> bool:
    """Whether a tag need not be compared with the frames."""
    return tag.is_checked and abs(tag.bytes - held) <= TAIL_BYTES


def _is_cut(tag: LengthTag, frames: int, held: int) -> bool:
    """Whether a tag shows that frames are missing: its checksum is right, or the number of bytes agrees."""
    return frames < tag.frames and (tag.is_checked or tag.bytes > held + TAIL_BYTES)


def _first_frame(file: BinaryIO, begin: int, end: int) -> int | None:
    """Position of the first of some frames that follow one another."""
    position = begin
    while (after := _after_tag(file, position)) > position:
        position = after
    last = min(end, position + SEARCH_BYTES)
    while position < last:
        file.seek(position)
        block = file.read(min(BLOCK_BYTES, last - position))
        for found in SYNC.finditer(block):
            if _is_run(file, position + found.start(), end):
                return position + found.start()
        position += max(1, len(block) - 1)
    return None


def _after_tag(file: BinaryIO, position: int) -> int:
    """The position after an ID3v2 tag; the same if there is none."""
    file.seek(position)
    head = file.read(10)
    if head[:3] != b"ID3" or len(head) < 10:
        return position
    size = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9]
    return position + 10 + size + (10 if head[5] & 0x10 else 0)  # and perhaps a footer


def _is_run(file: BinaryIO, position: int, end: int) -> bool:
    """Whether frames of one kind follow one another from here on."""
    kind = None
    for _ in range(LEAST_RUN):
        frame, _ = _frame_at(file, position, 0)
        if frame is None or kind not in (None, (frame.rate_hz, frame.layer, frame.is_mpeg1)):
            return kind is not None and _is_end(file, position, end)
        kind = frame.rate_hz, frame.layer, frame.is_mpeg1
        position += frame.bytes
        if position >= end:
            return position == end
    return True


def _is_end(file: BinaryIO, position: int, end: int) -> bool:
    """Whether only tags follow."""
    file.seek(position)
    return position == end or file.read(8).startswith(TAGS)


def _count_frames(file: BinaryIO, position: int, end: int) -> int:
    """Number of whole frames from here on."""
    count = 0
    end = end_of_content(file, position, end)
    while position < end:
        frame, _ = _frame_at(file, position, 0)
        if frame is not None:
            count += position + frame.bytes <= end
            position += frame.bytes
            continue
        if _is_end(file, position, end):
            break
        following = _first_frame(file, position + 1, end)
        if following is None:
            break
        position = following
    return count


def _frame_at(file: BinaryIO, position: int, most: int = BLOCK_BYTES) -> tuple[Frame | None, bytes]:
    """The frame at a position, if there is one, and up to this many bytes of it."""
    file.seek(position)
    head = file.read(HEAD_BYTES)
    frame = None if len(head) < HEAD_BYTES or head[0] != 0xFF else _frame(head[1], head[2])
    if frame is None or not most:
        return frame, head
    return frame, head + file.read(frame.bytes - HEAD_BYTES)


@functools.cache
def _frame(kind: int, rates: int) -> Frame | None:
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


def _tag_at(content: bytes, is_mpeg1: bool) -> int:
    """Where a Xing tag is in a frame: after the side information."""
    is_mono = content[3] >> 6 == 3
    return HEAD_BYTES + ((17 if is_mono else 32) if is_mpeg1 else (9 if is_mono else 17))


def _length_tag(frame: Frame, content: bytes) -> LengthTag | None:
    """The tag in a first frame; None if there is none, or it does not give the number of frames."""
    if content[VBRI_AT : VBRI_AT + 4] == b"VBRI":
        place = VBRI_AT + 14
        return LengthTag(place, int.from_bytes(content[place : place + 4]), _number(content, VBRI_AT + 10), False)
    place = _tag_at(content, frame.is_mpeg1)
    if content[place : place + 4] not in (b"Xing", b"Info"):
        return None
    flags = _number(content, place + 4)
    frames = _number(content, place + 8) if flags & XING_FRAMES else 0
    size = _number(content, place + (12 if flags & XING_FRAMES else 8)) if flags & XING_BYTES else 0
    is_checked = False
    checked = place + LAME_AT + LAME_BYTES - 2
    if flags & XING_ALL == XING_ALL and len(content) >= checked + 2:
        is_checked = _crc(content[:checked]) == int.from_bytes(content[checked : checked + 2])
    return LengthTag(place + 8, frames, size, is_checked) if flags & XING_FRAMES else None


def _number(content: bytes, place: int) -> int:
    return int.from_bytes(content[place : place + 4])


def _with_frames(content: bytes, tag: LengthTag, frames: int) -> bytes:
    """A first frame whose tag gives another number of frames."""
    return content[: tag.place] + frames.to_bytes(4) + content[tag.place + 4 :]


def _made_tag(content: bytes, is_mpeg1: bool) -> bytes:
    """A frame without sound, like this one, whose tag gives more frames than any file has."""
    head = bytes((0xFF, content[1] | 1, MADE_RATE[is_mpeg1] << 4 | content[2] & 0x0C, content[3]))
    frame = _frame(head[1], head[2])
    assert frame is not None, "the kind of a real frame"
    place = _tag_at(content, is_mpeg1)
    tag = b"Xing" + XING_FRAMES.to_bytes(4) + ENDLESS.to_bytes(4)
    return (head.ljust(place, b"\0") + tag).ljust(frame.bytes, b"\0")


def _crc(content: bytes) -> int:
    """CRC-16/ARC, as LAME uses it."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
