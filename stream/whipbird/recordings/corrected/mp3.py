"""How to read an MP3: where its sound is, how long it is, and what is missing where it is damaged.

The sound is a sequence of frames (ISO/IEC 11172-3 and 13818-3). ID3 tags, padding, or the rest of a frame may come
before it. The first frame may hold a tag with the number of frames. Without such a tag, libmpg123 guesses the number
from the size of the first frame, and stops there. It stops or skips without a word where frames are damaged; so frames
of silence take the place of what is damaged, and the sound in them is a gap.

Several MP3s may be joined end to end: each starts with a tag, or with frames of another kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from whipbird.recordings.corrected.mp3_frames import Damage, FrameRun, first_frame, first_run, walk
from whipbird.recordings.corrected.mp3_header import HEAD_BYTES, frame_of, muted_frame, silent_frame
from whipbird.recordings.corrected.mp3_tag import LengthTag, made_tag, with_frames
from whipbird.recordings.corrected.plan import AS_IT_IS, DAMAGED, Part, Plan, StandIn
from whipbird.recordings.corrected.spliced import Correction, Repair

__all__ = ["mp3_plan", "walked_mp3_plan"]

TAIL_BYTES = 4096  # of tags at the end of a file
CORRECT_SHARE = 0.01  # of the bytes, by which libmpg123 lets a tag be wrong without a complaint
ENDLESS = 0x7FFFFFFF  # frames: more than any file has
LEAST_DIFFERENCE = 2  # frames by which an estimate may be wrong
STANDING = 4  # most frames of silence that stand for damage
PADDING_BYTES = 2  # by which frames of a constant bit rate that are damaged in place differ from their mean length


def mp3_plan(file: BinaryIO, begin: int, end: int) -> Plan:
    """How to read an MP3 that is this part of a file, by its first frame if that is enough.

    A tag whose checksum and number of bytes are right gives the length, also if frames are damaged.
    """
    position = first_frame(file, begin, end)
    if position is None:
        return AS_IT_IS
    run = first_run(file, position)
    if run.tag is not None and not _is_trusted(run.tag, end - position):
        return walked_mp3_plan(file, begin, end)
    held = end - position
    if run.tag is not None and abs(run.tag.bytes - held) > held * CORRECT_SHARE:
        head = with_frames(run.content, run.tag, run.tag.frames, held)
        return Plan((Part(Correction(head, run.sound, end)),), is_final=False)
    if run.tag is not None or run.first.layer != 3:  # layers I and II have no tag, and a constant bit rate
        return Plan((Part(None if position == 0 else Correction(b"", position, end)),), is_final=False)
    head = made_tag(run.content, run.first.is_mpeg1, ENDLESS)
    return Plan((Part(Correction(head, position, end, has_length=False)),), is_final=False)


def walked_mp3_plan(file: BinaryIO, begin: int, end: int) -> Plan:
    """As `mp3_plan`, by all of its frames."""
    runs = walk(file, begin, end)
    if len(runs) == 1 and _is_cut_inside(runs[0], end):
        runs = walk(file, begin, end, finds_cuts=True)
    if not runs:
        return AS_IT_IS
    ends = [run.end for run in runs[:-1]] + [end]
    return Plan(tuple(_part(file, run, own_end) for run, own_end in zip(runs, ends, strict=True)))


def _is_cut_inside(run: FrameRun, end: int) -> bool:
    """Whether frames are missing that nothing shows so far but their number."""
    tag = run.tag
    return tag is not None and not run.damages and not run.is_torn and _is_cut(tag, run.frames, end - run.start)


def _is_trusted(tag: LengthTag, held: int) -> bool:
    """Whether a tag need not be compared with the frames to find the length."""
    return tag.is_checked and abs(tag.bytes - held) <= TAIL_BYTES


def _is_cut(tag: LengthTag, frames: int, held: int) -> bool:
    """Whether a tag shows that frames are missing: its checksum is right, or the number of bytes agrees."""
    return frames < tag.frames and (tag.is_checked or tag.bytes > held + TAIL_BYTES)


def _part(file: BinaryIO, run: FrameRun, end: int) -> Part:
    """How to read one run of frames."""
    tag = run.tag
    lost, is_known = _lost(run, end)
    in_all = run.frames + sum(lost)  # frames, as far as it goes
    is_cut = tag is not None and _is_cut(tag, in_all, end - run.start)
    promised = tag.frames if tag is not None and (is_cut or abs(in_all - tag.frames) <= 1) else in_all
    share = in_all / promised if is_cut and promised else 1.0
    repairs, stand_ins, change = _repairs(file, run, lost)
    if tag is not None:
        size = end - run.start + sum(len(repair.content) - (repair.end - repair.start) for repair in repairs)
        head = with_frames(run.content, tag, promised + change, size)
    elif run.first.layer != 3:
        head = b""
    elif repairs:
        head = made_tag(run.content, run.first.is_mpeg1, promised + change)
    else:
        head = made_tag(run.content, run.first.is_mpeg1, ENDLESS)
    has_length = tag is not None or run.first.layer != 3 or bool(repairs)
    return Part(Correction(head, run.sound, end, has_length, repairs=tuple(repairs)), tuple(stand_ins), share, is_known)


def _lost(run: FrameRun, end: int) -> tuple[list[int], bool]:
    """How many frames each damage lacks, by the number in the tag or else by the bytes; and whether that is known."""
    tag = run.tag
    if not run.damages:
        return [], True
    mean = run.bytes / run.frames if run.frames else float(run.first.bytes)
    estimates = [_estimate(damage, mean) for damage in run.damages]
    by_bytes = [round(estimate) for estimate in estimates]
    if tag is None or run.is_torn:
        return by_bytes, all(_is_in_place(damage, mean) for damage in run.damages)
    missing = max(0, tag.frames - run.frames)
    likely = sum(by_bytes) + max(0, tag.bytes - (end - run.start)) / mean
    if tag.is_checked or abs(missing - likely) <= max(LEAST_DIFFERENCE, likely / 2):
        return _shared(missing, estimates), True
    return by_bytes, False


def _estimate(damage: Damage, mean: float) -> float:
    """Frames that are missing in damage by its bytes; 0 if it was put between frames."""
    return 0.0 if damage.is_between and not _is_in_place(damage, mean) else damage.bytes / mean


def _is_in_place(damage: Damage, mean: float) -> bool:
    """Whether frames were replaced by as many bytes: certain if the bit rate is constant, and unlikely otherwise."""
    return abs(damage.bytes - round(damage.bytes / mean) * mean) <= PADDING_BYTES


def _shared(missing: int, estimates: Sequence[float]) -> list[int]:
    """A number of missing frames, divided in proportion to estimates."""
    total = sum(estimates)
    shares = [estimate / total if total else 1 / len(estimates) for estimate in estimates]
    found, before, so_far = [], 0, 0.0
    for share in shares:
        so_far += share * missing
        found.append(round(so_far) - before)
        before = round(so_far)
    return found


def _repairs(file: BinaryIO, run: FrameRun, lost: Sequence[int]) -> tuple[list[Repair], list[StandIn], int]:
    """What to read in place of damage, the gaps that this stands for, and by how many frames it is more than them."""
    repairs: list[Repair] = []
    stand_ins: list[StandIn] = []
    change = 0
    left_out = run.tag.left_out if run.tag is not None else 0
    silence = silent_frame(run.content)
    size = run.first.samples
    more = 0  # frames in place of those before
    for damage, missing in zip(run.damages, lost, strict=True):
        standing = min(missing, STANDING)
        if damage.start < damage.end or standing:
            repairs.append(Repair(damage.start, damage.end, silence * standing))
        for place in damage.muted:
            content = _frame_at(file, place)
            repairs.append(Repair(place, place + len(content), muted_frame(content)))
        begin = (damage.before + more) * size - left_out
        held, length = (standing + len(damage.muted)) * size, (missing + len(damage.muted)) * size
        cut = min(held, max(0, -begin))
        if held > cut:
            stand_ins.append(StandIn(begin + cut, held - cut, length - cut, DAMAGED))
        more += standing
        change += standing - missing
    return repairs, stand_ins, change


def _frame_at(file: BinaryIO, position: int) -> bytes:
    file.seek(position)
    head = file.read(HEAD_BYTES)
    frame = frame_of(head[1], head[2])
    assert frame is not None, "the header of a real frame"
    return head + file.read(frame.bytes - HEAD_BYTES)
