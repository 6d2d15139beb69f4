"""The clips of a folder: calls in one sub-folder per kind, background, and other sounds.

Other sounds (``other-sounds``) are like background, but were chosen: because somebody annotated them, or because a
model took them for calls. They are learned from, and say nothing about the false alarms in an hour.

A clip that ``whipbird segments`` cut says in its metadata where in it the call is: exactly, if it was annotated, or
within which event, often a window of a model much longer than the call. There, the call is what is like the annotated
calls of its kind. Without these, and in any other clip, it is where the loudest sound is.

The source of a clip, the recording that it was cut from, is what stays together when some clips are trained on and
others test: it is known from the metadata, from names such as ``dawn.wav@0012.345s.flac`` and
``dawn_nohash_3.wav``, from the number of xeno-canto, or from what is before a text that the user names.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from whipbird.errors import DataError
from whipbird.recordings.files import sound_files
from whipbird.recordings.metadata.chunks import read_header
from whipbird.recordings.metadata.guano import from_bytes
from whipbird.segments.segment import ANNOTATED, FEWEST_CLIPS, OTHER_SOUNDS, check_labels, recording_in
from whipbird.text import as_text, counted, listed
from whipbird_train.datasets.folders import DIVIDER, is_background, subfolders
from whipbird_train.evaluate.recorded_scores import united

__all__ = ["FEWEST_SOURCES", "CallClip", "ClipFolder", "kinds_in", "read_folder"]

log = logging.getLogger(__name__)

XENO_CANTO = re.compile(r"XC\d+", re.IGNORECASE)
FEWEST_SOURCES = 2
MOST_NAMED = 3


@dataclass(frozen=True)
class CallClip:
    """A clip of a call, or of background.

    Attributes
    ----------
    label : str
        Kind of call; empty for background.
    source : str
        Recording that it was cut from.
    bounds_s : (float, float) or None
        Start and end of the call in the clip, if they are known.
    is_exact : bool
        Whether people set the bounds. If not, they are those of an event: the call is somewhere within them.
    is_other : bool
        Whether it is a chosen sound that is none of the calls.
    part_s : (float, float) or None
        Start and end of the clip in its recording, if they are known.
    left_out_s : tuple of (float, float)
        Parts of background that are not used, because clips of calls were cut out of them; sorted and apart.
    is_judged : bool
        Whether a person judged it in a review or a search.
    """

    path: Path
    label: str
    source: str
    bounds_s: tuple[float, float] | None = None
    is_exact: bool = True
    is_other: bool = False
    part_s: tuple[float, float] | None = None
    left_out_s: tuple[tuple[float, float], ...] = ()
    is_judged: bool = False


@dataclass(frozen=True)
class ClipFolder:
    """The clips of a folder.

    Attributes
    ----------
    labels : tuple of str
        Sorted.
    background : tuple of CallClip
        With the other sounds.
    sources_known : bool
        Whether the source of any call is known.
    """

    labels: tuple[str, ...]
    calls: tuple[CallClip, ...]
    background: tuple[CallClip, ...]
    sources_known: bool


def read_folder(
    folder: Path, background: Path | None = None, until: str | None = None, judged: Sequence[CallClip] = ()
) -> ClipFolder:
    """List the clips of a folder.

    Parameters
    ----------
    background : Path, optional
        Folder of further background.
    until : str, optional
        The source of a clip is its name up to this text.
    judged : sequence of CallClip
        Further clips of calls and of background.

    Raises
    ------
    DataError
        If the folder cannot be trained on.
    """
    if not folder.is_dir():
        raise DataError(
            f"{folder} is not a folder; cut clips with 'whipbird segments', one sub-folder per kind of call"
        )
    kinds = kinds_in(folder)
    labels = sorted({*kinds, *(one.label for one in judged if one.label)})
    if not labels:
        raise DataError(f"no clips in sub-folders of {folder}; each kind of call needs one, named after it")
    check_labels(labels)
    calls = [_clip(path, label, until) for label, paths in kinds.items() for path in paths]
    quiet = [
        (path, sub.name.lower() == OTHER_SOUNDS)
        for sub in subfolders(folder)
        if is_background(sub)
        for path in sound_files(sub, nested=True, problem=log.warning)
    ]
    if background is not None:
        more = sound_files(background, nested=True, problem=log.warning) if background.is_dir() else []
        if not more:
            raise DataError(f"no recordings in {background}; give a folder of background with --background")
        quiet += [(path, False) for path in more]
    cut = [one for one, _ in calls]
    others = [replace(_clip(path, "", until)[0], is_other=is_other) for path, is_other in quiet]
    others = _without_calls(others, [*cut, *judged])
    further = _of_known_sources(judged, [*cut, *others])
    clips = (*cut, *(one for one in further if one.label))
    for label in labels:
        _check([one for one in clips if one.label == label], label)
    others += [one for one in further if not one.label]
    _check_background(clips, others)
    known = any(known for _, known in calls) or len(clips) > len(calls)
    return ClipFolder(tuple(labels), clips, tuple(others), known)


def kinds_in(folder: Path) -> dict[str, list[Path]]:
    """The kinds of call that a folder has clips of, with these."""
    kinds = [sub for sub in subfolders(folder) if not is_background(sub)]
    found = {sub.name: sound_files(sub, nested=True, problem=log.warning) for sub in kinds}
    return {name: paths for name, paths in found.items() if paths}


def _of_known_sources(judged: Sequence[CallClip], others: Sequence[CallClip]) -> list[CallClip]:
    """Clips with the sources of others that are of a recording of the same name: they must stay together."""
    known = {PurePath(one.source).name: one.source for one in others}
    return [replace(one, source=known.get(PurePath(one.source).name, one.source)) for one in judged]


def _without_calls(background: Sequence[CallClip], clips: Sequence[CallClip]) -> list[CallClip]:
    """Background without the parts of recordings that clips of calls were cut out of."""
    parts: dict[str, list[CallClip]] = {}
    for one in clips:
        if one.label and one.part_s is not None:
            parts.setdefault(PurePath(one.source).name, []).append(one)
    found = []
    for one in background:
        if one.part_s is None and (own := parts.get(as_text(one.path.name))):
            left_out_s = united(clip.part_s for clip in own if clip.part_s is not None)
            one = replace(one, source=own[0].source, left_out_s=left_out_s)
        found.append(one)
    if cut := [one.path for one in found if one.left_out_s]:
        log.warning(
            "clips of calls were cut out of %s of the background (%s): those parts are left out of it",
            counted(len(cut), "recording"),
            named(cut),
        )
    return found


def _check(clips: Sequence[CallClip], label: str) -> None:
    """Check that there are enough clips of a kind of call, of more than one recording."""
    if len(clips) < FEWEST_CLIPS:
        raise DataError(
            f"{counted(len(clips), 'clip')} of {label!r}: at least {FEWEST_CLIPS} are needed, better 20; cut more with "
            "'whipbird segments', or from what a scan with a low threshold found (--events)"
        )
    sources = {one.source for one in clips}
    if len(sources) < FEWEST_SOURCES:
        raise DataError(
            f"all {len(clips)} clips of {label!r} are from one recording, {sources.pop()}: nothing is left to test on; "
            "add clips of at least one other recording, better of other places and days"
        )


def _check_background(calls: Sequence[CallClip], background: Sequence[CallClip]) -> None:
    """Check that no background is also a call."""
    sizes = {one.path.stat().st_size for one in calls}
    digests = {_digest(one.path): one.path for one in calls} if background else {}
    for one in background:
        if one.path.stat().st_size in sizes and (same := digests.get(_digest(one.path))) is not None:
            raise DataError(f"{one.path} is background, but the same sound as {same}; remove one of them")


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _clip(path: Path, label: str, until: str | None) -> tuple[CallClip, bool]:
    """A clip, and whether its source is known."""
    with path.open("rb") as file:
        fields = from_bytes(read_header(file).guano or b"").fields
    source = _source(path, fields.get("whipbird|Source"), until)
    own = as_text(path.as_posix()) if source is None else source
    is_exact = fields.get("whipbird|Model") == ANNOTATED
    bounds_s = _bounds_s(fields.get("whipbird|Events"))
    return CallClip(path, label, own, bounds_s, is_exact, part_s=_part_s(fields)), source is not None


def _source(path: Path, noted: str | None, until: str | None) -> str | None:
    stem = as_text(path.stem)
    if until is not None:
        return stem.partition(until)[0] if until in stem else None
    if noted is not None or (recording := recording_in(stem)) is None:
        if noted is not None:
            return noted
        if DIVIDER in stem:
            return stem.split(DIVIDER)[0]
        found = XENO_CANTO.match(stem)
        return found[0] if found else None
    return recording


def _bounds_s(events: str | None) -> tuple[float, float] | None:
    """Start and end of the first event in the metadata of a clip."""
    try:
        begin_s, end_s, *_ = json.loads(events or "")[0]
        return float(begin_s), float(end_s)
    except (ValueError, TypeError, IndexError):
        return None


def _part_s(fields: Mapping[str, str]) -> tuple[float, float] | None:
    """Where in its recording a clip is, by its metadata."""
    try:
        begin_s = float(fields["whipbird|Begin"])
        return begin_s, begin_s + float(fields["Length"])
    except (KeyError, ValueError):
        return None


def named(paths: Sequence[Path]) -> str:
    """The first names of some files."""
    return listed([path.name for path in paths], MOST_NAMED)
