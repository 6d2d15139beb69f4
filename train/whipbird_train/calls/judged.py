"""Clips of sounds that people judged: new positives, and hard negatives as other sounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from whipbird.errors import DataError, SourceError
from whipbird.recordings.short_names import short_names
from whipbird.review.clip_sound import KeptClips
from whipbird.review.examples import Example, examples
from whipbird.segments.segment import OTHER_SOUNDS, Segment, write_segment
from whipbird.text import as_text, counted
from whipbird_train.calls.clips import CallClip
from whipbird_train.progress import tracked

__all__ = ["judged_clips"]

MARGIN_S = 2.0  # around a call
QUIET_MARGIN_S = 0.5  # around what is none: the sound itself is to be learned from


def judged_clips(
    reviews: Sequence[Path], clips: KeptClips | None, folder: Path, say: Callable[[str], None]
) -> list[CallClip]:
    """Cut the sounds that people judged, and list their clips.

    A sound that is one of the labels is no other sound, though it may have been taken for another label.

    Parameters
    ----------
    reviews : sequence of Path
        Databases, scans, and folders of embeddings that were searched.
    clips : KeptClips, optional
        Clips that were kept of events, to use where a recording is gone.
    folder : Path
        For the clips.
    say : callable
        Gets lines about sounds that are left out.

    Raises
    ------
    DataError
        If nothing was judged.
    WhipbirdError
        If the verdicts cannot be read.
    """
    found = sorted({one for review in reviews for one in examples(review, clips, say)})
    if not found:
        raise DataError(f"no verdicts in {', '.join(map(str, reviews))}; judge some events with 'whipbird review'")
    calls = [one for one in found if one.is_label]
    quiet = [one for one in found if not one.is_label and not any(_same(one, call) for call in calls)]
    paths = sorted({one.path for one in found})
    names = dict(zip(paths, short_names(list(map(Path, paths))), strict=True))
    cut = []
    for one in tracked([*calls, *quiet], "cutting what was judged"):
        label, margin_s = (one.label, MARGIN_S) if one.is_label else (OTHER_SOUNDS, QUIET_MARGIN_S)
        try:
            path = write_segment(Segment(one.path, names[one.path], label, one.begin_s, one.end_s, margin_s), folder)
        except SourceError as error:
            say(str(error))
            continue
        if path is not None:
            inside_s = min(margin_s, one.begin_s)
            bounds_s = (inside_s, inside_s + one.end_s - one.begin_s) if one.is_label else None
            label = one.label if one.is_label else ""
            cut.append(CallClip(path, label, as_text(one.recording), bounds_s, not one.is_label))
    say(f"judged: {counted(len(calls), 'call')}, and {counted(len(quiet), 'sound')} that are none")
    return cut


def _same(one: Example, other: Example) -> bool:
    """Whether two examples overlap."""
    return one.path == other.path and one.begin_s < other.end_s and other.begin_s < one.end_s
