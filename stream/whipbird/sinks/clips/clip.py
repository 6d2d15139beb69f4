"""A clip: sound around events, with its file name and its GUANO metadata."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath

import numpy as np

from whipbird import __version__
from whipbird.arrays import Floats
from whipbird.audio.clock import Clock
from whipbird.events.detection import Detection
from whipbird.recordings.metadata.guano import Guano, timestamp
from whipbird.text import one_line, safe_name

__all__ = ["CLIP_NAME", "Clip", "clip_name", "guano_of", "label_in", "label_part", "starts_with_time", "time_part"]

LONGEST_LABEL = 60  # characters in a name
LONGEST_SOURCE = 40
MOST_LISTED = 100  # events that the metadata list
CLIP_NAME = re.compile(
    r"(?:\d{8}T\d{6}\.\d{3}Z|.{1,40}_\d{7}\.\d{3}s)_(?P<label>.+)_(?:0\.\d\d|1\.00)(?:_\d{1,6})?\.(?:flac|wav)",
    re.DOTALL,
)
"""Names from `clip_name`, also with a number at the end."""
TIMED = re.compile(r"\d{8}T\d{6}\.\d{3}Z_")


@dataclass(frozen=True)
class Clip:
    """Sound around events of one label.

    Attributes
    ----------
    samples : array of shape (n, channels)
        Full scale is 1; floating-point recordings can exceed it.
    begin_s : float
        Start, in seconds from the start of the source.
    events : tuple of Detection
        At least one; all of one label, model and source.
    lost : int
        Lost samples, which are silence in the clip.
    channel : int or None
        Processed channel, counted from 1; None for the mix of all.
    blanked : str
        Why some of it was made silent; empty if nothing was.
    """

    samples: Floats
    rate_hz: int
    begin_s: float
    events: tuple[Detection, ...]
    lost: int
    channel: int | None
    blanked: str = ""

    @property
    def best(self) -> Detection:
        """The first of the events with the highest score."""
        return max(self.events, key=lambda event: event.score)

    @property
    def is_loud(self) -> bool:
        """Whether it goes above full scale, which FLAC cannot hold."""
        return bool(len(self.samples)) and float(np.abs(self.samples).max()) > 1

    @property
    def time(self) -> datetime | None:
        """Time of its start; None if unknown or only derived from the modification time of a file."""
        first = self.events[0]
        return Clock(first.shown_time).at(self.begin_s - first.begin_s)


def clip_name(clip: Clip) -> str:
    """Make a file name that sorts by time and shows label and score: ``20240501T060012.345Z_yes_0.93.flac``.

    Time is in UTC. If it is unknown, the name contains the source and the seconds from its start instead:
    ``dawn_0000012.345s_yes_0.93.flac``. The suffix is ``.wav`` for sound above full scale.
    """
    time = clip.time
    if time is None:
        source = safe_name(PurePath(clip.best.source).stem or "source", LONGEST_SOURCE)
        when = f"{source}_{max(0.0, clip.begin_s):011.3f}s"
    else:
        when = time_part(time)
    suffix = ".wav" if clip.is_loud else ".flac"
    return f"{when}_{label_part(clip.best.label)}_{clip.best.score:.2f}{suffix}"


def time_part(time: datetime) -> str:
    """A time in the name of a clip."""
    moment = time.astimezone(UTC)
    return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03}Z"


def label_part(label: str) -> str:
    """A label in the name of a clip."""
    return safe_name(label, LONGEST_LABEL)


def starts_with_time(name: str) -> bool:
    """Whether the name of a clip says when the clip was recorded."""
    return TIMED.match(name) is not None


def label_in(name: str) -> str | None:
    """The label in the name of a clip; None for other names."""
    found = CLIP_NAME.fullmatch(name)
    return None if found is None else found["label"]


def guano_of(clip: Clip, station: str) -> Guano:
    """The metadata of a clip."""
    best, time = clip.best, clip.time
    fields = {
        "Timestamp": None if time is None else timestamp(time),
        "Length": f"{len(clip.samples) / clip.rate_hz:.3f}",
        "Samplerate": str(clip.rate_hz),
        "Original Filename": PurePath(best.source).name if RECORDING_SUFFIX.search(best.source) else None,
        "Species Auto ID": best.label,
        "whipbird|Version": __version__,
        "whipbird|Station": station,
        "whipbird|Source": best.source,
        "whipbird|Begin": f"{clip.begin_s:.6f}",
        "whipbird|Time From": None if time is None else best.time_from,
        "whipbird|Label": best.label,
        "whipbird|Common Name": best.common_name,
        "whipbird|Score": f"{best.score:.4f}",
        "whipbird|Model": best.model,
        "whipbird|Events": _listed(clip),
        "whipbird|Blanked": clip.blanked,
        "whipbird|Lost": f"{clip.lost / clip.rate_hz:.6f}" if clip.lost else None,
    }
    values = ((key, one_line(value or "").encode(errors="replace").decode().strip()) for key, value in fields.items())
    return Guano({key: value for key, value in values if value})


RECORDING_SUFFIX = re.compile(r"\.[A-Za-z0-9]{2,4}$")  # extension of a recording


def _listed(clip: Clip) -> str:
    """Start and end of its events, in seconds from the start of the clip, and their scores, as JSON."""
    events = [
        [round(event.begin_s - clip.begin_s, 3), round(event.end_s - clip.begin_s, 3), round(event.score, 4)]
        for event in clip.events[:MOST_LISTED]
    ]
    return json.dumps(events)
