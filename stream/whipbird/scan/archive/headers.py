"""Read the headers of recordings for the manifest; the sound is not read."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import tzinfo
from typing import Any

import soundfile

from whipbird.errors import SourceError
from whipbird.recordings.corrected.correction import size_correction
from whipbird.recordings.corrected.spliced import Spliced
from whipbird.recordings.files import Version
from whipbird.recordings.libsndfile import believed, promised_frames
from whipbird.recordings.metadata.start import recording_clock
from whipbird.recordings.reader import Recording
from whipbird.scan.archive.listing import is_remote, open_remote
from whipbird.scan.tables import name_columns, start_columns
from whipbird.text import as_text

__all__ = ["read_headers", "unread_row"]

THREADS = 16  # that read headers from a store, which answers slowly


def read_headers(found: Sequence[Version], zone: tzinfo | None) -> list[dict[str, Any]]:
    """Rows of the manifest; ``zone`` is the time zone of recordings that do not give their own."""
    if any(is_remote(version.path) for version in found):
        with ThreadPoolExecutor(THREADS) as threads:
            return list(threads.map(lambda version: _row(version, zone), found))
    return [_row(version, zone) for version in found]


def _row(found: Version, zone: tzinfo | None) -> dict[str, Any]:
    row = unread_row(found)
    try:
        row |= _remote_header(found) if is_remote(found.path) else _local_header(found.path, zone)
    except SourceError as error:
        row["error"] = as_text(str(error))
    except Exception as error:  # whatever a library raises for a damaged file must not end the scan
        row["error"] = as_text(f"{type(error).__name__}: {error}")
    return row


def unread_row(found: Version, error: str | None = None) -> dict[str, Any]:
    """The row of a recording whose header has not been read, with the error if there is one."""
    own = {"bytes": found.size, "modified_ns": found.modified_ns, "can_cut": False, "error": error}
    return name_columns(found.path) | own


def _local_header(path: str, zone: tzinfo | None) -> dict[str, Any]:
    with closing(Recording(path)) as recording:
        duration_s = None if recording.promised is None else recording.promised / recording.rate_hz
        return {
            "duration_s": duration_s,
            "rate_hz": recording.rate_hz,
            "channels": recording.channels,
            **start_columns(recording_clock(path, duration_s, zone)),
            "can_cut": recording.can_seek,
        }


def _remote_header(found: Version) -> dict[str, Any]:
    """Columns from the header of a recording in a store.

    Its start, and what only the end of a FLAC or MP3 shows, is determined later, from the fetched copy.
    """
    try:
        with open_remote(found.path) as file:
            correction = size_correction(file)
            file.seek(0)
            with soundfile.SoundFile(file if correction is None else Spliced(file, correction)) as sound:
                promised = believed(promised_frames(sound), sound.samplerate, found.size)
                return {
                    "duration_s": None if promised is None else promised / sound.samplerate,
                    "rate_hz": sound.samplerate,
                    "channels": sound.channels,
                }
    except soundfile.LibsndfileError:  # FFmpeg may read it
        return {}
