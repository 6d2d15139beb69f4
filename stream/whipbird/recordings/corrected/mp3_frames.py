"""Walks the frames of an MP3, and finds where one is damaged, and where another MP3 begins.

Frames follow one another without a gap, and the header of each gives its length; so damage shows where no header is. In
layer III, the data of a frame begin up to 511 bytes before it, in frames of which it is told how many bytes back: a
frame after damage may lack its data, and frames of which some were cut out between them may claim the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from whipbird.recordings.corrected.chunked import TAGS, end_of_content
from whipbird.recordings.corrected.mp3_header import HEAD_BYTES, Frame, Kind, frame_of, is_mono, kind_of, side_bytes
from whipbird.recordings.corrected.mp3_tag import TAG_NAMES, VBRI_AT, LengthTag, length_tag, tag_place

__all__ = ["Damage", "FrameRun", "first_frame", "first_run", "walk"]

SYNC = re.compile(rb"\xff[\xe2-\xff]")
SEARCH_BYTES = 1 << 24  # in which the first frame is sought
BLOCK_BYTES = 1 << 18
LEAST_RUN = 4  # frames in a row that cannot be anything else
RESERVOIR_BYTES = 511  # by which the data of a frame may begin before it
LARGEST_SIDE = 32
TAG_START = re.compile(rb"ID3[\x02-\x04]\x00|APETAGEX|TAG")
TAG_BYTES = 128
APE_BYTES, APE_HAS_HEADER = 32, 1 << 5

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Damage:
    """A place in a run of frames where something is no frame.

    Attributes
    ----------
    start, end : int
        From where frames may be damaged, and where the first frame after it starts.
    before : int
        Whole frames in the run before ``start``.
    bytes : int
        From ``start`` to ``end`` without tags.
    is_between : bool
        Whether the data of the frames on either side follow one another, as if it was put between them.
    muted : tuple of int
        Positions of the frames after it which cannot be decoded, because their data begin in it.
    """

    start: int
    end: int
    before: int
    bytes: int
    is_between: bool
    muted: tuple[int, ...]


@dataclass
class FrameRun:
    """Frames of one kind, from one encoder, up to the end or to where another MP3 begins.

    Attributes
    ----------
    first : Frame
    content : bytes
        The first frame; a tag may be in it.
    tag : LengthTag or None
    start, sound, end : int
        Positions of the first frame, of the first one with sound, and of the end.
    frames, bytes : int
        Of sound, whole and at their place; the frames at the start of each damage are not counted.
    damages : list of Damage
    is_torn : bool
        Whether it ends within a frame.
    """

    first: Frame
    content: bytes
    tag: LengthTag | None
    start: int
    sound: int
    end: int
    frames: int = 0
    bytes: int = 0
    damages: list[Damage] = field(default_factory=list)
    is_torn: bool = False

    @property
    def kind(self) -> Kind:
        kind = kind_of(self.content)
        assert kind is not None, "the header of a real frame"
        return kind


def walk(file: BinaryIO, begin: int, end: int, finds_cuts: bool = False) -> list[FrameRun]:
    """The runs of frames in this part of a file.

    Parameters
    ----------
    finds_cuts : bool
        Whether frames that claim the same bytes are damage; some encoders may write such, so there must be a reason.
    """
    runs: list[FrameRun] = []
    content_end = end_of_content(file, begin, end)
    position = first_frame(file, begin, end)
    while position is not None:
        run = first_run(file, position)
        position = _Walker(file, run, end, content_end, finds_cuts).walk()
        runs.append(run)
    return runs


def first_run(file: BinaryIO, position: int) -> FrameRun:
    """The run that starts with the frame at this position, not walked yet."""
    file.seek(position)
    head = file.read(HEAD_BYTES)
    first = frame_of(head[1], head[2])
    assert first is not None, "the header of a real frame"
    content = head + file.read(first.bytes - HEAD_BYTES)
    has_tag = _tag_in(content, first)
    sound = position + (first.bytes if has_tag else 0)
    return FrameRun(first, content, length_tag(first, content) if has_tag else None, position, sound, sound)


def first_frame(file: BinaryIO, begin: int, end: int) -> int | None:
    """Position of the first of some frames that follow one another."""
    position = _after_tags(file, begin)
    last = min(end, position + SEARCH_BYTES)
    while position < last:
        file.seek(position)
        block = file.read(min(BLOCK_BYTES, last - position))
        for found in SYNC.finditer(block):
            if _is_run(file, position + found.start(), end):
                return position + found.start()
        position += max(1, len(block) - 1)
    return None


class _Walker:
    """Walks one run."""

    def __init__(self, file: BinaryIO, run: FrameRun, end: int, content_end: int, finds_cuts: bool) -> None:
        self._file, self._run, self._end, self._content_end = file, run, end, content_end
        self._finds_cuts = finds_cuts and run.first.layer == 3
        self._kind = run.kind
        self._lengths: dict[int, int] = {}  # of frames by the second and third byte; 0 if of another kind
        self._last: int | None = None  # position of the last frame
        self._last_data: tuple[int, int, int] | None = None  # of the frame before, see `_data`
        self._held = RESERVOIR_BYTES  # bytes of data before the next frame
        self._damage: Damage | None = None  # the latest, while frames after it may lack their data

    def walk(self) -> int | None:
        """Walk to the end of the run; returns where another one begins."""
        run, position = self._run, self._run.sound
        while True:
            stop, is_other = self._follow(position)
            run.end = stop
            if is_other:
                return stop
            after = _after_tags(self._file, stop)
            if stop >= self._content_end or after >= self._end:
                return None
            if _is_run(self._file, after, self._end):
                following: int | None = after
            else:
                self._file.seek(stop)
                torn = kind_of(self._file.read(HEAD_BYTES)) == self._kind
                behind = stop if self._last is None else self._last + HEAD_BYTES
                following = first_frame(self._file, after if after > stop else behind, self._content_end)
                if following is None and torn:
                    run.is_torn = True
                    return None
            if following is None:
                self._add_damage(stop, self._content_end)
                return None
            self._file.seek(following)
            kind = kind_of(self._file.read(HEAD_BYTES))
            if kind != self._kind or self._has_tag(following):
                if following != after:
                    self._add_damage(stop, following)
                return following
            if following == after:  # only tags
                run.damages.append(Damage(stop, following, run.frames, 0, True, ()))
            else:
                self._add_damage(stop, following)
            position = following

    def _follow(self, position: int) -> tuple[int, bool]:
        """Take the frames that follow one another; returns where they end, and whether another run begins there."""
        run = self._run
        while (places := self._places(position)) is not None:
            content, at, lengths = places
            count = len(at)
            is_other = False
            if (tagged := self._first_tag(content, at)) is not None:
                count, is_other = tagged, True
            if self._run.first.layer == 3 and count:
                self._check(content, position, at[:count], lengths[:count])
            else:
                run.frames += count
            if count:
                run.bytes += int(lengths[:count].sum())
                self._last = position + int(at[count - 1])
            if is_other:
                return position + int(at[count]), True
            position += int(at[-1] + lengths[-1])
        return position, False

    def _places(self, position: int) -> tuple[NDArray[np.uint8], Numbers, Numbers] | None:
        """A block of the file, and the positions in it and lengths of the frames that follow one another."""
        self._file.seek(position)
        block = self._file.read(max(0, min(BLOCK_BYTES, self._end - position)))
        known, mono, at = self._lengths, self._kind[3], 0
        places, lengths = [], []
        while at + HEAD_BYTES <= len(block):
            key = block[at + 1] << 8 | block[at + 2]
            length = known.get(key)
            if length is None:
                frame = frame_of(block[at + 1], block[at + 2])
                same = frame is not None and (frame.rate_hz, frame.layer, frame.is_mpeg1) == self._kind[:3]
                length = known[key] = frame.bytes if frame is not None and same else 0
            if not length or block[at] != 0xFF or is_mono(block[at + 3]) != mono or at + length > len(block):
                break
            places.append(at)
            lengths.append(length)
            at += length
        if not places:
            return None
        padded = np.frombuffer(block + bytes(VBRI_AT + LARGEST_SIDE), np.uint8)
        return padded, np.array(places, np.int64), np.array(lengths, np.int64)

    def _first_tag(self, content: NDArray[np.uint8], at: Numbers) -> int | None:
        """Number of the first frame that holds a tag instead of sound."""
        _, layer, is_mpeg1, mono = self._kind
        if layer != 3:
            return None
        place = tag_place(is_mpeg1, mono)
        found = _starts_with(content, at + place, TAG_NAMES) | _starts_with(content, at + VBRI_AT, (b"VBRI",))
        return int(found.argmax()) if found.any() else None

    def _check(self, content: NDArray[np.uint8], base: int, at: Numbers, lengths: Numbers) -> None:
        """Count frames of layer III, and find those which cannot be decoded."""
        run = self._run
        back, needed, room = _data(content, at, lengths, self._kind)
        wrong = needed > back + room
        if self._finds_cuts:
            earlier = self._last_data or (int(back[0]), 0, int(back[0]))
            free = np.concatenate(([earlier[2] + earlier[0] - earlier[1]], (room + back - needed)[:-1]))
            wrong_cut = back > free
        else:
            wrong_cut = np.zeros(len(at), bool)
        suspects = np.flatnonzero(wrong | wrong_cut)
        start = 0
        for place in (*suspects.tolist(), len(at)):
            self._take(base, at[start:place], back[start:place], room[start:place])
            start = place
            if place == len(at):
                break
            here = base + int(at[place])
            if wrong_cut[place]:
                self._held = 0
            run.damages.append(Damage(here, here, run.frames, 0, False, (here,) if wrong[place] else ()))
            self._damage = run.damages[-1]
            if wrong[place]:
                run.frames += 1
                self._held += int(room[place])
                start = place + 1
        self._last_data = int(back[-1]), int(needed[-1]), int(room[-1])

    def _take(self, base: int, at: Numbers, back: Numbers, room: Numbers) -> None:
        """Count frames; those just after damage whose data are not all there are muted, with all before them."""
        run = self._run
        run.frames += len(at)
        if self._damage is None or not len(at):
            return
        held = self._held + np.cumsum(room) - room
        first = np.flatnonzero(held < RESERVOIR_BYTES)
        lacking = first[back[first] > held[first]]
        if len(lacking):
            muted = *self._damage.muted, *(base + int(place) for place in at[: lacking[-1] + 1])
            run.damages[-1] = self._damage = replace(self._damage, muted=muted)
        self._held = int(held[-1] + room[-1])
        if self._held >= RESERVOIR_BYTES:
            self._damage = None

    def _add_damage(self, stop: int, end: int) -> None:
        """Add damage from where a frame should start; the frame before may be damaged, and is not counted then."""
        run, start, last_data = self._run, stop, self._last_data
        is_between = False
        if last_data is not None and end < self._content_end:
            back, needed, room = last_data
            is_between = _read_data(self._file, end, self._kind)[0] == room + back - needed
        if self._last is not None and end < self._content_end and not is_between:
            start = self._last
            run.frames -= 1
            run.bytes -= stop - start
            if run.damages and start in run.damages[-1].muted:  # there was damage just before
                run.damages[-1] = replace(run.damages[-1], muted=run.damages[-1].muted[:-1])
        size = end - start - _tag_bytes(self._file, start, end)
        run.damages.append(Damage(start, end, run.frames, size, is_between, ()))
        self._damage, self._held, self._last, self._last_data = run.damages[-1], 0, None, None

    def _has_tag(self, position: int) -> bool:
        return first_run(self._file, position).sound > position


def _tag_in(content: bytes, frame: Frame) -> bool:
    """Whether a frame holds a tag instead of sound."""
    place = tag_place(frame.is_mpeg1, is_mono(content[3]))
    return frame.layer == 3 and (content[place : place + 4] in TAG_NAMES or content[VBRI_AT : VBRI_AT + 4] == b"VBRI")


def _starts_with(content: NDArray[np.uint8], at: Numbers, names: Sequence[bytes]) -> NDArray[np.bool_]:
    """Whether any of these names of 4 bytes is at each position."""
    found = content[at[:, None] + np.arange(4)]
    matches: NDArray[np.bool_] = np.zeros(len(at), bool)
    for name in names:
        matches |= (found == np.frombuffer(name, np.uint8)).all(axis=1)
    return matches


def _read_data(file: BinaryIO, position: int, kind: Kind) -> tuple[int, int, int]:
    file.seek(position)
    content = file.read(HEAD_BYTES + LARGEST_SIDE + 2).ljust(HEAD_BYTES + LARGEST_SIDE + 2, b"\0")
    frame = frame_of(content[1], content[2])
    assert frame is not None, "the header of a real frame"
    own = np.frombuffer(content, np.uint8)
    back, needed, room = _data(own, np.zeros(1, np.int64), np.array([frame.bytes]), kind)
    return int(back[0]), int(needed[0]), int(room[0])


def _data(content: NDArray[np.uint8], at: Numbers, lengths: Numbers, kind: Kind) -> tuple[Numbers, Numbers, Numbers]:
    """Of frames of layer III, in bytes: how far back their data begin, the length of these, and the room for them."""
    _, _, is_mpeg1, mono = kind
    channels, granules = (1 if mono else 2), (2 if is_mpeg1 else 1)
    crc = np.where(content[at + 1] & 1, 0, 2)
    side = content[(at + HEAD_BYTES + crc)[:, None] + np.arange(LARGEST_SIDE)].astype(np.int64)
    if is_mpeg1:
        back, first, step = _bits(side, 0, 9), 9 + (5 + 4 if mono else 3 + 8), 59
    else:
        back, first, step = _bits(side, 0, 8), 8 + (1 if mono else 2), 63
    bits = np.zeros_like(back)
    for number in range(channels * granules):
        bits += _bits(side, first + step * number, 12)
    room = lengths - HEAD_BYTES - crc - side_bytes(is_mpeg1, mono)
    return back, -(-bits // 8), room


def _bits(side: Numbers, place: int, width: int) -> Numbers:
    byte, shift = divmod(place, 8)
    word = side[:, byte] << 16 | side[:, byte + 1] << 8 | side[:, byte + 2]
    return word >> (24 - shift - width) & ((1 << width) - 1)


def _is_run(file: BinaryIO, position: int, end: int) -> bool:
    """Whether frames of one kind follow one another from here on."""
    kind = None
    for _ in range(LEAST_RUN):
        file.seek(position)
        head = file.read(HEAD_BYTES)
        own = kind_of(head)
        if own is None or kind not in (None, own):
            return kind is not None and _is_end(file, position, end)
        frame = frame_of(head[1], head[2])
        assert frame is not None, "it has a kind"
        kind = own
        position += frame.bytes
        if position >= end:
            return position == end
    return True


def _is_end(file: BinaryIO, position: int, end: int) -> bool:
    """Whether only tags follow."""
    file.seek(position)
    return position == end or file.read(8).startswith(TAGS)


def _after_tags(file: BinaryIO, position: int) -> int:
    """The position after some tags; the same if there are none."""
    while (after := _after_tag(file, position)) > position:
        position = after
    return position


def _after_tag(file: BinaryIO, position: int) -> int:
    """The position after an ID3 or APE tag; the same if there is none."""
    file.seek(position)
    head = file.read(APE_BYTES)
    if head[:3] == b"ID3" and len(head) >= 10:
        size = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9]
        return position + 10 + size + (10 if head[5] & 0x10 else 0)  # and perhaps a footer
    if head[:8] == b"APETAGEX" and len(head) == APE_BYTES and head[23] & APE_HAS_HEADER:
        return position + APE_BYTES + int.from_bytes(head[12:16], "little")
    return position + TAG_BYTES if head[:3] == b"TAG" else position


def _tag_bytes(file: BinaryIO, start: int, end: int) -> int:
    """Bytes of whole tags in a part of a file."""
    return sum(after - place for place, after in _tags(file, start, end))


def _tags(file: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int]]:
    position = start
    while position < end:
        file.seek(position)
        found = TAG_START.search(file.read(min(BLOCK_BYTES, end - position)))
        if found is None:
            position += BLOCK_BYTES - 8
            continue
        place = position + found.start()
        after = _after_tag(file, place)
        if place < after <= end:
            yield place, after
        position = max(after, place + 3)
