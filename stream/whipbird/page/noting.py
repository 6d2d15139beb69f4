"""Notes on events, and deleting their clips, on the page."""

from __future__ import annotations

from datetime import UTC, datetime

from whipbird.activity.judged import start_text
from whipbird.database.notes import notes_on
from whipbird.errors import OutputError
from whipbird.events.note import Note, NoteKind
from whipbird.page.events import PageEvent
from whipbird.page.judging import JUDGE
from whipbird.page.observations import Look, Observations
from whipbird.page.sounds import EventSounds
from whipbird.review.sampling import Candidate
from whipbird.review.session import content_of, note_of

__all__ = ["delete_clip", "notes_of", "write_note"]


def notes_of(data: Observations, look: Look, event: PageEvent) -> dict[int, Note]:
    """The notes on an event by their numbers, the earliest first."""
    recording = look.recorded(event)
    with data.verdicts(look) as connection:
        if connection is None:
            return {}
        return notes_on(
            connection,
            recording.source,
            content_of(recording),
            start_text(recording),
            event.label,
            event.begin_s,
            event.end_s,
        )


def write_note(data: Observations, number: int, text: str) -> int:
    """Store a note on an event, and return its number.

    Raises
    ------
    WhipbirdError
        If there is no such event, or the note cannot be stored.
    """
    return data.store().add_note(_note(_candidate(data, number), NoteKind.TEXT, text))


def delete_clip(data: Observations, sounds: EventSounds, number: int) -> None:
    """Delete the clip of an event with its picture, and note that; the event stays.

    Raises
    ------
    WhipbirdError
        If there is no such event, or no clip of it, or it cannot be deleted.
    """
    candidate = _candidate(data, number)
    sounds.delete_clip(candidate.event)
    try:
        data.store().add_note(_note(candidate, NoteKind.CLIP_DELETED))
    except OutputError as error:  # as when the disk is full, which may be why it was deleted
        raise OutputError(f"the clip is deleted, but that could not be noted: {error}") from error


def _candidate(data: Observations, number: int) -> Candidate:
    with data.look() as look:
        return look.candidate(number)


def _note(candidate: Candidate, kind: NoteKind, text: str = "") -> Note:
    return note_of(candidate, kind, text, JUDGE, datetime.now(UTC))
