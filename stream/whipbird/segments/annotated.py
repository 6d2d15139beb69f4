"""Segments of annotated recordings: each annotated sound, and background from where nothing is annotated.

Annotations whose label starts with an underscore are of other sounds, within their bounds. If the annotations are
complete, everything that no label's annotation comes near is background, also in recordings that are not annotated at
all; other sounds remain in it, so that it is a sample of what a recorder hears. Uncertain annotations (``owl?``) are
neither.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from whipbird.errors import DataError, SourceError
from whipbird.formats.annotation import Annotation, RecordingNames
from whipbird.recordings.short_names import short_names
from whipbird.recordings.spans import length_s
from whipbird.segments.segment import BACKGROUND, OTHER_SOUNDS, Segment, check_labels
from whipbird.text import listed

__all__ = [
    "AnnotatedFile",
    "annotated_files",
    "drawn_background",
    "other_segments",
    "sound_segments",
    "uncertain_labels",
]

NOT_A_LABEL = "_"  # first character of names of sounds that are not to be detected
GUARD_S = 0.5  # around annotated sounds, whose bounds people set by eye
LONGEST_S = 10.0  # of a clip of background
SHORTEST_S = 1.0  # of one between annotated sounds
SHORTEST_BOX_S = 0.1  # of an annotated other sound
MOST_NAMED = 3  # recordings in a line

Spans = list[tuple[float, float]]


@dataclass(frozen=True)
class AnnotatedFile:
    """A recording with its annotations, which may be none.

    Attributes
    ----------
    path : str
    name : str
        Distinct from those of the others.
    annotations : tuple of Annotation
        Sorted.
    """

    path: str
    name: str
    annotations: tuple[Annotation, ...]


def annotated_files(
    recordings: Sequence[str],
    annotations: Mapping[str, list[Annotation]],
    labels: Collection[str],
    warn: Callable[[str], None],
) -> list[AnnotatedFile]:
    """Give each recording its annotations.

    Parameters
    ----------
    annotations : mapping
        From names of recordings, as annotated.
    labels : collection of str
        Labels of which clips are wanted; empty for all.
    warn : callable
        Gets a line about annotated recordings that are missing.

    Raises
    ------
    DataError
        If a recording does not exist, if no annotation belongs to one, if there are none with the labels, or if labels
        differ only in case.
    """
    names = RecordingNames(annotations)
    shown = short_names([Path(path) for path in recordings])
    used: dict[str, str] = {}
    files = []
    for path, name in zip(recordings, shown, strict=True):
        own = names.of(Path(path))
        for annotated in own:
            if (other := used.setdefault(annotated, path)) != path:
                raise DataError(
                    f"the annotations of {annotated} could belong to {other} or {path}; add the folder to the name"
                )
        files.append(AnnotatedFile(path, name, tuple(sorted(one for each in own for one in annotations[each]))))
    for path in recordings:
        if not os.path.exists(path):
            raise DataError(f"{path}: there is no such file or folder")
        if os.path.isdir(path):
            raise DataError(f"{path}: there are no recordings in this folder")
    missing = listed([name for name in annotations if name not in used], MOST_NAMED)
    if not used:
        raise DataError(
            f"none of the annotated recordings is among those given ({missing}); annotations must name the files, and "
            "tables of Raven and Audacity must be named like them"
        )
    if missing:
        warn(f"annotated, but not among the recordings: {missing}")
    known = {one.name for file in files for one in file.annotations if _is_label(one)}
    check_labels(list(known))
    if unknown := sorted(set(labels) - known):
        raise DataError(f"no annotations of {listed(unknown, MOST_NAMED)}; annotated: {listed(sorted(known), 20)}")
    return files


def sound_segments(file: AnnotatedFile, labels: Collection[str], margin_s: float) -> list[Segment]:
    """The certain annotations of some labels, or of all if none is given."""
    return [
        Segment(file.path, file.name, one.label, one.begin_s, one.end_s, margin_s)
        for one in file.annotations
        if _is_wanted(one, labels) and not one.uncertain
    ]


def other_segments(file: AnnotatedFile, labels: Collection[str]) -> list[Segment]:
    """The annotated other sounds, as far as none of some labels, or of all if none is given, comes near."""
    spans = [(one.begin_s, one.end_s) for one in file.annotations if not _is_label(one) and not one.uncertain]
    return list(_quiet(file, labels, spans, OTHER_SOUNDS, SHORTEST_BOX_S))


def uncertain_labels(files: Sequence[AnnotatedFile], labels: Collection[str]) -> list[str]:
    """Labels of which every annotation is uncertain, of some or of all if none is given; sorted."""
    wanted = [one for file in files for one in file.annotations if _is_wanted(one, labels)]
    return sorted({one.name for one in wanted} - {one.name for one in wanted if not one.uncertain})


def drawn_background(
    files: Sequence[AnnotatedFile],
    labels: Collection[str],
    most_s: float,
    seed: int,
    problem: Callable[[str], None],
) -> list[Segment]:
    """Up to some seconds of sound without these labels, or without any if none is given, drawn from all recordings.

    Every sound of the labels must be annotated.

    Parameters
    ----------
    problem : callable
        Gets a line for each recording that cannot be read.
    """
    found: list[Segment] = []
    for file in files:
        try:
            found += _quiet(file, labels, [(0.0, length_s(file.path))], BACKGROUND, SHORTEST_S)
        except SourceError as error:
            problem(str(error))
    random.Random(seed).shuffle(found)
    ends_s = accumulate(one.end_s - one.begin_s for one in found)
    return [one for one, end_s in zip(found, ends_s, strict=True) if end_s <= most_s]


def _quiet(
    file: AnnotatedFile, labels: Collection[str], quiet: Spans, folder: str, shortest_s: float
) -> Iterator[Segment]:
    """What is left of spans without some labels."""
    for one in file.annotations:
        if _is_wanted(one, labels):
            quiet = _without(quiet, one.begin_s - GUARD_S, one.end_s + GUARD_S)
    for begin_s, end_s in quiet:
        while end_s - begin_s >= shortest_s:
            until_s = end_s if end_s - begin_s < LONGEST_S + SHORTEST_S else begin_s + LONGEST_S
            yield Segment(file.path, file.name, folder, begin_s, until_s)
            begin_s = until_s


def _is_label(annotation: Annotation) -> bool:
    return not annotation.label.startswith(NOT_A_LABEL)


def _is_wanted(annotation: Annotation, labels: Collection[str]) -> bool:
    return _is_label(annotation) and (not labels or annotation.name in labels)


def _without(spans: Spans, begin_s: float, end_s: float) -> Spans:
    """What is left of spans without one."""
    left = [(start, min(end, begin_s)) for start, end in spans] + [(max(start, end_s), end) for start, end in spans]
    return sorted((start, end) for start, end in left if start < end)
