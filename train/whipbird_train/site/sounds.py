"""Sounds that people judged as a model of species sees them: the embeddings of their windows.

Of a judged event, these are the windows that it is made of; of another judged sound, those that overlap it. A verdict
on an event of the model counts in estimates if the event was drawn at random. The other verdicts teach as well: on
events that people chose, on calls that were missed, and on the species that a sound was instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from whipbird.api.run import run_events
from whipbird.api.sound import open_sound
from whipbird.arrays import Floats
from whipbird.audio.channels import choose_channel
from whipbird.engine.detector import ScoredHop
from whipbird.errors import SourceError, WhipbirdError
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird.models.settings import ModelSettings
from whipbird.review.clip_sound import KeptClips, SoundPlace, place_of, read_sound
from whipbird.review.examples import examples
from whipbird.review.judged_events import JudgedEvents
from whipbird.review.sampling import Candidate, candidates_of
from whipbird.text import choice
from whipbird_train.progress import tracked

__all__ = ["JudgedSound", "embedded", "judged_sounds"]

MOST_WINDOWS = 40  # of a sound
TOLERANCE = 0.01  # hops


@dataclass(frozen=True, eq=False)
class JudgedSound:
    """A judged sound.

    Attributes
    ----------
    label : str
        The species in question.
    right : bool
    recording : str
        Where it is from; of a live source, the source and the day. Empty if that is not known.
    vectors : array, shape (windows, size)
        Embeddings.
    event : Candidate or None
        The event of the model that was judged, if the sound is one.
    """

    label: str
    right: bool
    recording: str
    vectors: Floats
    event: Candidate | None = None


@dataclass(frozen=True)
class _Place:
    """Where a judged sound is; times are in seconds from the start of the source."""

    label: str
    right: bool
    recording: str
    place: SoundPlace
    begin_s: float
    end_s: float
    channel: int | None
    event: Candidate | None = None

    @property
    def in_file_s(self) -> tuple[float, float]:
        return self.begin_s + self.place.offset_s, self.end_s + self.place.offset_s


def judged_sounds(
    source: Path, base: Card, clips: KeptClips | None, say: Callable[[str], None]
) -> tuple[list[JudgedSound], list[Candidate]]:
    """The judged sounds of a database or a scan, and all events of a model of species there.

    Parameters
    ----------
    base : Card
        Of the model.
    clips : KeptClips, optional
        Clips to use where a recording is gone.
    say : callable
        Gets lines about sounds that are left out.

    Raises
    ------
    WhipbirdError
        If there are no events of the model, or no verdicts on its species; if these cannot be read.
    """
    every = candidates_of(JudgedEvents(source).recordings())
    events = [one for one in every if one.event.model == base.name and one.event.label in base.debounce]
    if not events:
        models = sorted({one.event.model for one in every})
        raise WhipbirdError(f"{source}: no events of {base.name}; {choice(base.name, models)}")
    missing: list[str] = []
    places = _of_events(events, clips, missing)
    places += _of_others(source, base, clips, places, {one.recording.source for one in events if _is_live(one)})
    if not places and not missing:
        raise WhipbirdError(f"{source}: no verdicts on species of {base.name}; whipbird review {source}")
    sounds = list(_heard(places, base, missing))
    if not sounds:
        raise WhipbirdError(f"{source}: no judged sound can be listened to: {missing[0]}")
    if missing:
        say(f"{len(missing)} judged sounds are left out: {missing[0]}")
    return sounds, events


def embedded(sound: Floats, rate_hz: int, model: Model) -> Floats:
    """Embeddings of the windows of a sound, shape (samples,), through the live path; shape (windows, size)."""
    hops: list[ScoredHop] = []
    for _ in run_events(open_sound(sound, rate_hz), [model], None, taps=[hops.append]):
        pass
    return np.array([hop.embedding for hop in hops], np.float32)


def _of_events(events: Sequence[Candidate], clips: KeptClips | None, missing: list[str]) -> list[_Place]:
    places = []
    for one in events:
        if one.right is None:
            continue
        try:
            place = place_of(one.recording, one.event, clips)
        except SourceError as error:
            missing.append(str(error))
            continue
        event = one.event
        places.append(
            _Place(
                event.label,
                one.right,
                _recording(one),
                place,
                event.begin_s,
                event.end_s,
                one.recording.channel,
                one,
            )
        )
    return places


def _of_others(
    source: Path, base: Card, clips: KeptClips | None, known: Sequence[_Place], live: set[str]
) -> list[_Place]:
    """Verdicts on what is no event of the model, or on another species of an event."""
    recordings = {one.place.path: one for one in known}
    places = []
    for one in examples(source, clips):
        if one.label not in base.debounce or any(
            own.label == one.label
            and own.place.path == one.path
            and own.in_file_s[0] < one.end_s
            and one.begin_s < own.in_file_s[1]
            for own in known
        ):
            continue
        there = recordings.get(one.path)
        # The day of a live source is not known here: its sounds are never trained on when something is tested.
        recording = "" if one.recording in live else one.recording if there is None else there.recording
        channel = None if there is None else there.channel
        places.append(_Place(one.label, one.is_label, recording, SoundPlace(one.path), one.begin_s, one.end_s, channel))
    return places


def _heard(places: Sequence[_Place], base: Card, missing: list[str]) -> Iterator[JudgedSound]:
    model = Model(base.name, settings=ModelSettings(embeds=True))
    for one in tracked(places, f"listening with {base.name}"):
        try:
            vectors = _vectors(one, model)
        except SourceError as error:
            missing.append(str(error))
            continue
        yield JudgedSound(one.label, one.right, one.recording, vectors, one.event)


def _vectors(one: _Place, model: Model) -> Floats:
    card = model.card
    first_s = max(0.0, one.begin_s - card.trim_s)
    # The last window may reach beyond the end of the recording.
    hops = math.ceil((one.end_s + card.trim_s - first_s - card.window_s) / card.hop_s - TOLERANCE)
    count = min(max(hops, 0) + 1, MOST_WINDOWS)
    clip = read_sound(one.place, first_s, first_s + (count - 1) * card.hop_s + card.window_s, 0.0)
    sound = np.ascontiguousarray(choose_channel(clip.samples, one.channel))
    vectors = embedded(sound, clip.rate_hz, model)[:count]
    if not len(vectors):
        raise SourceError(f"{one.place.path}: too little sound at {one.begin_s + one.place.offset_s:.1f} s")
    return vectors


def _is_live(one: Candidate) -> bool:
    return one.recording.path is None


def _recording(one: Candidate) -> str:
    """What sounds that resemble each other have in common."""
    source, time = one.recording.source, one.event.shown_time
    return f"{source}, {time:%Y-%m-%d}" if _is_live(one) and time is not None else source
