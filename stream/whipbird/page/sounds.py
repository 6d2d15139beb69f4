"""The sound of events for the browser: from clips that were kept, or from the recordings; its pictures and scores.

A clip is looked up by what it holds (`whipbird.review.clip_sound`): nothing that a visitor sends becomes a path.
"""

from __future__ import annotations

import io
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import soundfile
import soxr

from whipbird.activity.heard_recording import Target
from whipbird.activity.recorded_events import RecordedEvents
from whipbird.errors import OutputError, SourceError
from whipbird.events.detection import Detection
from whipbird.page.clip_scores import ClipScores, ScoreCurve
from whipbird.page.picture import spectrogram_png
from whipbird.review.clip_sound import ClipSound, KeptClips, SoundPlace, place_of, read_sound
from whipbird.sinks.clips.store import PICTURE

__all__ = ["EventSound", "EventSounds"]

MOST_KEPT = 32 << 20  # bytes of sounds and pictures in memory
HIGHEST_RATE_HZ, PLAYED_HZ = 96_000, 48_000  # that every browser plays; that of sound with a higher rate
MOST_SAME = 10_000
LONGEST_SCORED_S = 120.0  # event
SCORE_BYTES = 100  # of a score in memory
_Version = tuple[str, int, int]
SIZES = {"small": (160, 48), "large": (900, 220), "wide": (2700, 280)}  # width and height in pixels


@dataclass(frozen=True)
class EventSound:
    """Sound around an event, as FLAC.

    Attributes
    ----------
    begin_s, end_s : float
        Of the event, in seconds from the start of the sound.
    length_s : float
    """

    flac: bytes
    begin_s: float
    end_s: float
    length_s: float


class EventSounds:
    """Reads sounds and draws their pictures, one at a time, and keeps the latest in memory.

    Parameters
    ----------
    clips : Path or None
        Folder of the clips, which may be made later.

    Attributes
    ----------
    folder : Path or None
        That folder.
    """

    def __init__(self, clips: Path | None) -> None:
        self.folder = clips
        self._clips: KeptClips | None = None
        self._scores = ClipScores()
        self._reading = threading.Lock()
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], tuple[object, int]] = OrderedDict()
        self._bytes = 0
        self._same: set[tuple[str | None, _Version]] = set()  # recordings that have been recognised

    def is_there(self, recording: RecordedEvents, event: Detection) -> bool:
        """Whether there is a sound of an event."""
        key = None if recording.path is None else _version(recording.path)
        if key is not None and (recording.identity, key) in self._same:
            return True
        try:
            place = place_of(recording, event, self._kept_clips())
        except SourceError:
            return False
        if key is not None and place.path == recording.path:
            if len(self._same) >= MOST_SAME:
                self._same.clear()
            self._same.add((recording.identity, key))
        return True

    def sound(self, recording: RecordedEvents, event: Detection) -> EventSound:
        """The sound of an event; raises SourceError if it is not there."""
        key = ("sound", event.source, event.begin_sample, event.label, event.time)
        found = self._find(key)
        if not isinstance(found, EventSound):
            with self._reading:
                found = _encoded(self._read(recording, event), event)
            self._keep(key, found, len(found.flac))
        return found

    def picture(self, recording: RecordedEvents, event: Detection, size: str, ink: str) -> bytes:
        """The spectrogram of an event as PNG; raises SourceError if its sound is not there."""
        key = ("picture", event.source, event.begin_sample, event.label, event.time, size, ink)
        found = self._find(key)
        if not isinstance(found, bytes):
            with self._reading:
                sound = self._read(recording, event)
                found = spectrogram_png(sound.samples.mean(axis=1), sound.rate_hz, *SIZES[size], ink)
            self._keep(key, found, len(found))
        return found

    def has_scores(self, event: Detection) -> bool:
        """Whether the scores of an event, whose sound is there, can be computed."""
        is_short = event.end_s - event.begin_s <= LONGEST_SCORED_S
        return is_short and self._scores.can(Target(event.model, event.label))

    def scores(self, recording: RecordedEvents, event: Detection) -> ScoreCurve:
        """Scores over the sound of an event; raises SourceError if they are not to be had."""
        key = ("scores", event.source, event.begin_sample, event.label, event.time)
        found = self._find(key)
        if not isinstance(found, ScoreCurve):
            if not self.has_scores(event):
                raise SourceError(f"{event.model} is not installed, or this event is too long for scores")
            with self._reading:
                sound = self._read(recording, event)
            found = self._scores.curve(Target(event.model, event.label), sound, event.begin_s, event.end_s)
            self._keep(key, found, SCORE_BYTES * len(found.scores))
        return found

    def has_clip(self, event: Detection) -> bool:
        """Whether a clip of an event was kept."""
        return self._clip(event) is not None

    def delete_clip(self, event: Detection) -> None:
        """Delete the clip of an event, and its picture.

        Raises
        ------
        SourceError
            If there is none; a recording is never deleted.
        OutputError
            If it cannot be deleted.
        """
        place = self._clip(event)
        if place is None:
            raise SourceError(f"there is no clip of {event.label} at this time; recordings are never deleted here")
        path = Path(place.path)
        try:
            for one in (path, path.with_suffix(PICTURE)):
                one.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"cannot delete {path}: {error.strerror or error}") from error
        with self._lock:  # the clip may hold other events as well
            self._kept.clear()
            self._bytes = 0

    def _clip(self, event: Detection) -> SoundPlace | None:
        clips = self._kept_clips()
        return None if clips is None else clips.of(event)

    def _kept_clips(self) -> KeptClips | None:
        if self._clips is None and self.folder is not None and self.folder.is_dir():
            self._clips = KeptClips(self.folder)
        return self._clips

    def _read(self, recording: RecordedEvents, event: Detection) -> ClipSound:
        return read_sound(place_of(recording, event, self._kept_clips()), event.begin_s, event.end_s)

    def _find(self, key: tuple[object, ...]) -> object:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def _keep(self, key: tuple[object, ...], item: object, size: int) -> None:
        with self._lock:
            _, before = self._kept.pop(key, (None, 0))
            self._kept[key] = item, size
            self._bytes += size - before
            while self._bytes > MOST_KEPT and len(self._kept) > 1:
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone


def _version(path: str) -> _Version | None:
    """Something that differs when a file is replaced; None if it is gone."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return path, stat.st_mtime_ns, stat.st_size


def _encoded(sound: ClipSound, event: Detection) -> EventSound:
    samples, rate_hz = sound.samples, sound.rate_hz
    if samples.shape[1] > 2:
        samples = samples.mean(axis=1, keepdims=True)
    if rate_hz > HIGHEST_RATE_HZ:
        samples, rate_hz = soxr.resample(samples, rate_hz, PLAYED_HZ), PLAYED_HZ
    peak = float(abs(samples).max(initial=0.0))
    if peak > 1:
        samples = samples / peak
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="FLAC", subtype="PCM_16")
    return EventSound(
        file.getvalue(), event.begin_s - sound.begin_s, event.end_s - sound.begin_s, len(sound.samples) / sound.rate_hz
    )
