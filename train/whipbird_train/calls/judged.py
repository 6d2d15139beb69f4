"""Clips of sounds that people judged: new positives, and hard negatives as other sounds.

What is trained is what the folder has clips of; only where it has none, what people called right often enough. A sound
that people called something else is an other sound. A verdict on a label that is not trained says nothing: a sound that
is right there may be one of the calls by another name, and one that is wrong there may be one of the calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path, PurePath

from whipbird.errors import DataError, SourceError
from whipbird.events.verdict import Answer
from whipbird.recordings.short_names import short_names
from whipbird.review.clip_sound import KeptClips
from whipbird.review.examples import Example, examples
from whipbird.segments.segment import ANNOTATED, FEWEST_CLIPS, OTHER_SOUNDS, Segment, folder_of, write_segment
from whipbird.text import as_text, counted, listed
from whipbird_train.calls.clips import FEWEST_SOURCES, CallClip
from whipbird_train.progress import tracked

__all__ = ["judged_clips"]

MARGIN_S = 2.0  # around a call
QUIET_MARGIN_S = 0.5  # around what is none: the sound itself is to be learned from
MOST_NAMED = 5  # labels in a line


def judged_clips(
    reviews: Sequence[Path], kinds: Collection[str], clips: KeptClips | None, folder: Path, say: Callable[[str], None]
) -> list[CallClip]:
    """Cut the sounds that people judged, and list their clips.

    A sound that is one of the kinds of call is no other sound, though it may have been taken for another label.

    Parameters
    ----------
    reviews : sequence of Path
        Databases, scans, and folders of embeddings that were searched.
    kinds : collection of str
        Kinds of call that are trained, as their folders are named; none for those that have enough verdicts.
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
    trained = {_key(kind): kind for kind in [*kinds] or _with_enough(found)}
    calls = [one for one in found if one.is_label and _key(one.label) in trained]
    quiet = [
        one
        for one in found
        if not one.is_label
        and (one.answer is Answer.OTHER or _key(one.label) in trained)
        and not any(_same(one, call) for call in calls)
    ]
    paths = sorted({one.path for one in found})
    names = dict(zip(paths, short_names(list(map(Path, paths))), strict=True))
    cut = []
    for one in tracked([*calls, *quiet], "cutting what was judged"):
        label, margin_s = (trained[_key(one.label)], MARGIN_S) if one.is_label else ("", QUIET_MARGIN_S)
        segment = Segment(
            one.path,
            names[one.path],
            label or OTHER_SOUNDS,
            one.begin_s,
            one.end_s,
            margin_s,
            model=one.model or ANNOTATED,
        )
        try:
            path = write_segment(segment, folder)
        except SourceError as error:
            say(str(error))
            continue
        if path is not None:
            inside_s = min(margin_s, one.begin_s)
            bounds_s = (inside_s, inside_s + one.end_s - one.begin_s) if label else None
            is_whole = PurePath(one.path).name == PurePath(one.recording).name  # and not a clip that was kept
            part_s = (max(0.0, one.begin_s - margin_s), one.end_s + margin_s) if is_whole else None
            cut.append(CallClip(
                path, label, as_text(one.recording), bounds_s, not one.model, not label, part_s, is_judged=True
            ))  # fmt: skip
    untrained = [one for one in found if _key(one.label) not in trained]
    named = _amounts(one.label for one in untrained if one.is_label and one.answer is Answer.OTHER)
    say(f"judged: {counted(len(calls), 'call')}, {counted(len(quiet), 'other sound')}" + (f" ({named})" * bool(named)))
    if left := [one for one in untrained if one.answer is not Answer.OTHER]:
        advice = (
            "name the folder of clips like the label to learn from them"
            if kinds
            else f"{FEWEST_CLIPS} right sounds of {FEWEST_SOURCES} recordings are needed"
        )
        say(
            f"{counted(len(left), 'verdict')} left out, on labels that are not trained: "
            f"{_amounts(one.label for one in left)}; {advice}"
        )
    return cut


def _with_enough(found: Iterable[Example]) -> list[str]:
    """The labels of which enough sounds of enough recordings were called right; else the most frequent."""
    right = [one for one in found if one.is_label]
    counts = Counter(one.label for one in right)
    enough = [
        label
        for label, count in counts.items()
        if count >= FEWEST_CLIPS and len({one.recording for one in right if one.label == label}) >= FEWEST_SOURCES
    ]
    return enough or [label for label, _ in counts.most_common(1)]


def _key(label: str) -> str:
    """Equal for labels that share a folder."""
    return folder_of(label).casefold()


def _amounts(labels: Iterable[str]) -> str:
    """How many there are of each label, the most frequent first."""
    return listed([f"{count} of {label!r}" for label, count in Counter(labels).most_common()], MOST_NAMED)


def _same(one: Example, other: Example) -> bool:
    """Whether two examples overlap."""
    return one.path == other.path and one.begin_s < other.end_s and other.begin_s < one.end_s
