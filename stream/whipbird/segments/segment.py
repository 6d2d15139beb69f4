"""A segment of a recording that becomes a clip, and the file that holds it.

The name of a clip is that of its recording and the time of its start: ``dawn.wav@0012.345s.flac``. So clips of one
recording can be kept together when some are trained on and others tested. The GUANO metadata of a clip say where in it
the sound is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from whipbird.audio.clock import Clock
from whipbird.errors import DataError, OutputError
from whipbird.events.detection import Detection
from whipbird.recordings.metadata.start import recording_clock
from whipbird.recordings.spans import read_span
from whipbird.sinks.clips.clip import Clip, guano_of
from whipbird.sinks.clips.encoding import encoded
from whipbird.system.whole_file import whole_file
from whipbird.text import as_text, safe_name

__all__ = [
    "ANNOTATED",
    "BACKGROUND",
    "FEWEST_CLIPS",
    "OTHER_SOUNDS",
    "Segment",
    "check_labels",
    "folder_of",
    "recording_in",
    "write_segment",
]

BACKGROUND = "background"  # folder of sound without any of the labels
OTHER_SOUNDS = "other-sounds"  # folder of sounds without any of the labels that were chosen, not drawn
ANNOTATED = "annotations"
"""Stands for the model in the metadata of clips of annotated sounds, whose bounds people have set."""
FEWEST_CLIPS = 5
"""Of a label that is trained."""
LONGEST_NAME = 150  # characters of the recording's name
LONGEST_LABEL = 64
CLIP_NAME = re.compile(r"(?P<recording>.+)@\d+\.\d{3}s(?:_\d\.\d\d)?", re.DOTALL)


@dataclass(frozen=True)
class Segment:
    """A sound in a recording, and the part around it that becomes a clip.

    Attributes
    ----------
    path : str
        The recording.
    name : str
        Of the recording, distinct from those of others.
    begin_s, end_s : float
        Of the sound, from the start of the recording.
    margin_s : float
        Of the clip, before and after the sound.
    score : float or None
        Of a detected event; None for an annotated sound and for background.
    model : str
        That detected it.
    """

    path: str
    name: str
    label: str
    begin_s: float
    end_s: float
    margin_s: float = 0.0
    score: float | None = None
    model: str = ANNOTATED


def check_labels(labels: Sequence[str]) -> None:
    """Raise DataError if two labels would share a folder, as they do where upper and lower case are the same."""
    folders: dict[str, str] = {}
    for label in sorted(labels):
        other = folders.setdefault(folder_of(label).casefold(), label)
        if other != label:
            raise DataError(f"the labels {other!r} and {label!r} differ only in case or signs; give both the same name")


def folder_of(label: str) -> str:
    """Name of the folder of a label's clips."""
    return safe_name(label, LONGEST_LABEL)


def recording_in(stem: str) -> str | None:
    """The recording in the name of a clip without its suffix; None for other names."""
    found = CLIP_NAME.fullmatch(stem)
    return None if found is None else found["recording"]


def write_segment(segment: Segment, folder: Path) -> Path | None:
    """Cut a clip and write it into the folder of its label; returns its path, or None if it would be empty.

    Raises
    ------
    SourceError
        If the recording cannot be read there.
    OutputError
        If the clip cannot be written.
    """
    begin_s = max(0.0, segment.begin_s - segment.margin_s)
    samples, rate_hz = read_span(segment.path, begin_s, segment.end_s + segment.margin_s)
    if not len(samples):
        return None
    clock = recording_clock(segment.path, None)
    clip = Clip(samples, rate_hz, begin_s, (_event(segment, rate_hz, clock),), 0, None)
    score = "" if segment.score is None else f"_{segment.score:.2f}"
    name = f"{safe_name(segment.name, LONGEST_NAME)}@{begin_s:08.3f}s{score}{'.wav' if clip.is_loud else '.flac'}"
    path = folder / folder_of(segment.label) / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            file.write(encoded(clip, guano_of(clip, "")))
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from error
    return path


def _event(segment: Segment, rate_hz: int, clock: Clock) -> Detection:
    return Detection(
        label=segment.label,
        begin_s=segment.begin_s,
        peak_s=segment.begin_s,
        end_s=segment.end_s,
        reported_s=segment.end_s,
        score=1.0 if segment.score is None else segment.score,
        source=as_text(segment.path),
        model=segment.model,
        begin_sample=round(segment.begin_s * rate_hz),
        time=clock.at(segment.begin_s),
        time_from=clock.origin,
    )
