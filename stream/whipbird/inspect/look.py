"""A look into a recording: its facts, its survey, and what annotations and models mark in it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from whipbird.formats.annotation import Annotation, annotations_of
from whipbird.inspect.facts import Facts, facts_of, form_of
from whipbird.inspect.survey import Survey, survey_recording
from whipbird.recordings.reader import Recording
from whipbird.recordings.short_names import short_names
from whipbird.sources.base import Notify
from whipbird.terminal.printing import has_screen
from whipbird.text import as_text

if TYPE_CHECKING:
    from whipbird.inspect.marks import Lane
    from whipbird.models.model import Model

__all__ = ["LookSettings", "find_lanes", "look_into", "picture_paths"]


@dataclass(frozen=True)
class LookSettings:
    """What to look at in each recording.

    Attributes
    ----------
    channel : int or None
        Counted from 1; None takes the mean of all channels.
    begin_s, end_s : float or None
        The part of the recording; None for its end.
    zone : tzinfo or None
        Time zone of recordings that do not state theirs.
    models : sequence of Model
        Models whose detections are marked.
    annotations : mapping or None
        Annotations by the name of their recording; None if none are asked for.
    """

    channel: int | None
    begin_s: float
    end_s: float | None
    zone: tzinfo | None
    models: Sequence[Model]
    annotations: Mapping[str, list[Annotation]] | None


def look_into(path: str, settings: LookSettings) -> tuple[Facts, Survey]:
    """Read a recording and find its facts.

    Raises
    ------
    SourceError
        If it cannot be opened, or has no such part or channel.
    """
    recording = Recording(path)
    try:
        form = form_of(recording)
        survey = survey_recording(recording, form.encoding, settings.channel, settings.begin_s, settings.end_s)
    finally:
        recording.close()
    return facts_of(path, form, survey, settings.zone), survey


def find_lanes(path: str, settings: LookSettings, survey: Survey, notify: Notify) -> list[Lane]:
    """Lanes of a recording: one of its annotations, and one of the detections of each model."""
    from whipbird.inspect.marks import Lane, Mark, detected_by  # not needed for facts alone, and slow to import

    lanes = []
    if settings.annotations is not None:
        annotations = annotations_of(settings.annotations, Path(path))
        if annotations is None:
            notify(f"no annotations for {path}")
        marks = sorted(Mark(each.begin_s, each.end_s, each.label) for each in annotations or ())
        lanes.append(Lane("annotations", True, tuple(marks)))
    if settings.models:
        with Console(stderr=True).status("detecting") if has_screen(sys.stderr) else nullcontext():
            detected, _ = detected_by(settings.models, path, settings.channel, survey.end_s)
        lanes += detected
    return lanes


def picture_paths(out: Path, recordings: Sequence[str], suffix: str) -> dict[str, Path]:
    """Path of the picture of each recording: `out` itself for a single one, else a file in the folder `out`.

    Raises
    ------
    ValueError
        If `out` has another suffix, or is not a folder where one is needed.
    """
    if len(recordings) == 1 and not out.is_dir():
        if out.suffix.lower() != suffix:
            raise ValueError(f"{out}: unknown picture format; use {suffix}")
        return {recordings[0]: out}
    if not out.is_dir():
        raise ValueError(f"{out}: for several recordings, give an existing folder")
    names = map(as_text, short_names([Path(path) for path in recordings]))
    return {path: out / f"{name.replace('/', '_')}{suffix}" for path, name in zip(recordings, names, strict=True)}
